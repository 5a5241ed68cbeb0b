"""Mobile push: applications, devices, and messages to them, readable in the mailbox."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.services.calls import refused
from tests.services.sns.sns_calls import invalid

if TYPE_CHECKING:
    from cloudchamber.testing import RunningCloud

CREDENTIAL = {"PlatformCredential": "secret"}


@pytest.fixture
def application(sns: Any) -> str:
    return str(
        sns.create_platform_application(Name="app", Platform="GCM", Attributes=CREDENTIAL)["PlatformApplicationArn"]
    )


@pytest.fixture
def device(sns: Any, application: str) -> str:
    return str(sns.create_platform_endpoint(PlatformApplicationArn=application, Token="tok")["EndpointArn"])


def test_an_application_shows_all_but_its_credentials(sns, account: str, application: str):
    assert application == f"arn:aws:sns:us-east-1:{account}:app/GCM/app"
    sns.set_platform_application_attributes(
        PlatformApplicationArn=application, Attributes={"SuccessFeedbackSampleRate": "5"}
    )
    found = sns.get_platform_application_attributes(PlatformApplicationArn=application)["Attributes"]
    assert found == {"Enabled": "true", "SuccessFeedbackSampleRate": "5"}
    listed = sns.list_platform_applications()["PlatformApplications"]
    assert listed == [{"PlatformApplicationArn": application, "Attributes": found}]
    sns.delete_platform_application(PlatformApplicationArn=application)
    sns.delete_platform_application(PlatformApplicationArn=application)
    with refused("NotFound", "PlatformApplication does not exist", 404):
        sns.get_platform_application_attributes(PlatformApplicationArn=application)


@pytest.mark.parametrize(
    ("name", "platform", "attributes", "reason"),
    [
        ("a b", "GCM", CREDENTIAL, "Name"),
        ("app", "PIGEON", CREDENTIAL, "Platform Reason: PIGEON is not supported"),
        ("app", "GCM", {"Enabled": "true"}, "Attributes Reason: PlatformCredential is required"),
        ("app", "APNS", CREDENTIAL, "Attributes Reason: PlatformPrincipal is required"),
        ("app", "GCM", {**CREDENTIAL, "Colour": "red"}, "Attributes Reason: Invalid attribute name: Colour"),
    ],
)
def test_applications_aws_does_not_take(sns, name: str, platform: str, attributes: dict[str, str], reason: str):
    with invalid(reason):
        sns.create_platform_application(Name=name, Platform=platform, Attributes=attributes)


@pytest.mark.parametrize(
    ("call", "arguments"),
    [
        ("get_platform_application_attributes", {}),
        ("set_platform_application_attributes", {"Attributes": {"Enabled": "true"}}),
        ("create_platform_endpoint", {"Token": "t"}),
        ("list_endpoints_by_platform_application", {}),
    ],
)
def test_applications_that_are_not_there(sns, account: str, call: str, arguments: dict[str, Any]):
    missing = f"arn:aws:sns:us-east-1:{account}:app/GCM/none"
    with refused("NotFound", "PlatformApplication does not exist", 404):
        getattr(sns, call)(PlatformApplicationArn=missing, **arguments)
    with invalid("PlatformApplicationArn Reason: An ARN must have at least 6 elements, not 1"):
        getattr(sns, call)(PlatformApplicationArn="x", **arguments)


def test_a_device_is_registered_once_for_its_token(sns, application: str, device: str):
    assert device.startswith(application.replace(":app/", ":endpoint/") + "/")
    assert sns.create_platform_endpoint(PlatformApplicationArn=application, Token="tok")["EndpointArn"] == device
    with invalid(f"Token Reason: Endpoint {device} already exists with the same Token, but different attributes."):
        sns.create_platform_endpoint(PlatformApplicationArn=application, Token="tok", CustomUserData="x")
    assert sns.get_endpoint_attributes(EndpointArn=device)["Attributes"] == {"Enabled": "true", "Token": "tok"}
    sns.set_endpoint_attributes(EndpointArn=device, Attributes={"Token": "new", "CustomUserData": "ann"})
    assert sns.get_endpoint_attributes(EndpointArn=device)["Attributes"]["Token"] == "new"
    listed = sns.list_endpoints_by_platform_application(PlatformApplicationArn=application)["Endpoints"]
    assert [endpoint["EndpointArn"] for endpoint in listed] == [device]
    sns.delete_endpoint(EndpointArn=device)
    sns.delete_endpoint(EndpointArn=device)
    with refused("NotFound", "Endpoint does not exist", 404):
        sns.get_endpoint_attributes(EndpointArn=device)
    with refused("NotFound", "Endpoint does not exist", 404):
        sns.set_endpoint_attributes(EndpointArn=device, Attributes={"Enabled": "true"})


def test_devices_aws_does_not_take(sns, application: str, device: str):
    with invalid("Token"):
        sns.create_platform_endpoint(PlatformApplicationArn=application, Token="")
    with invalid("Attributes Reason: Invalid value for attribute: Enabled: must be true or false"):
        sns.set_endpoint_attributes(EndpointArn=device, Attributes={"Enabled": "maybe"})
    with invalid("CustomUserData Reason: must be at most 2048 bytes long in UTF-8 encoding"):
        sns.set_endpoint_attributes(EndpointArn=device, Attributes={"CustomUserData": "x" * 2049})


def test_a_message_straight_to_a_device(cloud: RunningCloud, sns, device: str):
    message = '{"default": "d", "GCM": "{\\"notification\\": {}}"}'
    answer = sns.publish(TargetArn=device, Message=message, MessageStructure="json")
    (push,) = cloud.mail(device)
    assert (push.id, push.channel, push.text) == (answer["MessageId"], "push", '{"notification": {}}')


def test_a_subscribed_device_gets_what_its_topic_does(cloud: RunningCloud, sns, topic: str, device: str):
    sns.subscribe(TopicArn=topic, Protocol="application", Endpoint=device)
    sns.publish(TopicArn=topic, Message="m")
    cloud.clock.settle()
    assert [push.text for push in cloud.mail(device)] == ["m"]


def test_a_disabled_device_gets_nothing(cloud: RunningCloud, *, sns, topic: str, application: str, device: str, queue):
    dead = queue("dead")
    redrive = {"RedrivePolicy": f'{{"deadLetterTargetArn": "{dead.arn}"}}'}
    sns.subscribe(TopicArn=topic, Protocol="application", Endpoint=device, Attributes=redrive)
    sns.set_endpoint_attributes(EndpointArn=device, Attributes={"Enabled": "false"})
    with refused("EndpointDisabled", "Endpoint is disabled"):
        sns.publish(TargetArn=device, Message="m")
    sns.publish(TopicArn=topic, Message="m")
    cloud.clock.settle()
    assert cloud.mail(device) == []
    assert dead.texts() == ["m"]
    sns.set_platform_application_attributes(PlatformApplicationArn=application, Attributes={"Enabled": "false"})
    with refused("PlatformApplicationDisabled"):
        sns.publish(TargetArn=device, Message="m")


def test_publishing_or_subscribing_to_a_device_that_is_not_there(sns, topic: str, device: str):
    missing = device[:-4] + "0000"
    with refused("NotFound", "Endpoint does not exist", 404):
        sns.publish(TargetArn=missing, Message="m")
    with refused("NotFound", "Endpoint does not exist", 404):
        sns.subscribe(TopicArn=topic, Protocol="application", Endpoint=missing)
