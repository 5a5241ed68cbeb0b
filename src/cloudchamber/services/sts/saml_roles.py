"""AssumeRoleWithSAML: https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithSAML.html"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cloudchamber.core.errors import ValidationError
from cloudchamber.core.service import operation, private_operation
from cloudchamber.services.sts import saml
from cloudchamber.services.sts.base import role_arn, wire_credentials
from cloudchamber.services.sts.errors import InvalidIdentityToken
from cloudchamber.services.sts.federation import Federate, Federation, refused

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cloudchamber.core.context import Context
    from cloudchamber.services.sts import shapes

ACTION = "sts:AssumeRoleWithSAML"


class SamlRoles(Federation):
    @operation
    async def assume_role_with_saml(
        self, ctx: Context, request: shapes.AssumeRoleWithSAMLRequest
    ) -> shapes.AssumeRoleWithSAMLResponse:
        account, provider_arn = role_arn(request["RoleArn"]).account, request["PrincipalArn"]
        if f":iam::{account}:saml-provider/" not in provider_arn:
            raise ValidationError("Request ARN is invalid")
        provider = ctx.resources.find(provider_arn)
        if provider is None:
            raise InvalidIdentityToken("Specified provider doesn't exist")
        claims = saml.read(request["SAMLAssertion"], str(provider.attributes["SAMLMetadataDocument"]), ctx.now())
        if (request["RoleArn"], provider_arn) not in claims.roles:
            raise refused(ACTION)
        provider_name = provider_arn.rpartition("/")[2]
        federate = Federate(
            ACTION, provider_arn, f"{provider_arn}:{claims.subject}", claims.session_name,
            claims.keys(account, provider_name), claims.tags, claims.transitive_tag_keys, claims.source_identity,
            claims.ends_at,
        )  # fmt: skip
        session, packed = self.admit(ctx, request, federate)
        answer: shapes.AssumeRoleWithSAMLResponse = {
            "Credentials": wire_credentials(session),
            "AssumedRoleUser": {"AssumedRoleId": session.holder.user_id, "Arn": session.holder.arn},
            "Subject": claims.subject,
            "SubjectType": claims.subject_type,
            "Issuer": claims.issuer,
            "Audience": claims.recipient,
            "NameQualifier": claims.name_qualifier(account, provider_name),
            "SessionTokenSize": session.token_chars,
            "SessionTokenUtilization": session.token_percent,
        }
        if packed is not None:
            answer["PackedPolicySize"] = packed
        if claims.source_identity is not None:
            answer["SourceIdentity"] = claims.source_identity
        return answer

    @private_operation
    async def read_saml(self, ctx: Context, request: Mapping[str, Any]) -> dict[str, Any]:
        """What a SAML response says, for identity pools: {"ProviderArn", "Assertion"} → {"Subject", "Issuer", "Roles":
        [the ARNs it offers for this provider], "Attributes": {name: [values]}}. Raises what AssumeRoleWithSAML does."""
        provider_arn = request["ProviderArn"]
        provider = ctx.resources.find(provider_arn)
        if provider is None:
            raise InvalidIdentityToken("Specified provider doesn't exist")
        claims = saml.read(request["Assertion"], str(provider.attributes["SAMLMetadataDocument"]), ctx.now())
        roles = [role for role, of in claims.roles if of == provider_arn]
        return {"Subject": claims.subject, "Issuer": claims.issuer, "Roles": roles, "Attributes": claims.given}
