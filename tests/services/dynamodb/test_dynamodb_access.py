"""Fine-grained access: own partitions, chosen attributes, indexes, returned values; in every operation on items."""

import json
from contextlib import contextmanager

import pytest
from botocore.config import Config

from tests.services.dynamodb.item_calls import arn_of, fill, found, get, item, make_table, put, refused, unwire, values

READS = ["GetItem", "BatchGetItem", "Query"]
WRITES = ["PutItem", "UpdateItem", "DeleteItem", "BatchWriteItem", "ConditionCheckItem"]
OWN = {"ForAllValues:StringEquals": {"dynamodb:LeadingKeys": ["${aws:username}"]}}


def statement(account, actions, resource="table", effect="Allow", **condition):
    return {
        "Effect": effect,
        "Action": [f"dynamodb:{action}" for action in actions],
        "Resource": arn_of(account, resource),
        **({"Condition": condition["condition"]} if condition else {}),
    }


def document(*statements):
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


@pytest.fixture
def user(cloud, aws):
    """`user(statement, …)` is a client of ann, who may do just that."""

    def make(*statements):
        iam = aws.client("iam")
        iam.create_user(UserName="ann")
        iam.put_user_policy(UserName="ann", PolicyName="p", PolicyDocument=document(*statements))
        key = iam.create_access_key(UserName="ann")["AccessKey"]
        session = cloud.session_with(key["AccessKeyId"], key["SecretAccessKey"])
        return session.client("dynamodb", config=Config(parameter_validation=False))

    return make


@pytest.fixture
def denied(account):
    """The call inside is refused to ann: `with denied("GetItem"):`."""

    @contextmanager
    def check(action, resource="table", who=None):
        message = (
            f"User: {who or f'arn:aws:iam::{account}:user/ann'} is not authorized to perform: dynamodb:{action} on "
            f"resource: {arn_of(account, resource)} because no identity-based policy allows the dynamodb:{action} "
            "action"
        )
        with refused("AccessDeniedException", message):
            yield

    return check


@pytest.fixture
def table(ddb):
    """Two people's items."""
    name = make_table(ddb, "pk:S", "sk:N", gsi={"by-owner": ("owner:S",)}, lsi={"by-l": ("pk:S", "l:N")})
    for who in ("ann", "bob"):
        fill(ddb, [{"pk": who, "sk": n, "owner": who, "l": n, "open": 1, "secret": 2} for n in (1, 2)])
    return name


def of(who, sk=1, **more):
    return {"TableName": "table", "Key": item(pk=who, sk=sk), **more}


def query(client, who, **options):
    partition = {"TableName": "table", "KeyConditionExpression": "pk = :p", "ExpressionAttributeValues": values(p=who)}
    return client.query(**{**partition, **options})


def batch_get(client, *people):
    return client.batch_get_item(RequestItems={"table": {"Keys": [item(pk=who, sk=1) for who in people]}})


def batch_write(client, *requests):
    return client.batch_write_item(RequestItems={"table": list(requests)})


def all_denied(denied, calls):
    """Each call is refused, for the action it stands under."""
    for action, call in [(action, call) for action, calls_of in calls.items() for call in calls_of]:
        with denied(action):
            call()


def write_all(client, *actions, **options):
    return client.transact_write_items(TransactItems=list(actions), **options)


def put_of(who, **more):
    return {"PutRequest": {"Item": item(pk=who, sk=9, **more)}}


# by the partition key


