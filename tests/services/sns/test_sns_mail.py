"""Mails and text messages: into the mailbox, links that work, numbers that want no more, the sandbox."""

from __future__ import annotations

import json
import urllib.request
from typing import TYPE_CHECKING, Any

import pytest

from tests.services.calls import refused
from tests.services.sns.sns_calls import invalid, opened, string

if TYPE_CHECKING:
    from cloudchamber.testing import RunningCloud


@pytest.fixture
def address(account: str) -> str:
    return f"ann-{account}@example.com"


@pytest.fixture
def phone(account: str) -> str:
    return f"+1{account[-10:]}"


def one(cloud: RunningCloud, to: str) -> Any:
    """The only message in the mailbox to somebody."""
    cloud.clock.settle()
    (found,) = cloud.mail(to)
    return found


@pytest.mark.parametrize("protocol", ["email", "email-json"])
def test_a_mail_asks_and_its_link_confirms(
    cloud: RunningCloud, *, sns, account: str, topic: str, address: str, protocol
):
    sns.subscribe(TopicArn=topic, Protocol=protocol, Endpoint=address)
    asked = one(cloud, address)
    assert asked.channel == "email"
    assert asked.account == account
    assert asked.sender == "AWS Notifications <no-reply@sns.amazonaws.com>"
    assert asked.subject == "AWS Notification - Subscription Confirmation"
    assert asked.links[0] in asked.text
    assert opened(asked.links[0])[0] == 200
    sns.set_topic_attributes(TopicArn=topic, AttributeName="DisplayName", AttributeValue="News")
    sns.publish(TopicArn=topic, Message="hello", Subject="Today")
    cloud.clock.settle()
    mail = cloud.mail(address)[0]
    assert (mail.sender, mail.subject) == ("News <no-reply@sns.amazonaws.com>", "Today")
    if protocol == "email-json":
        assert json.loads(mail.text)["Message"] == "hello"
    else:
        assert mail.text.startswith("hello\n\n--\n")
    assert opened(mail.links[0])[0] == 200
    assert sns.list_subscriptions()["Subscriptions"] == []
    cloud.clock.settle()
    told = cloud.mail(address)[0]
    assert told.subject == "AWS Notification - Unsubscribe Confirmation"
    assert opened(told.links[0])[0] == 200
    assert len(sns.list_subscriptions()["Subscriptions"]) == 1


def test_a_mail_without_a_subject_has_awss(cloud: RunningCloud, sns, topic: str, address: str):
    sns.subscribe(TopicArn=topic, Protocol="email", Endpoint=address)
    opened(one(cloud, address).links[0])
    sns.publish(TopicArn=topic, Message="hello")
    cloud.clock.settle()
    assert cloud.mail(address)[0].subject == "AWS Notification Message"


def test_a_subscribed_phone_gets_the_text(cloud: RunningCloud, sns, topic: str, phone: str):
    sns.set_topic_attributes(TopicArn=topic, AttributeName="DisplayName", AttributeValue="News")
    arn = sns.subscribe(TopicArn=topic, Protocol="sms", Endpoint=f"{phone[:2]} ({phone[2:5]}) {phone[5:]}")
    assert arn["SubscriptionArn"].startswith(topic)
    sns.publish(TopicArn=topic, Message='{"default": "long", "sms": "short"}', MessageStructure="json")
    text = one(cloud, phone)
    assert (text.channel, text.text) == ("sms", "News> short")


def test_a_text_goes_straight_to_a_phone(cloud: RunningCloud, sns, phone: str):
    answer = sns.publish(
        PhoneNumber=phone, Message="code 1234", MessageAttributes={"AWS.SNS.SMS.SenderID": string("MyBank")}
    )
    text = one(cloud, phone)
    assert (text.id, text.sender, text.text) == (answer["MessageId"], "MyBank", "code 1234")


@pytest.mark.parametrize("number", ["5550100", "+0555", "phone", "+1", "+12345678901234567"])
def test_numbers_that_are_none(sns, number: str):
    with invalid(f"PhoneNumber Reason: {number} is not valid to publish to"):
        sns.publish(PhoneNumber=number, Message="m")


def test_a_text_has_1600_characters_at_most(sns, phone: str):
    with invalid("Message too long"):
        sns.publish(PhoneNumber=phone, Message="x" * 1601)


