"""What a pool publishes for whoever verifies its tokens: its keys and its OpenID Connect configuration.

https://docs.aws.amazon.com/cognito/latest/developerguide/federation-endpoints.html
"""

from __future__ import annotations

from typing import Any

from cloudchamber.services.cognito_idp.signing_keys import SigningKeys

_ENDPOINTS = {
    "authorization_endpoint": "/oauth2/authorize", "end_session_endpoint": "/logout",
    "revocation_endpoint": "/oauth2/revoke", "token_endpoint": "/oauth2/token",
    "userinfo_endpoint": "/oauth2/userInfo",
}  # fmt: skip


class Discovery(SigningKeys):
    async def jwks(self, pool_id: str, _endpoint: str) -> dict[str, Any] | None:
        """The pool's JSON Web Key Set; None for a pool that there is not."""
        pool = self.store.pools.get(pool_id)
        return None if pool is None else {"keys": await self.published(pool)}

    async def openid_configuration(self, pool_id: str, endpoint: str) -> dict[str, Any] | None:
        """The pool's configuration, with addresses at `endpoint`; None for a pool that there is not."""
        pool = self.store.pools.get(pool_id)
        if pool is None:
            return None
        found: dict[str, Any] = {
            "id_token_signing_alg_values_supported": ["RS256"], "issuer": self.issuer_of(pool),
            "jwks_uri": f"{endpoint}/{pool.id}/.well-known/jwks.json", "response_types_supported": ["code", "token"],
            "scopes_supported": ["openid", "email", "phone", "profile"], "subject_types_supported": ["public"],
            "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
        }  # fmt: skip
        domains = self.store.domains.where(pool_id=pool.id)
        if domains:
            pages = f"{endpoint}/_aws/cognito-idp/{domains[0].name}"
            found |= {name: pages + path for name, path in _ENDPOINTS.items()}
        return dict(sorted(found.items()))
