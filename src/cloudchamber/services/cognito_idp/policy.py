"""What user pool operations ask IAM: the action on the pool. Operations of users themselves ask nothing.

https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoncognitouserpools.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cloudchamber.core.service import Check, free

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from cloudchamber.core.context import Context
    from cloudchamber.core.service import Request, Rule

# Sent unsigned, by users' browsers and phones: a client id, a session or an access token is what lets them in.
OPEN = (
    "AssociateSoftwareToken", "ChangePassword", "CompleteWebAuthnRegistration", "ConfirmDevice",
    "ConfirmForgotPassword", "ConfirmSignUp", "DeleteUser", "DeleteUserAttributes", "DeleteWebAuthnCredential",
    "ForgetDevice", "ForgotPassword", "GetDevice", "GetTokensFromRefreshToken", "GetUser",
    "GetUserAttributeVerificationCode", "GetUserAuthFactors", "GlobalSignOut", "InitiateAuth", "ListDevices",
    "ListUserSessions", "ListWebAuthnCredentials", "ResendConfirmationCode", "RespondToAuthChallenge", "RevokeToken",
    "RevokeUserSession", "SetUserMFAPreference", "SetUserSettings", "SignUp", "StartWebAuthnRegistration",
    "UpdateAuthEventFeedback", "UpdateDeviceStatus", "UpdateUserAttributes", "VerifySoftwareToken",
    "VerifyUserAttribute",
)  # fmt: skip
_ON_A_POOL = (
    "AddCustomAttributes", "AddUserPoolClientSecret", "AdminAddUserToGroup", "AdminConfirmSignUp", "AdminCreateUser",
    "AdminDeleteSoftwareToken", "AdminDeleteUser", "AdminDeleteUserAttributes", "AdminDisableProviderForUser",
    "AdminDisableUser", "AdminEnableUser", "AdminForgetDevice", "AdminGetDevice", "AdminGetUser",
    "AdminGetUserAuthFactors", "AdminInitiateAuth", "AdminLinkProviderForUser", "AdminListDevices",
    "AdminListGroupsForUser", "AdminListUserAuthEvents", "AdminRemoveUserFromGroup", "AdminResetUserPassword",
    "AdminRespondToAuthChallenge", "AdminSetUserMFAPreference", "AdminSetUserPassword", "AdminSetUserSettings",
    "AdminUpdateAuthEventFeedback", "AdminUpdateDeviceStatus", "AdminUpdateUserAttributes",
    "AdminUserGlobalSignOut", "CreateGroup", "CreateIdentityProvider", "CreateResourceServer", "CreateUserImportJob",
    "CreateUserPoolClient", "CreateUserPoolDomain", "DeleteGroup", "DeleteIdentityProvider", "DeleteResourceServer",
    "DeleteUserPool", "DeleteUserPoolClient", "DeleteUserPoolClientSecret", "DeleteUserPoolDomain",
    "DescribeIdentityProvider", "DescribeResourceServer", "DescribeRiskConfiguration", "DescribeUserImportJob",
    "DescribeUserPool", "DescribeUserPoolClient", "GetCSVHeader", "GetGroup", "GetIdentityProviderByIdentifier",
    "GetLogDeliveryConfiguration", "GetSigningCertificate", "GetUICustomization", "GetUserPoolMfaConfig",
    "ListGroups", "ListIdentityProviders", "ListResourceServers", "ListUserImportJobs", "ListUserPoolClientSecrets",
    "ListUserPoolClients", "ListUsers", "ListUsersInGroup", "SetLogDeliveryConfiguration", "SetRiskConfiguration",
    "SetUICustomization", "SetUserPoolMfaConfig", "StartUserImportJob", "StopUserImportJob", "UpdateGroup",
    "UpdateIdentityProvider", "UpdateResourceServer", "UpdateUserPool", "UpdateUserPoolClient",
    "UpdateUserPoolDomain",
)  # fmt: skip


def arn(ctx: Context, pool_id: str) -> str:
    return f"arn:aws:cognito-idp:{ctx.region}:{ctx.account}:userpool/{pool_id}"


def _on_pool(action: str) -> Rule:
    def rule(ctx: Context, request: Request) -> Iterator[Check]:
        yield Check(f"cognito-idp:{action}", arn(ctx, str(request.get("UserPoolId", "*"))))
        yield from _passed(request)

    return rule


def _passed(request: Request) -> Iterator[Check]:
    """Who gives Cognito a role to work in has to be allowed to pass it on, which nobody is with another account's."""
    texts = (request, request.get("SmsMfaConfiguration") or {})
    roles = [(one.get("SmsConfiguration") or {}).get("SnsCallerArn") for one in texts]
    for role in (*roles, request.get("CloudWatchLogsRoleArn")):
        if role:
            yield Check("iam:PassRole", role, {"iam:PassedToService": "cognito-idp.amazonaws.com"})


def _on_arn(action: str) -> Rule:
    def rule(ctx: Context, request: Request) -> Iterator[Check]:
        tags = request.get("Tags")
        keys = {"aws:tagkeys": list(tags if tags is not None else request.get("TagKeys") or ())}
        yield Check(f"cognito-idp:{action}", request["ResourceArn"], keys)

    return rule


def _create(ctx: Context, request: Request) -> Iterator[Check]:
    tags = request.get("UserPoolTags") or {}
    keys = {f"aws:requesttag/{name.lower()}": value for name, value in tags.items()}
    yield Check("cognito-idp:CreateUserPool", "*", {**keys, "aws:tagkeys": list(tags)} if tags else None)
    yield from _passed(request)


RULES: Mapping[str, Rule] = {
    **dict.fromkeys(OPEN, free),
    **{name: _on_pool(name) for name in _ON_A_POOL},
    **{name: _on_arn(name) for name in ("ListTagsForResource", "TagResource", "UntagResource")},
    "CreateUserPool": _create,
}
