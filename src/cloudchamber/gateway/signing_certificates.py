"""The door to the certificates with which SNS's messages are signed: `/SimpleNotificationService-<id>.pem`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cloudchamber.gateway.http import Request, Response

if TYPE_CHECKING:
    from cloudchamber.registry import Registry

PREFIX, SUFFIX = "/SimpleNotificationService-", ".pem"


class SigningCertificates:
    """Open to everybody, as AWS's are: who verifies a message has no credentials."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry

    def opens(self, request: Request) -> bool:
        return request.path.startswith(PREFIX) and request.path.endswith(SUFFIX) and request.method in ("GET", "HEAD")

    async def answer(self, request: Request) -> Response:
        sns: Any = self._registry.get("sns").service
        certificate = sns.signing_certificate(request.path)
        if certificate is None:
            return Response(404, [("Content-Type", "text/plain")], b"no such certificate")
        return Response(200, [("Content-Type", "application/x-pem-file")], certificate)
