"""Stored configurations, tags and object locks."""

import datetime

import pytest

from tests.services.s3.conftest import allow, refusal

TAGS = {"TagSet": [{"Key": "a", "Value": "1"}, {"Key": "b", "Value": ""}]}


@pytest.mark.parametrize(
    ("kind", "argument", "given", "answer"),
    [
        ("bucket_request_payment", "RequestPaymentConfiguration", {"Payer": "Requester"}, {"Payer": "Requester"}),
        ("bucket_accelerate_configuration", "AccelerateConfiguration", {"Status": "Enabled"}, {"Status": "Enabled"}),
        ("bucket_tagging", "Tagging", TAGS, TAGS),
    ],
)
def test_what_is_put_is_got(s3, bucket, kind, argument, given, answer):  # noqa: PLR0917
    getattr(s3, f"put_{kind}")(Bucket=bucket, **{argument: given})
    found = getattr(s3, f"get_{kind}")(Bucket=bucket)
    assert {name: found[name] for name in answer} == answer


@pytest.mark.parametrize(
    ("call", "code", "message"),
    [
        ("get_bucket_tagging", "NoSuchTagSet", "The TagSet does not exist"),
        ("get_bucket_lifecycle_configuration", "NoSuchLifecycleConfiguration",
         "The lifecycle configuration does not exist"),
        ("get_bucket_replication", "ReplicationConfigurationNotFoundError",
         "The replication configuration was not found"),
        ("get_object_lock_configuration", "ObjectLockConfigurationNotFoundError",
         "Object Lock configuration does not exist for this bucket"),
        ("get_bucket_policy_status", "NoSuchBucketPolicy", "The bucket policy does not exist"),
    ],
)  # fmt: skip
def test_what_a_bucket_does_not_have_has_a_code_of_its_own(s3, bucket, call, code, message):
    assert refusal(getattr(s3, call), Bucket=bucket) == (code, 404, message)


def test_defaults_that_every_bucket_has(s3, bucket):
    (rule,) = s3.get_bucket_encryption(Bucket=bucket)["ServerSideEncryptionConfiguration"]["Rules"]
    assert rule["ApplyServerSideEncryptionByDefault"] == {"SSEAlgorithm": "AES256"}
    blocks = s3.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"]
    assert blocks == dict.fromkeys(blocks, True)
    (rule,) = s3.get_bucket_ownership_controls(Bucket=bucket)["OwnershipControls"]["Rules"]
    assert rule == {"ObjectOwnership": "BucketOwnerEnforced"}
    assert s3.get_bucket_request_payment(Bucket=bucket)["Payer"] == "BucketOwner"
    assert "LoggingEnabled" not in s3.get_bucket_logging(Bucket=bucket)
    s3.delete_public_access_block(Bucket=bucket)
    assert refusal(s3.get_public_access_block, Bucket=bucket)[0] == "NoSuchPublicAccessBlockConfiguration"


def test_logs_go_to_a_bucket_of_ones_own(s3, bucket, names):
    wanted = {"LoggingEnabled": {"TargetBucket": next(names), "TargetPrefix": "logs/"}}
    found = refusal(s3.put_bucket_logging, Bucket=bucket, BucketLoggingStatus=wanted)
    assert found[:2] == ("InvalidTargetBucketForLogging", 400)
    s3.create_bucket(Bucket=wanted["LoggingEnabled"]["TargetBucket"])
    s3.put_bucket_logging(Bucket=bucket, BucketLoggingStatus=wanted)
    assert s3.get_bucket_logging(Bucket=bucket)["LoggingEnabled"] == wanted["LoggingEnabled"]


def test_configurations_by_id(s3, bucket):
    def metrics(name):
        s3.put_bucket_metrics_configuration(Bucket=bucket, Id=name, MetricsConfiguration={"Id": name})

    metrics("one")
    metrics("two")
    assert s3.get_bucket_metrics_configuration(Bucket=bucket, Id="one")["MetricsConfiguration"] == {"Id": "one"}
    listed = s3.list_bucket_metrics_configurations(Bucket=bucket)["MetricsConfigurationList"]
    assert [item["Id"] for item in listed] == ["one", "two"]
    s3.delete_bucket_metrics_configuration(Bucket=bucket, Id="one")
    assert refusal(s3.get_bucket_metrics_configuration, Bucket=bucket, Id="one") == (
        "NoSuchConfiguration", 404, "The specified configuration does not exist.",
    )  # fmt: skip


def test_tags_of_objects(s3, bucket):
    s3.put_object(Bucket=bucket, Key="k", Body=b"", Tagging="a=1&b=two%20words")
    found = s3.get_object_tagging(Bucket=bucket, Key="k")["TagSet"]
    assert found == [{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "two words"}]
    s3.put_object_tagging(Bucket=bucket, Key="k", Tagging=TAGS)
    assert s3.get_object_tagging(Bucket=bucket, Key="k")["TagSet"] == TAGS["TagSet"]
    s3.delete_object_tagging(Bucket=bucket, Key="k")
    assert s3.get_object_tagging(Bucket=bucket, Key="k")["TagSet"] == []


