"""Inputs and outputs of cognito-identity, for the type checker. Written by tools/shapes.py."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NotRequired, TypedDict

__all__ = ["Any", "Mapping", "NotRequired", "Sequence"]


class CognitoIdentityProvider(TypedDict):
    ProviderName: NotRequired[str]
    ClientId: NotRequired[str]
    ServerSideTokenCheck: NotRequired[bool]


class CreateIdentityPoolInput(TypedDict):
    IdentityPoolName: str
    AllowUnauthenticatedIdentities: bool
    AllowClassicFlow: NotRequired[bool]
    SupportedLoginProviders: NotRequired[Mapping[str, str]]
    DeveloperProviderName: NotRequired[str]
    OpenIdConnectProviderARNs: NotRequired[Sequence[str]]
    CognitoIdentityProviders: NotRequired[Sequence[CognitoIdentityProvider]]
    SamlProviderARNs: NotRequired[Sequence[str]]
    IdentityPoolTags: NotRequired[Mapping[str, str]]


class Credentials(TypedDict):
    AccessKeyId: NotRequired[str]
    SecretKey: NotRequired[str]
    SessionToken: NotRequired[str]
    Expiration: NotRequired[float]


class DeleteIdentitiesInput(TypedDict):
    IdentityIdsToDelete: Sequence[str]


class DeleteIdentitiesResponse(TypedDict):
    UnprocessedIdentityIds: NotRequired[Sequence[UnprocessedIdentityId]]


class DeleteIdentityPoolInput(TypedDict):
    IdentityPoolId: str


class DescribeIdentityInput(TypedDict):
    IdentityId: str


class DescribeIdentityPoolInput(TypedDict):
    IdentityPoolId: str


class GetCredentialsForIdentityInput(TypedDict):
    IdentityId: str
    Logins: NotRequired[Mapping[str, str]]
    CustomRoleArn: NotRequired[str]


class GetCredentialsForIdentityResponse(TypedDict):
    IdentityId: NotRequired[str]
    Credentials: NotRequired[Credentials]


class GetIdInput(TypedDict):
    AccountId: NotRequired[str]
    IdentityPoolId: str
    Logins: NotRequired[Mapping[str, str]]


class GetIdResponse(TypedDict):
    IdentityId: NotRequired[str]


class GetIdentityPoolRolesInput(TypedDict):
    IdentityPoolId: str


class GetIdentityPoolRolesResponse(TypedDict):
    IdentityPoolId: NotRequired[str]
    Roles: NotRequired[Mapping[str, str]]
    RoleMappings: NotRequired[Mapping[str, RoleMapping]]


class GetOpenIdTokenForDeveloperIdentityInput(TypedDict):
    IdentityPoolId: str
    IdentityId: NotRequired[str]
    Logins: Mapping[str, str]
    PrincipalTags: NotRequired[Mapping[str, str]]
    TokenDuration: NotRequired[int]


class GetOpenIdTokenForDeveloperIdentityResponse(TypedDict):
    IdentityId: NotRequired[str]
    Token: NotRequired[str]


class GetOpenIdTokenInput(TypedDict):
    IdentityId: str
    Logins: NotRequired[Mapping[str, str]]


class GetOpenIdTokenResponse(TypedDict):
    IdentityId: NotRequired[str]
    Token: NotRequired[str]


class GetPrincipalTagAttributeMapInput(TypedDict):
    IdentityPoolId: str
    IdentityProviderName: str


class GetPrincipalTagAttributeMapResponse(TypedDict):
    IdentityPoolId: NotRequired[str]
    IdentityProviderName: NotRequired[str]
    UseDefaults: NotRequired[bool]
    PrincipalTags: NotRequired[Mapping[str, str]]


class IdentityDescription(TypedDict):
    IdentityId: NotRequired[str]
    Logins: NotRequired[Sequence[str]]
    CreationDate: NotRequired[float]
    LastModifiedDate: NotRequired[float]


class IdentityPool(TypedDict):
    IdentityPoolId: str
    IdentityPoolName: str
    AllowUnauthenticatedIdentities: bool
    AllowClassicFlow: NotRequired[bool]
    SupportedLoginProviders: NotRequired[Mapping[str, str]]
    DeveloperProviderName: NotRequired[str]
    OpenIdConnectProviderARNs: NotRequired[Sequence[str]]
    CognitoIdentityProviders: NotRequired[Sequence[CognitoIdentityProvider]]
    SamlProviderARNs: NotRequired[Sequence[str]]
    IdentityPoolTags: NotRequired[Mapping[str, str]]


class IdentityPoolShortDescription(TypedDict):
    IdentityPoolId: NotRequired[str]
    IdentityPoolName: NotRequired[str]


class ListIdentitiesInput(TypedDict):
    IdentityPoolId: str
    MaxResults: int
    NextToken: NotRequired[str]
    HideDisabled: NotRequired[bool]


class ListIdentitiesResponse(TypedDict):
    IdentityPoolId: NotRequired[str]
    Identities: NotRequired[Sequence[IdentityDescription]]
    NextToken: NotRequired[str]


class ListIdentityPoolsInput(TypedDict):
    MaxResults: int
    NextToken: NotRequired[str]


class ListIdentityPoolsResponse(TypedDict):
    IdentityPools: NotRequired[Sequence[IdentityPoolShortDescription]]
    NextToken: NotRequired[str]


class ListTagsForResourceInput(TypedDict):
    ResourceArn: str


class ListTagsForResourceResponse(TypedDict):
    Tags: NotRequired[Mapping[str, str]]


class LookupDeveloperIdentityInput(TypedDict):
    IdentityPoolId: str
    IdentityId: NotRequired[str]
    DeveloperUserIdentifier: NotRequired[str]
    MaxResults: NotRequired[int]
    NextToken: NotRequired[str]


class LookupDeveloperIdentityResponse(TypedDict):
    IdentityId: NotRequired[str]
    DeveloperUserIdentifierList: NotRequired[Sequence[str]]
    NextToken: NotRequired[str]


class MappingRule(TypedDict):
    Claim: str
    MatchType: str
    Value: str
    RoleARN: str


class MergeDeveloperIdentitiesInput(TypedDict):
    SourceUserIdentifier: str
    DestinationUserIdentifier: str
    DeveloperProviderName: str
    IdentityPoolId: str


class MergeDeveloperIdentitiesResponse(TypedDict):
    IdentityId: NotRequired[str]


class RoleMapping(TypedDict):
    Type: str
    AmbiguousRoleResolution: NotRequired[str]
    RulesConfiguration: NotRequired[RulesConfigurationType]


class RulesConfigurationType(TypedDict):
    Rules: Sequence[MappingRule]


class SetIdentityPoolRolesInput(TypedDict):
    IdentityPoolId: str
    Roles: Mapping[str, str]
    RoleMappings: NotRequired[Mapping[str, RoleMapping]]


class SetPrincipalTagAttributeMapInput(TypedDict):
    IdentityPoolId: str
    IdentityProviderName: str
    UseDefaults: NotRequired[bool]
    PrincipalTags: NotRequired[Mapping[str, str]]


class SetPrincipalTagAttributeMapResponse(TypedDict):
    IdentityPoolId: NotRequired[str]
    IdentityProviderName: NotRequired[str]
    UseDefaults: NotRequired[bool]
    PrincipalTags: NotRequired[Mapping[str, str]]


class TagResourceInput(TypedDict):
    ResourceArn: str
    Tags: Mapping[str, str]


class TagResourceResponse(TypedDict):
    pass


class UnlinkDeveloperIdentityInput(TypedDict):
    IdentityId: str
    IdentityPoolId: str
    DeveloperProviderName: str
    DeveloperUserIdentifier: str


class UnlinkIdentityInput(TypedDict):
    IdentityId: str
    Logins: Mapping[str, str]
    LoginsToRemove: Sequence[str]


class UnprocessedIdentityId(TypedDict):
    IdentityId: NotRequired[str]
    ErrorCode: NotRequired[str]


class UntagResourceInput(TypedDict):
    ResourceArn: str
    TagKeys: Sequence[str]


class UntagResourceResponse(TypedDict):
    pass
