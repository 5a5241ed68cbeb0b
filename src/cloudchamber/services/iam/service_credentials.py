"""Service-specific credentials: for services that are spoken to with a user name and password, or a bearer key.

None of these services (CodeCommit, Keyspaces, Bedrock) is here to take them; what is real is their administration, and
that a secret is shown once.
https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateServiceSpecificCredential.html
"""

from __future__ import annotations

import base64
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from cloudchamber.core import ids
from cloudchamber.core.errors import AwsError
from cloudchamber.core.service import Platform, operation
from cloudchamber.services.iam import wire
from cloudchamber.services.iam.base import IamBase
from cloudchamber.services.iam.errors import IamValidationError, NoSuchEntity, over_quota
from cloudchamber.services.iam.paging import page_of
from cloudchamber.services.iam.store_service_credentials import (
    ServiceCredential,
    ServiceCredentialsStore,
    digest_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cloudchamber.core.context import Context
    from cloudchamber.core.service import Request
    from cloudchamber.services.iam import shapes
    from cloudchamber.services.iam.records import User

PER_SERVICE_AND_USER_MAX: Final = 2
DAY_SECONDS: Final = 86_400
# Those with a password, and those with a bearer key and what that begins with.
PASSWORD_SERVICES: Final = frozenset({"codecommit.amazonaws.com", "cassandra.amazonaws.com"})
KEY_SERVICES: Final = {"bedrock.amazonaws.com": "ABSK"}


class NotSupportedService(AwsError):
    code = "NotSupportedService"
    status = 404

    def __init__(self, service: str) -> None:
        super().__init__(f"No such service {service} is supported for Service Specific Credentials")


class ServiceCredentials(IamBase):
    """Operations on service-specific credentials."""

    def __init__(self, platform: Platform) -> None:
        super().__init__(platform)
        self.service_credentials = ServiceCredentialsStore(platform.store).credentials

    def user_obstacles(self, user: User) -> Iterator[str]:
        yield from super().user_obstacles(user)
        if self.service_credentials.count(account=user.account, user_id=user.id):
            yield "must delete service specific credentials first."

    @operation
    async def create_service_specific_credential(
        self, ctx: Context, request: shapes.CreateServiceSpecificCredentialRequest
    ) -> shapes.CreateServiceSpecificCredentialResponse:
        service, days = request["ServiceName"], request.get("CredentialAgeDays")
        _check_service(service)
        if days is not None and service not in KEY_SERVICES:
            raise IamValidationError(f"CredentialAgeDays is not supported for service {service}.")
        user, now = self.user(ctx, request["UserName"]), ctx.now()
        with self.platform.store.transaction():
            present = self._of_service(user, service)
            if len(present) >= PER_SERVICE_AND_USER_MAX:
                raise over_quota("ServiceSpecificCredentialsPerUser", PER_SERVICE_AND_USER_MAX)
            name = _free_name(user, {credential.user_name for credential in present})
            secret = _new_secret(service, name)
            credential = self.service_credentials.put(
                ServiceCredential(
                    ctx.account,
                    user.id,
                    ids.iam_id("ACCA"),
                    service,
                    name,
                    digest_of(secret),
                    now,
                    expires_at=None if days is None else now + days * DAY_SECONDS,
                )
            )
        return {"ServiceSpecificCredential": _shown_with_secret(credential, user, secret, now)}

    @operation
    async def list_service_specific_credentials(
        self, ctx: Context, request: shapes.ListServiceSpecificCredentialsRequest
    ) -> shapes.ListServiceSpecificCredentialsResponse:
        service = request.get("ServiceName")
        if service is not None:
            _check_service(service)
        if request.get("AllUsers"):
            if request.get("UserName"):
                raise IamValidationError("UserName and AllUsers cannot be specified together.")
            found = self.service_credentials.where(account=ctx.account)
        else:
            user = self.user_or_caller(ctx, request)
            found = self.service_credentials.where(account=ctx.account, user_id=user.id)
        wanted = (credential for credential in found if service in (None, credential.service))
        credentials, paging = page_of(wanted, lambda credential: credential.id, request)
        shown = [self._listed_credential(credential, ctx.now()) for credential in credentials]
        return {**paging, "ServiceSpecificCredentials": shown}

    @operation
    async def update_service_specific_credential(
        self, ctx: Context, request: shapes.UpdateServiceSpecificCredentialRequest
    ) -> None:
        status = request["Status"]
        if status not in ("Active", "Inactive"):
            raise IamValidationError(f"Status {status} cannot be set.")
        credential = self._service_credential(ctx, request)[0]
        self.service_credentials.put(replace(credential, is_active=status == "Active"))

    @operation
    async def reset_service_specific_credential(
        self, ctx: Context, request: shapes.ResetServiceSpecificCredentialRequest
    ) -> shapes.ResetServiceSpecificCredentialResponse:
        credential, user = self._service_credential(ctx, request)
        secret = _new_secret(credential.service, credential.user_name)
        changed = self.service_credentials.put(replace(credential, digest=digest_of(secret)))
        return {"ServiceSpecificCredential": _shown_with_secret(changed, user, secret, ctx.now())}

    @operation
    async def delete_service_specific_credential(
        self, ctx: Context, request: shapes.DeleteServiceSpecificCredentialRequest
    ) -> None:
        credential = self._service_credential(ctx, request)[0]
        self.service_credentials.delete(credential.account, credential.user_id, credential.id)

    def _of_service(self, user: User, service: str) -> list[ServiceCredential]:
        found = self.service_credentials.where(account=user.account, user_id=user.id)
        return [credential for credential in found if credential.service == service]

    def _service_credential(self, ctx: Context, request: Request) -> tuple[ServiceCredential, User]:
        """NoSuchEntity."""
        user, credential_id = self.user_or_caller(ctx, request), request["ServiceSpecificCredentialId"]
        found = self.service_credentials.get(ctx.account, user.id, credential_id)
        if found is None:
            raise NoSuchEntity(f"No such credential {credential_id} exists")
        return found, user

    def _listed_credential(self, credential: ServiceCredential, now: float) -> shapes.ServiceSpecificCredentialMetadata:
        owner = self.store.user_by_id(credential.user_id)
        shown: shapes.ServiceSpecificCredentialMetadata = {
            "UserName": "" if owner is None else owner.name,
            "Status": credential.status(now),
            "ServiceSpecificCredentialId": credential.id,
            "ServiceName": credential.service,
            "CreateDate": wire.instant(credential.created_at),
        }
        if credential.service in KEY_SERVICES:
            shown["ServiceCredentialAlias"] = credential.user_name
        else:
            shown["ServiceUserName"] = credential.user_name
        if credential.expires_at is not None:
            shown["ExpirationDate"] = wire.instant(credential.expires_at)
        return shown


def _check_service(service: str) -> None:
    if service not in PASSWORD_SERVICES and service not in KEY_SERVICES:
        raise NotSupportedService(service)


def _free_name(user: User, taken: set[str]) -> str:
    """`jane-at-123456789012`, or `jane+1-at-123456789012` for the second."""
    names = (f"{user.name}{suffix}-at-{user.account}" for suffix in ("", "+1", "+2"))
    return next(name for name in names if name not in taken)


def _new_secret(service: str, name: str) -> str:
    """A password; or a bearer key, which is the alias and a secret in base64, behind the mark of its service."""
    password = base64.b64encode(ids.token_bytes(32)).decode()
    mark = KEY_SERVICES.get(service)
    return password if mark is None else mark + base64.b64encode(f"{name}:{password}".encode()).decode()


def _shown_with_secret(
    credential: ServiceCredential, user: User, secret: str, now: float
) -> shapes.ServiceSpecificCredential:
    shown: shapes.ServiceSpecificCredential = {
        "CreateDate": wire.instant(credential.created_at),
        "ServiceName": credential.service,
        "ServiceSpecificCredentialId": credential.id,
        "UserName": user.name,
        "Status": credential.status(now),
    }
    if credential.service in KEY_SERVICES:
        shown["ServiceCredentialAlias"], shown["ServiceCredentialSecret"] = credential.user_name, secret
    else:
        shown["ServiceUserName"], shown["ServicePassword"] = credential.user_name, secret
    if credential.expires_at is not None:
        shown["ExpirationDate"] = wire.instant(credential.expires_at)
    return shown
