"""Amazon SQS: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/

Operations by subject: `queues.py`, `sending.py`, `receiving.py`, `moves.py`.
"""

from __future__ import annotations

from cloudchamber.services.sqs.moves import Moves
from cloudchamber.services.sqs.queues import Queues
from cloudchamber.services.sqs.receiving import Receiving
from cloudchamber.services.sqs.sending import Sending


class Sqs(Queues, Sending, Receiving, Moves):
    """The service; every operation of the 2012-11-05 API is here."""