@pytest.mark.usefixtures("table")
def test_a_user_has_their_own_partition_only(ddb, user, account, denied):
    ann = user(statement(account, READS + WRITES, condition=OWN))
    assert "Item" in ann.get_item(**of("ann"))
    assert query(ann, "ann")["Count"] == 2
    assert len(batch_get(ann, "ann")["Responses"]["table"]) == 1
    ann.put_item(TableName="table", Item=item(pk="ann", sk=5))
    ann.update_item(**of("ann", 5, UpdateExpression="SET v = :v", ExpressionAttributeValues=values(v=1)))
    ann.delete_item(**of("ann", 5))
    batch_write(ann, put_of("ann"), {"DeleteRequest": {"Key": item(pk="ann", sk=2)}})
    for action, call in {
        "GetItem": lambda: ann.get_item(**of("bob")),
        "Query": lambda: query(ann, "bob"),
        "BatchGetItem": lambda: batch_get(ann, "ann", "bob"),
        "PutItem": lambda: ann.put_item(TableName="table", Item=item(pk="bob", sk=5)),
        "UpdateItem": lambda: ann.update_item(**of("bob")),
        "DeleteItem": lambda: ann.delete_item(**of("bob")),
        "BatchWriteItem": lambda: batch_write(ann, put_of("ann"), put_of("bob")),
    }.items():
        with denied(action):
            call()
    with denied("BatchWriteItem"):
        batch_write(ann, {"DeleteRequest": {"Key": item(pk="bob", sk=1)}})
    with denied("Scan"):
        ann.scan(TableName="table")
    assert query(ddb, "bob")["Count"] == 2


@pytest.mark.usefixtures("table")
def test_each_action_of_a_transaction_is_asked_for(ddb, user, account, denied):
    ann = user(statement(account, READS + WRITES, condition=OWN))
    own, bobs = of("ann"), of("bob")
    check = {"ConditionExpression": "attribute_exists(pk)"}
    put_own = {"Put": {"TableName": "table", "Item": item(pk="ann", sk=7)}}
    write_all(ann, put_own, {"ConditionCheck": {**own, **check}}, {"Delete": of("ann", 2)})
    assert len(ann.transact_get_items(TransactItems=[{"Get": own}])["Responses"]) == 1
    for action, part in {
        "PutItem": {"Put": {"TableName": "table", "Item": item(pk="bob", sk=7)}},
        "UpdateItem": {"Update": {**bobs, "UpdateExpression": "REMOVE secret"}},
        "DeleteItem": {"Delete": bobs},
        "ConditionCheckItem": {"ConditionCheck": {**bobs, **check}},
    }.items():
        with denied(action):
            write_all(ann, {"Put": {"TableName": "table", "Item": item(pk="ann", sk=8)}}, part)
    with denied("GetItem"):
        ann.transact_get_items(TransactItems=[{"Get": own}, {"Get": bobs}])
    assert get(ddb, pk="ann", sk=8) is None
    assert get(ddb, pk="bob", sk=7) is None


def of_unknown_kind(params, **_):
    """What botocore cannot be told to send: a kind of value that there is not."""
    params["body"] = params["body"].replace(b'"NULL"', b'"X"')


@pytest.mark.usefixtures("table")
@pytest.mark.parametrize(
    "value",
    [{"NULL": "ann", "S": "bob"}, {"N": None, "S": "bob"}, {"BOOL": None, "S": "bob"}, {"N": "ann", "S": "bob"}],
)
def test_a_key_is_the_value_that_is_used_whatever_stands_beside_it(ddb, user, account, denied, value):
    ann = user(statement(account, READS + WRITES, condition=OWN))
    ann.meta.events.register("before-call.dynamodb", of_unknown_kind)
    key = {"pk": value, "sk": {"N": "1"}}
    with denied("GetItem"):
        ann.get_item(TableName="table", Key=key)
    with denied("DeleteItem"):
        ann.delete_item(TableName="table", Key=key)
    with denied("BatchGetItem"):
        ann.batch_get_item(RequestItems={"table": {"Keys": [key]}})
    assert get(ddb, pk="bob", sk=1) is not None


def test_keys_compare_in_the_form_in_which_they_are_kept(ddb, user, account, denied):
    make_table(ddb, "pk:N")
    put(ddb, pk=10)
    own = {"ForAllValues:StringEquals": {"dynamodb:LeadingKeys": ["10"]}}
    ann = user(statement(account, ["GetItem"], condition=own))
    assert "Item" in ann.get_item(TableName="table", Key={"pk": {"N": "1e1"}})
    with denied("GetItem"):
        ann.get_item(TableName="table", Key={"pk": {"N": "1"}})


