"""IAM's policy language: documents, conditions, evaluation, explanation and simulation.

Pure: nothing here reads a clock, a store or a network. Callers bring compiled policies and a request context and get
a Decision. The road of a call uses `Principal`, `RequestContext`, `AccessRequest`, `PolicySet`, `compile_policy` (kept
by document), `evaluate` and `denied_message`; IAM and STS also use `validate_*`, `simulate` and `context_keys`.
"""

from cloudchamber.identity.context import RequestContext
from cloudchamber.identity.document import MalformedPolicy, Policy, Statement, compile_policy
from cloudchamber.identity.evaluate import AccessRequest, Decision, PolicySet, evaluate
from cloudchamber.identity.explain import denied_message, explain
from cloudchamber.identity.principals import (
    ANONYMOUS,
    Principal,
    PrincipalElement,
    PrincipalKind,
    PrincipalMatch,
    SessionInfo,
    federated,
    matches,
    root,
    service,
)
from cloudchamber.identity.simulate import EvaluationResult, Simulation, SourcePolicy, context_keys, simulate
from cloudchamber.identity.validation import (
    validate_identity_policy,
    validate_resource_policy,
    validate_trust_policy,
)

__all__ = [
    "ANONYMOUS",
    "AccessRequest",
    "Decision",
    "EvaluationResult",
    "MalformedPolicy",
    "Policy",
    "PolicySet",
    "Principal",
    "PrincipalElement",
    "PrincipalKind",
    "PrincipalMatch",
    "RequestContext",
    "SessionInfo",
    "Simulation",
    "SourcePolicy",
    "Statement",
    "compile_policy",
    "context_keys",
    "denied_message",
    "evaluate",
    "explain",
    "federated",
    "matches",
    "root",
    "service",
    "simulate",
    "validate_identity_policy",
    "validate_resource_policy",
    "validate_trust_policy",
]
