"""Identity providers: OpenID Connect and SAML.

What they vouch for is STS's: it reads a provider through the directory, by the ARN that a trust policy names.
Left out, with NotImplemented: encrypted SAML assertions (AssertionEncryptionMode and the private keys for them).
An OpenID Connect provider created without thumbprints has none: AWS would fetch one from the issuer, which a local
cloud does not call.
https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers.html
"""

from __future__ import annotations

from dataclasses import replace
from operator import itemgetter
from typing import TYPE_CHECKING, Any, Final

from cloudchamber.core import ids
from cloudchamber.core.errors import NotImplementedByUs
from cloudchamber.core.resources import Resource
from cloudchamber.core.service import Check, Platform, operation
from cloudchamber.services.iam import wire
from cloudchamber.services.iam.base import IamBase
from cloudchamber.services.iam.errors import EntityAlreadyExists, InvalidInput, NoSuchEntity, already_exists, over_quota
from cloudchamber.services.iam.paging import page_of
from cloudchamber.services.iam.policy import tag_keys
from cloudchamber.services.iam.store_providers import (
    OidcProvider,
    ProvidersStore,
    SamlProvider,
    UnusableMetadata,
    is_thumbprint,
    issuer_of,
    metadata_valid_until,
)
from cloudchamber.services.iam.tags import with_tags, without_tags

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from cloudchamber.core.context import Context
    from cloudchamber.core.service import Request, Rule
    from cloudchamber.services.iam import shapes

OIDC_PROVIDERS_MAX: Final = 100
SAML_PROVIDERS_MAX: Final = 100
CLIENT_IDS_MAX: Final = 100
THUMBPRINTS_MAX: Final = 5
_OIDC_ARN: Final = "oidc-provider/"
_SAML_ARN: Final = "saml-provider/"


