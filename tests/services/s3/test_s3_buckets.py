"""Buckets: names, regions, owners, what stands in the way of deleting one, versioning states."""

import pytest
from botocore.handlers import validate_bucket_name

from tests.services.s3.conftest import refusal


@pytest.mark.parametrize(
    "name",
    ["Upper", "ab", "a" * 64, "under_score", "two..dots", "192.168.0.1", "-start", "end-", "xn--x1", "a-s3alias"],
)
def test_names_that_are_none_are_refused(s3, name):
    s3.meta.events.unregister("before-parameter-build.s3", validate_bucket_name)
    assert refusal(s3.create_bucket, Bucket=name) == ("InvalidBucketName", 400, "The specified bucket is not valid.")


def test_a_new_bucket_is_found_listed_and_gone_again(s3, names, account):
    first, second = next(names), next(names)
    assert s3.create_bucket(Bucket=first)["Location"] == f"/{first}"
    s3.create_bucket(Bucket=second)
    listed = s3.list_buckets()
    assert [bucket["Name"] for bucket in listed["Buckets"]] == [first, second]
    assert listed["Owner"]["ID"].endswith(account)
    assert s3.head_bucket(Bucket=first)["BucketRegion"] == "us-east-1"
    s3.delete_bucket(Bucket=first)
    assert refusal(s3.head_bucket, Bucket=first)[:2] == ("404", 404)
    assert [bucket["Name"] for bucket in s3.list_buckets()["Buckets"]] == [second]


def test_lists_of_buckets_have_pages_prefixes_and_regions(s3, names):
    made = [next(names) for _ in range(5)]
    for name in made[:4]:
        s3.create_bucket(Bucket=name)
    s3.create_bucket(Bucket=made[4], CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    page = s3.list_buckets(MaxBuckets=3)
    assert [bucket["Name"] for bucket in page["Buckets"]] == made[:3]
    page = s3.list_buckets(MaxBuckets=3, ContinuationToken=page["ContinuationToken"])
    assert [bucket["Name"] for bucket in page["Buckets"]] == made[3:]
    assert "ContinuationToken" not in page
    assert [bucket["Name"] for bucket in s3.list_buckets(Prefix=made[1])["Buckets"]] == [made[1]]
    assert [bucket["Name"] for bucket in s3.list_buckets(BucketRegion="eu-west-1")["Buckets"]] == [made[4]]


def test_a_name_is_everybodys(s3, client_of, cloud, bucket):
    other = client_of(cloud.new_account())
    code, status, message = refusal(other.create_bucket, Bucket=bucket)
    assert (code, status) == ("BucketAlreadyExists", 409)
    assert message.startswith("The requested bucket name is not available.")
    s3.create_bucket(Bucket=bucket)  # one's own again, where S3 began, is fine


def test_creating_ones_own_bucket_again_resets_its_acl(s3, bucket):
    s3.put_bucket_ownership_controls(Bucket=bucket, OwnershipControls={"Rules": [{"ObjectOwnership": "ObjectWriter"}]})
    s3.put_bucket_acl(Bucket=bucket, ACL="log-delivery-write")
    s3.put_object(Bucket=bucket, Key="k", Body=b"stays")
    s3.create_bucket(Bucket=bucket)
    (grant,) = s3.get_bucket_acl(Bucket=bucket)["Grants"]
    assert (grant["Grantee"]["Type"], grant["Permission"]) == ("CanonicalUser", "FULL_CONTROL")
    assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == b"stays"


def test_creating_ones_own_bucket_again_elsewhere_is_refused(client_of, account, names):
    s3, name = client_of(account, region="eu-west-1"), next(names)
    s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    found = refusal(s3.create_bucket, Bucket=name, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    assert found == (
        "BucketAlreadyOwnedByYou", 409,
        "Your previous request to create the named bucket succeeded and you already own it.",
    )  # fmt: skip
    assert s3.get_bucket_location(Bucket=name)["LocationConstraint"] == "eu-west-1"


def test_location_constraints_have_to_fit_the_endpoint(client_of, account, names, s3):
    elsewhere = client_of(account, region="eu-west-1")
    assert refusal(elsewhere.create_bucket, Bucket=next(names)) == (
        "IllegalLocationConstraintException", 400,
        ("The unspecified location constraint is incompatible for the region specific endpoint this request was sent "
        "to."),
    )  # fmt: skip
    found = refusal(
        elsewhere.create_bucket, Bucket=next(names), CreateBucketConfiguration={"LocationConstraint": "eu-west-2"}
    )
    assert found == (
        "IllegalLocationConstraintException", 400,
        "The eu-west-2 location constraint is incompatible for the region specific endpoint this request was sent to.",
    )  # fmt: skip
    for wrong in ("us-east-1", "nowhere-1"):
        found = refusal(s3.create_bucket, Bucket=next(names), CreateBucketConfiguration={"LocationConstraint": wrong})
        assert found == ("InvalidLocationConstraint", 400, "The specified location-constraint is not valid")
    plain = next(names)
    s3.create_bucket(Bucket=plain)
    assert s3.get_bucket_location(Bucket=plain)["LocationConstraint"] is None


def test_a_bucket_with_something_in_it_stays(s3, versioned):
    version = s3.put_object(Bucket=versioned, Key="k", Body=b"x")["VersionId"]
    marker = s3.delete_object(Bucket=versioned, Key="k")["VersionId"]
    for left in (version, marker):
        code, status, message = refusal(s3.delete_bucket, Bucket=versioned)
        assert (code, status) == ("BucketNotEmpty", 409)
        assert message == "The bucket you tried to delete is not empty. You must delete all versions in the bucket."
        s3.delete_object(Bucket=versioned, Key="k", VersionId=left)
    s3.delete_bucket(Bucket=versioned)


def test_what_is_not_there_says_so(s3, names):
    name = next(names)
    missing = ("NoSuchBucket", 404, "The specified bucket does not exist")
    assert refusal(s3.list_objects_v2, Bucket=name) == missing
    assert refusal(s3.put_object, Bucket=name, Key="k", Body=b"") == missing
    assert refusal(s3.delete_bucket, Bucket=name) == missing
    assert refusal(s3.get_bucket_versioning, Bucket=name) == missing


def test_whose_bucket_it_is_can_be_said(s3, bucket, account):
    s3.put_object(Bucket=bucket, Key="k", Body=b"", ExpectedBucketOwner=account)
    found = refusal(s3.put_object, Bucket=bucket, Key="k", Body=b"", ExpectedBucketOwner="999999999999")
    assert found == ("AccessDenied", 403, "Access Denied")


def test_versioning_is_off_on_and_suspended(s3, bucket):
    assert "Status" not in s3.get_bucket_versioning(Bucket=bucket)
    for status in ("Enabled", "Suspended", "Enabled"):
        s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": status})
        assert s3.get_bucket_versioning(Bucket=bucket)["Status"] == status
    found = refusal(s3.put_bucket_versioning, Bucket=bucket, VersioningConfiguration={"Status": "Off"})
    assert found == (
        "MalformedXML", 400, "The XML you provided was not well-formed or did not validate against our published schema"
    )  # fmt: skip
