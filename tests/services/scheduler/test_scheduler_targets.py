"""What schedules call: templated and universal targets, with the schedule's input, as the schedule's role."""

from __future__ import annotations

import json
from datetime import UTC, datetime

from tests.services.lambda_.lambda_calls import package
from tests.services.scheduler.scheduler_calls import OFF, attributes_of, iso, made_queue, made_role

NOW = "rate(10 days)"  # whose first firing is at once


def test_a_queue_gets_the_input_as_it_is(create, queue):
    q = queue()
    create(NOW, q.arn, Input="just text")
    assert q.bodies() == ["just text"]


def test_without_input_there_is_a_notification(create, queue, hour, account):
    q = queue()
    arn = create(NOW, q.arn)
    found = json.loads(q.bodies()[0])
    assert len(found.pop("id")) == 16
    assert found == {
        "version": "0", "detail-type": "Scheduled Event", "source": "aws.scheduler", "account": account,
        "time": f"{iso(hour)}Z", "region": "us-east-1", "resources": [arn], "detail": "{}",
    }  # fmt: skip


def test_a_fifo_queue_gets_the_message_group(create, queue):
    q = queue("q.fifo")
    create(NOW, q.arn, Input="x", SqsParameters={"MessageGroupId": "g"})
    assert [message["Attributes"]["MessageGroupId"] for message in q.messages()] == ["g"]


def test_context_attributes_are_filled_in(create, queue, hour):
    q = queue()
    names = ("schedule-arn", "scheduled-time", "attempt-number", "execution-id")
    arn = create(NOW, q.arn, Input="|".join(f"<aws.scheduler.{name}>" for name in names))
    *known, execution = q.bodies()[0].split("|")
    assert known == [arn, f"{iso(hour)}Z", "1"] and len(execution) == 16


def test_a_topic_and_a_bus_are_templated_targets(aws, create, queue, account, clock):
    q = queue()
    anyone = {"Effect": "Allow", "Principal": "*", "Action": "sqs:SendMessage", "Resource": q.arn}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [anyone]})
    q.sqs.set_queue_attributes(QueueUrl=q.url, Attributes={"Policy": policy})
    sns, events = aws.client("sns"), aws.client("events")
    topic = sns.create_topic(Name="t")["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=q.arn, Attributes={"RawMessageDelivery": "true"})
    create(NOW, topic, "to-topic", Input="news")
    assert q.bodies() == ["news"]
    bus = events.create_event_bus(Name="b")["EventBusArn"]
    events.put_rule(Name="r", EventBusName="b", EventPattern='{"source": ["app"]}')
    events.put_targets(Rule="r", EventBusName="b", Targets=[{"Id": "q", "Arn": q.arn}])
    about = {"EventBridgeParameters": {"Source": "app", "DetailType": "tick"}}
    arn = create(NOW, bus, "to-bus", Input='{"n": 1}', **about)
    found = json.loads(q.bodies()[0])
    assert (found["source"], found["detail-type"], found["detail"]) == ("app", "tick", {"n": 1})
    assert found["resources"] == [arn] and found["account"] == account


def test_a_function_is_invoked_as_the_role(aws, iam, create, queue, cloud):
    dead = queue("dead")
    account = dead.arn.split(":")[4]
    trust = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    function_role = iam.create_role(RoleName="f", AssumeRolePolicyDocument=document)["Role"]["Arn"]
    function = aws.client("lambda").create_function(
        FunctionName="f", Runtime="python3.11", Handler="index.handler", Role=function_role,
        Code={"ZipFile": package("def handler(event, context):\n    return event")},
    )["FunctionArn"]  # fmt: skip
    create(NOW, function, Input='{"n": 1}', DeadLetterConfig={"Arn": dead.arn})
    assert dead.messages() == []
    spans = [span for span in cloud.spans(service="lambda", operation="Invoke") if span.account == account]
    assert [(json.loads(span.input["Payload"]), span.input["InvocationType"]) for span in spans] == [
        ({"n": 1}, "Event")
    ]
    assert spans[0].principal.startswith(f"arn:aws:sts::{account}:assumed-role/r/")


def test_a_universal_target_calls_any_operation(aws, create, clock):
    table = {
        "TableName": "ticks", "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
        "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
    }  # fmt: skip
    create(NOW, "arn:aws:scheduler:::aws-sdk:dynamodb:createTable", "make", Input=json.dumps(table))
    clock.settle()
    item = {"TableName": "ticks", "Item": {"pk": {"S": "<aws.scheduler.scheduled-time>"}, "n": {"N": "1"}}}
    create(NOW, "arn:aws:scheduler:::aws-sdk:dynamodb:putItem", "put", Input=json.dumps(item))
    clock.settle()
    items = aws.client("dynamodb").scan(TableName="ticks")["Items"]
    assert [found["n"] for found in items] == [{"N": "1"}]


def test_members_of_a_universal_input_are_in_pascal_case_whatever_the_model_says(aws, create, clock):
    create(NOW, "arn:aws:scheduler:::aws-sdk:cloudwatchlogs:createLogGroup", Input='{"LogGroupName": "/g"}')
    clock.settle()
    assert [group["logGroupName"] for group in aws.client("logs").describe_log_groups()["logGroups"]] == ["/g"]


def test_a_universal_target_takes_the_sdk_s_name_of_a_service(aws, create, queue, clock):
    q = queue()
    anyone = {"Effect": "Allow", "Principal": "*", "Action": "sqs:SendMessage", "Resource": q.arn}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [anyone]})
    q.sqs.set_queue_attributes(QueueUrl=q.url, Attributes={"Policy": policy})
    events = aws.client("events")
    events.put_rule(Name="r", EventPattern='{"source": ["app"]}')
    events.put_targets(Rule="r", Targets=[{"Id": "q", "Arn": q.arn}])
    entry = {"Source": "app", "DetailType": "d", "Detail": '{"n": 1}'}
    create(NOW, "arn:aws:scheduler:::aws-sdk:eventbridge:putEvents", Input=json.dumps({"Entries": [entry]}))
    assert [json.loads(body)["detail"] for body in q.bodies()] == [{"n": 1}]


