"""What a pool does when its users synchronize: the function it asks, the devices it pushes to."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from cloudchamber.core.errors import NotImplementedByUs
from cloudchamber.core.service import operation
from cloudchamber.services.cognito_sync.base import SyncBase
from cloudchamber.services.cognito_sync.errors import InvalidParameter

if TYPE_CHECKING:
    from cloudchamber.core.context import Context
    from cloudchamber.services.cognito_sync import shapes
    from cloudchamber.services.cognito_sync.tables import PoolSettings

EVENTS = ("SyncTrigger",)


class Settings(SyncBase):
    @operation
    async def set_cognito_events(self, ctx: Context, request: shapes.SetCognitoEventsRequest) -> None:
        """An empty value takes an event's function away; events that are not named keep theirs."""
        kept, events = self.developers_pool(ctx, request), dict(request["Events"])
        unknown = [name for name in events if name not in EVENTS]
        if unknown:
            raise InvalidParameter(f"Unknown event type: {unknown[0]}")
        together = {name: arn for name, arn in {**kept.events, **events}.items() if arn}
        self.store.pools.put(replace(kept, events=together, modified_at=ctx.now()))

    @operation
    async def get_cognito_events(
        self, ctx: Context, request: shapes.GetCognitoEventsRequest
    ) -> shapes.GetCognitoEventsResponse:
        return {"Events": self.developers_pool(ctx, request).events}

    @operation
    async def set_identity_pool_configuration(
        self, ctx: Context, request: shapes.SetIdentityPoolConfigurationRequest
    ) -> shapes.SetIdentityPoolConfigurationResponse:
        kept = self.developers_pool(ctx, request)
        if (request.get("CognitoStreams") or {}).get("StreamingStatus") == "ENABLED":
            raise NotImplementedByUs("cognito-sync: streaming to Kinesis is not implemented in cloudchamber")
        if request.get("PushSync") is not None:
            kept = self.store.pools.put(replace(kept, push=dict(request["PushSync"]), modified_at=ctx.now()))
        return _shown(kept)

    @operation
    async def get_identity_pool_configuration(
        self, ctx: Context, request: shapes.GetIdentityPoolConfigurationRequest
    ) -> shapes.GetIdentityPoolConfigurationResponse:
        answer: shapes.GetIdentityPoolConfigurationResponse = {**_shown(self.developers_pool(ctx, request))}
        return answer


def _shown(kept: PoolSettings) -> shapes.SetIdentityPoolConfigurationResponse:
    shown: shapes.SetIdentityPoolConfigurationResponse = {"IdentityPoolId": kept.pool}
    if kept.push:
        push: Any = kept.push
        shown["PushSync"] = push
    return shown
