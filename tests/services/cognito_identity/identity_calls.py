"""A pool with its roles, and the two flows in which an app gets credentials from it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.services.sts.oidc_issuer import CLIENT
from tests.services.sts.sts_calls import EVERYTHING, refusal, trust

if TYPE_CHECKING:
    import boto3

    from tests.services.sts.oidc_issuer import Issuer
    from tests.services.sts.sts_calls import Actors

WEB_IDENTITY = "sts:AssumeRoleWithWebIdentity"
COGNITO = "cognito-identity.amazonaws.com"
BAD_CONFIGURATION = (
    "InvalidIdentityPoolConfigurationException",
    "Invalid identity pool configuration. Check assigned IAM roles for this pool.",
)
NO_MATCH = (
    "NotAuthorizedException",
    "Logins don't match. Please include at least one valid login for this identity or identity pool.",
)
CONFLICT = ("ResourceConflictException", "Login is already linked to another account.")


def forbidden(identity_id: str) -> tuple[str, str]:
    return "NotAuthorizedException", f"Access to Identity '{identity_id}' is forbidden."


def trusting(pool: str, kind: str, *actions: str) -> str:
    """A role's trust in a pool's `authenticated` or `unauthenticated` identities, as AWS's console writes it."""
    condition = {"StringEquals": {f"{COGNITO}:aud": pool}, "ForAnyValue:StringLike": {f"{COGNITO}:amr": kind}}
    return trust({"Federated": COGNITO}, *(actions or (WEB_IDENTITY,)), **condition)


class Federation:
    def __init__(self, actors: Actors, issuer: Issuer, anyone: Any) -> None:
        self.actors, self.issuer, self.anyone = actors, issuer, anyone
        self.identity = actors.root.client("cognito-identity")
        created = actors.iam.create_open_id_connect_provider(Url=f"https://{issuer.name}", ClientIDList=[CLIENT])
        self.provider_arn = created["OpenIDConnectProviderArn"]
        self.settings: dict[str, Any] = {
            "AllowUnauthenticatedIdentities": True,
            "AllowClassicFlow": True,
            "DeveloperProviderName": "login.mycompany",
            "OpenIdConnectProviderARNs": [self.provider_arn],
        }
        self.pool = self.identity.create_identity_pool(IdentityPoolName="p", **self.settings)["IdentityPoolId"]

    @property
    def name(self) -> str:
        """The provider, as logins have it."""
        return self.issuer.name

    def update(self, **settings: Any) -> None:
        self.settings |= settings
        self.identity.update_identity_pool(IdentityPoolId=self.pool, IdentityPoolName="p", **self.settings)

    def with_roles(self, users: Any = EVERYTHING, guests: Any = EVERYTHING, **mappings: Any) -> None:
        """Roles `users` and `guests` that trust the pool and may what the statements say."""
        roles = {
            "authenticated": self.actors.role("users", trusting(self.pool, "authenticated"), users),
            "unauthenticated": self.actors.role("guests", trusting(self.pool, "unauthenticated"), guests),
        }
        self.identity.set_identity_pool_roles(IdentityPoolId=self.pool, Roles=roles, RoleMappings=mappings)

    def logins(self, user: str = "ann", **claims: Any) -> dict[str, str]:
        return {self.name: self.issuer.token(sub=user, **claims)}

    def id(self, **more: Any) -> str:
        return str(self.anyone.get_id(IdentityPoolId=self.pool, **more)["IdentityId"])

    def user(self, user: str = "ann", **claims: Any) -> str:
        """The identity of a user of the issuer."""
        return self.id(Logins=self.logins(user, **claims))

    def credentials(self, identity_id: str, **more: Any) -> Any:
        return self.anyone.get_credentials_for_identity(IdentityId=identity_id, **more)

    def session(self, identity_id: str, **more: Any) -> boto3.Session:
        """What the app then works with, by the enhanced flow."""
        given = self.credentials(identity_id, **more)["Credentials"]
        return self.actors.cloud.session_with(given["AccessKeyId"], given["SecretKey"], given["SessionToken"])

    def refused(self, identity_id: str, **more: Any) -> tuple[str, str]:
        return refusal(self.anyone.get_credentials_for_identity, IdentityId=identity_id, **more)
