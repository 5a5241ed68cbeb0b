"""Who may what: IAM with condition keys, and policies of secrets."""

from __future__ import annotations

import json

import pytest

from tests.services.calls import policy, refused
from tests.services.secretsmanager.secrets_calls import DAY, denied, statement

PUBLIC = statement("secretsmanager:GetSecretValue", Principal="*")


@pytest.fixture
def stranger(cloud):
    """The root user of another account: number and client."""
    number = cloud.new_account()
    return number, cloud.session(number).client("secretsmanager")


# wrong input


def test_policies_that_aws_refuses(secrets, make, account):
    make()
    syntax = "This resource policy contains a syntax error."
    principal = "This resource policy contains an unsupported principal."
    for text, message in (
        ("{", syntax),
        ('{"Version": "2012-10-17"}', syntax),
        (policy(statement("s3:GetObject", Principal="*")), syntax),
        (policy(statement("secretsmanager:*")), principal),
        (policy(statement("secretsmanager:*", Principal={"AWS": f"arn:aws:iam::{account}:user/nobody"})), principal),
        (policy(statement("secretsmanager:*", Principal={"AWS": "x"})), principal),
    ):
        with refused("MalformedPolicyDocumentException", message):
            secrets.put_resource_policy(SecretId="s", ResourcePolicy=text)
    with refused("InvalidParameterException"):
        secrets.put_resource_policy(SecretId="s", ResourcePolicy=policy(PUBLIC), PolicyName="other")
    with refused("ValidationException"):
        secrets.put_resource_policy(SecretId="s", ResourcePolicy=" " * 20_481)


def test_public_policies_are_blocked_if_asked_to(secrets, make, account):
    make()
    message = (
        "The BlockPublicPolicy parameter is set to true, and the resource policy did not prevent broad access to the "
        "secret."
    )
    for public in (PUBLIC, {**PUBLIC, "Principal": {"AWS": ["*"]}}):
        with refused("PublicPolicyException", message):
            secrets.put_resource_policy(SecretId="s", ResourcePolicy=policy(public), BlockPublicPolicy=True)
    narrow = {**PUBLIC, "Condition": {"StringEquals": {"aws:PrincipalAccount": account}}}
    denial = {**PUBLIC, "Effect": "Deny", "Action": "secretsmanager:DeleteSecret"}
    secrets.put_resource_policy(SecretId="s", ResourcePolicy=policy(narrow, denial), BlockPublicPolicy=True)
    secrets.put_resource_policy(SecretId="s", ResourcePolicy=policy(PUBLIC))


# behaviour


def test_a_policy_is_kept_listed_and_taken_away(secrets, make):
    made = make()
    assert "ResourcePolicy" not in secrets.get_resource_policy(SecretId="s")
    assert secrets.list_resource_policies(SecretId="s")["ResourcePolicies"] == []
    answer = secrets.put_resource_policy(SecretId="s", ResourcePolicy=policy(PUBLIC))
    assert (answer["ARN"], answer["Name"]) == (made["ARN"], "s")
    assert json.loads(secrets.get_resource_policy(SecretId="s")["ResourcePolicy"])["Statement"] == [PUBLIC]
    assert secrets.list_resource_policies(SecretId="s")["ResourcePolicies"] == [{"PolicyName": "default"}]
    secrets.delete_resource_policy(SecretId="s")
    assert "ResourcePolicy" not in secrets.get_resource_policy(SecretId="s")


def test_validation_says_what_is_wrong(secrets, make, user, account):
    make()
    answer = secrets.validate_resource_policy(SecretId="s", ResourcePolicy=policy(PUBLIC))
    assert answer["PolicyValidationPassed"] is False and len(answer["ValidationErrors"]) == 1
    bob = user("bob", statement("secretsmanager:*"))
    own = statement("secretsmanager:GetSecretValue", Principal={"AWS": bob.arn})
    assert bob.secrets.validate_resource_policy(ResourcePolicy=policy(own))["PolicyValidationPassed"] is True
    lockout = statement("secretsmanager:*", effect="Deny", Principal={"AWS": bob.arn})
    answer = bob.secrets.validate_resource_policy(SecretId="s", ResourcePolicy=policy(lockout))
    assert answer["PolicyValidationPassed"] is False
    with refused("MalformedPolicyDocumentException"):
        secrets.validate_resource_policy(ResourcePolicy="{")


def test_a_policy_opens_a_secret_to_a_user_and_shuts_it_for_another(secrets, make, user):
    arn = make()["ARN"]
    bob, eve = user("bob"), user("eve", statement("secretsmanager:*"))
    with refused(*denied(bob.arn, "secretsmanager:GetSecretValue", arn)):
        bob.secrets.get_secret_value(SecretId="s")
    opens = statement("secretsmanager:GetSecretValue", Principal={"AWS": bob.arn})
    shuts = statement("secretsmanager:GetSecretValue", effect="Deny", Principal={"AWS": eve.arn})
    secrets.put_resource_policy(SecretId="s", ResourcePolicy=policy(opens, shuts))
    assert bob.secrets.get_secret_value(SecretId="s")["SecretString"] == "v"
    with refused("AccessDeniedException"):
        eve.secrets.get_secret_value(SecretId="s")
    assert eve.secrets.describe_secret(SecretId="s")["ARN"] == arn


