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


def test_a_bucket_leads_to_whom_it_notifies_and_to_its_copies(here, function):
    s3, copier = here.client("s3"), here.role("copier")
    names = [f"{kind}-{here.account}" for kind in ("photos", "copies", "logs")]
    for name in names:
        s3.create_bucket(Bucket=name)
    photos, copies, logs = names
    f, jobs = function("resize", ECHO), here.queue("jobs")
    here.client("lambda").add_permission(
        FunctionName="resize", StatementId="s3", Action="lambda:InvokeFunction", Principal="s3.amazonaws.com"
    )
    s3.put_bucket_notification_configuration(Bucket=photos, NotificationConfiguration={
        "LambdaFunctionConfigurations": [{"LambdaFunctionArn": f, "Events": ["s3:ObjectCreated:*"]}],
        "QueueConfigurations": [{"QueueArn": jobs, "Events": ["s3:ObjectRemoved:*"]}], "EventBridgeConfiguration": {},
    })  # fmt: skip
    for name in (photos, copies):
        s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    rule = {
        "Status": "Enabled", "Priority": 1, "Filter": {}, "Destination": {"Bucket": f"arn:aws:s3:::{copies}"},
        "DeleteMarkerReplication": {"Status": "Disabled"},
    }  # fmt: skip
    s3.put_bucket_replication(Bucket=photos, ReplicationConfiguration={"Role": copier, "Rules": [rule]})
    logging = {"LoggingEnabled": {"TargetBucket": logs, "TargetPrefix": ""}}
    s3.put_bucket_logging(Bucket=photos, BucketLoggingStatus=logging)
    assert set(here.links(f"arn:aws:s3:::{photos}")) == {
        f, jobs, here.arn("events", "event-bus/default"), f"arn:aws:s3:::{copies}", copier, f"arn:aws:s3:::{logs}",
    }  # fmt: skip
    assert here.links(f"arn:aws:s3:::{copies}") == ()


def test_events_flow_from_a_bus_to_its_rules_and_on_to_their_targets(here):
    events, jobs, dead = here.client("events"), here.queue("jobs"), here.queue("dead")
    bus = events.create_event_bus(Name="orders")["EventBusArn"]
    rule = events.put_rule(Name="placed", EventBusName="orders", EventPattern='{"source": ["shop"]}')["RuleArn"]
    target = {"Id": "1", "Arn": jobs, "DeadLetterConfig": {"Arn": dead}}
    events.put_targets(Rule="placed", EventBusName="orders", Targets=[target])
    assert here.links(bus) == (rule,)
    assert here.links(rule) == (jobs, dead)


def test_the_default_bus_is_listed_where_a_rule_takes_its_events(here):
    events, default = here.client("events"), here.arn("events", "event-bus/default")
    hourly = events.put_rule(Name="hourly", ScheduleExpression="rate(1 hour)")["RuleArn"]
    events.put_targets(Rule="hourly", Targets=[{"Id": "1", "Arn": here.queue("jobs")}])
    assert here.links(hourly) == (here.arn("sqs", "jobs"),)
    assert default not in here.listed()  # a schedule takes nothing from it
    rule = events.put_rule(Name="seen", EventPattern='{"source": ["shop"]}')["RuleArn"]
    assert here.links(default) == (rule,)


def test_an_api_destination_leads_over_its_connection_to_a_secret(here):
    events = here.client("events")
    header = {"ApiKeyName": "x-key", "ApiKeyValue": "42"}
    connection = events.create_connection(
        Name="c", AuthorizationType="API_KEY", AuthParameters={"ApiKeyAuthParameters": header}
    )["ConnectionArn"]
    destination = events.create_api_destination(
        Name="d", ConnectionArn=connection, InvocationEndpoint="https://example.com/", HttpMethod="POST"
    )["ApiDestinationArn"]
    secret = events.describe_connection(Name="c")["SecretArn"]
    assert here.links(destination) == (connection,)
    assert here.links(connection) == (secret,)


def test_a_schedule_leads_to_its_target(here):
    jobs, dead, runner = here.queue("jobs"), here.queue("dead"), here.role("runner", "scheduler")
    request = {"ScheduleExpression": "rate(1 day)", "FlexibleTimeWindow": {"Mode": "OFF"}}
    target = {"Arn": jobs, "RoleArn": runner, "DeadLetterConfig": {"Arn": dead}}
    here.client("scheduler").create_schedule(Name="nightly", Target=target, **request)
    assert here.links(here.arn("scheduler", "schedule/default/nightly")) == (jobs, dead, runner)
    given = json.dumps({"TopicArn": here.arn("sns", "news"), "Message": "good morning"})
    target = {"Arn": "arn:aws:scheduler:::aws-sdk:sns:publish", "RoleArn": runner, "Input": given}
    here.client("scheduler").create_schedule(Name="morning", Target=target, **request)
    assert here.links(here.arn("scheduler", "schedule/default/morning")) == (here.arn("sns", "news"), runner)


