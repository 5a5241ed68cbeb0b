"""Server certificates, X.509 signing certificates and SSH public keys. What is uploaded is really read and checked.

https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_server-certs.html
"""

from __future__ import annotations

from dataclasses import replace
from operator import itemgetter
from typing import TYPE_CHECKING, Any, Final

from cloudchamber.core import ids
from cloudchamber.core.errors import AwsError
from cloudchamber.core.resources import Resource
from cloudchamber.core.service import Check, Platform, operation
from cloudchamber.services.iam import wire
from cloudchamber.services.iam.base import IamBase
from cloudchamber.services.iam.errors import InvalidInput, NoSuchEntity, already_exists, over_quota
from cloudchamber.services.iam.limits import SERVER_CERTIFICATES_MAX, SIGNING_CERTIFICATES_PER_USER_MAX
from cloudchamber.services.iam.paging import page_of
from cloudchamber.services.iam.policy import tag_keys
from cloudchamber.services.iam.store_certificates import (
    CertificatesStore,
    ServerCertificate,
    SigningCertificate,
    SshPublicKey,
    check_chain,
    check_private_key,
    check_validity,
    read_certificate,
    read_ssh_key,
    sha256_of,
    ssh_key_as_pem,
)
from cloudchamber.services.iam.tags import with_tags, without_tags

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cloudchamber.core.context import Context
    from cloudchamber.core.service import Request, Rule
    from cloudchamber.services.iam import shapes
    from cloudchamber.services.iam.records import User

SSH_KEYS_PER_USER_MAX: Final = 5
_SERVER_CERTIFICATE: Final = "server-certificate/"


class DuplicateCertificate(AwsError):
    code = "DuplicateCertificate"
    status = 409

    def __init__(self) -> None:
        super().__init__("The same certificate is already associated with an IAM user in the account.")


class DuplicateSshPublicKey(AwsError):
    code = "DuplicateSSHPublicKey"

    def __init__(self) -> None:
        super().__init__("The SSH public key is already associated with the specified IAM user.")


