"""How a message reaches an endpoint of each protocol. One attempt each; what follows a failure is `jobs.py`'s.

Queues and functions are called as `sns.amazonaws.com` on the topic's behalf, so their own policies decide. Mails, texts
and pushes go to the mailbox, in the transaction that ends their delivery.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cloudchamber.core import ids
from cloudchamber.core.context import INTERNAL
from cloudchamber.core.errors import AwsError, NotImplementedByUs
from cloudchamber.core.spans import Span
from cloudchamber.identity import principals
from cloudchamber.services.sns import envelope, limits, retries
from cloudchamber.services.sns.base import SnsBase
from cloudchamber.services.sns.subscription import parsed_queue
from cloudchamber.storage import mailbox

if TYPE_CHECKING:
    from cloudchamber.core.arn import Arn
    from cloudchamber.core.context import Context
    from cloudchamber.core.service import Platform
    from cloudchamber.services.sns.message import Published
    from cloudchamber.services.sns.subscription import Subscription
    from cloudchamber.services.sns.tables import Delivery, Endpoint
    from cloudchamber.services.sns.topic import Topic

SNS = principals.service("sns.amazonaws.com")
AGENT = "Amazon Simple Notification Service Agent"
MAIL_SENDER = "no-reply@sns.amazonaws.com"
_THROTTLES = frozenset({"OverLimit", "RequestThrottled", "RequestTimeout", "Throttling", "ThrottlingException",
                        "TooManyRequestsException"})  # fmt: skip
_TOO_MANY_REQUESTS = 429


class Undelivered(Exception):
    """An attempt that failed. `is_final` for what AWS counts as the client's error, which no retry would mend."""

    def __init__(self, reason: str, is_final: bool) -> None:
        super().__init__(reason)
        self.is_final = is_final


@dataclass(frozen=True, slots=True)
class Job:
    """A delivery with all that it takes."""

    delivery: Delivery
    message: Published
    subscription: Subscription
    topic: Topic


