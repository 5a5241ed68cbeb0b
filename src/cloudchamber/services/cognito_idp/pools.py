"""User pools themselves: made, shown, changed, removed; their custom attributes and MFA settings."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from cloudchamber.core import ids
from cloudchamber.core.service import Request, operation
from cloudchamber.services.cognito_idp import attributes, limits, passwords
from cloudchamber.services.cognito_idp.base import Answer, listed
from cloudchamber.services.cognito_idp.errors import (
    InvalidParameter,
    LimitExceeded,
    UserImportInProgress,
    UserPoolTagging,
)
from cloudchamber.services.cognito_idp.naming import Naming
from cloudchamber.services.cognito_idp.records import IMPORTING, Pool

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cloudchamber.core.context import Context

ID_CHARS = 9
# What is fixed when the pool is made.
_FIXED: Final = ("UsernameAttributes", "AliasAttributes", "UsernameConfiguration")
_APART: Final = ("PoolName", "UserPoolId", "Schema", "UserPoolTags", "MfaConfiguration")
_MFA: Final = ("SmsMfaConfiguration", "SoftwareTokenMfaConfiguration", "EmailMfaConfiguration", "WebAuthnConfiguration")


def _settings(request: Mapping[str, Any]) -> dict[str, Any]:
    """The settings of a pool, what was left out at its default. InvalidParameter."""
    settings = {name: value for name, value in request.items() if name not in _APART}
    policies = dict(settings.get("Policies") or {})
    given = policies.get("PasswordPolicy")
    if given is None:
        policies["PasswordPolicy"] = dict(passwords.POLICY)
    else:
        flags = ("RequireUppercase", "RequireLowercase", "RequireNumbers", "RequireSymbols")
        defaults = {"MinimumLength": 6, **dict.fromkeys(flags, False), "TemporaryPasswordValidityDays": 7}
        policies["PasswordPolicy"] = {**defaults, **given}
        if not given.get("TemporaryPasswordValidityDays"):
            policies["PasswordPolicy"]["TemporaryPasswordValidityDays"] = limits.TEMPORARY_PASSWORD_DAYS
    policies.setdefault("SignInPolicy", {"AllowedFirstAuthFactors": ["PASSWORD"]})
    if "PASSWORD" not in policies["SignInPolicy"].get("AllowedFirstAuthFactors", ["PASSWORD"]):
        raise InvalidParameter("AllowedFirstAuthFactors must include PASSWORD.")
    settings["Policies"] = policies
    settings.setdefault("DeletionProtection", "INACTIVE")
    settings.setdefault("LambdaConfig", {})
    settings.setdefault("UserPoolTier", "ESSENTIALS")
    settings["EmailConfiguration"] = {
        "EmailSendingAccount": "COGNITO_DEFAULT",
        **settings.get("EmailConfiguration", {}),
    }
    admin = {"AllowAdminCreateUserOnly": False, **(settings.get("AdminCreateUserConfig") or {})}
    admin["UnusedAccountValidityDays"] = policies["PasswordPolicy"]["TemporaryPasswordValidityDays"]
    settings["AdminCreateUserConfig"] = admin
    _settle_messages(settings)
    _check(settings)
    return settings


def _settle_messages(settings: dict[str, Any]) -> None:
    """The older members and the template say the same thing; each is shown with the other's words."""
    template = {"DefaultEmailOption": "CONFIRM_WITH_CODE", **(settings.get("VerificationMessageTemplate") or {})}
    for older, newer in (
        ("SmsVerificationMessage", "SmsMessage"), ("EmailVerificationMessage", "EmailMessage"),
        ("EmailVerificationSubject", "EmailSubject"),
    ):  # fmt: skip
        value = template.get(newer) or settings.get(older)
        if value:
            template[newer] = settings[older] = value
    settings["VerificationMessageTemplate"] = template


def _check(settings: Mapping[str, Any]) -> None:
    mail = settings["EmailConfiguration"]
    if mail["EmailSendingAccount"] == "DEVELOPER" and not mail.get("SourceArn"):
        raise InvalidParameter("SourceArn is required when EmailSendingAccount is DEVELOPER.")
    if settings.get("UsernameAttributes") and settings.get("AliasAttributes"):
        raise InvalidParameter("Only one of the aliasAttributes or usernameAttributes can be set in a user pool.")
    triggers = settings["LambdaConfig"]
    senders = [name for name in ("CustomEmailSender", "CustomSMSSender") if triggers.get(name)]
    if senders and not triggers.get("KMSKeyID"):
        raise InvalidParameter("KMSKeyID is required when specifying a custom sender.")
    generation, config = triggers.get("PreTokenGeneration"), triggers.get("PreTokenGenerationConfig")
    if generation and config and generation != config["LambdaArn"]:
        raise InvalidParameter(
            "PreTokenGeneration and PreTokenGenerationConfig must refer to the same Lambda function."
        )
    for recovery in (settings.get("AccountRecoverySetting") or {}).get("RecoveryMechanisms") or ():
        alone = len(settings["AccountRecoverySetting"]["RecoveryMechanisms"]) == 1
        if recovery["Name"] == "admin_only" and not alone:
            raise InvalidParameter("Invalid account recovery setting parameter. Please use only admin_only.")


