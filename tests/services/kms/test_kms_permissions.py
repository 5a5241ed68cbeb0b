"""Key policies: what opens a key and what does not, condition keys, other accounts; Put-, Get-, ListKeyPolicies."""

import json

import pytest

from tests.services.calls import policy, refused
from tests.services.kms.kms_calls import account_statement, denied, statement

LOCKED_OUT = "The new key policy will not allow you to update the key policy in the future."
BAD_PRINCIPALS = "Policy contains a statement with one or more invalid principals."


def by_resource(who, action, arn):
    return denied(who, action, arn, "resource-based policy")


# Who may


def test_the_default_policy_leaves_it_to_iam(kms, key, user, account):
    allowed, other = user("allowed", statement("kms:Encrypt")), user("other", statement("kms:Decrypt"))
    blob = allowed.kms.encrypt(KeyId=key["KeyId"], Plaintext=b"x")["CiphertextBlob"]
    with refused(*denied(allowed.arn, "kms:Decrypt", key["Arn"])):
        allowed.kms.decrypt(CiphertextBlob=blob)
    assert other.kms.decrypt(CiphertextBlob=blob)["Plaintext"] == b"x"
    document = json.loads(kms.get_key_policy(KeyId=key["KeyId"])["Policy"])
    assert document == {
        "Version": "2012-10-17",
        "Id": "key-default-1",
        "Statement": [{"Sid": "Enable IAM User Permissions", **account_statement(account)}],
    }


def test_iam_alone_opens_no_key(kms, user, account):
    admin, named = user("admin", statement()), user("named")
    only = statement(["kms:Encrypt", "kms:PutKeyPolicy"], Principal={"AWS": named.arn})
    key = kms.create_key(Policy=policy(only), BypassPolicyLockoutSafetyCheck=True)["KeyMetadata"]
    with refused(*by_resource(admin.arn, "kms:Encrypt", key["Arn"])):
        admin.kms.encrypt(KeyId=key["KeyId"], Plaintext=b"x")
    assert named.kms.encrypt(KeyId=key["KeyId"], Plaintext=b"x")["KeyId"] == key["Arn"]
    with refused(*by_resource(named.arn, "kms:DescribeKey", key["Arn"])):
        named.kms.describe_key(KeyId=key["KeyId"])


def test_an_explicit_deny_outweighs_all(kms, key, user, account):
    bob = user("bob", statement())
    no = statement("kms:Decrypt", "Deny", Principal={"AWS": bob.arn})
    kms.put_key_policy(KeyId=key["KeyId"], Policy=policy(account_statement(account), no))
    blob = bob.kms.encrypt(KeyId=key["KeyId"], Plaintext=b"x")["CiphertextBlob"]
    text = f"User: {bob.arn} is not authorized to perform: kms:Decrypt on resource: {key['Arn']} with an explicit deny"
    with refused("AccessDeniedException", f"{text} in a resource-based policy"):
        bob.kms.decrypt(CiphertextBlob=blob)


def test_without_leave_one_is_not_told_whether_a_key_exists(kms, user, account):
    bob = user("bob")
    arn = f"arn:aws:kms:us-east-1:{account}:key/12345678-1234-1234-1234-123456789012"
    with refused(*denied(bob.arn, "kms:DescribeKey", arn)):
        bob.kms.describe_key(KeyId=arn)


def test_each_side_of_a_re_encryption_is_asked(kms, make, user):
    one, two = make(), make()
    bob = user("bob", statement("kms:ReEncryptFrom", resource=one["Arn"]))
    blob = kms.encrypt(KeyId=one["KeyId"], Plaintext=b"x")["CiphertextBlob"]
    with refused(*denied(bob.arn, "kms:ReEncryptTo", two["Arn"])):
        bob.kms.re_encrypt(CiphertextBlob=blob, DestinationKeyId=two["KeyId"])
    ann = user("ann", statement("kms:ReEncryptTo", resource=two["Arn"]))
    with refused(*denied(ann.arn, "kms:ReEncryptFrom", one["Arn"])):
        ann.kms.re_encrypt(CiphertextBlob=blob, DestinationKeyId=two["KeyId"])


