"""Metric filters and subscription filters: put, listed, deleted, and what they deliver.

The services that are delivered to stand in here: what counts is what CloudWatch Logs hands them, as whom, and how it
takes their refusals. Roles are assumed for real.
"""

import base64
import gzip
import json
from collections import defaultdict
from types import SimpleNamespace

import pytest

from cloudchamber.core.dispatch import BoundOperation
from cloudchamber.core.errors import AccessDenied, AwsError
from tests.services.calls import policy, refused
from tests.services.logs.logs_calls import put, statement

pytestmark = pytest.mark.usefixtures("group", "receivers")

ONE = [{"metricName": "m", "metricNamespace": "n", "metricValue": "1"}]
COULD_NOT_EXECUTE = (
    "InvalidParameterException",
    (
        "Could not execute the lambda function. Make sure you have given CloudWatch Logs permission to execute your "
        "function."
    ),
)


CALLED = (("lambda", "Invoke"), ("kinesis", "PutRecord"), ("firehose", "PutRecord"), ("cloudwatch", "PutMetricData"))


class Receivers:
    """Lambda, Kinesis, Firehose and CloudWatch, as far as CloudWatch Logs calls them."""

    def __init__(self, clock, account):
        self.clock = clock
        self.account = account
        self.function = f"arn:aws:lambda:us-east-1:{account}:function:f"
        self.group = f"arn:aws:logs:us-east-1:{account}:log-group:g"
        self.calls = defaultdict(list)  # "lambda:Invoke" -> contexts and requests
        self.failures = []  # raised by the next calls, one each

    def bind(self, service, name):
        async def handler(ctx, request):
            self.calls[f"{service}:{name}"].append((ctx.principal.arn, ctx.source_arn, dict(request)))
            if self.failures:
                raise self.failures.pop(0)
            return {}

        stub = SimpleNamespace(name=service, screen=lambda ctx: None)
        return BoundOperation(stub, name, handler, lambda ctx, request: ())

    def invoked(self):
        """What the function got, without the trials."""
        return [request for _, _, request in self.calls["lambda:Invoke"] if request["InvocationType"] == "Event"]

    def batches(self):
        data = [json.loads(request["Payload"])["awslogs"]["data"] for request in self.invoked()]
        return [json.loads(gzip.decompress(base64.b64decode(one))) for one in data]

    def metrics(self):
        return [request for _, _, request in self.calls["cloudwatch:PutMetricData"]]


@pytest.fixture
def receivers(cloud, frozen_clock, account):
    found = Receivers(frozen_clock, account)

    def install(running):
        lookup = running.dispatcher.lookup

        def find(service, name):
            return found.bind(service, name) if (service, name) in CALLED else lookup(service, name)

        running.dispatcher.lookup = find
        return lookup

    before = cloud.look(install)
    yield found
    cloud.look(lambda running: setattr(running.dispatcher, "lookup", before))


@pytest.fixture
def role(aws):
    """The ARN of a role that CloudWatch Logs may assume."""
    trust = policy({"Effect": "Allow", "Principal": {"Service": "logs.amazonaws.com"}, "Action": "sts:AssumeRole"})
    return aws.client("iam").create_role(RoleName="r", AssumeRolePolicyDocument=trust)["Role"]["Arn"]


def subscribe(logs, target, pattern="", name="f", **more):
    logs.put_subscription_filter(
        logGroupName="g", filterName=name, filterPattern=pattern, destinationArn=target, **more
    )


# metric filters


def metric(logs, pattern="", **changes):
    change = {**ONE[0], **changes}
    logs.put_metric_filter(logGroupName="g", filterName="f", filterPattern=pattern, metricTransformations=[change])


def test_a_metric_filter_that_makes_no_sense_is_refused(logs):
    with refused("InvalidParameterException", "Invalid character(s) in term 'a.b'"):
        metric(logs, "a.b")
    with refused("InvalidParameterException", "The specified filter pattern does not support dimensions"):
        metric(logs, "ERROR", dimensions={"a": "$.a"})
    exclusive = "Invalid metric transformation: dimensions and default value are mutually exclusive properties."
    with refused("InvalidParameterException", exclusive):
        metric(logs, "{ $.a = * }", dimensions={"a": "$.a"}, defaultValue=0.0)
    with refused("InvalidParameterException"):
        metric(logs, "", metricValue="much")
    with refused("ResourceNotFoundException", "The specified metric filter does not exist."):
        logs.delete_metric_filter(logGroupName="g", filterName="nope")


def test_groups_of_infrequent_access_have_no_filters(logs, receivers):
    logs.delete_log_group(logGroupName="g")
    logs.create_log_group(logGroupName="g", logGroupClass="INFREQUENT_ACCESS")
    with refused("InvalidOperationException"):
        metric(logs)
    with refused("InvalidOperationException"):
        subscribe(logs, receivers.function)


