"""`fault`: make calls fail, slow down, vanish or repeat."""

from __future__ import annotations

from typing import Any

import click

from cloudchamber.cli.durations import parse_duration
from cloudchamber.cli.main import with_json
from cloudchamber.cli.talk import out_of, table
from cloudchamber.core.faults import KINDS

NARROWING = ("service", "operation", "principal", "account", "region")


@click.group("fault")
def fault_command() -> None:
    """Faults on purpose."""


def _shown(found: dict[str, Any]) -> None:
    rows = []
    for rule in found["faults"]:
        narrowed = [f"{name}={rule[name]}" for name in NARROWING if rule[name] != "*"]
        struck = f"{rule['struck']}/{rule['matched']}"
        rows.append((rule["id"], rule["kind"], " ".join(narrowed) or "everything", f"{rule['share']:.0%}", struck))
    table(rows, ("id", "kind", "where", "share", "struck"))


@fault_command.command("add")
@click.argument("kind", type=click.Choice(KINDS))
@click.option("--service", default="*", help="botocore's name: sqs, iam …; * is a pattern.")
@click.option("--operation", default="*", help="AWS's name: SendMessage; Get* is a pattern.")
@click.option("--principal", default="*", help="The caller's ARN, or a pattern.")
@click.option("--account", default="*")
@click.option("--region", default="*")
@click.option("--share", default=1.0, show_default=True, help="Of the calls that match, from above 0 to 1.")
@click.option("--code", default="InternalFailure", show_default=True, help="The AWS error code of kind error.")
@click.option("--status", default=500, show_default=True, help="Its HTTP status.")
@click.option("--message", default="Injected fault", show_default=True)
@click.option("--latency", default="1s", show_default=True, help="Of kind latency, in real time.")
@click.option("--seed", default=0, show_default=True, help="The same seed strikes the same calls.")
@click.option("--times", type=int, help="Strike this often, then never again.")
@click.pass_context
def add(context: click.Context, /, kind: str, latency: str, **options: Any) -> None:
    """Add a rule."""
    out = out_of(context)
    try:
        latency_s = parse_duration(latency) if kind == "latency" else 0.0
    except ValueError as error:
        out.fail(str(error))
    out.show(out.call("POST", "faults", {"kind": kind, "latency_s": latency_s, **options}), _shown)


@fault_command.command("list")
@click.pass_context
def list_rules(context: click.Context) -> None:
    """The rules in force, and how often each has struck."""
    out = out_of(context)
    out.show(out.call("GET", "faults"), _shown)


@fault_command.command("clear")
@click.argument("rule_id", required=False)
@click.pass_context
def clear(context: click.Context, rule_id: str | None) -> None:
    """Remove one rule, or all."""
    out = out_of(context)
    out.show(out.call("DELETE", f"faults/{rule_id}" if rule_id else "faults"), _shown)


for _command in (add, list_rules, clear):
    with_json(_command)
