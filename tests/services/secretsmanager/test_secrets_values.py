"""Values, versions and staging labels; KMS keys; BatchGetSecretValue."""

from __future__ import annotations

import pytest

from tests.services.calls import refused
from tests.services.secretsmanager.secrets_calls import DAY, TOKENS, stages, statement

# wrong input and wrong state


def test_versions_that_are_not_there(secrets, make):
    made = make()
    for asked, said in (
        ({"VersionStage": "blue"}, "staging label: blue"),
        ({"VersionId": TOKENS[0]}, f"VersionId: {TOKENS[0]}"),
    ):
        message = f"Secrets Manager can't find the specified secret value for {said}"
        with refused("ResourceNotFoundException", message):
            secrets.get_secret_value(SecretId="s", **asked)
    message = "You provided a VersionStage that is not associated to the provided VersionId."
    with refused("InvalidRequestException", message):
        secrets.get_secret_value(SecretId="s", VersionId=made["VersionId"], VersionStage="AWSPREVIOUS")


def test_a_token_is_good_for_one_value(secrets, make):
    made = make()
    secrets.put_secret_value(SecretId="s", SecretString="w", ClientRequestToken=TOKENS[0])
    again = secrets.put_secret_value(SecretId="s", SecretString="w", ClientRequestToken=TOKENS[0])
    assert (again["VersionId"], again["VersionStages"]) == (TOKENS[0], ["AWSCURRENT"])
    message = (
        f"You can't use ClientRequestToken {TOKENS[0]} because that value is already in use for a version of secret "
        f"{made['ARN']}."
    )
    for call in (secrets.put_secret_value, secrets.update_secret):
        with refused("ResourceExistsException", message):
            call(SecretId="s", SecretString="x", ClientRequestToken=TOKENS[0])


def test_labels_are_taken_from_where_they_are(secrets, make):
    one = make()["VersionId"]
    two = secrets.put_secret_value(SecretId="s", SecretString="w", VersionStages=["blue"])["VersionId"]
    move = secrets.update_secret_version_stage
    message = (
        f"The parameter RemoveFromVersionId can't be empty. Staging label AWSCURRENT is currently attached to version "
        f"{one}, so you must explicitly reference that version in RemoveFromVersionId."
    )
    with refused("InvalidParameterException", message):
        move(SecretId="s", VersionStage="AWSCURRENT", MoveToVersionId=two)
    with refused("InvalidParameterException"):
        move(SecretId="s", VersionStage="blue", MoveToVersionId=one, RemoveFromVersionId=one)
    message = (
        "You can only move staging label AWSCURRENT to a different secret version. It can't be completely removed."
    )
    with refused("InvalidParameterException", message):
        move(SecretId="s", VersionStage="AWSCURRENT", RemoveFromVersionId=one)
    with refused("InvalidParameterException"):
        move(SecretId="s", VersionStage="blue")
    with refused("ResourceNotFoundException"):
        move(SecretId="s", VersionStage="green", MoveToVersionId=TOKENS[0])


def test_a_version_has_at_most_twenty_labels(secrets, make):
    make()
    labels = [f"l{n}" for n in range(20)]
    version = secrets.put_secret_value(SecretId="s", SecretString="w", VersionStages=labels)["VersionId"]
    with refused("LimitExceededException"):
        secrets.update_secret_version_stage(SecretId="s", VersionStage="more", MoveToVersionId=version)


# behaviour


def test_binary_stays_binary(secrets):
    secrets.create_secret(Name="s", SecretBinary=b"\x00\xff")
    found = secrets.get_secret_value(SecretId="s")
    assert found["SecretBinary"] == b"\x00\xff" and "SecretString" not in found


def test_a_new_value_is_current_and_the_old_one_previous(secrets, make):
    one = make(value="1")["VersionId"]
    two = secrets.put_secret_value(SecretId="s", SecretString="2")["VersionId"]
    assert stages(secrets) == {"AWSCURRENT": two, "AWSPREVIOUS": one}
    three = secrets.put_secret_value(SecretId="s", SecretString="3")["VersionId"]
    assert stages(secrets) == {"AWSCURRENT": three, "AWSPREVIOUS": two}
    get = secrets.get_secret_value
    assert get(SecretId="s", VersionStage="AWSPREVIOUS")["SecretString"] == "2"
    deprecated = get(SecretId="s", VersionId=one)
    assert (deprecated["SecretString"], deprecated.get("VersionStages", [])) == ("1", [])


