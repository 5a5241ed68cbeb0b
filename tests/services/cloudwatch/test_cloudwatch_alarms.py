"""Alarms: evaluated on the clock, what they do, what is shown of them, composite ones, restarts."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from cloudchamber.services.cloudwatch.alarm import METRIC, Alarm
from cloudchamber.services.cloudwatch.evaluation import judge

if TYPE_CHECKING:
    from cloudchamber.testing import RunningCloud

MINUTE = 60


def next_minute(now: float) -> float:
    return (now // 60 + 1) * 60


def history(cw, kind: str | None = None) -> list[str]:
    """Oldest first."""
    wanted = {"HistoryItemType": kind} if kind else {}
    found = cw.describe_alarm_history(AlarmName="a", ScanBy="TimestampAscending", **wanted)
    return [item["HistorySummary"] for item in found["AlarmHistoryItems"]]


@pytest.fixture
def mails(cloud: RunningCloud, aws, account: str):
    """A topic whose mails go to an address, and what has arrived there since, oldest first."""
    import urllib.request  # noqa: PLC0415

    address = f"ann-{account}@example.com"
    sns = aws.client("sns")
    topic = sns.create_topic(Name="t")["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="email", Endpoint=address)
    cloud.clock.settle()
    with urllib.request.urlopen(cloud.mail(address)[0].links[0]) as answer:
        assert answer.status == 200

    def arrived() -> list[Any]:
        cloud.clock.settle()
        return list(reversed(cloud.mail(address)))[1:]

    return topic, arrived


def test_an_alarm_goes_off_at_its_instant_mails_and_comes_back(*, cw, put, alarm, shown, mails, frozen_clock):
    topic, arrived = mails
    alarm(AlarmActions=[topic], OKActions=[topic], AlarmDescription="too much")
    begun, due = frozen_clock.now(), next_minute(frozen_clock.now())
    put(5)
    frozen_clock.advance(due - begun - 0.5)
    assert shown()["StateValue"] == "INSUFFICIENT_DATA"
    frozen_clock.advance(0.5)
    found = shown()
    assert found["StateValue"] == "ALARM"
    assert found["StateUpdatedTimestamp"].timestamp() == due
    assert found["StateReason"].startswith("Threshold Crossed: 1 out of the last 1 datapoints [5.0 (")
    assert found["StateReason"].endswith(
        "was greater than the threshold (1.0) (minimum 1 datapoint for OK -> ALARM transition)."
    )
    assert json.loads(found["StateReasonData"])["recentDatapoints"] == [5.0]
    put(0)
    frozen_clock.advance(MINUTE)
    assert shown()["StateValue"] == "OK"
    first, second = arrived()
    assert first.subject == 'ALARM: "a" in US East (N. Virginia)'
    assert second.subject == 'OK: "a" in US East (N. Virginia)'
    assert first.text.startswith('You are receiving this email because your Amazon CloudWatch Alarm "a" in the US East')
    assert history(cw) == [
        'Alarm "a" created',
        "Alarm updated from INSUFFICIENT_DATA to ALARM",
        f"Successfully executed action {topic}",
        "Alarm updated from ALARM to OK",
        f"Successfully executed action {topic}",
    ]


def test_a_queue_gets_the_notification_as_aws_writes_it(*, aws, cw, put, alarm, frozen_clock, account):
    sns, sqs = aws.client("sns"), aws.client("sqs")
    topic = sns.create_topic(Name="t")["TopicArn"]
    policy = {
        "Statement": [
            {
                "Effect": "Allow",
                "Action": "sns:Publish",
                "Resource": topic,
                "Principal": {"Service": "cloudwatch.amazonaws.com"},
                "Condition": {
                    "StringEquals": {"aws:SourceAccount": account},
                    "ArnLike": {"aws:SourceArn": f"arn:aws:cloudwatch:*:{account}:alarm:a"},
                },
            }
        ]
    }
    sns.set_topic_attributes(TopicArn=topic, AttributeName="Policy", AttributeValue=json.dumps(policy))
    url = sqs.create_queue(QueueName="q")["QueueUrl"]
    arn = f"arn:aws:sqs:us-east-1:{account}:q"
    allow = {"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "sqs:SendMessage", "Resource": arn}]}
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": json.dumps(allow)})
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn, Attributes={"RawMessageDelivery": "true"})
    dimension = {"Name": "D", "Value": "1"}
    alarm(AlarmActions=[topic], Dimensions=[dimension])
    put(5, Dimensions=[dimension])
    frozen_clock.advance(MINUTE)
    frozen_clock.settle()
    message = json.loads(sqs.receive_message(QueueUrl=url)["Messages"][0]["Body"])
    assert (message["AlarmName"], message["NewStateValue"], message["OldStateValue"]) == (
        "a", "ALARM", "INSUFFICIENT_DATA",
    )  # fmt: skip
    assert message["AlarmArn"] == f"arn:aws:cloudwatch:us-east-1:{account}:alarm:a"
    assert (message["AWSAccountId"], message["Region"]) == (account, "US East (N. Virginia)")
    assert message["Trigger"] == {
        "MetricName": "m", "Namespace": "n", "StatisticType": "Statistic", "Statistic": "SUM", "Unit": None,
        "Dimensions": [{"value": "1", "name": "D"}], "Period": 60, "EvaluationPeriods": 1,
        "ComparisonOperator": "GreaterThanThreshold", "Threshold": 1.0, "TreatMissingData": "missing",
        "EvaluateLowSampleCountPercentile": "",
    }  # fmt: skip


def test_an_action_that_is_not_let_in_is_told_in_the_history(*, aws, cw, alarm, frozen_clock):
    sns = aws.client("sns")
    topic = sns.create_topic(Name="t")["TopicArn"]
    policy = {
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Service": "s3.amazonaws.com"},
                "Action": "sns:Publish",
                "Resource": topic,
            }
        ]
    }
    sns.set_topic_attributes(TopicArn=topic, AttributeName="Policy", AttributeValue=json.dumps(policy))
    ec2 = "arn:aws:automate:us-east-1:ec2:stop"
    alarm(AlarmActions=[topic, ec2])
    cw.set_alarm_state(AlarmName="a", StateValue="ALARM", StateReason="by hand")
    frozen_clock.settle()
    failed = history(cw, "Action")
    refusal = "User: cloudwatch.amazonaws.com is not authorized to perform: sns:Publish"
    assert failed[0].startswith(f'Failed to execute action {topic}. Received error: "{refusal}')
    assert failed[1].startswith(f"Failed to execute action {ec2}. ")


def test_a_state_set_by_hand_acts_and_does_not_last(*, cw, put, alarm, shown, mails, frozen_clock, refused):
    topic, arrived = mails
    alarm(AlarmActions=[topic])
    put(0)
    frozen_clock.advance(MINUTE)
    cw.set_alarm_state(AlarmName="a", StateValue="ALARM", StateReason="by hand")
    assert (shown()["StateValue"], shown()["StateReason"]) == ("ALARM", "by hand")
    assert len(arrived()) == 1
    frozen_clock.advance(MINUTE)
    assert shown()["StateValue"] == "OK"
    with refused("ResourceNotFound", "Alarm does not exist", 404):
        cw.set_alarm_state(AlarmName="x", StateValue="OK", StateReason="r")
    with refused("InvalidFormat"):
        cw.set_alarm_state(AlarmName="a", StateValue="OK", StateReason="r", StateReasonData="{")


def test_actions_can_be_switched_off(*, cw, alarm, shown, mails, frozen_clock):
    topic, arrived = mails
    alarm(AlarmActions=[topic])
    cw.disable_alarm_actions(AlarmNames=["a", "unknown"])
    assert shown()["ActionsEnabled"] is False
    cw.set_alarm_state(AlarmName="a", StateValue="ALARM", StateReason="r")
    assert arrived() == []
    cw.set_alarm_state(AlarmName="a", StateValue="OK", StateReason="r")
    cw.enable_alarm_actions(AlarmNames=["a"])
    cw.set_alarm_state(AlarmName="a", StateValue="ALARM", StateReason="r")
    assert len(arrived()) == 1


def test_an_alarm_on_silence(*, alarm, shown, frozen_clock):
    alarm(TreatMissingData="breaching", EvaluationPeriods=2)
    frozen_clock.advance(MINUTE)
    assert shown()["StateValue"] == "ALARM"
    assert shown()["StateReason"] == (
        "Threshold Crossed: no datapoints were received for 2 periods and 2 missing datapoints were treated as "
        "[Breaching]."
    )


def test_an_alarm_whose_data_end_has_insufficient_data_and_sleeps(*, cloud, put, alarm, shown, frozen_clock):
    alarm()
    put(5)
    frozen_clock.advance(MINUTE)
    frozen_clock.advance(3 * MINUTE)
    assert shown()["StateValue"] == "INSUFFICIENT_DATA"
    assert shown()["StateReason"] == "Insufficient Data: 1 datapoint was unknown."
    fired = frozen_clock.advance(30 * MINUTE)
    assert fired < 10
    put(5)
    frozen_clock.advance(MINUTE)
    assert shown()["StateValue"] == "ALARM"


def test_an_alarm_on_a_percentile_and_one_on_math(*, cw, put, alarm, shown, frozen_clock):
    cw.put_metric_alarm(
        AlarmName="p", MetricName="m", Namespace="n", ExtendedStatistic="p90", Period=60, EvaluationPeriods=1,
        Threshold=8, ComparisonOperator="GreaterThanOrEqualToThreshold",
    )  # fmt: skip
    stat = {"Metric": {"Namespace": "n", "MetricName": "m"}, "Period": 60, "Stat": "Average"}
    alarm(
        AlarmName="math", Threshold=10.0,
        Metrics=[{"Id": "m1", "MetricStat": stat, "ReturnData": False}, {"Id": "e1", "Expression": "m1 * 2"}],
    )  # fmt: skip
    put(*range(1, 11))
    frozen_clock.advance(MINUTE)
    assert shown("p")["StateValue"] == "ALARM"
    assert shown("math")["StateValue"] == "ALARM"
    assert shown("math")["Metrics"][1]["Expression"] == "m1 * 2"


def alarm_of(periods: int, needed: int, treatment: str) -> Alarm:
    config = {
        "Namespace": "n", "MetricName": "m", "Period": 60, "Statistic": "Sum", "EvaluationPeriods": periods,
        "DatapointsToAlarm": needed, "Threshold": 1.0, "ComparisonOperator": "GreaterThanThreshold",
        "TreatMissingData": treatment,
    }  # fmt: skip
    return Alarm("1", "r", "a", METRIC, config, 0.0)


@pytest.mark.parametrize(
    ("points", "needed", "missing", "ignore", "breaching", "not_breaching"),
    [  # the tables of AWS's page on missing data; oldest first, X is breaching
        ("0-X-X", 3, "OK", "OK", "OK", "OK"),
        ("----0", 3, "OK", "OK", "OK", "OK"),
        ("-----", 3, "INSUFFICIENT_DATA", None, "ALARM", "OK"),
        ("0XX-X", 3, "ALARM", "ALARM", "ALARM", "ALARM"),
        ("--X--", 3, "ALARM", None, "ALARM", "OK"),
        ("0-X-X", 2, "ALARM", "ALARM", "ALARM", "ALARM"),
        ("00X0X", 2, "ALARM", "ALARM", "ALARM", "ALARM"),
        ("0-X--", 2, "OK", "OK", "ALARM", "OK"),
        ("----0", 2, "OK", "OK", "ALARM", "OK"),
        ("----X", 2, "INSUFFICIENT_DATA", None, "ALARM", "OK"),
    ],
)
def test_missing_data_are_treated_as_asked(*, points, needed, missing, ignore, breaching, not_breaching):
    values = {"X": 5.0, "0": 0.0, "-": None}
    slots = [(60 * number, values[point]) for number, point in enumerate(points)]
    expected = {"missing": missing, "ignore": ignore, "breaching": breaching, "notBreaching": not_breaching}
    for treatment, state in expected.items():
        verdict = judge(alarm_of(3, needed, treatment), slots)
        assert (None if verdict is None else verdict.state) == state, treatment


@pytest.mark.parametrize(
    ("members", "message"),
    [
        ({"Period": 15}, "Period must be 10, 20, 30 or a multiple of 60"),
        ({"EvaluationPeriods": 2, "DatapointsToAlarm": 3},
         "DatapointsToAlarm must be less than or equal to EvaluationPeriods"),
        ({"Metrics": [], "MetricName": "m", "Namespace": "n", "Statistic": "Sum", "Period": 600,
          "EvaluationPeriods": 200},
         "Metrics cannot be checked across more than a day (EvaluationPeriods * Period must be <= 86400)."),
        ({"ExtendedStatistic": "p90"}, "Statistic and ExtendedStatistic can't both be set"),
        ({"AlarmActions": ["nonsense"]}, "Invalid arn syntax: nonsense"),
        ({"Metrics": [{"Id": "e", "Expression": "1"}], "Unit": "Count"},
         "Unit should not be set if list of Metrics is set."),
        ({"Metrics": [{"Id": "e", "Expression": "TIME_SERIES(1)", "ReturnData": False}]},
         "Exactly one element of the metrics list should return data."),
    ],
)  # fmt: skip
def test_what_put_metric_alarm_refuses(*, alarm, refused, members, message):
    with refused("ValidationError", message):
        alarm(**members)


def test_what_alarms_lack_says_so(*, alarm, refused):
    with refused("NotImplemented", status=501):
        alarm(EvaluateLowSampleCountPercentile="ignore")
    with refused("NotImplemented", status=501):
        alarm(ComparisonOperator="GreaterThanUpperThreshold")


def test_alarms_are_listed_by_name_state_action_and_page(*, cw, alarm, refused, frozen_clock):
    for name in ("x1", "x2", "y"):
        alarm(AlarmName=name, OKActions=["arn:aws:sns:us-east-1:1:t"] if name == "y" else [])
    cw.set_alarm_state(AlarmName="x2", StateValue="ALARM", StateReason="r")

    def listed(**wanted):
        return [found["AlarmName"] for found in cw.describe_alarms(**wanted)["MetricAlarms"]]

    assert listed(AlarmNamePrefix="x") == ["x1", "x2"]
    assert listed(StateValue="ALARM") == ["x2"]
    assert listed(ActionPrefix="arn:aws:sns") == ["y"]
    assert listed(AlarmNames=["y", "nope"]) == ["y"]
    first = cw.describe_alarms(MaxRecords=2)
    assert [found["AlarmName"] for found in first["MetricAlarms"]] == ["x1", "x2"]
    assert listed(NextToken=first["NextToken"]) == ["y"]
    found = cw.describe_alarms_for_metric(MetricName="m", Namespace="n", Statistic="Sum")["MetricAlarms"]
    assert len(found) == 3
    assert cw.describe_alarms_for_metric(MetricName="m", Namespace="n", Period=300)["MetricAlarms"] == []
    with refused("InvalidNextToken", "The next token is invalid."):
        listed(NextToken="x")


def test_a_changed_alarm_keeps_its_state_and_a_deleted_one_its_history(*, cw, alarm, shown, refused, frozen_clock):
    alarm()
    cw.set_alarm_state(AlarmName="a", StateValue="OK", StateReason="r")
    alarm(Threshold=7.0)
    assert (shown()["StateValue"], shown()["Threshold"]) == ("OK", 7)
    with refused("ResourceNotFound", "Alarm x does not exist", 404):
        cw.delete_alarms(AlarmNames=["a", "x"])
    cw.delete_alarms(AlarmNames=["a"])
    assert cw.describe_alarms()["MetricAlarms"] == []
    assert history(cw, "ConfigurationUpdate") == ['Alarm "a" created', 'Alarm "a" updated', 'Alarm "a" deleted']
    page = cw.describe_alarm_history(AlarmName="a", MaxRecords=2)
    rest = cw.describe_alarm_history(AlarmName="a", NextToken=page["NextToken"])
    assert [len(page["AlarmHistoryItems"]), len(rest["AlarmHistoryItems"])] == [2, 2]


def test_a_composite_alarm_follows_its_children(*, cw, alarm, shown, mails, refused, frozen_clock):
    topic, arrived = mails
    alarm(AlarmName="b c")
    alarm()
    cw.put_composite_alarm(
        AlarmName="both", AlarmRule='ALARM("b c") AND NOT (OK(a) OR INSUFFICIENT_DATA(a))', AlarmActions=[topic]
    )
    cw.put_composite_alarm(AlarmName="above", AlarmRule="ALARM(both) OR FALSE")
    assert shown("both")["StateValue"] == "OK"
    cw.set_alarm_state(AlarmName="b c", StateValue="ALARM", StateReason="r")
    assert shown("both")["StateValue"] == "OK"
    cw.set_alarm_state(AlarmName="a", StateValue="ALARM", StateReason="r")
    assert (shown("both")["StateValue"], shown("above")["StateValue"]) == ("ALARM", "ALARM")
    assert f"{shown()['AlarmArn']} transitioned to ALARM at " in shown("both")["StateReason"]
    (mail,) = arrived()
    assert mail.subject == 'ALARM: "both" in US East (N. Virginia)'
    children = cw.describe_alarms(ChildrenOfAlarmName="both")["MetricAlarms"]
    assert [child["AlarmName"] for child in children] == ["a", "b c"]
    assert [found["AlarmName"] for found in cw.describe_alarms(ParentsOfAlarmName="a")["CompositeAlarms"]] == ["both"]
    with refused("ValidationError"):
        cw.put_composite_alarm(AlarmName="both", AlarmRule="ALARM(above)")


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        (" ALARM(a)", "AlarmRule must not contain leading or trailing whitespace or be null"),
        ("()", "Error in AlarmRule [Unsupported token ')' at char 1]"),
        ("ALARM(a b)", "Error in AlarmRule [Unsupported token 'b' at char 8, must be: ')']"),
        ("ALARM(zz)", "Could not save the composite alarm as alarms [zz] in the alarm rule do not exist"),
    ],
)
def test_rules_that_are_refused(*, cw, refused, rule, message):
    with refused("ValidationError", message):
        cw.put_composite_alarm(AlarmName="c", AlarmRule=rule)


def test_alarms_are_tagged(*, cw, alarm, shown, refused):
    alarm(Tags=[{"Key": "k", "Value": "v"}])
    arn = shown()["AlarmArn"]
    cw.tag_resource(ResourceARN=arn, Tags=[{"Key": "l", "Value": "w"}])
    cw.untag_resource(ResourceARN=arn, TagKeys=["k"])
    assert cw.list_tags_for_resource(ResourceARN=arn)["Tags"] == [{"Key": "l", "Value": "w"}]
    with refused("ResourceNotFoundException", status=404):
        cw.list_tags_for_resource(ResourceARN=arn + "x")


def test_an_alarm_goes_on_after_a_restart(*, tmp_path):
    from cloudchamber.config import Config  # noqa: PLC0415
    from cloudchamber.testing import RunningCloud  # noqa: PLC0415

    def started() -> RunningCloud:
        return RunningCloud(Config(port=0, data_dir=tmp_path)).start()

    cloud = started()
    try:
        cloud.clock.freeze()
        account = cloud.new_account()
        cw = cloud.session(account).client("cloudwatch")
        cw.put_metric_alarm(
            AlarmName="a", MetricName="m", Namespace="n", Statistic="Sum", Period=60, EvaluationPeriods=1, Threshold=1,
            ComparisonOperator="GreaterThanThreshold",
        )  # fmt: skip
        cw.put_metric_data(Namespace="n", MetricData=[{"MetricName": "m", "Value": 5}])
    finally:
        cloud.stop()
    cloud = started()
    try:
        cloud.clock.advance(MINUTE)
        cw = cloud.session(account).client("cloudwatch")
        assert cw.describe_alarms()["MetricAlarms"][0]["StateValue"] == "ALARM"
    finally:
        cloud.stop()


def test_an_action_that_fails_for_a_while_is_tried_again(*, cw, alarm, account, faults, mails, frozen_clock):
    topic, arrived = mails
    alarm(AlarmActions=[topic])
    faults.add("error", service="sns", operation="Publish", account=account, times=2)
    cw.set_alarm_state(AlarmName="a", StateValue="ALARM", StateReason="r")
    assert arrived() == []
    frozen_clock.advance(20)
    assert arrived() == []
    frozen_clock.advance(20)
    assert len(arrived()) == 1
    assert history(cw, "Action") == [f"Successfully executed action {topic}"]


def test_a_function_is_invoked_with_the_alarm(*, cloud, aws, cw, put, alarm, account, frozen_clock):
    from tests.services.lambda_.lambda_calls import ECHO, made_role, package  # noqa: PLC0415

    functions = aws.client("lambda")
    arn = functions.create_function(
        FunctionName="f", Runtime="python3.11", Handler="index.handler", Role=made_role(aws.client("iam")),
        Code={"ZipFile": package(ECHO)},
    )["FunctionArn"]  # fmt: skip
    alarm(AlarmActions=[arn])
    put(5)
    frozen_clock.advance(MINUTE)
    frozen_clock.settle()
    assert "Failed to execute action" in history(cw, "Action")[0]
    alarm_arn = f"arn:aws:cloudwatch:us-east-1:{account}:alarm:a"
    functions.add_permission(
        FunctionName="f", StatementId="s", Action="lambda:InvokeFunction", SourceArn=alarm_arn, SourceAccount=account,
        Principal="lambda.alarms.cloudwatch.amazonaws.com",
    )  # fmt: skip
    cw.set_alarm_state(AlarmName="a", StateValue="OK", StateReason="r")
    frozen_clock.advance(MINUTE)
    frozen_clock.settle()
    assert history(cw, "Action")[1] == f"Successfully executed action {arn}"
    event = json.loads(cloud.spans(service="lambda", operation="Invoke", account=account)[0].input["Payload"])
    assert (event["source"], event["alarmArn"], event["accountId"]) == ("aws.cloudwatch", alarm_arn, account)
    assert event["alarmData"]["state"]["value"] == "ALARM"
    assert event["alarmData"]["previousState"]["value"] == "OK"
    assert event["alarmData"]["configuration"]["metrics"][0]["metricStat"]["metric"]["name"] == "m"
