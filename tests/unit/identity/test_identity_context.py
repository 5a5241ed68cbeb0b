"""The condition keys of a request."""

from typing import Any

import pytest

from cloudchamber.identity import ANONYMOUS, Principal, RequestContext, SessionInfo, root, service
from tests.unit.identity.identity_samples import ALICE, BOB, FEDERATED_ARN, HERE, NOW, ROLE_ARN, WORKER

SNS = service("sns.amazonaws.com")
MFA = Principal("user", HERE, ALICE.arn, "AIDA", ALICE.arn, "alice", {}, SessionInfo(issued_at=NOW - 90, mfa=True))


@pytest.mark.parametrize(
    ("principal", "key", "expected"),
    [
        (ALICE, "aws:principalarn", ALICE.arn),
        (WORKER, "aws:principalarn", ROLE_ARN),
        (BOB, "aws:principalarn", FEDERATED_ARN),
        (SNS, "aws:principalarn", None),
        (ALICE, "aws:principalaccount", HERE),
        (ANONYMOUS, "aws:principalaccount", None),
        (root(HERE), "aws:principaltype", "Account"),
        (ALICE, "aws:principaltype", "User"),
        (WORKER, "aws:principaltype", "AssumedRole"),
        (BOB, "aws:principaltype", "FederatedUser"),
        (ANONYMOUS, "aws:principaltype", "Anonymous"),
        (ALICE, "aws:username", "alice"),
        (WORKER, "aws:username", None),
        (WORKER, "aws:userid", "AROAEXAMPLEWORKER001:run1"),
        (root(HERE), "aws:userid", HERE),
        (ALICE, "aws:principaltag/team", "red"),
        (ALICE, "aws:principaltag/other", None),
        (SNS, "aws:principalisawsservice", "true"),
        (ALICE, "aws:principalisawsservice", "false"),
        (SNS, "aws:principalservicename", "sns.amazonaws.com"),
        (ALICE, "aws:principalservicename", None),
        (ALICE, "aws:currenttime", "2023-11-14T22:13:20Z"),
        (ALICE, "aws:epochtime", "1700000000"),
        (ALICE, "aws:tokenissuetime", None),
        (WORKER, "aws:tokenissuetime", "2023-11-14T22:12:20Z"),
        (ALICE, "aws:multifactorauthpresent", None),
        (WORKER, "aws:multifactorauthpresent", "false"),
        (MFA, "aws:multifactorauthpresent", "true"),
        (MFA, "aws:multifactorauthage", "90"),
        (WORKER, "aws:multifactorauthage", None),
        (ALICE, "aws:sourceip", "10.1.2.3"),
        (ALICE, "aws:securetransport", "true"),
        (ALICE, "aws:viaawsservice", "false"),
        (ALICE, "aws:useragent", None),
        (ALICE, "aws:tagkeys", None),
        (ALICE, "aws:nosuchkey", None),
    ],
)
def test_global_keys(principal: Principal, key: str, expected: Any) -> None:
    assert RequestContext(principal, NOW, "10.1.2.3", True).get(key) == expected


def test_facts_of_the_call_are_answered() -> None:
    context = RequestContext(ALICE, NOW)
    context.region = "eu-west-1"
    context.source_arn = "arn:aws:s3:::b"
    context.source_account = HERE
    context.called_via = ("cloudformation.amazonaws.com", "dynamodb.amazonaws.com")
    context.request_tags = {"Team": "red", "Cost": "1"}
    context.resource_tags = {"Stage": "prod"}
    context.resource_account = HERE
    assert context.get("aws:requestedregion") == "eu-west-1"
    assert context.get("aws:sourcearn") == "arn:aws:s3:::b"
    assert context.get("aws:sourceaccount") == HERE
    assert context.get("aws:calledviafirst") == "cloudformation.amazonaws.com"
    assert context.get("aws:calledvialast") == "dynamodb.amazonaws.com"
    assert context.get("aws:viaawsservice") == "true"
    assert context.get("aws:tagkeys") == ("Team", "Cost")
    assert context.get("aws:requesttag/team") == "red"
    assert context.get("aws:resourcetag/stage") == "prod"
    assert context.get("aws:resourceaccount") == HERE


def test_service_keys_are_found_whatever_their_case() -> None:
    context = RequestContext(ALICE, NOW, service_keys={"s3:Prefix": "a/", "s3:x-amz-acl": "private"})
    assert context.get("s3:prefix") == "a/"
    assert context.get("s3:x-amz-acl") == "private"
    assert context.get("s3:delimiter") is None


def test_the_keys_of_a_federation_token_are_answered() -> None:
    session = SessionInfo(
        web_identity={"cognito-identity.amazonaws.com:sub": "us-east-1:42", "SAML:sub": "x"},
        federated_provider="cognito-identity.amazonaws.com",
        source_identity="carol",
    )
    context = RequestContext(Principal("role", HERE, "a", "b", ROLE_ARN, "worker", {}, session), NOW)
    assert context.get("cognito-identity.amazonaws.com:sub") == "us-east-1:42"
    assert context.get("saml:sub") == "x"
    assert context.get("aws:federatedprovider") == "cognito-identity.amazonaws.com"
    assert context.get("aws:sourceidentity") == "carol"


def test_an_instant_beyond_the_calendar_is_no_value() -> None:
    assert RequestContext(ALICE, 1e18).get("aws:currenttime") is None
