"""Evaluation logic: which policies decide, for whom."""

import pytest

from cloudchamber.identity import (
    ANONYMOUS,
    MalformedPolicy,
    Principal,
    SessionInfo,
    compile_policy,
    federated,
    root,
    service,
)
from tests.unit.identity.identity_samples import (
    ALICE,
    ALLOW_ALL,
    BOB,
    DENY_ALL,
    ELSEWHERE,
    FEDERATED_ARN,
    HERE,
    NOTHING,
    OBJECT,
    ROLE_ARN,
    SESSION_ARN,
    WORKER,
    decide,
    naming,
    outcome,
    policy,
    statement,
)

ALLOW = ("allow", "identity")
BY_RESOURCE = ("allow", "resource")


def test_nothing_is_allowed_by_default() -> None:
    assert outcome(decide(ALICE)) == ("implicit_deny", "identity")


def test_an_identity_policy_allows_and_the_decision_names_the_statement() -> None:
    allowing = policy(statement("Deny", "iam:*"), statement("Allow", "s3:Get*", Sid="Read"), name="Reader")
    decision = decide(ALICE, allowing)
    assert decision.allowed
    assert (decision.policy_name, decision.statement_index, decision.sid) == ("Reader", 1, "Read")
    assert (decision.principal_arn, decision.action, decision.resource) == (ALICE.arn, "s3:GetObject", OBJECT)


@pytest.mark.parametrize("where", ["identity", "resource", "boundary", "session"])
def test_an_explicit_deny_beats_any_allow(where: str) -> None:
    denying = naming("*", "Deny") if where == "resource" else DENY_ALL
    policies = {"identity": ALLOW_ALL, "resource": naming("*"), "boundary": ALLOW_ALL, "session": ALLOW_ALL}
    policies[where] = denying
    decision = decide(
        WORKER,
        policies["identity"],
        resource=policies["resource"],
        boundary=policies["boundary"],
        session=(policies["session"],),
    )
    assert outcome(decision) == ("explicit_deny", where)
    assert decision.statement_index == 0


def test_a_deny_in_one_identity_policy_beats_an_allow_in_another_and_in_itself() -> None:
    mixed = policy(statement("Allow", "s3:*"), statement("Deny", "s3:GetObject", Sid="No"))
    decision = decide(ALICE, mixed)
    assert (decision.kind, decision.sid) == ("explicit_deny", "No")


def test_a_deny_for_something_else_does_not_matter() -> None:
    mixed = policy(statement("Deny", "s3:*", "arn:aws:s3:::other/*"), statement("Allow"))
    assert decide(ALICE, mixed).allowed


@pytest.mark.parametrize(
    ("action", "asked", "expected"),
    [
        ("*", "s3:GetObject", True),
        ("s3:*", "s3:GetObject", True),
        ("S3:getobject", "s3:GetObject", True),
        ("s3:Get*", "s3:PutObject", False),
        ("s3:?etObject", "s3:GetObject", True),
        ("s3:GetObject", "s3:GetObjectAcl", False),
        ("s3:*", "s3-object-lambda:GetObject", False),
        (["sqs:*", "s3:GetObject"], "s3:GetObject", True),
    ],
)
def test_actions_match_without_regard_to_case(action: str, asked: str, expected: bool) -> None:
    assert decide(ALICE, policy(statement("Allow", action)), action=asked).allowed is expected


def test_not_action_allows_everything_else() -> None:
    except_iam = policy({"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"})
    assert decide(ALICE, except_iam).allowed
    assert not decide(ALICE, except_iam, action="iam:CreateUser").allowed


def test_not_resource_covers_everything_else() -> None:
    except_photos = policy({"Effect": "Allow", "Action": "*", "NotResource": "arn:aws:s3:::photos/*"})
    assert not decide(ALICE, except_photos).allowed
    assert decide(ALICE, except_photos, on="arn:aws:s3:::notes/a").allowed
    nothing = policy({"Effect": "Allow", "Action": "*", "NotResource": "*"})
    assert not decide(ALICE, nothing).allowed


