"""Identities in v2, and tags of everything that has them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from cloudchamber.core.errors import NotImplementedByUs
from cloudchamber.core.service import Request, operation
from cloudchamber.services.ses import addresses, errors, limits
from cloudchamber.services.ses.verifying import Verifying, with_dkim

if TYPE_CHECKING:
    from cloudchamber.core.context import Context
    from cloudchamber.services.ses.tables import Identity


def kind_of(identity: Identity) -> str:
    return "DOMAIN" if identity.is_domain else "EMAIL_ADDRESS"


def _dkim(identity: Identity) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "SigningEnabled": identity.dkim_enabled, "Status": "SUCCESS" if identity.dkim_tokens else "NOT_STARTED",
        "SigningAttributesOrigin": identity.dkim_origin, "NextSigningKeyLength": identity.dkim_key_length,
    }  # fmt: skip
    if identity.dkim_tokens:
        shown |= {"Tokens": list(identity.dkim_tokens), "LastKeyGenerationTimestamp": identity.asked_at}
        shown["CurrentSigningKeyLength"] = identity.dkim_key_length
    return shown


def tags_of(request: Request) -> dict[str, str]:
    return {tag["Key"]: tag["Value"] for tag in request.get("Tags") or ()}


def shown_tags(tags: dict[str, str]) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in tags.items()]


class IdentitiesV2(Verifying):
    @operation
    async def create_email_identity(self, ctx: Context, request: Request) -> dict[str, Any]:
        name = request["EmailIdentity"]
        if self.store.identities.get(ctx.account, ctx.region, addresses.folded(name)) is not None:
            raise errors.AlreadyExists(self.version, f"Email identity {name} already exist.")
        signing = request.get("DkimSigningAttributes") or {}
        _refuse_own_key(signing)
        configuration_set = request.get("ConfigurationSetName") or ""
        if configuration_set:
            self.configuration_set(ctx, configuration_set)
        fields = {"tags": tags_of(request), "configuration_set": configuration_set}
        if signing.get("NextSigningKeyLength"):
            fields["dkim_key_length"] = signing["NextSigningKeyLength"]
        identity = self.register(ctx, name, **fields)
        shown = {"IdentityType": kind_of(identity), "VerifiedForSendingStatus": identity.verified_at is not None}
        return {**shown, "DkimAttributes": _dkim(identity)}

    @operation
    async def get_email_identity(self, ctx: Context, request: Request) -> dict[str, Any]:
        identity = self.identity(ctx, request["EmailIdentity"])
        mail_from: dict[str, Any] = {"BehaviorOnMxFailure": identity.on_mx_failure}
        if identity.mail_from_domain:
            mail_from |= {"MailFromDomain": identity.mail_from_domain, "MailFromDomainStatus": "SUCCESS"}
        shown: dict[str, Any] = {
            "IdentityType": kind_of(identity), "FeedbackForwardingStatus": identity.forwards_feedback,
            "VerifiedForSendingStatus": identity.verified_at is not None, "DkimAttributes": _dkim(identity),
            "MailFromAttributes": mail_from, "Policies": identity.policies, "Tags": shown_tags(identity.tags),
            "VerificationStatus": self.status(identity), "VerificationInfo": {},
        }  # fmt: skip
        if identity.verified_at is not None:
            shown["VerificationInfo"] = {
                "LastCheckedTimestamp": identity.verified_at, "LastSuccessTimestamp": identity.verified_at,
            }  # fmt: skip
        return shown | ({"ConfigurationSetName": identity.configuration_set} if identity.configuration_set else {})

    @operation
    async def list_email_identities(self, ctx: Context, request: Request) -> dict[str, Any]:
        found, more = self.listed(ctx, self.store.identities, request.get("NextToken"), request.get("PageSize"))
        shown = [
            {"IdentityType": kind_of(identity), "IdentityName": identity.name,
             "SendingEnabled": identity.verified_at is not None, "VerificationStatus": self.status(identity)}
            for identity in found
        ]  # fmt: skip
        return {"EmailIdentities": shown, **more}

    @operation
    async def delete_email_identity(self, ctx: Context, request: Request) -> dict[str, Any]:
        identity = self.identity(ctx, request["EmailIdentity"])
        self.store.identities.delete(identity.account, identity.region, identity.name)
        return {}

    # settings

    @operation
    async def put_email_identity_configuration_set_attributes(self, ctx: Context, request: Request) -> dict[str, Any]:
        identity, name = self.identity(ctx, request["EmailIdentity"]), request.get("ConfigurationSetName") or ""
        if name:
            self.configuration_set(ctx, name)
        self.store.identities.put(replace(identity, configuration_set=name))
        return {}

    @operation
    async def put_email_identity_dkim_attributes(self, ctx: Context, request: Request) -> dict[str, Any]:
        identity, wanted = self.identity(ctx, request["EmailIdentity"]), bool(request.get("SigningEnabled"))
        if wanted and not identity.dkim_tokens:
            if not identity.is_domain:
                text = f"Domain {identity.name.rpartition('@')[2]} is not verified for DKIM signing."
                raise errors.InvalidParameter(self.version, text)
            identity = with_dkim(identity)
        self.store.identities.put(replace(identity, dkim_enabled=wanted))
        return {}

    @operation
    async def put_email_identity_dkim_signing_attributes(self, ctx: Context, request: Request) -> dict[str, Any]:
        identity = self.identity(ctx, request["EmailIdentity"])
        if request["SigningAttributesOrigin"] != "AWS_SES":
            _refuse_own_key({"DomainSigningSelector": "x"})
        signing = request.get("SigningAttributes") or {}
        _refuse_own_key(signing)
        identity = replace(
            with_dkim(identity), dkim_key_length=signing.get("NextSigningKeyLength") or identity.dkim_key_length
        )
        self.store.identities.put(identity)
        return {"DkimStatus": "SUCCESS", "DkimTokens": list(identity.dkim_tokens)}

    @operation
    async def put_email_identity_feedback_attributes(self, ctx: Context, request: Request) -> dict[str, Any]:
        identity = self.identity(ctx, request["EmailIdentity"])
        self.store.identities.put(replace(identity, forwards_feedback=bool(request.get("EmailForwardingEnabled"))))
        return {}

    @operation
    async def put_email_identity_mail_from_attributes(self, ctx: Context, request: Request) -> dict[str, Any]:
        identity, domain = self.identity(ctx, request["EmailIdentity"]), request.get("MailFromDomain") or ""
        self.check_mail_from(identity.name, domain)
        behaviour = request.get("BehaviorOnMxFailure") or "USE_DEFAULT_VALUE"
        self.store.identities.put(replace(identity, mail_from_domain=domain, on_mx_failure=behaviour))
        return {}

    # sending authorization

    @operation
    async def create_email_identity_policy(self, ctx: Context, request: Request) -> dict[str, Any]:
        identity, name = self.identity(ctx, request["EmailIdentity"]), request["PolicyName"]
        if name in identity.policies:
            raise errors.AlreadyExists(self.version, f"Policy {name} already exists.")
        self.save_policy(identity, name, request["Policy"])
        return {}

    @operation
    async def update_email_identity_policy(self, ctx: Context, request: Request) -> dict[str, Any]:
        identity, name = self.identity(ctx, request["EmailIdentity"]), request["PolicyName"]
        if name not in identity.policies:
            raise errors.NoSuchPolicy(self.version, f"Policy {name} does not exist.")
        self.save_policy(identity, name, request["Policy"])
        return {}

    @operation
    async def delete_email_identity_policy(self, ctx: Context, request: Request) -> dict[str, Any]:
        identity, name = self.identity(ctx, request["EmailIdentity"]), request["PolicyName"]
        if name not in identity.policies:
            raise errors.NoSuchPolicy(self.version, f"Policy {name} does not exist.")
        kept = {key: text for key, text in identity.policies.items() if key != name}
        self.store.identities.put(replace(identity, policies=kept))
        return {}

    @operation
    async def get_email_identity_policies(self, ctx: Context, request: Request) -> dict[str, Any]:
        return {"Policies": self.identity(ctx, request["EmailIdentity"]).policies}

    # tags

    @operation
    async def tag_resource(self, ctx: Context, request: Request) -> dict[str, Any]:
        self._retag(ctx, request["ResourceArn"], tags_of(request), ())
        return {}

    @operation
    async def untag_resource(self, ctx: Context, request: Request) -> dict[str, Any]:
        self._retag(ctx, request["ResourceArn"], {}, request["TagKeys"])
        return {}

    @operation
    async def list_tags_for_resource(self, ctx: Context, request: Request) -> dict[str, Any]:
        _, found = self._tagged(ctx, request["ResourceArn"])
        return {"Tags": shown_tags(found.tags)}

    def _tagged(self, ctx: Context, arn: str) -> tuple[Any, Any]:
        """The table and the record behind an ARN."""
        parts = arn.split(":", 5)
        kind, _, name = (parts[5] if len(parts) == 6 else "").partition("/")
        tables: dict[str, Any] = {
            "identity": self.store.identities, "configuration-set": self.store.sets, "template": self.store.templates,
        }  # fmt: skip
        table = tables.get(kind)
        if table is None or parts[:3] != ["arn", "aws", "ses"]:
            raise errors.InvalidParameter(self.version, f"Invalid resource ARN: {arn}")
        found = table.get(ctx.account, parts[3], name) if parts[4] == ctx.account else None
        if found is None:
            raise errors.NotFound(self.version, f"Resource {arn} does not exist.")
        return table, found

    def _retag(self, ctx: Context, arn: str, added: dict[str, str], gone: Any) -> None:
        table, found = self._tagged(ctx, arn)
        tags = {key: value for key, value in {**found.tags, **added}.items() if key not in gone}
        if len(tags) > limits.TAGS_MAX:
            raise errors.InvalidParameter(self.version, f"A resource can have {limits.TAGS_MAX} tags at most.")
        table.put(replace(found, tags=tags))


def _refuse_own_key(signing: dict[str, Any]) -> None:
    """Nothing is signed here: somebody's own key would have no effect."""
    if signing.get("DomainSigningSelector") or signing.get("DomainSigningPrivateKey"):
        raise NotImplementedByUs("Bring Your Own DKIM exists on AWS and is not implemented in cloudchamber")