def test_a_role_that_may_not_fails_and_the_dead_letter_says_why(scheduler, iam, queue, hour, account):
    q, dead = queue(), queue("dead")
    allowed = [{"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": dead.arn}]
    role = made_role(iam, "narrow", actions=None)
    document = json.dumps({"Version": "2012-10-17", "Statement": allowed})
    iam.put_role_policy(RoleName="narrow", PolicyName="p", PolicyDocument=document)
    target = {"Arn": q.arn, "RoleArn": role, "Input": "x", "DeadLetterConfig": {"Arn": dead.arn}}
    arn = scheduler.create_schedule(
        Name="s", ScheduleExpression=NOW, FlexibleTimeWindow=OFF, Target=target
    )["ScheduleArn"]  # fmt: skip
    assert q.bodies() == []
    message = dead.messages()[0]
    found = attributes_of(message)
    assert message["Body"] == "x"
    assert len(found.pop("EXECUTION_ID")) == 16
    text = found.pop("ERROR_MESSAGE")
    assert text.startswith(f"User: arn:aws:sts::{account}:assumed-role/narrow/")
    assert f"is not authorized to perform: sqs:SendMessage on resource: {q.arn}" in text
    assert found == {
        "SCHEDULE_ARN": arn, "TARGET_ARN": q.arn, "ERROR_CODE": "AccessDenied", "IS_PAYLOAD_TRUNCATED": "false",
        "RETRY_ATTEMPTS": "0", "SCHEDULED_TIME": f"{iso(hour)}Z",
    }  # fmt: skip


def test_a_role_that_no_longer_trusts_the_scheduler_is_not_used(iam, create, queue, hour):
    q, dead = queue(), queue("dead")
    create("rate(1 minute)", q.arn, Input="x", DeadLetterConfig={"Arn": dead.arn})
    hour.advance(60)
    assert len(q.bodies()) == 2
    nobody = {"Effect": "Deny", "Principal": "*", "Action": "sts:AssumeRole"}
    trust = json.dumps({"Version": "2012-10-17", "Statement": [nobody]})
    iam.update_assume_role_policy(RoleName="r", PolicyDocument=trust)
    hour.advance(60)
    assert q.bodies() == dead.bodies() == []  # nor can it send dead letters
    iam.delete_role_policy(RoleName="r", PolicyName="p")
    iam.delete_role(RoleName="r")
    hour.advance(60)
    assert q.bodies() == []


