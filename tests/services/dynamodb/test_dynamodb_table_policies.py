"""Resource policies: PutResourcePolicy, GetResourcePolicy, DeleteResourcePolicy, and what they let others do."""

import json

import pytest
from botocore.exceptions import ClientError

from tests.services.dynamodb.table_calls import described, invalid, put, refused, table_request

MISMATCH = "The specified ExpectedRevisionId does not match the revision of the current policy"


def policy(*statements):
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def allow(who, action, resource, effect="Allow"):
    return {"Effect": effect, "Principal": {"AWS": who}, "Action": action, "Resource": resource}


@pytest.fixture
def table(create, ddb):
    """The ARN of a table `tab`."""
    create("tab", "pk:S", StreamSpecification={"StreamEnabled": True, "StreamViewType": "KEYS_ONLY"})
    return described(ddb, "tab")["TableArn"]


@pytest.fixture
def stranger(cloud):
    """The id of another account, and a client as its root user."""
    account = cloud.new_account()
    return account, cloud.session(account).client("dynamodb")


def set_policy(ddb, arn, text, **more):
    return ddb.put_resource_policy(ResourceArn=arn, Policy=text, **more)["RevisionId"]


# wrong input


def test_a_policy_is_well_formed(ddb, table):
    with refused("ValidationException", "Invalid policy document: Syntax errors in policy."):
        set_policy(ddb, table, "{")
    with refused("ValidationException", "Invalid policy document: Policy has invalid action"):
        set_policy(ddb, table, policy(allow("*", "s3:GetObject", table)))


def test_a_policy_has_20_kib_at_most(ddb, table):
    with invalid("Resource-based policy exceeds the maximum size of 20480 bytes"):
        set_policy(ddb, table, policy(allow("*", "dynamodb:GetItem", table)) + " " * 20_480)


@pytest.mark.parametrize("arn", ["tab", "arn:aws:s3:::bucket"])
def test_only_tables_and_streams_have_policies(ddb, arn):
    with refused("ValidationException", f"Invalid ResourceArn: {arn}"):
        ddb.get_resource_policy(ResourceArn=arn)


# wrong state


def test_what_is_not_there_has_no_policy(ddb, table):
    for arn in (f"{table}x", f"{table}/stream/2026-01-01T00:00:00.000", f"{table}/index/by_a"):
        with refused("ResourceNotFoundException", f"Requested resource not found: ResourcArn: {arn} not found"):
            ddb.get_resource_policy(ResourceArn=arn)


def test_a_table_without_a_policy_has_none_to_show(ddb, table):
    message = f"Resource-based policy not found for the provided ResourceArn: {table}"
    with refused("PolicyNotFoundException", message):
        ddb.get_resource_policy(ResourceArn=table)


def test_a_policy_is_changed_only_if_it_is_the_expected_one(ddb, table):
    first, second = (policy(allow("*", f"dynamodb:{name}", table)) for name in ("GetItem", "PutItem"))
    with refused("PolicyNotFoundException", MISMATCH):
        set_policy(ddb, table, first, ExpectedRevisionId="1")
    revision = set_policy(ddb, table, first, ExpectedRevisionId="NO_POLICY")
    with refused("PolicyNotFoundException", MISMATCH):
        set_policy(ddb, table, second, ExpectedRevisionId="NO_POLICY")
    newer = set_policy(ddb, table, second, ExpectedRevisionId=revision)
    with refused("PolicyNotFoundException", MISMATCH):
        ddb.delete_resource_policy(ResourceArn=table, ExpectedRevisionId=revision)
    assert ddb.get_resource_policy(ResourceArn=table)["RevisionId"] == newer


# behaviour


def test_a_policy_is_put_shown_and_taken_away(ddb, table):
    text = policy(allow("*", "dynamodb:GetItem", table))
    revision = set_policy(ddb, table, text)
    assert set_policy(ddb, table, text) == revision  # the same document is the same revision
    found = ddb.get_resource_policy(ResourceArn=table)
    assert (found["Policy"], found["RevisionId"]) == (text, revision)
    assert ddb.delete_resource_policy(ResourceArn=table)["RevisionId"] == revision
    assert "RevisionId" not in ddb.delete_resource_policy(ResourceArn=table)


