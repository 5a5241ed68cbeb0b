"""The SMTP endpoint of SES: AUTH with SES SMTP credentials after STARTTLS; what is sent becomes `ses:SendRawEmail`.

The user name is an access key id, the password is derived from its secret for one region, which thereby is the mail's.
https://docs.aws.amazon.com/ses/latest/dg/smtp-credentials.html#smtp-credentials-convert
Replies: https://docs.aws.amazon.com/ses/latest/dg/troubleshoot-smtp.html
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import logging
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from cloudchamber.core import ids
from cloudchamber.core.context import Caller
from cloudchamber.core.dispatch import new_span
from cloudchamber.core.errors import AccessDenied, AwsError

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable

    from cloudchamber.core.dispatch import Dispatcher
    from cloudchamber.identity.authorize import Identities
    from cloudchamber.identity.principals import Principal

log = logging.getLogger("cloudchamber.smtp")

HOST, IDENT = "email-smtp.amazonaws.com", "ESMTP SimpleEmailService"
MESSAGE_BYTES_MAX = 40 * 1024 * 1024
# Those that AWS lists with its program for passwords.
REGIONS = (
    "us-east-1", "us-east-2", "us-west-1", "us-west-2", "af-south-1", "ap-northeast-1", "ap-northeast-2",
    "ap-northeast-3", "ap-south-1", "ap-southeast-1", "ap-southeast-2", "ap-southeast-3", "ca-central-1",
    "eu-central-1", "eu-north-1", "eu-south-1", "eu-west-1", "eu-west-2", "eu-west-3", "il-central-1", "me-south-1",
    "sa-east-1", "us-gov-east-1", "us-gov-west-1",
)  # fmt: skip
_PASSWORD_VERSION = b"\x04"


@dataclass(frozen=True, slots=True)
class Login:
    """Who has proved to be whom, for a region."""

    principal: Principal
    region: str


@lru_cache(maxsize=1024)
def password_of(secret: str, region: str) -> str:
    """The SMTP password that belongs to a secret access key in a region."""
    key = f"AWS4{secret}".encode()
    for part in ("11111111", region, "ses", "aws4_request", "SendRawEmail"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    return base64.b64encode(_PASSWORD_VERSION + key).decode()


class SmtpServer:
    """Listens from `listen` on until `stop`."""

    def __init__(self, dispatcher: Dispatcher, identities: Identities, tls: Callable[[], ssl.SSLContext]) -> None:
        self._dispatcher = dispatcher
        self._identities = identities
        self._tls = tls
        self._server: asyncio.Server
        self._connections: set[Any] = set()

    async def listen(self, host: str, port: int) -> None:
        """OSError if the port is taken."""
        logging.getLogger("mail.log").setLevel(logging.ERROR)  # aiosmtpd's, which tells of each command
        self._server = await asyncio.get_running_loop().create_server(self._connection, host, port)

    def _connection(self) -> Any:
        from aiosmtpd.smtp import SMTP  # noqa: PLC0415 - only where there is an endpoint

        made = SMTP(
            self, hostname=HOST, ident=IDENT, tls_context=self._tls(), require_starttls=True, auth_required=True,
            authenticator=self.authenticated, data_size_limit=MESSAGE_BYTES_MAX, loop=asyncio.get_running_loop(),
        )  # fmt: skip
        self._connections = {one for one in self._connections if one.transport is not None} | {made}
        return made

    async def stop(self) -> None:
        self._server.close()
        for connection in self._connections:
            if connection.transport is not None:
                connection.transport.close()

    # what aiosmtpd calls

    def authenticated(self, _server: Any, _session: Any, _envelope: Any, _mechanism: str, given: Any) -> Any:
        """Whether a user name and password belong together."""
        from aiosmtpd.smtp import AuthResult  # noqa: PLC0415

        login = self._login(given.login.decode(errors="replace"), given.password.decode(errors="replace"))
        if login is None:
            return AuthResult(success=False, handled=False, message="535 Authentication Credentials Invalid")
        return AuthResult(success=True, auth_data=login, message="235 Authentication successful.")

    def _login(self, name: str, password: str) -> Login | None:
        """Temporary credentials are none for SMTP, as on AWS."""
        credential = self._identities.credential(name)
        if credential is None or credential.session_token is not None:
            return None
        for region in REGIONS:
            if hmac.compare_digest(password_of(credential.secret, region).encode(), password.encode()):
                return Login(credential.principal, region)
        return None

    async def handle_DATA(self, _server: Any, session: Any, envelope: Any) -> str:
        login: Login = session.auth_data
        clock = self._dispatcher.clock
        span = new_span("ses", "SMTP", ids.request_id(), None, clock.now())
        caller = Caller(session.peer[0], secure=True, user_agent="SMTP")
        ctx = self._dispatcher.open(span, login.principal, login.principal.account, login.region, caller)
        try:
            sent = await ctx.call(
                "ses:SendRawEmail", RawMessage={"Data": envelope.content}, Source=envelope.mail_from,
                Destinations=list(envelope.rcpt_tos),
            )  # fmt: skip
        except AwsError as error:
            return " ".join(_reply(error).split())
        except Exception:
            log.exception("a mail was not taken")
            return "451 Temporary service failure"
        return f"250 Ok {sent['MessageId']}"


def _reply(error: AwsError) -> str:
    if isinstance(error, AccessDenied) or error.code in ("AccessDenied", "AccessDeniedException"):
        return f"554 Access denied: {error.message}"
    if error.code == "MessageRejected":
        return f"554 Message rejected: {error.message}"
    if error.code == "Throttling":
        return f"454 Throttling failure: {error.message}"
    if error.status >= 500:
        return "451 Temporary service failure"
    if error.message.startswith("Message length is more than"):
        return "552 Message is too long."
    return f"554 Transaction failed: {error.message}"
