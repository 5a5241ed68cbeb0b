"""What user pool operations share: finding pools, clients and users, reading access tokens, and pages of listings."""

from __future__ import annotations

import base64
import hmac
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from cloudchamber.core.pagination import InvalidMarker, page
from cloudchamber.core.resources import Resource, links_of
from cloudchamber.core.service import Platform, Request, Rule, Service
from cloudchamber.services.cognito_idp import attributes, limits, policy
from cloudchamber.services.cognito_idp.errors import InvalidParameter, NotAuthorized, ResourceNotFound, UserNotFound
from cloudchamber.services.cognito_idp.store import UserPoolStore
from cloudchamber.storage.mailbox import Mailbox

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from cloudchamber.core.context import Context
    from cloudchamber.core.errors import AwsError, ValidationError
    from cloudchamber.services.cognito_idp.records import Client, Group, Pool, User

R = TypeVar("R")
Answer = dict[str, Any]


class CognitoBase(Service):
    name: ClassVar[str] = "cognito-idp"
    rules: Mapping[str, Rule] = policy.RULES
    # Codes are as secret as passwords: traces mask them.
    model_patch: ClassVar[Mapping[str, Any]] = {"shapes": {"ConfirmationCodeType": {"sensitive": True}}}

    def __init__(self, platform: Platform) -> None:
        super().__init__(platform)
        self.store = UserPoolStore(platform.store)
        self.mailbox = platform.store.shared(Mailbox)

    @property
    def address(self) -> str:
        """Where this cloud is for browsers and for whoever verifies tokens."""
        return self.platform.endpoint.replace("//127.0.0.1:", "//localhost:")

    # finding

    def pool(self, ctx: Context, request: Request) -> Pool:
        """The pool that a signed call names. ResourceNotFound."""
        pool_id = request["UserPoolId"]
        found = self.store.pools.get(pool_id)
        if found is None or found.account != ctx.account or found.region != ctx.region:
            raise ResourceNotFound(f"User pool {pool_id} does not exist.")
        return found

    def client_of(self, pool: Pool, client_id: str) -> Client:
        """A client of a pool. ResourceNotFound."""
        found = self.store.clients.get(client_id)
        if found is None or found.pool_id != pool.id:
            raise ResourceNotFound(f"User pool client {client_id} does not exist.")
        return found

    def entered(self, ctx: Context, client_id: str) -> tuple[Pool, Client]:
        """The client that an unsigned call names, and its pool, whose account and region the call is of from here on.

        ResourceNotFound.
        """
        client = self.store.clients.get(client_id)
        pool = None if client is None else self.store.pools.get(client.pool_id)
        if client is None or pool is None:
            raise ResourceNotFound(f"User pool client {client_id} does not exist.")
        self.settle_in(ctx, pool)
        return pool, client

    @staticmethod
    def settle_in(ctx: Context, pool: Pool) -> None:
        """A call without a signature says neither account nor region: its pool does."""
        ctx.account = ctx.span.account = pool.account
        ctx.region = ctx.span.region = pool.region

    def user(self, pool: Pool, name: str) -> User:
        """The user whom a name means: a username, a sub, or an alias. UserNotFound."""
        found = self.find_user(pool, name)
        if found is None:
            raise UserNotFound
        return found

    def find_user(self, pool: Pool, name: str) -> User | None:
        store = self.store
        found = store.users.get(pool.id, pool.fold(name)) or store.users.get(pool.id, name)
        if found is not None:
            return found
        for attribute in ("email", "phone_number", "preferred_username"):
            found = self.user_by_alias(pool, attribute, name)
            if found is not None:
                return found
        named = store.users_with(pool.id, "sub", name)
        return store.users.get(pool.id, named[0]) if named else None

    def user_by_alias(self, pool: Pool, attribute: str, value: str) -> User | None:
        """Who signs in with an attribute: as a username, or as an alias once it is verified."""
        is_name = attribute in pool.username_attributes
        if not is_name and attribute not in pool.alias_attributes:
            return None
        for user in self.store.users_of(pool.id, self.store.users_with(pool.id, attribute, value)):
            if pool.fold(user.attributes[attribute]) != pool.fold(value):
                continue
            if is_name or attribute == "preferred_username" or user.is_verified(attribute):
                return user
        return None

    def group(self, pool: Pool, name: str) -> Group:
        found = self.store.groups.get(pool.id, name)
        if found is None:
            raise ResourceNotFound("Group not found.")
        return found

    def check_secret(self, client: Client, username: str, given: str | None) -> None:
        """The SECRET_HASH of a client with a secret. NotAuthorized."""
        if not client.secret:
            if given:
                raise NotAuthorized(f"Unable to verify secret hash for client {client.id}")
            return
        if not given:
            raise NotAuthorized(f"Client {client.id} is configured with secret but SECRET_HASH was not received")
        hashes = [secret_hash(secret, username, client.id) for secret in client.secret_values]
        if not any(hmac.compare_digest(one, given.encode()) for one in hashes):
            raise NotAuthorized(f"Unable to verify secret hash for client {client.id}")

    @staticmethod
    def is_secret(client: Client, given: str | None) -> bool:
        """Whether a client's secret was given, the first or a later one."""
        values = client.secret_values
        return given is not None and any(hmac.compare_digest(one.encode(), given.encode()) for one in values)

    # answers

    @staticmethod
    def shown(user: User) -> Answer:
        """A user as listings and AdminCreateUser have it (`Attributes`)."""
        return {
            "Username": user.username, "Attributes": attributes.as_list(user.attributes),
            "UserCreateDate": user.created_at, "UserLastModifiedDate": user.changed_at, "Enabled": user.enabled,
            "UserStatus": user.status, **({"MFAOptions": list(user.mfa_options)} if user.mfa_options else {}),
        }  # fmt: skip

    # Service

    def invalid(self, error: ValidationError, request: Request) -> AwsError:
        """Cognito has a name of its own for input that breaks its model."""
        return InvalidParameter(error.message)

    def find(self, arn: str) -> Resource | None:
        parts = arn.split(":", 5)
        if len(parts) != 6 or not parts[5].startswith("userpool/"):
            return None
        pool = self.store.pools.get(parts[5].removeprefix("userpool/"))
        return None if pool is None or pool.arn != arn else _resource(pool)

    def list_resources(self, account: str | None, region: str | None) -> Iterator[Resource]:
        wanted: dict[str, Any] = {k: v for k, v in (("account", account), ("region", region)) if v is not None}
        return (_resource(pool) for pool in self.store.pools.where(**wanted))


