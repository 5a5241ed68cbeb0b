"""`runtime`: what this machine runs functions on, and the one thing that can be fetched for it."""

from __future__ import annotations

from typing import Any

import click

from cloudchamber.cli.main import with_json
from cloudchamber.cli.talk import Failed, out_of
from cloudchamber.runtime import interpreters, isolation, node_sdk


@click.group("runtime")
def runtime_command() -> None:
    """What functions run on."""


@click.command("list")
@click.pass_context
def list_command(context: click.Context) -> None:
    """The interpreters of this machine, and what keeps functions apart."""
    node, modules = interpreters.node(), node_sdk.modules()
    found = {
        "python": {f"3.{minor}": paths[0] for minor, paths in sorted(interpreters.pythons().items())},
        "node": None if node is None else {"path": node[0], "version": node[1]},
        "node_sdk": None if modules is None else str(modules),
        "isolation": isolation.statement(),
    }

    def as_text(said: dict[str, Any]) -> None:
        for version, path in said["python"].items():
            click.echo(f"python{version}  {path}")
        if said["node"]:
            click.echo(f"node {said['node']['version']}  {said['node']['path']}")
        hint = "not installed: cloudchamber runtime install nodejs"
        click.echo(f"AWS SDK for JavaScript v3: {said['node_sdk'] or hint}")
        click.echo(f"isolation: {said['isolation']}")

    out_of(context).show(found, as_text)


@click.command("install")
@click.argument("what", type=click.Choice(["nodejs"]))
@click.option("--package", "packages", multiple=True, metavar="NAME", help="Only these, instead of all AWS has there.")
@click.pass_context
def install_command(context: click.Context, what: str, packages: tuple[str, ...]) -> None:
    """Fetch the AWS SDK for JavaScript v3 with npm, once, for functions of nodejs runtimes."""
    out = out_of(context)
    try:
        place = node_sdk.install(packages or node_sdk.PACKAGES)
    except node_sdk.CannotInstall as error:
        raise Failed(str(error), "npm and a way to its registry are needed", out.as_json) from None
    out.show({"installed": what, "folder": str(place)}, lambda found: click.echo(f"installed into {found['folder']}"))


for _command in (list_command, install_command):
    with_json(_command)
    runtime_command.add_command(_command)
