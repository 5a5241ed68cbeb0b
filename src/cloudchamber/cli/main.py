"""The command's root: options that all nouns share, and the nouns, each imported when it is asked for."""

from __future__ import annotations

import importlib

import click

from cloudchamber import __version__
from cloudchamber.cli.talk import Out, find_endpoint

# Command -> module of cloudchamber.cli that defines it under its own name.
COMMANDS = {
    "up": "up",
    "down": "up",
    "status": "up",
    "env": "up",
    "time": "time",
    "fault": "fault",
    "trace": "trace",
    "explain": "trace",
    "snapshot": "snapshot",
    "usage": "usage",
    "logs": "logs",
    "mail": "mail",
    "architecture": "resources",
    "resources": "resources",
    "call": "resources",
    "identity": "resources",
    "runtime": "runtime",
    "blueprint": "blueprint",
    "drill": "blueprint",
    "deploy": "deploy",
    "diff": "deploy",
    "destroy": "deploy",
    "stacks": "deploy",
}


class Lazy(click.Group):
    """Imports a command's module when the command is used: `cloudchamber up` does not pay for the others."""

    def list_commands(self, context: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, context: click.Context, name: str) -> click.Command | None:
        if name not in COMMANDS:
            return None
        module = importlib.import_module(f"cloudchamber.cli.{COMMANDS[name]}")
        command: click.Command = getattr(module, f"{name}_command")
        return command


@click.group(cls=Lazy, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="cloudchamber")
@click.option("--endpoint", metavar="URL", help="The cloud to talk to, if not the one started here.")
@click.option("--json", "as_json", is_flag=True, help="Answer in JSON.")
@click.pass_context
def main(context: click.Context, endpoint: str | None, as_json: bool) -> None:
    """A small AWS in one process, in which whole architectures run for real."""
    context.obj = Out(find_endpoint(endpoint), as_json)


def with_json(command: click.Command) -> click.Command:
    """Let `--json` stand behind a command as well as before it."""

    def asked(context: click.Context, _option: click.Parameter, value: bool) -> None:
        if value:
            context.find_root().obj.as_json = True

    option = click.Option(["--json"], is_flag=True, expose_value=False, callback=asked, help="Answer in JSON.")
    command.params.append(option)
    return command
