"""Resource policies: AddPermission, RemovePermission, GetPolicy, and the same for layer versions.

https://docs.aws.amazon.com/lambda/latest/dg/access-control-resource-based.html
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import orjson

from cloudchamber.core import ids
from cloudchamber.core.service import Request, operation
from cloudchamber.services.lambda_ import limits
from cloudchamber.services.lambda_.base import LambdaBase, check_revision, document
from cloudchamber.services.lambda_.errors import (
    InvalidParameterValue,
    NoSuchThing,
    PolicyLengthExceeded,
    ResourceConflict,
    ResourceNotFound,
)  # fmt: skip
from cloudchamber.services.lambda_.records import Policy

if TYPE_CHECKING:
    from cloudchamber.core.context import Context
    from cloudchamber.services.lambda_ import shapes

_ACCOUNT = re.compile(r"\d{12}")
_SERVICE = re.compile(r"[a-z0-9.-]+\.amazon(aws)?\.com(\.cn)?")


class Permissions(LambdaBase):
    @operation
    async def add_permission(self, ctx: Context, request: shapes.AddPermissionRequest) -> shapes.AddPermissionResponse:
        name = self.qualified(ctx, request)
        statement: dict[str, Any] = {
            "Sid": request["StatementId"], "Effect": "Allow", "Principal": _principal(request["Principal"]),
            "Action": request["Action"], "Resource": name.qualified_arn,
        }  # fmt: skip
        conditions = _conditions(request)
        if conditions:
            statement["Condition"] = conditions
        self._add(name.qualified_arn, statement, request)
        return {"Statement": orjson.dumps(statement).decode()}

    def _add(self, arn: str, statement: dict[str, Any], request: Request) -> Policy:
        known = self.store.policies.get(arn)
        statements = [] if known is None else known.statements
        if known is not None:
            check_revision(request, known.revision)
        if any(other["Sid"] == statement["Sid"] for other in statements):
            raise ResourceConflict(
                f"The statement id ({statement['Sid']}) provided already exists. Please provide a new statement id, or "
                "remove the existing statement."
            )
        statements = [*statements, statement]
        size = len(document(statements))
        if size > limits.POLICY_BYTES_MAX:
            raise PolicyLengthExceeded(
                f"The final policy size ({size}) is bigger than the limit ({limits.POLICY_BYTES_MAX})."
            )
        return self.store.policies.put(Policy(arn, statements, ids.uuid()))

    @operation
    async def remove_permission(self, ctx: Context, request: shapes.RemovePermissionRequest) -> dict[str, Any]:
        self._remove(self.qualified(ctx, request).qualified_arn, request)
        return {}

    def _remove(self, arn: str, request: Request) -> None:
        known, statement_id = self.store.policies.get(arn), request["StatementId"]
        if known is None:
            raise NoSuchThing
        check_revision(request, known.revision)
        left = [statement for statement in known.statements if statement["Sid"] != statement_id]
        if len(left) == len(known.statements):
            raise ResourceNotFound(f"Statement {statement_id} is not found in resource policy.")
        if left:
            self.store.policies.put(Policy(arn, left, ids.uuid()))
        else:
            self.store.policies.delete(arn)

    @operation
    async def get_policy(self, ctx: Context, request: shapes.GetPolicyRequest) -> shapes.GetPolicyResponse:
        return self._policy(self.qualified(ctx, request).qualified_arn)  # type: ignore[no-any-return]

    def _policy(self, arn: str) -> Any:
        known = self.store.policies.get(arn)
        if known is None:
            raise NoSuchThing
        return {"Policy": document(known.statements), "RevisionId": known.revision}

    # layers

    @operation
    async def add_layer_version_permission(
        self, ctx: Context, request: shapes.AddLayerVersionPermissionRequest
    ) -> shapes.AddLayerVersionPermissionResponse:
        arn = self.layer_arn(ctx, request)
        statement: dict[str, Any] = {
            "Sid": request["StatementId"], "Effect": "Allow", "Principal": _principal(request["Principal"]),
            "Action": request["Action"], "Resource": arn,
        }  # fmt: skip
        if request.get("OrganizationId"):
            statement["Condition"] = {"StringEquals": {"aws:PrincipalOrgID": request["OrganizationId"]}}
        added = self._add(arn, statement, request)
        return {"Statement": orjson.dumps(statement).decode(), "RevisionId": added.revision}

    @operation
    async def remove_layer_version_permission(
        self, ctx: Context, request: shapes.RemoveLayerVersionPermissionRequest
    ) -> dict[str, Any]:
        self._remove(self.layer_arn(ctx, request), request)
        return {}

    @operation
    async def get_layer_version_policy(
        self, ctx: Context, request: shapes.GetLayerVersionPolicyRequest
    ) -> shapes.GetLayerVersionPolicyResponse:
        return self._policy(self.layer_arn(ctx, request))  # type: ignore[no-any-return]

    def layer_arn(self, ctx: Context, request: Request) -> str:
        """The ARN of a layer version that exists. ResourceNotFoundException."""
        name = request["LayerName"]
        base = name if name.startswith("arn:") else f"arn:aws:lambda:{ctx.region}:{ctx.account}:layer:{name}"
        arn = f"{base}:{request['VersionNumber']}"
        if self.layer_by_arn(arn) is None:
            raise NoSuchThing
        return arn


def _principal(text: str) -> Any:
    """A service, an account, an ARN of IAM, or everybody."""
    if text == "*":
        return "*"
    if _ACCOUNT.fullmatch(text):
        return {"AWS": f"arn:aws:iam::{text}:root"}
    if text.startswith("arn:"):
        return {"AWS": text}
    if _SERVICE.fullmatch(text):
        return {"Service": text}
    raise InvalidParameterValue("The provided principal was invalid. Please check the principal and try again.")


def _conditions(request: Request) -> dict[str, Any]:
    equal, conditions = {}, {}
    for member, key in (("SourceAccount", "AWS:SourceAccount"), ("PrincipalOrgID", "aws:PrincipalOrgID"),
                        ("EventSourceToken", "lambda:EventSourceToken"),
                        ("FunctionUrlAuthType", "lambda:FunctionUrlAuthType")):  # fmt: skip
        if request.get(member):
            equal[key] = request[member]
    if equal:
        conditions["StringEquals"] = equal
    if request.get("SourceArn"):
        conditions["ArnLike"] = {"AWS:SourceArn": request["SourceArn"]}
    if request.get("InvokedViaFunctionUrl") is not None:
        conditions["Bool"] = {"lambda:InvokedViaFunctionUrl": str(request["InvokedViaFunctionUrl"]).lower()}
    return conditions
