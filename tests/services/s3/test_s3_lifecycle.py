"""Lifecycle rules and restores on the clock, and what storage costs."""

import pytest

from cloudchamber.services.s3 import lifecycle
from tests.services.s3.conftest import keys, refusal

DAY = 86_400
LARGE = b"x" * (128 * 1024)


@pytest.fixture
def rules(s3, bucket):
    def put(*given, **more):
        found = [{"Status": "Enabled", "Filter": {}, "ID": str(number), **rule} for number, rule in enumerate(given)]
        s3.put_bucket_lifecycle_configuration(Bucket=bucket, LifecycleConfiguration={"Rules": found}, **more)
        return found

    return put


def storage_class(s3, bucket, key="k"):
    return s3.head_object(Bucket=bucket, Key=key).get("StorageClass", "STANDARD")


def test_six_months_pass_and_objects_are_in_glacier_and_come_back(s3, bucket, rules, frozen_clock, cloud, account):  # noqa: PLR0917
    rules({"Transitions": [{"Days": 60, "StorageClass": "STANDARD_IA"}, {"Days": 180, "StorageClass": "GLACIER"}]})
    s3.put_object(Bucket=bucket, Key="k", Body=LARGE)
    frozen_clock.advance(59 * DAY)
    assert storage_class(s3, bucket) == "STANDARD"
    frozen_clock.advance(3 * DAY)
    assert storage_class(s3, bucket) == "STANDARD_IA"
    s3.put_object(Bucket=bucket, Key="young", Body=LARGE)
    frozen_clock.advance(120 * DAY)
    assert (storage_class(s3, bucket), storage_class(s3, bucket, "young")) == ("GLACIER", "STANDARD_IA")
    assert refusal(s3.get_object, Bucket=bucket, Key="k") == (
        "InvalidObjectState", 403, "The operation is not valid for the object's storage class",
    )  # fmt: skip
    request = {"Days": 2, "GlacierJobParameters": {"Tier": "Standard"}}
    s3.restore_object(Bucket=bucket, Key="k", RestoreRequest=request)
    assert s3.head_object(Bucket=bucket, Key="k")["Restore"] == 'ongoing-request="true"'
    again = refusal(s3.restore_object, Bucket=bucket, Key="k", RestoreRequest=request)
    assert again == ("RestoreAlreadyInProgress", 409, "Object restore is already in progress")
    frozen_clock.advance(3 * 3600 - 1)
    assert refusal(s3.get_object, Bucket=bucket, Key="k")[0] == "InvalidObjectState"
    frozen_clock.advance(2 * 3600 + 1)
    assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == LARGE
    assert s3.head_object(Bucket=bucket, Key="k")["Restore"].startswith('ongoing-request="false", expiry-date="')
    frozen_clock.advance(3 * DAY)
    assert refusal(s3.get_object, Bucket=bucket, Key="k")[0] == "InvalidObjectState"
    assert "Restore" not in s3.head_object(Bucket=bucket, Key="k")
    used = cloud.look(lambda c: c.meter.usage(account)[account])
    assert used["s3.transitions.glacier"] == 1
    assert used["s3.gb_months.standard"] == pytest.approx((61 + 61) * len(LARGE) / 1024**3 / 30, rel=0.05)
    assert used["s3.gb_months.glacier"] > 0
    assert used["s3.retrieved_bytes.standard"] == len(LARGE)
    cost = cloud.look(lambda c: c.meter.cost_usd(used))
    assert cost["s3.gb_months.glacier"] == used["s3.gb_months.glacier"] * 0.0036


def test_objects_expire_at_midnight(s3, bucket, rules, frozen_clock):
    rules({"Expiration": {"Days": 1}, "Filter": {"Prefix": "tmp/"}})
    s3.put_object(Bucket=bucket, Key="tmp/a", Body=b"")
    s3.put_object(Bucket=bucket, Key="keep", Body=b"")
    said = s3.head_object(Bucket=bucket, Key="tmp/a")["Expiration"]
    assert said.endswith(' 00:00:00 GMT", rule-id="0"')
    assert "Expiration" not in s3.head_object(Bucket=bucket, Key="keep")
    frozen_clock.advance(DAY - 60)
    assert keys(s3.list_objects_v2(Bucket=bucket)) == ["keep", "tmp/a"]
    frozen_clock.advance(DAY + 60)
    assert keys(s3.list_objects_v2(Bucket=bucket)) == ["keep"]


