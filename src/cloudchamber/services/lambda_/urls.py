"""Function URLs: their configuration, and requests that come in through them.

https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from cloudchamber.core import ids
from cloudchamber.core.service import Request, operation, private_operation
from cloudchamber.services.lambda_ import http_events
from cloudchamber.services.lambda_.base import paged
from cloudchamber.services.lambda_.configuration import stamp
from cloudchamber.services.lambda_.errors import InvalidParameterValue, NoSuchThing, ResourceConflict
from cloudchamber.services.lambda_.execution import Call, Execution
from cloudchamber.services.lambda_.names import FunctionName
from cloudchamber.services.lambda_.records import Url

if TYPE_CHECKING:
    from cloudchamber.core.context import Context
    from cloudchamber.services.lambda_ import shapes

_KEPT = ("AuthType", "Cors", "InvokeMode")


class Urls(Execution):
    @operation
    async def create_function_url_config(
        self, ctx: Context, request: shapes.CreateFunctionUrlConfigRequest
    ) -> shapes.CreateFunctionUrlConfigResponse:
        name = self.qualified(ctx, request)
        if name.qualifier.isdigit() or name.qualifier.startswith("$"):
            raise InvalidParameterValue("Function URLs are for functions and aliases, not for versions.")
        if self.store.urls.get(*name.key, name.qualifier) is not None:
            raise ResourceConflict(
                f"Failed to create function url config for [functionArn = {name.qualified_arn}]. Error message:  "
                f"FunctionUrlConfig exists for this Lambda function"
            )
        settings = {"InvokeMode": "BUFFERED", **{m: request[m] for m in _KEPT if request.get(m) is not None}}  # type: ignore[literal-required]
        identifier = ids.uuid().replace("-", "")
        url = Url(identifier, *name.key, name.qualifier, settings, ctx.now(), ctx.now())
        return self._shown_url(ctx, self.store.urls.put(url))  # type: ignore[no-any-return]

    def _url(self, ctx: Context, request: Request) -> Url:
        name = self.qualified(ctx, request)
        found = self.store.urls.get(*name.key, name.qualifier)
        if found is None:
            raise NoSuchThing
        return found

    @operation
    async def get_function_url_config(
        self, ctx: Context, request: shapes.GetFunctionUrlConfigRequest
    ) -> shapes.GetFunctionUrlConfigResponse:
        return self._shown_url(ctx, self._url(ctx, request))  # type: ignore[no-any-return]

    @operation
    async def update_function_url_config(
        self, ctx: Context, request: shapes.UpdateFunctionUrlConfigRequest
    ) -> shapes.UpdateFunctionUrlConfigResponse:
        url = self._url(ctx, request)
        changes = {member: request[member] for member in _KEPT if request.get(member) is not None}  # type: ignore[literal-required]
        url = replace(url, settings={**url.settings, **changes}, modified_at=ctx.now())
        return self._shown_url(ctx, self.store.urls.put(url))  # type: ignore[no-any-return]

    @operation
    async def delete_function_url_config(
        self, ctx: Context, request: shapes.DeleteFunctionUrlConfigRequest
    ) -> dict[str, Any]:
        url = self._url(ctx, request)
        self.store.urls.delete(url.account, url.region, url.function, url.qualifier)
        return {}

    @operation
    async def list_function_url_configs(
        self, ctx: Context, request: shapes.ListFunctionUrlConfigsRequest
    ) -> shapes.ListFunctionUrlConfigsResponse:
        name = self.named(ctx, request)
        self.function(name)
        found = self.store.urls.where(account=name.account, region=name.region, function=name.name)
        chosen, marker = paged(request, found, lambda u: u.qualifier or "-", "NextMarker")
        return {"FunctionUrlConfigs": [self._shown_url(ctx, url) for url in chosen], **marker}  # type: ignore[typeddict-item]

    def _shown_url(self, ctx: Context, url: Url) -> Any:
        scheme, _, rest = (ctx.caller.endpoint or "http://localhost").partition("://")
        port = rest.rpartition(":")[2] if ":" in rest.rpartition("]")[2] else ""
        host = f"{url.id}.lambda-url.{url.region}.localhost" + (f":{port}" if port else "")
        name = FunctionName(url.account, url.region, url.function, url.qualifier)
        return {
            "FunctionUrl": f"{scheme}://{host}/", "FunctionArn": name.qualified_arn,
            "CreationTime": stamp(url.created_at), "LastModifiedTime": stamp(url.modified_at), **url.settings,
        }  # fmt: skip

    # requests

    def url(self, identifier: str) -> Url | None:
        """The URL a host names."""
        found = self.store.urls.where(id=identifier, limit=1)
        return found[0] if found else None

    def package(self, blob: str) -> bytes | None:
        """A deployment package by the name GetFunction gives out; None if there is none."""
        known = self.store.db.value(
            "SELECT 1 FROM lambda_versions WHERE json_extract(record, '$.code.blob') = ? UNION "
            "SELECT 1 FROM lambda_layers WHERE json_extract(record, '$.code.blob') = ?", (blob, blob)
        )  # fmt: skip
        if not known:
            return None
        with self.platform.blobs.open(blob) as file:
            content: bytes = file.read()
        return content

    @private_operation
    async def invoke_url(self, ctx: Context, request: Request) -> dict[str, Any]:
        """`FunctionName`, `Qualifier`, `AuthType`, `InvokeMode` and `Http`: the request's parts. `Status`, `Headers`,
        `Body` (bytes, or an iterator of pieces)."""
        name = self.named(ctx, request)
        version = self.routed(name)
        event = http_events.event(request["Http"], ctx)
        trace = self.trace_for(ctx, version)
        call = Call(event, name.qualified_arn, ctx.request_id, trace)
        if request["InvokeMode"] != "RESPONSE_STREAM":
            return http_events.answer(await self.execute(ctx, version, call))
        chunks: asyncio.Queue[bytes | None] = asyncio.Queue()
        call.on_chunk = chunks.put_nowait

        async def run() -> Any:
            try:
                return await self.execute(ctx, version, call)
            finally:
                chunks.put_nowait(None)

        return await http_events.streamed(chunks, self.clock.spawn(run(), f"stream of {version.name}"))
