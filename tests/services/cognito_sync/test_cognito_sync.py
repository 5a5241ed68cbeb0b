"""Datasets and records, as a user's devices synchronize them."""

from __future__ import annotations

import orjson
import pytest

from tests.services.lambda_.lambda_calls import package
from tests.services.sts.sts_calls import EVERYTHING, refusal, trust

FUNCTION = """
def handler(event, context):
    records = event["datasetRecords"]
    assert event["eventType"] == "SyncTrigger" and event["version"] == 2
    key, record = sorted(records.items())[0]
    if key == "broken":
        raise ValueError("no")
    if key == "odd":
        return {"datasetRecords": {"odd": {"op": "replace"}}}
    if key == "level":
        record["newValue"] = record["newValue"] + "!"
        records["award"] = {"op": "replace", "newValue": "was " + str(record["oldValue"])}
    return event
"""
CONFLICT = "ResourceConflictException"


class Device:
    """One of a user's devices: what it synchronizes with."""

    def __init__(self, client, pool, identity):
        self.client = client
        self.place = {"IdentityPoolId": pool, "IdentityId": identity}

    def list(self, name="notes", **more):
        return self.client.list_records(DatasetName=name, **self.place, **more)

    def update(self, *patches, name="notes", **more):
        token = more.pop("SyncSessionToken", None) or self.list(name)["SyncSessionToken"]
        records = [
            {"Op": "replace" if value is not None else "remove", "Key": key, "SyncCount": count,
             **({"Value": value} if value is not None else {})}
            for key, value, count in patches
        ]  # fmt: skip
        asked = {"DatasetName": name, "SyncSessionToken": token, "RecordPatches": records, **more}
        return self.client.update_records(**self.place, **asked)["Records"]

    def values(self, name="notes", **more):
        return {one["Key"]: (one.get("Value"), one["SyncCount"]) for one in self.list(name, **more)["Records"]}


@pytest.fixture
def device(federation):
    """`device("ann")`: a device of a user, with credentials of the identity pool."""
    federation.with_roles()

    def of(user="ann"):
        identity = federation.user(user)
        client = federation.session(identity, Logins=federation.logins(user)).client("cognito-sync")
        return Device(client, federation.pool, identity)

    return of


@pytest.fixture
def developer(federation, device):
    """Ann's data with credentials of the account."""
    return Device(federation.actors.root.client("cognito-sync"), federation.pool, device("ann").place["IdentityId"])


# wrong input


def test_a_session_token_has_to_be_of_the_dataset(device):
    ann = device()
    bad = ("InvalidParameterException", "Invalid SyncSessionToken.")
    assert refusal(lambda: ann.update(("a", "1", 0), SyncSessionToken="x")) == bad
    other = ann.list("other")["SyncSessionToken"]
    assert refusal(lambda: ann.update(("a", "1", 0), SyncSessionToken=other)) == bad
    assert refusal(lambda: ann.list(SyncSessionToken=other)) == bad


def test_a_session_ends(device, frozen_clock):
    ann = device()
    token = ann.list()["SyncSessionToken"]
    frozen_clock.advance(86_401)
    ann = device()
    assert refusal(lambda: ann.update(("a", "1", 0), SyncSessionToken=token))[0] == "InvalidParameterException"


def test_patches_make_sense(device):
    ann = device()
    assert refusal(lambda: ann.update(("k" * 129, "1", 0)))[0] == "InvalidParameterException"
    assert refusal(lambda: ann.update(("a", "1", 0), ("a", "2", 0)))[0] == "InvalidParameterException"
    assert refusal(lambda: ann.list(NextToken="x"))[0] == "InvalidParameterException"


# wrong state