def test_a_missing_queue_is_no_reason_to_try_again(create, queue, account):
    dead = queue("dead")
    request = json.dumps({"QueueUrl": f"https://sqs.us-east-1.amazonaws.com/{account}/none", "MessageBody": "hi"})
    create(
        NOW, "arn:aws:scheduler:::aws-sdk:sqs:sendMessage", Input=request, DeadLetterConfig={"Arn": dead.arn},
        RetryPolicy={"MaximumRetryAttempts": 0},
    )  # fmt: skip
    message = dead.messages()[0]
    found = attributes_of(message)
    assert found["ERROR_CODE"] == "AWS.SimpleQueueService.NonExistentQueue"
    assert found["EXHAUSTED_RETRY_CONDITION"] == "MaximumRetryAttempts"
    assert message["Body"] == request


def test_an_error_that_may_pass_is_tried_again_with_growing_pauses(create, queue, hour, cloud, account):
    q, dead = queue(), queue("dead")
    cloud.faults.add("error", service="sqs", operation="SendMessage", account=account, times=3)
    create(f"at({iso(hour + 60)})", q.arn, Input="<aws.scheduler.attempt-number>", DeadLetterConfig={"Arn": dead.arn})
    hour.advance(60 + 1 + 2 + 3)
    assert q.bodies() == []
    hour.advance(1)
    assert [(m["Body"], int(m["Attributes"]["SentTimestamp"]) / 1000) for m in q.messages()] == [("4", hour + 67)]
    hour.advance(3600)
    assert q.bodies() == dead.bodies() == []


def test_retries_end_at_a_limit_of_the_policy(create, queue, hour, cloud, account):
    other = made_queue(cloud.session(account, "eu-west-1").client("sqs"), hour.clock, "dead")
    q = queue()
    dead = "arn:aws:sqs:eu-west-1:" + account + ":dead"
    cloud.faults.add("error", service="sqs", operation="SendMessage", account=account, region="us-east-1",
                     code="InternalError")  # fmt: skip
    for name, policy in (("tries", {"MaximumRetryAttempts": 3}), ("age", {"MaximumEventAgeInSeconds": 60})):
        create(f"at({iso(hour + 60)})", q.arn, name, Input=name, RetryPolicy=policy, DeadLetterConfig={"Arn": dead})
    hour.advance(3600)
    cloud.faults.clear()
    letters = {message["Body"]: message for message in other.messages()}
    tries, age = attributes_of(letters["tries"]), attributes_of(letters["age"])
    assert (tries["EXHAUSTED_RETRY_CONDITION"], tries["RETRY_ATTEMPTS"]) == ("MaximumRetryAttempts", "3")
    assert int(letters["tries"]["Attributes"]["SentTimestamp"]) / 1000 == hour + 60 + 1 + 2 + 4
    assert (age["EXHAUSTED_RETRY_CONDITION"], age["RETRY_ATTEMPTS"]) == ("MaximumEventAgeInSeconds", "5")
    assert age["ERROR_CODE"] == "InternalError"


def test_invocations_are_metered_and_measured(aws, create, queue, cloud, hour):
    q = queue()
    account = q.arn.split(":")[4]
    create("rate(1 minute)", q.arn, Input="x")
    hour.advance(180)
    assert cloud.look(lambda running: running.meter.usage(account))[account]["scheduler.invocations"] == 4
    found = aws.client("cloudwatch").get_metric_statistics(
        Namespace="AWS/Scheduler", MetricName="InvocationAttemptCount", Period=3600, Statistics=["Sum"],
        Dimensions=[{"Name": "ScheduleGroup", "Value": "default"}],
        StartTime=datetime.fromtimestamp(hour, UTC), EndTime=datetime.fromtimestamp(hour + 3600, UTC),
    )["Datapoints"]  # fmt: skip
    assert [point["Sum"] for point in found] == [4.0]
