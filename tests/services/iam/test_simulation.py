"""The policy simulator."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.services.iam.credential_calls import refused
from tests.services.iam.iam_calls import READ_ONLY, denied, policy, statement, trust

if TYPE_CHECKING:
    from collections.abc import Callable

    import boto3

OBJECT = "arn:aws:s3:::bucket/key"
GET, PUT = "s3:GetObject", "s3:PutObject"


def decisions(answer: Any) -> dict[tuple[str, str], str]:
    return {
        (each["EvalActionName"], each["EvalResourceName"]): each["EvalDecision"] for each in answer["EvaluationResults"]
    }


def sources(answer: Any) -> list[str]:
    """Where the statements come from that decided the first result."""
    return [each["SourcePolicyId"] for each in answer["EvaluationResults"][0]["MatchedStatements"]]


@pytest.fixture
def bob(iam: Any) -> str:
    return str(iam.create_user(UserName="bob")["User"]["Arn"])


# wrong input


def test_a_document_must_be_a_policy(iam: Any) -> None:
    with refused("InvalidInput", "Invalid policy document PolicyInputList.2: Syntax errors in policy."):
        iam.simulate_custom_policy(PolicyInputList=[policy(), "{"], ActionNames=[GET])
    with refused("InvalidInput", "Invalid policy document PolicyInputList.1: Syntax errors in policy."):
        iam.get_context_keys_for_custom_policy(PolicyInputList=["[]"])


def test_an_action_is_written_out(iam: Any) -> None:
    for action in ("s3:Get*", "GetObject", "s3:", "a:b:c"):
        with refused("InvalidInput", f"Invalid Action: '{action}'"):
            iam.simulate_custom_policy(PolicyInputList=[policy()], ActionNames=[action])


def test_a_resource_is_an_arn(iam: Any) -> None:
    with refused("InvalidInput", "Invalid Resource Arn: 'bucket'"):
        iam.simulate_custom_policy(PolicyInputList=[policy()], ActionNames=[GET], ResourceArns=["bucket"])


def test_there_is_one_boundary(iam: Any) -> None:
    with refused("InvalidInput", "Only one permissions boundary policy can be specified."):
        iam.simulate_custom_policy(
            PolicyInputList=[policy()], PermissionsBoundaryPolicyInputList=[policy(), policy()], ActionNames=[GET]
        )


def test_a_resource_policy_needs_a_caller(iam: Any, bob: str) -> None:
    allow = json.dumps({"Statement": {**statement(GET), "Principal": "*"}})
    with refused("InvalidInput", "CallerArn must be specified when a resource policy is included in the simulation."):
        iam.simulate_custom_policy(PolicyInputList=[policy()], ResourcePolicy=allow, ActionNames=[GET])
    with refused(
        "InvalidInput",
        "Invalid CallerArn: arn:aws:iam::123456789012:root is not the ARN of an IAM user, group or role.",
    ):
        iam.simulate_custom_policy(
            PolicyInputList=[policy()],
            ResourcePolicy=allow,
            CallerArn="arn:aws:iam::123456789012:root",
            ActionNames=[GET],
        )


def test_a_context_entry_has_one_value_unless_it_is_a_list(iam: Any) -> None:
    entry = {"ContextKeyName": "aws:SourceIp", "ContextKeyValues": ["10.0.0.1", "10.0.0.2"], "ContextKeyType": "ip"}
    with refused("InvalidInput", "Context key aws:SourceIp of type ip must have exactly one value."):
        iam.simulate_custom_policy(PolicyInputList=[policy()], ActionNames=[GET], ContextEntries=[entry])


def test_a_source_is_a_user_group_or_role(iam: Any, account: str) -> None:
    arn = f"arn:aws:iam::{account}:root"
    message = f"Invalid Entity Arn: {arn} does not clearly define entity type and name."
    with refused("InvalidInput", message):
        iam.simulate_principal_policy(PolicySourceArn=arn, ActionNames=[GET])
    with refused("InvalidInput", message):
        iam.get_context_keys_for_principal_policy(PolicySourceArn=arn)


def test_a_marker_that_no_page_gave_out_is_refused(iam: Any) -> None:
    for marker in ("nonsense", "LTE="):  # and -1
        with refused("ValidationError", "Invalid Marker."):
            iam.simulate_custom_policy(PolicyInputList=[policy()], ActionNames=[GET], Marker=marker)


def test_organizations_and_ec2_scenarios_are_said_to_be_missing(iam: Any) -> None:
    for member, value in (
        ("ResourceHandlingOption", "EC2-VPC-InstanceStore"),
        ("OrderedOrganizationPolicyInputList", [{"ServiceControlPolicyInputList": [policy()]}]),
    ):
        message = f"{member} of iam's policy simulator is not implemented in cloudchamber"
        with refused("NotImplemented", message, 501):
            iam.simulate_custom_policy(PolicyInputList=[policy()], ActionNames=[GET], **{member: value})


# wrong state


@pytest.mark.parametrize("kind", ["user", "group", "role"])
def test_a_source_that_does_not_exist_is_no_such_entity(iam: Any, account: str, kind: str) -> None:
    with refused("NoSuchEntity", f"The {kind} with name nobody cannot be found.", 404):
        iam.simulate_principal_policy(PolicySourceArn=f"arn:aws:iam::{account}:{kind}/nobody", ActionNames=[GET])


def test_a_source_has_the_path_it_has(iam: Any, account: str, bob: str) -> None:
    with refused("NoSuchEntity", "The user with name bob cannot be found.", 404):
        iam.simulate_principal_policy(PolicySourceArn=f"arn:aws:iam::{account}:user/x/bob", ActionNames=[GET])


# behaviour: custom policies


def test_each_action_is_decided_on_each_resource(iam: Any) -> None:
    documents = [policy(statement("s3:*")), policy(statement(PUT, OBJECT, effect="Deny"))]
    answer = iam.simulate_custom_policy(
        PolicyInputList=documents, ActionNames=[GET, PUT, "sqs:SendMessage"], ResourceArns=[OBJECT, OBJECT + "2"]
    )
    assert decisions(answer) == {
        (GET, OBJECT): "allowed",
        (GET, OBJECT + "2"): "allowed",
        (PUT, OBJECT): "explicitDeny",
        (PUT, OBJECT + "2"): "allowed",
        ("sqs:SendMessage", OBJECT): "implicitDeny",
        ("sqs:SendMessage", OBJECT + "2"): "implicitDeny",
    }
    assert sources(answer) == ["PolicyInputList.1"]


def test_results_are_paged(iam: Any) -> None:
    request = {
        "PolicyInputList": [policy(statement("s3:*"))],
        "ActionNames": [GET, PUT, "s3:ListBucket"],
        "ResourceArns": [OBJECT, OBJECT + "2"],
    }
    whole = iam.simulate_custom_policy(**request)["EvaluationResults"]
    pages = list(iam.get_paginator("simulate_custom_policy").paginate(**request, PaginationConfig={"PageSize": 4}))
    assert [len(page["EvaluationResults"]) for page in pages] == [4, 2]
    assert [each for page in pages for each in page["EvaluationResults"]] == whole


def test_context_decides_and_what_is_missing_is_named(iam: Any) -> None:
    document = policy(statement(GET, Condition={"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}))
    request = {"PolicyInputList": [document], "ActionNames": [GET]}
    (without,) = iam.simulate_custom_policy(**request)["EvaluationResults"]
    assert (without["EvalDecision"], without["MissingContextValues"]) == ("implicitDeny", ["aws:SourceIp"])
    for address, decision in (("10.1.2.3", "allowed"), ("11.1.2.3", "implicitDeny")):
        entry = {"ContextKeyName": "aws:SourceIp", "ContextKeyValues": [address], "ContextKeyType": "ip"}
        (result,) = iam.simulate_custom_policy(**request, ContextEntries=[entry])["EvaluationResults"]
        assert (result["EvalDecision"], result["MissingContextValues"]) == (decision, [])


def test_a_resource_policy_grants_what_identity_policies_do_not(iam: Any, bob: str) -> None:
    grant = json.dumps({"Statement": {**statement(GET, OBJECT), "Principal": {"AWS": bob}}})
    request = {"PolicyInputList": [policy(statement("sqs:*"))], "ActionNames": [GET], "ResourceArns": [OBJECT]}
    answer = iam.simulate_custom_policy(**request, ResourcePolicy=grant, CallerArn=bob)
    assert (decisions(answer), sources(answer)) == ({(GET, OBJECT): "allowed"}, ["ResourcePolicy"])
    eve = bob.replace("bob", "eve")
    assert decisions(iam.simulate_custom_policy(**request, ResourcePolicy=grant, CallerArn=eve)) == {
        (GET, OBJECT): "implicitDeny"
    }


def test_context_keys_of_documents_are_listed_once(iam: Any) -> None:
    documents = [
        policy(
            statement(GET, "arn:aws:s3:::home/${aws:username}/*", Condition={"Bool": {"aws:SecureTransport": "true"}})
        ),
        policy(statement(GET, Condition={"StringEquals": {"aws:SECURETRANSPORT": "x", "s3:prefix": "p"}})),
    ]
    keys = iam.get_context_keys_for_custom_policy(PolicyInputList=documents)["ContextKeyNames"]
    assert sorted(keys) == ["aws:SecureTransport", "aws:username", "s3:prefix"]


# behaviour: principals


def test_a_users_policies_are_theirs_and_their_groups(iam: Any, bob: str) -> None:
    iam.create_group(GroupName="ops")
    iam.add_user_to_group(GroupName="ops", UserName="bob")
    iam.put_group_policy(GroupName="ops", PolicyName="queues", PolicyDocument=policy(statement("sqs:*")))
    iam.put_user_policy(UserName="bob", PolicyName="own", PolicyDocument=policy(statement("sns:*")))
    iam.attach_user_policy(UserName="bob", PolicyArn=READ_ONLY)

    def ask(action: str, **more: Any) -> tuple[str, list[str]]:
        answer = iam.simulate_principal_policy(PolicySourceArn=bob, ActionNames=[action], **more)
        return answer["EvaluationResults"][0]["EvalDecision"], sources(answer)

    assert ask("sqs:DeleteQueue") == ("allowed", ["group_ops_queues"])
    assert ask("sns:DeleteTopic") == ("allowed", ["user_bob_own"])
    assert ask(GET) == ("allowed", ["ReadOnlyAccess"])
    assert ask(PUT) == ("implicitDeny", [])
    assert ask(PUT, PolicyInputList=[policy(statement(PUT))]) == ("allowed", ["PolicyInputList.1"])


def test_a_simulation_agrees_with_what_happens(iam: Any, bob: str, sign_in: Callable[..., boto3.Session]) -> None:
    iam.put_user_policy(
        UserName="bob",
        PolicyName="own",
        PolicyDocument=policy(statement("iam:GetUser", "arn:aws:iam::*:user/${aws:username}")),
    )
    iam.create_user(UserName="eve")
    client = sign_in("bob").client("iam")
    eve = bob.replace("bob", "eve")
    answer = iam.simulate_principal_policy(PolicySourceArn=bob, ActionNames=["iam:GetUser"], ResourceArns=[bob, eve])
    assert decisions(answer) == {("iam:GetUser", bob): "allowed", ("iam:GetUser", eve): "implicitDeny"}
    client.get_user(UserName="bob")
    with refused("AccessDenied", denied(bob, "iam:GetUser", eve), 403):
        client.get_user(UserName="eve")


def test_a_boundary_limits_and_can_be_tried_out(iam: Any, bob: str) -> None:
    iam.put_user_policy(UserName="bob", PolicyName="own", PolicyDocument=policy())
    only_s3 = iam.create_policy(PolicyName="only-s3", PolicyDocument=policy(statement("s3:*")))["Policy"]["Arn"]
    iam.put_user_permissions_boundary(UserName="bob", PermissionsBoundary=only_s3)

    def ask(action: str, **more: Any) -> tuple[str, bool | None]:
        (result,) = iam.simulate_principal_policy(PolicySourceArn=bob, ActionNames=[action], **more)[
            "EvaluationResults"
        ]
        detail = result.get("PermissionsBoundaryDecisionDetail", {})
        return result["EvalDecision"], detail.get("AllowedByPermissionsBoundary")

    assert ask(GET) == ("allowed", True)
    assert ask("sqs:SendMessage") == ("implicitDeny", False)
    other = [policy(statement("sqs:*"))]
    assert ask("sqs:SendMessage", PermissionsBoundaryPolicyInputList=other) == ("allowed", True)
    without = [{"PolicyType": "permission-boundary", "PolicyArn": only_s3}]
    assert ask("sqs:SendMessage", PolicyExclusionList=without) == ("allowed", None)


def test_policies_can_be_left_out(iam: Any, bob: str) -> None:
    iam.put_user_policy(UserName="bob", PolicyName="own", PolicyDocument=policy(statement(GET)))
    iam.attach_user_policy(UserName="bob", PolicyArn=READ_ONLY)
    inline = {"PolicyName": "own", "AttachmentType": "user", "AttachmentName": "bob"}
    managed_out = {"PolicyType": "aws-managed", "PolicyArn": READ_ONLY}
    inline_out = {"PolicyType": "inline", "InlinePolicyIdentifier": inline}
    for excluded, expected in (
        ([], {"user_bob_own", "ReadOnlyAccess"}),
        ([managed_out], {"user_bob_own"}),
        ([inline_out], {"ReadOnlyAccess"}),
        ([managed_out, inline_out], set()),
    ):
        answer = iam.simulate_principal_policy(PolicySourceArn=bob, ActionNames=[GET], PolicyExclusionList=excluded)
        assert set(sources(answer)) == expected


def test_a_role_and_a_group_can_be_simulated(iam: Any) -> None:
    role = iam.create_role(RoleName="app", AssumeRolePolicyDocument=trust(), Path="/svc/")["Role"]["Arn"]
    iam.put_role_policy(RoleName="app", PolicyName="own", PolicyDocument=policy(statement(GET)))
    group = iam.create_group(GroupName="ops")["Group"]["Arn"]
    iam.put_group_policy(GroupName="ops", PolicyName="own", PolicyDocument=policy(statement(GET)))
    for arn, source in ((role, "role_app_own"), (group, "group_ops_own")):
        assert sources(iam.simulate_principal_policy(PolicySourceArn=arn, ActionNames=[GET])) == [source]


def test_context_keys_of_a_principal_come_from_all_its_policies(iam: Any, bob: str) -> None:
    iam.create_group(GroupName="ops")
    iam.add_user_to_group(GroupName="ops", UserName="bob")
    condition = {"StringEquals": {"aws:PrincipalTag/team": "ops"}}
    iam.put_group_policy(GroupName="ops", PolicyName="g", PolicyDocument=policy(statement(GET, Condition=condition)))
    extra = policy(statement(GET, Condition={"Bool": {"aws:SecureTransport": "true"}}))
    keys = iam.get_context_keys_for_principal_policy(PolicySourceArn=bob, PolicyInputList=[extra])["ContextKeyNames"]
    assert keys == ["aws:PrincipalTag/team", "aws:SecureTransport"]


def test_a_user_may_simulate_those_a_policy_names(iam: Any, bob: str, sign_in: Callable[..., boto3.Session]) -> None:
    client, eve = sign_in("bob").client("iam"), str(iam.create_user(UserName="eve")["User"]["Arn"])
    action = "iam:SimulatePrincipalPolicy"
    iam.put_user_policy(UserName="bob", PolicyName="own", PolicyDocument=policy(statement(action, bob)))
    client.simulate_principal_policy(PolicySourceArn=bob, ActionNames=[GET])
    with refused("AccessDenied", denied(bob, action, eve), 403):
        client.simulate_principal_policy(PolicySourceArn=eve, ActionNames=[GET])
