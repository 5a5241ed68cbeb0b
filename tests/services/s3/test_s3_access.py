"""Who may: users' policies, bucket policies, everybody, ACLs, public access blocks, other accounts, condition keys."""

import json

import pytest

from tests.services.s3.conftest import allow, policy, refusal

OPEN = {"BlockPublicAcls": False, "IgnorePublicAcls": False, "BlockPublicPolicy": False, "RestrictPublicBuckets": False}


def arn(bucket, key=""):
    return f"arn:aws:s3:::{bucket}/{key}" if key else f"arn:aws:s3:::{bucket}"


def opened(s3, bucket, **blocks):
    s3.put_public_access_block(Bucket=bucket, PublicAccessBlockConfiguration={**OPEN, **blocks})
    return bucket


def for_all(bucket, action="s3:GetObject", **more):
    return policy(allow(action, on=arn(bucket, "*"), Principal="*", **more))


@pytest.fixture
def public(s3, bucket):
    opened(s3, bucket)
    s3.put_bucket_policy(Bucket=bucket, Policy=for_all(bucket))
    s3.put_object(Bucket=bucket, Key="k", Body=b"for all")
    return bucket


def test_an_anonymous_reader_reads_a_public_bucket_and_no_other(cloud, http, s3, public, names):
    got = http.get(f"{cloud.endpoint}/{public}/k")
    assert (got.status_code, got.content) == (200, b"for all")
    private = next(names)
    s3.create_bucket(Bucket=private)
    s3.put_object(Bucket=private, Key="k", Body=b"secret")
    for refused in (
        http.get(f"{cloud.endpoint}/{private}/k"), http.get(f"{cloud.endpoint}/{private}"),
        http.put(f"{cloud.endpoint}/{public}/k", content=b"x"), http.get(f"{cloud.endpoint}/{public}/missing"),
    ):  # fmt: skip
        assert (refused.status_code, "<Code>AccessDenied</Code>" in refused.text) == (403, True)
    assert http.get(f"{cloud.endpoint}/no-such-bucket-{private}/k").status_code == 404


def test_a_user_may_what_their_policy_says(s3, bucket, user):
    s3.put_object(Bucket=bucket, Key="home/u/k", Body=b"x")
    one = user(allow("s3:GetObject", on=arn(bucket, "home/${aws:username}/*")))
    two = user(allow("s3:*", on=[arn(bucket), arn(bucket, "home/u/*")]))
    code, status, message = refusal(one.get_object, Bucket=bucket, Key="home/u/k")
    assert (code, status) == ("AccessDenied", 403)
    assert message.endswith(
        f'is not authorized to perform: s3:GetObject on resource: "{arn(bucket, "home/u/k")}" because no '
        "identity-based policy allows the s3:GetObject action"
    )
    s3.put_object(Bucket=bucket, Key="home/u0/k", Body=b"mine")
    assert one.get_object(Bucket=bucket, Key="home/u0/k")["Body"].read() == b"mine"
    two.put_object(Bucket=bucket, Key="home/u/new", Body=b"")
    assert refusal(two.put_object, Bucket=bucket, Key="other", Body=b"")[0] == "AccessDenied"


def test_only_within_the_account_a_refusal_explains_itself(cloud, http, s3, bucket, user, client_of):  # noqa: PLR0917
    s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    s3.put_bucket_policy(Bucket=bucket, Policy=policy({**allow("s3:GetObject", on=arn(bucket, "k")), "Effect": "Deny",
                                                       "Principal": "*"}))  # fmt: skip
    explained = refusal(user(allow("s3:*")).get_object, Bucket=bucket, Key="k")[2]
    assert explained.endswith(f'"{arn(bucket, "k")}" with an explicit deny in a resource-based policy')
    stranger = client_of(cloud.new_account())
    assert refusal(stranger.get_object, Bucket=bucket, Key="k") == ("AccessDenied", 403, "Access Denied")
    assert refusal(stranger.list_objects_v2, Bucket=bucket) == ("AccessDenied", 403, "Access Denied")
    for path, host in ((f"/{bucket}/k", "localhost"), ("/", "s3.localhost")):
        assert "<Message>Access Denied</Message>" in http.get(f"{cloud.endpoint}{path}", headers={"Host": host}).text
    errors = stranger.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": "k"}]})["Errors"]
    assert errors == [{"Key": "k", "Code": "AccessDenied", "Message": "Access Denied"}]


