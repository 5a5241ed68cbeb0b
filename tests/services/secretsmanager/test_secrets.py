"""CreateSecret, UpdateSecret, DescribeSecret, ListSecrets, DeleteSecret, RestoreSecret, tags."""

from __future__ import annotations

import re

import pytest

from tests.services.calls import refused
from tests.services.secretsmanager.secrets_calls import DAY, DELETED, MISSING, TOKENS, stages

# wrong input


def test_names_that_aws_refuses(make):
    message = "Invalid name. Must be a valid name containing alphanumeric characters, or any of the following: -/_+=.@!"
    for name in ("a b", "a:b", "ü", "a#"):
        with refused("ValidationException", message):
            make(name)
    with refused("ValidationException"):
        make("x" * 513)


def test_values_that_aws_refuses(secrets, make):
    message = "You can't specify both a binary secret value and a string secret value in the same secret."
    with refused("InvalidParameterException", message):
        make(SecretBinary=b"x")
    with refused("ValidationException"):
        make(value="v" * 65_537)
    with refused("ValidationException"):
        make(ClientRequestToken="short")
    make()
    with refused("InvalidRequestException", "You must provide either SecretString or SecretBinary."):
        secrets.put_secret_value(SecretId="s")


def test_recovery_windows_that_aws_refuses(secrets, make):
    make()
    for days in (6, 31):
        message = "The RecoveryWindowInDays value must be between 7 and 30 days (inclusive)."
        with refused("InvalidParameterException", message):
            secrets.delete_secret(SecretId="s", RecoveryWindowInDays=days)
    message = "You can't use ForceDeleteWithoutRecovery in conjunction with RecoveryWindowInDays."
    with refused("InvalidParameterException", message):
        secrets.delete_secret(SecretId="s", RecoveryWindowInDays=7, ForceDeleteWithoutRecovery=True)


def test_tags_that_aws_refuses(make, secrets):
    for tags in ([{"Key": "aws:x", "Value": ""}], [{"Key": "a", "Value": ""}] * 2, [{"Value": "v"}]):
        with refused("InvalidParameterException"):
            make(Tags=tags)
    with refused("InvalidParameterException"):
        make(Tags=[{"Key": str(n), "Value": ""} for n in range(51)])


def test_what_is_not_here_says_so(secrets, make):
    make()
    with refused("NotImplemented", status=501):
        make("t", Type="SalesforceClientSecret")
    with refused("NotImplemented", status=501):
        secrets.associate_cross_account_replica(SecretId="s", CrossAccountReplicaARN="arn:aws:secretsmanager:x")


# wrong state


def test_what_is_not_there(secrets):
    for call in (
        secrets.describe_secret, secrets.get_secret_value, secrets.delete_secret, secrets.restore_secret,
        secrets.list_secret_version_ids, secrets.get_resource_policy, secrets.update_secret,
    ):  # fmt: skip
        with refused("ResourceNotFoundException", MISSING):
            call(SecretId="nothing")


def test_a_name_is_taken_once(secrets, make):
    make()
    with refused("ResourceExistsException", "The operation failed because the secret s already exists."):
        make(value="w")
    secrets.delete_secret(SecretId="s")
    message = "You can't create this secret because a secret with this name is already scheduled for deletion."
    with refused("InvalidRequestException", message):
        make()


def test_nothing_can_be_done_to_a_secret_marked_for_deletion(secrets, make):
    make()
    secrets.delete_secret(SecretId="s")
    for call in (
        lambda: secrets.get_secret_value(SecretId="s"),
        lambda: secrets.put_secret_value(SecretId="s", SecretString="x"),
        lambda: secrets.update_secret(SecretId="s", Description="x"),
        lambda: secrets.tag_resource(SecretId="s", Tags=[]),
        lambda: secrets.rotate_secret(SecretId="s"),
        lambda: secrets.delete_secret(SecretId="s"),
    ):
        with refused("InvalidRequestException", DELETED):
            call()


# behaviour


def test_the_arn_ends_with_six_characters_and_any_part_of_it_finds_the_secret(secrets, make, account):
    made = make("a/b-c")
    assert re.fullmatch(rf"arn:aws:secretsmanager:us-east-1:{account}:secret:a/b-c-[a-zA-Z0-9]{{6}}", made["ARN"])
    for secret_id in (made["ARN"], made["ARN"][:-7], "a/b-c"):
        assert secrets.get_secret_value(SecretId=secret_id)["ARN"] == made["ARN"]
    with refused("ResourceNotFoundException"):
        secrets.get_secret_value(SecretId=made["ARN"][:-1])


def test_a_secret_may_be_made_without_a_value(secrets):
    made = secrets.create_secret(Name="s", Description="d")
    assert "VersionId" not in made
    message = "Secrets Manager can't find the specified secret value for staging label: AWSCURRENT"
    with refused("ResourceNotFoundException", message):
        secrets.get_secret_value(SecretId="s")
    shown = secrets.describe_secret(SecretId="s")
    assert shown["Description"] == "d" and "VersionIdsToStages" not in shown and "RotationEnabled" not in shown
    secrets.put_secret_value(SecretId="s", SecretString="v", VersionStages=["blue"])
    assert set(stages(secrets)) == {"blue", "AWSCURRENT"}  # the first version is the current one


