"""Aliases: CreateAlias, UpdateAlias, DeleteAlias, ListAliases.

https://docs.aws.amazon.com/kms/latest/developerguide/kms-alias.html
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from cloudchamber.core.errors import ValidationError
from cloudchamber.core.service import operation
from cloudchamber.services.kms import limits, managed
from cloudchamber.services.kms.base import KmsBase, paged
from cloudchamber.services.kms.errors import AlreadyExists, InvalidAliasName, LimitExceeded, NotFound
from cloudchamber.services.kms.key import Key, check_not_pending_deletion
from cloudchamber.services.kms.store import Alias

if TYPE_CHECKING:
    from cloudchamber.core.context import Context
    from cloudchamber.services.kms import shapes

_NAME = re.compile(r"alias/[a-zA-Z0-9/_-]+")


class Aliases(KmsBase):
    @operation
    async def create_alias(self, ctx: Context, request: shapes.CreateAliasRequest) -> None:
        name = request["AliasName"]
        _check_name(name)
        key = self.key(ctx, request, "TargetKeyId")
        check_not_pending_deletion(key)
        now = ctx.now()
        alias = Alias(ctx.account, ctx.region, name, key.id, now, now)
        if self.store.aliases.get(ctx.account, ctx.region, name) is not None:
            raise AlreadyExists(f"An alias with the name {alias.arn} already exists")
        self._check_room(key)
        with self.platform.store.transaction():
            self.store.put_alias(alias)

    @operation
    async def update_alias(self, ctx: Context, request: shapes.UpdateAliasRequest) -> None:
        alias = self._alias(ctx, request["AliasName"])
        new = self.key(ctx, request, "TargetKeyId")
        check_not_pending_deletion(new)
        old = self.store.keys.get(ctx.account, ctx.region, alias.key_id)
        # Symmetric or asymmetric or HMAC, and the usage: what uses the alias relies on them.
        if old is not None and (old.usage, _sort(old)) != (new.usage, _sort(new)):
            raise ValidationError(
                "The current and new KMS keys must be the same type (both symmetric or both asymmetric or both HMAC) "
                "and have the same key usage."
            )
        if old is None or old.id != new.id:
            self._check_room(new)
        with self.platform.store.transaction():
            self.store.put_alias(replace(alias, key_id=new.id, updated_at=ctx.now()))

    @operation
    async def delete_alias(self, ctx: Context, request: shapes.DeleteAliasRequest) -> None:
        alias = self._alias(ctx, request["AliasName"])
        ctx.meter("kms.requests")
        with self.platform.store.transaction():
            self.store.drop_alias(alias)

    @operation
    async def list_aliases(self, ctx: Context, request: shapes.ListAliasesRequest) -> shapes.ListAliasesResponse:
        wanted = {"account": ctx.account, "region": ctx.region}
        if request.get("KeyId"):
            key = self.key(ctx, request)
            if key.account != ctx.account:
                raise NotFound(f"Key '{key.arn}' does not exist")
            wanted = {"target": key.arn}
        found, more = paged(
            request,
            (limits.ALIASES_LISTED, limits.ALIASES_LISTED_MAX),
            lambda after, limit: self.store.aliases.where(order="name", after=(after,), limit=limit, **wanted),
            lambda alias: alias.name,
        )
        return {"Aliases": [_shown(alias) for alias in found], **more}  # type: ignore[typeddict-item]

    def _alias(self, ctx: Context, name: str) -> Alias:
        """The alias that a request is to change."""
        _check_name(name)
        found = self.store.aliases.get(ctx.account, ctx.region, name)
        if found is None:
            raise NotFound(f"Alias arn:aws:kms:{ctx.region}:{ctx.account}:{name} is not found.")
        return found

    def _check_room(self, key: Key) -> None:
        if len(self.store.names_of(key)) >= limits.ALIASES_PER_KEY_MAX:
            raise LimitExceeded(f"A KMS key can have at most {limits.ALIASES_PER_KEY_MAX} aliases.")


def _check_name(name: str) -> None:
    """ValidationError or InvalidAliasName."""
    if not name.startswith("alias/"):
        raise ValidationError(
            'Alias must start with the prefix "alias/". Please see '
            "https://docs.aws.amazon.com/kms/latest/developerguide/kms-alias.html"
        )
    if _NAME.fullmatch(name) is None:
        raise ValidationError(f"{name} contains invalid characters for an alias")
    if name.startswith(managed.PREFIX):
        raise InvalidAliasName(f"Alias {name} is reserved: names that begin with {managed.PREFIX} are AWS's own.")


def _sort(key: Key) -> str:
    return key.kind.family if not key.kind.is_asymmetric else "asymmetric"


def _shown(alias: Alias) -> Any:
    """`AliasListEntry`."""
    return {
        "AliasName": alias.name,
        "AliasArn": alias.arn,
        "TargetKeyId": alias.key_id,
        "CreationDate": alias.created_at,
        "LastUpdatedDate": alias.updated_at,
    }
