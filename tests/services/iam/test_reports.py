"""The credential report, and the account's authorization details."""

from __future__ import annotations

import csv
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from tests.services.iam.credential_calls import Authority, code, refused
from tests.services.iam.iam_calls import ADMIN, READ_ONLY, denied, policy, statement, trust

if TYPE_CHECKING:
    from collections.abc import Callable

    import boto3

    from cloudchamber.testing import CloudClock

HOUR_SECONDS = 3600
HEADER = (
    "user,arn,user_creation_time,password_enabled,password_last_used,password_last_changed,password_next_rotation,"
    "mfa_active,access_key_1_active,access_key_1_last_rotated,access_key_1_last_used_date,"
    "access_key_1_last_used_region,access_key_1_last_used_service,access_key_2_active,access_key_2_last_rotated,"
    "access_key_2_last_used_date,access_key_2_last_used_region,access_key_2_last_used_service,cert_1_active,"
    "cert_1_last_rotated,cert_2_active,cert_2_last_rotated,additional_credentials_info"
)


def iso(at: float) -> str:
    return datetime.fromtimestamp(int(at), UTC).isoformat()


def report(iam: Any) -> dict[str, dict[str, str]]:
    """User -> row of the report that is generated now."""
    iam.generate_credential_report()
    text = iam.get_credential_report()["Content"].decode()
    return {row["user"]: row for row in csv.DictReader(text.splitlines())}


# the credential report: wrong state


def test_there_is_no_report_before_one_is_generated(iam: Any) -> None:
    with refused("ReportNotPresent", "", 410):
        iam.get_credential_report()


def test_a_report_expires_after_four_hours(iam: Any, frozen_clock: CloudClock) -> None:
    iam.generate_credential_report()
    frozen_clock.advance(4 * HOUR_SECONDS - 1)
    iam.get_credential_report()
    frozen_clock.advance(1)
    with refused("ReportExpired", "", 410):
        iam.get_credential_report()


def test_service_last_accessed_details_are_said_to_be_missing(iam: Any, account: str) -> None:
    message = "iam:GenerateServiceLastAccessedDetails exists on AWS and is not implemented in cloudchamber"
    with refused("NotImplemented", message, 501):
        iam.generate_service_last_accessed_details(Arn=f"arn:aws:iam::{account}:user/bob")


# the credential report: behaviour


def test_a_report_stands_for_four_hours(iam: Any, frozen_clock: CloudClock) -> None:
    started = {"State": "STARTED", "Description": "No report exists. Starting a new report generation task"}
    answer = iam.generate_credential_report()
    assert {name: answer[name] for name in started} == started
    made = iam.get_credential_report()
    assert (made["ReportFormat"], int(made["GeneratedTime"].timestamp())) == ("text/csv", int(frozen_clock.now()))
    iam.create_user(UserName="late")
    frozen_clock.advance(HOUR_SECONDS)
    assert iam.generate_credential_report()["State"] == "COMPLETE"
    assert iam.get_credential_report()["Content"] == made["Content"]
    frozen_clock.advance(3 * HOUR_SECONDS)
    assert iam.generate_credential_report()["State"] == "STARTED"
    assert b"late" in iam.get_credential_report()["Content"]


def test_a_report_begins_with_awss_columns_and_the_root_user(iam: Any, account: str, frozen_clock: CloudClock) -> None:
    iam.generate_credential_report()
    header, root = iam.get_credential_report()["Content"].decode().split("\n")
    assert header == HEADER
    assert root == (
        f"<root_account>,arn:aws:iam::{account}:root,{iso(frozen_clock.now())},not_supported,no_information,"
        "not_supported,not_supported,false,false,N/A,N/A,N/A,N/A,false,N/A,N/A,N/A,N/A,false,N/A,false,N/A,N/A"
    )


def test_a_user_without_credentials_has_none_in_the_report(iam: Any, account: str, frozen_clock: CloudClock) -> None:
    iam.create_user(UserName="bob", Path="/team/")
    row = report(iam)["bob"]
    assert (row["arn"], row["user_creation_time"]) == (f"arn:aws:iam::{account}:user/team/bob", iso(frozen_clock.now()))
    assert row["password_enabled"] == row["mfa_active"] == row["access_key_1_active"] == row["cert_1_active"] == "false"
    assert {row[name] for name in row if name.startswith("password_") and name != "password_enabled"} == {"N/A"}


def test_a_password_is_reported_with_its_next_rotation(iam: Any, frozen_clock: CloudClock) -> None:
    iam.create_user(UserName="bob")
    iam.create_login_profile(UserName="bob", Password="correct horse battery 1A!")
    changed = frozen_clock.now()
    iam.update_account_password_policy(MaxPasswordAge=10)
    frozen_clock.advance(HOUR_SECONDS)
    row = report(iam)["bob"]
    assert (row["password_enabled"], row["password_last_used"]) == ("true", "no_information")
    assert row["password_last_changed"] == iso(changed)
    assert row["password_next_rotation"] == iso(changed + 10 * 86_400)