class Providers(IamBase):
    """Operations on identity providers."""

    def __init__(self, platform: Platform) -> None:
        super().__init__(platform)
        self.providers = ProvidersStore(platform.store)

    def build_rules(self) -> dict[str, Rule]:
        return {**super().build_rules(), **RULES}

    def counts(self, account: str) -> dict[str, int]:
        providers = self.providers.oidc.count(account=account) + self.providers.saml.count(account=account)
        return {**super().counts(account), "Providers": providers}

    # the directory

    def find(self, arn: str) -> Resource | None:
        account, resource = _split(arn)
        if resource.startswith(_OIDC_ARN):
            oidc = self.providers.oidc.get(account, resource.removeprefix(_OIDC_ARN))
            return None if oidc is None else _oidc_resource(oidc)
        if resource.startswith(_SAML_ARN):
            saml = self.providers.saml.get(account, resource.removeprefix(_SAML_ARN))
            return None if saml is None else _saml_resource(saml)
        return super().find(arn)

    def list_resources(self, account: str | None, region: str | None) -> Iterator[Resource]:
        yield from super().list_resources(account, region)
        if region in (None, "", "us-east-1", "aws-global"):
            wanted: dict[str, Any] = {} if account is None else {"account": account}
            yield from map(_oidc_resource, self.providers.oidc.where(**wanted))
            yield from map(_saml_resource, self.providers.saml.where(**wanted))

    # OpenID Connect

    @operation
    async def create_open_id_connect_provider(
        self, ctx: Context, request: shapes.CreateOpenIDConnectProviderRequest
    ) -> shapes.CreateOpenIDConnectProviderResponse:
        url = issuer_of(request["Url"])
        if url is None:
            raise InvalidInput("Invalid Open ID Connect Provider URL")
        provider = OidcProvider(
            ctx.account,
            url,
            ctx.now(),
            _client_ids(request.get("ClientIDList") or ()),
            _thumbprints(request.get("ThumbprintList") or ()),
            with_tags({}, request.get("Tags") or (), ignore_case=False),
        )
        with self.platform.store.transaction():
            if self.providers.oidc.get(ctx.account, url) is not None:
                raise EntityAlreadyExists(f"Provider with url {request['Url']} already exists.")
            if self.providers.oidc.count(account=ctx.account) >= OIDC_PROVIDERS_MAX:
                raise over_quota("OpenIdConnectProvidersPerAccount", OIDC_PROVIDERS_MAX)
            self.providers.oidc.put(provider)
        answer: shapes.CreateOpenIDConnectProviderResponse = {"OpenIDConnectProviderArn": provider.arn}
        if provider.tags:
            answer["Tags"] = wire.tag_list(provider.tags)
        return answer

    @operation
    async def get_open_id_connect_provider(
        self, ctx: Context, request: shapes.GetOpenIDConnectProviderRequest
    ) -> shapes.GetOpenIDConnectProviderResponse:
        provider = self._oidc(ctx, request)
        answer: shapes.GetOpenIDConnectProviderResponse = {
            "Url": provider.url,
            "ClientIDList": provider.client_ids,
            "ThumbprintList": provider.thumbprints,
            "CreateDate": wire.instant(provider.created_at),
        }
        if provider.tags:
            answer["Tags"] = wire.tag_list(provider.tags)
        return answer

    @operation
    async def list_open_id_connect_providers(
        self, ctx: Context, request: shapes.ListOpenIDConnectProvidersRequest
    ) -> shapes.ListOpenIDConnectProvidersResponse:
        found = self.providers.oidc.where(account=ctx.account)
        return {"OpenIDConnectProviderList": [{"Arn": provider.arn} for provider in found]}

    @operation
    async def delete_open_id_connect_provider(
        self, ctx: Context, request: shapes.DeleteOpenIDConnectProviderRequest
    ) -> None:
        account, url = _oidc_key(request)
        if account == ctx.account:  # one that does not exist is deleted already, says AWS
            self.providers.oidc.delete(account, url)

    @operation
    async def update_open_id_connect_provider_thumbprint(
        self, ctx: Context, request: shapes.UpdateOpenIDConnectProviderThumbprintRequest
    ) -> None:
        thumbprints = _thumbprints(request["ThumbprintList"])
        if not thumbprints:
            raise InvalidInput("Thumbprint list must contain at least one entry.")
        self.providers.oidc.put(replace(self._oidc(ctx, request), thumbprints=thumbprints))

    @operation
    async def add_client_id_to_open_id_connect_provider(
        self, ctx: Context, request: shapes.AddClientIDToOpenIDConnectProviderRequest
    ) -> None:
        provider = self._oidc(ctx, request)
        client_ids = _client_ids((*provider.client_ids, request["ClientID"]))
        self.providers.oidc.put(replace(provider, client_ids=client_ids))

    @operation
    async def remove_client_id_from_open_id_connect_provider(
        self, ctx: Context, request: shapes.RemoveClientIDFromOpenIDConnectProviderRequest
    ) -> None:
        provider = self._oidc(ctx, request)
        left = tuple(client_id for client_id in provider.client_ids if client_id != request["ClientID"])
        self.providers.oidc.put(replace(provider, client_ids=left))

    @operation
    async def tag_open_id_connect_provider(self, ctx: Context, request: shapes.TagOpenIDConnectProviderRequest) -> None:
        provider = self._oidc(ctx, request)
        tags = with_tags(provider.tags, request["Tags"], ignore_case=False)
        self.providers.oidc.put(replace(provider, tags=tags))

    @operation
    async def untag_open_id_connect_provider(
        self, ctx: Context, request: shapes.UntagOpenIDConnectProviderRequest
    ) -> None:
        provider = self._oidc(ctx, request)
        tags = without_tags(provider.tags, request["TagKeys"], ignore_case=False)
        self.providers.oidc.put(replace(provider, tags=tags))

    @operation
    async def list_open_id_connect_provider_tags(
        self, ctx: Context, request: shapes.ListOpenIDConnectProviderTagsRequest
    ) -> shapes.ListOpenIDConnectProviderTagsResponse:
        found, paging = page_of(wire.tag_list(self._oidc(ctx, request).tags), itemgetter("Key"), request)
        return {**paging, "Tags": found}

    def _oidc(self, ctx: Context, request: Request) -> OidcProvider:
        """NoSuchEntity; InvalidInput for what is no provider's ARN."""
        account, url = _oidc_key(request)
        found = self.providers.oidc.get(account, url)
        if found is None or account != ctx.account:
            raise NoSuchEntity(f"OpenIDConnect Provider not found for arn {request['OpenIDConnectProviderArn']}")
        return found

    # SAML

    @operation
    async def create_saml_provider(
        self, ctx: Context, request: shapes.CreateSAMLProviderRequest
    ) -> shapes.CreateSAMLProviderResponse:
        _refuse_encryption(request)
        name, now = request["Name"], ctx.now()
        valid_until = _valid_until(request["SAMLMetadataDocument"], now)
        provider = SamlProvider(
            ctx.account,
            name,
            ids.alphanumeric(22).upper(),
            now,
            valid_until,
            request["SAMLMetadataDocument"],
            with_tags({}, request.get("Tags") or (), ignore_case=False),
        )
        with self.platform.store.transaction():
            if self.providers.saml.get(ctx.account, name) is not None:
                raise already_exists("Provider", name)
            if self.providers.saml.count(account=ctx.account) >= SAML_PROVIDERS_MAX:
                raise over_quota("SAMLProvidersPerAccount", SAML_PROVIDERS_MAX)
            self.providers.saml.put(provider)
        answer: shapes.CreateSAMLProviderResponse = {"SAMLProviderArn": provider.arn}
        if provider.tags:
            answer["Tags"] = wire.tag_list(provider.tags)
        return answer

    @operation
    async def update_saml_provider(
        self, ctx: Context, request: shapes.UpdateSAMLProviderRequest
    ) -> shapes.UpdateSAMLProviderResponse:
        _refuse_encryption(request)
        document = request.get("SAMLMetadataDocument")
        valid_until = None if document is None else _valid_until(document, ctx.now())
        provider = self._saml(ctx, request)
        if document is not None and valid_until is not None:
            self.providers.saml.put(replace(provider, metadata=document, valid_until=valid_until))
        return {"SAMLProviderArn": provider.arn}

    @operation
    async def get_saml_provider(
        self, ctx: Context, request: shapes.GetSAMLProviderRequest
    ) -> shapes.GetSAMLProviderResponse:
        provider = self._saml(ctx, request)
        answer: shapes.GetSAMLProviderResponse = {
            "SAMLProviderUUID": provider.uuid,
            "SAMLMetadataDocument": provider.metadata,
            "CreateDate": wire.instant(provider.created_at),
            "ValidUntil": wire.instant(provider.valid_until),
        }
        if provider.tags:
            answer["Tags"] = wire.tag_list(provider.tags)
        return answer

    @operation
    async def list_saml_providers(
        self, ctx: Context, request: shapes.ListSAMLProvidersRequest
    ) -> shapes.ListSAMLProvidersResponse:
        return {
            "SAMLProviderList": [
                {
                    "Arn": provider.arn,
                    "ValidUntil": wire.instant(provider.valid_until),
                    "CreateDate": wire.instant(provider.created_at),
                }
                for provider in self.providers.saml.where(account=ctx.account)
            ]
        }

    @operation
    async def delete_saml_provider(self, ctx: Context, request: shapes.DeleteSAMLProviderRequest) -> None:
        self.providers.saml.delete(ctx.account, self._saml(ctx, request).name)

    @operation
    async def tag_saml_provider(self, ctx: Context, request: shapes.TagSAMLProviderRequest) -> None:
        provider = self._saml(ctx, request)
        tags = with_tags(provider.tags, request["Tags"], ignore_case=False)
        self.providers.saml.put(replace(provider, tags=tags))

    @operation
    async def untag_saml_provider(self, ctx: Context, request: shapes.UntagSAMLProviderRequest) -> None:
        provider = self._saml(ctx, request)
        tags = without_tags(provider.tags, request["TagKeys"], ignore_case=False)
        self.providers.saml.put(replace(provider, tags=tags))

    @operation
    async def list_saml_provider_tags(
        self, ctx: Context, request: shapes.ListSAMLProviderTagsRequest
    ) -> shapes.ListSAMLProviderTagsResponse:
        found, paging = page_of(wire.tag_list(self._saml(ctx, request).tags), itemgetter("Key"), request)
        return {**paging, "Tags": found}

    def _saml(self, ctx: Context, request: Request) -> SamlProvider:
        """NoSuchEntity; InvalidInput for what is no provider's ARN."""
        arn = request["SAMLProviderArn"]
        account, resource = _split(arn)
        if not resource.startswith(_SAML_ARN):
            raise InvalidInput(f"Invalid ARN: {arn}")
        found = self.providers.saml.get(ctx.account, resource.removeprefix(_SAML_ARN))
        if found is None or account != ctx.account:
            raise NoSuchEntity(f"Manifest not found for arn {arn}")
        return found


