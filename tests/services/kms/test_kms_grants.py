"""CreateGrant, ListGrants, ListRetirableGrants, RetireGrant, RevokeGrant, and what grants allow."""

import pytest

from tests.services.calls import policy, refused
from tests.services.kms.kms_calls import account_statement, denied, statement

UNKNOWN_ID = "0" * 64
DRY_RUN = ("DryRunOperationException", "The request would have succeeded, but the DryRun option is set.")


@pytest.fixture
def grant(kms, key):
    """`grant(user, "Decrypt", …)` lets a user do that with the key; what CreateGrant answered."""

    def make(to, *operations, **options):
        return kms.create_grant(KeyId=key["KeyId"], GranteePrincipal=to.arn, Operations=list(operations), **options)

    return make


def encrypt(client, key, **options):
    return client.encrypt(KeyId=key["KeyId"], Plaintext=b"x", **options)["CiphertextBlob"]


# What they allow


def test_a_grant_lets_its_grantee_in_and_nobody_else(kms, key, user, grant):
    bob, ann = user("bob"), user("ann")
    blob = encrypt(kms, key)
    with refused(*denied(bob.arn, "kms:Decrypt", key["Arn"])):
        bob.kms.decrypt(CiphertextBlob=blob)
    made = grant(bob, "Decrypt")
    assert bob.kms.decrypt(CiphertextBlob=blob)["Plaintext"] == b"x"
    assert bob.kms.decrypt(CiphertextBlob=blob, GrantTokens=[made["GrantToken"]])["Plaintext"] == b"x"
    with refused(*denied(bob.arn, "kms:Encrypt", key["Arn"])):
        encrypt(bob.kms, key)
    with refused(*denied(ann.arn, "kms:Decrypt", key["Arn"])):
        ann.kms.decrypt(CiphertextBlob=blob, GrantTokens=[made["GrantToken"]])
    kms.revoke_grant(KeyId=key["KeyId"], GrantId=made["GrantId"])
    with refused(*denied(bob.arn, "kms:Decrypt", key["Arn"])):
        bob.kms.decrypt(CiphertextBlob=blob)


def test_a_grant_does_not_help_against_a_deny(kms, key, user, grant, account):
    bob = user("bob", statement("kms:Decrypt", "Deny"))
    grant(bob, "Decrypt", "Encrypt")
    blob = encrypt(bob.kms, key)
    text = f"User: {bob.arn} is not authorized to perform: kms:Decrypt on resource: {key['Arn']} with an explicit deny"
    with refused("AccessDeniedException", f"{text} in an identity-based policy"):
        bob.kms.decrypt(CiphertextBlob=blob)


@pytest.mark.parametrize(
    ("constraints", "context", "fits"),
    [
        ({"EncryptionContextEquals": {"a": "1"}}, {"a": "1"}, True),
        ({"EncryptionContextEquals": {"a": "1"}}, {"a": "1", "b": "2"}, False),
        ({"EncryptionContextEquals": {"a": "1"}}, {}, False),
        ({"EncryptionContextSubset": {"a": "1"}}, {"a": "1", "b": "2"}, True),
        ({"EncryptionContextSubset": {"a": "1"}}, {"a": "2", "b": "2"}, False),
    ],
)
def test_constraints_look_at_the_encryption_context(kms, user, constraints, context, fits):
    key, bob = kms.create_key()["KeyMetadata"], user("bob")
    operations = ["Encrypt", "DescribeKey"]
    kms.create_grant(KeyId=key["KeyId"], GranteePrincipal=bob.arn, Operations=operations, Constraints=constraints)
    assert bob.kms.describe_key(KeyId=key["KeyId"])["KeyMetadata"]["KeyId"] == key["KeyId"]
    if fits:
        encrypt(bob.kms, key, EncryptionContext=context)
    else:
        with refused(*denied(bob.arn, "kms:Encrypt", key["Arn"])):
            encrypt(bob.kms, key, EncryptionContext=context)


def test_a_grant_reaches_into_another_account(kms, key, cloud):
    stranger = cloud.new_account()
    session = cloud.session(stranger)
    arn = session.client("iam").create_user(UserName="eve")["User"]["Arn"]
    access = session.client("iam").create_access_key(UserName="eve")["AccessKey"]
    eve = cloud.session_with(access["AccessKeyId"], access["SecretAccessKey"]).client("kms")
    kms.create_grant(KeyId=key["KeyId"], GranteePrincipal=arn, Operations=["Encrypt"])
    assert eve.encrypt(KeyId=key["Arn"], Plaintext=b"x")["KeyId"] == key["Arn"]


def test_a_grant_to_a_role_is_for_its_sessions(kms, key, aws, cloud, account):
    trust = policy({"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": account}})
    role = aws.client("iam").create_role(RoleName="r", AssumeRolePolicyDocument=trust)["Role"]["Arn"]
    kms.create_grant(KeyId=key["KeyId"], GranteePrincipal=role, Operations=["Encrypt"])
    got = aws.client("sts").assume_role(RoleArn=role, RoleSessionName="session")["Credentials"]
    session = cloud.session_with(got["AccessKeyId"], got["SecretAccessKey"], got["SessionToken"])
    encrypt(session.client("kms"), key)