class Channels(SnsBase):
    def __init__(self, platform: Platform) -> None:
        super().__init__(platform)
        self._clients: dict[str, Any] = {}

    async def attempt(self, job: Job) -> mailbox.Message | None:
        """Deliver once; what is left for the mailbox, if anything. Undelivered."""
        protocol = job.subscription.protocol
        if protocol == "sqs":
            await self.to_queue(job, job.subscription.endpoint)
        elif protocol in ("http", "https"):
            await self._to_url(job)
        elif protocol == "lambda":
            await self._to_function(job)
        elif protocol == "sms":
            return self._text_message(job)
        elif protocol == "application":
            return self._push(job)
        else:
            return self._mail(job)
        return None

    def wrapped(self, job: Job) -> dict[str, str]:
        """The members of the message's JSON, signed."""
        version, now = job.topic.signature_version, self.clock.now()
        return envelope.members(
            job.message, job.subscription, version, lambda text: self.signer.sign(text, version, now)
        )  # fmt: skip

    def body(self, job: Job) -> str:
        is_raw = job.subscription.is_raw and job.message.kind == "Notification"
        return (
            job.message.text_for(job.subscription.protocol)
            if is_raw
            else envelope.as_json(job.message, self.wrapped(job))
        )

    # within the cloud

    def _context(self, job: Job) -> Context:
        """SNS's own context, whose calls are children of the call that published."""
        message, topic = job.message, job.topic
        span = Span(ids.request_id(), message.trace, message.span, None, "sns", "Publish")
        return self.platform.dispatcher.open(span, SNS, topic.account, topic.region, INTERNAL)

    async def _call(self, job: Job, operation: str, region: str, **request: Any) -> None:
        try:
            await self._context(job).call(operation, region=region, source_arn=job.topic.arn, **request)
        except NotImplementedByUs as error:
            raise Undelivered(error.message, is_final=True) from None
        except AwsError as error:
            is_final = error.status < 500 and error.code not in _THROTTLES
            raise Undelivered(f"{error.code}: {error.message}", is_final) from None

    async def to_queue(self, job: Job, queue_arn: str) -> None:
        """To the subscribed queue, or to the dead-letter queue."""
        arn = parsed_queue(queue_arn)
        if arn is None:
            raise Undelivered(f"{queue_arn} is no queue", is_final=True)
        await self._call(job, "sqs:SendMessage", arn.region, **self._queue_message(job, arn))

    def _queue_message(self, job: Job, queue: Arn) -> dict[str, Any]:
        message = job.message
        request: dict[str, Any] = {
            "QueueUrl": f"http://localhost/{queue.account}/{queue.resource}",
            "MessageBody": self.body(job),
        }
        if job.subscription.is_raw and message.attributes:
            request["MessageAttributes"] = {
                name: {"DataType": kind, "BinaryValue": base64.b64decode(value)}
                if kind.startswith("Binary")
                else {"DataType": kind, "StringValue": value}
                for name, (kind, value) in message.attributes.items()
            }
        if message.group_id is not None:
            request["MessageGroupId"] = message.group_id
            if queue.resource.endswith(".fifo"):
                request["MessageDeduplicationId"] = message.dedup_id
        return request

    async def _to_function(self, job: Job) -> None:
        event = envelope.as_lambda_event(job.message, job.subscription, self.wrapped(job))
        arn = job.subscription.endpoint
        region = arn.split(":")[3]
        await self._call(job, "lambda:Invoke", region, FunctionName=arn, InvocationType="Event", Payload=event)

    # out of the cloud

    async def _to_url(self, job: Job) -> None:
        """A POST; any answer but 2xx is a failure, 5xx and 429 are worth a retry.

        https://docs.aws.amazon.com/sns/latest/dg/SendMessageToHttp.prepare.html
        """
        import httpx  # noqa: PLC0415 - heavy, seldom needed

        url = job.subscription.endpoint
        try:
            answer = await self._client(url).post(url, content=self.body(job).encode(), headers=self._headers(job))
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
            raise Undelivered(f"{type(error).__name__}: {error}", is_final=False) from None
        status = answer.status_code
        if not 200 <= status < 300:
            is_final = status < 500 and status != _TOO_MANY_REQUESTS
            raise Undelivered(f"{url} answered {status}", is_final)
        self._context(job).meter("sns.http_deliveries")

    def _client(self, url: str) -> Any:
        """A client for a scheme: only https reads the machine's certificates and proxies."""
        import httpx  # noqa: PLC0415 - heavy, seldom needed

        is_secure = url.startswith("https:")
        client = self._clients.get(url[:5])
        if client is None:
            client = self._clients[url[:5]] = httpx.AsyncClient(
                verify=is_secure, trust_env=is_secure, timeout=limits.HTTP_SECONDS_MAX, follow_redirects=False,
                limits=httpx.Limits(max_keepalive_connections=0),
            )  # fmt: skip
        return client

    def _headers(self, job: Job) -> dict[str, str]:
        message, subscription = job.message, job.subscription
        policy = retries.effective(subscription.attributes.get("DeliveryPolicy", ""), job.topic.delivery_policy)
        is_notification = message.kind == "Notification"
        headers = {
            "x-amz-sns-message-type": message.kind,
            "x-amz-sns-message-id": message.id,
            "x-amz-sns-topic-arn": message.topic_arn,
            "Content-Type": policy.content_type if is_notification else retries.TEXT_PLAIN,
            "User-Agent": AGENT,
        }
        if message.kind != "SubscriptionConfirmation":
            headers["x-amz-sns-subscription-arn"] = subscription.arn
        if subscription.is_raw and is_notification:
            headers["x-amz-sns-rawdelivery"] = "true"
        return headers

    # to the mailbox

    def _letter(self, job: Job, channel: mailbox.Channel, sender: str, text: str) -> dict[str, Any]:
        return {
            "id": ids.uuid(), "channel": channel, "account": job.topic.account, "region": job.topic.region,
            "sender": sender, "recipient": job.subscription.endpoint, "subject": "", "text": text,
            "at": self.clock.now(),
        }  # fmt: skip

    def _mail(self, job: Job) -> mailbox.Message:
        message, subscription = job.message, job.subscription
        is_notification = message.kind == "Notification"
        link = (envelope.unsubscribe_url if is_notification else envelope.confirm_url)(message, subscription)
        name = job.topic.attributes.get("DisplayName") if is_notification else ""
        if subscription.protocol == "email-json":
            text = envelope.as_json(message, self.wrapped(job))
        elif is_notification:
            text = _NOTIFICATION.format(text=message.text_for("email"), link=link)
        else:
            text = _QUESTION[message.kind].format(topic=message.topic_arn, link=link)
        letter = self._letter(job, "email", f"{name or 'AWS Notifications'} <{MAIL_SENDER}>", text)
        letter["subject"] = message.subject or _SUBJECTS[message.kind]
        self._context(job).meter("sns.email_deliveries")
        return mailbox.Message(**letter, links=(link,))

    def _text_message(self, job: Job) -> mailbox.Message:
        topic, phone = job.topic, job.subscription.endpoint
        known = self.store.phones.get(topic.account, topic.region, phone)
        if known is not None and known.opted_out:
            raise Undelivered(f"{phone} has opted out", is_final=True)
        text, name = job.message.text_for("sms"), topic.attributes.get("DisplayName")
        self._context(job).meter("sns.sms")
        return mailbox.Message(**self._letter(job, "sms", name or "NOTICE", f"{name}> {text}" if name else text))

    def _push(self, job: Job) -> mailbox.Message:
        endpoint = self.store.endpoints.get(job.subscription.endpoint)
        if endpoint is None or not endpoint.is_enabled or not self.is_enabled(endpoint):
            raise Undelivered("the endpoint is disabled or gone", is_final=True)
        self._context(job).meter("sns.push_deliveries")
        text = job.message.text_for(platform_of(endpoint.arn))
        return mailbox.Message(**self._letter(job, "push", endpoint.application, text))

    def is_enabled(self, endpoint: Endpoint) -> bool:
        """Whether the application of a device may send."""
        parts = endpoint.application.split(":", 5)
        _, platform, name = parts[5].split("/")
        application = self.store.applications.get(parts[4], parts[3], platform, name)
        return application is not None and application.attributes.get("Enabled", "true") == "true"


def platform_of(endpoint_arn: str) -> str:
    """`GCM` in `…:endpoint/GCM/app/id`: the key of a structured message for it."""
    return endpoint_arn.split("/")[1]


_SUBJECTS = {
    "Notification": "AWS Notification Message",
    "SubscriptionConfirmation": "AWS Notification - Subscription Confirmation",
    "UnsubscribeConfirmation": "AWS Notification - Unsubscribe Confirmation",
}
_NOTIFICATION = """{text}

--
If you wish to stop receiving notifications from this topic, please click or visit the link below to unsubscribe:
{link}

Please do not reply directly to this email."""
_QUESTION = {
    "SubscriptionConfirmation": """You have chosen to subscribe to the topic:
{topic}

To confirm this subscription, click or visit the link below (If this was in error no action is necessary):
{link}

Please do not reply directly to this email.""",
    "UnsubscribeConfirmation": """Your subscription to the topic below has been deleted:
{topic}

If this was not your intention, click or visit the link below to subscribe again:
{link}

Please do not reply directly to this email.""",
}
