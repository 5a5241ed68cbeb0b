"""DynamoDB's errors: code, status and message in one place.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html
"""

from __future__ import annotations

from typing import Any, ClassVar

from cloudchamber.core.errors import AwsError, ValidationError


class ResourceNotFound(AwsError):
    code = "ResourceNotFoundException"

    def __init__(self, message: str = "Requested resource not found") -> None:
        super().__init__(message)


class TableNotFound(AwsError):
    """What the operations on tables, backups and global tables say where data operations say ResourceNotFound."""

    code = "TableNotFoundException"


class ResourceInUse(AwsError):
    code = "ResourceInUseException"


class LimitExceeded(AwsError):
    code = "LimitExceededException"


class ConditionalCheckFailed(AwsError):
    """A condition did not hold. `item`, where the request asked for it, is what it was held against."""

    code = "ConditionalCheckFailedException"

    def __init__(self, item: Any = None) -> None:
        super().__init__("The conditional request failed", members=None if item is None else {"Item": item})


class EmptyKey(ValidationError):
    """A key that is an empty text. It is refused before all else: a transaction is not cancelled by it."""

    def __init__(self, kind: str, name: str, index: str | None = None) -> None:
        word = "string" if kind == "S" else "binary"
        what = "" if index is None else "A value specified for a secondary index key is not supported. "
        where = f"Key: {name}" if index is None else f"IndexName: {index}, IndexKey: {name}"
        super().__init__(
            f"One or more parameter values are not valid. {what}The AttributeValue for a key attribute cannot contain "
            f"an empty {word} value. {where}"
        )


class Throttled(AwsError):
    """Capacity has run out: `arn` is of the table or the index that has none left, `kind` "Read" or "Write"."""

    limit: ClassVar[str]
    reason_code: ClassVar[str]  # in a transaction that is cancelled by it
    reasons_member: ClassVar[str]

    def __init__(self, message: str, arn: str, kind: str) -> None:
        resource = "Index" if "/index/" in arn else "Table"
        reasons = [{"reason": f"{resource}{kind}{self.limit}", "resource": arn}]
        super().__init__(message, members={self.reasons_member: reasons})


class ProvisionedThroughputExceeded(Throttled):
    code = "ProvisionedThroughputExceededException"
    limit = "ProvisionedThroughputExceeded"
    reason_code = "ProvisionedThroughputExceeded"
    reasons_member = "ThrottlingReasons"

    def __init__(self, arn: str, kind: str) -> None:
        if "/index/" in arn:
            words = (
                "for one or more global secondary indexes of the table was exceeded. Consider increasing your "
                "provisioning level for the under-provisioned global secondary indexes with the UpdateTable API."
            )
        else:
            words = "for the table was exceeded. Consider increasing your provisioning level with the UpdateTable API."
        super().__init__(f"The level of configured provisioned throughput {words}", arn, kind)


class OnDemandThroughputExceeded(Throttled):
    """The maximum that was set for an on-demand table or index."""

    code = "ThrottlingException"
    limit = "MaxOnDemandThroughputExceeded"
    reason_code = "ThrottlingError"
    reasons_member = "throttlingReasons"

    def __init__(self, arn: str, kind: str) -> None:
        super().__init__("Throughput exceeds the maximum OnDemandThroughput configured on table or index", arn, kind)


class TransactionCanceled(AwsError):
    """A transaction that was undone: `reasons` has an entry for each of its actions, in order."""

    code = "TransactionCanceledException"

    def __init__(self, reasons: list[dict[str, Any]]) -> None:
        codes = ", ".join(reason["Code"] for reason in reasons)
        super().__init__(
            f"Transaction cancelled, please refer cancellation reasons for specific reasons [{codes}]",
            members={"CancellationReasons": reasons},
        )


class IdempotentParameterMismatch(AwsError):
    code = "IdempotentParameterMismatchException"

    def __init__(self) -> None:
        super().__init__("The request uses the same client token as a previous, but non-identical request.")


class ExpiredIterator(AwsError):
    """A shard iterator that was given out more than 15 minutes ago."""

    code = "ExpiredIteratorException"

    def __init__(self) -> None:
        super().__init__("Shard iterator has expired")


class TrimmedDataAccess(AwsError):
    """Records of a stream that are older than a day."""

    code = "TrimmedDataAccessException"

    def __init__(self) -> None:
        super().__init__("The data you are trying to access has been trimmed")


def invalid(message: str) -> ValidationError:
    """Parameters that do not go together or do not fit the table."""
    return ValidationError(f"One or more parameter values were invalid: {message}")


class TableAlreadyExists(AwsError):
    code = "TableAlreadyExistsException"


class TableInUse(AwsError):
    code = "TableInUseException"


class BackupNotFound(AwsError):
    code = "BackupNotFoundException"

    def __init__(self, arn: str) -> None:
        super().__init__(f"Backup not found: {arn}")


class BackupInUse(AwsError):
    code = "BackupInUseException"


class InvalidRestoreTime(AwsError):
    code = "InvalidRestoreTimeException"


class RecoveryUnavailable(AwsError):
    """Point-in-time recovery is asked of a table that has it switched off."""

    code = "PointInTimeRecoveryUnavailableException"

    def __init__(self, table: str) -> None:
        super().__init__(f"Point in time recovery is not enabled for table '{table}'")


class GlobalTableNotFound(AwsError):
    code = "GlobalTableNotFoundException"

    def __init__(self, name: str) -> None:
        super().__init__(f"Global table not found: Global table with name: '{name}' does not exist.")


class GlobalTableAlreadyExists(AwsError):
    code = "GlobalTableAlreadyExistsException"

    def __init__(self, name: str) -> None:
        super().__init__(f"Global table already exists: Global table with name: '{name}' already exists.")


class ReplicaNotFound(AwsError):
    code = "ReplicaNotFoundException"


class ReplicaAlreadyExists(AwsError):
    code = "ReplicaAlreadyExistsException"


class IndexNotFound(AwsError):
    code = "IndexNotFoundException"


class ExportNotFound(AwsError):
    code = "ExportNotFoundException"

    def __init__(self, arn: str) -> None:
        super().__init__(f"Export not found: {arn}")


class ExportConflict(AwsError):
    code = "ExportConflictException"


class InvalidExportTime(AwsError):
    code = "InvalidExportTimeException"


class ImportNotFound(AwsError):
    code = "ImportNotFoundException"

    def __init__(self, arn: str) -> None:
        super().__init__(f"Import not found: {arn}")


class ImportConflict(AwsError):
    code = "ImportConflictException"