@pytest.mark.usefixtures("table")
def test_the_leading_key_of_an_index_is_its_own(user, account, denied):
    ann = user(statement(account, ["Query"], "table/index/*", condition=OWN))
    index = {"TableName": "table", "IndexName": "by-owner", "KeyConditionExpression": "#o = :o"}
    names = {"ExpressionAttributeNames": {"#o": "owner"}}
    answer = ann.query(**index, **names, ExpressionAttributeValues=values(o="ann"))
    assert found(answer, "pk") == ["ann", "ann"]
    with denied("Query", "table/index/by-owner"):
        ann.query(**index, **names, ExpressionAttributeValues=values(o="bob"))
    assert query(ann, "ann", IndexName="by-l")["Count"] == 2
    with denied("Query", "table/index/by-l"):
        query(ann, "bob", IndexName="by-l")
    with denied("Query"):
        query(ann, "ann")
    older = {"pk": {"ComparisonOperator": "EQ", "AttributeValueList": [{"S": "bob"}]}}
    with denied("Query", "table/index/by-l"):
        ann.query(TableName="table", IndexName="by-l", KeyConditions=older)


@pytest.mark.usefixtures("table")
def test_a_session_s_tag_says_which_partition_is_its_own(cloud, aws, account, denied):
    iam = aws.client("iam")
    trust = {"Effect": "Allow", "Principal": {"AWS": account}, "Action": ["sts:AssumeRole", "sts:TagSession"]}
    role = iam.create_role(RoleName="tenant", AssumeRolePolicyDocument=document(trust))["Role"]["Arn"]
    own = {"ForAllValues:StringLike": {"dynamodb:LeadingKeys": ["${aws:PrincipalTag/tenant}*"]}}
    iam.put_role_policy(
        RoleName="tenant", PolicyName="p", PolicyDocument=document(statement(account, READS, condition=own))
    )
    answer = aws.client("sts").assume_role(
        RoleArn=role, RoleSessionName="session", Tags=[{"Key": "tenant", "Value": "an"}]
    )
    keys = answer["Credentials"]
    tenant = cloud.session_with(keys["AccessKeyId"], keys["SecretAccessKey"], keys["SessionToken"]).client("dynamodb")
    assert query(tenant, "ann")["Count"] == 2
    with denied("Query", who=answer["AssumedRoleUser"]["Arn"]):
        query(tenant, "bob")


@pytest.mark.usefixtures("table")
def test_a_scan_has_no_leading_keys(user, account):
    """The developer guide: allow no Scan to those who are limited by LeadingKeys, for it is not."""
    ann = user(statement(account, ["Scan"], condition=OWN))
    assert ann.scan(TableName="table")["Count"] == 4


# by attributes

OPEN = {
    "ForAllValues:StringEquals": {"dynamodb:Attributes": ["pk", "sk", "open"]},
    "StringEqualsIfExists": {
        "dynamodb:Select": "SPECIFIC_ATTRIBUTES", "dynamodb:ReturnValues": ["NONE", "UPDATED_OLD", "UPDATED_NEW"],
    },
}  # fmt: skip


@pytest.mark.usefixtures("table")
def test_a_user_reads_the_attributes_they_may(user, account, denied):
    ann = user(statement(account, [*READS, "Scan"], condition=OPEN))
    shown = {"ProjectionExpression": "pk, #open", "ExpressionAttributeNames": {"#open": "open"}}
    assert unwire(ann.get_item(**of("bob", **shown))["Item"]) == {"pk": "bob", "open": 1}
    assert query(ann, "bob", **shown)["Count"] == 2
    assert ann.scan(TableName="table", **shown)["Count"] == 4
    keys = [item(pk="bob", sk=1)]
    assert ann.batch_get_item(RequestItems={"table": {"Keys": keys, **shown}})["Responses"]["table"]
    assert ann.get_item(**of("bob", AttributesToGet=["open"]))["Item"]
    ann.transact_get_items(TransactItems=[{"Get": of("bob", **shown)}])
    secret = {"ProjectionExpression": "pk, #s.deep", "ExpressionAttributeNames": {"#s": "secret"}}
    filtered = {**shown, "FilterExpression": "secret > :zero"}
    refuses = {
        "GetItem": [
            lambda: ann.get_item(**of("bob")),
            lambda: ann.get_item(**of("bob", **secret)),
            lambda: ann.get_item(**of("bob", AttributesToGet=["secret"])),
            lambda: ann.transact_get_items(TransactItems=[{"Get": of("bob")}]),
        ],
        "Query": [
            lambda: query(ann, "bob"),
            lambda: query(ann, "bob", Select="ALL_ATTRIBUTES"),
            lambda: query(ann, "bob", Select="COUNT"),
            lambda: query(ann, "bob", **filtered, ExpressionAttributeValues=values(p="bob", zero=0)),
        ],
        "Scan": [
            lambda: ann.scan(TableName="table"),
            lambda: ann.scan(TableName="table", **filtered, ExpressionAttributeValues=values(zero=0)),
        ],
        "BatchGetItem": [
            lambda: batch_get(ann, "bob"),
            lambda: ann.batch_get_item(RequestItems={"table": {"Keys": keys, **secret}}),
        ],
    }
    all_denied(denied, refuses)