def test_what_is_not_there(device, federation):
    ann = device()
    assert refusal(ann.client.describe_dataset, DatasetName="notes", **ann.place) == (
        "ResourceNotFoundException",
        "Dataset 'notes' not found.",
    )
    root, nowhere = federation.actors.root.client("cognito-sync"), "us-east-1:00000000-0000-0000-0000-000000000000"
    assert refusal(root.list_datasets, IdentityPoolId=nowhere, IdentityId=nowhere)[0] == "ResourceNotFoundException"
    assert refusal(root.list_datasets, IdentityPoolId=federation.pool, IdentityId=nowhere) == (
        "ResourceNotFoundException",
        f"Identity '{nowhere}' not found.",
    )


def test_each_user_has_their_own_data_only(device):
    ann, bob = device("ann"), device("bob")
    ann.update(("a", "1", 0))
    intruder = Device(bob.client, *ann.place.values())
    for call in (intruder.list, lambda: intruder.update(("a", "2", 1))):
        code, message = refusal(call)
        assert (code, message) == (
            "NotAuthorizedException",
            f"Access to Identity '{ann.place['IdentityId']}' is forbidden.",
        )
    for call in (bob.client.list_datasets, bob.client.describe_identity_usage):
        assert refusal(call, **ann.place)[0] == "NotAuthorizedException"
    assert refusal(bob.client.delete_dataset, DatasetName="notes", **ann.place)[0] == "NotAuthorizedException"
    assert ann.values() == {"a": ("1", 1)}


def test_a_stale_count_is_a_conflict_and_nothing_is_written(device):
    one, other = device(), device()
    one.update(("a", "1", 0), ("b", "1", 0))
    code, message = refusal(lambda: other.update(("b", "2", 1), ("a", "2", 0)))
    assert (code, message) == (CONFLICT, "Current SyncCount for record 'a' is 1, the SyncCount given is 0.")
    assert one.values() == {"a": ("1", 1), "b": ("1", 1)}


def test_datasets_have_bounds(device):
    ann = device()
    big = "x" * 600_000
    ann.update(("a", big, 0))
    assert refusal(lambda: ann.update(("b", big, 0)))[0] == "LimitExceededException"
    assert list(ann.values()) == ["a"]
    for number in range(19):
        ann.update(("a", "1", 0), name=f"d{number}")
    assert refusal(lambda: ann.update(("a", "1", 0), name="more"))[0] == "LimitExceededException"


# behaviour


def test_another_device_hears_what_has_changed_since(device):
    phone, tablet = device(), device()
    fresh = phone.list()
    assert (fresh["DatasetExists"], fresh["DatasetSyncCount"], fresh["Records"]) == (False, 0, [])
    written = phone.update(("a", "1", 0), ("b", "2", 0))
    assert {(one["Key"], one["Value"], one["SyncCount"]) for one in written} == {("a", "1", 1), ("b", "2", 1)}
    assert tablet.values() == {"a": ("1", 1), "b": ("2", 1)}
    tablet.update(("a", "9", 1))
    assert phone.values(LastSyncCount=1) == {"a": ("9", 2)}
    phone.update(("b", None, 1))
    assert tablet.values(LastSyncCount=2) == {"b": (None, 3)}
    assert tablet.list()["DatasetSyncCount"] == 3
    tablet.update(("b", "again", 3))
    assert phone.values()["b"] == ("again", 4)


def test_records_come_page_by_page_in_one_session(device):
    ann = device()
    ann.update(*((f"k{n}", "1", 0) for n in range(5)))
    first = ann.list(MaxResults=3)
    rest = ann.list(MaxResults=3, NextToken=first["NextToken"], SyncSessionToken=first["SyncSessionToken"])
    assert [one["Key"] for one in first["Records"] + rest["Records"]] == [f"k{n}" for n in range(5)]
    assert (first["Count"], rest["SyncSessionToken"]) == (5, first["SyncSessionToken"])