def _split(arn: str) -> tuple[str, str]:
    """Account and resource of an IAM ARN; two empty texts for anything else."""
    parts = arn.split(":", 5)
    return (parts[4], parts[5]) if len(parts) == 6 and parts[:4] == ["arn", "aws", "iam", ""] else ("", "")


def _oidc_key(request: Request) -> tuple[str, str]:
    """Account and URL in a provider's ARN; InvalidInput."""
    arn = request["OpenIDConnectProviderArn"]
    account, resource = _split(arn)
    if not resource.startswith(_OIDC_ARN):
        raise InvalidInput(f"Invalid ARN: {arn}")
    return account, resource.removeprefix(_OIDC_ARN)


def _client_ids(client_ids: Sequence[str]) -> tuple[str, ...]:
    """Each once. LimitExceeded."""
    found = tuple(dict.fromkeys(client_ids))
    if len(found) > CLIENT_IDS_MAX:
        raise over_quota("ClientIdsPerOpenIdConnectProvider", CLIENT_IDS_MAX)
    return found


def _thumbprints(thumbprints: Sequence[str]) -> tuple[str, ...]:
    if len(thumbprints) > THUMBPRINTS_MAX:
        raise InvalidInput(f"Thumbprint list must contain at most {THUMBPRINTS_MAX} entries.")
    for thumbprint in thumbprints:
        if not is_thumbprint(thumbprint):
            raise InvalidInput(f"Invalid thumbprint: {thumbprint}")
    return tuple(thumbprint.lower() for thumbprint in thumbprints)


