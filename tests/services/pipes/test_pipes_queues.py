"""Pipes that read queues: filters, templates, batches, what fails and comes again."""

from __future__ import annotations

import json

from tests.services.pipes.pipes_calls import allow, iso, made_role


def test_a_message_goes_on_with_what_is_known_of_it_and_is_gone_from_its_queue(create, queue):
    source, target = queue("source"), queue("target")
    create(source.arn, target.arn)
    color = {"color": {"DataType": "String", "StringValue": "red"}}
    source.send('{"n": 1}', MessageAttributes=color)
    found = target.events()[0]
    assert found["body"] == '{"n": 1}'
    assert found["messageAttributes"] == {
        "color": {"stringValue": "red", "stringListValues": [], "binaryListValues": [], "dataType": "String"}
    }
    assert (found["eventSource"], found["eventSourceARN"], found["awsRegion"]) == ("aws:sqs", source.arn, "us-east-1")
    assert found["attributes"]["ApproximateReceiveCount"] == "1"
    assert {"messageId", "receiptHandle", "md5OfBody"} <= found.keys()
    assert source.count() == 0


def test_what_was_in_the_queue_before_the_pipe_goes_through_too(create, queue):
    source, target = queue("source"), queue("target")
    source.send("a", "b", "c")
    create(source.arn, target.arn, TargetParameters={"InputTemplate": "<$.body>"})
    assert sorted(target.bodies()) == ["a", "b", "c"]


def test_filters_let_through_what_they_mean_and_the_rest_is_deleted(create, queue):
    source, target = queue("source"), queue("target")
    filters = {
        "Filters": [{"Pattern": '{"body": {"kind": ["a"]}}'}, {"Pattern": '{"body": {"n": [{"numeric": [">", 5]}]}}'}]
    }
    create(
        source.arn, target.arn, SourceParameters={"FilterCriteria": filters},
        TargetParameters={"InputTemplate": "<$.body.n>"},
    )  # fmt: skip
    source.send('{"kind": "a", "n": 1}', '{"kind": "b", "n": 2}', '{"kind": "b", "n": 9}', "no JSON")
    assert sorted(target.bodies()) == ["1", "9"]
    assert source.count() == 0


def test_a_fifo_queue_keeps_its_order_and_parameters_may_be_paths(create, queue):
    source, target = queue("source.fifo"), queue("target.fifo")
    create(
        source.arn, target.arn,
        TargetParameters={
            "InputTemplate": "<$.body.n>",
            "SqsQueueParameters": {"MessageGroupId": "$.body.group", "MessageDeduplicationId": "$.messageId"},
        },
    )  # fmt: skip
    for number in range(12):
        body = json.dumps({"n": number, "group": "even" if number % 2 == 0 else "odd"})
        source.sqs.send_message(QueueUrl=source.url, MessageBody=body, MessageGroupId=f"g{number % 2}")
    messages = target.messages()
    groups = {
        name: [m["Body"] for m in messages if m["Attributes"]["MessageGroupId"] == name] for name in ("even", "odd")
    }
    assert groups == {"even": [str(n) for n in range(0, 12, 2)], "odd": [str(n) for n in range(1, 12, 2)]}
    assert source.count() == 0


def test_a_window_gathers_a_batch(create, queue, hour, pipes):
    source, target = queue("source", VisibilityTimeout="180"), queue("target")
    window = {"BatchSize": 3, "MaximumBatchingWindowInSeconds": 30}
    create(source.arn, target.arn, SourceParameters={"SqsQueueParameters": window},
           TargetParameters={"InputTemplate": "<aws.pipes.event.ingestion-time>"})  # fmt: skip
    source.send("a")
    hour.advance(10)
    source.send("b")
    hour.advance(19)
    assert target.bodies() == []
    hour.advance(1)
    assert target.bodies() == [iso(hour + 30)] * 2
    source.send("a", "b", "c")  # a full batch waits for nothing
    assert target.bodies() == [iso(hour + 30)] * 3