def test_who_may_grant_only_by_a_grant_can_pass_on_no_more(kms, key, user, grant):
    bob, ann = user("bob"), user("ann")
    grant(bob, "CreateGrant", "Decrypt", Constraints={"EncryptionContextSubset": {"a": "1"}})
    narrow = {"EncryptionContextSubset": {"a": "1", "b": "2"}}
    base = {"KeyId": key["KeyId"], "GranteePrincipal": ann.arn}
    bob.kms.create_grant(Operations=["Decrypt"], Constraints=narrow, **base)
    bob.kms.create_grant(Operations=["Decrypt"], Constraints={"EncryptionContextEquals": {"a": "1"}}, **base)
    for operations, constraints in (
        (["Decrypt", "Encrypt"], narrow),
        (["Decrypt"], {}),
        (["Decrypt"], {"EncryptionContextSubset": {"b": "2"}}),
    ):
        with refused(*denied(bob.arn, "kms:CreateGrant", key["Arn"])):
            bob.kms.create_grant(Operations=operations, Constraints=constraints, **base)


def test_conditions_on_granting(kms, key, user, account):
    ann = user("ann")
    only = {"ForAllValues:StringEquals": {"kms:GrantOperations": ["Decrypt"]},
            "StringEquals": {"kms:GranteePrincipal": ann.arn}}  # fmt: skip
    bob = user("bob", statement("kms:CreateGrant", Condition=only))
    bob.kms.create_grant(KeyId=key["KeyId"], GranteePrincipal=ann.arn, Operations=["Decrypt"])
    for grantee, operations in ((ann.arn, ["Encrypt"]), (bob.arn, ["Decrypt"])):
        with refused(*denied(bob.arn, "kms:CreateGrant", key["Arn"])):
            bob.kms.create_grant(KeyId=key["KeyId"], GranteePrincipal=grantee, Operations=operations)
    for_aws = statement("kms:CreateGrant", Condition={"Bool": {"kms:GrantIsForAWSResource": "true"}})
    eve = user("eve", for_aws)
    with refused(*denied(eve.arn, "kms:CreateGrant", key["Arn"])):
        eve.kms.create_grant(KeyId=key["KeyId"], GranteePrincipal=ann.arn, Operations=["Decrypt"])


# CreateGrant


