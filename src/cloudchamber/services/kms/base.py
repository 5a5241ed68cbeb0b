"""What KMS's operations share: finding keys, loading their material, metering, and the timer of what comes due."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from cloudchamber.core.errors import NotImplementedByUs
from cloudchamber.core.pagination import InvalidMarker as BadMarker
from cloudchamber.core.pagination import decode_marker, encode_marker
from cloudchamber.core.resources import Resource
from cloudchamber.core.service import Platform, Request, Service
from cloudchamber.services.kms import policy
from cloudchamber.services.kms.errors import DryRunOperation, InvalidKeyUsage, InvalidMarker, NotFound
from cloudchamber.services.kms.grant import parse_token
from cloudchamber.services.kms.key import Key, check_usable
from cloudchamber.services.kms.keyring import Keyring
from cloudchamber.services.kms.store import KmsStore

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from typing import TypeVar

    from cloudchamber.core.clock import Timer
    from cloudchamber.core.context import Context

    T = TypeVar("T")


class KmsBase(Service):
    name: ClassVar[str] = "kms"

    def __init__(self, platform: Platform) -> None:
        super().__init__(platform)
        self.store = KmsStore(platform.store)
        self.keyring = Keyring(self.store, self.plan)
        self.rules = policy.rules(self.keyring)
        self._timer: Timer | None = None

    async def resume(self) -> None:
        self.plan()

    # keys

    def key(self, ctx: Context, request: Request, member: str = "KeyId", *, aliases: bool = False) -> Key:
        """The key that a request names; NotFound. Counts as a request."""
        located = self.keyring.locate(ctx, request[member], aliases=aliases)
        if located.key is None:
            raise NotFound(located.missing)
        ctx.meter("kms.requests")
        return located.key

    def usable(self, ctx: Context, request: Request, usage: str, operation: str) -> Key:
        """The enabled key that a cryptographic operation names, of the usage it needs."""
        located = self.keyring.locate(ctx, request["KeyId"], aliases=True)
        if located.key is None:
            raise NotFound(located.missing)
        self.check_use(ctx, located.key, request, (usage, operation))
        return located.key

    def check_use(self, ctx: Context, key: Key, request: Request, use: tuple[str, str]) -> None:
        """Disabled, InvalidState, InvalidKeyUsage or InvalidGrantToken; `use` is the usage and the operation.

        https://aws.amazon.com/kms/pricing/: RSA_2048 costs what symmetric keys do, other key pairs five times as much.
        """
        check_usable(key)
        if key.usage != use[0]:
            raise InvalidKeyUsage(f"{key.arn} key usage is {key.usage} which is not valid for {use[1]}.")
        for token in request.get("GrantTokens") or ():
            parse_token(token)  # grants hold at once here, so a token adds nothing
        if request.get("Recipient"):
            raise NotImplementedByUs("Recipient (attestation by Nitro enclaves) is not implemented in cloudchamber")
        if not use[1].startswith("GenerateDataKeyPair"):  # those have a price of their own
            is_dear = key.kind.is_asymmetric and key.spec != "RSA_2048"
            ctx.meter("kms.asymmetric_requests" if is_dear else "kms.requests")

    def check_algorithm(self, key: Key, algorithm: str) -> None:
        """InvalidKeyUsage for an algorithm that keys of this spec do not have."""
        if algorithm not in key.algorithms:
            raise InvalidKeyUsage(f"Algorithm {algorithm} and key spec {key.spec} are incompatible.")

    @staticmethod
    def stop_dry_run(request: Request) -> None:
        """DryRunOperation, once all that could refuse the request has had its say."""
        if request.get("DryRun"):
            raise DryRunOperation

    def current(self, key: Key) -> Any:
        """What works with the key's current material (see `keypairs.load`)."""
        found = self.store.loaded(key, key.material_number)
        assert found is not None, "an enabled key has its material"
        return found

    # what comes due: deletion, expiry, rotation

    def plan(self) -> None:
        """Keep one timer at the next instant at which something happens to a key by itself."""
        due = self.store.next_due()
        if self._timer is not None and self._timer.is_pending:
            if due is not None and self._timer.due == due:
                return
            self._timer.cancel()
        self._timer = None if due is None else self.clock.at(due, self._come_due, "kms keys")

    def _come_due(self) -> None:
        now = self.clock.now()
        while places := self.store.due(now, 100):
            for place in places:
                with self.platform.store.transaction():
                    key = self.store.keys.get(*place)
                    if key is not None:
                        self.come_due(key, now)
        self.plan()

    def come_due(self, key: Key, now: float) -> None:
        """What was to happen to `key` by now happens. Runs inside a transaction; afterwards nothing is due."""
        raise NotImplementedError

    # Service

    def find(self, arn: str) -> Resource | None:
        key = self.store.key(arn)
        return None if key is None else _resource(key)

    def resource_policy(self, arn: str) -> str | None:
        key = self.store.key(arn)
        return None if key is None else key.policy

    def list_resources(self, account: str | None, region: str | None) -> Iterator[Resource]:
        wanted: dict[str, Any] = {k: v for k, v in (("account", account), ("region", region)) if v is not None}
        return (_resource(key) for key in self.store.keys.where(**wanted))


def _resource(key: Key) -> Resource:
    shown = {"KeyState": key.state, "KeySpec": key.spec, "KeyUsage": key.usage, "Description": key.description}
    return Resource(key.arn, "AWS::KMS::Key", key.id, key.account, key.region, key.tags, key.policy, attributes=shown)


def paged(
    request: Request, limits: tuple[int, int], find: Callable[[str, int], Sequence[T]], name: Callable[[T], str]
) -> tuple[Sequence[T], dict[str, Any]]:
    """A page of a listing and the members that say how it goes on. `find(after, limit)` gives rows in order of `name`.

    `limits` are the default and the greatest size of a page. InvalidMarker.
    """
    try:
        after = decode_marker(request["Marker"]) if request.get("Marker") else ""
    except BadMarker:
        raise InvalidMarker from None
    size = min(request.get("Limit") or limits[0], limits[1])
    found = find(after, size + 1)
    if len(found) <= size:
        return found, {"Truncated": False}
    return found[:size], {"Truncated": True, "NextMarker": encode_marker(name(found[size - 1]))}
