"""What a pool keeps for others to read: the look of its classic pages, risk settings, and where logs are to go."""

from __future__ import annotations

import base64
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from cloudchamber.core.service import Request, operation
from cloudchamber.services.cognito_idp.base import Answer, CognitoBase
from cloudchamber.services.cognito_idp.errors import InvalidParameter, ResourceNotFound

if TYPE_CHECKING:
    from cloudchamber.core.context import Context
    from cloudchamber.services.cognito_idp.records import Pool

ALL: Final = "ALL"
_RISKS: Final = (
    "CompromisedCredentialsRiskConfiguration", "AccountTakeoverRiskConfiguration", "RiskExceptionConfiguration"
)  # fmt: skip


class Appearance(CognitoBase):
    def _put_extra(self, pool: Pool, name: str, value: Any) -> None:
        self.store.pools.put(replace(pool, extras={**pool.extras, name: value}))

    # the classic pages

    @operation
    async def set_ui_customization(self, ctx: Context, request: Request) -> Answer:
        pool = self.pool(ctx, request)
        client_id = request.get("ClientId") or ALL
        if client_id != ALL:
            self.client_of(pool, client_id)
        if not self.store.domains.where(pool_id=pool.id):
            raise InvalidParameter("There has to be an existing domain associated with this user pool")
        kept = pool.extras.get("ui") or {}
        before, now = kept.get(client_id) or {}, ctx.now()
        changed = {
            **before,
            "created_at": before.get("created_at", now),
            "changed_at": now,
            "css": request.get("CSS", ""),
        }
        if request.get("ImageFile"):
            changed["image"] = base64.b64encode(request["ImageFile"]).decode()
        self._put_extra(pool, "ui", {**kept, client_id: changed})
        return {"UICustomization": _shown(pool, client_id, changed)}

    @operation
    async def get_ui_customization(self, ctx: Context, request: Request) -> Answer:
        pool = self.pool(ctx, request)
        client_id = request.get("ClientId") or ALL
        if client_id != ALL:
            self.client_of(pool, client_id)
        kept = pool.extras.get("ui") or {}
        found = kept.get(client_id) or kept.get(ALL)
        shown = {"UserPoolId": pool.id, "ClientId": client_id} if found is None else _shown(pool, client_id, found)
        return {"UICustomization": shown}

    # risks

    @operation
    async def set_risk_configuration(self, ctx: Context, request: Request) -> Answer:
        pool = self.pool(ctx, request)
        client_id = request.get("ClientId") or ALL
        if client_id != ALL:
            self.client_of(pool, client_id)
        kept = pool.extras.get("risk") or {}
        changed: dict[str, Any] = {name: request[name] for name in _RISKS if name in request}
        changed["LastModifiedDate"] = ctx.now()
        self._put_extra(pool, "risk", {**kept, client_id: changed})
        return {"RiskConfiguration": _risk(pool, client_id, changed)}

    @operation
    async def describe_risk_configuration(self, ctx: Context, request: Request) -> Answer:
        pool = self.pool(ctx, request)
        client_id = request.get("ClientId") or ALL
        if client_id != ALL:
            self.client_of(pool, client_id)
        kept = pool.extras.get("risk") or {}
        return {"RiskConfiguration": _risk(pool, client_id, kept.get(client_id) or {})}

    # logs

    @operation
    async def set_log_delivery_configuration(self, ctx: Context, request: Request) -> Answer:
        pool = self.pool(ctx, request)
        self._put_extra(pool, "logs", list(request["LogConfigurations"]))
        return {"LogDeliveryConfiguration": {"UserPoolId": pool.id, "LogConfigurations": request["LogConfigurations"]}}

    @operation
    async def get_log_delivery_configuration(self, ctx: Context, request: Request) -> Answer:
        pool = self.pool(ctx, request)
        kept = pool.extras.get("logs")
        if kept is None:
            raise ResourceNotFound(f"Log delivery configuration of user pool {pool.id} does not exist.")
        return {"LogDeliveryConfiguration": {"UserPoolId": pool.id, "LogConfigurations": kept}}


def _shown(pool: Pool, client_id: str, of: dict[str, Any]) -> Answer:
    shown: Answer = {
        "UserPoolId": pool.id, "ClientId": client_id, "CSS": of["css"], "CSSVersion": str(int(of["changed_at"])),
        "LastModifiedDate": of["changed_at"], "CreationDate": of["created_at"],
    }  # fmt: skip
    if of.get("image"):
        shown["ImageUrl"] = f"data:image/png;base64,{of['image']}"
    return shown


def _risk(pool: Pool, client_id: str, of: dict[str, Any]) -> Answer:
    own = {} if client_id == ALL else {"ClientId": client_id}
    return {"UserPoolId": pool.id, **own, **of}
