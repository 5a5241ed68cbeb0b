"""`snapshot`: the whole cloud under a name."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import click

from cloudchamber.cli.main import with_json
from cloudchamber.cli.talk import out_of, table


@click.group("snapshot")
def snapshot_command() -> None:
    """Save and load the whole cloud."""


def _one(verb: str) -> Any:
    return lambda found: click.echo(f"{verb} {found['name']} ({found['size_bytes'] / 1024:.0f} KiB)")


@snapshot_command.command("save")
@click.argument("name")
@click.pass_context
def save(context: click.Context, name: str) -> None:
    """Keep the present state under NAME."""
    out = out_of(context)
    out.show(out.call("POST", f"snapshots/{quote(name, safe='')}"), _one("saved"))


@snapshot_command.command("load")
@click.argument("name")
@click.pass_context
def load(context: click.Context, name: str) -> None:
    """Replace the present state by what was saved as NAME, its time included."""
    out = out_of(context)
    out.show(out.call("POST", f"snapshots/{quote(name, safe='')}/load"), _one("loaded"))


@snapshot_command.command("list")
@click.pass_context
def list_snapshots(context: click.Context) -> None:
    """What was saved."""
    out = out_of(context)
    found = out.call("GET", "snapshots")
    out.show(
        found,
        lambda value: table(
            [(s["name"], f"{s['size_bytes'] / 1024:.0f} KiB", s["saved_at"]) for s in value["snapshots"]],
            ("name", "size", "saved"),
        ),
    )


for _command in (save, load, list_snapshots):
    with_json(_command)
