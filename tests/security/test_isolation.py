"""Two users of one app, one bucket and one table: each reaches what is theirs, by whatever operation, and nothing else.

The app's role names its users by policy variables only (`cognito-identity.amazonaws.com:sub`), as AWS's guides have it:
a folder of the bucket, the leading keys of the table. A stranger has the pool's public ids and nothing more.
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_examples_s3_cognito-bucket.html
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_examples_dynamodb_items.html
"""

from __future__ import annotations

import json
import random
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import boto3
import httpx
import pytest
from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import ClientError

from tests.security.attacks import code_of, refusal
from tests.services.cognito_identity.identity_calls import trusting
from tests.services.cognito_idp.user_pool_calls import PASSWORD

if TYPE_CHECKING:
    from collections.abc import Callable

    from cloudchamber.testing.cloud import RunningCloud
    from tests.planes.rest.rest_calls import Account

SUB = "${cognito-identity.amazonaws.com:sub}"
SECRET = "s3cret-of-"  # what must not leak, before the name of whose it is
BUCKET, TABLE = "of-the-app", "notes"
ONCE = Config(retries={"total_max_attempts": 1}, parameter_validation=False)
STRANGERS_TRIES = 1000


@dataclass
class Person:
    name: str
    id: str
    s3: Any
    dynamodb: Any

    def key(self, name: str = "diary") -> str:
        return f"users/{self.id}/{name}"


def role_policy(account: str) -> str:
    table = f"arn:aws:dynamodb:us-east-1:{account}:table/{TABLE}"
    mine = f"arn:aws:s3:::{BUCKET}/users/{SUB}"
    statements = [
        {"Effect": "Allow", "Action": ["s3:ListBucket", "s3:ListBucketVersions"], "Resource": f"arn:aws:s3:::{BUCKET}",
         "Condition": {"StringLike": {"s3:prefix": [f"users/{SUB}", f"users/{SUB}/*"]}}},
        {"Effect": "Allow", "Action": "s3:*Object*", "Resource": [mine, f"{mine}/*"]},
        {"Effect": "Allow", "Action": ["s3:AbortMultipartUpload", "s3:ListMultipartUploadParts"],
         "Resource": f"{mine}/*"},
        {"Effect": "Allow", "Action": "dynamodb:*", "Resource": [table, f"{table}/index/*"],
         "Condition": {"ForAllValues:StringEquals": {"dynamodb:LeadingKeys": [SUB]},
                       "Null": {"dynamodb:LeadingKeys": "false"}}},
    ]  # fmt: skip
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


@dataclass
class World:
    cloud: RunningCloud
    owner: Account
    identity_pool: str
    user_pool: str
    client: str
    ann: Person
    bob: Person


