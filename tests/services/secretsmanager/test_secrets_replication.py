"""Replicas in other regions."""

from __future__ import annotations

import pytest

from tests.services.calls import policy, refused
from tests.services.secretsmanager.conftest import CONFIG
from tests.services.secretsmanager.secrets_calls import stages, statement

WEST = [{"Region": "eu-west-1"}]
ON_A_REPLICA = "Operation not permitted on a replica secret. Call must be made in primary secret's region."


@pytest.fixture
def west(elsewhere):
    return elsewhere("eu-west-1")


# wrong input and wrong state


def test_regions_that_aws_refuses(secrets, make):
    make()
    for regions in ([{"Region": "us-east-1"}], [{}]):
        with refused("InvalidParameterException", "Invalid replica region."):
            secrets.replicate_secret_to_regions(SecretId="s", AddReplicaRegions=regions)
    with refused("ValidationException"):
        secrets.replicate_secret_to_regions(SecretId="s", AddReplicaRegions=[{"Region": "nowhere"}])
    secrets.replicate_secret_to_regions(SecretId="s", AddReplicaRegions=WEST)
    with refused("InvalidParameterException"):
        secrets.replicate_secret_to_regions(SecretId="s", AddReplicaRegions=WEST)
    with refused("InvalidParameterException"):
        secrets.remove_regions_from_replication(SecretId="s", RemoveReplicaRegions=["eu-west-2"])
    with refused("InvalidRequestException"):
        secrets.stop_replication_to_replica(SecretId="s")


def test_a_replica_is_changed_in_its_primary_region_only(west, make):
    make(AddReplicaRegions=WEST)
    for call in (
        lambda: west.put_secret_value(SecretId="s", SecretString="x"),
        lambda: west.update_secret(SecretId="s", Description="x"),
        lambda: west.tag_resource(SecretId="s", Tags=[]),
        lambda: west.put_resource_policy(SecretId="s", ResourcePolicy="{}"),
        lambda: west.rotate_secret(SecretId="s"),
        lambda: west.replicate_secret_to_regions(SecretId="s", AddReplicaRegions=[{"Region": "eu-west-2"}]),
    ):
        with refused("InvalidRequestException", ON_A_REPLICA):
            call()


def test_a_primary_is_not_deleted_before_its_replicas(secrets, make):
    make(AddReplicaRegions=WEST)
    message = "You can't delete secret s that still has replica regions [eu-west-1]."
    with refused("InvalidRequestException", message):
        secrets.delete_secret(SecretId="s")
    secrets.remove_regions_from_replication(SecretId="s", RemoveReplicaRegions=["eu-west-1"])
    secrets.delete_secret(SecretId="s")


def test_a_secret_in_the_way_is_overwritten_only_by_force(secrets, west, make):
    west.create_secret(Name="s", SecretString="in the way")
    made = make(AddReplicaRegions=WEST)
    [status] = made["ReplicationStatus"]
    assert (status["Status"], status["StatusMessage"]) == (
        "Failed", "Replication failed: Secret name s already exists in region eu-west-1.",
    )  # fmt: skip
    assert west.get_secret_value(SecretId="s")["SecretString"] == "in the way"
    secrets.put_secret_value(SecretId="s", SecretString="w")
    assert west.get_secret_value(SecretId="s")["SecretString"] == "in the way"
    answer = secrets.replicate_secret_to_regions(SecretId="s", AddReplicaRegions=WEST, ForceOverwriteReplicaSecret=True)
    assert [one["Status"] for one in answer["ReplicationStatus"]] == ["InSync"]
    assert west.get_secret_value(SecretId="s")["SecretString"] == "w"


def test_a_key_that_cannot_be_used_makes_a_failed_replica(secrets, make, elsewhere):
    made = make(AddReplicaRegions=[{"Region": "eu-west-1", "KmsKeyId": "alias/nothing"}, {"Region": "eu-west-2"}])
    assert [one["Status"] for one in made["ReplicationStatus"]] == ["Failed", "InSync"]
    with refused("ResourceNotFoundException"):
        elsewhere("eu-west-1").get_secret_value(SecretId="s")
    assert elsewhere("eu-west-2").get_secret_value(SecretId="s")["SecretString"] == "v"


# behaviour