class Certificates(IamBase):
    """Operations on certificates and public keys."""

    def __init__(self, platform: Platform) -> None:
        super().__init__(platform)
        self.certificates = CertificatesStore(platform.store)

    def build_rules(self) -> dict[str, Rule]:
        on_server = (
            "GetServerCertificate", "DeleteServerCertificate", "TagServerCertificate", "UntagServerCertificate",
            "ListServerCertificateTags",
        )  # fmt: skip
        rules = {name: self._on_server(name) for name in on_server}
        rules["UploadServerCertificate"] = _uploads_server
        rules["UpdateServerCertificate"] = self._renames_server
        return {**super().build_rules(), **rules}

    def user_obstacles(self, user: User) -> Iterator[str]:
        yield from super().user_obstacles(user)
        if self.signing_certificates_of(user):
            yield "must delete signing certificates first."
        if self._ssh_keys_of(user):
            yield "must delete SSH public keys first."

    def counts(self, account: str) -> dict[str, int]:
        return {
            **super().counts(account),
            "ServerCertificates": self.certificates.servers.count(account=account),
            "AccountSigningCertificatesPresent": 0,  # of the root user, who has none here
        }

    # the directory

    def find(self, arn: str) -> Resource | None:
        parts = arn.split(":", 5)
        if len(parts) == 6 and parts[2] == "iam" and parts[5].startswith(_SERVER_CERTIFICATE):
            found = self.certificates.servers.get(parts[4], parts[5].rpartition("/")[2])
            return _server_resource(found) if found is not None and found.arn == arn else None
        return super().find(arn)

    def list_resources(self, account: str | None, region: str | None) -> Iterator[Resource]:
        yield from super().list_resources(account, region)
        if region in (None, "", "us-east-1", "aws-global"):
            wanted: dict[str, Any] = {} if account is None else {"account": account}
            yield from map(_server_resource, self.certificates.servers.where(**wanted))

    # server certificates

    @operation
    async def upload_server_certificate(
        self, ctx: Context, request: shapes.UploadServerCertificateRequest
    ) -> shapes.UploadServerCertificateResponse:
        name, now, chain = request["ServerCertificateName"], ctx.now(), request.get("CertificateChain")
        certificate = read_certificate(request["CertificateBody"])
        check_private_key(certificate, request["PrivateKey"])
        check_validity(certificate, now)
        if chain is not None:
            check_chain(certificate, chain)
        uploaded = ServerCertificate(
            ctx.account,
            name,
            request.get("Path") or "/",
            ids.iam_id("ASCA"),
            now,
            certificate.not_valid_after_utc.timestamp(),
            request["CertificateBody"],
            chain,
            with_tags({}, request.get("Tags") or (), ignore_case=True),
        )
        with self.platform.store.transaction():
            self._check_server_free(ctx, name)
            if self.certificates.servers.count(account=ctx.account) >= SERVER_CERTIFICATES_MAX:
                raise over_quota("ServerCertificatesPerAccount", SERVER_CERTIFICATES_MAX)
            self.certificates.servers.put(uploaded)
        answer: shapes.UploadServerCertificateResponse = {"ServerCertificateMetadata": _metadata(uploaded)}
        if uploaded.tags:
            answer["Tags"] = wire.tag_list(uploaded.tags)
        return answer

    @operation
    async def get_server_certificate(
        self, ctx: Context, request: shapes.GetServerCertificateRequest
    ) -> shapes.GetServerCertificateResponse:
        found = self._server_certificate(ctx, request)
        shown: shapes.ServerCertificate = {"ServerCertificateMetadata": _metadata(found), "CertificateBody": found.body}
        if found.chain is not None:
            shown["CertificateChain"] = found.chain
        if found.tags:
            shown["Tags"] = wire.tag_list(found.tags)
        return {"ServerCertificate": shown}

    @operation
    async def list_server_certificates(
        self, ctx: Context, request: shapes.ListServerCertificatesRequest
    ) -> shapes.ListServerCertificatesResponse:
        prefix = request.get("PathPrefix") or "/"
        present = self.certificates.servers.where(account=ctx.account)
        under = (certificate for certificate in present if certificate.path.startswith(prefix))
        found, paging = page_of(under, lambda certificate: certificate.name, request)
        return {**paging, "ServerCertificateMetadataList": [_metadata(certificate) for certificate in found]}

    @operation
    async def update_server_certificate(self, ctx: Context, request: shapes.UpdateServerCertificateRequest) -> None:
        with self.platform.store.transaction():
            found = self._server_certificate(ctx, request)
            name = request.get("NewServerCertificateName") or found.name
            if name != found.name:
                self._check_server_free(ctx, name)
                self.certificates.servers.delete(ctx.account, found.name)
            self.certificates.servers.put(replace(found, name=name, path=request.get("NewPath") or found.path))

    @operation
    async def delete_server_certificate(self, ctx: Context, request: shapes.DeleteServerCertificateRequest) -> None:
        self.certificates.servers.delete(ctx.account, self._server_certificate(ctx, request).name)

    @operation
    async def tag_server_certificate(self, ctx: Context, request: shapes.TagServerCertificateRequest) -> None:
        found = self._server_certificate(ctx, request)
        tags = with_tags(found.tags, request["Tags"], ignore_case=True)
        self.certificates.servers.put(replace(found, tags=tags))

    @operation
    async def untag_server_certificate(self, ctx: Context, request: shapes.UntagServerCertificateRequest) -> None:
        found = self._server_certificate(ctx, request)
        tags = without_tags(found.tags, request["TagKeys"], ignore_case=True)
        self.certificates.servers.put(replace(found, tags=tags))

    @operation
    async def list_server_certificate_tags(
        self, ctx: Context, request: shapes.ListServerCertificateTagsRequest
    ) -> shapes.ListServerCertificateTagsResponse:
        found, paging = page_of(wire.tag_list(self._server_certificate(ctx, request).tags), itemgetter("Key"), request)
        return {**paging, "Tags": found}

    def _server_certificate(self, ctx: Context, request: Request) -> ServerCertificate:
        """NoSuchEntity."""
        name = request["ServerCertificateName"]
        found = self.certificates.servers.get(ctx.account, name)
        if found is None:
            raise NoSuchEntity(f"The Server Certificate with name {name} cannot be found.")
        return found

    def _check_server_free(self, ctx: Context, name: str) -> None:
        """EntityAlreadyExists."""
        if self.certificates.servers.get(ctx.account, name) is not None:
            raise already_exists("The Server Certificate", name)

    def _server_arn(self, ctx: Context, request: Request) -> str:
        name = request.get("ServerCertificateName") or ""
        found = self.certificates.servers.get(ctx.account, name)
        return f"arn:aws:iam::{ctx.account}:{_SERVER_CERTIFICATE}{name}" if found is None else found.arn

    def _on_server(self, name: str) -> Rule:
        action = f"iam:{name}"
        return lambda ctx, request: (Check(action, self._server_arn(ctx, request), tag_keys(request)),)

    def _renames_server(self, ctx: Context, request: Request) -> tuple[Check, Check]:
        """A rename needs permission on the old name and on the new one."""
        name = request.get("ServerCertificateName") or ""
        found = self.certificates.servers.get(ctx.account, name)
        path = request.get("NewPath") or ("/" if found is None else found.path)
        new = f"arn:aws:iam::{ctx.account}:server-certificate{path}{request.get('NewServerCertificateName') or name}"
        action = "iam:UpdateServerCertificate"
        return Check(action, self._server_arn(ctx, request)), Check(action, new)

    # signing certificates

    def signing_certificates_of(self, user: User) -> list[SigningCertificate]:
        """Oldest first."""
        found = self.certificates.signing.where(account=user.account, user_id=user.id)
        return sorted(found, key=lambda certificate: (certificate.uploaded_at, certificate.id))

    @operation
    async def upload_signing_certificate(
        self, ctx: Context, request: shapes.UploadSigningCertificateRequest
    ) -> shapes.UploadSigningCertificateResponse:
        user, now, body = self.user_or_caller(ctx, request), ctx.now(), request["CertificateBody"]
        certificate = read_certificate(body)
        check_validity(certificate, now)
        fingerprint = sha256_of(certificate)
        with self.platform.store.transaction():
            if self.certificates.signing.count(account=ctx.account, fingerprint=fingerprint):
                raise DuplicateCertificate
            if len(self.signing_certificates_of(user)) >= SIGNING_CERTIFICATES_PER_USER_MAX:
                raise over_quota("SigningCertificatesPerUser", SIGNING_CERTIFICATES_PER_USER_MAX)
            uploaded = self.certificates.signing.put(
                SigningCertificate(
                    ctx.account, user.id, ids.alphanumeric(32).upper(), now, body, fingerprint, changed_at=now
                )
            )
        return {"Certificate": _signing(uploaded, user)}

    @operation
    async def list_signing_certificates(
        self, ctx: Context, request: shapes.ListSigningCertificatesRequest
    ) -> shapes.ListSigningCertificatesResponse:
        user = self.user_or_caller(ctx, request)
        found, paging = page_of(self.signing_certificates_of(user), lambda certificate: certificate.id, request)
        return {**paging, "Certificates": [_signing(certificate, user) for certificate in found]}

    @operation
    async def update_signing_certificate(self, ctx: Context, request: shapes.UpdateSigningCertificateRequest) -> None:
        found = self._signing_certificate(ctx, request)
        self.certificates.signing.put(replace(found, is_active=_is_active(request["Status"]), changed_at=ctx.now()))

    @operation
    async def delete_signing_certificate(self, ctx: Context, request: shapes.DeleteSigningCertificateRequest) -> None:
        found = self._signing_certificate(ctx, request)
        self.certificates.signing.delete(found.account, found.user_id, found.id)

    def _signing_certificate(self, ctx: Context, request: Request) -> SigningCertificate:
        """NoSuchEntity."""
        user, certificate_id = self.user_or_caller(ctx, request), request["CertificateId"]
        found = self.certificates.signing.get(ctx.account, user.id, certificate_id)
        if found is None:
            raise NoSuchEntity(f"The Certificate with id {certificate_id} cannot be found.")
        return found

    # SSH public keys

    def _ssh_keys_of(self, user: User) -> list[SshPublicKey]:
        return self.certificates.ssh.where(account=user.account, user_id=user.id)

    @operation
    async def upload_ssh_public_key(
        self, ctx: Context, request: shapes.UploadSSHPublicKeyRequest
    ) -> shapes.UploadSSHPublicKeyResponse:
        user = self.user(ctx, request["UserName"])
        body, fingerprint = read_ssh_key(request["SSHPublicKeyBody"])
        with self.platform.store.transaction():
            present = self._ssh_keys_of(user)
            if any(key.body == body for key in present):
                raise DuplicateSshPublicKey
            if len(present) >= SSH_KEYS_PER_USER_MAX:
                raise over_quota("SSHPublicKeysPerUser", SSH_KEYS_PER_USER_MAX)
            uploaded = self.certificates.ssh.put(
                SshPublicKey(ctx.account, user.id, ids.iam_id("APKA"), ctx.now(), body, fingerprint)
            )
        return {"SSHPublicKey": _ssh(uploaded, user, request["SSHPublicKeyBody"].strip())}

    @operation
    async def get_ssh_public_key(
        self, ctx: Context, request: shapes.GetSSHPublicKeyRequest
    ) -> shapes.GetSSHPublicKeyResponse:
        found, user = self._ssh_key(ctx, request)
        body = found.body if request["Encoding"] == "SSH" else ssh_key_as_pem(found.body)
        return {"SSHPublicKey": _ssh(found, user, body)}

    @operation
    async def list_ssh_public_keys(
        self, ctx: Context, request: shapes.ListSSHPublicKeysRequest
    ) -> shapes.ListSSHPublicKeysResponse:
        user = self.user_or_caller(ctx, request)
        found, paging = page_of(self._ssh_keys_of(user), lambda key: key.id, request)
        shown: list[shapes.SSHPublicKeyMetadata] = [
            {
                "UserName": user.name,
                "SSHPublicKeyId": key.id,
                "Status": key.status,
                "UploadDate": wire.instant(key.uploaded_at),
            }
            for key in found
        ]
        return {**paging, "SSHPublicKeys": shown}

    @operation
    async def update_ssh_public_key(self, ctx: Context, request: shapes.UpdateSSHPublicKeyRequest) -> None:
        found = self._ssh_key(ctx, request)[0]
        self.certificates.ssh.put(replace(found, is_active=_is_active(request["Status"])))

    @operation
    async def delete_ssh_public_key(self, ctx: Context, request: shapes.DeleteSSHPublicKeyRequest) -> None:
        found = self._ssh_key(ctx, request)[0]
        self.certificates.ssh.delete(found.account, found.user_id, found.id)

    def _ssh_key(self, ctx: Context, request: Request) -> tuple[SshPublicKey, User]:
        """NoSuchEntity."""
        user, key_id = self.user(ctx, request["UserName"]), request["SSHPublicKeyId"]
        found = self.certificates.ssh.get(ctx.account, user.id, key_id)
        if found is None:
            raise NoSuchEntity(f"The Public Key with id {key_id} cannot be found.")
        return found, user


