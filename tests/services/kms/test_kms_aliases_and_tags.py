"""CreateAlias, UpdateAlias, DeleteAlias, ListAliases, TagResource, UntagResource, ListResourceTags."""

import pytest

from tests.services.calls import refused
from tests.services.kms.kms_calls import DAY, MISSING

NO_PREFIX = (
    'Alias must start with the prefix "alias/". Please see '
    "https://docs.aws.amazon.com/kms/latest/developerguide/kms-alias.html"
)


@pytest.fixture
def aliases(kms):
    return lambda **options: [alias["AliasName"] for alias in kms.list_aliases(**options)["Aliases"]]


# Aliases


@pytest.mark.parametrize(
    ("name", "code", "message"),
    [
        ("mine", "ValidationException", NO_PREFIX),
        ("alias/a:b", "ValidationException", "alias/a:b contains invalid characters for an alias"),
        (
            "alias/aws/mine",
            "InvalidAliasNameException",
            "Alias alias/aws/mine is reserved: names that begin with alias/aws/ are AWS's own.",
        ),
    ],
)
def test_an_alias_has_a_proper_name(kms, key, name, code, message):
    with refused(code, message):
        kms.create_alias(AliasName=name, TargetKeyId=key["KeyId"])


def test_an_alias_is_there_once(kms, key, make, account):
    kms.create_alias(AliasName="alias/a", TargetKeyId=key["KeyId"])
    text = f"An alias with the name arn:aws:kms:us-east-1:{account}:alias/a already exists"
    with refused("AlreadyExistsException", text):
        kms.create_alias(AliasName="alias/a", TargetKeyId=make()["KeyId"])


def test_an_alias_needs_a_key(kms, account):
    with refused("NotFoundException", f"Key 'arn:aws:kms:us-east-1:{account}:key/{MISSING}' does not exist"):
        kms.create_alias(AliasName="alias/a", TargetKeyId=MISSING)
    for call in (
        lambda: kms.delete_alias(AliasName="alias/a"),
        lambda: kms.update_alias(AliasName="alias/a", TargetKeyId=kms.create_key()["KeyMetadata"]["KeyId"]),
    ):
        with refused("NotFoundException", f"Alias arn:aws:kms:us-east-1:{account}:alias/a is not found."):
            call()


def test_an_alias_leads_to_its_key_and_can_be_moved(kms, key, make, account, frozen_clock):
    other = make()
    kms.create_alias(AliasName="alias/a", TargetKeyId=key["Arn"])
    [shown] = kms.list_aliases()["Aliases"]
    assert shown["AliasArn"] == f"arn:aws:kms:us-east-1:{account}:alias/a"
    assert (shown["TargetKeyId"], shown["CreationDate"]) == (key["KeyId"], shown["LastUpdatedDate"])
    old = kms.encrypt(KeyId="alias/a", Plaintext=b"x")
    assert old["KeyId"] == key["Arn"]
    frozen_clock.advance(DAY)
    kms.update_alias(AliasName="alias/a", TargetKeyId=other["KeyId"])
    [moved] = kms.list_aliases()["Aliases"]
    assert moved["TargetKeyId"] == other["KeyId"]
    assert (moved["LastUpdatedDate"] - moved["CreationDate"]).days == 1
    assert kms.encrypt(KeyId="alias/a", Plaintext=b"x")["KeyId"] == other["Arn"]
    assert kms.decrypt(CiphertextBlob=old["CiphertextBlob"])["KeyId"] == key["Arn"]
    kms.delete_alias(AliasName="alias/a")
    with refused("NotFoundException", f"Alias arn:aws:kms:us-east-1:{account}:alias/a is not found."):
        kms.encrypt(KeyId="alias/a", Plaintext=b"x")


def test_an_alias_stays_with_its_kind_of_key(kms, key, make):
    kms.create_alias(AliasName="alias/a", TargetKeyId=key["KeyId"])
    text = (
        "The current and new KMS keys must be the same type (both symmetric or both asymmetric or both HMAC) and have "
        "the same key usage."
    )
    with refused("ValidationException", text):
        kms.update_alias(
            AliasName="alias/a", TargetKeyId=make(KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY")["KeyId"]
        )


def test_aliases_are_listed_by_key_and_by_the_page(kms, key, make, aliases):
    other = make()
    for name, target in (("alias/c", key), ("alias/a", key), ("alias/b", other)):
        kms.create_alias(AliasName=name, TargetKeyId=target["KeyId"])
    assert aliases() == ["alias/a", "alias/b", "alias/c"]
    assert aliases(KeyId=key["KeyId"]) == ["alias/a", "alias/c"]
    first = kms.list_aliases(Limit=2)
    assert first["Truncated"] is True
    assert aliases(Marker=first["NextMarker"]) == ["alias/c"]


def test_a_key_has_at_most_50_aliases(kms, key):
    for n in range(50):
        kms.create_alias(AliasName=f"alias/{n}", TargetKeyId=key["KeyId"])
    with refused("LimitExceededException", "A KMS key can have at most 50 aliases."):
        kms.create_alias(AliasName="alias/more", TargetKeyId=key["KeyId"])


# Tags


def tags_of(kms, key):
    return {tag["TagKey"]: tag["TagValue"] for tag in kms.list_resource_tags(KeyId=key["KeyId"])["Tags"]}


def test_tags_come_and_go(kms, make):
    key = make(Tags=[{"TagKey": "team", "TagValue": "red"}])
    kms.tag_resource(KeyId=key["KeyId"], Tags=[{"TagKey": "team", "TagValue": "blue"}, {"TagKey": "b", "TagValue": ""}])
    assert tags_of(kms, key) == {"team": "blue", "b": ""}
    kms.untag_resource(KeyId=key["KeyId"], TagKeys=["b", "unknown"])
    assert tags_of(kms, key) == {"team": "blue"}


def test_tags_have_rules(kms, key):
    kms.tag_resource(KeyId=key["KeyId"], Tags=[{"TagKey": f"k{n:02}", "TagValue": ""} for n in range(50)])
    with refused("LimitExceededException", "Too many tags"):
        kms.tag_resource(KeyId=key["KeyId"], Tags=[{"TagKey": "more", "TagValue": ""}])
    with refused("TagException", "aws: prefixed tag key names are not allowed for external use."):
        kms.tag_resource(KeyId=key["KeyId"], Tags=[{"TagKey": "AWS:x", "TagValue": ""}])
    with refused("TagException", "Duplicate tag keys"):
        kms.tag_resource(KeyId=key["KeyId"], Tags=[{"TagKey": "k00", "TagValue": ""}] * 2)
    first = kms.list_resource_tags(KeyId=key["KeyId"], Limit=49)
    assert (len(first["Tags"]), first["Truncated"]) == (49, True)
    rest = kms.list_resource_tags(KeyId=key["KeyId"], Limit=49, Marker=first["NextMarker"])
    assert ([tag["TagKey"] for tag in rest["Tags"]], rest["Truncated"]) == (["k49"], False)
