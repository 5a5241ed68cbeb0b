"""The vocabulary of the PartiQL tests: statements with plain Python parameters."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.services.dynamodb.item_calls import unwire, wire

if TYPE_CHECKING:
    from collections.abc import Mapping

MALFORMED = "Statement wasn't well formed, can't be processed: "


def run(ddb: Any, text: str, *parameters: Any, **options: Any) -> dict[str, Any]:
    """ExecuteStatement's whole answer."""
    answer: dict[str, Any] = ddb.execute_statement(**part(text, *parameters), **options)
    return answer


def rows(ddb: Any, text: str, *parameters: Any, **options: Any) -> list[dict[str, Any]]:
    """The items of ExecuteStatement's answer as plain values."""
    return [unwire(item) or {} for item in run(ddb, text, *parameters, **options)["Items"]]


def part(text: str, *parameters: Any, **options: Any) -> dict[str, Any]:
    """A statement as batches and transactions take it."""
    given = {"Parameters": [wire(value) for value in parameters]} if parameters else {}
    return {"Statement": text, **given, **options}


def batch(ddb: Any, *parts: Mapping[str, Any], **options: Any) -> list[dict[str, Any]]:
    """BatchExecuteStatement's responses."""
    found: list[dict[str, Any]] = ddb.batch_execute_statement(Statements=list(parts), **options)["Responses"]
    return found


def transact(ddb: Any, *parts: Mapping[str, Any], **options: Any) -> dict[str, Any]:
    """ExecuteTransaction's answer."""
    answer: dict[str, Any] = ddb.execute_transaction(TransactStatements=list(parts), **options)
    return answer
