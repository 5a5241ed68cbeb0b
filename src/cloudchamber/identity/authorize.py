"""The question every call asks before its handler runs: may they? And who stands behind an access key.

`Identities` knows the root users by rule and asks the services that give out credentials for the rest; what it learned
is kept until one of them says that something changed. `Gatekeeper` puts a call's checks to the policy engine and leaves
the decision on the span, with all that `explain` needs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from cloudchamber.core.arn import account_of
from cloudchamber.core.errors import AccessDenied
from cloudchamber.identity import principals
from cloudchamber.identity.context import RequestContext
from cloudchamber.identity.credentials import Credential, CredentialSource
from cloudchamber.identity.document import Policy, compile_policy
from cloudchamber.identity.evaluate import AccessRequest, Decision, PolicySet, evaluate
from cloudchamber.identity.explain import denied_message, explain

if TYPE_CHECKING:
    from cloudchamber.core.clock import Waiter
    from cloudchamber.core.context import Context
    from cloudchamber.core.dispatch import BoundOperation
    from cloudchamber.core.resources import Directory
    from cloudchamber.core.service import Check
    from cloudchamber.identity.principals import Principal

ROOT_KEY, ROOT_SECRET, DEFAULT_ACCOUNT = "test", "test", "000000000000"
CACHE_MAX = 20_000
NO_POLICIES = PolicySet()

# Denied text for a document that does not compile: it was validated when it was stored, so this is for foreign data.
compiled = lru_cache(maxsize=4096)(compile_policy)


class PolicySource(Protocol):
    """The service that knows which policies apply to a principal."""

    def policies(self, principal: Principal) -> PolicySet: ...


class Identities:
    """Access key -> credential, principal -> policies."""

    def __init__(
        self, sources: Callable[[], tuple[CredentialSource, ...]], policies: Callable[[], PolicySource]
    ) -> None:
        self._sources = sources
        self._policies = policies
        self._credentials: dict[str, Credential] = {}
        self._policy_sets: dict[tuple[str, int], tuple[Principal, PolicySet]] = {}
        self._waiting: set[Waiter] = set()

    def credential(self, access_key_id: str) -> Credential | None:
        """Whose key this is. `test` and any 12-digit key are root users, with the secret `test`."""
        found = self._credentials.get(access_key_id)
        if found is None:
            found = self._find(access_key_id)
            if found is not None:
                if len(self._credentials) >= CACHE_MAX:
                    self._credentials.clear()
                self._credentials[access_key_id] = found
        return found

    def _find(self, access_key_id: str) -> Credential | None:
        if access_key_id == ROOT_KEY:
            return Credential(ROOT_KEY, ROOT_SECRET, principals.root(DEFAULT_ACCOUNT))
        if len(access_key_id) == 12 and access_key_id.isascii() and access_key_id.isdigit():
            return Credential(access_key_id, ROOT_SECRET, principals.root(access_key_id))
        for source in self._sources():
            credential = source.credential(access_key_id)
            if credential is not None:
                return credential
        return None

    def policies(self, principal: Principal) -> PolicySet:
        """The policies of a user, a role session or a federated session; none for the others."""
        if principal.kind not in ("user", "role", "federated") or not principal.account:
            return NO_POLICIES
        key = (principal.arn, id(principal))
        kept = self._policy_sets.get(key)
        if kept is not None and kept[0] is principal:
            return kept[1]
        found = self._policies().policies(principal)
        if len(self._policy_sets) >= CACHE_MAX:
            self._policy_sets.clear()
        self._policy_sets[key] = (principal, found)
        return found

    def changed(self) -> None:
        """Forget what was learned: a key, a policy or an attachment has changed."""
        self._credentials.clear()
        self._policy_sets.clear()
        for waiter in tuple(self._waiting):
            waiter.wake()

    async def wait_for_change(self, waiter: Waiter, timeout_s: float) -> None:
        """For who was refused and tries on: until permissions change somehow, or the timeout."""
        self._waiting.add(waiter)
        try:
            await waiter.wait(timeout_s)
        finally:
            self._waiting.discard(waiter)


class _LazyTags(Mapping[str, str]):
    """A resource's tags, looked up when a condition asks for one."""

    def __init__(self, directory: Directory, arn: str) -> None:
        self._directory = directory
        self._arn = arn
        self._tags: Mapping[str, str] | None = None

    def _load(self) -> Mapping[str, str]:
        if self._tags is None:
            found = self._directory.find(self._arn)
            self._tags = {} if found is None else found.tags
        return self._tags

    def __getitem__(self, key: str) -> str:
        return self._load()[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._load())

    def __len__(self) -> int:
        return len(self._load())


