"""What DynamoDB operations ask IAM: actions, table and index ARNs, and the keys of fine-grained access control.

https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazondynamodb.html
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/specifying-conditions.html

Batches and transactions are asked for table by table and action by action. `dynamodb:LeadingKeys` and
`dynamodb:Attributes` take work to find out, so they are found out when a policy looks for them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from cloudchamber.core.errors import ValidationError
from cloudchamber.core.service import Check, Request, Rule
from cloudchamber.services.dynamodb.access import attributes_of, leading_keys, select_of

if TYPE_CHECKING:
    from cloudchamber.core.context import Context
    from cloudchamber.services.dynamodb.store import DynamoStore
    from cloudchamber.services.dynamodb.table import TableView


def locate(ctx: Context, name: str) -> tuple[str, str, str]:
    """Account, region and name of the table a TableName or TableArn names."""
    return (ctx.account, ctx.region, name) if ":" not in name else _parts(name)


@lru_cache(maxsize=1024)
def _parts(arn: str) -> tuple[str, str, str]:
    parts = arn.split(":", 5)
    if len(parts) != 6 or parts[2] != "dynamodb" or not parts[5].startswith("table/"):
        raise ValidationError(f"Invalid table/index name.  ARN is not valid: {arn}")
    return parts[4], parts[3], parts[5].split("/")[1]


def table_arn(ctx: Context, request: Request) -> str:
    account, region, name = locate(ctx, request.get("TableName") or "*")
    return f"arn:aws:dynamodb:{region}:{account}:table/{name}"


class LazyKeys(Mapping[str, Any]):
    """Condition keys that are found out when a policy asks for one."""

    def __init__(self, find: Callable[[], dict[str, Any]]) -> None:
        self._find = find
        self._found: dict[str, Any] | None = None

    def _keys(self) -> dict[str, Any]:
        if self._found is None:
            self._found = {name: value for name, value in self._find().items() if value is not None}
        return self._found

    def __getitem__(self, key: str) -> Any:
        return self._keys()[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._keys())

    def __len__(self) -> int:
        return len(self._keys())


class ItemRules:
    """Rules of the operations on items: they need to know the table's keys."""

    def __init__(self, store: DynamoStore) -> None:
        self._store = store

    def _view(self, ctx: Context, name: str) -> TableView | None:
        return self._store.view(*locate(ctx, name))

    def check(self, ctx: Context, action: str, part: Request, enclosing: str | None = None) -> Check:
        """One action on one table or index: `part` is a request, or the part of a transaction that is like one."""
        arn = table_arn(ctx, part)
        index = part.get("IndexName")

        def find() -> dict[str, Any]:
            return {
                "dynamodb:leadingkeys": leading_keys(self._view(ctx, part["TableName"]), action, part),
                "dynamodb:attributes": attributes_of(self._view(ctx, part["TableName"]), action, part),
                "dynamodb:select": select_of(action, part),
                "dynamodb:returnvalues": part.get("ReturnValues"),
                "dynamodb:returnconsumedcapacity": part.get("ReturnConsumedCapacity"),
                "dynamodb:enclosingoperation": enclosing,
            }

        return Check(f"dynamodb:{action}", f"{arn}/index/{index}" if index else arn, LazyKeys(find))

    def simple(self, action: str) -> Rule:
        def rule(ctx: Context, request: Request) -> tuple[Check, ...]:
            view = self._view(ctx, request["TableName"])
            if view is not None and view.record.policy is None and _is_root_of(ctx, view):
                ctx.span.resource = view.arn
                return ()  # nobody could refuse: not worth asking
            return (self.check(ctx, action, request),)

        return rule

    def batch(self, action: str) -> Rule:
        """BatchGetItem and BatchWriteItem: once for each table."""

        def rule(ctx: Context, request: Request) -> Iterator[Check]:
            for name, asked in (request.get("RequestItems") or {}).items():
                parts = {"TableName": name, "Batch": asked, **_shown_options(request)}
                yield self.check(ctx, action, parts)

        return rule

    def transact(self, operation: str) -> Rule:
        """Each action of a transaction by its own name."""

        def rule(ctx: Context, request: Request) -> Iterator[Check]:
            for action in request.get("TransactItems") or ():
                for kind, part in action.items():
                    if part:
                        yield self.check(ctx, _TRANSACTED[kind], {**part, **_shown_options(request)}, operation)

        return rule


def _is_root_of(ctx: Context, view: TableView) -> bool:
    return ctx.principal.kind == "root" and ctx.principal.account == view.record.account


_TRANSACTED = {
    "Get": "GetItem", "Put": "PutItem", "Update": "UpdateItem", "Delete": "DeleteItem",
    "ConditionCheck": "ConditionCheckItem",
}  # fmt: skip


def _shown_options(request: Request) -> dict[str, Any]:
    return {name: request[name] for name in ("ReturnConsumedCapacity",) if name in request}


def rules(store: DynamoStore) -> Mapping[str, Rule]:
    """Operation -> what IAM is asked."""
    from cloudchamber.services.dynamodb.partiql.policy import statement_rules  # noqa: PLC0415 - it imports this module
    from cloudchamber.services.dynamodb.policy_control import CONTROL_RULES  # noqa: PLC0415 - likewise

    items = ItemRules(store)
    simple = ("GetItem", "PutItem", "UpdateItem", "DeleteItem", "Query", "Scan")
    return {
        **CONTROL_RULES,
        **statement_rules(store),
        **{name: items.simple(name) for name in simple},
        "BatchGetItem": items.batch("BatchGetItem"),
        "BatchWriteItem": items.batch("BatchWriteItem"),
        "TransactGetItems": items.transact("TransactGetItems"),
        "TransactWriteItems": items.transact("TransactWriteItems"),
    }
