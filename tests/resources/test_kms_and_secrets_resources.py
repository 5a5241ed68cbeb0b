"""The resource types of KMS and Secrets Manager."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from cloudchamber.core.errors import AwsError
from tests.resources.stack_calls import Stack

if TYPE_CHECKING:
    from cloudchamber.testing import RunningCloud


@pytest.fixture
def kms(client: Any) -> Any:
    return client("kms")


@pytest.fixture
def secrets(client: Any) -> Any:
    return client("secretsmanager")


# KMS


def test_a_key_is_enabled_rotates_and_is_scheduled_for_deletion(stack: Stack, kms: Any):
    key = stack.create(
        "AWS::KMS::Key", Description="d", EnableKeyRotation="true", RotationPeriodInDays="180",
        PendingWindowInDays="7", Tags=[{"Key": "a", "Value": "b"}],
    )  # fmt: skip
    assert key.ref == key.att("KeyId")
    assert key.att("Arn") == f"arn:aws:kms:us-east-1:{stack.account}:key/{key.ref}"
    assert kms.get_key_rotation_status(KeyId=key.ref)["RotationPeriodInDays"] == 180
    key.update(Description="e", Enabled=False, PendingWindowInDays=7)
    found = kms.describe_key(KeyId=key.ref)["KeyMetadata"]
    assert (found["Description"], found["Enabled"]) == ("e", False)
    assert kms.list_resource_tags(KeyId=key.ref)["Tags"] == []
    assert key.read()["Enabled"] is False
    key.delete()
    found = kms.describe_key(KeyId=key.ref)["KeyMetadata"]
    assert found["KeyState"] == "PendingDeletion"
    assert 6.9 < (found["DeletionDate"].timestamp() - stack.cloud.clock.now()) / 86400 < 7.1
    key.delete()


def test_the_kind_of_a_key_does_not_change(stack: Stack):
    key = stack.create("AWS::KMS::Key")
    with pytest.raises(AwsError) as caught:
        key.update(KeySpec="RSA_2048", KeyUsage="SIGN_VERIFY")
    assert caught.value.message.startswith("You cannot change the KeySpec, KeyUsage")


def test_a_key_policy_and_an_alias(stack: Stack, kms: Any):
    def policy(sid: str) -> dict[str, Any]:
        principal = {"AWS": f"arn:aws:iam::{stack.account}:root"}
        allow = {"Sid": sid, "Effect": "Allow", "Principal": principal, "Action": "kms:*", "Resource": "*"}
        return {"Version": "2012-10-17", "Statement": [allow]}

    key = stack.create("AWS::KMS::Key", KeyPolicy=policy("a"))
    key.update(KeyPolicy=policy("b"))
    assert key.read()["KeyPolicy"] == policy("b")
    alias = stack.create("AWS::KMS::Alias", AliasName="alias/app", TargetKeyId=key.ref)
    other = stack.create("AWS::KMS::Key")
    alias.update(AliasName="alias/app", TargetKeyId=other.att("Arn"))
    assert kms.describe_key(KeyId="alias/app")["KeyMetadata"]["KeyId"] == other.ref
    assert alias.read() == {"AliasName": "alias/app", "TargetKeyId": other.att("Arn")}
    alias.delete()
    alias.delete()


def test_a_replica_of_a_key(stack: Stack, cloud: RunningCloud):
    primary = stack.create("AWS::KMS::Key", MultiRegion=True)
    there = Stack(cloud, stack.account, "eu-west-1")
    policy = {"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{stack.account}:root"}, "Action": "kms:*",
         "Resource": "*"}
    ]}  # fmt: skip
    replica = there.create("AWS::KMS::ReplicaKey", PrimaryKeyArn=primary.att("Arn"), KeyPolicy=policy)
    assert replica.att("Arn") == f"arn:aws:kms:eu-west-1:{stack.account}:key/{primary.ref}"
    assert replica.read()["KeyPolicy"] == policy
    replica.delete()


# Secrets Manager


def test_a_generated_secret(stack: Stack, secrets: Any):
    recipe = {
        "SecretStringTemplate": '{"username": "admin"}', "GenerateStringKey": "password", "PasswordLength": "40",
        "ExcludePunctuation": "true",
    }  # fmt: skip
    secret = stack.create("AWS::SecretsManager::Secret", Name="db", GenerateSecretString=recipe)
    assert secret.ref == secret.att("Id")
    value = json.loads(secrets.get_secret_value(SecretId="db")["SecretString"])
    assert (value["username"], len(value["password"]), value["password"].isalnum()) == ("admin", 40, True)
    secret.update(Name="db", GenerateSecretString=recipe, Description="d")
    assert json.loads(secrets.get_secret_value(SecretId="db")["SecretString"]) == value
    assert secret.read()["Description"] == "d"
    assert stack.find(secret) == secret.made
    secret.delete()
    assert stack.find(secret) is None
    stack.create("AWS::SecretsManager::Secret", Name="db")  # the name is free at once


def test_a_written_secret_its_policy_and_its_replicas(stack: Stack, secrets: Any, client: Any):
    secret = stack.create("AWS::SecretsManager::Secret", SecretString="one", ReplicaRegions=[{"Region": "eu-west-1"}])
    assert client("secretsmanager", "eu-west-1").get_secret_value(
        SecretId=secret.ref.replace("us-east-1", "eu-west-1")
    )["SecretString"] == "one"  # fmt: skip
    secret.update(SecretString="two", Tags=[{"Key": "a", "Value": "b"}])
    assert secrets.get_secret_value(SecretId=secret.ref)["SecretString"] == "two"
    assert secret.read()["Tags"] == [{"Key": "a", "Value": "b"}]
    assert secrets.describe_secret(SecretId=secret.ref).get("ReplicationStatus", []) == []
    document = {"Version": "2012-10-17", "Statement": [
        {"Effect": "Deny", "Principal": {"AWS": f"arn:aws:iam::{stack.account}:root"},
         "Action": "secretsmanager:DeleteSecret", "Resource": "*"}
    ]}  # fmt: skip
    policy = stack.create("AWS::SecretsManager::ResourcePolicy", SecretId=secret.ref, ResourcePolicy=document)
    assert policy.ref == secret.ref
    assert policy.read()["ResourcePolicy"] == document
    policy.delete()
    secret.delete()
    policy.delete()


def test_a_secret_is_written_or_generated(stack: Stack):
    with pytest.raises(AwsError) as caught:
        stack.create("AWS::SecretsManager::Secret", SecretString="a", GenerateSecretString={})
    assert caught.value.message == "You can't specify both SecretString and GenerateSecretString."


def test_hosted_rotation_is_refused(stack: Stack):
    secret = stack.create("AWS::SecretsManager::Secret", GenerateSecretString={})
    hosted = {"RotationType": "MySQLSingleUser"}
    with pytest.raises(AwsError) as caught:
        stack.create("AWS::SecretsManager::RotationSchedule", SecretId=secret.ref, HostedRotationLambda=hosted)
    assert "the property HostedRotationLambda is not implemented" in caught.value.message