def test_a_deleted_dataset_is_told_to_who_knew_it(device):
    ann = device()
    ann.update(("a", "1", 0))
    shown = ann.client.delete_dataset(DatasetName="notes", **ann.place)["Dataset"]
    assert (shown["DatasetName"], shown["NumRecords"]) == ("notes", 1)
    listed = ann.list(LastSyncCount=1)
    assert (listed["DatasetExists"], listed["DatasetDeletedAfterRequestedSyncCount"]) == (False, True)
    assert refusal(ann.client.delete_dataset, DatasetName="notes", **ann.place)[0] == "ResourceNotFoundException"
    ann.update(("b", "1", 0))
    listed = ann.list(LastSyncCount=2)
    assert (listed["DatasetExists"], listed["DatasetDeletedAfterRequestedSyncCount"]) == (True, False)
    assert ann.values() == {"b": ("1", 3)}


def test_datasets_and_usage(device, developer, frozen_clock):
    ann = device()
    ann.update(("key", "val", 0), name="a", DeviceId="phone")
    ann.update(("key", "é", 0), name="b")
    listed = ann.client.list_datasets(MaxResults=1, **ann.place)
    rest = ann.client.list_datasets(NextToken=listed["NextToken"], **ann.place)
    assert [one["DatasetName"] for one in listed["Datasets"] + rest["Datasets"]] == ["a", "b"]
    shown = ann.client.describe_dataset(DatasetName="a", **ann.place)["Dataset"]
    assert (shown["NumRecords"], shown["DataStorage"], shown["LastModifiedBy"]) == (1, 6, "phone")
    usage = ann.client.describe_identity_usage(**ann.place)["IdentityUsage"]
    assert (usage["DatasetCount"], usage["DataStorage"]) == (2, 11)
    pool = {"IdentityPoolId": ann.place["IdentityPoolId"]}
    of_pool = developer.client.describe_identity_pool_usage(**pool)["IdentityPoolUsage"]
    assert (of_pool["SyncSessionsCount"], of_pool["DataStorage"]) == (2, 11)
    assert developer.client.list_identity_pool_usage()["IdentityPoolUsages"] == [of_pool]
    assert refusal(ann.client.describe_identity_pool_usage, **pool)[0] == "NotAuthorizedException"
    assert developer.values("a") == {"key": ("val", 1)}


def test_a_merged_guests_data_is_told(federation, device):
    guest = federation.id()
    root = Device(federation.actors.root.client("cognito-sync"), federation.pool, guest)
    root.update(("a", "guest's", 0))
    ann = device()
    assert federation.credentials(guest, Logins=federation.logins())["IdentityId"] == ann.place["IdentityId"]
    assert ann.list()["MergedDatasetNames"] == [f"notes.{guest}"]
    assert ann.values(f"notes.{guest}") == {"a": ("guest's", 1)}
    ann.client.delete_dataset(DatasetName=f"notes.{guest}", **ann.place)
    assert ann.list()["MergedDatasetNames"] == []


# a pool's settings


def test_streams_are_not_pretended(federation, developer):
    streams = {"StreamName": "s", "RoleArn": f"arn:aws:iam::{federation.actors.account}:role/r"}
    asked = {"IdentityPoolId": federation.pool, "CognitoStreams": {**streams, "StreamingStatus": "ENABLED"}}
    assert refusal(developer.client.set_identity_pool_configuration, **asked)[0] == "NotImplemented"


def test_an_events_function_is_set_and_taken_away(federation, developer, device):
    pool = {"IdentityPoolId": federation.pool}
    arn = f"arn:aws:lambda:us-east-1:{federation.actors.account}:function:f"
    developer.client.set_cognito_events(Events={"SyncTrigger": arn}, **pool)
    assert developer.client.get_cognito_events(**pool)["Events"] == {"SyncTrigger": arn}
    developer.client.set_cognito_events(Events={"SyncTrigger": ""}, **pool)
    assert developer.client.get_cognito_events(**pool)["Events"] == {}
    assert refusal(developer.client.set_cognito_events, Events={"Other": arn}, **pool)[0] == "InvalidParameterException"
    assert refusal(device().client.get_cognito_events, **pool)[0] == "NotAuthorizedException"