def _refuse_encryption(request: Request) -> None:
    for member in ("AssertionEncryptionMode", "AddPrivateKey", "RemovePrivateKey"):
        if request.get(member):
            raise NotImplementedByUs(f"{member} of iam's SAML providers is not implemented in cloudchamber")


def _valid_until(document: str, now: float) -> float:
    try:
        return metadata_valid_until(document, now)
    except UnusableMetadata:
        raise InvalidInput("Could not parse metadata") from None


def _oidc_resource(provider: OidcProvider) -> Resource:
    attributes = {
        "Url": provider.url, "ClientIDList": provider.client_ids, "ThumbprintList": provider.thumbprints,
    }  # fmt: skip
    return Resource(
        provider.arn, "AWS::IAM::OIDCProvider", provider.url, provider.account, "", provider.tags, attributes=attributes
    )


def _saml_resource(provider: SamlProvider) -> Resource:
    attributes: dict[str, Any] = {"SAMLMetadataDocument": provider.metadata, "ValidUntil": provider.valid_until}
    return Resource(
        provider.arn, "AWS::IAM::SAMLProvider", provider.name, provider.account, "", provider.tags,
        attributes=attributes,
    )  # fmt: skip


def _creates_oidc(ctx: Context, request: Request) -> tuple[Check]:
    url = request["Url"].partition("://")[2]
    arn = f"arn:aws:iam::{ctx.account}:{_OIDC_ARN}{url}"
    return (Check("iam:CreateOpenIDConnectProvider", arn, tag_keys(request)),)


def _creates_saml(ctx: Context, request: Request) -> tuple[Check]:
    arn = f"arn:aws:iam::{ctx.account}:{_SAML_ARN}{request['Name']}"
    return (Check("iam:CreateSAMLProvider", arn, tag_keys(request)),)


RULES: Final[Mapping[str, Rule]] = {
    "CreateOpenIDConnectProvider": _creates_oidc,
    "CreateSAMLProvider": _creates_saml,
}