def test_an_alias_asks_of_itself_and_of_its_key(kms, key, user, account):
    bob = user("bob", statement("kms:CreateAlias", resource="arn:aws:kms:*:*:key/*"))
    with refused(*denied(bob.arn, "kms:CreateAlias", f"arn:aws:kms:us-east-1:{account}:alias/a")):
        bob.kms.create_alias(AliasName="alias/a", TargetKeyId=key["KeyId"])
    ann = user("ann", statement("kms:CreateAlias", resource="arn:aws:kms:*:*:alias/a"))
    with refused(*denied(ann.arn, "kms:CreateAlias", key["Arn"])):
        ann.kms.create_alias(AliasName="alias/a", TargetKeyId=key["KeyId"])


def test_another_account_needs_both_sides(kms, key, cloud, account):
    stranger = cloud.new_account()
    other = cloud.session(stranger).client("kms")
    root = f"arn:aws:iam::{stranger}:root"
    with refused(*by_resource(root, "kms:Encrypt", key["Arn"])):
        other.encrypt(KeyId=key["Arn"], Plaintext=b"x")
    shared = statement(
        ["kms:Encrypt", "kms:Decrypt", "kms:GetKeyRotationStatus", "kms:DisableKey"], Principal={"AWS": root}
    )
    kms.put_key_policy(KeyId=key["KeyId"], Policy=policy(account_statement(account), shared))
    blob = other.encrypt(KeyId=key["Arn"], Plaintext=b"x")["CiphertextBlob"]
    assert other.decrypt(CiphertextBlob=blob)["KeyId"] == key["Arn"]
    assert other.get_key_rotation_status(KeyId=key["Arn"])["KeyRotationEnabled"] is False
    with refused(*by_resource(root, "kms:DisableKey", key["Arn"])):  # never for other accounts
        other.disable_key(KeyId=key["Arn"])


# Conditions


@pytest.mark.parametrize(
    ("condition", "options", "fits"),
    [
        ({"kms:EncryptionContext:App": "shop"}, {"EncryptionContext": {"App": "shop", "x": "y"}}, True),
        ({"kms:EncryptionContext:App": "shop"}, {"EncryptionContext": {"App": "other"}}, False),
        ({"kms:EncryptionContext:App": "shop"}, {}, False),
        ({"kms:EncryptionAlgorithm": "SYMMETRIC_DEFAULT"}, {}, True),
        ({"kms:EncryptionAlgorithm": "RSAES_OAEP_SHA_256"}, {}, False),
        ({"kms:RequestAlias": "alias/a"}, {"KeyId": "alias/a"}, True),
        ({"kms:RequestAlias": "alias/a"}, {}, False),
        ({"kms:KeySpec": "SYMMETRIC_DEFAULT", "kms:KeyUsage": "ENCRYPT_DECRYPT"}, {}, True),
        ({"kms:KeyOrigin": "EXTERNAL"}, {}, False),
        ({"kms:MultiRegion": "false"}, {}, True),
        ({"kms:ViaService": "s3.us-east-1.amazonaws.com"}, {}, False),
        ({"aws:ResourceTag/team": "red"}, {}, True),
        ({"aws:ResourceTag/team": "blue"}, {}, False),
    ],
)
def test_conditions_see_the_request_and_the_key(kms, user, condition, options, fits):
    key = kms.create_key(Tags=[{"TagKey": "team", "TagValue": "red"}])["KeyMetadata"]
    kms.create_alias(AliasName="alias/a", TargetKeyId=key["KeyId"])
    bob = user("bob", statement("kms:Encrypt", Condition={"StringEquals": condition}))
    call = {"KeyId": key["KeyId"], "Plaintext": b"x", **options}
    if fits:
        assert bob.kms.encrypt(**call)["KeyId"] == key["Arn"]
    else:
        with refused(*denied(bob.arn, "kms:Encrypt", key["Arn"])):
            bob.kms.encrypt(**call)


