"""Queues as event sources: https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html

What is done with a batch and what of it comes again; the reading itself is `core/polling/queues`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cloudchamber.core.errors import AwsError
from cloudchamber.core.polling.batches import failed_items
from cloudchamber.core.polling.queues import QueueReader
from cloudchamber.core.polling.records import queue_url
from cloudchamber.services.lambda_.errors import InvalidParameterValue, RecursiveInvocation
from cloudchamber.services.lambda_.polling import MappingReader, Polling

if TYPE_CHECKING:
    from cloudchamber.core.context import Context
    from cloudchamber.core.polling.records import Records
    from cloudchamber.services.lambda_.records import Version


class QueuePolling(Polling):
    async def check_queue(self, ctx: Context, arn: str, version: Version) -> None:
        """What AWS checks before it takes a mapping. InvalidParameterValueException."""
        found = ctx.resources.find(arn)
        if found is None:
            raise InvalidParameterValue(
                "Error occurred while ReceiveMessage. SQS Error Code: AWS.SimpleQueueService.NonExistentQueue. SQS "
                "Error Message: The specified queue does not exist."
            )
        role = await self.assumed(ctx, version)
        self.check_allowed(role, found.region, "sqs:ReceiveMessage", {"QueueUrl": queue_url(arn)})
        visible_s = int(found.attributes.get("VisibilityTimeout") or version.timeout_s)
        if visible_s < version.timeout_s:
            raise InvalidParameterValue(
                f"Queue visibility timeout: {visible_s} seconds is less than Function timeout: "
                f"{int(version.timeout_s)} seconds"
            )


class MappedQueue(MappingReader, QueueReader):
    async def process(self, records: Records) -> set[str]:
        known = [record["messageId"] for record in records]
        trace = next(filter(None, (record["attributes"].get("AWSTraceHeader") for record in records)), None)
        try:
            answer = await self.service.run(self.mapping, records, trace)
        except RecursiveInvocation:  # to the dead-letter queue, in the end; nowhere without one
            source = self.platform.directory.find(self.source)
            answer = None if source is None or source.attributes.get("RedrivePolicy") else b"null"
        except AwsError:
            answer = None
        if self.mapping.reports_items:
            return failed_items(answer, known)
        return set(known) if answer is None else set()
