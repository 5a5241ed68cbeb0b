"""The policy simulator: SimulateCustomPolicy, SimulatePrincipalPolicy and the context keys that policies ask for.

The evaluation is `identity.simulate`, the same engine that authorises calls. Here a principal's real policies are
collected and named as AWS names them in MatchedStatements: a managed policy by its name, an inline one by
`user_NAME_POLICY`, a document of the request by `PolicyInputList.1`.
Left out, with NotImplemented: service control policies (there are no organizations here) and ResourceHandlingOption,
which checks that an EC2 scenario's resources are complete.
https://docs.aws.amazon.com/IAM/latest/APIReference/API_SimulatePrincipalPolicy.html
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final, cast

from cloudchamber.core.errors import NotImplementedByUs
from cloudchamber.core.pagination import encode_marker
from cloudchamber.core.service import Check, operation
from cloudchamber.identity.document import MalformedPolicy
from cloudchamber.identity.principals import Principal
from cloudchamber.identity.simulate import Simulation as Question
from cloudchamber.identity.simulate import SourcePolicy, context_keys, simulate
from cloudchamber.identity.validation import validate_identity_policy, validate_resource_policy
from cloudchamber.services.iam import sources
from cloudchamber.services.iam.base import IamBase
from cloudchamber.services.iam.errors import IamValidationError, InvalidInput, no_such
from cloudchamber.services.iam.limits import LIST_ITEMS_DEFAULT
from cloudchamber.services.iam.paging import start
from cloudchamber.services.iam.records import Group, Role, User

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from cloudchamber.core.context import Context
    from cloudchamber.core.service import Request, Rule
    from cloudchamber.identity.patterns import Value
    from cloudchamber.services.iam import shapes

_ENTITY = re.compile(r"arn:aws:iam::(\d{12}):(user|group|role)/(?:[!-~]+/)?([\w+=,.@-]+)")
_OWNER = re.compile(r"(?:arn:aws:iam::)?(\d{12})(?::root)?")
_ACTION = re.compile(r"[A-Za-z0-9-]+:[A-Za-z0-9-]+")
_RESOURCE = re.compile(r"\*|arn:[^:]+:[^:]+:[^:]*:[^:]*:.+", re.DOTALL)


class Simulation(IamBase):
    """Operations of the policy simulator."""

    def build_rules(self) -> dict[str, Rule]:
        return {**super().build_rules(), **RULES}

    @operation
    async def simulate_custom_policy(
        self, ctx: Context, request: shapes.SimulateCustomPolicyRequest
    ) -> shapes.SimulatePolicyResponse:
        documents = _inputs(request, "PolicyInputList")
        return self._simulated(ctx, request, documents, _boundary_input(request), self._simulated_caller(request, None))

    @operation
    async def simulate_principal_policy(
        self, ctx: Context, request: shapes.SimulatePrincipalPolicyRequest
    ) -> shapes.SimulatePolicyResponse:
        entity = self._source_entity(ctx, request["PolicySourceArn"])
        excluded = _Exclusions(request.get("PolicyExclusionList") or ())
        documents = [*self._source_documents(entity, excluded), *_inputs(request, "PolicyInputList")]
        boundary = _boundary_input(request) or self._source_boundary(entity, excluded)
        caller = self._simulated_caller(request, entity if isinstance(entity, User) else None)
        return self._simulated(ctx, request, documents, boundary, caller)

    @operation
    async def get_context_keys_for_custom_policy(
        self, ctx: Context, request: shapes.GetContextKeysForCustomPolicyRequest
    ) -> shapes.GetContextKeysForPolicyResponse:
        return _context_keys(_inputs(request, "PolicyInputList"))

    @operation
    async def get_context_keys_for_principal_policy(
        self, ctx: Context, request: shapes.GetContextKeysForPrincipalPolicyRequest
    ) -> shapes.GetContextKeysForPolicyResponse:
        entity = self._source_entity(ctx, request["PolicySourceArn"])
        stored = self._source_documents(entity, _Exclusions(()))
        return _context_keys([*stored, *_inputs(request, "PolicyInputList")])

    def _simulated(
        self,
        ctx: Context,
        request: Request,
        documents: Sequence[SourcePolicy],
        boundary: SourcePolicy | None,
        caller: Principal | None,
    ) -> shapes.SimulatePolicyResponse:
        """The page of results that the request asks for: only its actions are evaluated."""
        actions, resources = _actions(request), _resources(request)
        at = _position(request)
        end = at + (request.get("MaxItems") or LIST_ITEMS_DEFAULT)
        first_action = at // len(resources)
        question = Question(
            documents,
            actions[first_action : -(-end // len(resources))],
            ctx.now(),
            resources,
            _context(request),
            boundary,
            _resource_policy(request),
            _owner(request, caller),
            caller,
        )
        try:
            results = simulate(question)
        except MalformedPolicy as error:
            raise InvalidInput(error.message) from None
        skipped = first_action * len(resources)
        shown = cast("list[Any]", results[at - skipped : end - skipped])
        if end < len(actions) * len(resources):
            return {"EvaluationResults": shown, "IsTruncated": True, "Marker": encode_marker(str(end))}
        return {"EvaluationResults": shown, "IsTruncated": False}

    # whose policies

    def _source_entity(self, ctx: Context, arn: str) -> User | Group | Role:
        """InvalidInput for what is no ARN of a user, group or role; NoSuchEntity."""
        named = _ENTITY.fullmatch(arn)
        if named is None:
            raise InvalidInput(f"Invalid Entity Arn: {arn} does not clearly define entity type and name.")
        account, kind, name = named.groups()
        find: Mapping[str, Callable[[Context, str], User | Group | Role]] = {
            "user": self.user, "group": self.group, "role": self.role,
        }  # fmt: skip
        found = find[kind](ctx, name)
        if account != ctx.account or found.arn != arn:
            raise no_such(kind, name)
        return found

    def _source_documents(self, entity: User | Group | Role, excluded: _Exclusions) -> Iterator[SourcePolicy]:
        """The identity policies of an entity; a user's with those of its groups."""
        kind = type(entity).__name__.lower()
        for inline in self.store.inline_of(entity.id):
            if not excluded.inline(kind, entity.name, inline.name):
                yield SourcePolicy(inline.document, f"{kind}_{entity.name}_{inline.name}")
        for attachment in self.store.attached_to(entity.id):
            policy = self.policy_by_arn(attachment.policy_arn)
            if policy is not None and not excluded.managed(policy.arn):
                yield SourcePolicy(policy.document, policy.name)
        if isinstance(entity, User):
            for group in self.store.groups_of(entity.id):
                yield from self._source_documents(group, excluded)

    def _source_boundary(self, entity: User | Group | Role, excluded: _Exclusions) -> SourcePolicy | None:
        arn = None if isinstance(entity, Group) else entity.boundary
        policy = None if arn is None or excluded.boundary(arn) else self.policy_by_arn(arn)
        return None if policy is None else SourcePolicy(policy.document, policy.name)

    def _simulated_caller(self, request: Request, source: User | None) -> Principal | None:
        """Who is simulated to call: whom the request names, or the user whose policies are simulated."""
        arn = request.get("CallerArn")
        if arn is None:
            if source is None and request.get("ResourcePolicy") is not None:
                raise InvalidInput("CallerArn must be specified when a resource policy is included in the simulation.")
            return None if source is None else sources.principal_of(source)
        named = _ENTITY.fullmatch(arn)
        if named is None:
            raise InvalidInput(f"Invalid CallerArn: {arn} is not the ARN of an IAM user, group or role.")
        account, kind, name = named.groups()
        if kind == "role":
            role = self.store.roles.get(account, name.lower())
            tags = role.tags if role is not None and role.arn == arn else {}
            return Principal("role", account, arn, "", arn, name, tags)
        user = self.store.users.get(account, name.lower())
        if user is not None and user.arn == arn:
            return sources.principal_of(user)
        return Principal("user", account, arn, "", arn, name)


