"""From logins to identities to credentials, and what the credentials are good for."""

from __future__ import annotations

import boto3
import pytest
from botocore import UNSIGNED
from botocore.config import Config

from cloudchamber.console.views import body
from cloudchamber.identity import jwt
from tests.services.cognito_identity.identity_calls import (
    BAD_CONFIGURATION,
    COGNITO,
    CONFLICT,
    NO_MATCH,
    WEB_IDENTITY,
    forbidden,
    trusting,
)
from tests.services.sts.sts_calls import EVERYTHING, document, refusal

OWN_PREFIX = {
    "Effect": "Allow",
    "Action": ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"],
    "Resource": f"arn:aws:s3:::home-${{account}}/${{{COGNITO}:sub}}/*",
}
OWN_LIST = {
    "Effect": "Allow",
    "Action": "s3:ListBucket",
    "Resource": "*",
    "Condition": {"StringLike": {"s3:prefix": f"${{{COGNITO}:sub}}/*"}},
}
OWN_ITEMS = {
    "Effect": "Allow",
    "Action": [
        "dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:DeleteItem", "dynamodb:Query",
        "dynamodb:BatchGetItem", "dynamodb:BatchWriteItem",
    ],
    "Resource": "*",
    "Condition": {"ForAllValues:StringEquals": {"dynamodb:LeadingKeys": [f"${{{COGNITO}:sub}}"]}},
}  # fmt: skip


@pytest.fixture
def sts(cloud):
    """STS without credentials."""
    config = Config(signature_version=UNSIGNED, retries={"max_attempts": 0})
    return boto3.client("sts", region_name="us-east-1", endpoint_url=cloud.endpoint, config=config)


def amr_of(token):
    return jwt.read(token).claims["amr"]


# identities


def test_a_pool_that_is_not_there_is_not_found(anyone):
    pool = "us-east-1:00000000-0000-0000-0000-000000000000"
    assert refusal(anyone.get_id, IdentityPoolId=pool) == (
        "ResourceNotFoundException",
        f"IdentityPool '{pool}' not found.",
    )
    assert refusal(anyone.get_credentials_for_identity, IdentityId=pool) == (
        "ResourceNotFoundException",
        f"Identity '{pool}' not found.",
    )


def test_a_pool_of_another_account_than_named_is_not_found(federation):
    code, _ = refusal(federation.anyone.get_id, IdentityPoolId=federation.pool, AccountId="123456789012")
    assert code == "ResourceNotFoundException"
    assert federation.id(AccountId=federation.actors.account)


def test_each_guest_is_somebody_new(federation):
    one, other = federation.id(), federation.id()
    assert one != other
    assert one.startswith("us-east-1:")


def test_a_pool_without_guests_takes_none(federation):
    guest = federation.id()
    federation.update(AllowUnauthenticatedIdentities=False)
    none = ("NotAuthorizedException", "Unauthenticated access is not supported for this identity pool.")
    assert refusal(federation.anyone.get_id, IdentityPoolId=federation.pool) == none
    assert federation.refused(guest) == none


def test_a_user_is_the_same_at_each_sign_in(federation):
    assert federation.user("ann") == federation.user("ann")
    assert federation.user("ann") != federation.user("bob")


def test_a_guest_who_signs_in_keeps_the_identity(federation):
    federation.with_roles()
    guest = federation.id()
    assert federation.credentials(guest, Logins=federation.logins("ann"))["IdentityId"] == guest
    assert federation.user("ann") == guest
    assert federation.refused(guest) == forbidden(guest)
    described = federation.identity.describe_identity(IdentityId=guest)
    assert described["Logins"] == [federation.name]


def test_a_guest_who_signs_in_as_somebody_known_becomes_them(federation):
    federation.with_roles()
    ann, guest = federation.user("ann"), federation.id()
    assert federation.credentials(guest, Logins=federation.logins("ann"))["IdentityId"] == ann
    assert federation.refused(guest) == forbidden(guest)
    listed = federation.identity.list_identities(IdentityPoolId=federation.pool, MaxResults=60)["Identities"]
    shown = federation.identity.list_identities(IdentityPoolId=federation.pool, MaxResults=60, HideDisabled=True)
    assert {one["IdentityId"] for one in listed} == {ann, guest}
    assert [one["IdentityId"] for one in shown["Identities"]] == [ann]


