"""What Secrets Manager's operations ask IAM: the action, the secret's ARN, the condition keys.

https://docs.aws.amazon.com/service-authorization/latest/reference/list_awssecretsmanager.html
A secret that is not there is asked for by the pattern of its ARN, `NAME-??????`, as policies name secrets to come.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cloudchamber.core.service import Check
from cloudchamber.services.secretsmanager.secret import arn

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from cloudchamber.core.context import Context
    from cloudchamber.core.service import Request, Rule
    from cloudchamber.services.secretsmanager.secret import Secret
    from cloudchamber.services.secretsmanager.store import SecretsStore

Keys = dict[str, Any]

# Members of requests that are condition keys as they stand.
_MEMBER_KEYS = {
    "BlockPublicPolicy": "secretsmanager:blockpublicpolicy",
    "Description": "secretsmanager:description",
    "ForceDeleteWithoutRecovery": "secretsmanager:forcedeletewithoutrecovery",
    "ForceOverwriteReplicaSecret": "secretsmanager:forceoverwritereplicasecret",
    "KmsKeyId": "secretsmanager:kmskeyid",
    "Name": "secretsmanager:name",
    "RecoveryWindowInDays": "secretsmanager:recoverywindowindays",
    "RotateImmediately": "secretsmanager:rotateimmediately",
    "RotationLambdaARN": "secretsmanager:rotationlambdaarn",
    "SecretId": "secretsmanager:secretid",
    "VersionId": "secretsmanager:versionid",
    "VersionStage": "secretsmanager:versionstage",
}


def locate(store: SecretsStore, ctx: Context, secret_id: str) -> Secret | None:
    """The secret that a SecretId (a name, an ARN or an ARN without its end) means in the call's region."""
    if secret_id.startswith("arn:"):
        found = store.by_arn(secret_id, partial=True)
        return found if found is None or found.region == ctx.region else None
    return store.secrets.get(ctx.account, ctx.region, secret_id)


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def _request_keys(request: Request) -> Keys:
    keys: Keys = {}
    for member, value in request.items():
        name = _MEMBER_KEYS.get(member)
        if name is not None:
            keys[name] = _text(value)
    if str(request.get("KmsKeyId", "")).startswith("arn:"):
        keys["secretsmanager:kmskeyarn"] = request["KmsKeyId"]
    if request.get("AddReplicaRegions"):
        keys["secretsmanager:addreplicaregions"] = [one.get("Region", "") for one in request["AddReplicaRegions"]]
    if "RotationRules" in request:
        keys["secretsmanager:modifyrotationrules"] = "true"
    tags = request.get("Tags") or ()
    keys |= {f"aws:requesttag/{tag.get('Key', '').lower()}": tag.get("Value", "") for tag in tags}
    tag_keys = [tag.get("Key", "") for tag in tags] or list(request.get("TagKeys") or ())
    if tag_keys:
        keys["aws:tagkeys"] = tag_keys
    return keys


def _secret_keys(secret: Secret) -> Keys:
    keys: Keys = {"secretsmanager:secretprimaryregion": secret.primary_region or secret.region}
    if secret.tags:
        keys |= {f"secretsmanager:resourcetag/{name.lower()}": value for name, value in secret.tags.items()}
    if secret.rotation is not None:
        keys["secretsmanager:resource/allowrotationlambdaarn"] = secret.rotation.function_arn
    return keys


class Permissions:
    """The rules over one store, in which they look secrets up."""

    def __init__(self, store: SecretsStore) -> None:
        self._store = store

    def check(self, ctx: Context, action: str, request: Request) -> Check:
        keys, secret_id = _request_keys(request), request["SecretId"]
        secret = locate(self._store, ctx, secret_id)
        if secret is None:
            missing = secret_id if secret_id.startswith("arn:") else arn(ctx.account, ctx.region, f"{secret_id}-??????")
            return Check(f"secretsmanager:{action}", missing, keys)
        keys |= _secret_keys(secret)
        return Check(f"secretsmanager:{action}", secret.arn, keys)

    def on_secret(self, action: str) -> Rule:
        return lambda ctx, request: (self.check(ctx, action, request),)

    def rotate(self, ctx: Context, request: Request) -> Iterator[Check]:
        """Who sets a rotation function up has to have leave to invoke it."""
        yield self.check(ctx, "RotateSecret", request)
        if request.get("RotationLambdaARN"):
            yield Check("lambda:InvokeFunction", request["RotationLambdaARN"])

    def create(self, ctx: Context, request: Request) -> Iterator[Check]:
        """Tags and replicas of a new secret need leave of their own."""
        made, keys = arn(ctx.account, ctx.region, f"{request['Name']}-??????"), _request_keys(request)
        yield Check("secretsmanager:CreateSecret", made, keys)
        if request.get("Tags"):
            yield Check("secretsmanager:TagResource", made, keys)
        if request.get("AddReplicaRegions"):
            yield Check("secretsmanager:ReplicateSecretToRegions", made, keys)

    def validate(self, ctx: Context, request: Request) -> Iterator[Check]:
        if request.get("SecretId"):
            yield self.check(ctx, "ValidateResourcePolicy", request)
            yield self.check(ctx, "PutResourcePolicy", request)
        else:
            yield Check("secretsmanager:ValidateResourcePolicy")

    @staticmethod
    def batch(ctx: Context, request: Request) -> Iterator[Check]:
        """Each secret's GetSecretValue is asked for when it is read."""
        yield Check("secretsmanager:BatchGetSecretValue")
        if request.get("Filters"):
            yield Check("secretsmanager:ListSecrets")


_ON_A_SECRET = (
    "CancelRotateSecret", "DeleteResourcePolicy", "DeleteSecret", "DescribeSecret", "GetResourcePolicy",
    "GetSecretValue", "ListResourcePolicies", "ListSecretVersionIds", "PutResourcePolicy", "PutSecretValue",
    "RemoveRegionsFromReplication", "ReplicateSecretToRegions", "RestoreSecret",
    "StopReplicationToReplica", "TagResource", "UntagResource", "UpdateSecret", "UpdateSecretVersionStage",
)  # fmt: skip


def rules(store: SecretsStore) -> Mapping[str, Rule]:
    """Operation -> what it asks; GetRandomPassword and ListSecrets ask for their action on anything."""
    asks = Permissions(store)
    return {
        **{name: asks.on_secret(name) for name in _ON_A_SECRET},
        "CreateSecret": asks.create,
        "RotateSecret": asks.rotate,
        "ValidateResourcePolicy": asks.validate,
        "BatchGetSecretValue": asks.batch,
    }