def test_metric_filters_are_kept_listed_and_deleted(logs, now):
    for name in ("b", "a"):
        logs.put_metric_filter(logGroupName="g", filterName=name, filterPattern="x", metricTransformations=ONE)
    assert logs.describe_metric_filters(logGroupName="g")["metricFilters"][0] == {
        "filterName": "a", "filterPattern": "x", "metricTransformations": ONE, "creationTime": now, "logGroupName": "g",
        "applyOnTransformedLogs": False,
    }  # fmt: skip

    def listed(**by):
        return [f["filterName"] for f in logs.describe_metric_filters(**by)["metricFilters"]]

    assert listed() == listed(metricName="m", metricNamespace="n") == ["a", "b"]
    assert listed(logGroupName="g", filterNamePrefix="b") == ["b"]
    assert listed(metricName="other", metricNamespace="n") == []
    first = logs.describe_metric_filters(limit=1)
    assert [f["filterName"] for f in logs.describe_metric_filters(nextToken=first["nextToken"])["metricFilters"]] == [
        "b"
    ]
    assert logs.describe_log_groups()["logGroups"][0]["metricFilterCount"] == 2
    logs.delete_metric_filter(logGroupName="g", filterName="a")
    assert listed() == ["b"]


def test_matches_are_counted_in_cloudwatch(logs, now, receivers):
    metric(logs, "ERROR", unit="Count")
    put(logs, now, "ERROR 1", "fine", "ERROR 2")
    receivers.clock.settle()
    datum = {"MetricName": "m", "Value": 1.0, "Unit": "Count"}
    assert receivers.metrics() == [{
        "Namespace": "n",
        "MetricData": [{**datum, "Timestamp": now / 1000}, {**datum, "Timestamp": (now + 2) / 1000}],
    }]  # fmt: skip
    assert receivers.calls["cloudwatch:PutMetricData"][0][0] == f"arn:aws:iam::{receivers.account}:root"


def test_values_and_dimensions_are_taken_from_events(logs, now, receivers):
    metric(logs, "{ $.ms = * }", metricValue="$.ms", dimensions={"Path": "$.path"})
    put(logs, now, '{"ms": 12.5, "path": "/a"}', '{"ms": "x", "path": "/a"}', '{"ms": 1}', '{"path": "/b"}')
    receivers.clock.settle()
    (call,) = receivers.metrics()
    assert [(d["Value"], d["Dimensions"]) for d in call["MetricData"]] == [(12.5, [{"Name": "Path", "Value": "/a"}])]


def test_a_default_value_is_published_where_nothing_matches(logs, now, receivers):
    metric(logs, "[ip, bytes > 100]", metricValue="$bytes", defaultValue=0.0)
    put(logs, now, "1.1.1.1 50")
    put(logs, now, "1.1.1.1 500", "1.1.1.1 50")
    receivers.clock.settle()
    assert [[d["Value"] for d in call["MetricData"]] for call in receivers.metrics()] == [[0.0], [500.0]]


def test_a_large_batch_is_published_in_parts(logs, now, receivers):
    metric(logs)
    put(logs, now, *["x"] * 1500)
    receivers.clock.settle()
    assert [len(call["MetricData"]) for call in receivers.metrics()] == [1000, 500]


def test_events_can_carry_metrics_themselves(logs, now, receivers):
    """The example of AWS's specification, and events that do not keep to it."""
    directive = {
        "Namespace": "lambda-function-metrics", "Dimensions": [["functionVersion"], []],
        "Metrics": [{"Name": "time", "Unit": "Milliseconds", "StorageResolution": 60}, {"Name": "missing"}],
    }  # fmt: skip
    about = {"Timestamp": now, "CloudWatchMetrics": [directive]}
    event = {"_aws": about, "functionVersion": "$LATEST", "time": 100, "requestId": "989ffbf8"}
    broken = [{**event, "_aws": {"CloudWatchMetrics": [directive]}}, {**event, "time": "100"}, {**event, "_aws": 1}]
    put(logs, now, *map(json.dumps, [event, *broken]), '{"_aws": ')
    put(logs, now, json.dumps({**event, "time": [1, 2.5], "functionVersion": None}))
    receivers.clock.settle()
    datum = {"MetricName": "time", "Unit": "Milliseconds", "Timestamp": now / 1000}
    version = [{"Name": "functionVersion", "Value": "$LATEST"}]
    assert [(call["Namespace"], call["MetricData"]) for call in receivers.metrics()] == [
        ("lambda-function-metrics", [{**datum, "Value": 100.0, "Dimensions": version}, {**datum, "Value": 100.0}]),
        ("lambda-function-metrics", [{**datum, "Values": [1.0, 2.5]}]),
    ]


