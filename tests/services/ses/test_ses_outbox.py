"""Events as EventBridge and CloudWatch are told of them: the calls, without those services."""

from __future__ import annotations

import json

import pytest

from cloudchamber.services.ses import events
from cloudchamber.services.ses.events import Outcome, Sent
from cloudchamber.services.ses.mail import Mail, composed
from cloudchamber.services.ses.outbox import told_to
from cloudchamber.services.ses.tables import Destination

MAIL = composed(
    Mail("shop@example.com", ("ann@example.org",), "Hello", "hi", tags={"campaign": "spring"}, configuration_set="set"),
    (("X-Kind", "letter"),),
)
IDENTITY = "arn:aws:ses:us-east-1:111122223333:identity/example.com"
SENT = Sent(MAIL, "id", 1000.0, "111122223333", "us-east-1", IDENTITY, "root", "127.0.0.1")


def test_eventbridge_gets_an_entry():
    bus = "arn:aws:events:us-east-1:111122223333:event-bus/default"
    operation, request = told_to(SENT, Outcome("SEND", {}), Destination("d", ("SEND",), bus=bus))
    assert operation == "events:PutEvents"
    (entry,) = request["Entries"]
    detail = json.loads(entry.pop("Detail"))
    assert entry == {
        "Source": "aws.ses", "DetailType": "Email Sent", "EventBusName": bus, "Resources": [IDENTITY], "Time": 1000.0,
    }  # fmt: skip
    assert (detail["eventType"], detail["mail"]["timestamp"]) == ("Send", "1970-01-01T00:16:40.000Z")


@pytest.mark.parametrize(
    ("source", "name", "value"),
    [("MESSAGE_TAG", "campaign", "spring"), ("MESSAGE_TAG", "none", "-"), ("EMAIL_HEADER", "x-kind", "letter"),
     ("EMAIL_HEADER", "none", "-"), ("MESSAGE_TAG", "ses:configuration-set", "set")],
)  # fmt: skip
def test_cloudwatch_gets_a_count(source: str, name: str, value: str):
    dimension = {"DimensionName": name, "DimensionValueSource": source, "DefaultDimensionValue": "-"}
    outcome = events.bounced(["ann@example.org"], "bounce", 1000.0, "f")
    operation, request = told_to(SENT, outcome, Destination("d", ("BOUNCE",), dimensions=(dimension,)))
    assert (operation, request["Namespace"]) == ("cloudwatch:PutMetricData", "AWS/SES")
    (datum,) = request["MetricData"]
    assert (datum["MetricName"], datum["Value"]) == ("Bounce", 1.0)
    assert datum["Dimensions"] == [{"Name": name, "Value": value}]
