"""Replication: versions, tags and markers turn up in the other bucket, as far as the role lets them."""

import asyncio
import json

import pytest

from tests.services.s3.conftest import refusal

TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "s3.amazonaws.com"}, "Action": "sts:AssumeRole"}],
}
MAY = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}


@pytest.fixture
def target(s3, names, versioned):
    name = next(names)
    s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    return name


@pytest.fixture
def iam(client_of, account):
    iam = client_of(account, service="iam")
    iam.create_role(RoleName="r", AssumeRolePolicyDocument=json.dumps(TRUST))
    iam.put_role_policy(RoleName="r", PolicyName="p", PolicyDocument=json.dumps(MAY))
    return iam


def replicate(s3, account, source, target, **rule):
    s3.put_bucket_replication(Bucket=source, ReplicationConfiguration={
        "Role": f"arn:aws:iam::{account}:role/r",
        "Rules": [{"ID": "1", "Priority": 1, "Status": "Enabled", "Filter": {"Prefix": "r/"},
                   "DeleteMarkerReplication": {"Status": "Enabled"},
                   "Destination": {"Bucket": f"arn:aws:s3:::{target}"}, **rule}],
    })  # fmt: skip


def test_new_versions_turn_up_in_the_other_bucket(s3, versioned, target, account, iam, frozen_clock):  # noqa: PLR0917
    replicate(s3, account, versioned, target, Destination={
        "Bucket": f"arn:aws:s3:::{target}", "StorageClass": "STANDARD_IA"})  # fmt: skip
    put = s3.put_object(Bucket=versioned, Key="r/k", Body=b"x" * 100_000, Metadata={"a": "b"})
    s3.put_object(Bucket=versioned, Key="other", Body=b"")
    assert s3.head_object(Bucket=versioned, Key="r/k")["ReplicationStatus"] == "PENDING"
    assert "ReplicationStatus" not in s3.head_object(Bucket=versioned, Key="other")
    assert refusal(s3.head_object, Bucket=target, Key="r/k")[1] == 404
    frozen_clock.advance(60)
    got = s3.get_object(Bucket=target, Key="r/k")
    assert got["Body"].read() == b"x" * 100_000
    assert (got["VersionId"], got["ETag"], got["Metadata"]) == (put["VersionId"], put["ETag"], {"a": "b"})
    assert (got["ReplicationStatus"], got["StorageClass"]) == ("REPLICA", "STANDARD_IA")
    assert s3.head_object(Bucket=versioned, Key="r/k")["ReplicationStatus"] == "COMPLETED"
    s3.put_object_tagging(Bucket=versioned, Key="r/k", Tagging={"TagSet": [{"Key": "t", "Value": "1"}]})
    frozen_clock.advance(60)
    assert s3.get_object_tagging(Bucket=target, Key="r/k")["TagSet"] == [{"Key": "t", "Value": "1"}]
    s3.delete_object(Bucket=versioned, Key="r/k")
    frozen_clock.advance(60)
    assert refusal(s3.head_object, Bucket=target, Key="r/k")[1] == 404
    assert refusal(s3.head_object, Bucket=target, Key="other")[1] == 404


@pytest.fixture
def replicated(s3, account, versioned, target, iam):
    """Source and destination of a rule for `r/`."""
    replicate(s3, account, versioned, target)
    return versioned, target


def test_what_changes_while_it_is_replicated_is_replicated_again(cloud, s3, replicated, frozen_clock, monkeypatch):
    source, target = replicated
    service = cloud.look(lambda c: c.registry.get("s3").service)
    to, calls = service._to, []

    async def tagged_meanwhile(bucket, version, rule):
        await to(bucket, version, rule)
        calls.append(version.version)
        if len(calls) == 1:
            with service.platform.store.transaction():
                version.about["tags"] = {"t": "1"}
                service.store.change(version)
                service.record(service.own_context(bucket, "Tag"), bucket, "ObjectTagging:Put", version)

    monkeypatch.setattr(service, "_to", tagged_meanwhile)
    s3.put_object(Bucket=source, Key="r/k", Body=b"x")
    frozen_clock.advance(60)
    assert len(calls) == 2
    assert s3.get_object_tagging(Bucket=target, Key="r/k")["TagSet"] == [{"Key": "t", "Value": "1"}]


def test_two_timers_at_once_replicate_once(cloud, s3, replicated, frozen_clock, monkeypatch):
    source, target = replicated
    s3.put_object(Bucket=source, Key="r/k", Body=b"x")
    service = cloud.look(lambda c: c.registry.get("s3").service)
    copied = service.copied

    async def copied_slowly(version):
        await service.clock.breathe()
        return await copied(version)

    monkeypatch.setattr(service, "copied", copied_slowly)

    async def twice(running):
        running.store.execute("UPDATE s3_replications SET due = 0")
        await asyncio.gather(service._replicate_due(), service._replicate_due())

    cloud.run(twice)
    assert len(s3.list_object_versions(Bucket=target)["Versions"]) == 1
    assert s3.head_object(Bucket=source, Key="r/k")["ReplicationStatus"] == "COMPLETED"


def test_what_the_role_may_not_fails(s3, versioned, target, account, iam, frozen_clock):  # noqa: PLR0917
    replicate(s3, account, versioned, target)
    iam.delete_role_policy(RoleName="r", PolicyName="p")
    s3.put_object(Bucket=versioned, Key="r/k", Body=b"x")
    frozen_clock.advance(60)
    assert s3.head_object(Bucket=versioned, Key="r/k")["ReplicationStatus"] == "FAILED"
    assert refusal(s3.head_object, Bucket=target, Key="r/k")[1] == 404


def test_configurations_that_cannot_be(s3, bucket, names, account):
    other = next(names)
    put = {"s3": s3, "account": account, "source": bucket, "target": other}
    versioning = "Versioning must be 'Enabled' on the bucket to apply a replication configuration"
    assert refusal(replicate, **put) == ("InvalidRequest", 400, versioning)
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    assert refusal(replicate, **put) == ("InvalidRequest", 400, "Destination bucket must exist.")
    s3.create_bucket(Bucket=other)
    assert refusal(replicate, **put) == ("InvalidRequest", 400, "Destination bucket must have versioning enabled.")