class _Exclusions:
    """The PolicyExclusionList: stored policies to leave out."""

    def __init__(self, items: Sequence[Mapping[str, Any]]) -> None:
        self._boundaries: set[str] = set()
        self._managed: set[str] = set()
        self._inline: set[tuple[str, str, str]] = set()
        for item in items:
            arn, inline = item.get("PolicyArn"), item.get("InlinePolicyIdentifier")
            if item.get("PolicyType") == "permission-boundary":
                self._boundaries.add(arn or "")
            elif inline is not None:
                self._inline.add((inline["AttachmentType"], inline["AttachmentName"].lower(), inline["PolicyName"]))
            elif arn is not None:
                self._managed.add(arn)
            else:
                raise InvalidInput("An excluded policy must be named by PolicyArn or InlinePolicyIdentifier.")

    def inline(self, kind: str, owner: str, name: str) -> bool:
        return (kind, owner.lower(), name) in self._inline

    def managed(self, arn: str) -> bool:
        return arn in self._managed

    def boundary(self, arn: str) -> bool:
        return not self._boundaries.isdisjoint(("", arn))


# reading a request


def _inputs(request: Request, member: str) -> list[SourcePolicy]:
    """The documents of a list in the request. InvalidInput for one that IAM would not store."""
    found = [SourcePolicy(text, f"{member}.{at}") for at, text in enumerate(request.get(member) or (), 1)]
    for source in found:
        try:
            validate_identity_policy(source.document)
        except MalformedPolicy as error:
            raise InvalidInput(f"Invalid policy document {source.source_id}: {error.message}") from None
    return found


