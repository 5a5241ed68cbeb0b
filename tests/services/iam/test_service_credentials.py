"""Service-specific credentials."""

from __future__ import annotations

import base64
import re
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from tests.services.iam.credential_calls import refused
from tests.services.iam.iam_calls import policy, statement

if TYPE_CHECKING:
    from collections.abc import Callable

    import boto3

    from cloudchamber.testing import CloudClock, RunningCloud

GIT, BEDROCK = "codecommit.amazonaws.com", "bedrock.amazonaws.com"
MISSING = "ACCA" + "A" * 17


@pytest.fixture
def bob(iam: Any) -> str:
    iam.create_user(UserName="bob")
    return "bob"


@pytest.fixture
def create(iam: Any, bob: str) -> Callable[..., Any]:
    def make(service: str = GIT, **more: Any) -> Any:
        answer = iam.create_service_specific_credential(UserName=bob, ServiceName=service, **more)
        return answer["ServiceSpecificCredential"]

    return make


# wrong input


def test_a_service_that_wants_signatures_is_not_supported(iam: Any, bob: str) -> None:
    message = "No such service s3.amazonaws.com is supported for Service Specific Credentials"
    with refused("NotSupportedService", message, 404):
        iam.create_service_specific_credential(UserName=bob, ServiceName="s3.amazonaws.com")
    with refused("NotSupportedService", message, 404):
        iam.list_service_specific_credentials(UserName=bob, ServiceName="s3.amazonaws.com")


def test_only_keys_expire(create: Callable[..., Any]) -> None:
    with refused("ValidationError", f"CredentialAgeDays is not supported for service {GIT}."):
        create(CredentialAgeDays=3)


def test_all_users_and_one_user_are_asked_for_apart(iam: Any, bob: str) -> None:
    with refused("ValidationError", "UserName and AllUsers cannot be specified together."):
        iam.list_service_specific_credentials(UserName=bob, AllUsers=True)


def test_a_status_is_active_or_inactive(iam: Any, bob: str, create: Callable[..., Any]) -> None:
    with refused("ValidationError", "Status Expired cannot be set."):
        iam.update_service_specific_credential(
            UserName=bob, ServiceSpecificCredentialId=create()["ServiceSpecificCredentialId"], Status="Expired"
        )


# wrong state


def test_a_user_has_at_most_two_credentials_for_a_service(create: Callable[..., Any]) -> None:
    assert [create()["ServiceUserName"] for _ in range(2)][1].startswith("bob+1-at-")
    with refused("LimitExceeded", "Cannot exceed quota for ServiceSpecificCredentialsPerUser: 2", 409):
        create()
    create("cassandra.amazonaws.com")


def test_a_credential_that_does_not_exist_is_no_such_entity(iam: Any, bob: str) -> None:
    for call, more in (
        (iam.update_service_specific_credential, {"Status": "Active"}),
        (iam.reset_service_specific_credential, {}),
        (iam.delete_service_specific_credential, {}),
    ):
        with refused("NoSuchEntity", f"No such credential {MISSING} exists", 404):
            call(UserName=bob, ServiceSpecificCredentialId=MISSING, **more)
    with refused("NoSuchEntity", "The user with name nobody cannot be found.", 404):
        iam.create_service_specific_credential(UserName="nobody", ServiceName=GIT)


def test_a_user_with_credentials_cannot_be_deleted(iam: Any, bob: str, create: Callable[..., Any]) -> None:
    created = create()
    with refused("DeleteConflict", "Cannot delete entity, must delete service specific credentials first.", 409):
        iam.delete_user(UserName=bob)
    iam.delete_service_specific_credential(
        UserName=bob, ServiceSpecificCredentialId=created["ServiceSpecificCredentialId"]
    )
    iam.delete_user(UserName=bob)


# behaviour


