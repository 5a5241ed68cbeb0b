"""AWS's error texts, and explanations for people."""

import pytest

from cloudchamber.identity import (
    ANONYMOUS,
    AccessRequest,
    Policy,
    PolicySet,
    RequestContext,
    denied_message,
    evaluate,
    explain,
    federated,
    service,
)
from tests.unit.identity.identity_samples import (
    ALICE,
    ALLOW_ALL,
    DENY_ALL,
    HERE,
    NOTHING,
    NOW,
    OBJECT,
    ROLE_ARN,
    WORKER,
    decide,
    naming,
    policy,
    statement,
)

QUEUE = f"arn:aws:sqs:us-east-1:{HERE}:q"
USER_ASKS = f"User: {ALICE.arn} is not authorized to perform: sqs:SendMessage on resource: {QUEUE}"
ROLE_ASKS = f"User: {WORKER.arn} is not authorized to perform: sqs:SendMessage on resource: {QUEUE}"


def message(principal: object = ALICE, *arguments: Policy, **options: object) -> str:
    return denied_message(decide(principal, *arguments, **{"action": "sqs:SendMessage", "on": QUEUE, **options}))  # type: ignore[arg-type]


def test_a_missing_allow_names_the_kind_of_policy() -> None:
    because = "because no {} allows the sqs:SendMessage action"
    assert message() == f"{USER_ASKS} {because.format('identity-based policy')}"
    assert message(ALICE, ALLOW_ALL, boundary=NOTHING) == f"{USER_ASKS} {because.format('permissions boundary')}"
    assert message(WORKER, ALLOW_ALL, session=(NOTHING,)) == f"{ROLE_ASKS} {because.format('session policy')}"
    assert message(ALICE, ALLOW_ALL, owner="999999999999") == f"{USER_ASKS} {because.format('resource-based policy')}"


def test_an_explicit_deny_names_the_kind_of_policy() -> None:
    assert message(ALICE, DENY_ALL) == f"{USER_ASKS} with an explicit deny in an identity-based policy"
    assert message(ALICE, boundary=DENY_ALL) == f"{USER_ASKS} with an explicit deny in a permissions boundary"
    assert message(WORKER, session=(DENY_ALL,)) == f"{ROLE_ASKS} with an explicit deny in a session policy"
    denying = naming("*", "Deny")
    assert message(ALICE, resource=denying) == f"{USER_ASKS} with an explicit deny in a resource-based policy"


def test_without_a_resource_the_text_leaves_it_out() -> None:
    assert message(on="") == (
        f"User: {ALICE.arn} is not authorized to perform: sqs:SendMessage "
        "because no identity-based policy allows the sqs:SendMessage action"
    )


def test_s3_quotes_the_resource() -> None:
    assert denied_message(decide(ALICE)) == (
        f'User: {ALICE.arn} is not authorized to perform: s3:GetObject on resource: "{OBJECT}" '
        "because no identity-based policy allows the s3:GetObject action"
    )


def test_the_anonymous_are_called_so() -> None:
    assert message(ANONYMOUS).startswith("User: anonymous is not authorized to perform: sqs:SendMessage on")


def test_role_trust_gives_no_reason() -> None:
    assert message(action="sts:AssumeRole", on=ROLE_ARN, trust=True) == (
        f"User: {ALICE.arn} is not authorized to perform: sts:AssumeRole on resource: {ROLE_ARN}"
    )
    guest = federated("accounts.google.com", {})
    action = "sts:AssumeRoleWithWebIdentity"
    assert message(guest, action=action, on=ROLE_ARN, trust=True) == f"Not authorized to perform {action}"


def explained(principal: object, identity: Policy, resource: Policy | None = None, owner: str = HERE) -> str:
    context = RequestContext(principal, NOW, "10.1.2.3")  # type: ignore[arg-type]
    request = AccessRequest("s3:GetObject", OBJECT, owner, context)
    policies = PolicySet((identity,))
    decision = evaluate(principal, policies, resource, request)  # type: ignore[arg-type]
    return "\n".join(explain(decision, principal, policies, resource, request))  # type: ignore[arg-type]


def test_an_explanation_names_the_statement_that_allowed() -> None:
    text = explained(ALICE, policy(statement("Allow", "s3:*", Sid="Read"), name="Reader"))
    assert f"{ALICE.arn} asked for s3:GetObject on {OBJECT}." in text
    assert 'identity policies "Reader"; no resource policy' in text
    assert 'Allowed by statement 1 ("Read") of identity-based policy "Reader".' in text


def test_an_explanation_of_a_resource_policy_has_no_name_for_it() -> None:
    text = explained(ALICE, NOTHING, policy(statement("Allow", "s3:*", Principal="*"), name=""))
    assert "Allowed by statement 1 of resource-based policy." in text


def test_an_explanation_names_the_statement_that_denied() -> None:
    text = explained(ALICE, policy(statement("Allow"), statement("Deny", "s3:*"), name="Guard"))
    assert 'Denied explicitly by statement 2 of identity-based policy "Guard".' in text
    assert "narrow or remove that statement" in text


def test_an_explanation_shows_the_resources_and_conditions_that_failed_with_actual_values() -> None:
    near = policy(
        statement("Allow", "s3:*", "arn:aws:s3:::notes/*"),
        statement("Allow", "s3:*", Condition={"IpAddress": {"aws:SourceIp": "192.0.2.0/24"}}),
        statement("Allow", "s3:*", Condition={"StringEquals": {"s3:prefix": ["a", "b"]}}),
        statement("Allow", "s3:*", Condition={"StringEquals": {"aws:username": "${aws:PrincipalTag/Nick}"}}),
        name="Near",
    )
    text = explained(ALICE, near)
    assert 'Statement 1 of "Near" allows s3:GetObject, but its resources are only arn:aws:s3:::notes/*.' in text
    assert 'IpAddress aws:SourceIp "192.0.2.0/24" does not hold: the request has "10.1.2.3"' in text
    assert 'StringEquals s3:prefix "a" or "b" does not hold: the request has no such key' in text
    assert "(no value for ${aws:PrincipalTag/Nick})" in text
    hint = f'{{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "{OBJECT}"}}'
    assert hint in text


@pytest.mark.parametrize("own", [ALLOW_ALL, NOTHING])
def test_an_explanation_of_a_cross_account_denial_shows_which_side_is_missing(own: Policy) -> None:
    text = explained(ALICE, own, naming({"AWS": ROLE_ARN}), "999999999999")
    assert f"belongs to account 999999999999, the caller to {HERE}: both sides have to allow" in text
    assert ("for other principals" in text) is (own is ALLOW_ALL)
    assert (f'"Principal": {{"AWS": "{ALICE.arn}"}}' in text) is (own is ALLOW_ALL)
    assert ('"Nothing" has no statement that allows s3:GetObject' in text) is (own is NOTHING)


def test_the_hint_of_a_service_names_the_service() -> None:
    text = explained(service("sns.amazonaws.com"), NOTHING)
    assert "no identity policies, which this kind of caller cannot have" in text
    assert '"Principal": {"Service": "sns.amazonaws.com"}' in text
