"""`mail`: the mails, text messages and pushes that services sent."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import click

from cloudchamber.cli.main import with_json
from cloudchamber.cli.talk import out_of, table


@click.group("mail")
def mail_command() -> None:
    """What services sent to people: nothing leaves the cloud."""


@mail_command.command("list")
@click.option("-n", "--number", default=20, show_default=True)
@click.option("--to", help="Only to this address, number or endpoint ARN.")
@click.option("--account", help="Only what this account sent.")
@click.pass_context
def list_messages(context: click.Context, number: int, to: str | None, account: str | None) -> None:
    """The latest messages, newest first."""
    out = out_of(context)
    narrowed = "".join(f"&{name}={quote(value)}" for name, value in (("to", to), ("account", account)) if value)

    def as_text(found: dict[str, Any]) -> None:
        rows = [
            (
                m["at"][:19].replace("T", " "),
                m["channel"],
                m["to"],
                m["subject"] or m["text"].split("\n")[0][:60],
                m["id"],
            )
            for m in found["messages"]
        ]
        table(rows, ("at", "by", "to", "subject", "id"))

    out.show(out.call("GET", f"mail?limit={number}{narrowed}"), as_text)


@mail_command.command("show")
@click.argument("message_id")
@click.pass_context
def show(context: click.Context, message_id: str) -> None:
    """A message as its recipient has it."""
    out = out_of(context)

    def as_text(message: dict[str, Any]) -> None:
        for name in ("from", "to", "subject", "at"):
            if message[name]:
                click.echo(click.style(f"{name}: ", dim=True) + message[name])
        click.echo("\n" + message["text"])

    out.show(out.call("GET", f"mail/{quote(message_id)}"), as_text)


@mail_command.command("reply")
@click.argument("message_id")
@click.argument("text")
@click.pass_context
def reply(context: click.Context, message_id: str, text: str) -> None:
    """Answer a text message as the phone that got it: STOP opts out, START opts in."""
    out = out_of(context)
    out.show(out.call("POST", f"mail/{quote(message_id)}/reply", {"text": text}), lambda _: click.echo("sent"))


@mail_command.command("clear")
@click.argument("message_id", required=False)
@click.pass_context
def clear(context: click.Context, message_id: str | None) -> None:
    """Throw one message away, or all."""
    out = out_of(context)
    found = out.call("DELETE", f"mail/{quote(message_id)}" if message_id else "mail")
    out.show(found, lambda value: click.echo(f"{value['deleted']} thrown away"))


for _command in (list_messages, show, reply, clear):
    with_json(_command)