def test_what_fails_comes_again_and_at_last_goes_to_the_queue_s_own_dead_letters(create, queue, iam, hour, pipes):
    dead, target = queue("dead"), queue("target")
    redrive = json.dumps({"deadLetterTargetArn": dead.arn, "maxReceiveCount": 2})
    source = queue("source", VisibilityTimeout="30", RedrivePolicy=redrive)
    create(source.arn, target.arn, RoleArn=made_role(iam, "narrow", ["sqs:ReceiveMessage", "sqs:DeleteMessage",
                                                                     "sqs:GetQueueAttributes"]))  # fmt: skip
    source.send("x")
    assert target.bodies() == [] and source.count() == 1
    hour.advance(30)
    hour.advance(30)
    assert dead.bodies() == ["x"] and source.count() == 0
    source.send("y")
    hour.settle()
    allow(iam, "narrow", "sqs:*")
    hour.advance(30)
    assert [event["body"] for event in target.events()] == ["y"]


def test_of_a_batch_only_what_the_target_did_not_take_comes_again(create, queue, hour):
    source, target = queue("source", VisibilityTimeout="30"), queue("target", MaximumMessageSize="1024")
    create(source.arn, target.arn, TargetParameters={"InputTemplate": "<$.body>"})
    source.send("small", "x" * 2000)
    assert target.bodies() == ["small"]
    assert source.count() == 1
    target.sqs.set_queue_attributes(QueueUrl=target.url, Attributes={"MaximumMessageSize": "4096"})
    hour.advance(30)
    assert [len(body) for body in target.bodies()] == [2000]
    assert source.count() == 0


def test_a_stopped_pipe_reads_nothing_and_goes_on_when_it_is_started(pipes, create, queue):
    source, target = queue("source"), queue("target")
    create(source.arn, target.arn, TargetParameters={"InputTemplate": "<$.body>"})
    pipes.stop_pipe(Name="p")
    assert target.bodies() == []
    source.send("x")
    assert target.bodies() == [] and source.count() == 1
    pipes.start_pipe(Name="p")
    assert target.bodies() == ["x"]


def test_a_deleted_pipe_reads_no_more(pipes, create, queue):
    source, target = queue("source"), queue("target")
    create(source.arn, target.arn)
    pipes.delete_pipe(Name="p")
    source.clock.settle()
    source.send("x")
    assert target.bodies() == [] and source.count() == 1


def test_a_permission_taken_away_holds_the_pipe_up_until_it_is_back(create, queue, iam, hour):
    source, target = queue("source"), queue("target")
    create(source.arn, target.arn, RoleArn=made_role(iam, "r"), TargetParameters={"InputTemplate": "<$.body>"})
    allow(iam, "r", "sqs:SendMessage")
    source.send("x")
    assert target.bodies() == []
    allow(iam, "r", "sqs:*")
    assert target.bodies() == ["x"]


