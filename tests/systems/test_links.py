"""What resources hand work to and rely on, as the directory tells it: before any traffic, of what was only set up."""

from __future__ import annotations

import json

import pytest

ECHO = "def handler(event, context):\n    return event\n"


class Here:
    """An account, and what the directory says of what is in it."""

    def __init__(self, cloud, aws, account):
        self.account = account
        self.client = aws.client
        self._cloud = cloud

    def arn(self, service: str, name: str) -> str:
        return f"arn:aws:{service}:us-east-1:{self.account}:{name}"

    def find(self, arn: str):
        return self._cloud.look(lambda inside: inside.directory.find(arn))

    def listed(self):
        """Every resource by its ARN."""
        return self._cloud.look(lambda inside: {one.arn: one for one in inside.directory.all(self.account)})

    def links(self, arn: str) -> tuple[str, ...]:
        """Those that a listing gives, which are the same that are found with the resource."""
        listed = self.listed()[arn]
        assert self.find(arn) == listed
        return listed.links

    def queue(self, name: str, **attributes: str) -> str:
        """A new queue that takes messages from everybody."""
        statement = {"Effect": "Allow", "Principal": "*", "Action": "sqs:SendMessage", "Resource": "*"}
        policy = json.dumps({"Version": "2012-10-17", "Statement": statement})
        self.client("sqs").create_queue(QueueName=name, Attributes={"Policy": policy, **attributes})
        return self.arn("sqs", name)

    def role(self, name: str, service: str = "lambda") -> str:
        """A new role that a service may assume."""
        principal = {"Service": f"{service}.amazonaws.com"}
        trust = {"Statement": {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}}
        document = json.dumps({"Version": "2012-10-17", **trust})
        return self.client("iam").create_role(RoleName=name, AssumeRolePolicyDocument=document)["Role"]["Arn"]


@pytest.fixture
def here(cloud, aws, account):
    return Here(cloud, aws, account)


def test_a_queue_leads_to_its_dead_letter_queue(here):
    dead = here.queue("dead")
    jobs = here.queue("jobs", RedrivePolicy=json.dumps({"deadLetterTargetArn": dead, "maxReceiveCount": 3}))
    assert here.links(jobs) == (dead,)
    assert here.links(dead) == ()


def test_a_function_leads_to_its_role_its_targets_and_what_its_variables_name(here, function):
    dead, done, failed, topic = here.queue("dead"), here.queue("done"), here.queue("failed"), here.arn("sns", "news")
    variables = {"TOPIC": topic, "LEVEL": "info", "TWO": f"{topic},{done}", "TEXT": f"see {topic}", "PREFIX": "arn:"}
    actions = ("sqs:SendMessage", "sns:Publish")
    f = function(
        "f", ECHO, *actions, DeadLetterConfig={"TargetArn": dead}, Environment={"Variables": variables},
    )  # fmt: skip
    here.client("lambda").put_function_event_invoke_config(
        FunctionName="f", DestinationConfig={"OnSuccess": {"Destination": done}, "OnFailure": {"Destination": failed}}
    )
    role = here.client("lambda").get_function_configuration(FunctionName="f")["Role"]
    assert here.links(f) == (role, dead, topic, done, failed)


def test_a_mapping_joins_a_queue_and_a_function(here, function):
    f, jobs = function("f", ECHO, "sqs:*"), here.queue("jobs")
    made = here.client("lambda").create_event_source_mapping(FunctionName="f", EventSourceArn=jobs, BatchSize=5)
    arn = here.arn("lambda", f"event-source-mapping:{made['UUID']}")
    assert here.links(arn) == (jobs, f)
    found = here.find(arn)
    assert (found.type, found.name) == ("AWS::Lambda::EventSourceMapping", made["UUID"])
    assert found.attributes == {"State": "Enabled", "BatchSize": 5}
    here.client("lambda").delete_event_source_mapping(UUID=made["UUID"])
    assert here.find(arn) is None


def test_a_mapping_of_a_stream_goes_on_to_where_failed_batches_go(here, function):
    table = here.client("dynamodb").create_table(
        TableName="things", KeySchema=[{"AttributeName": "k", "KeyType": "HASH"}], BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "k", "AttributeType": "S"}],
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"},
    )["TableDescription"]  # fmt: skip
    function("f", ECHO, "sqs:*", "dynamodb:*")
    here.client("lambda").publish_version(FunctionName="f")
    here.client("lambda").create_alias(FunctionName="f", Name="live", FunctionVersion="1")
    failed, stream = here.queue("failed"), table["LatestStreamArn"]
    made = here.client("lambda").create_event_source_mapping(
        FunctionName="f:live", EventSourceArn=stream, StartingPosition="LATEST",
        DestinationConfig={"OnFailure": {"Destination": failed}},
    )  # fmt: skip
    arn = here.arn("lambda", f"event-source-mapping:{made['UUID']}")
    assert here.links(arn) == (stream, here.arn("lambda", "function:f:live"), failed)


def test_a_subscription_joins_a_topic_and_its_endpoint(here):
    sns, inbox, dead = here.client("sns"), here.queue("inbox"), here.queue("dead")
    topic = sns.create_topic(Name="news")["TopicArn"]
    policy = {"RedrivePolicy": json.dumps({"deadLetterTargetArn": dead})}
    subscribed = sns.subscribe(
        TopicArn=topic, Protocol="sqs", Endpoint=inbox, Attributes=policy, ReturnSubscriptionArn=True
    )["SubscriptionArn"]
    assert here.links(topic) == ()
    assert here.links(subscribed) == (topic, inbox, dead)
    found = here.find(subscribed)
    assert (found.type, found.attributes["Protocol"]) == ("AWS::SNS::Subscription", "sqs")


def test_a_subscription_of_a_person_leads_to_no_resource(here):
    sns = here.client("sns")
    topic = sns.create_topic(Name="news")["TopicArn"]
    subscribed = sns.subscribe(
        TopicArn=topic, Protocol="email", Endpoint="reader@example.com", ReturnSubscriptionArn=True
    )["SubscriptionArn"]
    assert here.links(subscribed) == (topic,)
