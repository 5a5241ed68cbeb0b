"""`usage`: what was used, in AWS's billing units, and what it would have cost."""

from __future__ import annotations

from typing import Any

import click

from cloudchamber.cli.main import with_json
from cloudchamber.cli.talk import out_of, table


@click.command("usage")
@click.option("--account", help="Only this account.")
@click.pass_context
def usage_command(context: click.Context, account: str | None) -> None:
    """Usage and its price by AWS's public list (us-east-1)."""
    out = out_of(context)

    def as_text(found: dict[str, Any]) -> None:
        rows = [
            (owner, unit, f"{quantity:,.0f}", f"${report['cost_usd'][unit]:.6f}" if unit in report["cost_usd"] else "-")
            for owner, report in found.items()
            for unit, quantity in report["usage"].items()
        ]
        table(rows, ("account", "unit", "quantity", "cost"))

    out.show(out.call("GET", f"usage?account={account}" if account else "usage"), as_text)


with_json(usage_command)
