"""Managed policies and their versions."""

import json
import re

import pytest

from tests.services.iam.iam_calls import ADMIN, READ_ONLY, policy, refused, statement


@pytest.fixture
def own(iam):
    return iam.create_policy(PolicyName="own", PolicyDocument=policy())["Policy"]["Arn"]


# wrong input


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ("{", "Syntax errors in policy."),
        ('{"Statement": []}', "Policy document must be version 2012-10-17 or greater."),
        (policy(statement("GetObject")), "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc."),
        (policy(statement("s3:*", "bucket")), 'Resource bucket must be in ARN format or "*".'),
        (policy(statement(Principal="*")), "Policy document should not specify a principal."),
    ],
)
def test_a_document_has_to_be_a_policy(iam, own, document, message):
    with refused("MalformedPolicyDocument", message):
        iam.create_policy(PolicyName="p", PolicyDocument=document)
    with refused("MalformedPolicyDocument", message):
        iam.create_policy_version(PolicyArn=own, PolicyDocument=document)


def test_a_managed_policy_has_6144_characters_at_most_without_white_space(iam):
    document = json.loads(policy(*[statement(f"s3:Action{n:04}") for n in range(88)]))
    size = len(json.dumps(document, separators=(",", ":")))
    assert size <= 6144
    iam.create_policy(PolicyName="p", PolicyDocument=json.dumps(document, indent=30))
    document["Statement"][0]["Sid"] = "x" * (6144 - size)
    with refused("LimitExceeded", "Cannot exceed quota for PolicySize: 6144"):
        iam.create_policy(PolicyName="q", PolicyDocument=json.dumps(document))


def test_an_arn_has_to_be_one(iam):
    with refused("InvalidInput", "ARN policy/without/any/arn/at/all is not valid."):
        iam.get_policy(PolicyArn="policy/without/any/arn/at/all")


# wrong state


def test_two_policies_differ_in_more_than_case(iam, own):
    with refused("EntityAlreadyExists", "A policy called OWN already exists. Duplicate names are not allowed."):
        iam.create_policy(PolicyName="OWN", PolicyDocument=policy())


def test_a_policy_that_does_not_exist_is_named(iam, account):
    arn = f"arn:aws:iam::{account}:policy/missing"
    for call in (iam.get_policy, iam.delete_policy, iam.list_policy_versions, iam.list_entities_for_policy):
        with refused("NoSuchEntity", f"Policy {arn} was not found."):
            call(PolicyArn=arn)


def test_a_version_that_does_not_exist_is_named(iam, own):
    for call in (iam.get_policy_version, iam.set_default_policy_version, iam.delete_policy_version):
        with refused("NoSuchEntity", f"Policy {own} version v9 does not exist or is not attachable."):
            call(PolicyArn=own, VersionId="v9")


def test_nobody_changes_a_policy_of_aws(iam, account):
    for call, operation in (
        (lambda: iam.delete_policy(PolicyArn=ADMIN), "DeletePolicy"),
        (lambda: iam.create_policy_version(PolicyArn=ADMIN, PolicyDocument=policy()), "CreatePolicyVersion"),
        (lambda: iam.set_default_policy_version(PolicyArn=ADMIN, VersionId="v1"), "SetDefaultPolicyVersion"),
    ):
        with refused(
            "AccessDenied",
            f"User: arn:aws:iam::{account}:root is not authorized to perform: iam:{operation} on resource: policy "
            "AdministratorAccess",
        ):
            call()


def test_a_policy_has_five_versions_at_most(iam, own):
    for _ in range(4):
        iam.create_policy_version(PolicyArn=own, PolicyDocument=policy())
    with refused(
        "LimitExceeded",
        "A managed policy can have up to 5 versions. Before you create a new version, you must delete an existing "
        "version.",
    ):
        iam.create_policy_version(PolicyArn=own, PolicyDocument=policy())


def test_the_default_version_stays(iam, own):
    with refused("DeleteConflict", "Cannot delete the default version of a policy."):
        iam.delete_policy_version(PolicyArn=own, VersionId="v1")


def test_a_policy_in_use_or_with_more_versions_is_not_deleted(iam, own):
    iam.create_user(UserName="bob")
    iam.attach_user_policy(UserName="bob", PolicyArn=own)
    with refused("DeleteConflict", "Cannot delete a policy attached to entities."):
        iam.delete_policy(PolicyArn=own)
    iam.detach_user_policy(UserName="bob", PolicyArn=own)
    iam.put_user_permissions_boundary(UserName="bob", PermissionsBoundary=own)
    with refused("DeleteConflict", "Cannot delete a policy attached to entities."):
        iam.delete_policy(PolicyArn=own)
    iam.delete_user_permissions_boundary(UserName="bob")
    iam.create_policy_version(PolicyArn=own, PolicyDocument=policy())
    with refused(
        "DeleteConflict",
        "This policy has more than one version. Before you delete a policy, you must delete the policy's versions. "
        "The default version is deleted with the policy.",
    ):
        iam.delete_policy(PolicyArn=own)
    iam.delete_policy_version(PolicyArn=own, VersionId="v2")
    iam.delete_policy(PolicyArn=own)


