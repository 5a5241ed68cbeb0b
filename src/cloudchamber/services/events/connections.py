"""Connections: how HTTP endpoints are authorised. What is secret is kept in Secrets Manager, as on AWS."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import orjson

from cloudchamber.core import ids
from cloudchamber.core.errors import NotImplementedByUs
from cloudchamber.core.resources import Resource, links_of
from cloudchamber.core.service import operation
from cloudchamber.identity import principals
from cloudchamber.services.events.base import EventsBase, page, shown
from cloudchamber.services.events.errors import ResourceAlreadyExists, ResourceNotFound, ValidationException
from cloudchamber.services.events.tables import Connection

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cloudchamber.core.context import Context
    from cloudchamber.core.service import Request
    from cloudchamber.services.events import shapes

_MEMBERS = {
    "BASIC": "BasicAuthParameters", "API_KEY": "ApiKeyAuthParameters", "OAUTH_CLIENT_CREDENTIALS": "OAuthParameters",
}  # fmt: skip
_SECRETS = frozenset({"Password", "ApiKeyValue", "ClientSecret"})


class Connections(EventsBase):
    def connection(self, ctx: Context, name: str) -> Connection:
        found = self.store.connections.get(ctx.account, ctx.region, name)
        if found is None:
            raise ResourceNotFound(f"Failed to describe the connection(s). Connection '{name}' does not exist.")
        return found

    def connection_by_arn(self, arn: str) -> Connection | None:
        parts = arn.split(":", 5)
        if len(parts) != 6 or not parts[5].startswith("connection/"):
            return None
        found = self.store.connections.get(parts[4], parts[3], parts[5].split("/")[1])
        return found if found is not None and found.arn == arn else None

    def find(self, arn: str) -> Resource | None:
        found = self.connection_by_arn(arn)
        return super().find(arn) if found is None else _resource(found)

    def list_resources(self, account: str | None, region: str | None) -> Iterator[Resource]:
        yield from super().list_resources(account, region)
        wanted: dict[str, Any] = {k: v for k, v in (("account", account), ("region", region)) if v is not None}
        yield from map(_resource, self.store.connections.where(**wanted))

    @operation
    async def create_connection(
        self, ctx: Context, request: shapes.CreateConnectionRequest
    ) -> shapes.CreateConnectionResponse:
        _refuse_private(request)
        name, now = request["Name"], ctx.now()
        if self.store.connections.get(ctx.account, ctx.region, name) is not None:
            raise ResourceAlreadyExists(f"Connection {name} already exists.")
        parameters: Any = request["AuthParameters"]
        _check(request["AuthorizationType"], parameters)
        made_id = ids.uuid()
        secret = await ctx.call(
            "secretsmanager:CreateSecret", principal=principals.root(ctx.account),
            Name=f"events!connection/{name}/{made_id}", SecretString=orjson.dumps(parameters).decode(),
        )  # fmt: skip
        connection = Connection(
            ctx.account, ctx.region, name, made_id, request["AuthorizationType"], _public(parameters), secret["ARN"],
            now, now, request.get("Description") or "", kms_key=request.get("KmsKeyIdentifier") or "",
        )  # fmt: skip
        self.store.connections.put(connection)
        return _state(connection)  # type: ignore[no-any-return]

    @operation
    async def update_connection(
        self, ctx: Context, request: shapes.UpdateConnectionRequest
    ) -> shapes.UpdateConnectionResponse:
        _refuse_private(request)
        connection = self.connection(ctx, request["Name"])
        kind = request.get("AuthorizationType") or connection.kind
        given: Any = request.get("AuthParameters")
        if given is None and kind != connection.kind:
            raise ValidationException("Parameter AuthParameters is required.")
        if given is not None:
            _check(kind, given)
            await ctx.call(
                "secretsmanager:PutSecretValue", principal=principals.root(ctx.account),
                SecretId=connection.secret_arn, SecretString=orjson.dumps(given).decode(),
            )  # fmt: skip
        changed = replace(
            connection, kind=kind, parameters=connection.parameters if given is None else _public(given),
            description=request.get("Description", connection.description), modified_at=ctx.now(), state="AUTHORIZED",
        )  # fmt: skip
        self.store.connections.put(changed)
        return _state(changed) | {"LastAuthorizedTime": changed.modified_at}  # type: ignore[no-any-return]

    @operation
    async def describe_connection(
        self, ctx: Context, request: shapes.DescribeConnectionRequest
    ) -> shapes.DescribeConnectionResponse:
        found = self.connection(ctx, request["Name"])
        answer: shapes.DescribeConnectionResponse = _shown(found) | shown(
            Description=found.description, SecretArn=found.secret_arn, AuthParameters=found.parameters,
            KmsKeyIdentifier=found.kms_key,
        )  # fmt: skip
        return answer

    @operation
    async def deauthorize_connection(
        self, ctx: Context, request: shapes.DeauthorizeConnectionRequest
    ) -> shapes.DeauthorizeConnectionResponse:
        connection = self.connection(ctx, request["Name"])
        changed = replace(connection, state="DEAUTHORIZED", modified_at=ctx.now())
        self.store.connections.put(changed)
        return _state(changed)  # type: ignore[no-any-return]

    @operation
    async def delete_connection(
        self, ctx: Context, request: shapes.DeleteConnectionRequest
    ) -> shapes.DeleteConnectionResponse:
        connection = self.connection(ctx, request["Name"])
        await ctx.call(
            "secretsmanager:DeleteSecret", principal=principals.root(ctx.account), SecretId=connection.secret_arn,
            ForceDeleteWithoutRecovery=True,
        )  # fmt: skip
        self.store.connections.delete(connection.account, connection.region, connection.name)
        return _state(replace(connection, state="DELETING"))  # type: ignore[no-any-return]

    @operation
    async def list_connections(
        self, ctx: Context, request: shapes.ListConnectionsRequest
    ) -> shapes.ListConnectionsResponse:
        prefix, state = request.get("NamePrefix") or "", request.get("ConnectionState")
        own = self.store.connections.where(account=ctx.account, region=ctx.region)
        found = [one for one in own if one.name.startswith(prefix) and state in (None, one.state)]
        connections, more = page(request, lambda one: one.name, found)
        return {"Connections": [_shown(one) for one in connections], **more}  # type: ignore[typeddict-item]


def _resource(found: Connection) -> Resource:
    return Resource(
        found.arn, "AWS::Events::Connection", found.name, found.account, found.region,
        links=links_of(found.secret_arn, found.kms_key), attributes={"AuthorizationType": found.kind},
    )  # fmt: skip


def _refuse_private(request: Any) -> None:
    parameters = request.get("AuthParameters") or {}
    if request.get("InvocationConnectivityParameters") or parameters.get("ConnectivityParameters"):
        raise NotImplementedByUs("events: private connectivity exists on AWS and is not implemented in cloudchamber")


def _check(kind: str, parameters: Request) -> None:
    if not parameters.get(_MEMBERS[kind]):
        raise ValidationException(f"Parameter AuthParameters.{_MEMBERS[kind]} is required for {kind}.")


def _public(value: Any) -> Any:
    """Parameters without what is secret in them."""
    if isinstance(value, list):
        return [_public(one) for one in value]
    if not isinstance(value, dict):
        return value
    hidden = _SECRETS | ({"Value"} if value.get("IsValueSecret") else frozenset())
    return {name: _public(one) for name, one in value.items() if name not in hidden}


def _shown(connection: Connection) -> Any:
    return _state(connection) | {"Name": connection.name, "AuthorizationType": connection.kind}


def _state(connection: Connection) -> Any:
    return {
        "ConnectionArn": connection.arn, "ConnectionState": connection.state, "CreationTime": connection.created_at,
        "LastModifiedTime": connection.modified_at,
    }  # fmt: skip
