"""What both APIs share: finding identities, configuration sets and templates, and pages of listings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

import orjson

from cloudchamber.core.errors import AccessDenied, AwsError
from cloudchamber.core.pagination import InvalidMarker, decode_marker, encode_marker
from cloudchamber.core.resources import Resource, links_of
from cloudchamber.core.service import Platform, Service
from cloudchamber.services.ses import addresses, errors, limits
from cloudchamber.services.ses.store import SesStore
from cloudchamber.storage.mailbox import Mailbox

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from cloudchamber.core.context import Context
    from cloudchamber.services.ses.tables import ConfigurationSet, Identity, Template

R = TypeVar("R")
_SENDS = "ses:Send"


class SesBase(Service):
    iam_prefix: ClassVar[str] = "ses"
    version: ClassVar[int]

    def __init__(self, platform: Platform) -> None:
        super().__init__(platform)
        self.store: SesStore = platform.store.shared(SesStore)
        self.mailbox: Mailbox = platform.store.shared(Mailbox)
        self.is_sandboxed = bool(platform.settings.get("ses.sandbox", False))
        self.relay_server = str(platform.settings.get("ses.relay", ""))  # "host:port"; empty for none
        self.smtp_port = int(platform.settings.get("ses.smtp_port", 0))
        self.verifies_at_once = bool(platform.settings.get("ses.auto_verify", False))

    # finding

    def address(self, text: str) -> str:
        """The bare address; InvalidParameter."""
        try:
            return addresses.checked(text)
        except addresses.InvalidAddress as fault:
            raise errors.InvalidParameter(self.version, str(fault)) from None

    def identity(self, ctx: Context, name: str) -> Identity:
        found = self.store.identities.get(ctx.account, ctx.region, addresses.folded(name))
        if found is None:
            raise errors.NoSuchIdentity(self.version, name)
        return found

    def voucher(self, account: str, region: str, address: str) -> Identity | None:
        """The verified identity that stands for an address: itself, its domain, or one above."""
        for name in addresses.identities_of(address):
            found = self.store.identities.get(account, region, name)
            if found is not None and found.verified_at is not None:
                return found
        return None

    def configuration_set(self, ctx: Context, name: str) -> ConfigurationSet:
        found = self.store.sets.get(ctx.account, ctx.region, name)
        if found is None:
            raise errors.NoSuchSet(self.version, name)
        return found

    def template(self, ctx: Context, name: str) -> Template:
        found = self.store.templates.get(ctx.account, ctx.region, name)
        if found is None:
            raise errors.NoSuchTemplate(self.version, name)
        return found

    def page(
        self, marker: str | None, limit: int, key: Callable[[R], str],
        fetch: Callable[[list[str] | None, int], Sequence[R]],
    ) -> tuple[Sequence[R], dict[str, str]]:  # fmt: skip
        """A page of `fetch(after, limit)`, and the member with the token of the next: empty on the last."""
        try:
            after = [decode_marker(marker)] if marker else None
        except InvalidMarker:
            raise errors.InvalidParameter(self.version, "Invalid NextToken.") from None
        found = fetch(after, limit + 1)
        return found[:limit], {"NextToken": encode_marker(key(found[limit - 1]))} if len(found) > limit else {}

    def listed(
        self, ctx: Context, table: Any, marker: str | None, limit: int | None
    ) -> tuple[Sequence[Any], dict[str, str]]:
        """A page of an account's records of one kind, by name."""
        return self.page(
            marker,
            limit or limits.LIST_PAGE,
            lambda record: str(record.name),
            lambda after, count: table.where(
                account=ctx.account, region=ctx.region, order="name", after=after, limit=count
            ),
        )

    # Service

    def refusal(self, ctx: Context, error: AwsError) -> AwsError:
        """SES has words of its own where sending is refused."""
        ruling = ctx.span.decision
        if ruling is None or not ruling.request.action.startswith(_SENDS):
            return error
        asked = ruling.request
        return AccessDenied(
            f"User `{ctx.principal.arn}' is not authorized to perform `{asked.action}' on resource "
            f"`{asked.resource_arn}'"
        )

    def find(self, arn: str) -> Resource | None:
        parts = arn.split(":", 5)
        if len(parts) != 6:
            return None
        kind, _, name = parts[5].partition("/")
        place = (parts[4], parts[3], name)
        if kind == "identity":
            identity = self.store.identities.get(*place)
            return None if identity is None else _identity_resource(identity)
        if kind == "configuration-set":
            found = self.store.sets.get(*place)
            return None if found is None else _set_resource(found)
        if kind == "template":
            template = self.store.templates.get(*place)
            return None if template is None else _template_resource(template)
        return None

    def list_resources(self, account: str | None, region: str | None) -> Iterator[Resource]:
        wanted: dict[str, Any] = {k: v for k, v in (("account", account), ("region", region)) if v is not None}
        yield from (_identity_resource(identity) for identity in self.store.identities.where(**wanted))
        yield from map(_set_resource, self.store.sets.where(**wanted))
        yield from map(_template_resource, self.store.templates.where(**wanted))


def _set_resource(found: ConfigurationSet) -> Resource:
    targets = (target for destination in found.destinations for target in (destination.topic, destination.bus))
    return Resource(
        found.arn, "AWS::SES::ConfigurationSet", found.name, found.account, found.region, found.tags,
        links=links_of(*targets),
    )  # fmt: skip


def _template_resource(found: Template) -> Resource:
    return Resource(found.arn, "AWS::SES::Template", found.name, found.account, found.region, found.tags)


def _identity_resource(identity: Identity) -> Resource:
    by_default = identity.configuration_set and (
        f"arn:aws:ses:{identity.region}:{identity.account}:configuration-set/{identity.configuration_set}"
    )
    return Resource(
        identity.arn, "AWS::SES::EmailIdentity", identity.name, identity.account, identity.region, identity.tags,
        _together(identity), links_of(*identity.topics.values(), by_default),
    )  # fmt: skip


def _together(identity: Identity) -> str | None:
    """An identity's sending authorization policies as one document; each has to allow or deny by itself anyway."""
    if not identity.policies:
        return None
    statements: list[Any] = []
    for text in identity.policies.values():
        found = orjson.loads(text).get("Statement", [])
        statements += found if isinstance(found, list) else [found]
    for statement in statements:
        statement.pop("Sid", None)  # unique within one policy only
    return orjson.dumps({"Version": "2012-10-17", "Statement": statements}).decode()
