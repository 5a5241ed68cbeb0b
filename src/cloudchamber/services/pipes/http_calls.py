"""API destinations and API Gateway's APIs, as enrichments and as targets: one HTTP request for one event.

An API destination is called by EventBridge, which knows its connection and its rate. An API of API Gateway is called at
its own host, signed by the pipe's role, which the API may ask for or not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

from cloudchamber.core.errors import AwsError
from cloudchamber.identity.signing import Outgoing, signed_headers
from cloudchamber.services.pipes import limits
from cloudchamber.services.pipes.base import PipesBase
from cloudchamber.services.pipes.errors import Failure
from cloudchamber.services.pipes.events import resolved

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cloudchamber.core.service import Platform
    from cloudchamber.services.pipes.events import Event
    from cloudchamber.services.pipes.records import Pipe


class HttpCalls(PipesBase):
    def __init__(self, platform: Platform) -> None:
        super().__init__(platform)
        self._client: Any = None

    async def request(self, pipe: Pipe, arn: str, http: Mapping[str, Any], event: Event, text: str) -> bytes:
        """What the endpoint answers. Failure."""
        path = [str(resolved(value, event)) for value in http.get("PathParameterValues") or ()]
        headers = {k: str(resolved(v, event)) for k, v in (http.get("HeaderParameters") or {}).items()}
        query = {k: str(resolved(v, event)) for k, v in (http.get("QueryStringParameters") or {}).items()}
        if ":execute-api:" in arn:
            return await self._call_api(pipe, arn, (path, headers, query), text.encode())
        request = {"Arn": arn, "Body": text.encode(), "Path": path, "Headers": headers, "Query": query}
        is_turn = False
        while True:
            try:
                answer = await self.call(
                    pipe, "events:invoke_api_destination", arn.split(":")[3], Slot=is_turn, **request
                )  # fmt: skip
            except AwsError as error:
                slot = getattr(error, "slot", None)
                if slot is None:
                    raise Failure(error.message, "events", error) from None
                await self.clock.sleep(max(slot - self.clock.now(), 0))
                is_turn = True
            else:
                return bytes(answer["Body"])

    async def _call_api(
        self, pipe: Pipe, arn: str, given: tuple[list[str], dict[str, str], dict[str, str]], body: bytes
    ) -> bytes:
        """`arn:aws:execute-api:REGION:ACCOUNT:API/STAGE/METHOD/PATH`; each `*` of the path is one of its values."""
        import httpx  # noqa: PLC0415 - heavy, seldom needed

        values, headers, query = given
        region, place = arn.split(":")[3], arn.split(":", 5)[5]
        api, stage, method, path = place.split("/", 3)
        for value in values:
            path = path.replace("*", quote(value, safe=""), 1)
        outgoing = Outgoing(method, f"{api}.execute-api.{region}.amazonaws.com", f"/{stage}/{path}", query, body)
        try:
            credential = await self.credential(pipe, self.context(pipe))
        except AwsError as error:
            raise Failure(error.message, "sts", error) from None
        signed = signed_headers(outgoing, credential, (region, "execute-api"), self.clock.wall())
        url = f"{self.platform.endpoint}{outgoing.path}" + (f"?{urlencode(query, quote_via=quote)}" if query else "")
        if self._client is None:
            self._client = httpx.AsyncClient(trust_env=False, timeout=limits.HTTP_SECONDS_MAX)
        sent = {"content-type": "application/json", **headers, **signed}
        try:
            answer = await self._client.request(method, url, headers=sent, content=body)
        except (httpx.HTTPError, OSError) as error:
            raise Failure(f"{type(error).__name__}: {error}", "execute-api") from None
        if not answer.is_success:
            failed = AwsError(answer.text, code=str(answer.status_code), status=answer.status_code)
            raise Failure(f"{arn} answered {answer.status_code}", "execute-api", failed)
        content: bytes = answer.content
        return content