class Pools(Naming):
    @operation
    async def create_user_pool(self, ctx: Context, request: Request) -> Answer:
        settings = _settings(request)
        tags = _checked_tags(request.get("UserPoolTags") or {})
        schema = attributes.schema(request.get("Schema") or ())
        now = ctx.now()
        if self.store.pools.count(account=ctx.account, region=ctx.region) >= limits.POOLS_MAX:
            raise LimitExceeded("Maximum user pools exceeded.")
        pool_id = f"{ctx.region}_{ids.alphanumeric(ID_CHARS)}"
        mfa = {"MfaConfiguration": request.get("MfaConfiguration") or "OFF"}
        if mfa["MfaConfiguration"] != "OFF" and not request.get("SmsConfiguration"):
            raise InvalidParameter("SMS configuration and Auto verification for phone_number are required when MFA is "
                                   "required/optional")  # fmt: skip
        pool = Pool(pool_id, ctx.account, ctx.region, request["PoolName"], now, now, settings, schema, mfa, tags)
        with self.platform.store.transaction():
            self.store.pools.put(pool)
        return {"UserPool": self._described(pool)}

    @operation
    async def describe_user_pool(self, ctx: Context, request: Request) -> Answer:
        return {"UserPool": self._described(self.pool(ctx, request))}

    @operation
    async def list_user_pools(self, ctx: Context, request: Request) -> Answer:
        found = self.store.pools.where(account=ctx.account, region=ctx.region)
        chosen, more = listed(request, sorted(found, key=lambda pool: pool.id), lambda pool: pool.id)
        shown = [
            {
                "Id": pool.id, "Name": pool.name, "LambdaConfig": pool.settings["LambdaConfig"],
                "LastModifiedDate": pool.changed_at, "CreationDate": pool.created_at,
            }
            for pool in chosen
        ]  # fmt: skip
        return {"UserPools": shown, **more}

    @operation
    async def update_user_pool(self, ctx: Context, request: Request) -> Answer:
        """What is left out goes back to its default, as on AWS."""
        pool = self._changeable(ctx, request)
        settings = _settings({**request, **{k: pool.settings[k] for k in _FIXED if k in pool.settings}})
        tags = pool.tags if "UserPoolTags" not in request else _checked_tags(request["UserPoolTags"])
        mfa = {**pool.mfa, "MfaConfiguration": request.get("MfaConfiguration") or "OFF"}
        with self.platform.store.transaction():
            self.store.pools.put(
                replace(
                    pool, settings=settings, tags=tags, mfa=mfa, changed_at=ctx.now(),
                    name=request.get("PoolName") or pool.name,
                )
            )  # fmt: skip
        return {}

    @operation
    async def delete_user_pool(self, ctx: Context, request: Request) -> Answer:
        pool = self._changeable(ctx, request)
        if pool.settings["DeletionProtection"] == "ACTIVE":
            raise InvalidParameter(
                "The user pool cannot be deleted because deletion protection is activated. Deletion protection must be "
                "inactivated first."
            )
        if self.store.domains.where(pool_id=pool.id):
            raise InvalidParameter(
                "User pool cannot be deleted. It has a domain configured that should be deleted first."
            )
        with self.platform.store.transaction():
            self.store.remove_pool(pool)
        return {}

    @operation
    async def add_custom_attributes(self, ctx: Context, request: Request) -> Answer:
        pool = self._changeable(ctx, request)
        made = [attributes.custom(definition) for definition in request["CustomAttributes"]]
        present = {attribute["Name"] for attribute in pool.schema}
        for attribute in made:
            if attribute["Name"] in present:
                raise InvalidParameter(f"{attribute['Name']}: Existing attribute already has name {attribute['Name']}.")
            present.add(attribute["Name"])
        if len(present) - len(attributes.STANDARD) > limits.CUSTOM_ATTRIBUTES_MAX:
            raise InvalidParameter("Maximum number of custom attributes exceeded.")
        with self.platform.store.transaction():
            self.store.pools.put(replace(pool, schema=(*pool.schema, *made), changed_at=ctx.now()))
        return {}

    def _changeable(self, ctx: Context, request: Request) -> Pool:
        """The pool that a call names. ResourceNotFound, UserImportInProgress."""
        pool = self.pool(ctx, request)
        if any(job.status == IMPORTING for job in self.store.imports.where(pool_id=pool.id)):
            raise UserImportInProgress("A user import job is in progress for the user pool.")
        return pool

    # MFA

    @operation
    async def set_user_pool_mfa_config(self, ctx: Context, request: Request) -> Answer:
        pool = self.pool(ctx, request)
        mfa = {name: request[name] for name in _MFA if name in request}
        mfa["MfaConfiguration"] = request.get("MfaConfiguration") or "OFF"
        settings = dict(pool.settings)
        text = mfa.get("SmsMfaConfiguration") or {}
        if text.get("SmsConfiguration"):
            settings["SmsConfiguration"] = text["SmsConfiguration"]
        is_none = not text and not (mfa.get("SoftwareTokenMfaConfiguration") or {}).get("Enabled")
        if mfa["MfaConfiguration"] != "OFF" and is_none and "EmailMfaConfiguration" not in mfa:
            raise InvalidParameter("Invalid MFA configuration given, can't turn on MFA and disable all MFAs together.")
        if "EmailMfaConfiguration" in mfa and settings["EmailConfiguration"]["EmailSendingAccount"] != "DEVELOPER":
            raise InvalidParameter("Email MFA requires the user pool to send email with Amazon SES.")
        changed = replace(pool, mfa=mfa, settings=settings, changed_at=ctx.now())
        with self.platform.store.transaction():
            self.store.pools.put(changed)
        return _shown_mfa(changed)

    @operation
    async def get_user_pool_mfa_config(self, ctx: Context, request: Request) -> Answer:
        return _shown_mfa(self.pool(ctx, request))

    def _described(self, pool: Pool) -> Answer:
        shown: Answer = {
            "Id": pool.id, "Name": pool.name, **pool.settings, "LastModifiedDate": pool.changed_at,
            "CreationDate": pool.created_at, "SchemaAttributes": list(pool.schema), "MfaConfiguration": pool.mfa_mode,
            "EstimatedNumberOfUsers": self.store.users.count(pool_id=pool.id), "UserPoolTags": dict(pool.tags),
            "Arn": pool.arn,
        }  # fmt: skip
        message = (pool.mfa.get("SmsMfaConfiguration") or {}).get("SmsAuthenticationMessage")
        if message:
            shown["SmsAuthenticationMessage"] = message
        for domain in self.store.domains.where(pool_id=pool.id):
            shown["CustomDomain" if domain.custom else "Domain"] = domain.name
        return shown

    # tags

    @operation
    async def tag_resource(self, ctx: Context, request: Request) -> Answer:
        pool = self._by_arn(ctx, request)
        tags = _checked_tags({**pool.tags, **request["Tags"]})
        self.store.pools.put(replace(pool, tags=tags))
        return {}

    @operation
    async def untag_resource(self, ctx: Context, request: Request) -> Answer:
        pool = self._by_arn(ctx, request)
        kept = {name: value for name, value in pool.tags.items() if name not in request["TagKeys"]}
        self.store.pools.put(replace(pool, tags=kept))
        return {}

    @operation
    async def list_tags_for_resource(self, ctx: Context, request: Request) -> Answer:
        return {"Tags": dict(self._by_arn(ctx, request).tags)}

    def _by_arn(self, ctx: Context, request: Request) -> Pool:
        return self.pool(ctx, {"UserPoolId": str(request["ResourceArn"]).rpartition("/")[2]})


def _checked_tags(tags: Mapping[str, str]) -> dict[str, str]:
    if len(tags) > limits.TAGS_MAX:
        raise UserPoolTagging(f"Cannot have more than {limits.TAGS_MAX} tags per user pool")
    if any(name.lower().startswith("aws:") for name in tags):
        raise InvalidParameter("Tag keys starting with aws: are reserved for system use.")
    return dict(tags)


def _shown_mfa(pool: Pool) -> Answer:
    shown: Answer = {"MfaConfiguration": pool.mfa_mode, **{name: pool.mfa[name] for name in _MFA if name in pool.mfa}}
    sms = pool.settings.get("SmsConfiguration")
    if sms and (shown.get("SmsMfaConfiguration") is not None or pool.mfa_mode != "OFF"):
        shown["SmsMfaConfiguration"] = {**(shown.get("SmsMfaConfiguration") or {}), "SmsConfiguration": sms}
    return shown