def test_settings_hold_for_texts(cloud: RunningCloud, sns, phone: str):
    assert sns.get_sms_attributes()["attributes"] == {}
    sns.set_sms_attributes(attributes={"DefaultSenderID": "Shop", "DefaultSMSType": "Transactional"})
    assert sns.get_sms_attributes(attributes=["DefaultSMSType"])["attributes"] == {"DefaultSMSType": "Transactional"}
    sns.publish(PhoneNumber=phone, Message="m")
    assert one(cloud, phone).sender == "Shop"
    wrong = {"DefaultSMSType": "Loud", "DefaultSenderID": "1234", "DeliveryStatusSuccessSamplingRate": "101"}
    for name, value in wrong.items():
        with invalid(f"{name} Reason: Invalid value [{value}]"):
            sns.set_sms_attributes(attributes={name: value})
    with invalid("Attributes Reason: Invalid attribute name: Colour"):
        sns.set_sms_attributes(attributes={"Colour": "red"})


def test_who_answers_stop_gets_no_more(cloud: RunningCloud, sns, topic: str, phone: str):
    sns.publish(PhoneNumber=phone, Message="1")
    answer(cloud, one(cloud, phone).id, "Stop")
    assert sns.check_if_phone_number_is_opted_out(phoneNumber=phone)["isOptedOut"] is True
    assert sns.list_phone_numbers_opted_out()["phoneNumbers"] == [phone]
    sns.subscribe(TopicArn=topic, Protocol="sms", Endpoint=phone)
    sns.publish(PhoneNumber=phone, Message="2")
    sns.publish(TopicArn=topic, Message="3")
    assert one(cloud, phone).text == "1"
    with refused("OptedOut"):
        sns.create_sms_sandbox_phone_number(PhoneNumber=phone)
    sns.opt_in_phone_number(phoneNumber=phone)
    assert sns.check_if_phone_number_is_opted_out(phoneNumber=phone)["isOptedOut"] is False
    sns.publish(PhoneNumber=phone, Message="4")
    assert cloud.mail(phone)[0].text == "4"


def answer(cloud: RunningCloud, message_id: str, text: str) -> None:
    body = json.dumps({"text": text}).encode()
    url = f"{cloud.endpoint}/_cloudchamber/api/mail/{message_id}/reply"
    urllib.request.urlopen(urllib.request.Request(url, body, method="POST")).close()


@pytest.mark.parametrize("call", ["check_if_phone_number_is_opted_out", "opt_in_phone_number"])
def test_asking_about_what_is_no_number(sns, call: str):
    with invalid("phoneNumber Reason: input incorrectly formatted"):
        getattr(sns, call)(phoneNumber="x")


def test_a_sandbox_number_is_verified_by_the_code_that_was_sent(cloud: RunningCloud, sns, phone: str):
    assert sns.get_sms_sandbox_account_status()["IsInSandbox"] is False
    sns.create_sms_sandbox_phone_number(PhoneNumber=phone)
    assert sns.list_sms_sandbox_phone_numbers()["PhoneNumbers"] == [{"PhoneNumber": phone, "Status": "Pending"}]
    code = one(cloud, phone).text.split()[0]
    wrong = "000000" if code != "000000" else "111111"
    with pytest.raises(sns.exceptions.VerificationException):
        sns.verify_sms_sandbox_phone_number(PhoneNumber=phone, OneTimePassword=wrong)
    sns.verify_sms_sandbox_phone_number(PhoneNumber=phone, OneTimePassword=code)
    assert sns.list_sms_sandbox_phone_numbers()["PhoneNumbers"] == [{"PhoneNumber": phone, "Status": "Verified"}]
    sns.delete_sms_sandbox_phone_number(PhoneNumber=phone)
    with refused("ResourceNotFound", "Resource does not exist", 404):
        sns.delete_sms_sandbox_phone_number(PhoneNumber=phone)
    with refused("ResourceNotFound", "Resource does not exist", 404):
        sns.verify_sms_sandbox_phone_number(PhoneNumber=phone, OneTimePassword=code)


def test_nobody_rents_numbers_to_send_from(sns):
    assert sns.list_origination_numbers()["PhoneNumbers"] == []
