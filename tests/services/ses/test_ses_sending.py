"""Sending in v1: checks, what arrives, quotas, the sandbox, the simulator, feedback by mail."""

from __future__ import annotations

import re
from email.message import EmailMessage
from typing import TYPE_CHECKING

import pytest
from botocore.config import Config as ClientConfig

from cloudchamber.config import Config
from cloudchamber.services.ses import limits
from cloudchamber.testing import RunningCloud
from tests.services.calls import refused
from tests.services.ses.ses_calls import Listener, send, unverified

if TYPE_CHECKING:
    from collections.abc import Iterator

ID = re.compile(r"0100[0-9a-f]{12}-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}-000000\Z")


@pytest.fixture(scope="module")
def sandbox() -> Iterator[RunningCloud]:
    running = RunningCloud(Config(port=0, settings={"ses.sandbox": True, "ses.auto_verify": True})).start()
    yield running
    running.stop()


def test_a_mail_arrives_as_it_was_sent(cloud: RunningCloud, ses, account: str, shop: str, ann: str):
    body = {"Text": {"Data": "see https://example.com/a."}, "Html": {"Data": '<a href="https://example.com/b">b</a>'}}
    answer = ses.send_email(
        Source=f"The Shop <{shop}>", Destination={"ToAddresses": [f"Ann <{ann}>"], "BccAddresses": [f"bcc{ann}"]},
        Message={"Subject": {"Data": "Grüße"}, "Body": body},
    )  # fmt: skip
    assert ID.match(answer["MessageId"])
    (mail,) = cloud.mail(ann)
    assert (mail.id, mail.channel, mail.account, mail.region) == (answer["MessageId"], "email", account, "us-east-1")
    assert (mail.sender, mail.subject) == (f"The Shop <{shop}>", "Grüße")
    assert (mail.text, mail.html) == (body["Text"]["Data"], body["Html"]["Data"])
    assert mail.links == ("https://example.com/a", "https://example.com/b")
    assert len(cloud.mail(f"bcc{ann}")) == 1


def test_a_raw_mail_is_read(cloud: RunningCloud, ses, shop: str, ann: str):
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = f"Müller <{shop}>", f"Ann <{ann}>", "Grüße"
    message["Bcc"] = f"bcc{ann}"
    message.set_content("plain ä")
    message.add_alternative("<p>rich ä</p>", subtype="html")
    message.add_attachment(b"\x00\x01", maintype="application", subtype="octet-stream", filename="a.bin")
    answer = ses.send_raw_email(RawMessage={"Data": message.as_bytes()})
    (mail,) = cloud.mail(ann)
    assert mail.id == answer["MessageId"]
    assert (mail.subject, mail.text.strip(), mail.html.strip()) == ("Grüße", "plain ä", "<p>rich ä</p>")
    assert len(cloud.mail(f"bcc{ann}")) == 1


def test_the_destinations_of_a_raw_mail_outweigh_its_headers(cloud: RunningCloud, ses, shop: str, ann: str):
    raw = f"From: {shop}\nTo: somebody-{ann}\nSubject: s\n\nbody"
    ses.send_raw_email(Source=shop, Destinations=[ann], RawMessage={"Data": raw})
    assert cloud.mail(f"somebody-{ann}") == []
    assert cloud.mail(ann)[0].text == "body"


def test_nobody_vouches_for_the_sender(ses, ann: str):
    with unverified(f"Ann <{ann}>"):
        send(ses, f"Ann <{ann}>", ann)
    with unverified(ann):
        ses.send_raw_email(RawMessage={"Data": f"From: {ann}\nTo: {ann}\nSubject: s\n\nbody"})


def test_where_bounces_go_has_to_be_verified_too(ses, shop: str, ann: str):
    with unverified(ann):
        send(ses, shop, ann, ReturnPath=ann)


def test_recipients_are_checked(ses, shop: str, ann: str):
    with refused("InvalidParameterValue", "Missing required header 'To'."):
        send(ses, shop)
    with refused("InvalidParameterValue", "Recipient count exceeds 50."):
        send(ses, shop, *[f"{n}{ann}" for n in range(51)])
    with refused("InvalidParameterValue", "Missing final '@domain'"):
        send(ses, shop, ann, "bob")


