"""How Principal and NotPrincipal elements mean callers."""

from typing import Any

import pytest

from cloudchamber.identity import ANONYMOUS, Principal, PrincipalElement, SessionInfo, federated, matches, root, service
from cloudchamber.identity.document import principal_values
from tests.unit.identity.identity_samples import (
    ALICE,
    BOB,
    ELSEWHERE,
    FEDERATED_ARN,
    HERE,
    ROLE_ARN,
    SESSION_ARN,
    WORKER,
)

COGNITO = "cognito-identity.amazonaws.com"
WEB_SESSION = Principal(
    "role", HERE, SESSION_ARN, "AROAX:s", ROLE_ARN, "worker", {}, SessionInfo(federated_provider=COGNITO)
)


@pytest.mark.parametrize(
    ("element", "principal", "expected"),
    [
        ("*", ALICE, "any"),
        ({"AWS": "*"}, ANONYMOUS, "any"),
        ("*", service("sns.amazonaws.com"), "any"),
        ({"AWS": HERE}, ALICE, "account"),
        ({"AWS": f"arn:aws:iam::{HERE}:root"}, WORKER, "account"),
        ({"AWS": f"arn:aws:iam::{HERE}:root"}, root(HERE), "account"),
        ({"AWS": ELSEWHERE}, ALICE, None),
        ({"AWS": HERE}, ANONYMOUS, None),
        ({"AWS": HERE}, service("sns.amazonaws.com"), None),
        ({"AWS": [ELSEWHERE, ALICE.arn]}, ALICE, "user"),
        ({"AWS": "AIDAEXAMPLEALICE0001"}, ALICE, "user"),
        ({"AWS": ALICE.arn.upper()}, ALICE, None),
        ({"AWS": f"arn:aws:iam::{HERE}:user/*"}, ALICE, None),
        ({"AWS": ROLE_ARN}, WORKER, "role"),
        ({"AWS": "AROAEXAMPLEWORKER001"}, WORKER, "role"),
        ({"AWS": SESSION_ARN}, WORKER, "session"),
        ({"AWS": [HERE, SESSION_ARN]}, WORKER, "session"),
        ({"AWS": FEDERATED_ARN}, BOB, "session"),
        ({"AWS": ALICE.arn}, BOB, "role"),
        ({"Service": ["sqs.amazonaws.com", "sns.amazonaws.com"]}, service("sns.amazonaws.com"), "service"),
        ({"Service": "sns.amazonaws.com"}, service("sqs.amazonaws.com"), None),
        ({"Service": "sns.amazonaws.com"}, ALICE, None),
        ({"Federated": COGNITO}, federated(COGNITO, {}), "federated"),
        ({"Federated": COGNITO}, federated("accounts.google.com", {}), None),
        ({"Federated": COGNITO}, WEB_SESSION, "federated"),
        ({"Federated": COGNITO}, ALICE, None),
    ],
)
def test_a_principal_element_says_how_it_means_the_caller(element: Any, principal: Principal, expected: Any) -> None:
    assert matches(PrincipalElement(principal_values(element), negated=False), principal) == expected


def test_a_name_from_outside_is_not_taken_for_an_arn() -> None:
    element = PrincipalElement([("AWS", ALICE.arn)], negated=False)
    assert matches(element, federated(COGNITO, {}, name=ALICE.arn)) is None


def test_a_canonical_user_means_its_account() -> None:
    element = PrincipalElement([("CanonicalUser", "79a5")], negated=False)
    assert matches(element, ALICE, "79a5") == "account"
    assert matches(element, ALICE, "80b6") is None
    assert matches(element, ALICE) is None


@pytest.mark.parametrize(
    ("listed", "principal", "spared"),
    [
        ([ALICE.arn, HERE], ALICE, True),
        ([ALICE.arn], ALICE, False),
        ([HERE], ALICE, False),
        ([HERE, ROLE_ARN, SESSION_ARN], WORKER, True),
        ([HERE, ROLE_ARN], WORKER, False),
        ([HERE], root(HERE), True),
        ([HERE, ALICE.arn], ANONYMOUS, False),
    ],
)
def test_not_principal_spares_only_callers_whose_whole_chain_is_listed(
    listed: list[str], principal: Principal, spared: bool
) -> None:
    element = PrincipalElement([("AWS", value) for value in listed], negated=True)
    assert (matches(element, principal) is None) is spared


def test_not_principal_spares_a_listed_service() -> None:
    element = PrincipalElement([("Service", "sns.amazonaws.com")], negated=True)
    assert matches(element, service("sns.amazonaws.com")) is None
    assert matches(element, service("sqs.amazonaws.com")) == "any"
