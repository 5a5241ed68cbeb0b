"""What KMS operations ask IAM: the action, the key's ARN, the condition keys, and whether a grant allows it.

Only the key policy opens a key; where it names the account, IAM policies decide; a grant allows beside both, and an
explicit deny refuses in spite of it.
https://docs.aws.amazon.com/kms/latest/developerguide/kms-api-permissions-reference.html
https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from cloudchamber.core.arn import account_of
from cloudchamber.core.errors import AccessDenied, ValidationError
from cloudchamber.core.service import Check
from cloudchamber.services.kms import managed
from cloudchamber.services.kms.ciphertext import take_apart
from cloudchamber.services.kms.grant import names_of
from cloudchamber.services.kms.specs import ENCRYPT, SYMMETRIC

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from cloudchamber.core.context import Context
    from cloudchamber.core.service import Request, Rule
    from cloudchamber.services.kms.key import Key
    from cloudchamber.services.kms.keyring import Keyring, Located

Keys = dict[str, Any]

# Members of requests that are condition keys as they stand.
_MEMBER_KEYS = {
    "BypassPolicyLockoutSafetyCheck": "kms:bypasspolicylockoutsafetycheck",
    "EncryptionAlgorithm": "kms:encryptionalgorithm",
    "ExpirationModel": "kms:expirationmodel",
    "KeyAgreementAlgorithm": "kms:keyagreementalgorithm",
    "KeyPairSpec": "kms:datakeypairspec",
    "MacAlgorithm": "kms:macalgorithm",
    "MessageType": "kms:messagetype",
    "PendingWindowInDays": "kms:schedulekeydeletionpendingwindowindays",
    "PrimaryRegion": "kms:primaryregion",
    "ReplicaRegion": "kms:replicaregion",
    "RotationPeriodInDays": "kms:rotationperiodindays",
    "SigningAlgorithm": "kms:signingalgorithm",
    "ValidTo": "kms:validto",
    "WrappingAlgorithm": "kms:wrappingalgorithm",
    "WrappingKeySpec": "kms:wrappingkeyspec",
}
_DEFAULTS = {"kms:messagetype": ("RAW", ("Sign", "Verify"))}
UNKNOWN_KEY = (
    "The ciphertext refers to a customer master key that does not exist, does not exist in this region, or you are not "
    "allowed to access."
)


def refused(ctx: Context, action: str, arn: str) -> AccessDenied:
    return AccessDenied(
        f"User: {ctx.principal.arn} is not authorized to perform: {action} on resource: {arn} because no "
        f"resource-based policy allows the {action} action"
    )


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def _iso(at: float) -> str:
    """ISO 8601, for the date operators of conditions; ValidationError for what is no date."""
    try:
        return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    except (ValueError, OverflowError, OSError):
        raise ValidationError("The validTo date must be in the future, within 365 days.") from None


def _context_keys(pairs: Mapping[str, str] | None) -> Keys:
    if not pairs:
        return {}
    keys: Keys = {f"kms:encryptioncontext:{name.lower()}": value for name, value in pairs.items()}
    keys["kms:encryptioncontextkeys"] = list(pairs)
    return keys


def _tag_keys(request: Request) -> Keys:
    tags = request.get("Tags") or ()
    names = [tag["TagKey"] for tag in tags] or list(request.get("TagKeys") or ())
    if not names:
        return {}
    return {**{f"aws:requesttag/{tag['TagKey'].lower()}": tag["TagValue"] for tag in tags}, "aws:tagkeys": names}


def _request_keys(operation: str, request: Request) -> Keys:
    keys: Keys = {}
    for member, value in request.items():
        name = _MEMBER_KEYS.get(member)
        if name is not None:
            keys[name] = _text(value)
    if "kms:validto" in keys:
        keys["kms:validto"] = _iso(request["ValidTo"])
    for name, (value, operations) in _DEFAULTS.items():
        if operation in operations:
            keys.setdefault(name, value)
    return keys


def _grant_keys(request: Request) -> Keys:
    constraints: Mapping[str, Any] = request.get("Constraints") or {}
    keys: Keys = {"kms:grantoperations": list(request["Operations"])}
    for name in ("GranteePrincipal", "RetiringPrincipal", "GranteeServicePrincipal", "RetiringServicePrincipal"):
        if request.get(name):
            keys[f"kms:{name.lower()}"] = request[name]
    kinds = [name for name in ("EncryptionContextEquals", "EncryptionContextSubset") if constraints.get(name)]
    if kinds:
        keys["kms:grantconstrainttype"] = kinds
        for kind in kinds:
            keys.update(_context_keys(constraints[kind]))
    return keys


def _caller_keys(ctx: Context) -> Keys:
    keys: Keys = {"kms:calleraccount": ctx.principal.account}
    is_service = ctx.principal.kind == "service"
    if ctx.via and not is_service:
        keys["kms:viaservice"] = managed.via_service(ctx.via, ctx.region)
    keys["kms:grantisforawsresource"] = _text(bool(ctx.via) or is_service)
    return keys


class Permissions:
    """The rules of one KMS; they look keys up in its keyring."""

    def __init__(self, keyring: Keyring) -> None:
        self._keyring = keyring

    def check(self, ctx: Context, operation: str, located: Located, more: Keys | None = None) -> Check:
        """The question whether the caller may do `operation` to a key; `more` are condition keys.

        A key that does not exist has no policy: who has IAM's leave goes on and is told by the handler.
        """
        action, key = f"kms:{operation}", located.key
        if key is None:
            return Check(action, located.arn, more)
        is_through = not key.managed_for or ctx.via == managed.service_of(key.managed_for)
        if not is_through and not managed.is_open_to_the_account(action):
            raise refused(ctx, action, key.arn)
        keys = self._key_keys(ctx, key)
        if located.alias:
            keys["kms:requestalias"] = located.alias
        if more:
            keys.update(more)
        return Check(action, key.arn, keys, resource_decides=True)

    def _key_keys(self, ctx: Context, key: Key) -> Keys:
        keys = _caller_keys(ctx)
        keys["kms:keyspec"] = keys["kms:customermasterkeyspec"] = key.spec
        keys["kms:keyusage"] = keys["kms:customermasterkeyusage"] = key.usage
        keys["kms:keyorigin"] = key.origin
        keys["kms:multiregion"] = _text(key.is_multi_region)
        if key.is_multi_region:
            keys["kms:multiregionkeytype"] = "PRIMARY" if key.is_primary else "REPLICA"
        names = self._keyring.store.names_of(key)
        if names:
            keys["kms:resourcealiases"] = names
        return keys

    def use(self, ctx: Context, operation: str, located: Located, request: Keys) -> Check:
        """The question of an operation that a grant can allow. `request` has its members and `EncryptionContext`."""
        context = request.get("EncryptionContext")
        more = _request_keys(operation, request)
        if context:
            more.update(_context_keys(context))
        key = located.key
        if key is not None and key.usage == ENCRYPT and operation != "DescribeKey":
            more.setdefault("kms:encryptionalgorithm", SYMMETRIC)
        check = self.check(ctx, operation, located, more)
        granted_by = "" if key is None else self._grant(ctx, operation, key, context)
        return Check(check.action, check.resource, check.keys, check.resource_decides, granted_by=granted_by)

    def _grant(self, ctx: Context, operation: str, key: Key, context: Mapping[str, str] | None) -> str:
        grants = self._keyring.store.grants_on(key)
        if grants:
            for name in names_of(ctx.principal, ctx.region):
                for grant in grants.get(name, ()):
                    if grant.allows(operation, context, ctx.source_arn):
                        return f"grant {grant.id}"
        return ""

    # rules

    def using(self, operation: str) -> Rule:
        """A rule for what a grant can allow, other accounts too; the key may be named by an alias."""

        def rule(ctx: Context, request: Request) -> Iterator[Check]:
            located = self._keyring.locate(ctx, request["KeyId"], aliases=True)
            yield self.use(ctx, operation, located, dict(request))

        return rule

    def managing(self, operation: str, *, shared: bool = False) -> Rule:
        """A rule for what is done to a key by its own account (`shared`: by others too)."""

        def rule(ctx: Context, request: Request) -> Iterator[Check]:
            located = self._keyring.locate(ctx, request["KeyId"])
            if not shared:
                _own(ctx, operation, located.arn)
            yield self.check(ctx, operation, located, _request_keys(operation, request) | _tag_keys(request))

        return rule

    def opening(self, ctx: Context, operation: str, named: str | None, request: Keys) -> Check:
        """The question of Decrypt and ReEncryptFrom: the key is named, or the ciphertext says which it is."""
        if named is not None:
            return self.use(ctx, operation, self._keyring.locate(ctx, named, aliases=True), request)
        blob = request.get("CiphertextBlob")
        if blob is None or request.get("EncryptionAlgorithm", SYMMETRIC) != SYMMETRIC:
            return Check(f"kms:{operation}")  # the handler will refuse it
        sealed = take_apart(blob)
        located = self._keyring.locate_id(ctx, sealed.account, sealed.key_id)
        if located.key is None:
            raise AccessDenied(UNKNOWN_KEY)
        return self.use(ctx, operation, located, request)

    def decrypt(self, ctx: Context, request: Request) -> Iterator[Check]:
        yield self.opening(ctx, "Decrypt", request.get("KeyId"), dict(request))

    def re_encrypt(self, ctx: Context, request: Request) -> Iterator[Check]:
        """Two questions: of the key that opens, and of the one that seals."""
        source: Keys = {"CiphertextBlob": request.get("CiphertextBlob")}
        target: Keys = {}
        for side, members in (("Source", source), ("Destination", target)):
            for member in ("EncryptionContext", "EncryptionAlgorithm"):
                if request.get(side + member):
                    members[member] = request[side + member]
        out = self.opening(ctx, "ReEncryptFrom", request.get("SourceKeyId"), source)
        located = self._keyring.locate(ctx, request["DestinationKeyId"], aliases=True)
        into = self.use(ctx, "ReEncryptTo", located, target)
        same = {"kms:reencryptonsamekey": _text(out.resource == into.resource)}
        for check in (out, into):
            keys = {**(check.keys or {}), **same}
            yield Check(check.action, check.resource, keys, check.resource_decides, granted_by=check.granted_by)

    @staticmethod
    def create_key(ctx: Context, request: Request) -> Iterator[Check]:
        keys = _caller_keys(ctx) | _request_keys("CreateKey", request) | _tag_keys(request)
        spec = request.get("KeySpec") or request.get("CustomerMasterKeySpec") or SYMMETRIC
        keys["kms:keyspec"] = keys["kms:customermasterkeyspec"] = spec
        keys["kms:keyusage"] = keys["kms:customermasterkeyusage"] = request.get("KeyUsage") or ENCRYPT
        keys["kms:keyorigin"] = request.get("Origin") or "AWS_KMS"
        keys["kms:multiregion"] = _text(bool(request.get("MultiRegion")))
        yield Check("kms:CreateKey", "*", keys)
        if request.get("Tags"):
            yield Check("kms:TagResource", "*", keys)

    def replicate_key(self, ctx: Context, request: Request) -> Iterator[Check]:
        """The replica is made in the other Region, which IAM has to allow there."""
        yield from self.managing("ReplicateKey")(ctx, request)
        yield Check("kms:CreateKey", "*", _caller_keys(ctx) | _tag_keys(request))
        if request.get("Tags"):
            yield Check("kms:TagResource", "*", _caller_keys(ctx) | _tag_keys(request))

    def update_primary_region(self, ctx: Context, request: Request) -> Iterator[Check]:
        yield from self.managing("UpdatePrimaryRegion")(ctx, request)
        primary = self._keyring.locate(ctx, request["KeyId"]).key
        if primary is not None:
            replica = self._keyring.in_region(primary, request["PrimaryRegion"])
            if replica.key is not None:
                yield self.check(ctx, "UpdatePrimaryRegion", replica, _request_keys("UpdatePrimaryRegion", request))

    def create_grant(self, ctx: Context, request: Request) -> Iterator[Check]:
        located = self._keyring.locate(ctx, request["KeyId"])
        check = self.check(ctx, "CreateGrant", located, _grant_keys(request))
        granted_by = ""
        if located.key is not None and self._keyring.parents(ctx, located.key, request):
            granted_by = "a grant that allows CreateGrant"
        yield Check(check.action, check.resource, check.keys, check.resource_decides, granted_by=granted_by)

    def retire_grant(self, ctx: Context, request: Request) -> Iterator[Check]:
        """Whom the grant itself names needs no more; others need leave by policy."""
        found = self._keyring.grant_to_retire(ctx, request)
        if found is None:
            yield Check("kms:RetireGrant")
            return
        principal = ctx.principal
        mine = names_of(principal, ctx.region)
        if found.retiring in mine or (found.grantee in mine and "RetireGrant" in found.operations):
            return
        if principal.kind == "root" and found.issuer == principal.arn:
            return
        located = self._keyring.locate_id(ctx, found.account, found.key_id)
        yield self.check(ctx, "RetireGrant", located)

    def alias(self, operation: str) -> Rule:
        """Aliases ask twice: of the alias (IAM only), and of each key it points or will point to."""

        def rule(ctx: Context, request: Request) -> Iterator[Check]:
            name = request["AliasName"]
            arn = f"arn:aws:kms:{ctx.region}:{ctx.account}:{name}"
            yield Check(f"kms:{operation}", arn, _caller_keys(ctx))
            known = self._keyring.store.aliases.get(ctx.account, ctx.region, name)
            if known is not None and operation != "CreateAlias":
                yield self.check(ctx, operation, self._keyring.locate_id(ctx, known.account, known.key_id))
            if operation != "DeleteAlias":
                located = self._keyring.locate(ctx, request["TargetKeyId"])
                _own(ctx, operation, located.arn)
                yield self.check(ctx, operation, located)

        return rule


def _own(ctx: Context, operation: str, arn: str) -> None:
    """AccessDenied for another account's key, whatever its policy says."""
    if account_of(arn) != (ctx.principal.account or ctx.account):
        raise refused(ctx, f"kms:{operation}", arn)


