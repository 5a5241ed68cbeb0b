"""RotateSecret, CancelRotateSecret, and rotations as they run: the rotation function is invoked for each of four steps.

https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_RotateSecret.html
Secrets Manager invokes as itself, on behalf of the secret, so the function's policy decides. A rotation under way is
kept with the secret: after a restart it begins anew, which the steps have to bear, as on AWS.
"""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import orjson

from cloudchamber.core import ids
from cloudchamber.core.errors import AccessDenied, AwsError, NotImplementedByUs
from cloudchamber.core.service import operation, private_operation
from cloudchamber.identity import principals
from cloudchamber.services.secretsmanager import rotation, schedule
from cloudchamber.services.secretsmanager.base import SecretsBase
from cloudchamber.services.secretsmanager.errors import InvalidRequest
from cloudchamber.services.secretsmanager.secret import CURRENT, PENDING, Rotation, Secret

if TYPE_CHECKING:
    from cloudchamber.core.context import Context
    from cloudchamber.core.service import Request
    from cloudchamber.services.secretsmanager import shapes

log = logging.getLogger("cloudchamber.secretsmanager")
_SERVICE = principals.service("secretsmanager.amazonaws.com")


class Rotating(SecretsBase):
    async def resume(self) -> None:
        """Rotations that were under way begin anew."""
        now = self.clock.now()
        with self.platform.store.transaction():
            for secret in self.store.planned():
                if secret.rotation is not None and secret.rotation.token and not secret.rotation.attempts:
                    self.store.secrets.put(replace(secret, rotation=replace(secret.rotation, retry_at=now)))
        self.plan()

    @operation
    async def rotate_secret(self, ctx: Context, request: shapes.RotateSecretRequest) -> shapes.RotateSecretResponse:
        secret = self.writable(ctx, request)
        for member in ("ExternalSecretRotationMetadata", "ExternalSecretRotationRoleArn"):
            if request.get(member):
                raise NotImplementedByUs(f"{member} (managed external secrets) is not implemented in cloudchamber")
        was = secret.rotation
        function_arn = request.get("RotationLambdaARN") or (was.function_arn if was else "")
        if not function_arn:
            raise InvalidRequest("No Lambda rotation function ARN is associated with this secret.")
        rules = schedule.parse(request.get("RotationRules") or {}) if "RotationRules" in request else None
        if rotation.is_stuck(secret):
            self._reattempt(secret)
            raise InvalidRequest("A previous rotation isn't complete. That rotation will be reattempted.")
        await self._check_function(ctx, secret, function_arn)
        secret, now = self.again(secret), ctx.now()
        kept = rules or (was.rules if was else schedule.Rules())
        configured = Rotation(function_arn, kept, rotated_at=was.rotated_at if was else None)
        secret = replace(secret, rotation=rotation.scheduled(configured, now), changed_at=now)
        token = request.get("ClientRequestToken") or ids.uuid()
        self._begin(secret, token, is_test=not request.get("RotateImmediately", True))
        return {"ARN": secret.arn, "Name": secret.name, "VersionId": token}

    async def _check_function(self, ctx: Context, secret: Secret, function_arn: str) -> None:
        """Whether Secrets Manager may invoke the function. AccessDenied."""
        try:
            await ctx.call(
                "lambda:Invoke", principal=_SERVICE, source_arn=secret.arn, FunctionName=function_arn,
                InvocationType="DryRun",
            )  # fmt: skip
        except AwsError:
            raise AccessDenied(
                "Secrets Manager cannot invoke the specified Lambda function. Ensure that the function policy grants "
                "access to the principal secretsmanager.amazonaws.com.",
                status=400,
            ) from None

    @operation
    async def cancel_rotate_secret(
        self, ctx: Context, request: shapes.CancelRotateSecretRequest
    ) -> shapes.CancelRotateSecretResponse:
        secret = self.writable(ctx, request)
        if secret.rotation is None:
            raise InvalidRequest("Rotation is not enabled for this secret.")
        pending = secret.stages.get(PENDING) if rotation.is_stuck(secret) else None
        with self.platform.store.transaction():
            self.save(rotation.cancelled(replace(secret, changed_at=ctx.now())))
        self.plan()
        answer: shapes.CancelRotateSecretResponse = {"ARN": secret.arn, "Name": secret.name}
        if pending is not None:
            answer["VersionId"] = pending
        return answer

    # by themselves

    def come_due(self, secret: Secret, now: float) -> None:
        """Deletion at the end of the recovery window, or a rotation. Inside a transaction."""
        if secret.deletion_at is not None:
            self.store.remove(secret)
            return
        token = secret.stages[PENDING] if rotation.is_stuck(secret) else ids.uuid()
        is_test = secret.rotation is not None and secret.rotation.is_test
        self._begin(secret, token, is_test=is_test)

    def _reattempt(self, secret: Secret) -> None:
        """Try an unfinished rotation anew, unless an attempt is under way or about to come."""
        if secret.rotation is not None and secret.rotation.retry_at is None:
            self._begin(secret, secret.stages[PENDING])

    def _begin(self, secret: Secret, token: str, *, is_test: bool = False) -> None:
        """Keep that an attempt is under way, and let it run."""
        with self.platform.store.transaction():
            self.save(rotation.begun(secret, token, self.clock.now(), is_test=is_test))
        self.plan()
        place = {"Account": secret.account, "Region": secret.region, "Name": secret.name, "Token": token}
        work = self.platform.dispatcher.enter(
            _SERVICE, secret.account, secret.region, "secretsmanager:run_rotation", place
        )
        self.clock.spawn(work, f"rotation of {secret.name}")

    @private_operation
    async def run_rotation(self, ctx: Context, request: Request) -> dict[str, Any]:
        """Invoke the function step by step, and keep how it ended. `Token` is the version it is to make."""
        place, token = (request["Account"], request["Region"], request["Name"]), request["Token"]
        secret = self.store.secrets.get(*place)
        if secret is None or secret.rotation is None:
            return {}
        failure = ""
        for step in ("testSecret",) if secret.rotation.is_test else rotation.STEPS:
            failure = await self._step(ctx, secret, step, token)
            if failure:
                log.warning("rotation of %s failed in %s: %s", secret.arn, step, failure)
                break
        secret, now = self.store.secrets.get(*place), self.clock.now()
        if secret is None or secret.rotation is None or secret.rotation.token != token:
            return {"Failure": failure}  # cancelled or deleted meanwhile
        if secret.rotation.is_test:
            ended = rotation.tested(secret)
        elif failure or secret.stages.get(CURRENT) != token:
            ended = rotation.failed(secret, now)
        else:
            ended = rotation.finished(secret, now)
        with self.platform.store.transaction():
            self.save(ended)
        self.plan()
        return {"Failure": failure}

    async def _step(self, ctx: Context, secret: Secret, step: str, token: str) -> str:
        """One step of the function; what went wrong, or empty."""
        assert secret.rotation is not None
        event = {"Step": step, "SecretId": secret.arn, "ClientRequestToken": token}
        try:
            answer = await ctx.call(
                "lambda:Invoke", principal=_SERVICE, source_arn=secret.arn,
                FunctionName=secret.rotation.function_arn, InvocationType="RequestResponse",
                Payload=orjson.dumps(event),
            )  # fmt: skip
        except AwsError as error:
            return f"{error.code}: {error.message}"
        return str(answer.get("FunctionError") or "")