def test_without_cloudwatch_values_are_given_up_and_events_kept(logs, now, receivers, cloud):
    receivers.failures.append(AwsError("no such service", code="NotImplemented", status=400))
    metric(logs, "")
    put(logs, now, "x")
    receivers.clock.settle()
    assert cloud.look(lambda c: c.store.value("SELECT count(*) FROM logs_outbox")) == 0
    assert len(logs.filter_log_events(logGroupName="g")["events"]) == 1


# subscription filters


def test_a_subscription_filter_that_makes_no_sense_is_refused(logs, receivers):
    with refused("InvalidParameterException", "The specified destinationArn is not valid."):
        subscribe(logs, "arn:aws:sqs:us-east-1:1:q")
    with refused("InvalidParameterException", "destinationArn for vendor lambda cannot be used with roleArn"):
        subscribe(logs, receivers.function, roleArn=f"arn:aws:iam::{receivers.account}:role/r")
    with refused("InvalidParameterException", "destinationArn for vendor kinesis cannot be used without roleArn"):
        subscribe(logs, f"arn:aws:kinesis:us-east-1:{receivers.account}:stream/s")
    with refused("ResourceNotFoundException", "The specified destination does not exist."):
        subscribe(logs, f"arn:aws:logs:us-east-1:{receivers.account}:destination:d")
    with refused("ResourceNotFoundException", "The specified subscription filter does not exist."):
        logs.delete_subscription_filter(logGroupName="g", filterName="nope")


def test_a_function_that_lets_nobody_in_is_refused(logs, receivers):
    receivers.failures += [AccessDenied("no"), AccessDenied("no")]
    with refused(*COULD_NOT_EXECUTE):
        subscribe(logs, receivers.function)
    assert [who for who, _, _ in receivers.calls["lambda:Invoke"]] == [
        "logs.us-east-1.amazonaws.com",
        "logs.amazonaws.com",
    ]
    assert logs.describe_subscription_filters(logGroupName="g")["subscriptionFilters"] == []


def test_a_group_has_two_subscription_filters(logs, receivers, now):
    for name in ("a", "b", "b"):
        subscribe(logs, receivers.function, name=name)
    with refused("LimitExceededException", "Resource limit exceeded."):
        subscribe(logs, receivers.function, name="c")
    assert logs.describe_subscription_filters(logGroupName="g")["subscriptionFilters"][0] == {
        "filterName": "a", "logGroupName": "g", "filterPattern": "", "destinationArn": receivers.function,
        "distribution": "ByLogStream", "creationTime": now, "applyOnTransformedLogs": False,
    }  # fmt: skip
    logs.delete_subscription_filter(logGroupName="g", filterName="a")
    subscribe(logs, receivers.function, name="c")


def test_a_function_gets_what_matches_packed_as_on_aws(logs, now, receivers):
    subscribe(logs, receivers.function, "ERROR")
    put(logs, now, "ERROR 1", "fine", "ERROR 2")
    put(logs, now, "fine")
    receivers.clock.settle()
    (batch,) = receivers.batches()
    ids = [event.pop("id") for event in batch["logEvents"]]
    assert ids == [e["eventId"] for e in logs.filter_log_events(logGroupName="g", filterPattern="ERROR")["events"]]
    assert batch == {
        "messageType": "DATA_MESSAGE", "owner": receivers.account, "logGroup": "g", "logStream": "s",
        "subscriptionFilters": ["f"],
        "logEvents": [{"timestamp": now, "message": "ERROR 1"}, {"timestamp": now + 2, "message": "ERROR 2"}],
    }  # fmt: skip
    who, source, request = receivers.calls["lambda:Invoke"][-1]
    assert (who, source) == ("logs.us-east-1.amazonaws.com", f"{receivers.group}:*")
    assert request["FunctionName"] == receivers.function


def test_space_delimited_filters_hand_on_the_fields(logs, now, receivers):
    subscribe(logs, receivers.function, "[level, ..., ms > 10]")
    put(logs, now, "INFO some words 12")
    receivers.clock.settle()
    fields = receivers.batches()[0]["logEvents"][0]["extractedFields"]
    assert fields == {"level": "INFO", "2": "some", "3": "words", "ms": "12"}


def test_a_busy_destination_is_asked_again_in_order(logs, now, receivers):
    subscribe(logs, receivers.function)
    receivers.failures += [AwsError("slow", code="TooManyRequestsException", status=429), AwsError("x", status=500)]
    put(logs, now, "first")
    receivers.clock.settle()
    assert len(receivers.invoked()) == 1
    receivers.clock.advance(1)
    receivers.clock.advance(2)
    assert [batch["logEvents"][0]["message"] for batch in receivers.batches()] == ["first"] * 3
    receivers.clock.advance(3600)
    assert len(receivers.invoked()) == 3