class Ruling(NamedTuple):
    """A decision with what it was made from, so that it can be explained later."""

    decision: Decision
    principal: Principal
    policies: PolicySet
    resource_policy: Policy | None
    request: AccessRequest
    before: Ruling | Explained | None = None  # on what the same call was asked before

    def explain(self) -> list[str]:
        return explain(self.decision, self.principal, self.policies, self.resource_policy, self.request)

    def kept(self) -> Ruling | Explained:
        """The same without the request, which may be large, for who looks at it later: what allowed needs none to be
        explained, and what denied is explained now."""
        before = None if self.before is None else self.before.kept()
        if not self.decision.allowed:
            return Explained(self.decision, tuple(self.explain()), before)
        return self._replace(request=self.request._replace(context=_NOBODY), before=before)


class Explained(NamedTuple):
    """A decision and what is to be said of it."""

    decision: Decision
    lines: tuple[str, ...]
    before: Ruling | Explained | None = None

    def explain(self) -> list[str]:
        return list(self.lines)

    def kept(self) -> Explained:
        return self


_NOBODY = RequestContext(principals.ANONYMOUS, 0.0)


class Gatekeeper:
    """The authoriser of dispatch."""

    def __init__(self, identities: Identities, directory: Directory) -> None:
        self._identities = identities
        self._directory = directory

    def __call__(self, ctx: Context, bound: BoundOperation, request: Mapping[str, Any]) -> None:
        for check in bound.rule(ctx, request):
            if not ctx.span.resource:
                ctx.span.resource = check.resource
            ruling = self.rule(ctx, check)
            if ruling is not None:
                if ctx.span.decision is not None:
                    ruling = ruling._replace(before=ctx.span.decision)
                ctx.span.decision = ruling
                if not ruling.decision.allowed:
                    raise bound.service.refusal(ctx, AccessDenied(denied_message(ruling.decision)))

    def rule(self, ctx: Context, check: Check) -> Ruling | None:
        """The ruling on one check. None for what a root user does in their own account where no policy stands."""
        principal = ctx.principal
        resource = check.resource
        account = check.account or account_of(resource) or (principal.account if resource == "*" else "")
        text = self._directory.policy(resource) if resource != "*" else None
        if principal.kind == "root" and text is None and account in (principal.account, ""):
            return None
        access = AccessRequest(
            check.action,
            resource,
            account or principal.account,
            self._keys(ctx, check, account),
            check.resource_decides,
        )
        resource_policy = None if text is None else compiled(text)
        policies = self._identities.policies(principal)
        decision = evaluate(principal, policies, resource_policy, access)
        if check.granted_by and decision.kind == "implicit_deny":
            decision = decision._replace(
                allowed=True, kind="allow", policy_type="resource", policy_name=check.granted_by
            )
        return Ruling(decision, principal, policies, resource_policy, access)

    def _keys(self, ctx: Context, check: Check, account: str) -> RequestContext:
        caller = ctx.caller
        keys = RequestContext(ctx.principal, ctx.now(), caller.source_ip, caller.secure, check.keys)
        keys.region = ctx.region
        keys.user_agent = caller.user_agent
        keys.referer = caller.referer
        keys.source_arn = ctx.source_arn or ""
        keys.source_account = ctx.source_account or ""
        keys.resource_account = account
        if check.resource != "*":
            keys.resource_tags = _LazyTags(self._directory, check.resource)
        return keys
