"""`time`: look at the cloud's clock, advance it, stop it, let it flow."""

from __future__ import annotations

from typing import Any

import click

from cloudchamber.cli.durations import parse_duration
from cloudchamber.cli.main import with_json
from cloudchamber.cli.talk import out_of
from cloudchamber.protocol.scalars import parse_timestamp


@click.group("time")
def time_command() -> None:
    """The cloud's clock."""


def _shown(found: dict[str, Any]) -> None:
    click.echo(f"{found['now']}  ({found['mode']}, {found['offset_s']:+.0f} s from the machine's time)")
    if found["fired"]:
        click.echo(f"  {found['fired']} timers fired")
    for timer in found["timers"][:5]:
        click.echo(f"  next: {timer['due']}  {timer['name']}")


@time_command.command("show")
@click.pass_context
def show(context: click.Context) -> None:
    """What time it is, and the next timers."""
    out = out_of(context)
    out.show(out.call("GET", "clock"), _shown)


@time_command.command("advance")
@click.argument("duration")
@click.pass_context
def advance(context: click.Context, duration: str) -> None:
    """Move forward by DURATION (6h, 180d, 1h30m); what falls due happens in order, each at its own instant."""
    out = out_of(context)
    try:
        seconds = parse_duration(duration)
    except ValueError as error:
        out.fail(str(error))
    out.show(out.call("POST", "clock", {"action": "advance", "seconds": seconds}), _shown)


@time_command.command("freeze")
@click.option("--at", "instant", metavar="INSTANT", help="An ISO 8601 instant; the present if not given.")
@click.pass_context
def freeze(context: click.Context, instant: str | None) -> None:
    """Stand still."""
    out = out_of(context)
    body: dict[str, Any] = {"action": "freeze"}
    if instant is not None:
        try:
            body["at"] = parse_timestamp(instant)
        except ValueError as error:
            out.fail(str(error), "2026-12-24T18:00:00Z")
    out.show(out.call("POST", "clock", body), _shown)


@time_command.command("resume")
@click.pass_context
def resume(context: click.Context) -> None:
    """Flow on from where it stands."""
    out = out_of(context)
    out.show(out.call("POST", "clock", {"action": "resume"}), _shown)


@time_command.command("reset")
@click.pass_context
def reset(context: click.Context) -> None:
    """Back to the machine's time."""
    out = out_of(context)
    out.show(out.call("POST", "clock", {"action": "reset"}), _shown)


for _command in (show, advance, freeze, resume, reset):
    with_json(_command)
