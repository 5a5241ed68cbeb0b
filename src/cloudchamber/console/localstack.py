"""The pages by which clients made for LocalStack see that a cloud is up: `/_localstack/health` and `…/info`."""

from __future__ import annotations

import platform
from typing import TYPE_CHECKING, Any

import orjson

from cloudchamber import __version__
from cloudchamber.gateway.http import Request, Response
from cloudchamber.protocol.scalars import iso8601
from cloudchamber.registry import SERVICES

if TYPE_CHECKING:
    from cloudchamber.cloud import Cloud

_PATHS = ("/_localstack/health", "/_localstack/info")


class LocalStackDoor:
    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud

    def opens(self, request: Request) -> bool:
        return request.path in _PATHS

    async def answer(self, request: Request) -> Response:
        if request.method not in ("GET", "HEAD"):
            return Response(405, [("Allow", "GET, HEAD")])
        body = self._info() if request.path.endswith("info") else self._health()
        return Response(200, [("Content-Type", "application/json")], orjson.dumps(body))

    def _health(self) -> dict[str, Any]:
        return {
            "services": {name: "running" if self._cloud.registry.is_loaded(name) else "available" for name in SERVICES},
            "edition": "community",
            "version": __version__,
            "emulator": "cloudchamber",
        }

    def _info(self) -> dict[str, Any]:
        clock = self._cloud.clock
        return {
            "version": __version__,
            "edition": "community",
            "emulator": "cloudchamber",
            "is_license_activated": False,
            "is_docker": False,
            "system": platform.system().lower(),
            "server_time_utc": iso8601(int(clock.now())).rstrip("Z"),
            "uptime": int(clock.wall() - self._cloud.started_at),
        }
