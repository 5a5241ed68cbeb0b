"""Finding keys by what clients call them, and making the AWS managed keys that services ask for.

A KeyId is a key's id or ARN, and for most uses of a key also an alias' name or ARN.
https://docs.aws.amazon.com/kms/latest/developerguide/concepts.html#key-id
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from cloudchamber.core import ids
from cloudchamber.services.kms import grant as grants
from cloudchamber.services.kms import managed
from cloudchamber.services.kms.errors import InvalidArn, NotFound
from cloudchamber.services.kms.key import CURRENT, ENABLED, KEY_ID, Key, Material, material_id
from cloudchamber.services.kms.limits import DAY_SECONDS, ROTATION_DAYS
from cloudchamber.services.kms.specs import ENCRYPT, SYMMETRIC
from cloudchamber.services.kms.store import Alias, KmsStore

if TYPE_CHECKING:
    from collections.abc import Callable

    from cloudchamber.core.context import Context
    from cloudchamber.core.service import Request
    from cloudchamber.services.kms.grant import Grant


class Located(NamedTuple):
    """Where a KeyId points to: the key, or what to say of the one that is not there."""

    arn: str
    key: Key | None
    missing: str = ""
    alias: str = ""  # the alias by which it was named


class Keyring:
    def __init__(self, store: KmsStore, changed: Callable[[], None]) -> None:
        """`changed` is called when a key has come that something will happen to by itself."""
        self.store = store
        self._changed = changed

    def locate(self, ctx: Context, text: str, *, aliases: bool = False) -> Located:
        """NotFound for what can be no key's name, InvalidArn for an alias' ARN where only keys can be named."""
        account, name = ctx.account, text
        if text.startswith("arn:"):
            parts = text.split(":", 5)
            if len(parts) != 6 or parts[2] != "kms" or not parts[4].isdigit():
                raise NotFound(f"Invalid arn {text}")
            if parts[3] != ctx.region:
                raise NotFound(f"Invalid arn {parts[3]}")
            account, name = parts[4], parts[5]
            if name.startswith("alias/") and not aliases:
                raise InvalidArn("Key Aliases are not supported for this operation.")
            name = name.removeprefix("key/")
        if name.startswith("alias/"):
            if not aliases:
                raise NotFound(f"Invalid keyId {name}")
            return self._locate_alias(ctx, account, name)
        if KEY_ID.fullmatch(name) is None:
            raise NotFound(f"Invalid keyId {name}")
        return self.locate_id(ctx, account, name)

    def locate_id(self, ctx: Context, account: str, key_id: str) -> Located:
        """By account and key id, in the call's region."""
        key = self.store.keys.get(account, ctx.region, key_id)
        if key is not None:
            return Located(key.arn, key)
        arn = f"arn:aws:kms:{ctx.region}:{account}:key/{key_id}"
        return Located(arn, None, f"Key '{arn}' does not exist")

    def in_region(self, key: Key, region: str) -> Located:
        """The related key in another region."""
        arn = f"arn:aws:kms:{region}:{key.account}:key/{key.id}"
        return Located(arn, self.store.keys.get(key.account, region, key.id), f"Key '{arn}' does not exist")

    def _locate_alias(self, ctx: Context, account: str, name: str) -> Located:
        alias = self.store.aliases.get(account, ctx.region, name)
        if alias is None and name.startswith(managed.PREFIX) and account == ctx.account:
            short = name.removeprefix(managed.PREFIX)
            if ctx.via and ctx.via == managed.service_of(short):
                alias = self.make_managed(ctx, short)
        if alias is None:
            arn = f"arn:aws:kms:{ctx.region}:{account}:{name}"
            return Located(arn, None, f"Alias {arn} is not found.")
        key = self.store.keys.get(account, ctx.region, alias.key_id)
        assert key is not None, "a key's aliases go with it"
        return Located(key.arn, key, alias=name)

    def make_managed(self, ctx: Context, short: str) -> Alias:
        """The AWS managed key of `alias/aws/SHORT`, for the caller's account and region."""
        account, region, now = ctx.account, ctx.region, ctx.now()
        key_id, secret = ids.uuid(), ids.token_bytes(32)
        key = Key(
            account,
            region,
            key_id,
            SYMMETRIC,
            ENCRYPT,
            ENABLED,
            now,
            managed.policy(short, account, region),
            description=managed.description(short),
            managed_for=short,
            material_id=material_id(key_id, secret),
            rotation_days=ROTATION_DAYS,  # AWS rotates them every year
            next_rotation_at=now + ROTATION_DAYS * DAY_SECONDS,
        )
        alias = Alias(account, region, managed.PREFIX + short, key_id, now, now)
        with self.store.db.transaction():
            self.store.keys.put(key)
            self.store.put_material(Material(account, region, key_id, 0, key.material_id, CURRENT, secret))
            self.store.put_alias(alias)
        self._changed()
        return alias

    # grants, as far as permissions depend on them

    def parents(self, ctx: Context, key: Key, request: Request) -> list[Grant]:
        """The grants by which the caller may make the grant that a CreateGrant request asks for."""
        on_key = self.store.grants_on(key)
        if not on_key:
            return []
        child = grants.requested(key, request, key.account, 0.0)
        mine = [grant for name in grants.names_of(ctx.principal, ctx.region) for grant in on_key.get(name, ())]
        return [grant for grant in mine if "CreateGrant" in grant.operations and grant.permits_child(child)]

    def grant_to_retire(self, ctx: Context, request: Request) -> Grant | None:
        """The grant that a RetireGrant request names by token, or by key and id; None if there is none."""
        if request.get("GrantToken"):
            return self.store.grants.get(*grants.parse_token(request["GrantToken"]))
        if not (request.get("KeyId") and request.get("GrantId")):
            return None
        arn = self.locate(ctx, request["KeyId"]).arn.split(":", 5)
        return self.store.grants.get(arn[4], arn[3], arn[5].removeprefix("key/"), request["GrantId"])