@pytest.mark.parametrize(
    ("tags", "code", "message"),
    [
        ([{"Key": str(n), "Value": ""} for n in range(11)], "BadRequest", "Object tags cannot be greater than 10"),
        ([{"Key": "a", "Value": "1"}] * 2, "InvalidTag", "Cannot provide multiple Tags with the same key"),
        ([{"Key": "a" * 129, "Value": ""}], "InvalidTag", "The TagKey you have provided is invalid"),
        ([{"Key": "a", "Value": "b" * 257}], "InvalidTag", "The TagValue you have provided is invalid"),
        ([{"Key": "aws:x", "Value": ""}], "InvalidTag", "System tags cannot be added/updated by requester"),
    ],
)
def test_tags_that_cannot_be(s3, bucket, tags, code, message):
    s3.put_object(Bucket=bucket, Key="k", Body=b"")
    found = refusal(s3.put_object_tagging, Bucket=bucket, Key="k", Tagging={"TagSet": tags})
    assert found == (code, 400, message)


@pytest.fixture
def locking(s3, names):
    name = next(names)
    s3.create_bucket(Bucket=name, ObjectLockEnabledForBucket=True)
    return name


def at(clock, days):
    return datetime.datetime.fromtimestamp(int(clock.now()) + days * 86_400, datetime.UTC)


HELD = ("AccessDenied", 403, "Access Denied because object protected by object lock.")


def test_a_retained_version_stays_until_its_time(s3, locking, frozen_clock):
    version = s3.put_object(
        Bucket=locking, Key="k", Body=b"x", ObjectLockMode="COMPLIANCE", ObjectLockRetainUntilDate=at(frozen_clock, 2),
        ChecksumAlgorithm="CRC32",
    )["VersionId"]  # fmt: skip
    head = s3.head_object(Bucket=locking, Key="k")
    assert (head["ObjectLockMode"], head["ObjectLockRetainUntilDate"]) == ("COMPLIANCE", at(frozen_clock, 2))
    remove = {"Bucket": locking, "Key": "k", "VersionId": version}
    assert refusal(s3.delete_object, **remove) == HELD
    assert refusal(s3.delete_object, BypassGovernanceRetention=True, **remove) == HELD
    shorter = {"Mode": "COMPLIANCE", "RetainUntilDate": at(frozen_clock, 1)}
    assert refusal(s3.put_object_retention, Retention=shorter, **remove) == HELD
    s3.put_object_retention(Retention={"Mode": "COMPLIANCE", "RetainUntilDate": at(frozen_clock, 3)}, **remove)
    assert s3.delete_object(Bucket=locking, Key="k")["DeleteMarker"] is True
    frozen_clock.advance(3 * 86_400 + 1)
    s3.delete_object(**remove)


def test_governance_can_be_passed_over_by_who_may(s3, locking, frozen_clock, user):
    version = s3.put_object(
        Bucket=locking, Key="k", Body=b"x", ObjectLockMode="GOVERNANCE", ObjectLockRetainUntilDate=at(frozen_clock, 2),
    )["VersionId"]  # fmt: skip
    remove = {"Bucket": locking, "Key": "k", "VersionId": version}
    plain = user(allow("s3:DeleteObjectVersion", on="*"))
    assert refusal(plain.delete_object, BypassGovernanceRetention=True, **remove)[0] == "AccessDenied"
    assert refusal(s3.delete_object, **remove) == HELD
    s3.delete_object(BypassGovernanceRetention=True, **remove)


def test_a_legal_hold_holds_until_it_is_lifted(s3, locking):
    version = s3.put_object(Bucket=locking, Key="k", Body=b"x", ObjectLockLegalHoldStatus="ON")["VersionId"]
    remove = {"Bucket": locking, "Key": "k", "VersionId": version}
    assert refusal(s3.delete_object, **remove) == HELD
    s3.put_object_legal_hold(LegalHold={"Status": "OFF"}, **remove)
    assert s3.get_object_legal_hold(**remove)["LegalHold"] == {"Status": "OFF"}
    s3.delete_object(**remove)


def test_a_bucket_has_a_default_retention(s3, locking, frozen_clock):
    rule = {"DefaultRetention": {"Mode": "GOVERNANCE", "Days": 1}}
    s3.put_object_lock_configuration(
        Bucket=locking, ObjectLockConfiguration={"ObjectLockEnabled": "Enabled", "Rule": rule}
    )
    s3.put_object(Bucket=locking, Key="k", Body=b"x")
    found = s3.get_object_retention(Bucket=locking, Key="k")["Retention"]
    assert found["Mode"] == "GOVERNANCE"
    assert int(found["RetainUntilDate"].timestamp()) == int(frozen_clock.now()) + 86_400


def test_locks_need_a_bucket_that_locks(s3, bucket, locking):
    s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    found = refusal(s3.put_object_legal_hold, Bucket=bucket, Key="k", LegalHold={"Status": "ON"})
    assert found == ("InvalidRequest", 400, "Bucket is missing Object Lock Configuration")
    found = refusal(s3.put_bucket_versioning, Bucket=locking, VersioningConfiguration={"Status": "Suspended"})
    assert found[:2] == ("InvalidBucketState", 409)
