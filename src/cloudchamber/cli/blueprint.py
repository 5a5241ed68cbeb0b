"""`blueprint`, `drill`: architectures that come along, brought into the running cloud and walked through."""

from __future__ import annotations

import json
import mimetypes
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cloudchamber.blueprints import catalog, drilling
from cloudchamber.cli.main import with_json
from cloudchamber.cli.talk import Out, out_of, table

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cloudchamber.blueprints.catalog import Blueprint, Page
    from cloudchamber.cli.stacks import Clients

REGION = "us-east-1"


def found(out: Out, name: str) -> Blueprint:
    try:
        return catalog.load(name)
    except catalog.Unknown:
        out.fail(f"there is no blueprint {name}", f"one of: {', '.join(catalog.names())}")


def install(out: Out, blueprint: Blueprint) -> dict[str, Any]:
    """Deploy a blueprint into the running cloud, put its pages up, and say what to open. What `--json` shows."""
    from cloudchamber.cli.deploy import Deployment  # noqa: PLC0415 - `up` without a blueprint needs none of it
    from cloudchamber.cli.stacks import Clients  # noqa: PLC0415

    around = catalog.around(out.endpoint, Clients(out, "test", REGION)["sts"].get_caller_identity()["Account"])
    overrides = tuple(f"{name}={value.format(**around)}" for name, value in blueprint.parameters.items())
    options: dict[str, Any] = {
        "account": "test", "region": REGION, "path": blueprint.folder, "stack_name": blueprint.name,
        "overrides": overrides, "tags": (), "capabilities": (),
    }  # fmt: skip
    deployment = Deployment.of(out, options)
    told = deployment.deploy()
    places = {**told["outputs"], **around}
    for page in blueprint.pages:
        _put_up(deployment.clients, blueprint, page, places)
    opened = [{"url": url.format(**places), "what": what} for url, what in blueprint.open]
    if not out.as_json:
        click.echo(f"{click.style(blueprint.name, bold=True)} is there:")
        for one in opened:
            click.echo(f"  {click.style(one['url'], fg='cyan')}\n      {one['what']}")
        click.echo(f"  cloudchamber drill {blueprint.name}\n      walks all of it and says what it saw")
    return {"blueprint": blueprint.name, "stack": told["stack"], "outputs": told["outputs"], "open": opened}


def _put_up(clients: Clients, blueprint: Blueprint, page: Page, places: Mapping[str, str]) -> None:
    """A folder's files into its bucket, with the `config.json` that tells the page where everything is."""
    bucket, folder = page.bucket.format(**places), blueprint.folder / page.folder
    for path in (path for path in blueprint.files() if path.is_relative_to(folder)):
        kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
        key = path.relative_to(folder).as_posix()
        clients["s3"].put_object(Bucket=bucket, Key=key, Body=path.read_bytes(), ContentType=kind)
    if page.config:
        config = {name: value.format(**places) for name, value in page.config.items()}
        body = json.dumps(config, indent=2).encode()
        clients["s3"].put_object(Bucket=bucket, Key="config.json", Body=body, ContentType="application/json")


@click.group("blueprint")
def blueprint_command() -> None:
    """Architectures that run: try one, or begin from one."""


@click.command("list")
@click.pass_context
def list_command(context: click.Context) -> None:
    """What there is."""
    known = [catalog.load(name) for name in catalog.names()]
    out_of(context).show(
        [{"name": one.name, "title": one.title} for one in known],
        lambda _: table([(one.name, one.title) for one in known], ("blueprint", "what it is")),
    )


@click.command("show")
@click.argument("name")
@click.pass_context
def show_command(context: click.Context, name: str) -> None:
    """What one is made of."""
    out = out_of(context)
    blueprint = found(out, name)
    files = [path.relative_to(blueprint.folder).as_posix() for path in blueprint.files()]
    told = {"name": name, "title": blueprint.title, "about": blueprint.about, "files": files}

    def as_text(_: Any) -> None:
        click.echo(f"{click.style(blueprint.title, bold=True)}\n{blueprint.about}\n")
        for file in files:
            click.echo(f"  {file}")
        click.echo(f"\n  cloudchamber up {name}\n  cloudchamber blueprint eject {name} FOLDER")

    out.show(told, as_text)


@click.command("eject")
@click.argument("name")
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path), required=False)
@click.pass_context
def eject_command(context: click.Context, name: str, folder: Path | None) -> None:
    """Copy one into a folder, to go on from there: template, code and pages, as they would go to AWS."""
    out = out_of(context)
    blueprint, target = found(out, name), folder or Path(name)
    if target.exists() and any(target.iterdir()):
        out.fail(f"{target} is not empty", f"cloudchamber blueprint eject {name} ANOTHER-FOLDER")
    for path in blueprint.files():
        place = target / path.relative_to(blueprint.folder)
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, place)
    told = {"blueprint": name, "folder": str(target.resolve())}
    out.show(told, lambda _: click.echo(f"{name} is in {target}; next: cloudchamber deploy {target}"))


@click.command("deploy")
@click.argument("name")
@click.pass_context
def deploy_command(context: click.Context, name: str) -> None:
    """Bring one into the running cloud, or up to date there."""
    out = out_of(context)
    told = install(out, found(out, name))
    if out.as_json:
        click.echo(json.dumps(told, indent=2))


@click.command("drill")
@click.argument("name")
@click.pass_context
def drill_command(context: click.Context, name: str) -> None:
    """Walk a blueprint that is deployed: each promise, and what was seen. Ends with 1 at the first broken one."""
    out = out_of(context)
    blueprint = found(out, name)
    outputs = _outputs(out, blueprint)

    def tell(kept: drilling.Kept) -> None:
        if not out.as_json:
            seen = click.style(f"\n    {kept.seen}", dim=True) if kept.seen else ""
            click.echo(f"{click.style('✓', fg='green')} {kept.promise}{seen}")

    drill = drilling.Drill(out.endpoint, outputs, tell, region=REGION)
    try:
        drilling.walk(name, drill)
    except drilling.Broken as broken:
        out.fail(f"a promise is broken: {broken}", "cloudchamber trace last --errors")
    promises = [{"promise": kept.promise, "seen": kept.seen} for kept in drill.kept]
    out.show({"blueprint": name, "kept": promises}, lambda _: click.echo(f"{len(promises)} promises kept"))


def _outputs(out: Out, blueprint: Blueprint) -> dict[str, str]:
    from botocore.exceptions import ClientError  # noqa: PLC0415 - takes half a second

    from cloudchamber.cli.stacks import Clients  # noqa: PLC0415

    try:
        [stack] = Clients(out, "test", REGION)["cloudformation"].describe_stacks(StackName=blueprint.name)["Stacks"]
    except ClientError:
        out.fail(f"{blueprint.name} is not deployed here", f"cloudchamber blueprint deploy {blueprint.name}")
    return {one["OutputKey"]: one["OutputValue"] for one in stack.get("Outputs", ())}


for _command in (list_command, show_command, eject_command, deploy_command):
    with_json(_command)
    blueprint_command.add_command(_command)
with_json(drill_command)