def test_a_mail_has_a_largest_size(monkeypatch, ses, shop: str, ann: str):
    """10 MB in v1, which take the client seconds to sign."""
    monkeypatch.setattr(limits, "MESSAGE_BYTES_MAX_V1", 1000)
    raw = f"From: {shop}\nTo: {ann}\nSubject: s\n\n".encode() + b"x" * 1000
    with refused("InvalidParameterValue", f"Message length is more than 1000 bytes long: '{len(raw)}'."):
        ses.send_raw_email(RawMessage={"Data": raw})


def test_sending_can_be_switched_off(ses, shop: str, ann: str):
    assert ses.get_account_sending_enabled()["Enabled"] is True
    ses.update_account_sending_enabled(Enabled=False)
    assert ses.get_account_sending_enabled()["Enabled"] is False
    with refused("AccountSendingPausedException"):
        send(ses, shop, ann)


def test_what_was_sent_is_counted_by_the_quarter_of_an_hour(frozen_clock, ses, shop: str, ann: str):
    assert ses.get_send_quota()["SentLast24Hours"] == 0
    assert ses.get_send_statistics()["SendDataPoints"] == []
    send(ses, shop, ann, "bounce@simulator.amazonses.com")
    frozen_clock.advance(15 * 60)
    send(ses, shop, "complaint@simulator.amazonses.com")
    points = sorted(ses.get_send_statistics()["SendDataPoints"], key=lambda point: point["Timestamp"])
    assert [(p["DeliveryAttempts"], p["Bounces"], p["Complaints"], p["Rejects"]) for p in points] == [
        (2, 1, 0, 0), (1, 0, 1, 0),
    ]  # fmt: skip
    quota = ses.get_send_quota()
    assert (quota["Max24HourSend"], quota["MaxSendRate"], quota["SentLast24Hours"]) == (50000, 14, 3)
    frozen_clock.advance(25 * 3600)
    assert ses.get_send_quota()["SentLast24Hours"] == 0


def test_a_bounce_comes_back_by_mail_unless_a_topic_takes_it(cloud: RunningCloud, ses, shop: str, listener: Listener):
    send(ses, shop, "bounce+1@simulator.amazonses.com")
    (told,) = cloud.mail(shop)
    assert (told.sender, told.subject) == (
        "MAILER-DAEMON@amazonses.com", "Delivery Status Notification (Failure)",
    )  # fmt: skip
    assert "bounce+1@simulator.amazonses.com" in told.text
    domain = shop.partition("@")[2]
    for kind in ("Bounce", "Complaint"):
        ses.set_identity_notification_topic(Identity=domain, NotificationType=kind, SnsTopic=listener.topic)
    ses.set_identity_feedback_forwarding_enabled(Identity=domain, ForwardingEnabled=False)
    send(ses, shop, "bounce@simulator.amazonses.com")
    assert len(cloud.mail(shop)) == 1


# the sandbox


def test_in_the_sandbox_recipients_are_verified_too(sandbox: RunningCloud):
    ses = sandbox.session().client("ses")
    ses.verify_email_identity(EmailAddress="me@example.com")
    with unverified("you@example.com"):
        send(ses, "me@example.com", "you@example.com")
    with unverified("they@example.com", "you@example.com"):
        send(ses, "they@example.com", "you@example.com", "success@simulator.amazonses.com")
    send(ses, "me@example.com", "me@example.com", "success@simulator.amazonses.com")


def test_in_the_sandbox_200_mails_a_day_are_sent(sandbox: RunningCloud):
    ses = sandbox.session().client("ses", config=ClientConfig(retries={"max_attempts": 0}))
    ses.verify_email_identity(EmailAddress="me@example.com")
    assert ses.get_send_quota()["Max24HourSend"] == 200
    for _ in range(4):
        send(ses, "me@example.com", *["me@example.com"] * 50)
    with refused("Throttling", "Daily message quota exceeded."):
        send(ses, "me@example.com", "me@example.com")