def test_the_same_request_twice_makes_one_secret(make):
    first = make(ClientRequestToken=TOKENS[0])
    again = make(ClientRequestToken=TOKENS[0])
    assert (again["ARN"], again["VersionId"]) == (first["ARN"], TOKENS[0])
    with refused("ResourceExistsException"):
        make(value="other", ClientRequestToken=TOKENS[0])


def test_updating(secrets, make):
    first = make(Description="old")
    answer = secrets.update_secret(SecretId="s", Description="new")
    assert "VersionId" not in answer
    answer = secrets.update_secret(SecretId="s", SecretString="w")
    shown = secrets.describe_secret(SecretId="s")
    assert shown["Description"] == "new"
    assert stages(secrets) == {"AWSCURRENT": answer["VersionId"], "AWSPREVIOUS": first["VersionId"]}
    assert secrets.get_secret_value(SecretId="s")["SecretString"] == "w"


def test_deletion_waits_for_the_recovery_window(secrets, make, frozen_clock):
    make()
    answer = secrets.delete_secret(SecretId="s", RecoveryWindowInDays=7)
    assert abs(answer["DeletionDate"].timestamp() - frozen_clock.now() - 7 * DAY) < 1
    assert secrets.describe_secret(SecretId="s")["DeletedDate"] == answer["DeletionDate"]
    assert secrets.list_secrets()["SecretList"] == []
    [listed] = secrets.list_secrets(IncludePlannedDeletion=True)["SecretList"]
    assert listed["Name"] == "s"
    frozen_clock.advance(7 * DAY - 1)
    secrets.restore_secret(SecretId="s")
    assert secrets.get_secret_value(SecretId="s")["SecretString"] == "v"
    frozen_clock.advance(30 * DAY)
    secrets.delete_secret(SecretId="s")
    frozen_clock.advance(30 * DAY)
    with refused("ResourceNotFoundException", MISSING):
        secrets.describe_secret(SecretId="s")
    make()


def test_deletion_by_force_is_at_once_and_never_fails(secrets, make):
    first = make()
    secrets.delete_secret(SecretId="s", ForceDeleteWithoutRecovery=True)
    with refused("ResourceNotFoundException"):
        secrets.describe_secret(SecretId="s")
    assert secrets.delete_secret(SecretId="s", ForceDeleteWithoutRecovery=True)["Name"] == "s"
    second = make(value="w")
    assert second["ARN"] != first["ARN"]
    assert len(secrets.list_secret_version_ids(SecretId="s", IncludeDeprecated=True)["Versions"]) == 1
    with refused("ResourceNotFoundException"):
        secrets.get_secret_value(SecretId=first["ARN"])


def test_tags(secrets, make):
    make(Tags=[{"Key": "a", "Value": "1"}])
    secrets.tag_resource(SecretId="s", Tags=[{"Key": "b", "Value": "2"}])
    secrets.untag_resource(SecretId="s", TagKeys=["a"])
    assert secrets.describe_secret(SecretId="s")["Tags"] == [{"Key": "b", "Value": "2"}]


@pytest.fixture
def several(make, frozen_clock):
    for name, more in (
        ("app/db", {"Description": "Main database", "Tags": [{"Key": "team", "Value": "Blue"}]}),
        ("app/mail", {"Description": "Mail"}),
        ("other", {"Tags": [{"Key": "Team", "Value": "red"}]}),
    ):
        make(name, **more)
        frozen_clock.advance(10)


def listed(secrets, *filters, **more) -> list[str]:
    given = [{"Key": key, "Values": list(values)} for key, *values in filters]
    return [one["Name"] for one in secrets.list_secrets(Filters=given, **more)["SecretList"]]


def test_listing_with_filters(secrets, several):
    assert listed(secrets, ("name", "app/")) == ["app/db", "app/mail"]
    assert listed(secrets, ("name", "App")) == []
    assert listed(secrets, ("name", "other", "app/d")) == ["app/db", "other"]
    assert listed(secrets, ("name", "!app")) == ["other"]
    assert listed(secrets, ("description", "main")) == ["app/db"]
    assert listed(secrets, ("tag-key", "team")) == ["app/db"]
    assert listed(secrets, ("tag-value", "re")) == ["other"]
    assert listed(secrets, ("all", "BLUE")) == ["app/db"]
    assert listed(secrets, ("all", "mail app")) == ["app/mail"]
    assert listed(secrets, ("name", "app"), ("description", "mail")) == ["app/mail"]
    assert listed(secrets, ("primary-region", "us-")) == ["app/db", "app/mail", "other"]
    with refused("ValidationException"):
        listed(secrets, ("colour", "x"))


def test_listing_in_order_and_in_pages(secrets, several):
    assert listed(secrets, SortOrder="desc") == ["other", "app/mail", "app/db"]
    assert listed(secrets, SortBy="name") == ["app/db", "app/mail", "other"]
    secrets.update_secret(SecretId="app/db", Description="x")
    assert listed(secrets, SortBy="last-changed-date", SortOrder="desc")[0] == "app/db"
    pages = list(secrets.get_paginator("list_secrets").paginate(PaginationConfig={"PageSize": 2}))
    assert [[one["Name"] for one in page["SecretList"]] for page in pages] == [["app/db", "app/mail"], ["other"]]
    with refused("InvalidNextTokenException"):
        secrets.list_secrets(NextToken="x")


def test_accounts_and_regions_are_apart(cloud, make, elsewhere):
    make()
    for other in (elsewhere("eu-west-1"), cloud.session().client("secretsmanager")):
        with refused("ResourceNotFoundException", MISSING):
            other.get_secret_value(SecretId="s")