def test_another_account_needs_the_policy_and_a_key_it_may_use(aws, secrets, make, stranger, key):
    (number, other), account = stranger, key.split(":")[4]
    own, default = make("own", KmsKeyId=key)["ARN"], make("default")["ARN"]
    opens = policy(statement("secretsmanager:GetSecretValue", Principal={"AWS": number}))
    with refused("AccessDeniedException"):
        other.get_secret_value(SecretId=own)
    for name in ("own", "default"):
        secrets.put_resource_policy(SecretId=name, ResourcePolicy=opens)
    message = (
        "You can't access a secret from a different AWS account if you encrypt the secret with the default KMS service "
        "key."
    )
    with refused("InvalidRequestException", message):
        other.get_secret_value(SecretId=default)
    with refused("AccessDeniedException", "Access to KMS is not allowed"):
        other.get_secret_value(SecretId=own)
    shared = policy(
        statement("kms:*", Principal={"AWS": f"arn:aws:iam::{account}:root"}),
        statement("kms:Decrypt", Principal={"AWS": f"arn:aws:iam::{number}:root"}),
    )
    aws.client("kms").put_key_policy(KeyId=key, PolicyName="default", Policy=shared)
    assert other.get_secret_value(SecretId=own)["SecretString"] == "v"
    with refused("ResourceNotFoundException"):
        other.get_secret_value(SecretId="own")


def test_leave_by_the_pattern_of_the_arn(make, user, account):
    make("app/db")
    pattern = f"arn:aws:secretsmanager:us-east-1:{account}:secret:app/*-??????"
    bob = user("bob", statement("secretsmanager:*", pattern))
    assert bob.secrets.get_secret_value(SecretId="app/db")["SecretString"] == "v"
    bob.secrets.create_secret(Name="app/new", SecretString="w")
    with refused("ResourceNotFoundException"):
        bob.secrets.get_secret_value(SecretId="app/nothing")
    with refused("AccessDeniedException"):
        bob.secrets.create_secret(Name="other", SecretString="w")
    with refused("AccessDeniedException"):
        bob.secrets.list_secrets()


@pytest.mark.parametrize(
    ("condition", "allowed", "refused_call"),
    [
        (
            {"StringEquals": {"secretsmanager:VersionStage": "AWSPREVIOUS"}},
            lambda s: s.get_secret_value(SecretId="s", VersionStage="AWSCURRENT"),
            lambda s: s.get_secret_value(SecretId="s", VersionStage="AWSPREVIOUS"),
        ),
        (
            {"StringEquals": {"secretsmanager:ResourceTag/secrecy": "high"}},
            lambda s: s.get_secret_value(SecretId="s"),
            lambda s: s.get_secret_value(SecretId="tagged"),
        ),
        (
            {"StringEquals": {"aws:ResourceTag/secrecy": "high"}},
            lambda s: s.describe_secret(SecretId="s"),
            lambda s: s.describe_secret(SecretId="tagged"),
        ),
        (
            {"StringEquals": {"secretsmanager:SecretId": "s"}},
            lambda s: s.describe_secret(SecretId="tagged"),
            lambda s: s.describe_secret(SecretId="s"),
        ),
        (
            {"Bool": {"secretsmanager:ForceDeleteWithoutRecovery": "true"}},
            lambda s: s.delete_secret(SecretId="s"),
            lambda s: s.delete_secret(SecretId="s", ForceDeleteWithoutRecovery=True),
        ),
        (
            {"NumericLessThan": {"secretsmanager:RecoveryWindowInDays": "30"}},
            lambda s: s.delete_secret(SecretId="s", RecoveryWindowInDays=30),
            lambda s: s.delete_secret(SecretId="tagged", RecoveryWindowInDays=7),
        ),
        (
            {"StringNotEquals": {"aws:RequestTag/team": "blue"}},
            lambda s: s.create_secret(Name="t", Tags=[{"Key": "team", "Value": "blue"}]),
            lambda s: s.create_secret(Name="u", Tags=[{"Key": "team", "Value": "red"}]),
        ),
        (
            {"Null": {"secretsmanager:KmsKeyId": "false"}},
            lambda s: s.create_secret(Name="t"),
            lambda s: s.create_secret(Name="u", KmsKeyId="alias/x"),
        ),
    ],
    ids=["VersionStage", "ResourceTag", "aws:ResourceTag", "SecretId", "Force", "Window", "RequestTag", "KmsKeyId"],
)
def test_condition_keys(make, user, condition, allowed, refused_call):
    make()
    make("tagged", Tags=[{"Key": "secrecy", "Value": "high"}])
    everything = "secretsmanager:*"
    bob = user("bob", statement(everything), statement(everything, effect="Deny", Condition=condition))
    allowed(bob.secrets)
    with refused("AccessDeniedException"):
        refused_call(bob.secrets)


def test_a_deleted_secret_has_no_policy_left(secrets, make, user, frozen_clock):
    make()
    bob = user("bob")
    opens = policy(statement("secretsmanager:GetSecretValue", Principal={"AWS": bob.arn}))
    secrets.put_resource_policy(SecretId="s", ResourcePolicy=opens)
    secrets.delete_secret(SecretId="s", RecoveryWindowInDays=7)
    frozen_clock.advance(7 * DAY)
    make()
    with refused("AccessDeniedException"):
        bob.secrets.get_secret_value(SecretId="s")