def test_all_conditions_of_a_statement_have_to_hold() -> None:
    conditions = {"StringEquals": {"aws:username": "alice"}, "IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}
    assert decide(ALICE, policy(statement("Allow", Condition=conditions))).allowed
    conditions["IpAddress"] = {"aws:SourceIp": "192.168.0.0/16"}
    assert not decide(ALICE, policy(statement("Allow", Condition=conditions))).allowed


def test_a_cognito_identity_reaches_its_own_prefix_only() -> None:
    session = SessionInfo(web_identity={"cognito-identity.amazonaws.com:sub": "us-east-1:42"})
    guest = Principal("role", HERE, SESSION_ARN, "AROAX:s", ROLE_ARN, "worker", {}, session)
    own = policy(statement("Allow", "s3:*", "arn:aws:s3:::photos/${cognito-identity.amazonaws.com:sub}/*"))
    assert decide(guest, own, on="arn:aws:s3:::photos/us-east-1:42/cat.jpg").allowed
    assert not decide(guest, own, on="arn:aws:s3:::photos/us-east-1:43/cat.jpg").allowed
    assert not decide(WORKER, own, on="arn:aws:s3:::photos//cat.jpg").allowed


def test_leading_keys_confine_a_user_to_their_items() -> None:
    condition = {"ForAllValues:StringEquals": {"dynamodb:LeadingKeys": ["${aws:username}"]}}
    own = policy(statement("Allow", "dynamodb:*", Condition=condition))
    table = f"arn:aws:dynamodb:us-east-1:{HERE}:table/t"
    for keys, expected in [(["alice"], True), (["alice", "alice"], True), (["alice", "bob"], False), ([], True)]:
        decision = decide(ALICE, own, action="dynamodb:BatchGetItem", on=table, keys={"dynamodb:LeadingKeys": keys})
        assert decision.allowed is expected


def test_an_old_document_does_not_expand_variables() -> None:
    own = statement("Allow", "s3:*", "arn:aws:s3:::photos/${aws:username}")
    assert decide(ALICE, policy(own), on="arn:aws:s3:::photos/alice").allowed
    assert not decide(ALICE, policy(own, version="2008-10-17"), on="arn:aws:s3:::photos/alice").allowed


# Boundaries and session policies.


def test_a_boundary_limits_identity_policies_and_grants_nothing() -> None:
    assert decide(ALICE, ALLOW_ALL, boundary=ALLOW_ALL).allowed
    assert outcome(decide(ALICE, ALLOW_ALL, boundary=NOTHING)) == ("implicit_deny", "boundary")
    assert outcome(decide(ALICE, NOTHING, boundary=ALLOW_ALL)) == ("implicit_deny", "identity")


def test_session_policies_limit_the_role_and_any_of_them_may_allow() -> None:
    assert decide(WORKER, ALLOW_ALL, session=(NOTHING, ALLOW_ALL)).allowed
    assert outcome(decide(WORKER, ALLOW_ALL, session=(NOTHING,))) == ("implicit_deny", "session")
    assert outcome(decide(WORKER, ALLOW_ALL, session=())) == ("implicit_deny", "session")
    assert outcome(decide(WORKER, NOTHING, session=(ALLOW_ALL,))) == ("implicit_deny", "identity")


def test_a_federated_user_without_a_session_policy_may_nothing() -> None:
    assert outcome(decide(BOB, ALLOW_ALL)) == ("implicit_deny", "session")
    assert outcome(decide(BOB, ALLOW_ALL, session=(ALLOW_ALL,))) == ALLOW
    assert outcome(decide(BOB, resource=naming({"AWS": FEDERATED_ARN}))) == BY_RESOURCE


# Resource policies within one account: what naming whom is worth.


@pytest.mark.parametrize(
    ("principal", "named", "expected"),
    [
        (ALICE, ALICE.arn, BY_RESOURCE),
        (ALICE, "*", BY_RESOURCE),
        (ALICE, HERE, ("implicit_deny", "identity")),
        (ALICE, ELSEWHERE, ("implicit_deny", "identity")),
        (WORKER, ROLE_ARN, BY_RESOURCE),
        (WORKER, SESSION_ARN, BY_RESOURCE),
        (WORKER, "*", BY_RESOURCE),
        (WORKER, HERE, ("implicit_deny", "identity")),
    ],
)
def test_a_resource_policy_grants_within_the_account(
    principal: Principal, named: str, expected: tuple[str, str]
) -> None:
    assert outcome(decide(principal, resource=naming({"AWS": named}))) == expected


@pytest.mark.parametrize(
    ("principal", "named", "expected"),
    [
        (ALICE, ALICE.arn, BY_RESOURCE),
        (WORKER, SESSION_ARN, BY_RESOURCE),
        (WORKER, "*", BY_RESOURCE),
        (WORKER, ROLE_ARN, ("implicit_deny", "boundary")),
    ],
)
def test_a_boundary_limits_a_resource_policy_only_where_it_names_the_role(
    principal: Principal, named: str, expected: tuple[str, str]
) -> None:
    assert outcome(decide(principal, resource=naming({"AWS": named}), boundary=NOTHING)) == expected


@pytest.mark.parametrize(
    ("principal", "named", "expected"),
    [
        (WORKER, SESSION_ARN, BY_RESOURCE),
        (WORKER, "*", BY_RESOURCE),
        (WORKER, ROLE_ARN, ("implicit_deny", "session")),
        (BOB, FEDERATED_ARN, BY_RESOURCE),
        (BOB, ALICE.arn, ("implicit_deny", "session")),
    ],
)
def test_a_session_policy_limits_a_resource_policy_only_where_it_names_the_entity(
    principal: Principal, named: str, expected: tuple[str, str]
) -> None:
    assert outcome(decide(principal, resource=naming({"AWS": named}), session=(NOTHING,))) == expected


def test_the_strongest_of_several_grants_counts() -> None:
    both = policy(
        statement("Allow", Principal={"AWS": HERE}),
        statement("Allow", Principal={"AWS": ROLE_ARN}),
        statement("Allow", Principal={"AWS": SESSION_ARN}, Sid="Session"),
    )
    assert decide(WORKER, resource=both, boundary=NOTHING).sid == "Session"


@pytest.mark.parametrize("first", [HERE, ROLE_ARN])
def test_delegating_to_the_account_takes_nothing_from_a_grant_to_the_role(first: str) -> None:
    second = ROLE_ARN if first == HERE else HERE
    both = policy(statement("Allow", Principal={"AWS": first}), statement("Allow", Principal={"AWS": second}))
    assert outcome(decide(WORKER, resource=both)) == BY_RESOURCE


def test_a_grant_whose_condition_fails_is_no_grant() -> None:
    elsewhere = naming({"AWS": ALICE.arn}, Condition={"IpAddress": {"aws:SourceIp": "192.0.2.0/24"}})
    assert outcome(decide(ALICE, resource=elsewhere)) == ("implicit_deny", "identity")


def test_a_deny_with_not_principal_hits_everyone_else_and_everyone_with_a_boundary() -> None:
    guarded = policy(statement("Deny", NotPrincipal={"AWS": [HERE, ALICE.arn]}))
    assert decide(ALICE, ALLOW_ALL, resource=guarded).allowed
    assert outcome(decide(WORKER, ALLOW_ALL, resource=guarded)) == ("explicit_deny", "resource")
    assert outcome(decide(ALICE, ALLOW_ALL, resource=guarded, boundary=ALLOW_ALL)) == ("explicit_deny", "resource")


# Across accounts.


def test_across_accounts_both_sides_have_to_allow() -> None:
    theirs = naming({"AWS": HERE})
    assert outcome(decide(ALICE, ALLOW_ALL, resource=theirs, owner=ELSEWHERE)) == ALLOW
    assert outcome(decide(ALICE, ALLOW_ALL, owner=ELSEWHERE)) == ("implicit_deny", "resource")
    assert outcome(decide(ALICE, NOTHING, resource=theirs, owner=ELSEWHERE)) == ("implicit_deny", "identity")


@pytest.mark.parametrize("named", [ALICE.arn, "*"])
def test_across_accounts_naming_the_user_is_not_enough(named: str) -> None:
    assert not decide(ALICE, resource=naming({"AWS": named}), owner=ELSEWHERE).allowed
    assert decide(ALICE, ALLOW_ALL, resource=naming({"AWS": named}), owner=ELSEWHERE).allowed


@pytest.mark.parametrize("named", [ROLE_ARN, SESSION_ARN])
def test_across_accounts_naming_the_role_or_its_session_is_not_enough(named: str) -> None:
    decision = decide(WORKER, resource=naming({"AWS": named}), owner=ELSEWHERE)
    assert outcome(decision) == ("implicit_deny", "identity")


def test_across_accounts_boundary_and_session_limit_even_a_named_session() -> None:
    theirs = naming({"AWS": SESSION_ARN})
    assert outcome(decide(WORKER, ALLOW_ALL, resource=theirs, owner=ELSEWHERE, boundary=NOTHING)) == (
        "implicit_deny",
        "boundary",
    )
    assert outcome(decide(WORKER, ALLOW_ALL, resource=theirs, owner=ELSEWHERE, session=(NOTHING,))) == (
        "implicit_deny",
        "session",
    )


# Root, services, the anonymous.


def test_root_is_allowed_everything_in_its_account_unless_the_resource_policy_denies() -> None:
    assert outcome(decide(root(HERE))) == ("allow", "root")
    assert outcome(decide(root(HERE), resource=naming({"AWS": ELSEWHERE}))) == ("allow", "root")
    assert outcome(decide(root(HERE), resource=naming("*", "Deny"))) == ("explicit_deny", "resource")
    assert outcome(decide(root(HERE), resource=naming({"Service": "x.amazonaws.com"}), trust=True)) == ("allow", "root")


def test_root_of_another_account_needs_the_resource_policy() -> None:
    assert outcome(decide(root(HERE), owner=ELSEWHERE)) == ("implicit_deny", "resource")
    assert outcome(decide(root(HERE), resource=naming({"AWS": HERE}), owner=ELSEWHERE)) == BY_RESOURCE


def test_a_service_needs_the_resource_policy_and_its_conditions() -> None:
    sns = service("sns.amazonaws.com")
    assert outcome(decide(sns)) == ("implicit_deny", "resource")
    condition = {"ArnEquals": {"aws:SourceArn": f"arn:aws:sns:us-east-1:{HERE}:topic"}}
    granted = naming({"Service": "sns.amazonaws.com"}, Condition=condition)
    assert outcome(decide(sns, resource=granted, keys={"aws:SourceArn": f"arn:aws:sns:us-east-1:{HERE}:topic"})) == (
        BY_RESOURCE
    )
    assert not decide(sns, resource=granted, keys={"aws:SourceArn": f"arn:aws:sns:us-east-1:{HERE}:x"}).allowed
    assert not decide(service("sqs.amazonaws.com"), resource=granted).allowed


def test_the_anonymous_need_a_policy_for_everyone() -> None:
    assert decide(ANONYMOUS, resource=naming("*")).allowed
    assert outcome(decide(ANONYMOUS, resource=naming({"AWS": HERE}))) == ("implicit_deny", "resource")
    assert outcome(decide(ANONYMOUS)) == ("implicit_deny", "resource")


# Trust policies and key policies, which have to allow.


def test_a_trust_policy_has_to_allow_whatever_identity_policies_say() -> None:
    assert outcome(decide(ALICE, ALLOW_ALL, trust=True)) == ("implicit_deny", "resource")
    other = naming({"AWS": WORKER.arn})
    assert outcome(decide(ALICE, ALLOW_ALL, resource=other, trust=True)) == ("implicit_deny", "resource")


def test_a_trust_policy_that_names_the_account_delegates_to_identity_policies() -> None:
    delegating = naming({"AWS": f"arn:aws:iam::{HERE}:root"})
    assert outcome(decide(ALICE, resource=delegating, trust=True)) == ("implicit_deny", "identity")
    assert outcome(decide(ALICE, ALLOW_ALL, resource=delegating, trust=True)) == ALLOW


def test_a_trust_policy_that_names_the_caller_is_enough() -> None:
    assert outcome(decide(ALICE, resource=naming({"AWS": ALICE.arn}), trust=True)) == BY_RESOURCE
    assert outcome(decide(WORKER, resource=naming({"AWS": ROLE_ARN}), trust=True)) == BY_RESOURCE


def test_a_web_identity_is_judged_by_the_trust_policy_alone() -> None:
    trust = policy(
        {
            "Effect": "Allow",
            "Principal": {"Federated": "cognito-identity.amazonaws.com"},
            "Action": "sts:AssumeRoleWithWebIdentity",
            "Condition": {
                "StringEquals": {"cognito-identity.amazonaws.com:aud": "pool-1"},
                "ForAnyValue:StringLike": {"cognito-identity.amazonaws.com:amr": "authenticated"},
            },
        }
    )
    for audience, expected in [("pool-1", True), ("pool-2", False)]:
        keys = {
            "cognito-identity.amazonaws.com:aud": audience,
            "cognito-identity.amazonaws.com:amr": "authenticated",
        }
        caller = federated("cognito-identity.amazonaws.com", keys)
        action = "sts:AssumeRoleWithWebIdentity"
        assert decide(caller, resource=trust, trust=True, action=action, on=ROLE_ARN).allowed is expected


# Compiling.


@pytest.mark.parametrize(
    "document",
    ["", "[]", "1", '{"Statement": 3}', '{"Statement": [3]}', '{"Statement": {"Effect": "Maybe", "Action": "*"}}',
     '{"Statement": {"Effect": "Allow", "Action": "*", "Condition": {"Stringy": {"k": "v"}}}}', "[" * 100_000],
)  # fmt: skip
def test_what_is_no_policy_does_not_compile(document: str) -> None:
    with pytest.raises(MalformedPolicy):
        compile_policy(document)


def test_a_single_statement_needs_no_list() -> None:
    single = compile_policy(
        '{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}'
    )
    assert decide(ALICE, single).allowed


def test_remembering_actions_is_bounded() -> None:
    everything = policy(statement("Allow"))
    for number in range(3000):
        assert everything.about(f"s3:Action{number}")[1]
    assert len(everything._by_action) <= 1024