def test_who_may_not_list_does_not_learn_what_is_missing(bucket, user):
    reader = user(allow("s3:GetObject", on=arn(bucket, "*")))
    assert refusal(reader.get_object, Bucket=bucket, Key="never")[:2] == ("AccessDenied", 403)
    lister = user(allow("s3:GetObject", on=arn(bucket, "*")), allow("s3:ListBucket", on=arn(bucket)))
    assert refusal(lister.get_object, Bucket=bucket, Key="never")[:2] == ("NoSuchKey", 404)


def test_lists_can_be_limited_to_a_prefix(s3, bucket, user):
    s3.put_object(Bucket=bucket, Key="mine/k", Body=b"")
    on_prefix = {"StringLike": {"s3:prefix": "mine/*"}, "NumericLessThanEquals": {"s3:max-keys": "10"}}
    lister = user(allow("s3:ListBucket", on=arn(bucket), Condition=on_prefix))
    assert lister.list_objects_v2(Bucket=bucket, Prefix="mine/", MaxKeys=10)["KeyCount"] == 1
    for wanted in ({}, {"Prefix": "other/", "MaxKeys": 10}, {"Prefix": "mine/", "MaxKeys": 11}):
        assert refusal(lister.list_objects_v2, Bucket=bucket, **wanted)[0] == "AccessDenied"


@pytest.mark.parametrize(
    ("condition", "fits", "fails"),
    [
        ({"StringEquals": {"s3:x-amz-server-side-encryption": "AES256"}}, {"ServerSideEncryption": "AES256"}, {}),
        ({"StringEquals": {"s3:x-amz-storage-class": "STANDARD_IA"}}, {"StorageClass": "STANDARD_IA"}, {}),
        ({"StringEquals": {"s3:RequestObjectTag/a": "1"}}, {"Tagging": "a=1"}, {"Tagging": "a=2"}),
        ({"StringEquals": {"s3:x-amz-acl": "private"}}, {"ACL": "private"}, {}),
        ({"Null": {"s3:if-none-match": "false"}}, {"IfNoneMatch": "*"}, {}),
    ],
)
def test_writes_have_condition_keys(bucket, user, condition, fits, fails):
    writer = user(allow("s3:PutObject", on=arn(bucket, "*"), Condition=condition), allow("s3:PutObjectTagging", on="*"))
    writer.put_object(Bucket=bucket, Key="k", Body=b"", **fits)
    assert refusal(writer.put_object, Bucket=bucket, Key="k", Body=b"", **fails)[0] == "AccessDenied"


def test_reads_have_condition_keys(s3, bucket, user):
    tagged = {"StringEquals": {"s3:ExistingObjectTag/team": "blue"}}
    reader = user(allow("s3:GetObject", on=arn(bucket, "*"), Condition=tagged))
    for team in ("blue", "red"):
        s3.put_object(Bucket=bucket, Key=team, Body=b"", Tagging=f"team={team}")
    reader.get_object(Bucket=bucket, Key="blue")
    assert refusal(reader.get_object, Bucket=bucket, Key="red")[0] == "AccessDenied"
    secure = user(allow("s3:GetObject", on="*", Condition={"Bool": {"aws:SecureTransport": "true"}}))
    assert refusal(secure.get_object, Bucket=bucket, Key="blue")[0] == "AccessDenied"
    near = user(allow("s3:GetObject", on="*", Condition={"IpAddress": {"aws:SourceIp": "127.0.0.0/8"}}))
    near.get_object(Bucket=bucket, Key="blue")


def test_tags_and_versions_need_leave_of_their_own(s3, versioned, user):
    version = s3.put_object(Bucket=versioned, Key="k", Body=b"x")["VersionId"]
    plain = user(allow("s3:PutObject", "s3:GetObject", "s3:DeleteObject", on=arn(versioned, "*")))
    assert refusal(plain.put_object, Bucket=versioned, Key="t", Body=b"", Tagging="a=1")[2].count("s3:PutObjectTagging")
    for call in (plain.get_object, plain.delete_object):
        assert refusal(call, Bucket=versioned, Key="k", VersionId=version)[0] == "AccessDenied"
    copier = user(allow("s3:PutObject", on=arn(versioned, "copy")))
    found = refusal(copier.copy_object, Bucket=versioned, Key="copy", CopySource=f"{versioned}/k")
    assert "s3:GetObject" in found[2]