def test_somebody_elses_login_does_not_open_an_identity(federation):
    federation.with_roles()
    ann = federation.user("ann")
    assert federation.refused(ann) == forbidden(ann)
    assert federation.refused(ann, Logins=federation.logins("bob")) == NO_MATCH


def test_an_identity_without_its_last_login_is_nobodys(federation, anyone):
    ann = federation.user("ann")
    anyone.unlink_identity(IdentityId=ann, Logins=federation.logins(), LoginsToRemove=[federation.name])
    assert federation.refused(ann) == forbidden(ann)
    assert federation.refused(ann, Logins=federation.logins()) == NO_MATCH
    assert federation.user("ann") != ann


def test_only_who_has_a_login_may_unlink_it(federation, anyone):
    ann = federation.user("ann")
    federation.user("bob")
    asked = {"IdentityId": ann, "LoginsToRemove": [federation.name]}
    assert refusal(anyone.unlink_identity, Logins=federation.logins("bob"), **asked) == NO_MATCH
    assert federation.user("ann") == ann


# credentials


def test_a_pool_without_roles_gives_no_credentials(federation):
    assert federation.refused(federation.id()) == BAD_CONFIGURATION
    assert federation.refused(federation.user(), Logins=federation.logins()) == BAD_CONFIGURATION


@pytest.mark.parametrize("kind", ["unauthenticated", "authenticated"])
def test_a_role_has_to_trust_the_pool_and_the_kind_of_identity(federation, kind):
    guest, ann = federation.id(), federation.user()
    role = federation.actors.role("r", trusting(federation.pool, kind), EVERYTHING)
    roles = {"authenticated": role, "unauthenticated": role}
    federation.identity.set_identity_pool_roles(IdentityPoolId=federation.pool, Roles=roles)
    if kind == "authenticated":
        assert federation.refused(guest) == BAD_CONFIGURATION
        federation.session(ann, Logins=federation.logins()).client("sts").get_caller_identity()
    else:
        assert federation.refused(ann, Logins=federation.logins()) == BAD_CONFIGURATION
        federation.session(guest).client("sts").get_caller_identity()


def test_a_role_that_trusts_another_pool_is_not_given(federation):
    role = federation.actors.role("r", trusting("us-east-1:another", "unauthenticated"), EVERYTHING)
    federation.identity.set_identity_pool_roles(IdentityPoolId=federation.pool, Roles={"unauthenticated": role})
    assert federation.refused(federation.id()) == BAD_CONFIGURATION


def test_credentials_are_a_session_of_the_role_for_an_hour(federation, frozen_clock):
    federation.with_roles()
    given = federation.credentials(federation.user(), Logins=federation.logins())["Credentials"]
    assert given["Expiration"].timestamp() == int(frozen_clock.now()) + 3600
    session = federation.actors.cloud.session_with(given["AccessKeyId"], given["SecretKey"], given["SessionToken"])
    account = federation.actors.account
    assert session.client("sts").get_caller_identity()["Arn"] == (
        f"arn:aws:sts::{account}:assumed-role/users/CognitoIdentityCredentials"
    )
    frozen_clock.advance(3601)
    assert refusal(session.client("sqs").list_queues)[0] == "ExpiredToken"