def _is_active(status: str) -> bool:
    """InvalidInput for a status that nobody can set: credentials expire by themselves."""
    if status not in ("Active", "Inactive"):
        raise InvalidInput(f"Status {status} cannot be set.")
    return status == "Active"


def _metadata(certificate: ServerCertificate) -> shapes.ServerCertificateMetadata:
    return {
        "Path": certificate.path,
        "ServerCertificateName": certificate.name,
        "ServerCertificateId": certificate.id,
        "Arn": certificate.arn,
        "UploadDate": wire.instant(certificate.uploaded_at),
        "Expiration": wire.instant(certificate.expires_at),
    }


def _signing(certificate: SigningCertificate, user: User) -> shapes.SigningCertificate:
    return {
        "UserName": user.name,
        "CertificateId": certificate.id,
        "CertificateBody": certificate.body,
        "Status": certificate.status,
        "UploadDate": wire.instant(certificate.uploaded_at),
    }


def _ssh(key: SshPublicKey, user: User, body: str) -> shapes.SSHPublicKey:
    return {
        "UserName": user.name,
        "SSHPublicKeyId": key.id,
        "Fingerprint": key.fingerprint,
        "SSHPublicKeyBody": body,
        "Status": key.status,
        "UploadDate": wire.instant(key.uploaded_at),
    }


def _server_resource(certificate: ServerCertificate) -> Resource:
    attributes = {"ServerCertificateId": certificate.id, "Path": certificate.path, "Expiration": certificate.expires_at}
    return Resource(
        certificate.arn, "AWS::IAM::ServerCertificate", certificate.name, certificate.account, "", certificate.tags,
        attributes=attributes,
    )  # fmt: skip


def _uploads_server(ctx: Context, request: Request) -> tuple[Check]:
    path, name = request.get("Path") or "/", request["ServerCertificateName"]
    arn = f"arn:aws:iam::{ctx.account}:server-certificate{path}{name}"
    return (Check("iam:UploadServerCertificate", arn, tag_keys(request)),)
