"""The SMTP endpoint: who may send what through it, in AWS's words. And the relay to a real server."""

from __future__ import annotations

import asyncio
import base64
import email
import hashlib
import hmac
import json
import smtplib
import ssl
from typing import Any

import pytest

from cloudchamber.cloud import Cloud
from cloudchamber.config import Config, read_setting
from cloudchamber.identity import principals
from cloudchamber.testing.cloud import RunningCloud
from tests.services.ses.smtp_receiver import SmtpReceiver, free_port

TEXT = (
    "From: {sender}\r\nTo: {to}\r\nSubject: Hello\r\nBcc: secret@example.org\r\n\r\nGood day, https://example.org/x\r\n"
)
PORT = free_port()


@pytest.fixture(scope="module")
def receiver():
    made = SmtpReceiver()
    yield made
    made.close()


@pytest.fixture(scope="module")
def cloud(receiver):
    running = RunningCloud(Config(port=0, settings={"ses.smtp_port": PORT, "ses.relay": receiver.address})).start()
    yield running
    running.stop()


def password(secret: str, region: str = "us-east-1") -> str:
    """As AWS's program for it has it."""

    def sign(key: bytes, text: str) -> bytes:
        return hmac.new(key, text.encode(), hashlib.sha256).digest()

    signature = sign(("AWS4" + secret).encode(), "11111111")
    for part in (region, "ses", "aws4_request", "SendRawEmail"):
        signature = sign(signature, part)
    return base64.b64encode(bytes([4]) + signature).decode()


@pytest.fixture
def user(aws):
    """`user(statement)`: access key id and secret of a user that a policy lets do something."""

    def make(*statements: dict[str, Any]) -> tuple[str, str]:
        iam = aws.client("iam")
        iam.create_user(UserName="sender")
        document = json.dumps({"Version": "2012-10-17", "Statement": list(statements)})
        if statements:
            iam.put_user_policy(UserName="sender", PolicyName="p", PolicyDocument=document)
        key = iam.create_access_key(UserName="sender")["AccessKey"]
        return key["AccessKeyId"], key["SecretAccessKey"]

    return make


@pytest.fixture
def connected(cloud):
    """An SMTP connection with TLS by the cloud's certificate."""
    smtp = smtplib.SMTP("localhost", PORT)
    smtp.starttls(context=ssl.create_default_context(cafile=cloud.ca_certificate))
    yield smtp
    smtp.close()


SEND = {"Effect": "Allow", "Action": "ses:SendRawEmail", "Resource": "*"}


def test_a_mail_sent_by_smtp_is_in_the_mailbox(connected, user, shop, ann, cloud):
    key, secret = user(SEND)
    assert connected.login(key, password(secret)) == (235, b"Authentication successful.")
    connected.mail(shop)
    connected.rcpt(ann)
    code, text = connected.data(TEXT.format(sender=shop, to=ann))
    assert code == 250 and text.startswith(b"Ok 0100")
    (mail,) = cloud.mail(to=ann)
    assert (mail.id, mail.sender, mail.subject) == (text.decode().removeprefix("Ok "), shop, "Hello")
    assert mail.links == ("https://example.org/x",)
    span = cloud.spans(service="ses", operation="SendRawEmail")[0]
    assert span.principal.endswith(":user/sender")


@pytest.mark.parametrize("mechanism", ["auth_plain", "auth_login"])
def test_both_ways_to_log_in(connected, account, mechanism):
    """The root user's key does for a start."""
    connected.ehlo()
    connected.user, connected.password = account, password("test")
    name = mechanism.removeprefix("auth_").upper()
    assert connected.auth(name, getattr(connected, mechanism)) == (235, b"Authentication successful.")


def test_the_password_is_that_of_a_region(connected, account, ann, cloud):
    sender = "a@only-in-ireland.example"
    ses = cloud.session(account, "eu-west-1").client("ses")
    ses.verify_domain_identity(Domain="only-in-ireland.example")
    connected.login(account, password("test", "eu-west-1"))
    connected.sendmail(sender, [ann], TEXT.format(sender=sender, to=ann))
    assert [mail.region for mail in cloud.mail(to=ann)] == ["eu-west-1"]


@pytest.mark.parametrize("wrong", ["x", "secret itself"])
def test_a_wrong_password_is_refused(connected, user, wrong):
    key, secret = user(SEND)
    with pytest.raises(smtplib.SMTPAuthenticationError) as caught:
        connected.login(key, secret if wrong == "secret itself" else password(wrong))
    assert (caught.value.smtp_code, caught.value.smtp_error) == (535, b"Authentication Credentials Invalid")


def test_temporary_credentials_are_none_for_smtp(connected, aws, account):
    sts = aws.client("sts")
    given = sts.get_session_token()["Credentials"]
    with pytest.raises(smtplib.SMTPAuthenticationError):
        connected.login(given["AccessKeyId"], password(given["SecretAccessKey"]))


def test_nothing_is_taken_without_tls_or_without_login(connected):
    plain = smtplib.SMTP("localhost", PORT)
    plain.ehlo()
    assert plain.docmd("MAIL FROM:<a@example.org>") == (530, b"Must issue a STARTTLS command first")
    assert plain.docmd("AUTH PLAIN") == (530, b"Must issue a STARTTLS command first")
    plain.close()
    connected.ehlo()
    assert connected.docmd("MAIL FROM:<a@example.org>")[0] == 530


def sent(connected, sender, to):
    connected.mail(sender)
    connected.rcpt(to)
    code, text = connected.data(TEXT.format(sender=sender, to=to))
    return code, text.decode()


