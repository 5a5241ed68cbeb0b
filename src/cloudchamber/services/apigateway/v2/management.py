"""The API Gateway Management API: send to the clients of WebSocket APIs, look at and close their connections.

Calls come in under an API's own address, `https://{api}.execute-api…/{stage}/@connections/{id}`.
https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-how-to-call-websocket-api-connections.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from cloudchamber.core.service import Check, Platform, Request, Rule, Service, operation
from cloudchamber.services.apigateway.destinations import destination
from cloudchamber.services.apigateway.store import ApiStore
from cloudchamber.services.apigateway.v2 import limits
from cloudchamber.services.apigateway.v2.connections import NORMAL, Connection, Connections
from cloudchamber.services.apigateway.v2.errors import Gone, PayloadTooLarge

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cloudchamber.core.context import Context

_MARK, _AWS_PATH = ".execute-api.", "/_aws/execute-api/"
_METHODS = {"PostToConnection": "POST", "GetConnection": "GET", "DeleteConnection": "DELETE"}
METERED_BYTES = 32 * 1024


class ManagementApi(Service):
    name: ClassVar[str] = "apigatewaymanagementapi"
    iam_prefix: ClassVar[str] = "execute-api"

    def __init__(self, platform: Platform) -> None:
        super().__init__(platform)
        self.connections: Connections = platform.store.shared(Connections)
        self.shared: ApiStore = platform.store.shared(ApiStore)
        self.rules: Mapping[str, Rule] = {name: self._rule(method) for name, method in _METHODS.items()}

    def _rule(self, method: str) -> Rule:
        def rule(ctx: Context, request: Request) -> tuple[Check]:
            found = self.connections.get(request["ConnectionId"])
            api = request.get("ApiId") or (found.api_id if found else "*")
            stage = request.get("Stage") or (found.stage if found else "*")
            account = found.account if found else ctx.account
            place = f"arn:aws:execute-api:{ctx.region}:{account}:{api}/{stage}"
            resource = f"{place}/{method}/@connections/{request['ConnectionId']}"
            return (Check("execute-api:ManageConnections", resource),)

        return rule

    def adopt(self, request: Any, parameters: dict[str, Any]) -> dict[str, Any]:
        """The API and the stage that the address names."""
        before = request.sent_path.partition("/@connections/")[0]
        host = request.host
        if before.startswith(_AWS_PATH):
            api, _, stage = before.removeprefix(_AWS_PATH).partition("/")
        elif _MARK in host:
            api, stage = host.partition(_MARK)[0].rpartition(".")[2].lower(), before.strip("/")
        else:
            api, stage, base = destination(self.shared, host, before or "/") or ("", "", "")
            stage = stage or before[len(base) :].strip("/")
        return {**parameters, **({"ApiId": api, "Stage": stage} if api else {})}

    def constrains(self, operation_name: str) -> bool:
        """Data that is too large is an error of its own."""
        return operation_name != "PostToConnection"

    def _connection(self, request: Request) -> Connection:
        """GoneException for one that is closed, or of another API or stage."""
        found = self.connections.get(request["ConnectionId"])
        place = (request.get("ApiId"), request.get("Stage"))
        if found is None or found.closed_as is not None or place not in ((None, None), (found.api_id, found.stage)):
            raise Gone
        return found

    @operation
    async def post_to_connection(self, ctx: Context, request: Request) -> None:
        connection, data = self._connection(request), request.get("Data") or b""
        if len(data) > limits.MESSAGE_BYTES_MAX:
            raise PayloadTooLarge("Message too long")
        if not connection.send(data.decode("utf-8", "replace"), ctx.now()):
            raise Gone
        ctx.meter("apigateway.websocket_messages", max(1, -(-len(data) // METERED_BYTES)))

    @operation
    async def get_connection(self, ctx: Context, request: Request) -> dict[str, Any]:
        connection = self._connection(request)
        incoming = connection.incoming
        return {
            "ConnectedAt": connection.connected_at, "LastActiveAt": connection.last_active_at,
            "Identity": {"SourceIp": incoming.ip, "UserAgent": incoming.headers.get("user-agent", "")},
        }  # fmt: skip

    @operation
    async def delete_connection(self, ctx: Context, request: Request) -> None:
        self._connection(request).close(*NORMAL)