@pytest.fixture(scope="module")
def world(cloud: RunningCloud, owner: Account) -> World:
    idp, identity, iam = owner.client("cognito-idp"), owner.client("cognito-identity"), owner.client("iam")
    pool = idp.create_user_pool(PoolName="people")["UserPool"]["Id"]
    client = idp.create_user_pool_client(
        UserPoolId=pool, ClientName="app", ExplicitAuthFlows=["ALLOW_USER_PASSWORD_AUTH"],
        PreventUserExistenceErrors="ENABLED",
    )["UserPoolClient"]["ClientId"]  # fmt: skip
    provider = f"cognito-idp.us-east-1.amazonaws.com/{pool}"
    crowd = identity.create_identity_pool(
        IdentityPoolName="p", AllowUnauthenticatedIdentities=True, AllowClassicFlow=True,
        CognitoIdentityProviders=[{"ProviderName": provider, "ClientId": client}],
    )["IdentityPoolId"]  # fmt: skip
    roles = {}
    for kind, policy in (("authenticated", role_policy(owner.id)), ("unauthenticated", role_policy(owner.id))):
        made = iam.create_role(RoleName=kind, AssumeRolePolicyDocument=trusting(crowd, kind))["Role"]["Arn"]
        iam.put_role_policy(RoleName=kind, PolicyName="p", PolicyDocument=policy)
        roles[kind] = made
    identity.set_identity_pool_roles(IdentityPoolId=crowd, Roles=roles)
    owner.client("s3").create_bucket(Bucket=BUCKET)
    owner.client("s3").put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
    keys = [{"AttributeName": "owner", "KeyType": "HASH"}, {"AttributeName": "id", "KeyType": "RANGE"}]
    index = {"IndexName": "by-topic", "Projection": {"ProjectionType": "ALL"},
             "KeySchema": [{"AttributeName": "topic", "KeyType": "HASH"}]}  # fmt: skip
    owner.client("dynamodb").create_table(
        TableName=TABLE, KeySchema=keys, BillingMode="PAY_PER_REQUEST", GlobalSecondaryIndexes=[index],
        AttributeDefinitions=[{"AttributeName": n, "AttributeType": "S"} for n in ("owner", "id", "topic")],
    )  # fmt: skip

    def person(name: str) -> Person:
        idp.admin_create_user(UserPoolId=pool, Username=name, MessageAction="SUPPRESS")
        idp.admin_set_user_password(UserPoolId=pool, Username=name, Password=PASSWORD, Permanent=True)
        token = idp.initiate_auth(
            ClientId=client, AuthFlow="USER_PASSWORD_AUTH",
            AuthParameters={"USERNAME": name, "PASSWORD": PASSWORD},
        )["AuthenticationResult"]["IdToken"]  # fmt: skip
        logins = {provider: token}
        own = identity.get_id(IdentityPoolId=crowd, Logins=logins)["IdentityId"]
        given = identity.get_credentials_for_identity(IdentityId=own, Logins=logins)["Credentials"]
        session = cloud.session_with(given["AccessKeyId"], given["SecretKey"], given["SessionToken"])
        found = Person(name, own, session.client("s3", config=ONCE), session.client("dynamodb", config=ONCE))
        found.s3.put_object(Bucket=BUCKET, Key=found.key(), Body=f"{SECRET}{name}".encode())
        found.dynamodb.put_item(TableName=TABLE, Item=item(own, f"{SECRET}{name}"))
        return found

    return World(cloud, owner, crowd, pool, client, person("ann"), person("bob"))


def item(owner: str, text: str, number: str = "1") -> dict[str, Any]:
    return {"owner": {"S": owner}, "id": {"S": number}, "topic": {"S": "love"}, "text": {"S": text}}


def denied(name: str, call: Callable[[], Any]) -> None:
    """Refused for lack of permission, and for nothing else: a mistake in the call would prove nothing."""
    error = refusal(call)
    assert code_of(error) in ("AccessDenied", "AccessDeniedException", "403"), (name, error)
    assert SECRET not in str(error), name


# the bucket


def s3_calls(me: Person, of: str, version: str) -> dict[str, Callable[[], Any]]:
    """Operations by `me` on the key `of`."""
    s3, place = me.s3, {"Bucket": BUCKET, "Key": of}
    source = {"Bucket": BUCKET, "Key": of}
    own = {"Bucket": BUCKET, "Key": me.key("copy")}
    tags = {"TagSet": [{"Key": "a", "Value": "b"}]}
    upload = {**place, "UploadId": "x"}
    return {
        "get": lambda: s3.get_object(**place),
        "get a version": lambda: s3.get_object(**place, VersionId=version),
        "get a part": lambda: s3.get_object(**place, Range="bytes=0-3"),
        "head": lambda: s3.head_object(**place),
        "attributes": lambda: s3.get_object_attributes(**place, ObjectAttributes=["ETag", "ObjectSize"]),
        "put": lambda: s3.put_object(**place, Body=b"x"),
        "delete": lambda: s3.delete_object(**place),
        "delete a version": lambda: s3.delete_object(**place, VersionId=version),
        "copy from": lambda: s3.copy_object(**own, CopySource=source),
        "copy a version": lambda: s3.copy_object(**own, CopySource={**source, "VersionId": version}),
        "copy onto": lambda: s3.copy_object(**place, CopySource={"Bucket": BUCKET, "Key": me.key()}),
        "multipart": lambda: s3.create_multipart_upload(**place),
        "upload a part": lambda: s3.upload_part(**upload, PartNumber=1, Body=b"x"),
        "complete": lambda: s3.complete_multipart_upload(
            **upload, MultipartUpload={"Parts": [{"PartNumber": 1, "ETag": "x"}]}
        ),
        "abort": lambda: s3.abort_multipart_upload(**upload),
        "parts": lambda: s3.list_parts(**upload),
        "tags": lambda: s3.get_object_tagging(**place),
        "tag": lambda: s3.put_object_tagging(**place, Tagging=tags),
        "untag": lambda: s3.delete_object_tagging(**place),
        "acl": lambda: s3.get_object_acl(**place),
        "list": lambda: s3.list_objects_v2(Bucket=BUCKET, Prefix=of.rpartition("/")[0] + "/"),
        "list the old way": lambda: s3.list_objects(Bucket=BUCKET, Prefix=of.rpartition("/")[0] + "/"),
        "list versions": lambda: s3.list_object_versions(Bucket=BUCKET, Prefix=of.rpartition("/")[0] + "/"),
    }


