"""The door to the URLs at which CloudFormation waits for answers: of custom resources, and signals of wait conditions.

A URL holds a token that nobody can guess, as AWS's are signed; who has it needs nothing else.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cloudchamber.gateway.http import Request, Response

if TYPE_CHECKING:
    from cloudchamber.registry import Registry

PATH = "/_cloudformation/callback/"
BODY_BYTES_MAX = 1024 * 1024


class CustomResources:
    def __init__(self, registry: Registry) -> None:
        self._registry = registry

    def opens(self, request: Request) -> bool:
        return request.path.startswith(PATH)

    async def answer(self, request: Request) -> Response:
        await request.buffered(BODY_BYTES_MAX)
        if request.method not in ("PUT", "POST"):
            return Response(405, [("Allow", "PUT")])
        service: Any = self._registry.get("cloudformation").service
        return Response(service.callback(request.path.removeprefix(PATH), request.body), [])