def test_each_key_of_a_multi_delete_is_asked_for(s3, bucket, user):
    for key in ("a/1", "b/1"):
        s3.put_object(Bucket=bucket, Key=key, Body=b"")
    deleter = user(allow("s3:DeleteObject", on=arn(bucket, "a/*")))
    found = deleter.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": "a/1"}, {"Key": "b/1"}]})
    assert found["Deleted"] == [{"Key": "a/1"}]
    assert [(error["Key"], error["Code"]) for error in found["Errors"]] == [("b/1", "AccessDenied")]


def test_a_bucket_policy_can_refuse_even_the_owner_and_be_put_right(s3, bucket):
    deny = {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": [arn(bucket), arn(bucket, "*")]}
    s3.put_bucket_policy(Bucket=bucket, Policy=policy(deny))
    assert refusal(s3.put_object, Bucket=bucket, Key="k", Body=b"")[2].endswith(
        "with an explicit deny in a resource-based policy"
    )
    s3.delete_bucket_policy(Bucket=bucket)
    s3.put_object(Bucket=bucket, Key="k", Body=b"")


def test_another_account_needs_leave_on_both_sides(s3, bucket, client_of, cloud):
    s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    account = cloud.new_account()
    other = client_of(account)
    assert refusal(other.get_object, Bucket=bucket, Key="k")[0] == "AccessDenied"
    named = allow("s3:GetObject", on=arn(bucket, "*"), Principal={"AWS": f"arn:aws:iam::{account}:root"})
    s3.put_bucket_policy(Bucket=bucket, Policy=policy(named))
    assert other.get_object(Bucket=bucket, Key="k")["Body"].read() == b"x"
    assert refusal(other.put_object, Bucket=bucket, Key="k", Body=b"")[0] == "AccessDenied"


def test_bucket_policies_are_checked_shown_and_taken_away(s3, bucket):
    assert refusal(s3.get_bucket_policy, Bucket=bucket) == (
        "NoSuchBucketPolicy", 404, "The bucket policy does not exist",
    )  # fmt: skip
    named = policy(allow("s3:GetObject", on=arn(bucket, "*"), Principal={"AWS": "arn:aws:iam::111122223333:root"}))
    s3.put_bucket_policy(Bucket=bucket, Policy=named)
    assert json.loads(s3.get_bucket_policy(Bucket=bucket)["Policy"]) == json.loads(named)
    assert s3.get_bucket_policy_status(Bucket=bucket)["PolicyStatus"] == {"IsPublic": False}
    elsewhere = policy(allow("s3:GetObject", on=arn("elsewhere", "*"), Principal="*"))
    assert refusal(s3.put_bucket_policy, Bucket=bucket, Policy=elsewhere) == (
        "MalformedPolicy", 400, "Policy has invalid resource",
    )  # fmt: skip
    for text in ("nonsense", "{}", policy(allow("s3:GetObject", on=arn(bucket, "*")))):
        assert refusal(s3.put_bucket_policy, Bucket=bucket, Policy=text)[0] == "MalformedPolicy"


def test_public_policies_are_blocked_until_they_may_be(s3, bucket, http, cloud):
    code, _, message = refusal(s3.put_bucket_policy, Bucket=bucket, Policy=for_all(bucket))
    assert code == "AccessDenied"
    assert message.endswith("by the BlockPublicPolicy setting in S3 Block Public Access.")
    opened(s3, bucket)
    s3.put_bucket_policy(Bucket=bucket, Policy=for_all(bucket))
    s3.put_object(Bucket=bucket, Key="k", Body=b"")
    assert s3.get_bucket_policy_status(Bucket=bucket)["PolicyStatus"] == {"IsPublic": True}
    assert http.get(f"{cloud.endpoint}/{bucket}/k").status_code == 200
    opened(s3, bucket, RestrictPublicBuckets=True)
    assert http.get(f"{cloud.endpoint}/{bucket}/k").status_code == 403
    s3.get_object(Bucket=bucket, Key="k")


def test_acls_are_off_unless_ownership_allows_them(s3, bucket):
    assert refusal(s3.put_object_acl, Bucket=bucket, Key="k", ACL="public-read")[0] == "NoSuchKey"
    assert refusal(s3.put_object, Bucket=bucket, Key="k", Body=b"", ACL="public-read") == (
        "AccessControlListNotSupported", 400, "The bucket does not allow ACLs",
    )  # fmt: skip
    assert refusal(s3.put_bucket_acl, Bucket=bucket, ACL="public-read")[0] == "AccessControlListNotSupported"
    s3.put_object(Bucket=bucket, Key="k", Body=b"", ACL="bucket-owner-full-control")
    (grant,) = s3.get_object_acl(Bucket=bucket, Key="k")["Grants"]
    assert grant["Permission"] == "FULL_CONTROL"


@pytest.fixture
def with_acls(s3, bucket):
    controls = {"Rules": [{"ObjectOwnership": "ObjectWriter"}]}
    s3.put_bucket_ownership_controls(Bucket=bucket, OwnershipControls=controls)
    assert s3.get_bucket_ownership_controls(Bucket=bucket)["OwnershipControls"] == controls
    return bucket


def test_an_acl_opens_an_object_to_everybody(s3, with_acls, http, cloud):
    url = f"{cloud.endpoint}/{with_acls}/k"
    blocked = refusal(s3.put_object, Bucket=with_acls, Key="k", Body=b"x", ACL="public-read")
    assert blocked[0] == "AccessDenied"
    opened(s3, with_acls)
    s3.put_object(Bucket=with_acls, Key="k", Body=b"x", ACL="public-read")
    assert http.get(url).content == b"x"
    opened(s3, with_acls, IgnorePublicAcls=True)
    assert http.get(url).status_code == 403
    opened(s3, with_acls)
    s3.put_object_acl(Bucket=with_acls, Key="k", ACL="private")
    assert http.get(url).status_code == 403
    s3.put_bucket_acl(Bucket=with_acls, ACL="public-read")
    assert http.get(f"{cloud.endpoint}/{with_acls}").status_code == 200
    assert http.put(url, content=b"").status_code == 403


def test_an_object_belongs_to_its_writer_where_ownership_says_so(s3, with_acls, client_of, cloud):
    account = cloud.new_account()
    root = {"AWS": f"arn:aws:iam::{account}:root"}
    statement = allow("s3:PutObject", "s3:PutObjectAcl", on=arn(with_acls, "*"), Principal=root)
    s3.put_bucket_policy(Bucket=with_acls, Policy=policy(statement))
    writer = client_of(account)
    writer.put_object(Bucket=with_acls, Key="theirs", Body=b"x")
    assert refusal(s3.get_object, Bucket=with_acls, Key="theirs")[0] == "AccessDenied"
    writer.put_object(Bucket=with_acls, Key="shared", Body=b"y", ACL="bucket-owner-full-control")
    assert s3.get_object(Bucket=with_acls, Key="shared")["Body"].read() == b"y"


def test_grants_in_headers_and_documents(s3, with_acls, account):
    me = s3.get_bucket_acl(Bucket=with_acls)["Owner"]["ID"]
    s3.put_object(Bucket=with_acls, Key="k", Body=b"", GrantRead=f'id="{me}"')
    (grant,) = s3.get_object_acl(Bucket=with_acls, Key="k")["Grants"]
    assert (grant["Permission"], grant["Grantee"]) == ("READ", {"ID": me, "Type": "CanonicalUser"})
    document = {
        "Owner": {"ID": me},
        "Grants": [{"Grantee": {"Type": "CanonicalUser", "ID": me}, "Permission": "WRITE"}],
    }
    s3.put_bucket_acl(Bucket=with_acls, AccessControlPolicy=document)
    assert [g["Permission"] for g in s3.get_bucket_acl(Bucket=with_acls)["Grants"]] == ["WRITE"]
    for wrong in ('id="nobody"', "nonsense", 'uri="http://example.com/all"'):
        assert refusal(s3.put_object_acl, Bucket=with_acls, Key="k", GrantRead=wrong)[0] == "InvalidArgument"
    both = refusal(s3.put_object_acl, Bucket=with_acls, Key="k", ACL="private", GrantRead=f'id="{me}"')
    assert both == ("InvalidRequest", 400, "Specifying both Canned ACLs and Header Grants is not allowed")