def _resource(pool: Pool) -> Resource:
    settings = pool.settings
    triggers = (settings.get("LambdaConfig") or {}).values()
    links = links_of(
        *(one if isinstance(one, str) else one.get("LambdaArn") for one in triggers),
        (settings.get("EmailConfiguration") or {}).get("SourceArn"),
        (settings.get("SmsConfiguration") or {}).get("SnsCallerArn"),
    )
    shown = {"Id": pool.id, "MfaConfiguration": pool.mfa_mode}
    return Resource(
        pool.arn, "AWS::Cognito::UserPool", pool.name, pool.account, pool.region, pool.tags, None, links, shown
    )  # fmt: skip


def secret_hash(secret: str, username: str, client_id: str) -> bytes:
    """https://docs.aws.amazon.com/cognito/latest/developerguide/signing-up-users-in-your-app.html#cognito-user-pools-computing-secret-hash"""
    return base64.b64encode(hmac.digest(secret.encode(), (username + client_id).encode(), "sha256"))


def listed(
    request: Request, items: Sequence[R], key: Callable[[R], str], token: str = "NextToken", limit: str = "MaxResults"
) -> tuple[list[R], dict[str, str]]:
    """A page of `items` (sorted by `key`), and the member with the token of the next one. InvalidParameter."""
    size = request.get(limit)
    size = limits.LISTED_MAX if size in (None, 0) else min(int(size), limits.LISTED_MAX)
    try:
        chosen, marker = page(items, key, size, request.get(token))
    except InvalidMarker:
        raise InvalidParameter("Invalid pagination token provided.") from None
    return chosen, {} if marker is None else {token: marker}
