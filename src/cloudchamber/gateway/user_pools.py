"""The door to what user pools publish (`/POOLID/.well-known/jwks.json` and `openid-configuration`), and to which the
files of user imports are uploaded.

On this machine's plain name and on hosts like `cognito-idp.eu-west-1.…`: no bucket can have a pool's id for a name.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import orjson

from cloudchamber.gateway.http import Request, Response
from cloudchamber.protocol.query import parse_form

if TYPE_CHECKING:
    from cloudchamber.registry import Registry

_PATH = re.compile(r"/([a-z0-9-]+_[0-9a-zA-Z]+)/\.well-known/(jwks\.json|openid-configuration)\Z")
_UPLOAD = re.compile(r"/([a-z0-9-]+_[0-9a-zA-Z]+)/imports/(import-[0-9a-zA-Z]+)\Z")
UPLOAD_BYTES_MAX = 100 * 1024 * 1024
_HEADERS = [
    ("Content-Type", "application/json"),
    ("Cache-Control", "public, max-age=86400"),
    ("Access-Control-Allow-Origin", "*"),  # public keys, for any page that verifies tokens
]


class UserPools:
    def __init__(self, registry: Registry) -> None:
        self._registry = registry

    def opens(self, request: Request) -> bool:
        path = request.path
        if "/.well-known/" in path:
            return _PATH.match(path) is not None
        return "/imports/import-" in path and _UPLOAD.match(path) is not None

    async def answer(self, request: Request) -> Response:
        service: Any = self._registry.get("cognito-idp").service
        upload = _UPLOAD.match(request.path)
        if upload is not None:
            return await self._take(request, (upload[1], upload[2]), service)
        found = _PATH.match(request.path)
        assert found is not None
        publish = service.jwks if found[2] == "jwks.json" else service.openid_configuration
        document = await publish(found[1], request.endpoint)
        if document is None:
            body = orjson.dumps({"message": f"User pool {found[1]} does not exist."})
            return Response(404, [("Content-Type", "application/json")], body)
        return Response(200, list(_HEADERS), orjson.dumps(document))

    @staticmethod
    async def _take(request: Request, place: tuple[str, str], service: Any) -> Response:
        """PUT a file of users; the address itself is what lets it in."""
        secret = dict(parse_form(request.query_string)).get("upload", "")
        content = await request.buffered(UPLOAD_BYTES_MAX)
        try:
            text = content.decode("utf-8-sig")
        except UnicodeDecodeError:
            return Response(400, [("Content-Type", "text/plain")], b"The file is not in UTF-8.")
        if request.method != "PUT" or not service.upload(place, secret, text):
            return Response(403, [("Content-Type", "text/plain")], b"AccessDenied")
        return Response(200, [])