def test_a_table_is_created_with_its_policy(ddb, account):
    arn = f"arn:aws:dynamodb:us-east-1:{account}:table/other"
    text = policy(allow("*", "dynamodb:GetItem", arn))
    ddb.create_table(**table_request("other", "pk:S", ResourcePolicy=text))
    assert ddb.get_resource_policy(ResourceArn=arn)["Policy"] == text


def test_a_policy_lets_another_account_in(ddb, table, stranger):
    account, theirs = stranger
    put(ddb, "tab", pk="1")
    key = {"TableName": table, "Key": {"pk": {"S": "1"}}}
    with pytest.raises(ClientError, match="AccessDeniedException"):
        theirs.get_item(**key)
    set_policy(ddb, table, policy(allow(account, "dynamodb:GetItem", table)))
    assert theirs.get_item(**key)["Item"] == {"pk": {"S": "1"}}
    with pytest.raises(ClientError, match="AccessDeniedException"):
        theirs.delete_item(**key)
    ddb.delete_resource_policy(ResourceArn=table)
    with pytest.raises(ClientError, match="AccessDeniedException"):
        theirs.get_item(**key)


def test_a_stream_has_a_policy_of_its_own(ddb, table, stranger, cloud):
    account, _ = stranger
    arn = described(ddb, "tab")["LatestStreamArn"]
    theirs = cloud.session(account).client("dynamodbstreams")
    with pytest.raises(ClientError, match="AccessDeniedException"):
        theirs.describe_stream(StreamArn=arn)
    set_policy(ddb, arn, policy(allow(account, "dynamodb:DescribeStream", arn)))
    assert theirs.describe_stream(StreamArn=arn)["StreamDescription"]["StreamArn"] == arn
    with refused("PolicyNotFoundException", f"Resource-based policy not found for the provided ResourceArn: {table}"):
        ddb.get_resource_policy(ResourceArn=table)


def test_the_root_user_is_never_locked_out(ddb, table, account):
    set_policy(ddb, table, policy(allow("*", "dynamodb:*", table, effect="Deny")))
    with pytest.raises(ClientError, match="explicit deny"):
        ddb.describe_table(TableName="tab")
    ddb.delete_resource_policy(ResourceArn=table)
    assert described(ddb, "tab")["TableArn"] == table


def test_nobody_locks_themselves_out_by_mistake(aws, ddb, table, cloud, account):
    iam = aws.client("iam")
    iam.create_user(UserName="u")
    everything = policy({"Effect": "Allow", "Action": "dynamodb:*", "Resource": "*"})
    iam.put_user_policy(UserName="u", PolicyName="p", PolicyDocument=everything)
    keys = iam.create_access_key(UserName="u")["AccessKey"]
    theirs = cloud.session_with(keys["AccessKeyId"], keys["SecretAccessKey"]).client("dynamodb")
    closed = policy(allow("*", "dynamodb:PutResourcePolicy", table, effect="Deny"))
    message = (
        "The new policy would remove your access to change the policy of this resource in the future. Set "
        "ConfirmRemoveSelfResourceAccess to true to confirm that you want that"
    )
    with refused("ValidationException", message):
        set_policy(theirs, table, closed)
    set_policy(theirs, table, closed, ConfirmRemoveSelfResourceAccess=True)
    with pytest.raises(ClientError, match="explicit deny"):
        set_policy(theirs, table, closed)
    set_policy(ddb, table, policy(allow("*", "dynamodb:GetItem", table)))


def test_tags_and_a_policy_need_leave_of_their_own(aws, cloud, account):
    iam = aws.client("iam")
    iam.create_user(UserName="u")
    creates = policy({"Effect": "Allow", "Action": "dynamodb:CreateTable", "Resource": "*"})
    iam.put_user_policy(UserName="u", PolicyName="p", PolicyDocument=creates)
    keys = iam.create_access_key(UserName="u")["AccessKey"]
    theirs = cloud.session_with(keys["AccessKeyId"], keys["SecretAccessKey"]).client("dynamodb")
    arn = f"arn:aws:dynamodb:us-east-1:{account}:table/tab"
    with pytest.raises(ClientError, match="dynamodb:TagResource"):
        theirs.create_table(**table_request("tab", "pk:S", Tags=[{"Key": "a", "Value": "1"}]))
    text = policy(allow("*", "dynamodb:GetItem", arn))
    with pytest.raises(ClientError, match="dynamodb:PutResourcePolicy"):
        theirs.create_table(**table_request("tab", "pk:S", ResourcePolicy=text))
    theirs.create_table(**table_request("tab", "pk:S"))