# Of an upload that there is not, which an owner is told and nobody else.
_NO_UPLOAD = {"upload a part", "complete", "abort", "parts"}


def test_in_the_bucket_each_has_their_own_folder_whatever_the_operation(world: World):
    ann, bob = world.ann, world.bob
    theirs = ann.s3.get_object(Bucket=BUCKET, Key=ann.key())["VersionId"]
    for name, call in s3_calls(bob, ann.key(), theirs).items():
        denied(name, call)
    own = bob.s3.put_object(Bucket=BUCKET, Key=bob.key("more"), Body=b"x")["VersionId"]
    for name, call in s3_calls(bob, bob.key("more"), own).items():  # the same calls are allowed on what is theirs
        if name.startswith("delete") or name == "copy onto":
            continue
        assert code_of(refusal(call)) == ("NoSuchUpload" if name in _NO_UPLOAD else ""), name
    assert ann.s3.get_object(Bucket=BUCKET, Key=ann.key())["Body"].read() == f"{SECRET}ann".encode()


def test_in_the_bucket_there_is_no_way_round(world: World):
    ann, bob = world.ann, world.bob
    batch = bob.s3.delete_objects(Bucket=BUCKET, Delete={"Objects": [{"Key": ann.key()}, {"Key": bob.key("gone")}]})
    assert [(one["Key"], one["Code"]) for one in batch["Errors"]] == [(ann.key(), "AccessDenied")]
    upload = {"Bucket": BUCKET, "Key": bob.key("parts")}
    made = bob.s3.create_multipart_upload(**upload)["UploadId"]
    source = {"Bucket": BUCKET, "Key": ann.key()}
    denied("part copy", lambda: bob.s3.upload_part_copy(**upload, UploadId=made, PartNumber=1, CopySource=source))
    hers = ann.s3.create_multipart_upload(Bucket=BUCKET, Key=ann.key("parts"))["UploadId"]
    with pytest.raises(ClientError) as caught:  # the id of her upload under a key of his
        bob.s3.upload_part(**upload, UploadId=hers, PartNumber=1, Body=b"x")
    assert caught.value.response["Error"]["Code"] == "NoSuchUpload"
    for prefix in ("", "users/", f"users/{ann.id}", f"users/{bob.id}/../{ann.id}/", f"users/{bob.id[:-1]}"):
        if not prefix.startswith(f"users/{bob.id}/"):
            denied(prefix, lambda p=prefix: bob.s3.list_objects_v2(Bucket=BUCKET, Prefix=p))  # type: ignore[misc]
        else:
            assert "Contents" not in bob.s3.list_objects_v2(Bucket=BUCKET, Prefix=prefix)
    denied("uploads", lambda: bob.s3.list_multipart_uploads(Bucket=BUCKET))
    for trick in (f"users/{bob.id}/../{ann.id}/diary", f"users/{bob.id}%2f..%2f{ann.id}/diary"):
        try:
            found = bob.s3.get_object(Bucket=BUCKET, Key=trick)["Body"].read()
        except ClientError:
            continue
        assert SECRET.encode() not in found
    url = ann.s3.generate_presigned_url("get_object", Params={"Bucket": BUCKET, "Key": ann.key()})
    assert httpx.get(url).text == f"{SECRET}ann"
    assert httpx.get(url.replace("diary", "other")).status_code == 403
    assert httpx.get(url.replace(ann.id[10:], bob.id[10:])).status_code == 403
    assert httpx.get(url.partition("?")[0]).status_code == 403


# the table