def test_labels_of_ones_own(secrets, make):
    one = make()["VersionId"]
    two = secrets.put_secret_value(SecretId="s", SecretString="w", VersionStages=["blue", "AWSPENDING"])["VersionId"]
    assert stages(secrets) == {"AWSCURRENT": one, "blue": two, "AWSPENDING": two}
    move = secrets.update_secret_version_stage
    move(SecretId="s", VersionStage="AWSCURRENT", MoveToVersionId=two, RemoveFromVersionId=one)
    assert stages(secrets) == {"AWSCURRENT": two, "blue": two, "AWSPENDING": two, "AWSPREVIOUS": one}
    move(SecretId="s", VersionStage="blue", RemoveFromVersionId=two)
    move(SecretId="s", VersionStage="green", MoveToVersionId=one)
    assert stages(secrets) == {"AWSCURRENT": two, "AWSPENDING": two, "AWSPREVIOUS": one, "green": one}


def test_listing_versions(secrets, make):
    one = make(value="1")["VersionId"]
    for value in "23":
        secrets.put_secret_value(SecretId="s", SecretString=value)
    listed = secrets.list_secret_version_ids(SecretId="s")["Versions"]
    assert sorted(stage for version in listed for stage in version["VersionStages"]) == ["AWSCURRENT", "AWSPREVIOUS"]
    everything = secrets.list_secret_version_ids(SecretId="s", IncludeDeprecated=True)
    assert one in [version["VersionId"] for version in everything["Versions"]] and everything["Name"] == "s"
    assert listed[0]["KmsKeyIds"] == ["DefaultEncryptionKey"]
    pages = list(
        secrets.get_paginator("list_secret_version_ids").paginate(SecretId="s", PaginationConfig={"PageSize": 1})
        if secrets.can_paginate("list_secret_version_ids")
        else []
    )
    page = secrets.list_secret_version_ids(SecretId="s", MaxResults=1)
    rest = secrets.list_secret_version_ids(SecretId="s", MaxResults=1, NextToken=page["NextToken"])
    assert "NextToken" not in rest and rest["Versions"] != page["Versions"] and len(pages) in (0, 2)


def test_old_versions_without_labels_go_once_there_are_many(secrets, make, frozen_clock):
    make()
    for token in TOKENS[:99]:
        secrets.put_secret_value(SecretId="s", SecretString="v", ClientRequestToken=token)
    frozen_clock.advance(DAY + 1)
    for token in TOKENS[100:103]:
        secrets.put_secret_value(SecretId="s", SecretString="v", ClientRequestToken=token)

    def count() -> int:
        page = secrets.list_secret_version_ids(SecretId="s", IncludeDeprecated=True)
        more = 0
        if "NextToken" in page:
            token = page["NextToken"]
            more = len(
                secrets.list_secret_version_ids(SecretId="s", IncludeDeprecated=True, NextToken=token)["Versions"]
            )
        return len(page["Versions"]) + more

    assert count() == 100


def test_the_day_of_the_last_access_is_remembered(secrets, make, frozen_clock):
    make()
    assert "LastAccessedDate" not in secrets.describe_secret(SecretId="s")
    secrets.get_secret_value(SecretId="s")
    seen = secrets.describe_secret(SecretId="s")["LastAccessedDate"].timestamp()
    assert seen % DAY == 0 and 0 <= frozen_clock.now() - seen < DAY


# KMS


def test_values_are_kept_as_ciphertext(cloud, make, secrets, account):
    make(value="hidden text")
    assert secrets.get_secret_value(SecretId="s")["SecretString"] == "hidden text"
    sql = "SELECT record FROM secretsmanager_versions WHERE account = ?"
    rows = cloud.look(lambda running: running.store.all(sql, (account,)))
    assert rows and all(b"hidden text" not in row[0] and b"hidden text".hex().encode() not in row[0] for row in rows)


def test_who_may_not_decrypt_with_the_key_cannot_read(make, user, key):
    make(KmsKeyId=key)
    reads = statement("secretsmanager:GetSecretValue")
    with refused("AccessDeniedException", "Access to KMS is not allowed"):
        user("eve", reads).secrets.get_secret_value(SecretId="s")
    bob = user("bob", reads, statement("kms:Decrypt", key))
    assert bob.secrets.get_secret_value(SecretId="s")["SecretString"] == "v"
    through = {"StringEquals": {"kms:ViaService": "secretsmanager.us-east-1.amazonaws.com"}}
    carol = user("carol", reads, statement("kms:Decrypt", key, Condition=through))
    assert carol.secrets.get_secret_value(SecretId="s")["SecretString"] == "v"


