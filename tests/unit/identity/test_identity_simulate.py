"""The policy simulator's core."""

import json

import pytest

from cloudchamber.identity import EvaluationResult, MalformedPolicy, Simulation, SourcePolicy, context_keys, simulate
from cloudchamber.identity.simulate import statement_positions
from tests.unit.identity.identity_samples import ALICE, HERE, NOW, OBJECT

DOCUMENT = """{
  "Version": "2012-10-17",
  "Statement": [
    {
      "Effect": "Allow", "Action": "s3:*", "Resource": "arn:aws:s3:::photos/${aws:username}/*"
    },
    { "Effect": "Deny", "Action": "s3:Delete*", "Resource": "*",
      "Condition": {"Bool": {"aws:MultiFactorAuthPresent": "false"}} }
  ]
}"""
INPUT = SourcePolicy(DOCUMENT, "PolicyInputList.1")
MINE = "arn:aws:s3:::photos/alice/cat.jpg"


def document(effect: str, action: str, **rest: object) -> str:
    return json.dumps(
        {"Version": "2012-10-17", "Statement": {"Effect": effect, "Action": action, "Resource": "*", **rest}}
    )


def one(**question: object) -> EvaluationResult:
    options = {"policies": [INPUT], "actions": ["s3:GetObject"], "now": NOW, "resources": [MINE], **question}
    (result,) = simulate(Simulation(**options))  # type: ignore[arg-type]
    return result


def test_a_simulation_answers_each_action_on_each_resource() -> None:
    simulation = Simulation(
        [INPUT], ["s3:GetObject", "sqs:SendMessage"], NOW, [MINE, OBJECT], {"aws:username": "alice"}
    )
    answers = [(r["EvalActionName"], r["EvalResourceName"], r["EvalDecision"]) for r in simulate(simulation)]
    assert answers == [
        ("s3:GetObject", MINE, "allowed"),
        ("s3:GetObject", OBJECT, "implicitDeny"),
        ("sqs:SendMessage", MINE, "implicitDeny"),
        ("sqs:SendMessage", OBJECT, "implicitDeny"),
    ]


def test_the_matched_statement_is_given_by_its_place_in_the_text() -> None:
    result = one(context={"AWS:UserName": "alice", "aws:MultiFactorAuthPresent": "true"})
    assert result["MatchedStatements"] == [
        {
            "SourcePolicyId": "PolicyInputList.1",
            "SourcePolicyType": "IAM Policy",
            "StartPosition": {"Line": 4, "Column": 5},
            "EndPosition": {"Line": 6, "Column": 6},
        }
    ]
    assert result["ResourceSpecificResults"][0]["EvalResourceDecision"] == "allowed"
    assert result["MissingContextValues"] == []


def test_an_explicit_deny_reports_only_the_denying_statement() -> None:
    context = {"aws:username": "alice", "aws:MultiFactorAuthPresent": "false"}
    result = one(actions=["s3:DeleteObject"], context=context)
    assert result["EvalDecision"] == "explicitDeny"
    assert [matched["StartPosition"]["Line"] for matched in result["MatchedStatements"]] == [7]


def test_missing_context_values_are_listed_with_the_resource_or_without_one_at_the_top() -> None:
    missing = ["aws:username", "aws:MultiFactorAuthPresent"]
    named = one()
    assert named["MissingContextValues"] == []
    assert named["ResourceSpecificResults"][0]["MissingContextValues"] == missing
    unnamed = one(resources=[])
    assert unnamed["EvalResourceName"] == "*"
    assert unnamed["MissingContextValues"] == missing
    assert "ResourceSpecificResults" not in unnamed


def test_the_caller_supplies_what_is_known_of_them() -> None:
    result = one(caller=ALICE)
    assert result["EvalDecision"] == "allowed"
    assert result["ResourceSpecificResults"][0]["MissingContextValues"] == ["aws:MultiFactorAuthPresent"]


@pytest.mark.parametrize(("boundary", "decision"), [("s3:*", "allowed"), ("sqs:*", "implicitDeny")])
def test_a_boundary_is_reported(boundary: str, decision: str) -> None:
    result = one(boundary=SourcePolicy(document("Allow", boundary), "Boundary"), context={"aws:username": "alice"})
    assert result["EvalDecision"] == decision
    assert result["PermissionsBoundaryDecisionDetail"] == {"AllowedByPermissionsBoundary": decision == "allowed"}


def test_a_resource_policy_takes_part() -> None:
    naming_alice = document("Allow", "s3:GetObject", Principal={"AWS": ALICE.arn})
    resource_policy = SourcePolicy(naming_alice, "ResourcePolicy", "Resource Policy")
    options = {"resources": [OBJECT], "resource_policy": resource_policy, "caller": ALICE}
    result = one(**options, resource_owner=HERE)
    assert result["EvalDecision"] == "allowed"
    assert [m["SourcePolicyId"] for m in result["MatchedStatements"]] == ["ResourcePolicy"]
    assert one(**options, resource_owner="999999999999")["EvalDecision"] == "implicitDeny"


def test_a_malformed_document_is_refused() -> None:
    with pytest.raises(MalformedPolicy):
        one(policies=[SourcePolicy("{", "PolicyInputList.1")])


def test_context_keys_are_those_of_conditions_and_variables_once_and_as_written() -> None:
    other = document("Allow", "*", Condition={"StringLike": {"AWS:username": "${aws:PrincipalTag/Team, 'x'}"}})
    assert context_keys([DOCUMENT, other]) == [
        "aws:username",
        "aws:MultiFactorAuthPresent",
        "aws:PrincipalTag/Team",
    ]


def test_the_position_of_a_single_statement() -> None:
    text = '{"Id": "a\\"{[", "Statement":\n  {"Effect": "Allow"}}'
    assert list(statement_positions(text)) == [({"Line": 2, "Column": 3}, {"Line": 2, "Column": 22})]