def _anywhere(operation: str) -> Rule:
    return lambda ctx, request: (Check(f"kms:{operation}", "*", _caller_keys(ctx)),)


_USING = (
    "Decapsulate", "DeriveSharedSecret", "DescribeKey", "Encapsulate", "Encrypt", "GenerateDataKey",
    "GenerateDataKeyPair", "GenerateDataKeyPairWithoutPlaintext", "GenerateDataKeyWithoutPlaintext", "GenerateMac",
    "GetPublicKey", "Sign", "Verify", "VerifyMac",
)  # fmt: skip
_MANAGING = (
    "CancelKeyDeletion", "DeleteImportedKeyMaterial", "DisableKey", "DisableKeyRotation", "EnableKey",
    "EnableKeyRotation", "GetKeyPolicy", "GetParametersForImport", "ImportKeyMaterial",
    "ListKeyPolicies", "ListKeyRotations", "ListResourceTags", "PutKeyPolicy", "RotateKeyOnDemand",
    "ScheduleKeyDeletion", "TagResource", "UntagResource", "UpdateKeyDescription",
)  # fmt: skip


def rules(keyring: Keyring) -> Mapping[str, Rule]:
    """Operation -> what it asks."""
    asks = Permissions(keyring)
    special: dict[str, Callable[[Context, Request], Iterator[Check]]] = {
        "CreateKey": asks.create_key,
        "Decrypt": asks.decrypt,
        "ReEncrypt": asks.re_encrypt,
        "ReplicateKey": asks.replicate_key,
        "UpdatePrimaryRegion": asks.update_primary_region,
        "CreateGrant": asks.create_grant,
        "RetireGrant": asks.retire_grant,
    }
    return {
        **special,
        **{name: asks.using(name) for name in _USING},
        **{name: asks.managing(name) for name in _MANAGING},
        **{name: asks.managing(name, shared=True) for name in ("GetKeyRotationStatus", "ListGrants", "RevokeGrant")},
        **{name: asks.alias(name) for name in ("CreateAlias", "DeleteAlias", "UpdateAlias")},
        **{name: _anywhere(name) for name in ("GenerateRandom", "ListAliases", "ListKeys", "ListRetirableGrants")},
    }