# behaviour


def test_a_created_policy_is_shown_with_its_description_when_asked_for(iam, account):
    tags = [{"Key": "a", "Value": "b"}]
    made = iam.create_policy(
        PolicyName="p", Path="/x/", PolicyDocument=policy(), Description="why", Tags=tags
    )["Policy"]  # fmt: skip
    assert made["Arn"] == f"arn:aws:iam::{account}:policy/x/p"
    assert re.fullmatch("ANPA[A-Z2-7]{17}", made["PolicyId"])
    assert (made["DefaultVersionId"], made["AttachmentCount"], made["IsAttachable"]) == ("v1", 0, True)
    shown = iam.get_policy(PolicyArn=made["Arn"])["Policy"]
    assert (shown["Description"], shown["Tags"]) == ("why", tags)
    assert iam.get_policy_version(PolicyArn=made["Arn"], VersionId="v1")["PolicyVersion"]["Document"] == json.loads(
        policy()
    )


def test_versions_are_numbered_on_and_one_is_the_default(iam, own):
    changed = policy(statement("s3:*"))
    second = iam.create_policy_version(PolicyArn=own, PolicyDocument=changed)["PolicyVersion"]
    assert (second["VersionId"], second["IsDefaultVersion"]) == ("v2", False)
    third = iam.create_policy_version(PolicyArn=own, PolicyDocument=policy(), SetAsDefault=True)["PolicyVersion"]
    assert (third["VersionId"], third["IsDefaultVersion"]) == ("v3", True)
    iam.set_default_policy_version(PolicyArn=own, VersionId="v2")
    iam.delete_policy_version(PolicyArn=own, VersionId="v3")
    assert iam.get_policy(PolicyArn=own)["Policy"]["DefaultVersionId"] == "v2"
    # A number is never given out again.
    assert iam.create_policy_version(PolicyArn=own, PolicyDocument=policy())["PolicyVersion"]["VersionId"] == "v4"
    versions = iam.list_policy_versions(PolicyArn=own)["Versions"]
    assert [(one["VersionId"], one["IsDefaultVersion"]) for one in versions] == [
        ("v4", False), ("v2", True), ("v1", False),
    ]  # fmt: skip


def test_policies_of_aws_are_read_like_ones_own(iam):
    admin = iam.get_policy(PolicyArn=ADMIN)["Policy"]
    assert (admin["PolicyName"], admin["Path"], admin["Arn"]) == ("AdministratorAccess", "/", ADMIN)
    version = iam.get_policy_version(PolicyArn=ADMIN, VersionId=admin["DefaultVersionId"])["PolicyVersion"]
    assert version["Document"]["Statement"][0]["Action"] == "*"
    assert [one["VersionId"] for one in iam.list_policy_versions(PolicyArn=ADMIN)["Versions"]] == ["v1"]


def _names(iam, **request):
    pages = iam.get_paginator("list_policies").paginate(**request, PaginationConfig={"PageSize": 50})
    return [one["PolicyName"] for page in pages for one in page["Policies"]]


def test_lists_are_by_scope_path_and_use(iam, own):
    iam.create_policy(PolicyName="filed", Path="/dept/", PolicyDocument=policy())
    iam.create_user(UserName="bob", PermissionsBoundary=READ_ONLY)
    iam.attach_user_policy(UserName="bob", PolicyArn=ADMIN)
    assert _names(iam, Scope="Local") == ["filed", "own"]
    assert _names(iam, Scope="Local", PathPrefix="/dept/") == ["filed"]
    everything = _names(iam)
    assert everything[:2] == ["filed", "own"]
    assert len(everything) > 500
    assert len(set(everything)) == len(everything)
    assert set(_names(iam, OnlyAttached=True)) == {"AdministratorAccess", "ReadOnlyAccess"}
    assert _names(iam, OnlyAttached=True, PolicyUsageFilter="PermissionsPolicy") == ["AdministratorAccess"]
    assert _names(iam, PolicyUsageFilter="PermissionsBoundary") == ["ReadOnlyAccess"]
    assert _names(iam, Scope="Local", OnlyAttached=True) == []


def test_counts_of_attachments_are_the_accounts_own(iam, cloud):
    stranger = cloud.session().client("iam")
    for client in (iam, stranger):
        client.create_user(UserName="bob")
    stranger.attach_user_policy(UserName="bob", PolicyArn=ADMIN)
    assert iam.get_policy(PolicyArn=ADMIN)["Policy"]["AttachmentCount"] == 0
    assert stranger.get_policy(PolicyArn=ADMIN)["Policy"]["AttachmentCount"] == 1