def test_topics_take_a_batch(aws, create, queue):
    source, subscriber = queue("source"), queue("subscriber")
    anyone = {"Effect": "Allow", "Principal": "*", "Action": "sqs:SendMessage", "Resource": subscriber.arn}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [anyone]})
    subscriber.sqs.set_queue_attributes(QueueUrl=subscriber.url, Attributes={"Policy": policy})
    sns = aws.client("sns")
    topic = sns.create_topic(Name="t")["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=subscriber.arn, Attributes={"RawMessageDelivery": "true"})
    create(source.arn, topic, TargetParameters={"InputTemplate": "news: <$.body>"})
    source.send("a", "b")
    assert sorted(subscriber.bodies()) == ["news: a", "news: b"]


def test_buses_take_events_with_a_source_of_their_own_or_one_from_the_event(aws, create, queue):
    source, seen = queue("source"), queue("seen")
    anyone = {"Effect": "Allow", "Principal": "*", "Action": "sqs:SendMessage", "Resource": seen.arn}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [anyone]})
    seen.sqs.set_queue_attributes(QueueUrl=seen.url, Attributes={"Policy": policy})
    events = aws.client("events")
    bus = events.create_event_bus(Name="b")["EventBusArn"]
    events.put_rule(Name="r", EventBusName="b", EventPattern='{"source": [{"prefix": ""}]}')
    events.put_targets(Rule="r", EventBusName="b", Targets=[{"Id": "t", "Arn": seen.arn}])
    create(source.arn, bus, "plain")
    source.send("hello")
    found = seen.events()[0]
    assert (found["source"], found["detail-type"], found["resources"]) == ("Pipe plain", "Event from aws:sqs", [])
    assert found["detail"]["body"] == "hello"
    other = queue("other")
    named = {
        "Source": "$.body.from", "DetailType": "order", "Resources": ["$.eventSourceARN"], "Time": "$.body.at",
    }  # fmt: skip
    create(
        other.arn, bus, "named",
        TargetParameters={"InputTemplate": '{"n": <$.body.n>}', "EventBridgeEventBusParameters": named},
    )  # fmt: skip
    other.send('{"from": "shop", "n": 5, "at": "2026-05-01T10:00:00Z"}')
    found = seen.events()[0]
    assert (found["source"], found["detail-type"], found["resources"]) == ("shop", "order", [other.arn])
    assert (found["detail"], found["time"]) == ({"n": 5}, "2026-05-01T10:00:00Z")


def test_log_groups_take_lines_in_a_stream_that_the_event_may_name(aws, create, queue, clock):
    source, logs = queue("source"), aws.client("logs")
    logs.create_log_group(logGroupName="/g")
    group = f"arn:aws:logs:us-east-1:{source.arn.split(':')[4]}:log-group:/g"
    where = {"LogStreamName": "$.body.who", "Timestamp": "$.body.at"}
    create(
        source.arn, group,
        TargetParameters={"InputTemplate": "<$.body.text>", "CloudWatchLogsParameters": where},
    )  # fmt: skip
    now_ms = int(clock.now()) * 1000
    source.send(
        json.dumps({"who": "ann", "text": "hi", "at": now_ms}), json.dumps({"who": "bob", "text": "ho", "at": now_ms})
    )
    clock.settle()
    found = logs.filter_log_events(logGroupName="/g")["events"]
    assert sorted((e["logStreamName"], e["message"], e["timestamp"]) for e in found) == [
        ("ann", "hi", now_ms), ("bob", "ho", now_ms),
    ]  # fmt: skip


def test_executions_are_metered_and_measured(aws, create, queue, cloud, hour):
    source, target = queue("source"), queue("target")
    account = source.arn.split(":")[4]
    create(source.arn, target.arn)
    source.send("a", "b")
    target.bodies()
    assert cloud.look(lambda running: running.meter.usage(account))[account]["pipes.requests"] == 2
    listed = aws.client("cloudwatch").list_metrics(Namespace="AWS/EventBridge/Pipes")["Metrics"]
    assert {metric["MetricName"] for metric in listed} == {"Invocations", "EventCount", "Duration"}
    assert listed[0]["Dimensions"] == [{"Name": "PipeName", "Value": "p"}]


def test_what_expires_while_it_is_hidden_leaves_the_pipe_waiting_for_more(create, queue, iam, hour):
    """The queue deletes what has expired at most once a minute, and a message just before."""
    other, target = queue("other", MessageRetentionPeriod="60"), queue("target")
    source = queue("source", VisibilityTimeout="60", MessageRetentionPeriod="60")
    reads = ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"]
    create(source.arn, target.arn, RoleArn=made_role(iam, "narrow", reads),
           TargetParameters={"InputTemplate": "<$.body>"})  # fmt: skip
    other.send("first to expire")
    hour.advance(30)
    source.send("x")  # the pipe may not send it on, and it comes again when it has expired
    hour.advance(31)
    hour.advance(40)
    assert source.count() == 0
    allow(iam, "narrow", "sqs:*")
    source.send("y")
    assert target.bodies() == ["y"]
