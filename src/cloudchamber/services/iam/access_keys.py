"""Access keys of users and of the root user, and when they were last used.

https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateAccessKey.html
"""

from __future__ import annotations

import weakref
from dataclasses import replace
from typing import TYPE_CHECKING

from cloudchamber.core import ids
from cloudchamber.core.dispatch import CallRecorded
from cloudchamber.core.service import Platform, Request, operation
from cloudchamber.services.iam import limits, sources, wire
from cloudchamber.services.iam.base import IamBase
from cloudchamber.services.iam.errors import InvalidInput, NoSuchEntity, over_quota
from cloudchamber.services.iam.paging import page_of
from cloudchamber.services.iam.records import AccessKey, KeyUse

if TYPE_CHECKING:
    from cloudchamber.core.context import Context
    from cloudchamber.core.spans import Span
    from cloudchamber.identity.credentials import Credential
    from cloudchamber.services.iam import shapes


class AccessKeys(IamBase):
    """Last uses come from the spans of calls: the newest is kept in memory and written down once a minute at most, as
    AWS too shows them late. A span names its caller's ARN and not the key, so of several active keys of one user it is
    the one that was last looked up."""

    def __init__(self, platform: Platform) -> None:
        super().__init__(platform)
        self._key_of: dict[str, str] = {}  # caller's ARN -> access key id
        self._recent_uses: dict[str, KeyUse] = {}
        observer = weakref.WeakMethod(self._called)

        def observe(fact: CallRecorded) -> None:
            called = observer()
            if called is not None:
                called(fact.span)

        platform.facts.observe(CallRecorded, observe)

    def credential(self, access_key_id: str) -> Credential | None:
        found = super().credential(access_key_id)
        if found is not None:
            self._key_of[found.principal.arn] = access_key_id
        return found

    def _called(self, span: Span) -> None:
        key_id = self._key_of.get(span.principal)
        if key_id is None or span.door != "wire":
            return
        use = KeyUse(key_id, span.started_at, span.service, span.region)
        known = self._recent_uses.get(key_id)
        if known is None or abs(use.used_at - known.used_at) >= limits.KEY_USE_SECONDS:
            self._recent_uses[key_id] = use
            if self.store.keys.get(key_id) is not None:
                self.store.key_uses.put(use)
        elif (known.service, known.region) != (use.service, use.region):
            self._recent_uses[key_id] = replace(use, used_at=known.used_at)

    def _owner(self, ctx: Context, request: Request) -> tuple[str, str]:
        """Unique id and name of whose keys are meant; without a UserName the caller's, who may be root."""
        if not request.get("UserName") and ctx.principal.kind == "root":
            return ctx.account, ""
        user = self.user_or_caller(ctx, request)
        return user.id, user.name

    def _key(self, ctx: Context, request: Request) -> AccessKey:
        owner_id, _ = self._owner(ctx, request)
        key_id = request["AccessKeyId"]
        key = self.store.keys.get(key_id)
        if key is None or key.user_id != owner_id:
            raise NoSuchEntity(f"The Access Key with id {key_id} cannot be found.")
        return key

    @operation
    async def create_access_key(
        self, ctx: Context, request: shapes.CreateAccessKeyRequest
    ) -> shapes.CreateAccessKeyResponse:
        owner_id, name = self._owner(ctx, request)
        if len(self.store.keys_of(owner_id)) >= limits.ACCESS_KEYS_PER_USER_MAX:
            raise over_quota("AccessKeysPerUser", limits.ACCESS_KEYS_PER_USER_MAX)
        key = AccessKey(ctx.account, ids.access_key_id(), owner_id, ids.secret_access_key(), ctx.now())
        self.store.keys.put(key)
        return {
            "AccessKey": {
                "UserName": name,
                "AccessKeyId": key.id,
                "Status": key.status,
                "SecretAccessKey": key.secret,
                "CreateDate": wire.instant(key.created_at),
            }
        }

    @operation
    async def list_access_keys(
        self, ctx: Context, request: shapes.ListAccessKeysRequest
    ) -> shapes.ListAccessKeysResponse:
        owner_id, name = self._owner(ctx, request)
        keys, paging = page_of(self.store.keys_of(owner_id), lambda key: key.id, request)
        keys.sort(key=lambda key: key.created_at)
        shown: list[shapes.AccessKeyMetadata] = [
            {"UserName": name, "AccessKeyId": key.id, "Status": key.status, "CreateDate": wire.instant(key.created_at)}
            for key in keys
        ]
        return {**paging, "AccessKeyMetadata": shown}

    @operation
    async def update_access_key(self, ctx: Context, request: shapes.UpdateAccessKeyRequest) -> None:
        key = self._key(ctx, request)
        if request["Status"] not in ("Active", "Inactive"):
            raise InvalidInput(f"Status {request['Status']} cannot be set.")
        self.store.keys.put(replace(key, is_active=request["Status"] == "Active"))

    @operation
    async def delete_access_key(self, ctx: Context, request: shapes.DeleteAccessKeyRequest) -> None:
        key = self._key(ctx, request)
        with self.platform.store.transaction():
            self.store.keys.delete(key.id)
            self.store.key_uses.delete(key.id)
        self._recent_uses.pop(key.id, None)

    @operation
    async def get_access_key_last_used(
        self, ctx: Context, request: shapes.GetAccessKeyLastUsedRequest
    ) -> shapes.GetAccessKeyLastUsedResponse:
        key = self.store.keys.get(request["AccessKeyId"])
        if key is None or key.account != ctx.account:
            raise NoSuchEntity(f"The Access Key with id {request['AccessKeyId']} cannot be found.")
        owner, use = sources.owner_of(self.store, key), self.key_use(key.id)
        name = "" if owner is None else owner.name
        if use is None:
            return {"UserName": name, "AccessKeyLastUsed": {"ServiceName": "N/A", "Region": "N/A"}}
        return {
            "UserName": name,
            "AccessKeyLastUsed": {
                "LastUsedDate": wire.instant(use.used_at),
                "ServiceName": use.service,
                "Region": use.region,
            },
        }

    def key_use(self, key_id: str) -> KeyUse | None:
        """When a key was last used; None for never."""
        return self._recent_uses.get(key_id) or self.store.key_uses.get(key_id)
