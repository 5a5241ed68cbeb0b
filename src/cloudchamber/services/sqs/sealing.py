"""Messages of queues with a KMS key: bodies under data keys, which KMS makes and opens as whoever sends and receives.

A body is sealed for the queue it was sent to and stays so when it moves to a dead-letter queue. Attributes are not
sealed, as on AWS. A data key is used again for the queue's reuse period, by the principal that asked for it.
https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-server-side-encryption.html
"""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

from cloudchamber.core import ids
from cloudchamber.core.errors import AccessDenied, AwsError, NotImplementedByUs
from cloudchamber.services.sqs.errors import KmsRefusal

if TYPE_CHECKING:
    from cloudchamber.core.context import Context
    from cloudchamber.core.service import Platform
    from cloudchamber.services.sqs.queue import Queue

TABLES = [
    "CREATE TABLE sqs_data_keys (number INTEGER PRIMARY KEY AUTOINCREMENT, queue_arn TEXT, made_at REAL, blob BLOB)"
]
FORGET = "DELETE FROM sqs_data_keys WHERE number < (SELECT min(number) + 100 FROM sqs_data_keys) AND made_at < ?"
MARK = "\0"  # a body that begins with it is sealed: SQS takes no such character
NONCE_BYTES = 12
KEPT_SECONDS = 90 * 86_400.0  # longer than a message lives, in a queue and a dead-letter queue after it
OPEN_MAX = 2000
_CODES = {
    "DisabledException": "KMS.DisabledException", "NotFoundException": "KMS.NotFoundException",
    "KMSInvalidStateException": "KMS.InvalidStateException", "ThrottlingException": "KMS.ThrottlingException",
    "InvalidKeyUsageException": "KMS.InvalidKeyUsageException",
}  # fmt: skip


class KeyNeeded(Exception):
    """A message cannot be given out before KMS has opened its data key."""

    def __init__(self, number: int) -> None:
        self.number = number


class Sealing:
    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        self._db = platform.store
        self._db.ensure("sqs_data_keys", TABLES)
        # (data key, principal) -> the opened key and until when; (queue, KMS key, principal) -> its data key.
        self._open: dict[tuple[int, str], tuple[Any, float]] = {}
        self._current: dict[tuple[str, str, str], int] = {}
        self._db.on_undo(self._current.clear)

    async def key_for(self, ctx: Context, queue: Queue) -> int:
        """The number of the data key to send with; KMS refusals under SQS's codes."""
        assert queue.kms_key is not None
        place = (queue.arn, queue.kms_key, ctx.principal.arn)
        number = self._current.get(place)
        if number is not None and self._opened(ctx, number) is not None:
            return number
        made = await _kms(
            ctx, queue.region, "GenerateDataKey", KeyId=queue.kms_key, KeySpec="AES_256",
            EncryptionContext={"aws:sqs:arn": queue.arn},
        )  # fmt: skip
        now = ctx.now()
        with self._db.transaction():
            self._db.execute(FORGET, (now - KEPT_SECONDS,))
            sql = "INSERT INTO sqs_data_keys (queue_arn, made_at, blob) VALUES (?, ?, ?) RETURNING number"
            number = int(self._db.value(sql, (queue.arn, now, made["CiphertextBlob"])))
        self._keep(ctx, queue, number, made["Plaintext"])
        self._current[place] = number
        return number

    def seal(self, ctx: Context, number: int, body: str) -> str:
        nonce, cipher = ids.token_bytes(NONCE_BYTES), self._opened(ctx, number)
        raw = nonce + cipher.encrypt(nonce, body.encode(), None)
        return f"{MARK}{number}:{base64.b64encode(raw).decode()}"

    def unseal(self, ctx: Context, body: str) -> str:
        """KeyNeeded where the caller has not been let to use its key within the reuse period."""
        number, _, text = body[1:].partition(":")
        cipher = self._opened(ctx, int(number))
        if cipher is None:
            raise KeyNeeded(int(number))
        raw = base64.b64decode(text)
        opened: bytes = cipher.decrypt(raw[:NONCE_BYTES], raw[NONCE_BYTES:], None)
        return opened.decode()

    async def open(self, ctx: Context, queue: Queue, number: int) -> None:
        """Have KMS open a data key as the caller; KMS refusals under SQS's codes."""
        row = self._db.one("SELECT queue_arn, blob FROM sqs_data_keys WHERE number = ?", (number,))
        assert row is not None
        opened = await _kms(
            ctx, row[0].split(":")[3], "Decrypt", CiphertextBlob=row[1], EncryptionContext={"aws:sqs:arn": row[0]}
        )
        self._keep(ctx, queue, number, opened["Plaintext"])

    def _opened(self, ctx: Context, number: int) -> Any:
        found = self._open.get((number, ctx.principal.arn))
        return None if found is None or found[1] <= ctx.now() else found[0]

    def _keep(self, ctx: Context, queue: Queue, number: int, key: bytes) -> None:
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # noqa: PLC0415 - only sealed queues need it

        if len(self._open) >= OPEN_MAX:
            self._open.clear()
        self._open[(number, ctx.principal.arn)] = (AESGCM(key), ctx.now() + queue.data_key_reuse_s)


async def _kms(ctx: Context, region: str, operation: str, **request: Any) -> Any:
    try:
        return await ctx.call(f"kms:{operation}", region=region, **request)
    except NotImplementedByUs:
        raise
    except AccessDenied as error:
        raise KmsRefusal(error.message, code="KMS.AccessDeniedException") from None
    except AwsError as error:
        code = _CODES.get(error.code, "KMS.InvalidStateException")
        raise KmsRefusal(f"{error.message} (Service: AWSKMS; Error Code: {error.code})", code=code) from None