def test_a_password_is_shown_once(
    cloud: RunningCloud, iam: Any, account: str, bob: str, create: Callable[..., Any]
) -> None:
    created = create()
    assert re.fullmatch("ACCA[A-Z2-7]{17}", created["ServiceSpecificCredentialId"])
    assert (created["ServiceUserName"], created["Status"]) == (f"bob-at-{account}", "Active")
    assert len(base64.b64decode(created["ServicePassword"])) == 32
    (listed,) = iam.list_service_specific_credentials(UserName=bob)["ServiceSpecificCredentials"]
    assert listed == {name: created[name] for name in created if name != "ServicePassword"}
    rows = cloud.look(lambda c: str(c.store.all("SELECT record FROM iam_service_credentials")))
    assert created["ServiceSpecificCredentialId"] in rows
    assert created["ServicePassword"] not in rows


def test_a_reset_gives_a_new_password_to_the_same_user_name(iam: Any, bob: str, create: Callable[..., Any]) -> None:
    old = create()
    new = iam.reset_service_specific_credential(
        UserName=bob, ServiceSpecificCredentialId=old["ServiceSpecificCredentialId"]
    )["ServiceSpecificCredential"]
    assert new["ServicePassword"] != old["ServicePassword"]
    assert {**new, "ServicePassword": ""} == {**old, "ServicePassword": ""}


def test_a_credential_can_be_put_to_rest(iam: Any, bob: str, create: Callable[..., Any]) -> None:
    own = {"UserName": bob, "ServiceSpecificCredentialId": create()["ServiceSpecificCredentialId"]}
    iam.update_service_specific_credential(**own, Status="Inactive")
    listed = iam.list_service_specific_credentials(UserName=bob)["ServiceSpecificCredentials"]
    assert [each["Status"] for each in listed] == ["Inactive"]


def test_a_bedrock_key_expires_after_its_days(
    iam: Any, account: str, bob: str, create: Callable[..., Any], frozen_clock: CloudClock
) -> None:
    created = create(BEDROCK, CredentialAgeDays=2)
    assert (created["ServiceCredentialAlias"], "ServicePassword" in created) == (f"bob-at-{account}", False)
    assert created["ServiceCredentialSecret"].startswith("ABSK")
    assert created["ExpirationDate"] - created["CreateDate"] == timedelta(days=2)
    frozen_clock.advance(2 * 86_400)
    (listed,) = iam.list_service_specific_credentials(UserName=bob)["ServiceSpecificCredentials"]
    assert listed["Status"] == "Expired"
    assert "ServiceCredentialSecret" not in listed


def test_lists_are_by_service_or_of_all_users_and_paged(iam: Any, bob: str, create: Callable[..., Any]) -> None:
    create(GIT)
    create(BEDROCK)
    iam.create_user(UserName="eve")
    iam.create_service_specific_credential(UserName="eve", ServiceName=GIT)

    def listed(**request: Any) -> set[tuple[str, str]]:
        found = iam.list_service_specific_credentials(**request)["ServiceSpecificCredentials"]
        return {(each["UserName"], each["ServiceName"]) for each in found}

    assert listed(UserName=bob, ServiceName=GIT) == {("bob", GIT)}
    assert listed(AllUsers=True, ServiceName=GIT) == {("bob", GIT), ("eve", GIT)}
    first = iam.list_service_specific_credentials(AllUsers=True, MaxItems=2)
    assert (len(first["ServiceSpecificCredentials"]), first["IsTruncated"]) == (2, True)
    assert len(listed(AllUsers=True, Marker=first["Marker"])) == 1


def test_a_user_who_names_nobody_means_themselves(iam: Any, sign_in: Callable[..., boto3.Session]) -> None:
    carol = sign_in("carol").client("iam")
    iam.put_user_policy(
        UserName="carol",
        PolicyName="own",
        PolicyDocument=policy(statement("iam:*ServiceSpecificCredential*", "arn:aws:iam::*:user/${aws:username}")),
    )
    carol.create_service_specific_credential(UserName="carol", ServiceName=GIT)
    (listed,) = carol.list_service_specific_credentials()["ServiceSpecificCredentials"]
    carol.delete_service_specific_credential(ServiceSpecificCredentialId=listed["ServiceSpecificCredentialId"])
    assert carol.list_service_specific_credentials()["ServiceSpecificCredentials"] == []