def test_rules_choose_by_tag_and_size(s3, bucket, rules, frozen_clock):
    rules(
        {"Expiration": {"Days": 1}, "Filter": {"Tag": {"Key": "t", "Value": "1"}}},
        {"Expiration": {"Days": 1}, "Filter": {"And": {"Prefix": "b", "ObjectSizeGreaterThan": 10}}},
    )
    for key, size, tagging in (("a1", 1, "t=1"), ("a2", 1, "t=2"), ("b1", 11, ""), ("b2", 10, "")):
        s3.put_object(Bucket=bucket, Key=key, Body=b"x" * size, Tagging=tagging)
    frozen_clock.advance(2 * DAY)
    assert keys(s3.list_objects_v2(Bucket=bucket)) == ["a2", "b2"]


def test_small_objects_are_moved_only_where_the_rule_says_sizes(s3, bucket, rules, frozen_clock):
    move = [{"Days": 0, "StorageClass": "GLACIER"}]
    rules({"Transitions": move, "Filter": {"Prefix": "plain"}},
          {"Transitions": move, "Filter": {"And": {"Prefix": "sized", "ObjectSizeGreaterThan": 0}}})  # fmt: skip
    for key in ("plain", "sized"):
        s3.put_object(Bucket=bucket, Key=key, Body=b"x")
    frozen_clock.advance(2 * DAY)
    assert (storage_class(s3, bucket, "plain"), storage_class(s3, bucket, "sized")) == ("STANDARD", "GLACIER")


def test_old_versions_and_lone_markers_go(s3, versioned, rules, frozen_clock):
    rules({"NoncurrentVersionExpiration": {"NoncurrentDays": 2, "NewerNoncurrentVersions": 1},
           "Expiration": {"ExpiredObjectDeleteMarker": True}})  # fmt: skip
    ids = [s3.put_object(Bucket=versioned, Key="k", Body=b"%d" % n)["VersionId"] for n in range(4)]
    lone = s3.delete_object(Bucket=versioned, Key="gone")["VersionId"]
    frozen_clock.advance(4 * DAY)
    listed = s3.list_object_versions(Bucket=versioned)
    assert [item["VersionId"] for item in listed["Versions"]] == [ids[3], ids[2]]
    assert lone not in [item["VersionId"] for item in listed.get("DeleteMarkers", [])]


def test_rules_that_are_taken_away_while_they_are_at_work_stop(cloud, s3, bucket, rules, frozen_clock, monkeypatch):  # noqa: PLR0917
    rules({"Expiration": {"Days": 1}})
    for number in range(4):
        s3.put_object(Bucket=bucket, Key=str(number), Body=b"")
    service = cloud.look(lambda c: c.registry.get("s3").service)

    async def take_away():
        present = service.store.buckets.get(bucket)
        if service.store.latest(present.number, "0") is None:
            service.configure(present, "lifecycle", None)

    monkeypatch.setattr(lifecycle, "STEP_ROWS", 2)
    monkeypatch.setattr(service.clock, "breathe", take_away)
    frozen_clock.advance(3 * DAY)
    assert 0 < len(keys(s3.list_objects_v2(Bucket=bucket))) < 4


def test_expiration_in_a_versioned_bucket_puts_a_marker(s3, versioned, rules, frozen_clock):
    rules({"Expiration": {"Days": 1}})
    version = s3.put_object(Bucket=versioned, Key="k", Body=b"x")["VersionId"]
    frozen_clock.advance(2 * DAY)
    assert refusal(s3.get_object, Bucket=versioned, Key="k")[0] == "NoSuchKey"
    assert s3.get_object(Bucket=versioned, Key="k", VersionId=version)["Body"].read() == b"x"