def test_a_function_decides_what_is_written(federation, developer, device):
    actors, pool = federation.actors, {"IdentityPoolId": federation.pool}
    role = actors.role("f", trust({"Service": "lambda.amazonaws.com"}))
    functions = actors.root.client("lambda")
    arn = functions.create_function(
        FunctionName="f", Runtime="python3.12", Role=role, Handler="index.handler", Code={"ZipFile": package(FUNCTION)}
    )["FunctionArn"]
    developer.client.set_cognito_events(Events={"SyncTrigger": arn}, **pool)
    ann = device()
    assert refusal(lambda: ann.update(("level", "1", 0)))[0] == "NotAuthorizedException"
    functions.add_permission(
        FunctionName="f", StatementId="s", Action="lambda:InvokeFunction", Principal="cognito-sync.amazonaws.com",
        SourceArn=f"arn:aws:cognito-identity:us-east-1:{actors.account}:identitypool/{federation.pool}",
    )  # fmt: skip
    ann.update(("level", "1", 0))
    assert ann.values() == {"award": ("was None", 1), "level": ("1!", 1)}
    for key in ("broken", "odd"):
        assert refusal(lambda key=key: ann.update((key, "1", 0)))[0] == "InvalidLambdaFunctionOutputException"
    developer.update(("broken", "1", 0))  # a developer's credentials do not ask it
    assert ann.values(LastSyncCount=1) == {"broken": ("1", 2)}


def test_a_change_is_pushed_to_the_other_devices(cloud, federation, developer, device, clock):
    actors, pool = federation.actors, {"IdentityPoolId": federation.pool}
    ann = device()
    register = {"Platform": "GCM", "Token": f"phone-{actors.account}", **ann.place}
    assert refusal(ann.client.register_device, **register)[0] == "InvalidConfigurationException"
    sns = actors.root.client("sns")
    application = sns.create_platform_application(Name="app", Platform="GCM", Attributes={"PlatformCredential": "key"})[
        "PlatformApplicationArn"
    ]
    role = actors.role("push", trust({"Service": "cognito-sync.amazonaws.com"}), EVERYTHING)
    push = {"ApplicationArns": [application], "RoleArn": role}
    set_up = developer.client.set_identity_pool_configuration(PushSync=push, **pool)
    assert set_up["PushSync"] == push
    phone = ann.client.register_device(**register)["DeviceId"]
    assert ann.client.register_device(**register)["DeviceId"] == phone
    tablet = ann.client.register_device(**{**register, "Token": f"tablet-{actors.account}"})["DeviceId"]
    for one in (phone, tablet):
        ann.client.subscribe_to_dataset(DatasetName="notes", DeviceId=one, **ann.place)
    endpoints = sns.list_endpoints_by_platform_application(PlatformApplicationArn=application)["Endpoints"]
    arns = {one["Attributes"]["Token"].partition("-")[0]: one["EndpointArn"] for one in endpoints}
    ann.update(("a", "1", 0), DeviceId=phone)
    clock.settle()
    assert cloud.mail(to=arns["phone"]) == []
    (pushed,) = cloud.mail(to=arns["tablet"])
    data = orjson.loads(pushed.text)["data"]
    assert (data["source"], data["datasetName"], data["syncCount"]) == ("cognito-sync", "notes", 1)
    ann.client.unsubscribe_from_dataset(DatasetName="notes", DeviceId=tablet, **ann.place)
    ann.update(("a", "2", 1), DeviceId=phone)
    clock.settle()
    assert len(cloud.mail(to=arns["tablet"])) == 1
    other = device("bob")
    asked = {"DatasetName": "notes", "DeviceId": phone, **other.place}
    assert refusal(other.client.subscribe_to_dataset, **asked)[0] == "ResourceNotFoundException"
    assert refusal(developer.client.register_device, **register)[0] == "NotAuthorizedException"