def test_keys_are_reported_with_their_last_use(
    iam: Any, frozen_clock: CloudClock, sign_in: Callable[..., boto3.Session]
) -> None:
    bob = sign_in("bob")
    made = frozen_clock.now()
    frozen_clock.advance(120)
    bob.client("sts").get_caller_identity()
    frozen_clock.advance(120)
    second = iam.create_access_key(UserName="bob")["AccessKey"]["AccessKeyId"]
    iam.update_access_key(UserName="bob", AccessKeyId=second, Status="Inactive")
    used = iam.get_access_key_last_used(
        AccessKeyId=iam.list_access_keys(UserName="bob")["AccessKeyMetadata"][0]["AccessKeyId"]
    )
    row = report(iam)["bob"]
    assert (row["access_key_1_active"], row["access_key_1_last_rotated"]) == ("true", iso(made))
    last = used["AccessKeyLastUsed"]
    assert row["access_key_1_last_used_service"] == last["ServiceName"]
    assert row["access_key_1_last_used_region"] == last["Region"]
    assert row["access_key_1_last_used_date"] == (
        "N/A" if "LastUsedDate" not in last else last["LastUsedDate"].astimezone(UTC).isoformat()
    )
    assert (row["access_key_2_active"], row["access_key_2_last_used_date"]) == ("false", "N/A")
    assert row["access_key_2_last_rotated"] == iso(frozen_clock.now())


def test_mfa_and_signing_certificates_are_reported(iam: Any, frozen_clock: CloudClock) -> None:
    iam.create_user(UserName="bob")
    device = iam.create_virtual_mfa_device(VirtualMFADeviceName="phone")["VirtualMFADevice"]
    codes = [code(device["Base32StringSeed"], frozen_clock.now() + later) for later in (0, 30)]
    iam.enable_mfa_device(
        UserName="bob", SerialNumber=device["SerialNumber"], AuthenticationCode1=codes[0], AuthenticationCode2=codes[1]
    )
    body = Authority("bob", frozen_clock.now()).pem
    own = iam.upload_signing_certificate(UserName="bob", CertificateBody=body)["Certificate"]
    frozen_clock.advance(60)
    iam.update_signing_certificate(UserName="bob", CertificateId=own["CertificateId"], Status="Inactive")
    row = report(iam)["bob"]
    assert row["mfa_active"] == "true"
    assert (row["cert_1_active"], row["cert_1_last_rotated"]) == ("false", iso(frozen_clock.now()))
    assert (row["cert_2_active"], row["cert_2_last_rotated"]) == ("false", "N/A")


def test_a_user_needs_permission_to_read_the_report(
    iam: Any, account: str, sign_in: Callable[..., boto3.Session]
) -> None:
    bob, me = sign_in("bob").client("iam"), f"arn:aws:iam::{account}:user/bob"
    with refused("AccessDenied", denied(me, "iam:GenerateCredentialReport", "*"), 403):
        bob.generate_credential_report()
    iam.put_user_policy(UserName="bob", PolicyName="own", PolicyDocument=policy(statement("iam:*CredentialReport")))
    bob.generate_credential_report()
    bob.get_credential_report()


# authorization details


@pytest.fixture
def populated(iam: Any, account: str) -> str:
    """Bob in a group, a role in an instance profile, a policy of two versions that bounds both; the policy's ARN."""
    arn = str(iam.create_policy(PolicyName="limits", PolicyDocument=policy())["Policy"]["Arn"])
    iam.create_policy_version(PolicyArn=arn, PolicyDocument=policy(statement("s3:*")), SetAsDefault=True)
    iam.create_group(GroupName="ops", Path="/g/")
    iam.put_group_policy(GroupName="ops", PolicyName="inline", PolicyDocument=policy(statement("sqs:*")))
    iam.attach_group_policy(GroupName="ops", PolicyArn=READ_ONLY)
    iam.create_user(UserName="bob", PermissionsBoundary=arn, Tags=[{"Key": "team", "Value": "ops"}])
    iam.add_user_to_group(GroupName="ops", UserName="bob")
    iam.put_user_policy(UserName="bob", PolicyName="own", PolicyDocument=policy(statement("sns:*")))
    iam.attach_user_policy(UserName="bob", PolicyArn=arn)
    iam.create_role(RoleName="app", AssumeRolePolicyDocument=trust(), PermissionsBoundary=arn)
    iam.attach_role_policy(RoleName="app", PolicyArn=ADMIN)
    iam.create_instance_profile(InstanceProfileName="machine")
    iam.add_role_to_instance_profile(InstanceProfileName="machine", RoleName="app")
    return arn


