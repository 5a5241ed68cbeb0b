"""Principals and short ways to write policies, shared by the tests of cloudchamber.identity."""

from typing import Any

from cloudchamber.identity import (
    AccessRequest,
    Decision,
    Policy,
    PolicySet,
    Principal,
    RequestContext,
    SessionInfo,
    compile_policy,
    evaluate,
)

HERE = "111122223333"
ELSEWHERE = "444455556666"
NOW = 1_700_000_000.0  # 2023-11-14T22:13:20Z
OBJECT = "arn:aws:s3:::photos/cat.jpg"

ALICE = Principal(
    "user",
    HERE,
    f"arn:aws:iam::{HERE}:user/alice",
    "AIDAEXAMPLEALICE0001",
    f"arn:aws:iam::{HERE}:user/alice",
    "alice",
    {"team": "red"},
)
ROLE_ARN = f"arn:aws:iam::{HERE}:role/app/worker"
SESSION_ARN = f"arn:aws:sts::{HERE}:assumed-role/worker/run1"
WORKER = Principal(
    "role", HERE, SESSION_ARN, "AROAEXAMPLEWORKER001:run1", ROLE_ARN, "worker", {}, SessionInfo(issued_at=NOW - 60)
)
FEDERATED_ARN = f"arn:aws:sts::{HERE}:federated-user/bob"
BOB = Principal("federated", HERE, FEDERATED_ARN, f"{HERE}:bob", ALICE.arn, "bob", {}, SessionInfo(issued_at=NOW - 60))


def statement(effect: str, action: Any = "*", resource: Any = "*", **rest: Any) -> dict[str, Any]:
    return {"Effect": effect, "Action": action, "Resource": resource, **rest}


def policy(*statements: dict[str, Any], name: str = "p", version: str = "2012-10-17") -> Policy:
    return compile_policy({"Version": version, "Statement": list(statements)}, name)


ALLOW_ALL = policy(statement("Allow"), name="AllowAll")
DENY_ALL = policy(statement("Deny"), name="DenyAll")
NOTHING = policy(statement("Allow", "none:None"), name="Nothing")


def naming(principal: Any, effect: str = "Allow", **rest: Any) -> Policy:
    """A resource policy for everything on everything, for the given Principal element."""
    return policy(statement(effect, Principal=principal, **rest), name="resource")


def decide(
    principal: Principal,
    identity: Policy | None = None,
    *,
    resource: Policy | None = None,
    boundary: Policy | None = None,
    session: tuple[Policy, ...] | None = None,
    owner: str = HERE,
    trust: bool = False,
    action: str = "s3:GetObject",
    on: str = OBJECT,
    keys: dict[str, Any] | None = None,
) -> Decision:
    policies = PolicySet((identity,) if identity else (), boundary, session)
    context = RequestContext(principal, NOW, "10.1.2.3", True, keys)
    return evaluate(principal, policies, resource, AccessRequest(action, on, owner, context, trust))


def outcome(decision: Decision) -> tuple[str, str]:
    return decision.kind, decision.policy_type