def dynamodb_calls(me: Person, of: str) -> dict[str, Callable[[], Any]]:
    """Operations by `me` on items of the identity `of`."""
    db, key = me.dynamodb, {"owner": {"S": of}, "id": {"S": "1"}}
    own = {"owner": {"S": me.id}, "id": {"S": "1"}}
    other = {"owner": {"S": of}, "id": {"S": "9"}}
    sql = {"get": f"""SELECT * FROM "{TABLE}" WHERE "owner" = '{of}'""",
           "in": f"""SELECT * FROM "{TABLE}" WHERE "owner" IN ['{me.id}', '{of}']""",
           "or": f"""SELECT * FROM "{TABLE}" WHERE "owner" = '{me.id}' OR "owner" = '{of}'""",
           "insert": f"""INSERT INTO "{TABLE}" VALUE {{'owner': '{of}', 'id': '8'}}""",
           "update": f"""UPDATE "{TABLE}" SET "text" = 'x' WHERE "owner" = '{of}' AND "id" = '1'""",
           "delete": f"""DELETE FROM "{TABLE}" WHERE "owner" = '{of}' AND "id" = '9'"""}  # fmt: skip
    return {
        "get": lambda: db.get_item(TableName=TABLE, Key=key),
        "put": lambda: db.put_item(TableName=TABLE, Item={**other, "text": {"S": "x"}}),
        "update": lambda: db.update_item(
            TableName=TABLE, Key=key, UpdateExpression="SET seen = :x", ExpressionAttributeValues={":x": {"S": "y"}},
            ReturnValues="ALL_OLD",
        ),
        "delete": lambda: db.delete_item(TableName=TABLE, Key=other, ReturnValues="ALL_OLD"),
        "query": lambda: db.query(
            TableName=TABLE, KeyConditionExpression="#o = :o", ExpressionAttributeNames={"#o": "owner"},
            ExpressionAttributeValues={":o": {"S": of}},
        ),
        "query the old way": lambda: db.query(TableName=TABLE, KeyConditions={
            "owner": {"ComparisonOperator": "EQ", "AttributeValueList": [{"S": of}]}}),
        "batch get": lambda: db.batch_get_item(RequestItems={TABLE: {"Keys": [own, other]}}),
        "batch write": lambda: db.batch_write_item(RequestItems={TABLE: [
            {"PutRequest": {"Item": item(me.id, "x", "5")}}, {"DeleteRequest": {"Key": other}}]}),
        "transact get": lambda: db.transact_get_items(TransactItems=[
            {"Get": {"TableName": TABLE, "Key": own}}, {"Get": {"TableName": TABLE, "Key": other}}]),
        "transact write": lambda: db.transact_write_items(TransactItems=[
            {"Put": {"TableName": TABLE, "Item": item(me.id, "x", "5")}},
            {"Delete": {"TableName": TABLE, "Key": other}}]),
        "transact check": lambda: db.transact_write_items(TransactItems=[
            {"Put": {"TableName": TABLE, "Item": item(me.id, "x", "5")}},
            {"ConditionCheck": {"TableName": TABLE, "Key": other, "ConditionExpression": "attribute_not_exists(z)"}}]),
        **{f"partiql {name}": (lambda text=text: db.execute_statement(Statement=text)) for name, text in sql.items()},
        "partiql batch": lambda: db.batch_execute_statement(Statements=[
            {"Statement": f"""SELECT * FROM "{TABLE}" WHERE "owner" = '{of}' AND "id" = '1'"""}]),
        "partiql transaction": lambda: db.execute_transaction(TransactStatements=[{"Statement": sql["update"]}]),
    }  # fmt: skip


# Over all of the table, or by an index whose key is not the owner: nobody's, as the role has it.
def everyones(me: Person) -> dict[str, Callable[[], Any]]:
    db = me.dynamodb
    love = {":t": {"S": "love"}}
    return {
        "scan": lambda: db.scan(TableName=TABLE),
        "scan with a filter": lambda: db.scan(
            TableName=TABLE, FilterExpression="#o = :o", ExpressionAttributeNames={"#o": "owner"},
            ExpressionAttributeValues={":o": {"S": me.id}},
        ),
        "scan an index": lambda: db.scan(TableName=TABLE, IndexName="by-topic"),
        "query an index": lambda: db.query(
            TableName=TABLE, IndexName="by-topic", KeyConditionExpression="topic = :t",
            ExpressionAttributeValues=love,
        ),
        "partiql all": lambda: db.execute_statement(Statement=f'SELECT * FROM "{TABLE}"'),
        "partiql other attribute": lambda: db.execute_statement(
            Statement=f"""SELECT * FROM "{TABLE}" WHERE "topic" = 'love'"""
        ),
        "partiql index": lambda: db.execute_statement(
            Statement=f"""SELECT * FROM "{TABLE}"."by-topic" WHERE "topic" = 'love'"""
        ),
        "partiql not": lambda: db.execute_statement(
            Statement=f"""SELECT * FROM "{TABLE}" WHERE NOT "owner" = '{me.id}'"""
        ),
    }  # fmt: skip