@pytest.mark.usefixtures("table")
def test_a_user_writes_and_tests_the_attributes_they_may(ddb, user, account, denied):
    ann = user(statement(account, WRITES, condition=OPEN))
    ann.put_item(TableName="table", Item=item(pk="new", sk=1, open=1))
    opened = {"ExpressionAttributeNames": {"#o": "open"}, "ReturnValues": "UPDATED_NEW"}
    to_two = {"UpdateExpression": "SET #o = :v", "ExpressionAttributeValues": values(v=2)}
    ann.update_item(**of("new", **opened, **to_two))
    ann.update_item(**of("new", AttributeUpdates={"open": {"Value": {"N": "3"}}}))
    ann.delete_item(**of("new"))
    batch_write(ann, put_of("new", open=1))
    tested = {"ConditionExpression": "secret = :v", "ExpressionAttributeValues": values(v=2)}
    refuses = {
        "PutItem": [
            lambda: ann.put_item(TableName="table", Item=item(pk="new", sk=1, secret=1)),
            lambda: ann.put_item(TableName="table", Item=item(pk="bob", sk=1), **tested),
            lambda: ann.put_item(TableName="table", Item=item(pk="bob", sk=1), Expected={"secret": {"Exists": False}}),
            lambda: ann.put_item(TableName="table", Item=item(pk="bob", sk=1), ReturnValues="ALL_OLD"),
        ],
        "UpdateItem": [
            lambda: ann.update_item(**of("bob", UpdateExpression="REMOVE secret")),
            lambda: ann.update_item(**of("bob", **opened, UpdateExpression="SET #o = secret")),
            lambda: ann.update_item(**of("bob", AttributeUpdates={"secret": {"Action": "DELETE"}})),
            lambda: ann.update_item(**of("bob", ReturnValues="ALL_NEW")),
            lambda: ann.update_item(**of("bob", **tested)),
        ],
        "DeleteItem": [
            lambda: ann.delete_item(**of("bob", **tested)),
            lambda: ann.delete_item(**of("bob", ReturnValues="ALL_OLD")),
        ],
        "BatchWriteItem": [lambda: batch_write(ann, put_of("new", open=1), put_of("newer", secret=1))],
        "ConditionCheckItem": [lambda: write_all(ann, {"ConditionCheck": of("bob", **tested)})],
    }
    all_denied(denied, refuses)
    assert get(ddb, pk="bob", sk=1)["secret"] == 2


# by resource and operation


def test_each_table_of_a_batch_or_a_transaction_is_asked_for(ddb, user, account, table, denied):
    other = make_table(ddb, "pk:S", name="other")
    ann = user(statement(account, READS + WRITES))
    own, others = {"Keys": [item(pk="ann", sk=1)]}, {"Keys": [item(pk="a")]}
    assert ann.batch_get_item(RequestItems={table: own})["Responses"]
    with denied("BatchGetItem", other):
        ann.batch_get_item(RequestItems={table: own, other: others})
    with denied("BatchWriteItem", other):
        ann.batch_write_item(RequestItems={table: [put_of("a")], other: [{"DeleteRequest": {"Key": item(pk="a")}}]})
    with denied("PutItem", other):
        write_all(ann, {"Put": {"TableName": other, "Item": item(pk="a")}})