def test_a_replica_is_read_in_its_region(secrets, west, make):
    made = make(AddReplicaRegions=WEST, Tags=[{"Key": "a", "Value": "1"}])
    arn = made["ARN"].replace("us-east-1", "eu-west-1")
    found = west.get_secret_value(SecretId="s")
    assert (found["SecretString"], found["ARN"], found["VersionId"]) == ("v", arn, made["VersionId"])
    assert west.get_secret_value(SecretId=arn)["Name"] == "s"
    shown = west.describe_secret(SecretId="s")
    assert (shown["PrimaryRegion"], shown["Tags"]) == ("us-east-1", [{"Key": "a", "Value": "1"}])
    shown = secrets.describe_secret(SecretId="s")
    assert shown["PrimaryRegion"] == "us-east-1"
    [status] = shown["ReplicationStatus"]
    assert (status["Region"], status["Status"], status["KmsKeyId"]) == (
        "eu-west-1", "InSync", "alias/aws/secretsmanager",
    )  # fmt: skip
    assert "LastAccessedDate" in status


def test_a_replica_follows_its_primary(secrets, west, make):
    make(AddReplicaRegions=WEST)
    secrets.put_secret_value(SecretId="s", SecretString="w")
    secrets.update_secret(SecretId="s", Description="d")
    secrets.tag_resource(SecretId="s", Tags=[{"Key": "a", "Value": "1"}])
    text = policy(statement("secretsmanager:DeleteSecret", effect="Deny", Principal="*"))
    secrets.put_resource_policy(SecretId="s", ResourcePolicy=text)
    assert stages(west) == stages(secrets)
    assert west.get_secret_value(SecretId="s")["SecretString"] == "w"
    assert west.get_secret_value(SecretId="s", VersionStage="AWSPREVIOUS")["SecretString"] == "v"
    assert west.describe_secret(SecretId="s")["Description"] == "d"
    assert west.get_resource_policy(SecretId="s")["ResourcePolicy"] == text


def test_a_replica_has_a_key_of_its_region(aws, secrets, west, make, user):
    key = aws.client("kms", region_name="eu-west-1", config=CONFIG).create_key()["KeyMetadata"]["Arn"]
    make(AddReplicaRegions=[{"Region": "eu-west-1", "KmsKeyId": key}])
    secrets.put_secret_value(SecretId="s", SecretString="w")
    assert west.get_secret_value(SecretId="s")["SecretString"] == "w"
    aws.client("kms", region_name="eu-west-1").disable_key(KeyId=key)
    with refused("DecryptionFailure"):
        west.get_secret_value(SecretId="s")
    secrets.put_secret_value(SecretId="s", SecretString="x")  # the primary goes on; the replica falls behind
    assert secrets.get_secret_value(SecretId="s")["SecretString"] == "x"
    [status] = secrets.describe_secret(SecretId="s")["ReplicationStatus"]
    assert status["Status"] == "Failed"


def test_promotion_makes_a_secret_of_its_own(secrets, west, make):
    make(AddReplicaRegions=WEST)
    west.stop_replication_to_replica(SecretId="s")
    assert "ReplicationStatus" not in secrets.describe_secret(SecretId="s")
    west.put_secret_value(SecretId="s", SecretString="own")
    secrets.put_secret_value(SecretId="s", SecretString="w")
    assert west.get_secret_value(SecretId="s")["SecretString"] == "own"
    assert "PrimaryRegion" not in west.describe_secret(SecretId="s")


def test_removing_and_deleting_replicas(secrets, elsewhere, make):
    make(AddReplicaRegions=[{"Region": "eu-west-1"}, {"Region": "eu-west-2"}])
    answer = secrets.remove_regions_from_replication(SecretId="s", RemoveReplicaRegions=["eu-west-1"])
    assert [one["Region"] for one in answer["ReplicationStatus"]] == ["eu-west-2"]
    with refused("ResourceNotFoundException"):
        elsewhere("eu-west-1").describe_secret(SecretId="s")
    elsewhere("eu-west-2").delete_secret(SecretId="s")  # at once, as AWS does with replicas
    with refused("ResourceNotFoundException"):
        elsewhere("eu-west-2").describe_secret(SecretId="s")
    assert "ReplicationStatus" not in secrets.describe_secret(SecretId="s")


def test_listing_finds_replicas_by_their_primary_region(west, make):
    make(AddReplicaRegions=WEST)
    west.create_secret(Name="own")
    found = west.list_secrets(Filters=[{"Key": "primary-region", "Values": ["us-east-1"]}])["SecretList"]
    assert [one["Name"] for one in found] == ["s"]