def test_two_users_have_each_their_own_prefix_and_items(federation):
    account = federation.actors.account
    bucket = f"home-{account}"
    prefix = {**OWN_PREFIX, "Resource": OWN_PREFIX["Resource"].replace("${account}", account)}
    federation.with_roles(users=prefix)
    for number, statement in enumerate((OWN_LIST, OWN_ITEMS)):
        federation.actors.iam.put_role_policy(
            RoleName="users", PolicyName=str(number), PolicyDocument=document(statement)
        )
    federation.actors.root.client("s3").create_bucket(Bucket=bucket)
    federation.actors.root.client("dynamodb").create_table(
        TableName="things", BillingMode="PAY_PER_REQUEST", KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
    )  # fmt: skip
    users = {name: federation.user(name) for name in ("ann", "bob")}
    for name, mine in users.items():
        other = users["bob" if name == "ann" else "ann"]
        session = federation.session(mine, Logins=federation.logins(name))
        s3, dynamodb = session.client("s3"), session.client("dynamodb")

        def on(key, s3=s3):
            where = {"Bucket": bucket, "Key": f"{key}/note"}
            return [
                (s3.put_object, {**where, "Body": b"x"}),
                (s3.get_object, where),
                (s3.head_object, where),
                (s3.list_objects_v2, {"Bucket": bucket, "Prefix": f"{key}/"}),
                (s3.delete_object, where),
            ]

        def items(key, dynamodb=dynamodb):
            item = {"pk": {"S": key}}
            own = {"TableName": "things", "Key": item}
            return [
                (dynamodb.put_item, {"TableName": "things", "Item": item}),
                (dynamodb.get_item, own),
                (dynamodb.update_item, {**own, "AttributeUpdates": {"a": {"Value": {"S": "x"}}}}),
                (dynamodb.query, {"TableName": "things", "KeyConditionExpression": "pk = :p",
                                  "ExpressionAttributeValues": {":p": {"S": key}}}),
                (dynamodb.batch_get_item, {"RequestItems": {"things": {"Keys": [item]}}}),
                (dynamodb.batch_write_item, {"RequestItems": {"things": [{"DeleteRequest": {"Key": item}}]}}),
                (dynamodb.delete_item, own),
            ]  # fmt: skip

        for call, parameters in on(mine) + items(mine):
            call(**parameters)
        for call, parameters in on(other) + items(other):
            assert refusal(call, **parameters)[0] in ("AccessDenied", "AccessDeniedException", "403"), call
        assert refusal(s3.list_objects_v2, Bucket=bucket)[0] == "AccessDenied"
        assert refusal(dynamodb.scan, TableName="things")[0] == "AccessDeniedException"
        assert refusal(session.client("sqs").list_queues)[0] == "AccessDenied"


@pytest.mark.parametrize(
    ("operator", "key", "wanted", "is_allowed"),
    [
        ("StringEquals", "aud", "POOL", True),
        ("StringEquals", "aud", "another", False),
        ("ForAnyValue:StringEquals", "amr", "authenticated", True),
        ("ForAnyValue:StringEquals", "amr", "unauthenticated", False),
        ("ForAnyValue:StringLike", "amr", "*:OIDC:ann", True),
        ("StringEquals", "sub", "another", False),
    ],
)
def test_policies_of_later_calls_see_how_the_user_signed_in(federation, operator, key, wanted, is_allowed):
    condition = {operator: {f"{COGNITO}:{key}": wanted.replace("POOL", federation.pool)}}
    federation.with_roles(users={**EVERYTHING, "Condition": condition})
    sqs = federation.session(federation.user(), Logins=federation.logins()).client("sqs")
    if is_allowed:
        assert "QueueUrls" not in sqs.list_queues()
    else:
        assert refusal(sqs.list_queues)[0] == "AccessDenied"


def test_guests_get_the_guests_role_and_no_more_than_guests_may(federation):
    federation.with_roles()
    session = federation.session(federation.id())
    assert ":assumed-role/guests/" in session.client("sts").get_caller_identity()["Arn"]
    assert "Buckets" in session.client("s3").list_buckets()
    for service, operation in (("iam", "list_users"), ("secretsmanager", "list_secrets"), ("kms", "list_keys")):
        code, message = refusal(getattr(session.client(service), operation))
        assert code.startswith("AccessDenied")
        assert "no session policy allows" in message
    assert federation.refused(federation.id(), CustomRoleArn="arn:aws:iam::123456789012:role/users")[0] == (
        "NotAuthorizedException"
    )


# the basic flow