def test_a_pipe_leads_to_its_enrichment_and_target_and_names_its_source(here, function):
    f, jobs, done, runner = function("f", ECHO), here.queue("jobs"), here.queue("done"), here.role("runner")
    pipe = here.client("pipes").create_pipe(
        Name="p", Source=jobs, Enrichment=f, Target=done, RoleArn=runner, DesiredState="STOPPED"
    )["Arn"]
    assert here.links(pipe) == (f, done, runner)
    assert here.find(pipe).attributes["Source"] == jobs


def test_a_log_group_leads_to_whom_it_sends_its_events_on(here, function):
    f, logs = function("f", ECHO), here.client("logs")
    logs.create_log_group(logGroupName="app")
    here.client("lambda").add_permission(
        FunctionName="f", StatementId="logs", Action="lambda:InvokeFunction", Principal="logs.amazonaws.com"
    )
    logs.put_subscription_filter(logGroupName="app", filterName="all", filterPattern="", destinationArn=f)
    assert here.links(here.arn("logs", "log-group:app")) == (f,)


def test_an_alarm_leads_to_its_actions(here):
    topic, back = (here.client("sns").create_topic(Name=name)["TopicArn"] for name in ("alarms", "relief"))
    here.client("cloudwatch").put_metric_alarm(
        AlarmName="deep", Namespace="AWS/SQS", MetricName="ApproximateNumberOfMessagesVisible", Statistic="Maximum",
        Period=60, EvaluationPeriods=1, Threshold=1, ComparisonOperator="GreaterThanThreshold", AlarmActions=[topic],
        OKActions=[back],
    )  # fmt: skip
    assert set(here.links(here.arn("cloudwatch", "alarm:deep"))) == {topic, back}


def test_a_secret_leads_to_the_function_that_rotates_it(here, function):
    f, client = function("f", ECHO), here.client("secretsmanager")
    secret = client.create_secret(Name="password", SecretString="x")["ARN"]
    assert here.links(secret) == ()
    here.client("lambda").add_permission(
        FunctionName="f", StatementId="s", Action="lambda:InvokeFunction", Principal="secretsmanager.amazonaws.com"
    )
    client.rotate_secret(
        SecretId=secret, RotationLambdaARN=f, RotationRules={"AutomaticallyAfterDays": 30}, RotateImmediately=False
    )
    assert here.links(secret) == (f,)


def test_pools_lead_to_triggers_to_one_another_and_to_roles(here, function):
    f, guest, member, admin = function("f", ECHO), here.role("guest"), here.role("member"), here.role("admin")
    made = here.client("cognito-idp").create_user_pool(
        PoolName="users", LambdaConfig={"PreSignUp": f, "PostAuthentication": f}
    )
    users = made["UserPool"]["Arn"]
    assert here.links(users) == (f,)
    provider = f"cognito-idp.us-east-1.amazonaws.com/{made['UserPool']['Id']}"
    identity = here.client("cognito-identity")
    pool = identity.create_identity_pool(
        IdentityPoolName="app", AllowUnauthenticatedIdentities=True,
        CognitoIdentityProviders=[{"ProviderName": provider, "ClientId": "abc"}],
    )["IdentityPoolId"]  # fmt: skip
    rule = {"Claim": "team", "MatchType": "Equals", "Value": "ops", "RoleARN": admin}
    mapping = {"Type": "Rules", "AmbiguousRoleResolution": "Deny", "RulesConfiguration": {"Rules": [rule]}}
    identity.set_identity_pool_roles(
        IdentityPoolId=pool, Roles={"unauthenticated": guest, "authenticated": member},
        RoleMappings={f"{provider}:abc": mapping},
    )  # fmt: skip
    found = here.links(f"arn:aws:cognito-identity:us-east-1:{here.account}:identitypool/{pool}")
    assert found == (users, guest, member, admin)


def test_the_events_of_a_configuration_set_go_to_a_topic(here):
    ses, topic = here.client("ses"), here.client("sns").create_topic(Name="bounces")["TopicArn"]
    statement = {"Effect": "Allow", "Principal": {"Service": "ses.amazonaws.com"}, "Action": "sns:Publish"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": {**statement, "Resource": topic}})
    here.client("sns").set_topic_attributes(TopicArn=topic, AttributeName="Policy", AttributeValue=policy)
    ses.create_configuration_set(ConfigurationSet={"Name": "all"})
    destination = {
        "Name": "d",
        "Enabled": True,
        "MatchingEventTypes": ["bounce"],
        "SNSDestination": {"TopicARN": topic},
    }
    ses.create_configuration_set_event_destination(ConfigurationSetName="all", EventDestination=destination)
    ses.verify_email_identity(EmailAddress="shop@example.com")
    here.client("sesv2").put_email_identity_configuration_set_attributes(
        EmailIdentity="shop@example.com", ConfigurationSetName="all"
    )
    assert here.links(here.arn("ses", "configuration-set/all")) == (topic,)
    assert here.links(here.arn("ses", "identity/shop@example.com")) == (here.arn("ses", "configuration-set/all"),)


def test_a_role_leads_to_the_policies_attached_to_it(here):
    plain, reader = here.role("plain"), here.role("reader")
    policy = "arn:aws:iam::aws:policy/ReadOnlyAccess"
    here.client("iam").attach_role_policy(RoleName="reader", PolicyArn=policy)
    assert (here.links(plain), here.links(reader)) == ((), (policy,))
