"""`trace` and `explain`: what was called, what came of it, and why."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote, urlencode

import click

from cloudchamber.cli.main import with_json
from cloudchamber.cli.talk import Out, out_of


@click.group("trace")
def trace_command() -> None:
    """The calls that were made."""


def line(span: dict[str, Any]) -> str:
    """A call on one line."""
    status = span["status"]
    colour = "red" if status >= 400 else "green"
    who = span["principal"].rpartition(":")[2] or "-"
    text = (
        f"{span['at'][11:19]}  {click.style(str(status), fg=colour)}  {span['duration_ms']:8.2f} ms  "
        f"{span['service']}:{span['operation'] or '?'}  " + click.style(f"{who}  {span['request_id']}", dim=True)
    )
    if span["error"]:
        text += f"\n          {click.style(span['error'], fg='red')}: {span['message']}"
    if span["fault"]:
        text += f"\n          fault: {span['fault']}"
    return text


@trace_command.command("last")
@click.option("-n", "--number", default=20, show_default=True)
@click.option("--errors", is_flag=True, help="Only calls that failed.")
@click.option("--service")
@click.option("--text", help="Only calls with this in their name, resource, principal or error.")
@click.pass_context
def last(context: click.Context, number: int, errors: bool, service: str | None, text: str | None) -> None:
    """The latest calls, oldest of them first."""
    out = out_of(context)
    given = {"limit": number, "errors": "1" if errors else "", "service": service, "text": text}
    found = out.call("GET", f"traces?{urlencode({name: value for name, value in given.items() if value})}")
    out.show(found, lambda value: click.echo("\n".join(line(span) for span in reversed(value["spans"])) or "(none)"))


@trace_command.command("show")
@click.argument("request_id")
@click.pass_context
def show(context: click.Context, request_id: str) -> None:
    """One call whole: what went in and out, who decided, and the calls it led to."""
    out = out_of(context)

    def as_text(found: dict[str, Any]) -> None:
        span = found["call"]
        click.echo(line(span))
        click.echo(f"  trace      {found['trace_id']}")
        click.echo(f"  principal  {span['principal']}")
        click.echo(f"  account    {span['account']}  region {span['region']}")
        if span["decision"]:
            ruled = span["decision"]
            click.echo(
                f"  decision   {ruled['kind']} by {ruled['policy_type']} {ruled['policy']} #{ruled['statement']}"
            )
        for name in ("input", "output"):
            if span[name] is not None:
                text = (
                    span[name] if isinstance(span[name], str) else json.dumps(span[name], indent=2, ensure_ascii=False)
                )
                click.echo(f"  {name}\n" + "\n".join("    " + part for part in text.splitlines()))
        if span["stack"]:
            click.echo(span["stack"])
        if len(found["spans"]) > 1:
            click.echo("  the whole trace")
            for other in found["spans"]:
                click.echo("    " + line(other))

    out.show(out.call("GET", f"traces/{quote(request_id)}"), as_text)


@trace_command.command("replay")
@click.argument("request_id")
@click.pass_context
def replay(context: click.Context, request_id: str) -> None:
    """Make a call again, as who made it; 1 if it ends with an error."""
    out = out_of(context)
    made = out.call("POST", f"traces/{quote(request_id)}/replay")
    if made["error"] is not None:
        hint = f"cloudchamber explain {made['request_id']}"
        out.fail(f"{made['error']['code']} ({made['error']['status']}): {made['error']['message']}", hint)
    out.show(made, lambda told: click.echo(f"done: cloudchamber trace show {told['request_id']}"))


@trace_command.command("tail")
@click.pass_context
def tail(context: click.Context) -> None:
    """Calls as they happen, until interrupted."""
    out = out_of(context)
    from websockets.sync.client import connect  # noqa: PLC0415 - only here

    url = out.endpoint.replace("http", "ws", 1) + "/_cloudchamber/api/traces/stream"
    try:
        with connect(url) as socket:
            for message in socket:
                click.echo(message if out.as_json else line(json.loads(message)))
    except KeyboardInterrupt:
        return
    except OSError as error:
        out.fail(f"no cloud answers at {out.endpoint} ({error})", "cloudchamber up")


@click.command("explain")
@click.argument("request_id")
@click.pass_context
def explain_command(context: click.Context, request_id: str) -> None:
    """The IAM decision on a call in plain words."""
    out: Out = out_of(context)
    found = out.call("GET", f"explain/{quote(request_id)}")
    out.show(found, lambda value: click.echo("\n".join(value["explanation"])))


for _command in (last, show, replay, tail, explain_command):
    with_json(_command)
