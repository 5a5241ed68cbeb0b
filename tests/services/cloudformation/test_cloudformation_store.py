"""The ways rows are looked for: each has an index."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from cloudchamber.services.cloudformation.store import CloudFormationStore
from cloudchamber.storage.engine import Store

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def store() -> Iterator[Store]:
    made = Store(None)
    CloudFormationStore(made)
    yield made
    made.close()


@pytest.mark.parametrize(
    ("sql", "index"),
    [
        ("cfn:events WHERE stack_id = 'x' AND number < 5 ORDER BY number DESC", "cfn:events_by_stack"),
        ("cfn:stacks WHERE account = 'a' AND region = 'r' AND name = 'n'", "cfn:stacks_by_account"),
        ("cfn:stacks WHERE status = 's'", "cfn:stacks_by_status"),
        ("cfn:resources WHERE physical_id = 'p'", "cfn:resources_by_physical_id"),
        ("cfn:resources WHERE stack_id = 's'", "PRIMARY KEY"),
        ("cfn:change_sets WHERE stack_id = 's' AND name = 'n'", "cfn:change_sets_by_stack_id_name"),
        ("cfn:exports WHERE stack_id = 's'", "cfn:exports_by_stack_id"),
        ("cfn:imports WHERE account = 'a' AND region = 'r' AND name = 'n'", "PRIMARY KEY"),
        ("cfn:callbacks WHERE stack_id = 's' AND logical_id = 'l'", "cfn:callbacks_by_stack_id"),
    ],
)  # fmt: skip
def test_rows_are_found_by_index(store: Any, sql: str, index: str):
    plan = store.plan(f"SELECT record FROM {sql.replace('cfn:', 'cloudformation_')}")
    assert index.replace("cfn:", "cloudformation_") in plan and "SCAN" not in plan
