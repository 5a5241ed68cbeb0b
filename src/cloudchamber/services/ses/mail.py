"""A mail as SES is given it, and its way from and to MIME (pure).

https://docs.aws.amazon.com/ses/latest/dg/send-email-raw.html
"""

from __future__ import annotations

import mimetypes
import re
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from email.utils import format_datetime, getaddresses
from typing import TYPE_CHECKING, Any

from cloudchamber.services.ses import limits

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_LINK = re.compile(r"https?://[^\s\"'<>()\[\]{}]+")
_REGIONS = {"us-east-1": "0100", "us-west-2": "0101", "eu-west-1": "0102"}
_OTHER_REGION = "0107"
# Headers that tell SES something and do not travel.
_CONTROL = frozenset({"bcc", "x-ses-configuration-set", "x-ses-message-tags", "x-ses-source-arn", "x-ses-from-arn",
                      "x-ses-return-path-arn"})  # fmt: skip
_TRAVELS_NOT = _CONTROL | {"message-id"}  # SES gives its own


@dataclass(frozen=True, slots=True)
class Mail:
    """`headers` are those that events show. `size_bytes` is that of the whole."""

    source: str
    to: tuple[str, ...]
    subject: str = ""
    text: str = ""
    html: str = ""
    cc: tuple[str, ...] = ()
    bcc: tuple[str, ...] = ()
    reply_to: tuple[str, ...] = ()
    return_path: str = ""
    headers: tuple[tuple[str, str], ...] = ()
    size_bytes: int = 0
    tags: Mapping[str, str] = field(default_factory=dict)
    configuration_set: str = ""
    source_arn: str = ""
    raw: Raw | None = None  # what it was given as, if it was
    attachments: tuple[Mapping[str, Any], ...] = ()  # AWS's members; kept out of the mailbox, relayed with the mail

    @property
    def recipients(self) -> tuple[str, ...]:
        return self.to + self.cc + self.bcc

    @property
    def links(self) -> tuple[str, ...]:
        found = dict.fromkeys(link.rstrip(".,;:!?") for link in _LINK.findall(f"{self.text} {self.html}"))
        return tuple(found)[: limits.LINKS_MAX]


def composed(mail: Mail, extra: Iterable[tuple[str, str]] = ()) -> Mail:
    """The mail with the headers that SES gives what it puts together itself."""
    headers = [("From", mail.source)]
    headers += [(name, ", ".join(of)) for name, of in (("To", mail.to), ("Cc", mail.cc), ("Reply-To", mail.reply_to))
                if of]  # fmt: skip
    kind = "multipart/alternative" if mail.text and mail.html else "text/html" if mail.html else "text/plain"
    headers += [("Subject", mail.subject), ("MIME-Version", "1.0"), ("Content-Type", f"{kind}; charset=UTF-8")]
    size = len(mail.text.encode()) + len(mail.html.encode()) + sum(len(n) + len(v) for n, v in headers)
    return Mail(
        mail.source, mail.to, mail.subject, mail.text, mail.html, mail.cc, mail.bcc, mail.reply_to, mail.return_path,
        (*headers, *extra), mail.size_bytes + size, mail.tags, mail.configuration_set, mail.source_arn,
        attachments=mail.attachments,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Raw:
    """What SES reads in a raw message."""

    message: EmailMessage
    size_bytes: int

    def all(self, name: str) -> tuple[str, ...]:
        """The addresses in headers of a name, as written."""
        values = [str(value) for value in self.message.get_all(name) or ()]
        return tuple(f'"{who}" <{address}>' if who else address for who, address in getaddresses(values) if address)

    def one(self, name: str) -> str:
        return str(self.message.get(name) or "").strip()

    def body(self, kind: str) -> str:
        part = self.message.get_body((kind,))
        if part is None:
            return ""
        try:
            return str(part.get_content())
        except (LookupError, ValueError, KeyError):  # an encoding nobody knows
            payload = part.get_payload(decode=True)
            return payload.decode("latin-1") if isinstance(payload, bytes) else ""

    @property
    def headers(self) -> tuple[tuple[str, str], ...]:
        return tuple((name, str(value)) for name, value in self.message.items() if name.lower() not in _CONTROL)

    @property
    def tags(self) -> dict[str, str]:
        """`X-SES-MESSAGE-TAGS: a=b, c=d`."""
        pairs = (part.partition("=") for part in self.one("X-SES-MESSAGE-TAGS").split(",") if "=" in part)
        return {name.strip(): value.strip() for name, _, value in pairs}


def parsed(raw: bytes) -> Raw:
    """What is too large to be sent is read as far as its headers go."""
    headers_only = len(raw) > limits.MESSAGE_BYTES_MAX_V2
    message = BytesParser(policy=policy.default).parsebytes(raw, headersonly=headers_only)
    assert isinstance(message, EmailMessage)
    return Raw(message, len(raw))


def mime(mail: Mail, sent_id: str, now: float) -> bytes:
    """A mail as it travels; `sent_id` is the message id SES gave it. ValueError for headers that no mail may have."""
    if mail.raw is not None:
        message = deepcopy(mail.raw.message)  # others read it too
        for name in {name for name in message if name.lower() in _TRAVELS_NOT}:
            del message[name]
    else:
        message = EmailMessage(policy=policy.SMTP)
        for name, value in mail.headers:
            if name.lower() not in ("mime-version", "content-type"):
                message[name] = value
        _fill(message, mail.text, mail.html)
        for attached in mail.attachments:
            _attach(message, attached)
    message["Message-ID"] = f"<{sent_id}@email.amazonses.com>"
    if message["Date"] is None:
        message["Date"] = format_datetime(datetime.fromtimestamp(now, UTC))
    return message.as_bytes(policy=policy.SMTP)


def _fill(message: EmailMessage, text: str, html: str) -> None:
    if text or not html:
        message.set_content(text)
        if html:
            message.add_alternative(html, subtype="html")
    else:
        message.set_content(html, subtype="html")


def _attach(message: EmailMessage, attached: Mapping[str, Any]) -> None:
    name = attached["FileName"]
    kind = attached.get("ContentType") or mimetypes.guess_type(name)[0] or "application/octet-stream"
    main, _, sub = kind.partition(";")[0].strip().partition("/")
    content_id = attached.get("ContentId")
    message.add_attachment(
        attached["RawContent"], maintype=main, subtype=sub or "octet-stream", filename=name,
        disposition=(attached.get("ContentDisposition") or "attachment").lower(),
        cid=f"<{content_id}>" if content_id else None,
    )  # fmt: skip


def rendered_mime(subject: str, text: str, html: str, now: float) -> str:
    """What TestRenderTemplate shows."""
    message = EmailMessage(policy=policy.SMTP)
    message["Date"] = format_datetime(datetime.fromtimestamp(now, UTC))
    message["Subject"] = subject
    _fill(message, text, html)
    return message.as_string()


def message_id(region: str, now: float, uuid: str) -> str:
    """`0100` and the instant in milliseconds, a UUID, a number: the form of SES's own."""
    return f"{_REGIONS.get(region, _OTHER_REGION)}{int(now * 1000):012x}-{uuid}-000000"
