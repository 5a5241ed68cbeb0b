"""What SES tells of mails: configuration sets' destinations, identities' topics, and the outbox between."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.services.calls import refused
from tests.services.ses.ses_calls import Listener, send

if TYPE_CHECKING:
    from cloudchamber.testing import RunningCloud

ALL = ["send", "reject", "bounce", "complaint", "delivery", "renderingFailure"]


@pytest.fixture
def told(cloud: RunningCloud, ses: Any, listener: Listener) -> Listener:
    """The listener, as a destination of every event of the configuration set `set`."""
    ses.create_configuration_set(ConfigurationSet={"Name": "set"})
    destination = {"Name": "sns", "Enabled": True, "MatchingEventTypes": ALL}
    destination["SNSDestination"] = {"TopicARN": listener.topic}
    ses.create_configuration_set_event_destination(ConfigurationSetName="set", EventDestination=destination)
    cloud.clock.settle()
    assert listener.texts() == ["Successfully validated SNS topic for Amazon SES event publishing."]
    return listener


def test_a_delivered_mail_is_sent_and_delivered(
    cloud: RunningCloud, *, ses, told: Listener, account: str, shop: str, ann: str
):
    tags = [{"Name": "campaign", "Value": "spring"}]
    message_id = send(ses, f"Shop <{shop}>", f"Ann <{ann}>", ConfigurationSetName="set", Tags=tags)
    cloud.clock.settle()
    sent, delivered = told.events()
    assert (sent["eventType"], sent["send"], delivered["eventType"]) == ("Send", {}, "Delivery")
    assert delivered["delivery"]["recipients"] == [ann]
    mail = delivered["mail"]
    domain = shop.partition("@")[2]
    assert (mail["messageId"], mail["source"], mail["destination"]) == (message_id, f"Shop <{shop}>", [ann])
    assert mail["sourceArn"] == f"arn:aws:ses:us-east-1:{account}:identity/{domain}"
    assert mail["sendingAccountId"] == account
    assert {"name": "Subject", "value": "Hello"} in mail["headers"]
    assert mail["commonHeaders"] == {
        "from": [f"Shop <{shop}>"], "to": [f"Ann <{ann}>"], "messageId": message_id, "subject": "Hello",
    }  # fmt: skip
    assert mail["tags"] == {
        "ses:source-ip": ["127.0.0.1"], "ses:configuration-set": ["set"], "ses:from-domain": [domain],
        "ses:caller-identity": ["root"], "campaign": ["spring"],
    }  # fmt: skip


@pytest.mark.parametrize(
    ("to", "kind", "subtype"),
    [("bounce", "Permanent", "General"), ("ooto", "Transient", "General"),
     ("suppressionlist", "Permanent", "Suppressed")],
)  # fmt: skip
def test_the_simulator_bounces(cloud: RunningCloud, *, ses, told: Listener, shop: str, to: str, kind, subtype):
    address = f"{to}+label@simulator.amazonses.com"
    send(ses, shop, address, ConfigurationSetName="set")
    cloud.clock.settle()
    found = {event["eventType"]: event for event in told.events()}
    assert set(found) == {"Send", "Bounce"} | ({"Delivery"} if to == "ooto" else set())
    bounce = found["Bounce"]["bounce"]
    assert (bounce["bounceType"], bounce["bounceSubType"]) == (kind, subtype)
    assert bounce["bouncedRecipients"][0]["emailAddress"] == address


def test_the_simulator_complains(cloud: RunningCloud, ses, told: Listener, shop: str):
    send(ses, shop, "complaint@simulator.amazonses.com", ConfigurationSetName="set")
    cloud.clock.settle()
    found = {event["eventType"]: event for event in told.events()}
    assert set(found) == {"Send", "Delivery", "Complaint"}
    assert found["Complaint"]["complaint"]["complaintFeedbackType"] == "abuse"


def test_events_that_do_not_match_are_not_told(cloud: RunningCloud, *, ses, told: Listener, shop: str, ann: str):
    destination = {"Name": "sns", "Enabled": True, "MatchingEventTypes": ["bounce"]}
    destination["SNSDestination"] = {"TopicARN": told.topic}
    ses.update_configuration_set_event_destination(ConfigurationSetName="set", EventDestination=destination)
    cloud.clock.settle()
    told.texts()
    send(ses, shop, ann, ConfigurationSetName="set")
    send(ses, shop, "bounce@simulator.amazonses.com", ConfigurationSetName="set")
    ses.update_configuration_set_event_destination(
        ConfigurationSetName="set", EventDestination={**destination, "Enabled": False}
    )
    cloud.clock.settle()
    assert [json.loads(text)["eventType"] for text in told.texts() if text.startswith("{")] == ["Bounce"]
    send(ses, shop, "bounce@simulator.amazonses.com", ConfigurationSetName="set")
    cloud.clock.settle()
    assert told.texts() == []


def test_an_identity_notifies_its_topic(cloud: RunningCloud, *, ses, listener: Listener, shop: str, ann: str):
    domain = shop.partition("@")[2]
    for kind in ("Bounce", "Delivery"):
        ses.set_identity_notification_topic(Identity=domain, NotificationType=kind, SnsTopic=listener.topic)
    ses.set_identity_headers_in_notifications_enabled(Identity=domain, NotificationType="Delivery", Enabled=True)
    cloud.clock.settle()
    listener.texts()
    send(ses, shop, ann, "bounce@simulator.amazonses.com")
    cloud.clock.settle()
    found = {event["notificationType"]: event for event in listener.events()}
    assert set(found) == {"Delivery", "Bounce"}
    assert found["Delivery"]["delivery"]["recipients"] == [ann]
    assert found["Delivery"]["mail"]["headersTruncated"] is False
    assert "headers" not in found["Bounce"]["mail"]
    assert found["Bounce"]["mail"]["callerIdentity"] == "root"
    assert "tags" not in found["Bounce"]["mail"]


def test_a_topic_that_is_down_is_told_later(
    cloud: RunningCloud, *, frozen_clock, faults, ses, told: Listener, account: str, shop: str, ann: str
):
    rule = faults.add("error", service="sns", operation="Publish", account=account, status=500, code="InternalError")
    send(ses, shop, ann, ConfigurationSetName="set")
    cloud.clock.settle()
    assert told.texts() == []
    faults.remove(rule)
    frozen_clock.advance(21)
    cloud.clock.settle()
    assert {event["eventType"] for event in told.events()} == {"Send", "Delivery"}


# configuration sets


def test_configuration_sets_are_created_listed_and_deleted(ses):
    ses.create_configuration_set(ConfigurationSet={"Name": "a"})
    ses.create_configuration_set(ConfigurationSet={"Name": "b"})
    assert ses.list_configuration_sets()["ConfigurationSets"] == [{"Name": "a"}, {"Name": "b"}]
    with refused("ConfigurationSetAlreadyExists", "Configuration set <a> already exists.") as caught:
        ses.create_configuration_set(ConfigurationSet={"Name": "a"})
    assert caught.value.response["Error"]["ConfigurationSetName"] == "a"
    with refused("InvalidConfigurationSet"):
        ses.create_configuration_set(ConfigurationSet={"Name": "a b"})
    ses.delete_configuration_set(ConfigurationSetName="a")
    with refused("ConfigurationSetDoesNotExist", "Configuration set <a> does not exist."):
        ses.describe_configuration_set(ConfigurationSetName="a")


def test_a_set_is_described_as_it_was_made(ses, told: Listener):
    ses.update_configuration_set_reputation_metrics_enabled(ConfigurationSetName="set", Enabled=True)
    ses.put_configuration_set_delivery_options(ConfigurationSetName="set", DeliveryOptions={"TlsPolicy": "Require"})
    options = {"CustomRedirectDomain": "click.example.com"}
    ses.create_configuration_set_tracking_options(ConfigurationSetName="set", TrackingOptions=options)
    with refused("TrackingOptionsAlreadyExistsException"):
        ses.create_configuration_set_tracking_options(ConfigurationSetName="set", TrackingOptions=options)
    names = ["eventDestinations", "trackingOptions", "deliveryOptions", "reputationOptions"]
    found = ses.describe_configuration_set(ConfigurationSetName="set", ConfigurationSetAttributeNames=names)
    assert found["EventDestinations"] == [
        {"Name": "sns", "Enabled": True, "MatchingEventTypes": ALL, "SNSDestination": {"TopicARN": told.topic}}
    ]
    assert (found["TrackingOptions"], found["DeliveryOptions"]) == (options, {"TlsPolicy": "Require"})
    assert found["ReputationOptions"] == {"SendingEnabled": True, "ReputationMetricsEnabled": True}
    ses.delete_configuration_set_tracking_options(ConfigurationSetName="set")
    with refused("TrackingOptionsDoesNotExistException"):
        ses.delete_configuration_set_tracking_options(ConfigurationSetName="set")


def test_destinations_are_checked(aws, ses, told: Listener):
    destination: dict[str, Any] = {"Name": "sns", "MatchingEventTypes": ["send"]}
    destination["SNSDestination"] = {"TopicARN": told.topic}
    with refused("EventDestinationAlreadyExists"):
        ses.create_configuration_set_event_destination(ConfigurationSetName="set", EventDestination=destination)
    destination["Name"] = "other"
    with refused("EventDestinationDoesNotExist"):
        ses.update_configuration_set_event_destination(ConfigurationSetName="set", EventDestination=destination)
    closed = aws.client("sns").create_topic(Name="closed")["TopicArn"]
    destination["SNSDestination"] = {"TopicARN": closed}
    with refused("InvalidSNSDestination", f"Could not publish to SNS topic: {closed}"):
        ses.create_configuration_set_event_destination(ConfigurationSetName="set", EventDestination=destination)
    destination.pop("SNSDestination")
    stream = "arn:aws:firehose:us-east-1:123456789012:deliverystream/s"
    destination["KinesisFirehoseDestination"] = {"IAMRoleARN": "arn:aws:iam::1:role/r", "DeliveryStreamARN": stream}
    with refused("NotImplemented", status=501):
        ses.create_configuration_set_event_destination(ConfigurationSetName="set", EventDestination=destination)
    ses.delete_configuration_set_event_destination(ConfigurationSetName="set", EventDestinationName="sns")
    with refused("EventDestinationDoesNotExist"):
        ses.delete_configuration_set_event_destination(ConfigurationSetName="set", EventDestinationName="sns")


def test_metrics_have_their_dimensions(ses):
    ses.create_configuration_set(ConfigurationSet={"Name": "set"})
    dimension = {"DimensionName": "campaign", "DimensionValueSource": "messageTag", "DefaultDimensionValue": "none"}
    destination = {"Name": "cw", "Enabled": True, "MatchingEventTypes": ["send"]}
    destination["CloudWatchDestination"] = {"DimensionConfigurations": [dimension]}
    ses.create_configuration_set_event_destination(ConfigurationSetName="set", EventDestination=destination)
    names = ["eventDestinations"]
    found = ses.describe_configuration_set(ConfigurationSetName="set", ConfigurationSetAttributeNames=names)
    assert found["EventDestinations"] == [destination]


def test_a_set_can_be_switched_off(ses, shop: str, ann: str):
    with refused("ConfigurationSetDoesNotExist", "Configuration set <set> does not exist."):
        send(ses, shop, ann, ConfigurationSetName="set")
    ses.create_configuration_set(ConfigurationSet={"Name": "set"})
    send(ses, shop, ann, ConfigurationSetName="set")
    ses.update_configuration_set_sending_enabled(ConfigurationSetName="set", Enabled=False)
    with refused("ConfigurationSetSendingPausedException"):
        send(ses, shop, ann, ConfigurationSetName="set")
    send(ses, shop, ann)