def _boundary_input(request: Request) -> SourcePolicy | None:
    _refuse_what_is_missing(request)
    found = _inputs(request, "PermissionsBoundaryPolicyInputList")
    if len(found) > 1:
        raise InvalidInput("Only one permissions boundary policy can be specified.")
    return found[0] if found else None


def _refuse_what_is_missing(request: Request) -> None:
    for member in ("OrderedOrganizationPolicyInputList", "ResourceHandlingOption"):
        if request.get(member):
            raise NotImplementedByUs(f"{member} of iam's policy simulator is not implemented in cloudchamber")


def _resource_policy(request: Request) -> SourcePolicy | None:
    text = request.get("ResourcePolicy")
    if text is None:
        return None
    try:
        validate_resource_policy(text, resource_required=False)
    except MalformedPolicy as error:
        raise InvalidInput(f"Invalid policy document ResourcePolicy: {error.message}") from None
    return SourcePolicy(text, "ResourcePolicy", "Resource Policy")


def _actions(request: Request) -> list[str]:
    found = list(request["ActionNames"])
    if not found:
        raise InvalidInput("At least one action name must be specified.")
    for action in found:
        if not _ACTION.fullmatch(action):
            raise InvalidInput(f"Invalid Action: '{action}'")
    return found


def _resources(request: Request) -> list[str]:
    found = list(request.get("ResourceArns") or ("*",))
    for resource in found:
        if not _RESOURCE.fullmatch(resource):
            raise InvalidInput(f"Invalid Resource Arn: '{resource}'")
    return found


def _owner(request: Request, caller: Principal | None) -> str:
    """The account that owns resources whose ARN does not say; the caller's unless the request names one."""
    named = request.get("ResourceOwner")
    if named is None:
        return "" if caller is None else caller.account
    matched = _OWNER.fullmatch(named)
    if matched is None:
        raise InvalidInput(f"Invalid ResourceOwner: {named}")
    return matched[1]


def _context(request: Request) -> dict[str, Value]:
    found: dict[str, Value] = {}
    for entry in request.get("ContextEntries") or ():
        name, values = entry.get("ContextKeyName"), list(entry.get("ContextKeyValues") or ())
        kind: str = entry.get("ContextKeyType") or "string"
        if not name or ":" not in name:
            raise InvalidInput(f"Invalid context key name: {name or ''}")
        if kind.endswith("List"):
            found[name] = tuple(values)
        elif len(values) == 1:
            found[name] = values[0]
        else:
            raise InvalidInput(f"Context key {name} of type {kind} must have exactly one value.")
    return found


def _position(request: Request) -> int:
    """How many results earlier pages had."""
    marker = start(request)
    if marker is None:
        return 0
    if not (marker.isascii() and marker.isdigit() and len(marker) < 10):
        raise IamValidationError("Invalid Marker.")
    return int(marker)


def _context_keys(documents: Sequence[SourcePolicy]) -> shapes.GetContextKeysForPolicyResponse:
    try:
        return {"ContextKeyNames": context_keys(source.document for source in documents)}
    except MalformedPolicy as error:
        raise InvalidInput(error.message) from None


def _on_source(name: str) -> Rule:
    action = f"iam:{name}"
    return lambda ctx, request: (Check(action, request["PolicySourceArn"]),)


RULES: Final[Mapping[str, Rule]] = {
    name: _on_source(name) for name in ("SimulatePrincipalPolicy", "GetContextKeysForPrincipalPolicy")
}