@pytest.mark.usefixtures("table")
def test_a_table_does_not_stand_for_its_indexes(user, account, denied):
    ann = user(statement(account, ["Query", "Scan"]), statement(account, ["Scan"], "table/index/by-l"))
    assert query(ann, "bob")["Count"] == 2
    with denied("Query", "table/index/by-l"):
        query(ann, "bob", IndexName="by-l")
    assert ann.scan(TableName="table", IndexName="by-l")["Count"] == 4
    with denied("Scan", "table/index/by-owner"):
        ann.scan(TableName="table", IndexName="by-owner")


@pytest.mark.usefixtures("table")
def test_a_write_may_be_allowed_in_transactions_only(user, account, denied):
    enclosed = {"ForAnyValue:StringEquals": {"dynamodb:EnclosingOperation": ["TransactWriteItems"]}}
    ann = user(statement(account, ["PutItem"], condition=enclosed))
    write_all(ann, {"Put": {"TableName": "table", "Item": item(pk="ann", sk=9)}})
    with denied("PutItem"):
        ann.put_item(TableName="table", Item=item(pk="ann", sk=9))


@pytest.mark.usefixtures("table")
def test_capacity_may_be_asked_not_to_be_shown(user, account, denied):
    hidden = {"StringNotEqualsIfExists": {"dynamodb:ReturnConsumedCapacity": "INDEXES"}}
    ann = user(statement(account, [*READS, "PutItem"], condition=hidden))
    ann.get_item(**of("ann", ReturnConsumedCapacity="TOTAL"))
    with denied("GetItem"):
        ann.get_item(**of("ann", ReturnConsumedCapacity="INDEXES"))
    with denied("BatchGetItem"):
        ann.batch_get_item(RequestItems={"table": {"Keys": [item(pk="ann", sk=1)]}}, ReturnConsumedCapacity="INDEXES")
    with denied("PutItem"):
        write_all(ann, {"Put": {"TableName": "table", "Item": item(pk="ann", sk=9)}}, ReturnConsumedCapacity="INDEXES")


def test_a_request_that_is_not_well_formed_is_judged_all_the_same(user, account, table, denied):
    ann = user(statement(account, READS, condition=OWN))
    with refused("ValidationException", "The provided key element does not match the schema"):
        ann.get_item(TableName=table, Key={})
    with denied("GetItem"):
        ann.get_item(**of("bob", ProjectionExpression="!"))
    with denied("GetItem", "none"):
        ann.get_item(TableName="none", Key=item(pk="bob"))


# from other accounts


@pytest.mark.usefixtures("table")
def test_another_account_uses_a_table_by_its_arn_as_its_policy_allows(cloud, ddb, account):
    other_account, arn = cloud.new_account(), arn_of(account)
    other = cloud.session(other_account).client("dynamodb")
    call = {"TableName": arn, "Key": item(pk="ann", sk=1)}
    with pytest.raises(other.exceptions.ClientError, match="AccessDeniedException"):
        other.get_item(**call)
    own = {"ForAllValues:StringEquals": {"dynamodb:LeadingKeys": ["ann"]}}
    allowed = statement(account, ["GetItem", "BatchGetItem", "PutItem", "Query"], condition=own)
    allowed["Principal"] = {"AWS": f"arn:aws:iam::{other_account}:root"}
    ddb.put_resource_policy(ResourceArn=arn, Policy=document(allowed))
    assert unwire(other.get_item(**call)["Item"])["pk"] == "ann"
    answer = other.batch_get_item(RequestItems={arn: {"Keys": [call["Key"]]}})
    assert len(answer["Responses"][arn]) == 1
    assert query(other, "ann", TableName=arn)["Count"] == 2
    other.put_item(TableName=arn, Item=item(pk="ann", sk=8))
    assert get(ddb, pk="ann", sk=8) is not None
    with pytest.raises(other.exceptions.ClientError, match="AccessDeniedException"):
        other.get_item(TableName=arn, Key=item(pk="bob", sk=1))
    with pytest.raises(other.exceptions.ClientError, match="AccessDeniedException"):
        other.delete_item(**call)