def test_conditions_see_all_aliases_and_context_names(kms, key, user):
    aliases = {"ForAnyValue:StringLike": {"kms:ResourceAliases": "alias/app/*"}}
    names = {"ForAllValues:StringEquals": {"kms:EncryptionContextKeys": ["a"]}}
    bob = user("bob", statement("kms:Encrypt", Condition={**aliases, **names}))
    with refused(*denied(bob.arn, "kms:Encrypt", key["Arn"])):
        bob.kms.encrypt(KeyId=key["KeyId"], Plaintext=b"x")
    kms.create_alias(AliasName="alias/app/one", TargetKeyId=key["KeyId"])
    bob.kms.encrypt(KeyId=key["KeyId"], Plaintext=b"x", EncryptionContext={"a": "b"})
    with refused(*denied(bob.arn, "kms:Encrypt", key["Arn"])):
        bob.kms.encrypt(KeyId=key["KeyId"], Plaintext=b"x", EncryptionContext={"c": "b"})


def test_conditions_on_making_and_deleting_keys(kms, user):
    bob = user(
        "bob",
        statement("kms:CreateKey", Condition={"StringEquals": {"kms:KeySpec": "SYMMETRIC_DEFAULT"}}),
        statement("kms:ScheduleKeyDeletion", Condition={
            "NumericGreaterThanEquals": {"kms:ScheduleKeyDeletionPendingWindowInDays": "20"}}),
        statement("kms:TagResource", Condition={"StringEquals": {"aws:RequestTag/team": "red"}}),
    )  # fmt: skip
    with refused(*denied(bob.arn, "kms:CreateKey", "*")):
        bob.kms.create_key(KeySpec="HMAC_256", KeyUsage="GENERATE_VERIFY_MAC")
    with refused(*denied(bob.arn, "kms:TagResource", "*")):
        bob.kms.create_key(Tags=[{"TagKey": "team", "TagValue": "blue"}])
    key = bob.kms.create_key(Tags=[{"TagKey": "team", "TagValue": "red"}])["KeyMetadata"]
    with refused(*denied(bob.arn, "kms:ScheduleKeyDeletion", key["Arn"])):
        bob.kms.schedule_key_deletion(KeyId=key["KeyId"], PendingWindowInDays=7)
    bob.kms.schedule_key_deletion(KeyId=key["KeyId"], PendingWindowInDays=20)


# PutKeyPolicy and its kin


def test_a_policy_must_not_lock_its_author_out(kms, key, user):
    bob = user("bob")
    for call in (
        lambda document: kms.create_key(Policy=document),
        lambda document: kms.put_key_policy(KeyId=key["KeyId"], Policy=document),
    ):
        with refused("MalformedPolicyDocumentException", LOCKED_OUT):
            call(policy(statement(Principal={"AWS": bob.arn})))
        call_anyway = policy(statement(Principal={"AWS": "*"}))
        call(call_anyway)


def test_principals_of_a_policy_must_exist(kms, key, account):
    for principal in (f"arn:aws:iam::{account}:user/nobody", f"arn:aws:iam::{account}:role/none", "AIDA1234567890"):
        document = policy(account_statement(account), statement(Principal={"AWS": principal}))
        with refused("MalformedPolicyDocumentException", BAD_PRINCIPALS):
            kms.put_key_policy(KeyId=key["KeyId"], Policy=document)
    with refused("MalformedPolicyDocumentException", "Policy contains a statement with no principal."):
        kms.put_key_policy(KeyId=key["KeyId"], Policy=policy(statement()))
    with refused("MalformedPolicyDocumentException"):
        kms.put_key_policy(KeyId=key["KeyId"], Policy="nonsense")


def test_a_policy_has_a_size_and_one_name(kms, key, account):
    long = policy({**account_statement(account), "Sid": "s" * 33_000})
    with refused("LimitExceededException", "The key policy exceeds 32768 bytes."):
        kms.put_key_policy(KeyId=key["KeyId"], Policy=long)
    with refused("NotFoundException", "No such policy exists"):
        kms.get_key_policy(KeyId=key["KeyId"], PolicyName="other")
    assert kms.get_key_policy(KeyId=key["KeyId"], PolicyName="default")["PolicyName"] == "default"
    assert kms.list_key_policies(KeyId=key["KeyId"])["PolicyNames"] == ["default"]


def test_a_policy_is_kept_as_it_was_put(kms, key, account):
    document = json.dumps({"Version": "2012-10-17", "Statement": account_statement(account)}, indent=3)
    kms.put_key_policy(KeyId=key["KeyId"], Policy=document)
    assert kms.get_key_policy(KeyId=key["KeyId"])["Policy"] == document
