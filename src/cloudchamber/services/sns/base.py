"""What SNS's operations share: finding topics and subscriptions by ARN, and pages of listings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from cloudchamber.core.arn import Arn
from cloudchamber.core.pagination import InvalidMarker, decode_marker, encode_marker
from cloudchamber.core.resources import Resource, links_of
from cloudchamber.core.service import Platform, Request, Rule, Service
from cloudchamber.services.sns import limits, policy
from cloudchamber.services.sns.errors import InvalidParameter, NoSuchSubscription, NoSuchTopic, NotFound
from cloudchamber.services.sns.signing import Signer
from cloudchamber.services.sns.store import SnsStore
from cloudchamber.storage.mailbox import Mailbox

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from cloudchamber.core.context import Context
    from cloudchamber.services.sns.subscription import Subscription
    from cloudchamber.services.sns.tables import Application, Endpoint
    from cloudchamber.services.sns.topic import Topic

R = TypeVar("R")
# SNS has a name of its own for IAM's refusals.
_REFUSAL = {"type": "structure", "members": {}, "exception": True,
            "error": {"code": "AuthorizationError", "httpStatusCode": 403, "senderFault": True}}  # fmt: skip
SUBSCRIPTION_PARTS = 7


class SnsBase(Service):
    name: ClassVar[str] = "sns"
    model_patch: ClassVar[Mapping[str, Any]] = {"shapes": {"AccessDenied": _REFUSAL}}
    rules: Mapping[str, Rule] = policy.RULES
    takes_anonymous: ClassVar[bool] = True  # confirming and unsubscribing by a link; a topic policy may open the rest

    def __init__(self, platform: Platform) -> None:
        super().__init__(platform)
        self.store = SnsStore(platform.store)
        self.signer = Signer(platform.store)
        self.mailbox = platform.store.shared(Mailbox)

    def signing_certificate(self, path: str) -> bytes | None:
        """The certificate that the SigningCertURL of a message names, in PEM."""
        return self.signer.certificate(path)

    # finding

    def topic(self, ctx: Context, arn: str, parameter: str = "TopicArn") -> Topic:
        """InvalidParameter for what is no topic's ARN, NotFound where there is none."""
        parsed = parsed_arn(arn, parameter)
        if parsed.service != "sns" or not parsed.account or ":" in parsed.resource or "/" in parsed.resource:
            raise InvalidParameter(parameter)
        if parsed.region != ctx.region and ctx.principal.kind != "anonymous":  # a link's request names no region
            raise InvalidParameter(parameter)
        found = self.store.topics.get(parsed.account, parsed.region, parsed.resource)
        if found is None:
            raise NoSuchTopic
        return found

    def topic_by_arn(self, arn: str) -> Topic | None:
        parts = arn.split(":", 5)
        return self.store.topics.get(parts[4], parts[3], parts[5]) if len(parts) == 6 else None

    def subscription(self, arn: str) -> Subscription:
        """InvalidParameter for what is no subscription's ARN, NotFound where there is none."""
        check_subscription_arn(arn)
        found = self.store.subscriptions.get(arn)
        if found is None:
            raise NoSuchSubscription
        return found

    def application(self, arn: str, parameter: str = "PlatformApplicationArn") -> Application:
        parts = parsed_arn(arn, parameter).resource.split("/")
        if len(parts) != 3 or parts[0] != "app":
            raise InvalidParameter(parameter)
        account, region = arn.split(":")[4], arn.split(":")[3]
        found = self.store.applications.get(account, region, parts[1], parts[2])
        if found is None:
            raise NotFound("PlatformApplication does not exist")
        return found

    def endpoint(self, arn: str, parameter: str = "EndpointArn") -> Endpoint:
        parts = parsed_arn(arn, parameter).resource.split("/")
        if len(parts) != 4 or parts[0] != "endpoint":
            raise InvalidParameter(parameter)
        found = self.store.endpoints.get(arn)
        if found is None:
            raise NotFound("Endpoint does not exist")
        return found

    # Service

    def find(self, arn: str) -> Resource | None:
        if arn.count(":") == SUBSCRIPTION_PARTS - 1:
            subscription = self.store.subscriptions.get(arn)
            return None if subscription is None else _subscription_resource(subscription)
        topic = self.topic_by_arn(arn)
        return None if topic is None else _topic_resource(topic)

    def resource_policy(self, arn: str) -> str | None:
        topic = self.topic_by_arn(arn)
        return None if topic is None else topic.own_policy

    def list_resources(self, account: str | None, region: str | None) -> Iterator[Resource]:
        wanted: dict[str, Any] = {k: v for k, v in (("account", account), ("region", region)) if v is not None}
        yield from map(_topic_resource, self.store.topics.where(**wanted))
        yield from map(_subscription_resource, self.store.subscriptions.where(**wanted))


def _topic_resource(topic: Topic) -> Resource:
    return Resource(
        topic.arn, "AWS::SNS::Topic", topic.name, topic.account, topic.region, topic.tags, topic.own_policy,
        attributes=topic.attributes,
    )  # fmt: skip


def _subscription_resource(subscription: Subscription) -> Resource:
    """A wire: from the topic to an endpoint that is a resource, and on to where messages go that it does not take."""
    reached = (subscription.endpoint, subscription.dead_letter_arn) if subscription.state == "confirmed" else ()
    return Resource(
        subscription.arn, "AWS::SNS::Subscription", subscription.arn.rpartition(":")[2], subscription.account,
        subscription.region, links=links_of(subscription.topic_arn, *reached),
        attributes={"Protocol": subscription.protocol, **subscription.attributes},
    )  # fmt: skip


def parsed_arn(text: str, parameter: str) -> Arn:
    """InvalidParameter for what has not the form of an ARN."""
    elements = text.split(":")
    if len(elements) < 6:
        raise InvalidParameter(f"{parameter} Reason: An ARN must have at least 6 elements, not {len(elements)}")
    try:
        return Arn.parse(text)
    except ValueError:
        raise InvalidParameter(f"{parameter} Reason: The ARN is malformed") from None


def check_subscription_arn(arn: str) -> None:
    parsed = parsed_arn(arn, "SubscriptionArn")
    if parsed.service != "sns":
        raise InvalidParameter("SubscriptionArn")
    if ":" not in parsed.resource:
        raise InvalidParameter("SubscriptionId")


def page(
    request: Request, key: Callable[[R], str], fetch: Callable[[list[str] | None, int], Sequence[R]],
    token: str = "NextToken",
) -> tuple[Sequence[R], dict[str, str]]:  # fmt: skip
    """A page of `fetch(after, limit)`, and the member with the token of the next: empty on the last."""
    marker = request.get(token)
    try:
        after = [decode_marker(marker)] if marker else None
    except InvalidMarker:
        raise InvalidParameter(token) from None
    limit = request.get("MaxResults") or limits.LIST_PAGE
    found = fetch(after, limit + 1)
    return found[:limit], {token: encode_marker(key(found[limit - 1]))} if len(found) > limit else {}