def test_a_grant_must_fit_its_key_and_people(kms, key, user, make, account):
    bob = user("bob")
    base = {"KeyId": key["KeyId"], "GranteePrincipal": bob.arn, "Operations": ["Decrypt"]}
    nobody = f"arn:aws:iam::{account}:user/nobody"
    for name in ("GranteePrincipal", "RetiringPrincipal"):
        with refused("InvalidArnException", f"ARN does not refer to a valid principal: {nobody}"):
            kms.create_grant(**{**base, name: nobody})
    text = "Operation Sign is not supported for key spec SYMMETRIC_DEFAULT and usage ENCRYPT_DECRYPT."
    with refused("ValidationException", text):
        kms.create_grant(**{**base, "Operations": ["Sign"]})
    text = "You must specify either GranteePrincipal or GranteeServicePrincipal, but not both."
    with refused("ValidationException", text):
        kms.create_grant(KeyId=key["KeyId"], Operations=["Decrypt"])
    signer = make(KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY")
    text = "Encryption context constraints are supported on symmetric encryption KMS keys only."
    with refused("ValidationException", text):
        constraints = {"EncryptionContextEquals": {"a": "b"}}
        kms.create_grant(KeyId=signer["KeyId"], GranteePrincipal=bob.arn, Operations=["Sign"], Constraints=constraints)
    nine = {"EncryptionContextEquals": {str(n): "" for n in range(9)}}
    with refused("ValidationException", "A grant constraint can have at most 8 pairs."):
        kms.create_grant(**base, Constraints=nine)
    with refused(*DRY_RUN):
        kms.create_grant(**base, DryRun=True)
    kms.disable_key(KeyId=key["KeyId"])
    with refused("DisabledException", f"{key['Arn']} is disabled."):
        kms.create_grant(**base)
    assert kms.list_grants(KeyId=key["KeyId"])["Grants"] == []


def test_a_named_grant_is_made_once(kms, key, user, grant):
    bob = user("bob")
    first, again = (grant(bob, "Decrypt", "Encrypt", Name="n") for _ in range(2))
    assert first["GrantId"] == again["GrantId"]
    assert first["GrantToken"] != again["GrantToken"]
    assert grant(bob, "Decrypt", Name="n")["GrantId"] != first["GrantId"]
    assert grant(bob, "Decrypt")["GrantId"] != grant(bob, "Decrypt")["GrantId"]


# Listing


def test_grants_are_shown_as_they_were_made(kms, key, user, grant, account):
    bob, ann = user("bob"), user("ann")
    constraints = {"EncryptionContextSubset": {"a": "1"}}
    made = grant(bob, "Decrypt", Name="n", RetiringPrincipal=ann.arn, Constraints=constraints)
    [shown] = kms.list_grants(KeyId=key["KeyId"])["Grants"]
    assert shown.pop("CreationDate") >= key["CreationDate"]
    assert shown == {
        "KeyId": key["Arn"],
        "GrantId": made["GrantId"],
        "Name": "n",
        "IssuingAccount": f"arn:aws:iam::{account}:root",
        "Operations": ["Decrypt"],
        "GranteePrincipal": bob.arn,
        "RetiringPrincipal": ann.arn,
        "Constraints": constraints,
    }


def test_grants_are_listed_by_the_page_and_by_who_they_are_for(kms, key, user, grant, make):
    bob, ann = user("bob"), user("ann")
    ids = sorted(grant(bob, "Decrypt", RetiringPrincipal=ann.arn)["GrantId"] for _ in range(3))
    other = grant(ann, "Decrypt")["GrantId"]
    first = kms.list_grants(KeyId=key["KeyId"], GranteePrincipal=bob.arn, Limit=2)
    assert [g["GrantId"] for g in first["Grants"]] == ids[:2]
    rest = kms.list_grants(KeyId=key["KeyId"], GranteePrincipal=bob.arn, Marker=first["NextMarker"])
    assert [g["GrantId"] for g in rest["Grants"]] == ids[2:]
    assert [g["GrantId"] for g in kms.list_grants(KeyId=key["KeyId"])["Grants"]] == sorted([*ids, other])
    [one] = kms.list_grants(KeyId=key["KeyId"], GrantId=other)["Grants"]
    assert one["GranteePrincipal"] == ann.arn
    retirable = kms.list_retirable_grants(RetiringPrincipal=ann.arn, Limit=2)
    assert [g["GrantId"] for g in retirable["Grants"]] == ids[:2]
    retirable = kms.list_retirable_grants(RetiringPrincipal=ann.arn, Marker=retirable["NextMarker"])
    assert [g["GrantId"] for g in retirable["Grants"]] == ids[2:]
    assert kms.list_retirable_grants(RetiringPrincipal=bob.arn)["Grants"] == []


# Ending


def test_a_grant_that_is_not_there_cannot_end(kms, key):
    for call in (kms.revoke_grant, kms.retire_grant):
        with refused("NotFoundException", f"Grant ID {UNKNOWN_ID} not found"):
            call(KeyId=key["KeyId"], GrantId=UNKNOWN_ID)
        with refused("InvalidGrantIdException", "Invalid grant ID x"):
            call(KeyId=key["KeyId"], GrantId="x")
    with refused("ValidationException", "You must specify a GrantToken, or both a KeyId and a GrantId."):
        kms.retire_grant()
    with refused("InvalidGrantTokenException", ""):
        kms.retire_grant(GrantToken="x")


def test_who_may_retire_a_grant(kms, key, user, grant):
    bob, ann, eve = user("bob"), user("ann"), user("eve")
    by_token = grant(bob, "Decrypt", RetiringPrincipal=ann.arn)
    with refused(*denied(eve.arn, "kms:RetireGrant", key["Arn"])):
        eve.kms.retire_grant(GrantToken=by_token["GrantToken"])
    with refused(*denied(bob.arn, "kms:RetireGrant", key["Arn"])):
        bob.kms.retire_grant(GrantToken=by_token["GrantToken"])
    with refused(*DRY_RUN):
        ann.kms.retire_grant(GrantToken=by_token["GrantToken"], DryRun=True)
    ann.kms.retire_grant(GrantToken=by_token["GrantToken"])
    own = grant(bob, "Decrypt", "RetireGrant")
    bob.kms.retire_grant(KeyId=key["KeyId"], GrantId=own["GrantId"])
    kms.retire_grant(KeyId=key["Arn"], GrantId=grant(bob, "Decrypt")["GrantId"])
    assert kms.list_grants(KeyId=key["KeyId"])["Grants"] == []


def test_revoking_needs_leave_by_policy(kms, key, user, grant, account):
    bob = user("bob")
    made = grant(bob, "Decrypt", "RetireGrant", RetiringPrincipal=bob.arn)
    with refused(*denied(bob.arn, "kms:RevokeGrant", key["Arn"])):
        bob.kms.revoke_grant(KeyId=key["KeyId"], GrantId=made["GrantId"])
    leave = statement("kms:RevokeGrant", Principal={"AWS": bob.arn})
    kms.put_key_policy(KeyId=key["KeyId"], Policy=policy(account_statement(account), leave))
    bob.kms.revoke_grant(KeyId=key["KeyId"], GrantId=made["GrantId"])