def test_a_marker_that_no_page_gave_out_is_refused(iam: Any, populated: str) -> None:
    for marker in ("nonsense", "OTox", "dXNlcg=="):  # 9:1, and no kind at all
        with refused("ValidationError", "Invalid Marker."):
            iam.get_account_authorization_details(Marker=marker)


def test_a_filter_is_one_of_five_kinds(iam: Any) -> None:
    message = (
        "1 validation error detected: Value '[Robot]' at 'filter' failed to satisfy constraint: Member must satisfy "
        "constraint: [Member must satisfy enum value set: [User, Role, Group, LocalManagedPolicy, AWSManagedPolicy]]"
    )
    with refused("ValidationError", message):
        iam.get_account_authorization_details(Filter=["Robot"])


def test_users_are_shown_with_all_that_is_theirs(iam: Any, populated: str) -> None:
    (bob,) = iam.get_account_authorization_details(Filter=["User"])["UserDetailList"]
    known = iam.get_user(UserName="bob")["User"]
    assert {name: bob[name] for name in known} == known
    assert bob["GroupList"] == ["ops"]
    assert bob["AttachedManagedPolicies"] == [{"PolicyName": "limits", "PolicyArn": populated}]
    assert [each["PolicyName"] for each in bob["UserPolicyList"]] == ["own"]
    assert bob["UserPolicyList"][0]["PolicyDocument"]["Statement"][0]["Action"] == "sns:*"


def test_groups_are_shown_with_their_policies(iam: Any, populated: str) -> None:
    (ops,) = iam.get_account_authorization_details(Filter=["Group"])["GroupDetailList"]
    assert (ops["GroupName"], ops["Path"]) == ("ops", "/g/")
    assert ops["AttachedManagedPolicies"] == [{"PolicyName": "ReadOnlyAccess", "PolicyArn": READ_ONLY}]
    assert ops["GroupPolicyList"][0]["PolicyDocument"]["Statement"][0]["Action"] == "sqs:*"


def test_roles_are_shown_with_trust_boundary_and_instance_profiles(iam: Any, populated: str) -> None:
    (app,) = iam.get_account_authorization_details(Filter=["Role"])["RoleDetailList"]
    known = iam.get_role(RoleName="app")["Role"]
    for name in ("Arn", "RoleId", "AssumeRolePolicyDocument", "PermissionsBoundary", "CreateDate"):
        assert app[name] == known[name]
    assert [each["PolicyArn"] for each in app["AttachedManagedPolicies"]] == [ADMIN]
    (machine,) = app["InstanceProfileList"]
    assert (machine["InstanceProfileName"], machine["Roles"][0]["RoleName"]) == ("machine", "app")


def test_customers_policies_are_shown_with_every_version(iam: Any, populated: str) -> None:
    answer = iam.get_account_authorization_details(Filter=["LocalManagedPolicy"])
    assert answer["UserDetailList"] == answer["GroupDetailList"] == answer["RoleDetailList"] == []
    (limits,) = answer["Policies"]
    assert (limits["Arn"], limits["DefaultVersionId"]) == (populated, "v2")
    assert (limits["AttachmentCount"], limits["PermissionsBoundaryUsageCount"]) == (1, 2)
    versions = [(each["VersionId"], each["IsDefaultVersion"]) for each in limits["PolicyVersionList"]]
    assert versions == [("v2", True), ("v1", False)]
    assert limits["PolicyVersionList"][0]["Document"]["Statement"][0]["Action"] == "s3:*"


def test_of_awss_policies_those_in_use_are_shown(iam: Any, populated: str) -> None:
    found = iam.get_account_authorization_details(Filter=["AWSManagedPolicy"])["Policies"]
    assert [each["Arn"] for each in found] == [ADMIN, READ_ONLY]
    assert found[0]["PolicyVersionList"][0]["Document"]["Statement"]


def test_pages_go_through_every_kind_once(iam: Any, populated: str) -> None:
    whole = iam.get_account_authorization_details()
    names = ("UserDetailList", "GroupDetailList", "RoleDetailList", "Policies")
    pages: dict[str, list[Any]] = {name: [] for name in names}
    answers = list(iam.get_paginator("get_account_authorization_details").paginate(PaginationConfig={"PageSize": 1}))
    for answer in answers:
        assert sum(len(answer[name]) for name in names) == 1
        for name in names:
            pages[name] += answer[name]
    assert len(answers) == 6
    assert pages == {name: whole[name] for name in names}


def test_accounts_do_not_see_each_other(cloud: Any, populated: str) -> None:
    stranger = cloud.session().client("iam").get_account_authorization_details()
    assert stranger["UserDetailList"] == stranger["Policies"] == []
