"""SecureStrings under KMS keys, and secrets of Secrets Manager by reference."""

from __future__ import annotations

import base64
import json

import pytest

from tests.services.calls import refused
from tests.services.ssm.conftest import CONFIG
from tests.services.ssm.ssm_calls import statement


@pytest.fixture
def key(aws) -> str:
    arn: str = aws.client("kms").create_key()["KeyMetadata"]["Arn"]
    return arn


@pytest.mark.parametrize("tier", ["Standard", "Advanced"])
def test_a_secure_string_is_kept_as_ciphertext(cloud, ssm, put, account, tier):
    put("x", "hidden text", Type="SecureString", Tier=tier)
    shown = ssm.get_parameter(Name="x")["Parameter"]
    assert shown["Type"] == "SecureString" and base64.b64decode(shown["Value"])
    assert ssm.get_parameter(Name="x", WithDecryption=True)["Parameter"]["Value"] == "hidden text"
    assert ssm.get_parameters(Names=["x"], WithDecryption=True)["Parameters"][0]["Value"] == "hidden text"
    assert ssm.get_parameters_by_path(Path="/", WithDecryption=True)["Parameters"][0]["Value"] == "hidden text"
    assert ssm.get_parameter_history(Name="x", WithDecryption=True)["Parameters"][0]["Value"] == "hidden text"
    assert ssm.describe_parameters()["Parameters"][0]["KeyId"] == "alias/aws/ssm"
    rows = cloud.look(
        lambda running: running.store.all("SELECT record FROM ssm_versions WHERE account = ?", (account,))
    )
    assert rows and all(b"hidden text" not in row[0] for row in rows)


def test_a_standard_ciphertext_is_kms_own_with_the_arn_as_context(aws, ssm, put, key, account):
    put("x", "v", Type="SecureString", KeyId=key)
    blob = base64.b64decode(ssm.get_parameter(Name="x")["Parameter"]["Value"])
    context = {"PARAMETER_ARN": f"arn:aws:ssm:us-east-1:{account}:parameter/x"}
    opened = aws.client("kms").decrypt(CiphertextBlob=blob, EncryptionContext=context)
    assert (opened["Plaintext"], opened["KeyId"]) == (b"v", key)


@pytest.mark.parametrize("tier", ["Standard", "Advanced"])
def test_who_may_not_decrypt_with_the_key_cannot_read(put, user, key, tier):
    put("x", "v", Type="SecureString", KeyId=key, Tier=tier)
    reads = statement("ssm:GetParameter")
    with refused("AccessDeniedException") as caught:
        user("eve", reads).ssm.get_parameter(Name="x", WithDecryption=True)
    message = caught.value.response["Error"]["Message"]
    assert f"is not authorized to perform: kms:Decrypt on resource: {key}" in message
    assert "(Service: AWSKMS; Status Code: 400; Error Code: AccessDeniedException; " in message
    bob = user("bob", reads, statement("kms:Decrypt", key))
    assert bob.ssm.get_parameter(Name="x", WithDecryption=True)["Parameter"]["Value"] == "v"
    assert "Value" in user("carol", reads).ssm.get_parameter(Name="x")["Parameter"]


def test_who_may_not_encrypt_with_the_key_cannot_write(user, key, ssm):
    with refused("AccessDeniedException"):
        user("eve", statement("ssm:PutParameter")).ssm.put_parameter(
            Name="x", Value="v", Type="SecureString", KeyId=key
        )
    assert ssm.describe_parameters()["Parameters"] == []


def test_the_default_key_serves_whoever_may_use_parameter_store(user):
    bob = user("bob", statement("ssm:*"))
    bob.ssm.put_parameter(Name="x", Value="v", Type="SecureString")
    assert bob.ssm.get_parameter(Name="x", WithDecryption=True)["Parameter"]["Value"] == "v"


def test_keys_that_cannot_be_used(aws, ssm, put, key):
    with refused("InvalidKeyId") as caught:
        put("x", Type="SecureString", KeyId="alias/nothing")
    assert "is not found. (Service: AWSKMS; Status Code: 400; Error Code: NotFoundException; Request ID: " in str(
        caught.value
    )
    put("x", Type="SecureString", KeyId=key)
    aws.client("kms").disable_key(KeyId=key)
    with refused("InvalidKeyId") as caught:
        ssm.get_parameter(Name="x", WithDecryption=True)
    assert f"{key} is disabled." in str(caught.value) and "DisabledException" in str(caught.value)


def test_an_older_version_opens_after_the_key_has_changed(ssm, put, key):
    put("x", "one", Type="SecureString", KeyId=key)
    put("x", "two", Type="SecureString", Overwrite=True)
    assert ssm.get_parameter(Name="x:1", WithDecryption=True)["Parameter"]["Value"] == "one"
    assert ssm.get_parameter(Name="x", WithDecryption=True)["Parameter"]["Value"] == "two"


def test_a_secret_by_reference(aws, ssm):
    secrets = aws.client("secretsmanager", config=CONFIG)
    made = secrets.create_secret(Name="db/password", SecretString="hush")
    name = "/aws/reference/secretsmanager/db/password"
    found = ssm.get_parameter(Name=name, WithDecryption=True)["Parameter"]
    assert (found["Name"], found["Type"], found["Value"]) == (name, "SecureString", "hush")
    assert json.loads(found["SourceResult"])["ARN"] == made["ARN"]
    staged = ssm.get_parameter(Name=f"{name}:AWSCURRENT", WithDecryption=True)["Parameter"]
    assert (staged["Value"], staged["Selector"]) == ("hush", ":AWSCURRENT")
    with refused("ValidationException", "WithDecryption flag must be True for retrieving a Secret Manager secret."):
        ssm.get_parameter(Name=name)
    with refused(
        "ParameterNotFound",
        "An error occurred (ParameterNotFound) when referencing Secrets Manager: Secret "
        "/aws/reference/secretsmanager/nothing not found.",
    ):
        ssm.get_parameter(Name="/aws/reference/secretsmanager/nothing", WithDecryption=True)


def test_a_reference_asks_for_leave_on_the_secret_too(aws, user):
    aws.client("secretsmanager", config=CONFIG).create_secret(Name="s", SecretString="hush")
    name = "/aws/reference/secretsmanager/s"
    with refused("AccessDeniedException"):
        user("eve", statement("ssm:*")).ssm.get_parameter(Name=name, WithDecryption=True)
    bob = user("bob", statement("ssm:*"), statement("secretsmanager:GetSecretValue"))
    assert bob.ssm.get_parameter(Name=name, WithDecryption=True)["Parameter"]["Value"] == "hush"
