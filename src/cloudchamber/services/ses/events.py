"""What SES tells about a mail, in AWS's JSON: event publishing and notifications of identities (pure).

https://docs.aws.amazon.com/ses/latest/dg/event-publishing-retrieving-sns-examples.html
https://docs.aws.amazon.com/ses/latest/dg/notification-examples.html
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from cloudchamber.services.ses import addresses

if TYPE_CHECKING:
    from cloudchamber.services.ses.mail import Mail

# As v2's MatchingEventTypes -> eventType, EventBridge's detail type, CloudWatch's metric.
NAMES = {
    "SEND": ("Send", "Email Sent"),
    "REJECT": ("Reject", "Email Rejected"),
    "BOUNCE": ("Bounce", "Email Bounced"),
    "COMPLAINT": ("Complaint", "Email Complaint Received"),
    "DELIVERY": ("Delivery", "Email Delivered"),
    "RENDERING_FAILURE": ("Rendering Failure", "Email Rendering Failed"),
    "OPEN": ("Open", "Email Opened"),
    "CLICK": ("Click", "Email Clicked"),
    "DELIVERY_DELAY": ("DeliveryDelay", "Email Delivery Delayed"),
    "SUBSCRIPTION": ("Subscription", "Email Subscribed"),
}
METRICS = {"RENDERING_FAILURE": "RenderingFailure"}
MTA = "a8-96.smtp-out.amazonses.com"
AGENT = "Amazon SES Mailbox Simulator"


@dataclass(frozen=True, slots=True)
class Sent:
    """A mail that was accepted, with what events say of it."""

    mail: Mail
    id: str
    at: float
    account: str
    region: str
    identity_arn: str
    caller: str  # what made the call: callerIdentity
    source_ip: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """One thing that happened to a mail. `details` is the event's own object."""

    type: str
    details: dict[str, Any]


def iso(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"


def bounced(recipients: list[str], kind: str, at: float, feedback_id: str) -> Outcome:
    """`kind` is how the recipients are known to bounce: bounce, ooto, suppressionlist, suppressed."""
    if kind == "ooto":
        who = [{"emailAddress": address} for address in recipients]
        subtype, bounce_type = "General", "Transient"
    else:
        code = "smtp; 550 5.1.1 user unknown" if kind == "bounce" else _SUPPRESSED
        who = [{"emailAddress": a, "action": "failed", "status": "5.1.1", "diagnosticCode": code} for a in recipients]
        subtype, bounce_type = _SUBTYPES[kind], "Permanent"
    details: dict[str, Any] = {
        "feedbackId": feedback_id, "bounceType": bounce_type, "bounceSubType": subtype, "bouncedRecipients": who,
        "timestamp": iso(at),
    }  # fmt: skip
    if kind != "ooto":
        details["reportingMTA"] = f"dns; {MTA}"
    return Outcome("BOUNCE", details)


_SUBTYPES = {"bounce": "General", "suppressionlist": "Suppressed", "suppressed": "OnAccountSuppressionList"}
_SUPPRESSED = (
    "Amazon SES has suppressed sending to this address because it has a recent history of bouncing as an invalid "
    "address. For more information about how to remove an address from the suppression list, see the Amazon SES "
    "Developer Guide: http://docs.aws.amazon.com/ses/latest/DeveloperGuide/remove-from-suppressionlist.html "
)


def complained(recipients: list[str], at: float, feedback_id: str) -> Outcome:
    return Outcome("COMPLAINT", {
        "feedbackId": feedback_id, "complaintSubType": None,
        "complainedRecipients": [{"emailAddress": address} for address in recipients], "timestamp": iso(at),
        "userAgent": AGENT, "complaintFeedbackType": "abuse", "arrivalDate": iso(at),
    })  # fmt: skip


def delivered(recipients: list[str], at: float, sent_at: float) -> Outcome:
    return Outcome("DELIVERY", {
        "timestamp": iso(at), "processingTimeMillis": round((at - sent_at) * 1000), "recipients": recipients,
        "smtpResponse": "250 2.6.0 Message received", "reportingMTA": MTA,
    })  # fmt: skip


def _mail(sent: Sent, with_headers: bool) -> dict[str, Any]:
    mail = sent.mail
    shown: dict[str, Any] = {
        "timestamp": iso(sent.at), "source": mail.source, "sourceArn": sent.identity_arn,
        "sendingAccountId": sent.account, "messageId": sent.id,
        "destination": [addresses.take_apart(recipient)[1] for recipient in mail.recipients],
    }  # fmt: skip
    if with_headers:
        common: dict[str, Any] = {"from": [mail.source], "to": list(mail.to), "messageId": sent.id}
        common |= {"subject": mail.subject} | ({"cc": list(mail.cc)} if mail.cc else {})
        shown |= {
            "headersTruncated": False,
            "headers": [{"name": name, "value": value} for name, value in mail.headers],
            "commonHeaders": common,
        }
    return shown


def published(sent: Sent, outcome: Outcome) -> dict[str, Any]:
    """The event for a configuration set's destinations."""
    name = NAMES[outcome.type][0]
    tags = {
        "ses:source-ip": [sent.source_ip],
        "ses:configuration-set": [sent.mail.configuration_set],
        "ses:from-domain": [addresses.take_apart(sent.mail.source)[1].rpartition("@")[2]],
        "ses:caller-identity": [sent.caller],
        **{name: [value] for name, value in sent.mail.tags.items()},
    }
    key = "failure" if outcome.type == "RENDERING_FAILURE" else name[0].lower() + name[1:]
    return {"eventType": name, "mail": {**_mail(sent, True), "tags": tags}, key: outcome.details}


def notified(sent: Sent, outcome: Outcome, with_headers: bool) -> dict[str, Any]:
    """The notification for an identity's topic."""
    name = NAMES[outcome.type][0]
    mail = _mail(sent, with_headers) | {"sourceIp": sent.source_ip, "callerIdentity": sent.caller}
    return {"notificationType": name, name.lower(): outcome.details, "mail": mail}
