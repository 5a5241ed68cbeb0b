"""The resource types of SES and CloudWatch."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from cloudchamber.core.errors import AwsError

if TYPE_CHECKING:
    from tests.resources.stack_calls import Stack


@pytest.fixture
def ses(client: Any) -> Any:
    return client("sesv2")


@pytest.fixture
def cloudwatch(client: Any) -> Any:
    return client("cloudwatch")


# SES


def test_a_domain_shows_the_records_its_keys_want(stack: Stack, ses: Any):
    identity = stack.create(
        "AWS::SES::EmailIdentity", EmailIdentity="example.com", FeedbackAttributes={"EmailForwardingEnabled": "false"},
        MailFromAttributes={"MailFromDomain": "mail.example.com", "BehaviorOnMxFailure": "USE_DEFAULT_VALUE"},
    )  # fmt: skip
    found = ses.get_email_identity(EmailIdentity="example.com")
    token = found["DkimAttributes"]["Tokens"][0]
    assert identity.att("DkimDNSTokenName1") == f"{token}._domainkey.example.com"
    assert identity.att("DkimDNSTokenValue1") == f"{token}.dkim.amazonses.com"
    assert found["MailFromAttributes"]["MailFromDomain"] == "mail.example.com"
    assert found["FeedbackForwardingStatus"] is False
    identity.update(EmailIdentity="example.com", Tags=[{"Key": "a", "Value": "b"}])
    found = ses.get_email_identity(EmailIdentity="example.com")
    assert (found["FeedbackForwardingStatus"], found["Tags"]) == (True, [{"Key": "a", "Value": "b"}])
    assert not found["MailFromAttributes"].get("MailFromDomain")
    assert identity.read()["EmailIdentity"] == "example.com"
    identity.delete()
    identity.delete()


def test_a_template(stack: Stack, client: Any):
    template = stack.create("AWS::SES::Template", Template={"SubjectPart": "Hi {{name}}", "TextPart": "x"})
    wanted = {"TemplateName": template.ref, "SubjectPart": "Bye", "HtmlPart": "<p>x</p>"}
    template.update(Template=wanted)
    assert client("ses").get_template(TemplateName=template.ref)["Template"] == wanted
    assert template.read()["Template"] == wanted
    template.delete()
    template.delete()


def test_a_configuration_set_and_where_its_events_go(stack: Stack, ses: Any):
    topic = stack.create("AWS::SNS::Topic")
    allow = {"Effect": "Allow", "Principal": {"Service": "ses.amazonaws.com"}, "Action": "sns:Publish"}
    policy = {"Version": "2012-10-17", "Statement": [{**allow, "Resource": topic.ref}]}
    stack.create("AWS::SNS::TopicPolicy", Topics=[topic.ref], PolicyDocument=policy)
    made = stack.create(
        "AWS::SES::ConfigurationSet", Name="set", SendingOptions={"SendingEnabled": "false"},
        SuppressionOptions={"SuppressedReasons": ["BOUNCE"]},
    )  # fmt: skip
    made.update(Name="set", ReputationOptions={"ReputationMetricsEnabled": True})
    found = ses.get_configuration_set(ConfigurationSetName="set")
    assert found["SendingOptions"] == {"SendingEnabled": True}
    assert found["ReputationOptions"]["ReputationMetricsEnabled"] is True
    destination = {
        "Name": "d", "Enabled": "true", "MatchingEventTypes": ["send", "renderingFailure"],
        "SnsDestination": {"TopicARN": topic.ref},
    }  # fmt: skip
    events = stack.create(
        "AWS::SES::ConfigurationSetEventDestination", ConfigurationSetName="set", EventDestination=destination
    )
    listed = ses.get_configuration_set_event_destinations(ConfigurationSetName="set")["EventDestinations"]
    assert listed[0]["MatchingEventTypes"] == ["SEND", "RENDERING_FAILURE"]
    assert listed[0]["SnsDestination"] == {"TopicArn": topic.ref}
    assert events.read()["EventDestination"] == destination
    events.update(ConfigurationSetName="set", EventDestination={**destination, "MatchingEventTypes": ["bounce"]})
    listed = ses.get_configuration_set_event_destinations(ConfigurationSetName="set")["EventDestinations"]
    assert listed[0]["MatchingEventTypes"] == ["BOUNCE"]
    events.delete()
    made.delete()
    events.delete()
    made.delete()


# CloudWatch

ALARM: dict[str, Any] = {
    "ComparisonOperator": "GreaterThanThreshold", "EvaluationPeriods": 1, "MetricName": "m", "Namespace": "app",
    "Period": 60, "Statistic": "Sum", "Threshold": 3.0,
}  # fmt: skip


def test_an_alarm(stack: Stack, cloudwatch: Any):
    written = {**ALARM, "EvaluationPeriods": "1", "Threshold": "3", "ActionsEnabled": "true"}
    alarm = stack.create("AWS::CloudWatch::Alarm", **written, Tags=[{"Key": "a", "Value": "b"}])
    assert alarm.att("Arn") == f"arn:aws:cloudwatch:us-east-1:{stack.account}:alarm:{alarm.ref}"
    found = alarm.read()
    assert {name: found[name] for name in ALARM} == ALARM
    assert found["Tags"] == [{"Key": "a", "Value": "b"}]
    alarm.update(**{**ALARM, "Threshold": 5}, TreatMissingData="breaching")
    shown = cloudwatch.describe_alarms(AlarmNames=[alarm.ref])["MetricAlarms"][0]
    assert (shown["Threshold"], shown["TreatMissingData"]) == (5.0, "breaching")
    composite = stack.create("AWS::CloudWatch::CompositeAlarm", AlarmRule=f"ALARM({alarm.ref})")
    assert composite.read()["AlarmRule"] == f"ALARM({alarm.ref})"
    composite.update(AlarmRule=f"NOT ALARM({alarm.ref})")
    assert composite.read()["AlarmRule"] == f"NOT ALARM({alarm.ref})"
    for resource in (composite, alarm, composite, alarm):
        resource.delete()
    assert cloudwatch.describe_alarms(AlarmTypes=["MetricAlarm", "CompositeAlarm"])["MetricAlarms"] == []


def test_queries_in_place_of_rules_are_refused(stack: Stack):
    criteria = {"PromQLCriteria": {"Query": "up"}}
    with pytest.raises(AwsError) as caught:
        stack.create("AWS::CloudWatch::Alarm", EvaluationCriteria=criteria)
    assert "the property EvaluationCriteria is not implemented" in caught.value.message


def test_a_dashboard(stack: Stack, cloudwatch: Any):
    body = json.dumps({"widgets": [{"type": "text", "properties": {"markdown": "hi"}}]})
    dashboard = stack.create("AWS::CloudWatch::Dashboard", DashboardBody=body)
    assert dashboard.read() == {"DashboardName": dashboard.ref, "DashboardBody": body}
    dashboard.update(DashboardBody='{"widgets": []}')
    assert json.loads(cloudwatch.get_dashboard(DashboardName=dashboard.ref)["DashboardBody"]) == {"widgets": []}
    dashboard.delete()
    dashboard.delete()
    assert cloudwatch.list_dashboards()["DashboardEntries"] == []