def test_in_the_table_each_has_their_own_items_whatever_the_operation(world: World):
    ann, bob = world.ann, world.bob
    for name, call in dynamodb_calls(bob, ann.id).items():
        denied(name, call)
    for name, call in everyones(bob).items():
        denied(name, call)
    bob.dynamodb.put_item(TableName=TABLE, Item=item(bob.id, "x", "9"))
    for call in dynamodb_calls(bob, bob.id).values():  # the same calls are allowed on what is theirs
        assert code_of(refusal(call)) in ("", "ValidationException")  # one item twice in a request
    found = ann.dynamodb.get_item(TableName=TABLE, Key={"owner": {"S": ann.id}, "id": {"S": "1"}})["Item"]
    assert found == item(ann.id, f"{SECRET}ann")


# strangers


def test_a_thousand_tries_of_a_stranger_leak_nothing(world: World):
    """Without credentials, as a guest, with credentials of another account, and with half of somebody's."""
    nobody = Config(signature_version=UNSIGNED, retries={"total_max_attempts": 1}, parameter_validation=False)
    endpoint = world.cloud.endpoint
    public: dict[str, Any] = {
        name: boto3.client(name, region_name="us-east-1", endpoint_url=endpoint, config=nobody)
        for name in ("s3", "dynamodb", "cognito-identity", "cognito-idp")
    }
    own = public["cognito-identity"].get_id(IdentityPoolId=world.identity_pool)["IdentityId"]
    given = public["cognito-identity"].get_credentials_for_identity(IdentityId=own)["Credentials"]
    guest = world.cloud.session_with(given["AccessKeyId"], given["SecretKey"], given["SessionToken"])
    forged = world.cloud.session_with(given["AccessKeyId"], given["SecretKey"], given["SessionToken"][:-4] + "AAAA")
    foreign = world.cloud.session(world.cloud.new_account())
    people = [
        Person("stranger", who, session.client("s3", config=ONCE), session.client("dynamodb", config=ONCE))
        for who, session in ((own, guest), (own, forged), (world.bob.id, foreign))
    ]
    people.append(Person("nobody", own, public["s3"], public["dynamodb"]))
    rng = random.Random(20)
    identities, idp = public["cognito-identity"], public["cognito-idp"]
    asked = {"IdentityId": world.ann.id}
    others: list[Callable[[], Any]] = [
        lambda: identities.get_credentials_for_identity(**asked),
        lambda: identities.get_credentials_for_identity(**asked, Logins={"graph.facebook.com": "x"}),
        lambda: identities.get_open_id_token(**asked),
        lambda: identities.describe_identity(**asked),
        lambda: identities.list_identities(IdentityPoolId=world.identity_pool, MaxResults=5),
        lambda: identities.get_identity_pool_roles(IdentityPoolId=world.identity_pool),
        lambda: idp.list_users(UserPoolId=world.user_pool),
        lambda: idp.admin_get_user(UserPoolId=world.user_pool, Username="ann"),
        lambda: idp.get_user(AccessToken=f"{rng.random()}.{rng.random()}.x"),
        lambda: idp.initiate_auth(ClientId=world.client, AuthFlow="USER_PASSWORD_AUTH",
                                  AuthParameters={"USERNAME": "ann", "PASSWORD": f"Guess{rng.random()}!"}),
    ]  # fmt: skip
    version = world.ann.s3.head_object(Bucket=BUCKET, Key=world.ann.key())["VersionId"]
    calls = list(others)
    for who in people:
        victim = rng.choice((world.ann, world.bob))
        calls += s3_calls(who, victim.key(), version).values()
        by_item = dynamodb_calls(who, victim.id)
        batch = by_item.pop("partiql batch")  # its errors stand in the answer
        answers: list[Any] = []
        refusal(lambda call=batch, to=answers: to.append(call()))  # type: ignore[misc]
        assert SECRET not in str(answers)
        calls += by_item.values()
        calls += everyones(who).values()
    for _ in range(STRANGERS_TRIES):
        error = refusal(rng.choice(calls))
        assert error is not None
        assert SECRET not in str(error)
        assert "@" not in str(error)
    for person in (world.ann, world.bob):
        body = person.s3.get_object(Bucket=BUCKET, Key=person.key())["Body"].read()
        assert body == f"{SECRET}{person.name}".encode()