def test_the_key_sees_secret_and_version_as_encryption_context(make, user, key):
    made = make(KmsKeyId=key)
    wanted = {
        "kms:EncryptionContext:SecretARN": made["ARN"],
        "kms:EncryptionContext:SecretVersionId": made["VersionId"],
    }
    allowed = statement("kms:Decrypt", key, Condition={"StringEquals": wanted})
    bob = user("bob", statement("secretsmanager:GetSecretValue"), allowed)
    assert bob.secrets.get_secret_value(SecretId="s")["SecretString"] == "v"


def test_who_may_not_use_the_key_cannot_write(user, key, secrets):
    eve = user("eve", statement("secretsmanager:*"))
    with refused("AccessDeniedException", "Access to KMS is not allowed"):
        eve.secrets.create_secret(Name="s", SecretString="v", KmsKeyId=key)
    assert secrets.list_secrets()["SecretList"] == []
    assert eve.secrets.create_secret(Name="s", SecretString="v")["Name"] == "s"  # under the account's default key


def test_keys_that_cannot_be_used(aws, secrets, make, key):
    with refused("EncryptionFailure"):
        make(KmsKeyId="alias/nothing")
    make(KmsKeyId=key)
    aws.client("kms").disable_key(KeyId=key)
    with refused("DecryptionFailure"):
        secrets.get_secret_value(SecretId="s")
    with refused("EncryptionFailure"):
        secrets.put_secret_value(SecretId="s", SecretString="w")


def test_a_new_key_takes_over_the_labelled_versions(aws, secrets, make, key):
    make(value="1")
    secrets.put_secret_value(SecretId="s", SecretString="2")
    secrets.update_secret(SecretId="s", KmsKeyId=key)
    assert secrets.describe_secret(SecretId="s")["KmsKeyId"] == key
    listed = secrets.list_secret_version_ids(SecretId="s")["Versions"]
    assert [version["KmsKeyIds"] for version in listed] == [[key], [key]]
    assert secrets.get_secret_value(SecretId="s", VersionStage="AWSPREVIOUS")["SecretString"] == "1"
    aws.client("kms").disable_key(KeyId=key)
    with refused("DecryptionFailure"):
        secrets.get_secret_value(SecretId="s")


# many at once


def test_many_at_once_with_what_failed(secrets, make):
    arns = [make(name)["ARN"] for name in ("a", "b")]
    answer = secrets.batch_get_secret_value(SecretIdList=["a", arns[1], "nothing"])
    assert [one["SecretString"] for one in answer["SecretValues"]] == ["v", "v"]
    [error] = answer["Errors"]
    assert (error["SecretId"], error["ErrorCode"]) == ("nothing", "ResourceNotFoundException")


def test_many_at_once_by_filter_in_pages(secrets, make):
    for name in ("app/a", "app/b", "app/c", "other"):
        make(name)
    filters = [{"Key": "name", "Values": ["app/"]}]
    first = secrets.batch_get_secret_value(Filters=filters, MaxResults=2)
    assert [one["Name"] for one in first["SecretValues"]] == ["app/a", "app/b"]
    second = secrets.batch_get_secret_value(Filters=filters, MaxResults=2, NextToken=first["NextToken"])
    assert [one["Name"] for one in second["SecretValues"]] == ["app/c"] and "NextToken" not in second


def test_many_at_once_ask_for_leave_one_by_one(make, user):
    allowed = make("a")["ARN"]
    make("b")
    bob = user(
        "bob", statement("secretsmanager:BatchGetSecretValue"), statement("secretsmanager:GetSecretValue", allowed)
    )
    answer = bob.secrets.batch_get_secret_value(SecretIdList=["a", "b"])
    assert [one["Name"] for one in answer["SecretValues"]] == ["a"]
    assert [one["ErrorCode"] for one in answer["Errors"]] == ["AccessDeniedException"]
    with refused("AccessDeniedException"):
        bob.secrets.batch_get_secret_value(Filters=[{"Key": "name", "Values": ["a"]}])


@pytest.mark.parametrize("request_", [{}, {"SecretIdList": ["a"], "Filters": []}])
def test_many_at_once_by_names_or_by_filters(secrets, request_):
    message = "Either 'SecretIdList' or 'Filters' must be provided, but not both."
    with refused("InvalidParameterException", message):
        secrets.batch_get_secret_value(**request_)