def test_uploads_that_never_end_are_ended(s3, bucket, rules, frozen_clock):
    rules({"AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 3}})
    s3.create_multipart_upload(Bucket=bucket, Key="k")
    frozen_clock.advance(2 * DAY)
    assert len(s3.list_multipart_uploads(Bucket=bucket)["Uploads"]) == 1
    frozen_clock.advance(2 * DAY)
    assert "Uploads" not in s3.list_multipart_uploads(Bucket=bucket)


@pytest.mark.parametrize(
    ("rule", "code", "message"),
    [
        ({}, "InvalidRequest", "At least one action needs to be specified in a rule"),
        ({"Expiration": {"Days": 0}}, "InvalidArgument", "'Days' for Expiration action must be a positive integer"),
        ({"Transitions": [{"Days": 29, "StorageClass": "STANDARD_IA"}]}, "InvalidArgument",
         "'Days' in Transition action must be greater than or equal to 30 for storageClass 'STANDARD_IA'"),
        ({"Transitions": [{"Days": 5, "StorageClass": "GLACIER"}], "Expiration": {"Days": 5}}, "InvalidArgument",
         "'Days' in the Expiration action for filter '(prefix=)' must be greater than 'Days' in the Transition action"),
        ({"Expiration": {"Date": "2090-01-01T12:00:00Z"}}, "InvalidArgument", "'Date' must be at midnight GMT"),
    ],
)  # fmt: skip
def test_rules_that_cannot_be(s3, bucket, rule, code, message):
    given = {"Rules": [{"Status": "Enabled", "Filter": {}, **rule}]}
    found = refusal(s3.put_bucket_lifecycle_configuration, Bucket=bucket, LifecycleConfiguration=given)
    assert found == (code, 400, message)


def test_what_is_not_archived_is_not_restored(s3, bucket):
    s3.put_object(Bucket=bucket, Key="k", Body=b"")
    found = refusal(s3.restore_object, Bucket=bucket, Key="k", RestoreRequest={"Days": 1})
    assert found == ("InvalidObjectState", 403, "Restore is not allowed for the object's current storage class")


def test_lists_say_what_is_restored_where_they_are_asked(s3, bucket, frozen_clock):
    for key in ("asked", "cold"):
        s3.put_object(Bucket=bucket, Key=key, Body=b"x", StorageClass="GLACIER")
    s3.put_object(Bucket=bucket, Key="warm", Body=b"x")

    def said(**more):
        listed = s3.list_objects_v2(Bucket=bucket, **more)["Contents"]
        return {item["Key"]: item["RestoreStatus"] for item in listed if "RestoreStatus" in item}

    asked = {"OptionalObjectAttributes": ["RestoreStatus"]}
    s3.restore_object(Bucket=bucket, Key="asked", RestoreRequest={"Days": 1})
    assert (said(), said(**asked)) == ({}, {"asked": {"IsRestoreInProgress": True}})
    frozen_clock.advance(5 * 3600)
    (found,) = said(**asked).values()
    assert found["IsRestoreInProgress"] is False
    assert found["RestoreExpiryDate"].timestamp() % DAY == 0
    (version, _, _) = s3.list_object_versions(Bucket=bucket, **asked)["Versions"]
    assert version["RestoreStatus"] == found
    frozen_clock.advance(3 * DAY)
    assert said(**asked) == {}


@pytest.mark.parametrize(
    ("cold", "tier", "before", "after"),
    [("GLACIER", "Expedited", 60, 300), ("GLACIER", "Bulk", 5 * 3600, 12 * 3600),
     ("DEEP_ARCHIVE", "Standard", 11 * 3600, 12 * 3600), ("DEEP_ARCHIVE", "Bulk", 47 * 3600, 48 * 3600)],
)  # fmt: skip
def test_tiers_take_their_time(s3, bucket, frozen_clock, cold, tier, before, after):  # noqa: PLR0917
    s3.put_object(Bucket=bucket, Key="k", Body=b"x", StorageClass=cold)
    request = {"Days": 1, "GlacierJobParameters": {"Tier": tier}}
    s3.restore_object(Bucket=bucket, Key="k", RestoreRequest=request)
    frozen_clock.advance(before - 1)
    assert refusal(s3.get_object, Bucket=bucket, Key="k")[0] == "InvalidObjectState"
    frozen_clock.advance(after - before + 1)
    assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == b"x"
