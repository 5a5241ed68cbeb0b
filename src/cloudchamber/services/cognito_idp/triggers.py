"""Lambda triggers: a pool's functions are asked at their moments, and what they answer is checked.

They are invoked as `cognito-idp.amazonaws.com` on behalf of the pool: the function's policy has to allow it.
https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-identity-pools-working-with-aws-lambda-triggers.html
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import orjson

from cloudchamber.core.errors import AwsError
from cloudchamber.identity import principals
from cloudchamber.services.cognito_idp.claims import identities_attribute
from cloudchamber.services.cognito_idp.errors import InvalidLambdaResponse, UnexpectedLambda, UserLambdaValidation
from cloudchamber.services.cognito_idp.signing_keys import SigningKeys

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cloudchamber.core.context import Context
    from cloudchamber.services.cognito_idp.records import Pool, User

SERVICE: Final = principals.service("cognito-idp.amazonaws.com")
_SDK: Final = "aws-sdk-unknown-unknown"


@dataclass(frozen=True, slots=True)
class Occasion:
    """When a function is asked: its trigger, the source that the event names, and of whom it is."""

    trigger: str  # PreSignUp
    source: str  # PreSignUp_SignUp
    username: str | None
    client_id: str = "CLIENT_ID_NOT_APPLICABLE"
    version: str = "1"
    response: Mapping[str, Any] = field(default_factory=dict)  # what the event's response holds before the function


def user_attributes(user: User) -> dict[str, str]:
    """A user as events show them."""
    shown = dict(user.attributes)
    if user.status:
        shown["cognito:user_status"] = user.status
    if user.identities:
        shown["identities"] = identities_attribute(user)
    return shown


class Triggers(SigningKeys):
    async def ask(
        self, ctx: Context, pool: Pool, occasion: Occasion, request: Mapping[str, Any]
    ) -> dict[str, Any] | None:
        """The `response` of a trigger's function; None where the pool has no function for it.

        UserLambdaValidation if the function fails, UnexpectedLambda if it cannot be invoked, InvalidLambdaResponse.
        """
        function = pool.trigger(occasion.trigger)
        if not function:
            return None
        name = occasion.trigger.removesuffix("Config")
        event = {
            "version": occasion.version, "triggerSource": occasion.source, "region": pool.region,
            "userPoolId": pool.id, **({} if occasion.username is None else {"userName": occasion.username}),
            "callerContext": {"awsSdkVersion": _SDK, "clientId": occasion.client_id},
            "request": request, "response": occasion.response,
        }  # fmt: skip
        try:
            answer = await ctx.call(
                "lambda:Invoke", principal=SERVICE, region=pool.region, source_arn=pool.arn, FunctionName=function,
                InvocationType="RequestResponse", Payload=orjson.dumps(event),
            )  # fmt: skip
        except AwsError as error:
            raise UnexpectedLambda(f"{name} invocation failed due to error {_code(error)}.") from None
        return _response(name, bool(answer.get("FunctionError")), answer.get("Payload"))


def _code(error: AwsError) -> str:
    return f"{error.code}Exception" if error.code == "AccessDenied" else error.code


def _response(name: str, failed: bool, payload: Any) -> dict[str, Any]:
    raw = payload.read() if hasattr(payload, "read") else payload
    try:
        found = orjson.loads(raw or b"null")
    except orjson.JSONDecodeError:
        raise InvalidLambdaResponse("Unrecognizable lambda output") from None
    if failed:
        message = found.get("errorMessage") if isinstance(found, dict) else None
        raise UserLambdaValidation(f"{name} failed with error {message or 'Unknown error'}.")
    response = found.get("response") if isinstance(found, dict) else None
    if not isinstance(response, dict):
        raise InvalidLambdaResponse("Unrecognizable lambda output")
    return response