def test_the_basic_flow_goes_through_sts(federation, sts, frozen_clock):
    federation.with_roles()
    ann = federation.user()
    given = federation.anyone.get_open_id_token(IdentityId=ann, Logins=federation.logins())
    claims = jwt.read(given["Token"]).claims
    assert claims["sub"] == given["IdentityId"] == ann
    assert (claims["iss"], claims["aud"]) == (f"https://{COGNITO}", federation.pool)
    assert claims["exp"] - claims["iat"] == 600
    assert claims["amr"] == ["authenticated", federation.name, f"{federation.provider_arn}:OIDC:ann"]
    role = f"arn:aws:iam::{federation.actors.account}:role/users"
    asked = {"RoleArn": role, "RoleSessionName": "app", "WebIdentityToken": given["Token"]}
    answer = sts.assume_role_with_web_identity(**asked)
    assert (answer["Provider"], answer["Audience"]) == (COGNITO, federation.pool)
    assert answer["SubjectFromWebIdentityToken"] == ann
    # Nothing limits what a session of the basic flow may but its role.
    assert "Users" in federation.actors.as_session(answer).client("iam").list_users()
    guest = federation.anyone.get_open_id_token(IdentityId=federation.id())
    assert amr_of(guest["Token"]) == ["unauthenticated"]
    assert refusal(sts.assume_role_with_web_identity, **{**asked, "WebIdentityToken": guest["Token"]}) == (
        "AccessDenied",
        f"Not authorized to perform {WEB_IDENTITY}",
    )
    frozen_clock.advance(601)
    assert refusal(sts.assume_role_with_web_identity, **asked)[0] == "ExpiredTokenException"


def test_the_basic_flow_can_be_switched_off(federation, anyone):
    ann = federation.user()
    federation.update(AllowClassicFlow=False)
    assert refusal(anyone.get_open_id_token, IdentityId=ann, Logins=federation.logins()) == (
        "InvalidParameterException",
        "Basic (classic) flow is not enabled, please use enhanced flow.",
    )


def test_the_basic_flow_knows_no_role_mappings(federation, anyone):
    federation.with_roles(**{federation.name: {"Type": "Token", "AmbiguousRoleResolution": "Deny"}})
    assert refusal(anyone.get_open_id_token, IdentityId=federation.id()) == (
        "InvalidParameterException",
        "Basic (classic) flow is not supported with RoleMappings, please use enhanced flow.",
    )


def test_a_second_user_of_the_same_provider_is_not_linked(federation):
    federation.with_roles()
    federation.user("ann")
    token = federation.identity.get_open_id_token_for_developer_identity
    dev = token(IdentityPoolId=federation.pool, Logins={"login.mycompany": "dev"})["IdentityId"]
    asked = {"IdentityPoolId": federation.pool, "IdentityId": dev}
    assert refusal(token, Logins={"login.mycompany": "dev", **federation.logins("ann")}, **asked) == CONFLICT


# strangers


def test_a_stranger_who_guesses_learns_nothing(federation):
    federation.with_roles()
    ann = federation.user("ann")
    rest = ann.partition(":")[2]
    seen = set()
    for number in range(500):
        guess = f"us-east-1:{number:08x}{rest[8:]}"
        seen.add(federation.refused(guess)[0])
        seen.add(federation.refused(ann, Logins={federation.name: f"e30.e30.{number}"})[0])
    assert seen == {"ResourceNotFoundException", "NotAuthorizedException"}
    stranger = federation.actors.cloud.session().client("cognito-identity")
    assert refusal(stranger.describe_identity, IdentityId=ann)[0] == "ResourceNotFoundException"
    assert refusal(stranger.describe_identity_pool, IdentityPoolId=federation.pool)[0] == "ResourceNotFoundException"
    stranger.delete_identities(IdentityIdsToDelete=[ann])
    assert federation.user("ann") == ann


def test_tokens_and_credentials_stand_in_no_trace(federation):
    federation.with_roles()
    logins = federation.logins()
    given = federation.credentials(federation.user(), Logins=logins)["Credentials"]
    cloud = federation.actors.cloud

    def shown(running):
        for span in running.traces.latest(lambda span: span.account == federation.actors.account):
            model = running.registry.get(span.service).model
            known = span.operation in model.operation_names
            of = model.operation(span.operation) if known else None
            yield body(span.input, of.input if of else None), body(span.output, of.output if of else None)

    text = str(cloud.look(lambda running: list(shown(running))))
    assert federation.pool in text
    for secret in (given["SecretKey"], given["SessionToken"], *logins.values()):
        assert secret not in text