def test_a_destination_that_refuses_is_not_asked_again(logs, now, receivers):
    subscribe(logs, receivers.function)
    receivers.failures += [AwsError("gone", code="ResourceNotFoundException", status=404)]
    put(logs, now, "first")
    receivers.clock.advance(3600)
    assert len(receivers.invoked()) == 1


def test_a_delivery_that_was_not_made_is_made_after_a_restart(logs, now, receivers, cloud):
    subscribe(logs, receivers.function)

    async def crash_after_commit(running):
        service = running.registry.get("logs").service
        wake, service.wake_outbox = service.wake_outbox, lambda: None
        try:
            found = service.store.group_by_arn(receivers.group)
            ctx = service.own_context(found.account, found.region)
            stream = service.store.stream_number(found, "s")
            with running.store.transaction():
                service._write(ctx, found, (stream, "s"), [(now, "x")])
        finally:
            service.wake_outbox = wake
        await service.resume()
        await running.clock.settle()

    cloud.run(crash_after_commit)
    assert [batch["logEvents"][0]["message"] for batch in receivers.batches()] == ["x"]


@pytest.mark.parametrize("vendor", ["kinesis", "firehose"])
def test_streams_are_written_to_with_the_role(logs, now, receivers, role, vendor):
    kind = "stream" if vendor == "kinesis" else "deliverystream"
    target = f"arn:aws:{vendor}:us-east-1:{receivers.account}:{kind}/x"
    subscribe(logs, target, roleArn=role)
    put(logs, now, "a")
    receivers.clock.settle()
    (who, _, trial), (_, _, request) = receivers.calls[f"{vendor}:PutRecord"]
    assert who == f"arn:aws:sts::{receivers.account}:assumed-role/r/CloudWatchLogsSubscription"
    packed = request["Data"] if vendor == "kinesis" else request["Record"]["Data"]
    assert json.loads(gzip.decompress(packed))["logEvents"][0]["message"] == "a"
    control = json.loads(gzip.decompress(trial["Data"] if vendor == "kinesis" else trial["Record"]["Data"]))
    assert (control["messageType"], control["owner"]) == ("CONTROL_MESSAGE", "CloudwatchLogs")
    if vendor == "kinesis":
        assert (request["StreamARN"], request["PartitionKey"]) == (target, "s")
    else:
        assert request["DeliveryStreamName"] == "x"


def test_a_role_that_cannot_be_assumed_is_refused(logs, aws, receivers):
    message = (
        "Could not deliver test message to specified Kinesis stream. Check if the given Kinesis stream is in ACTIVE "
        "state."
    )
    with refused("InvalidParameterException", message):
        subscribe(
            logs,
            f"arn:aws:kinesis:us-east-1:{receivers.account}:stream/x",
            roleArn=f"arn:aws:iam::{receivers.account}:role/nope",
        )


def test_a_destination_takes_what_its_policy_allows(logs, now, receivers, role, cloud):
    stream = f"arn:aws:kinesis:us-east-1:{receivers.account}:stream/x"
    made = logs.put_destination(destinationName="d", targetArn=stream, roleArn=role)["destination"]
    assert made["arn"] == f"arn:aws:logs:us-east-1:{receivers.account}:destination:d"
    sender = cloud.new_account()
    other = cloud.session(sender).client("logs")
    other.create_log_group(logGroupName="g")
    other.create_log_stream(logGroupName="g", logStreamName="s")
    with refused("AccessDeniedException"):
        subscribe(other, made["arn"])
    allowed = policy(
        {
            "Effect": "Allow",
            "Principal": {"AWS": sender},
            "Action": "logs:PutSubscriptionFilter",
            "Resource": made["arn"],
        }
    )
    logs.put_destination_policy(destinationName="d", accessPolicy=allowed)
    assert logs.describe_destinations()["destinations"][0]["accessPolicy"] == allowed
    subscribe(other, made["arn"])
    put(other, now, "from afar")
    receivers.clock.settle()
    request = receivers.calls["kinesis:PutRecord"][-1][2]
    batch = json.loads(gzip.decompress(request["Data"]))
    assert (batch["owner"], batch["logEvents"][0]["message"]) == (sender, "from afar")
    logs.delete_destination(destinationName="d")
    with refused("ResourceNotFoundException", "The specified destination does not exist."):
        logs.delete_destination(destinationName="d")


def test_whoever_passes_a_role_needs_leave_to(logs, user, role, receivers):
    bob = user("bob", statement("logs:*"))
    with refused("AccessDeniedException") as caught:
        subscribe(bob.logs, f"arn:aws:kinesis:us-east-1:{receivers.account}:stream/x", roleArn=role)
    assert "iam:PassRole" in caught.value.response["Error"]["Message"]
