"""What an account has beside APIs: its settings, VPC links, client certificates; and the kinds of SDKs there are."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from cloudchamber.core import ids
from cloudchamber.core.errors import AwsError
from cloudchamber.core.service import Request, operation
from cloudchamber.identity import principals
from cloudchamber.services.apigateway import limits, records
from cloudchamber.services.apigateway.base import Answer, ApiGatewayBase, check_tags, new_id, paged, picked
from cloudchamber.services.apigateway.errors import BadRequest, NotFound
from cloudchamber.services.apigateway.records import Kept
from cloudchamber.services.apigateway.rest import patch_paths

if TYPE_CHECKING:
    from cloudchamber.core.context import Context

API_GATEWAY = principals.service("apigateway.amazonaws.com")
_ACCOUNT: Answer = {
    "throttleSettings": {"burstLimit": 5000, "rateLimit": 10_000.0},
    "features": ["UsagePlans"],
    "apiKeyVersion": "4",
}
_KEY_BITS = 2048
_MISSING = {
    records.VPC_LINK: "Invalid Vpc Link identifier specified",
    records.CERTIFICATE: "Invalid Client Certificate identifier specified",
}


class Account(ApiGatewayBase):
    def _settings(self, ctx: Context) -> Kept:
        found = self.store.kept.get(ctx.account, ctx.region, records.ACCOUNT, "")
        return found or Kept(ctx.account, ctx.region, records.ACCOUNT, "", ctx.now(), _ACCOUNT)

    @operation
    async def get_account(self, ctx: Context, request: Request) -> Answer:
        return dict(self._settings(ctx).body)

    @operation
    async def update_account(self, ctx: Context, request: Request) -> Answer:
        body = patch_paths.ACCOUNT.apply(self._settings(ctx).body, request.get("patchOperations"))
        role = body.get("cloudwatchRoleArn")
        if role == "":
            del body["cloudwatchRoleArn"]
        elif role and role != self._settings(ctx).body.get("cloudwatchRoleArn"):
            await self._check_role(ctx, role)
        return dict(self.store.kept.put(replace(self._settings(ctx), body=body)).body)

    @staticmethod
    async def _check_role(ctx: Context, role: str) -> None:
        """API Gateway tries the role at once, as on AWS."""
        session = {"RoleArn": role, "RoleSessionName": "BackplaneAssumeRoleSession"}
        try:
            await ctx.call("sts:AssumeRole", principal=API_GATEWAY, **session)
        except AwsError:
            raise BadRequest(
                "The role ARN does not have required permissions configured. Please grant trust permission for API "
                "Gateway and add the required role policy."
            ) from None

    # VPC links and client certificates

    def kept(self, ctx: Context, kind: str, kept_id: str) -> Kept:
        found = self.store.kept.get(ctx.account, ctx.region, kind, kept_id)
        if found is None:
            raise NotFound(_MISSING[kind])
        return found

    def _all(self, ctx: Context, kind: str, request: Request) -> Answer:
        found = self.store.kept.where(account=ctx.account, region=ctx.region, kind=kind)
        chosen, position = paged(request, found, lambda one: one.id)
        return {"items": [_shown(one) for one in chosen], **position}

    @operation
    async def create_vpc_link(self, ctx: Context, request: Request) -> Answer:
        if len(request["targetArns"]) != 1:
            raise BadRequest("Exactly one target ARN must be specified")
        body = {**picked(request, "name", "description", "targetArns"), "status": "AVAILABLE"}
        tags = check_tags(request.get("tags") or {})
        link = Kept(ctx.account, ctx.region, records.VPC_LINK, new_id(), ctx.now(), body, tags)
        return _shown(self.store.kept.put(link))

    @operation
    async def get_vpc_link(self, ctx: Context, request: Request) -> Answer:
        return _shown(self.kept(ctx, records.VPC_LINK, request["vpcLinkId"]))

    @operation
    async def get_vpc_links(self, ctx: Context, request: Request) -> Answer:
        return self._all(ctx, records.VPC_LINK, request)

    @operation
    async def update_vpc_link(self, ctx: Context, request: Request) -> Answer:
        link = self.kept(ctx, records.VPC_LINK, request["vpcLinkId"])
        body = patch_paths.VPC_LINK.apply(link.body, request.get("patchOperations"))
        return _shown(self.store.kept.put(replace(link, body=body)))

    @operation
    async def delete_vpc_link(self, ctx: Context, request: Request) -> None:
        link = self.kept(ctx, records.VPC_LINK, request["vpcLinkId"])
        self.store.kept.delete(link.account, link.region, link.kind, link.id)

    @operation
    async def generate_client_certificate(self, ctx: Context, request: Request) -> Answer:
        now = ctx.now()
        private, certificate = await asyncio.to_thread(_certificate, now)
        body = {
            **picked(request, "description"),
            "privateKey": private,
            "pemEncodedCertificate": certificate,
            "expirationDate": int(now) + limits.CERTIFICATE_DAYS * 86_400,
        }
        tags = check_tags(request.get("tags") or {})
        made = Kept(ctx.account, ctx.region, records.CERTIFICATE, new_id(), now, body, tags)
        return _shown(self.store.kept.put(made))

    @operation
    async def get_client_certificate(self, ctx: Context, request: Request) -> Answer:
        return _shown(self.kept(ctx, records.CERTIFICATE, request["clientCertificateId"]))

    @operation
    async def get_client_certificates(self, ctx: Context, request: Request) -> Answer:
        return self._all(ctx, records.CERTIFICATE, request)

    @operation
    async def update_client_certificate(self, ctx: Context, request: Request) -> Answer:
        certificate = self.kept(ctx, records.CERTIFICATE, request["clientCertificateId"])
        body = patch_paths.CLIENT_CERTIFICATE.apply(certificate.body, request.get("patchOperations"))
        return _shown(self.store.kept.put(replace(certificate, body=body)))

    @operation
    async def delete_client_certificate(self, ctx: Context, request: Request) -> None:
        found = self.kept(ctx, records.CERTIFICATE, request["clientCertificateId"])
        for api in self.store.apis.where(account=ctx.account, region=ctx.region):
            for stage in self.store.stages.where(api_id=api.id):
                if stage.body.get("clientCertificateId") == found.id:
                    raise BadRequest(f"Client certificate {found.id} is in use by stage {api.id}:{stage.name}")
        self.store.kept.delete(found.account, found.region, found.kind, found.id)

    # SDKs

    @operation
    async def get_sdk_types(self, ctx: Context, request: Request) -> Answer:
        chosen, position = paged(request, list(_SDKS), str)
        return {"items": [_sdk_type(kind) for kind in chosen], **position}

    @operation
    async def get_sdk_type(self, ctx: Context, request: Request) -> Answer:
        if request["id"] not in _SDKS:
            raise NotFound("Invalid SDK type identifier specified")
        return _sdk_type(request["id"])


def _shown(one: Kept) -> Answer:
    member = "id" if one.kind == records.VPC_LINK else "clientCertificateId"
    body = {name: value for name, value in one.body.items() if name != "privateKey"}
    made = {"createdDate": int(one.created_at)} if one.kind == records.CERTIFICATE else {}
    shown: Answer = {member: one.id, **body, **made}
    return {**shown, "tags": dict(one.tags)} if one.tags else shown


def _certificate(now: float) -> tuple[str, str]:
    """A new key and a certificate of it, valid for a year, in PEM."""
    from cryptography import x509  # noqa: PLC0415
    from cryptography.hazmat.primitives import hashes, serialization  # noqa: PLC0415
    from cryptography.hazmat.primitives.asymmetric import rsa  # noqa: PLC0415

    key = rsa.generate_private_key(65537, _KEY_BITS)
    name = x509.Name(
        [
            x509.NameAttribute(x509.NameOID.COUNTRY_NAME, "US"),
            x509.NameAttribute(x509.NameOID.COMMON_NAME, "ApiGateway"),
        ]
    )
    begins = datetime.fromtimestamp(now, UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(int.from_bytes(ids.token_bytes(8)) or 1)
        .not_valid_before(begins)
        .not_valid_after(begins + timedelta(days=limits.CERTIFICATE_DAYS))
        .sign(key, hashes.SHA256())
    )
    encoding = serialization.Encoding.PEM
    private = key.private_bytes(encoding, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return private.decode(), certificate.public_bytes(encoding).decode()


def _property(name: str, friendly: str, *, required: bool = True, default: str = "") -> dict[str, Any]:
    shown: dict[str, Any] = {"name": name, "friendlyName": friendly, "required": required}
    return {**shown, "defaultValue": default} if default else shown


_JAVA = [
    _property("groupId", "Group ID"),
    _property("artifactId", "Artifact ID"),
    _property("artifactVersion", "Artifact version"),
    _property("invokerPackage", "Package"),
]
# id -> friendly name and what GetSdk asks for; GetSdk itself is not offered
_SDKS: dict[str, tuple[str, list[dict[str, Any]]]] = {
    "android": ("Android", _JAVA),
    "java": (
        "Java SDK",
        [
            _property("service.name", "Service Name"),
            _property("java.package-name", "Java Package Name"),
            _property("java.build-system", "Java Build System", required=False),
            _property("java.group-id", "Java Group Id", required=False),
            _property("java.artifact-id", "Java Artifact Id", required=False),
            _property("java.artifact-version", "Java Artifact Version", required=False),
        ],
    ),
    "javascript": ("JavaScript", []),
    "objectivec": ("iOS (Objective-C)", [_property("classPrefix", "Prefix")]),
    "ruby": ("Ruby", [_property("service.name", "Service Name")]),
    "swift": ("iOS (Swift)", [_property("classPrefix", "Prefix")]),
}


def _sdk_type(kind: str) -> Answer:
    friendly, properties = _SDKS[kind]
    shown: Answer = {"id": kind, "friendlyName": friendly}
    return {**shown, "configurationProperties": properties} if properties else shown