def test_who_may_not_send_is_told_so(connected, user, shop, ann, account):
    key, secret = user()
    connected.login(key, password(secret))
    domain = shop.partition("@")[2]
    code, text = sent(connected, shop, ann)
    assert code == 554
    assert text == (
        f"Access denied: User `arn:aws:iam::{account}:user/sender' is not authorized to perform `ses:SendRawEmail' "
        f"on resource `arn:aws:ses:us-east-1:{account}:identity/{domain}'"
    )


def test_a_sender_nobody_vouches_for_is_rejected(connected, user, ann):
    key, secret = user(SEND)
    connected.login(key, password(secret))
    assert sent(connected, "nobody@nowhere.example", ann) == (
        554,
        (
            "Message rejected: Email address is not verified. The following identities failed the check in region "
            "US-EAST-1: nobody@nowhere.example"
        ),
    )


def test_a_message_may_be_too_long(connected, account, shop, ann):
    connected.login(account, password("test"))
    connected.mail(shop)
    connected.rcpt(ann)
    assert connected.data("Subject: x\r\n\r\n" + ("y" * 990 + "\r\n") * 11_000) == (552, b"Message is too long.")


# the relay


def test_what_is_accepted_goes_on_to_the_real_server(ses, receiver, shop, ann, clock):
    receiver.got.clear()
    ses.send_email(
        Source=shop, Destination={"ToAddresses": [ann], "CcAddresses": ["bounce@simulator.amazonses.com"]},
        Message={"Subject": {"Data": "Über"}, "Body": {"Text": {"Data": "plain"}, "Html": {"Data": "<b>rich</b>"}}},
    )  # fmt: skip
    raw = TEXT.format(sender=shop, to=ann).encode()
    made = ses.send_raw_email(Source=shop, Destinations=[ann], RawMessage={"Data": raw})
    clock.settle()
    first, second = (email.message_from_string(mail.text, policy=email.policy.default) for mail in receiver.got)
    assert [(mail.sender, mail.recipients) for mail in receiver.got] == [(shop, [ann]), (shop, [ann])]
    assert first["Subject"] == "Über" and first["To"] == ann and first["Date"]
    assert first.get_body(("plain",)).get_content().strip() == "plain"
    assert first.get_body(("html",)).get_content().strip() == "<b>rich</b>"
    assert second["Message-ID"] == f"<{made['MessageId']}@email.amazonses.com>"
    assert second["Bcc"] is None and second.get_content().startswith("Good day")


def test_attachments_go_along(sesv2, receiver, shop, ann, clock):
    receiver.got.clear()
    sesv2.send_email(
        FromEmailAddress=shop, Destination={"ToAddresses": [ann]},
        Content={"Simple": {
            "Subject": {"Data": "s"}, "Body": {"Text": {"Data": "t"}},
            "Attachments": [{"RawContent": b"%PDF", "FileName": "a.pdf"}, {
                "RawContent": b"x", "FileName": "b", "ContentType": "image/png", "ContentDisposition": "INLINE",
                "ContentId": "logo"}],
        }},
    )  # fmt: skip
    clock.settle()
    message = email.message_from_string(receiver.got[0].text, policy=email.policy.default)
    found = [(part.get_filename(), part.get_content_type(), part.get_content()) for part in message.iter_attachments()]
    assert found == [("a.pdf", "application/pdf", b"%PDF"), ("b", "image/png", b"x")]


def test_a_server_that_is_busy_is_asked_again_and_one_that_refuses_is_not(ses, receiver, shop, frozen_clock, cloud):
    ann = "ann@example.org"
    receiver.got.clear()
    receiver.answers = ["451 later", "250 OK", "550 no such user"]
    message = {"Subject": {"Data": "s"}, "Body": {"Text": {"Data": "t"}}}
    ses.send_email(Source=shop, Destination={"ToAddresses": [ann]}, Message=message)
    frozen_clock.settle()
    assert len(receiver.got) == 1
    frozen_clock.advance(60)
    assert len(receiver.got) == 2
    ses.send_email(Source=shop, Destination={"ToAddresses": [ann]}, Message=message)
    frozen_clock.advance(3600)
    assert len(receiver.got) == 3
    assert cloud.look(lambda running: running.store.value("SELECT count(*) FROM ses_relayed")) == 0


def test_a_mail_that_was_not_relayed_yet_is_by_the_next_process(tmp_path, receiver):
    receiver.got.clear()
    config = Config(port=0, data_dir=tmp_path, settings={"ses.relay": receiver.address})
    account = "111122223333"

    async def dies() -> None:
        cloud = Cloud(config)
        await cloud.start()

        def enter(operation: str, **request: Any) -> Any:
            return cloud.dispatcher.enter(principals.root(account), account, "us-east-1", operation, request)

        await enter("ses:VerifyDomainIdentity", Domain="shop.example")
        service: Any = cloud.registry.get("ses").service
        service.begin_relay = lambda mail_id: None
        await enter(
            "ses:SendEmail", Source="a@shop.example", Destination={"ToAddresses": ["b@example.org"]},
            Message={"Subject": {"Data": "s"}, "Body": {"Text": {"Data": "t"}}},
        )  # fmt: skip
        await cloud.stop()

    async def lives() -> None:
        cloud = Cloud(config)
        await cloud.start()
        await cloud.clock.settle()
        await cloud.stop()

    asyncio.run(dies())
    assert receiver.got == []
    asyncio.run(lives())
    assert [mail.recipients for mail in receiver.got] == [["b@example.org"]]


def test_settings_that_are_text_are_read_as_they_are():
    assert read_setting("ses.relay=mail.example.org:25") == ("ses.relay", "mail.example.org:25")
    assert read_setting("ses.smtp_port=2525") == ("ses.smtp_port", 2525.0)
