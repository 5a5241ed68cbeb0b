"""`up`, `down`, `status`, `env`: the life of a cloud."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cloudchamber.cli.main import with_json
from cloudchamber.cli.talk import Failed, Out, out_of
from cloudchamber.config import DEFAULT_FOLDER, DEFAULT_HOST, DEFAULT_PORT, Config, read_setting
from cloudchamber.core.clock import Clock

if TYPE_CHECKING:
    from cloudchamber.cli.live import Terminal
    from cloudchamber.cloud import Cloud

START_SECONDS_MAX = 30.0
STOP_SECONDS_MAX = 30.0
LOG_FILE = "cloudchamber.log"
AUTHORITY_SECONDS = 0.5


@click.command("up")
@click.option("--host", default=DEFAULT_HOST, show_default=True, help="Address to listen on.")
@click.option("--port", default=DEFAULT_PORT, show_default=True, help="Port for HTTP and HTTPS; 0 takes a free one.")
@click.option("--data-dir", type=click.Path(file_okay=False, path_type=Path), help=f"Data folder [{DEFAULT_FOLDER}].")
@click.option("--ephemeral", is_flag=True, help="Keep everything in memory, and nothing afterwards.")
@click.option(
    "--durability",
    type=click.Choice(["process", "full"]),
    default="process",
    show_default=True,
    help="What an acknowledged write survives: the process being killed, or the power failing.",
)
@click.option(
    "--allow-origin", "origins", multiple=True, metavar="ORIGIN", help="Let pages of this origin in; * for all."
)
@click.option(
    "--set", "settings", multiple=True, metavar="NAME=VALUE", help="A setting of a service (docs/settings.md)."
)
@click.option("-d", "--detach", is_flag=True, help="Run in the background.")
@click.argument("blueprint", required=False)
@click.pass_context
def up_command(context: click.Context, /, blueprint: str | None, **options: Any) -> None:
    """Start a cloud, with a BLUEPRINT deployed in it if one is named (`cloudchamber blueprint list`)."""
    out = out_of(context)
    if blueprint is not None:
        from cloudchamber.cli.blueprint import found  # noqa: PLC0415 - most start without one

        found(out, blueprint)
    if options["ephemeral"] and options["data_dir"]:
        out.fail("--ephemeral keeps nothing, --data-dir keeps everything", "one of the two")
    folder = None if options["ephemeral"] else (options["data_dir"] or Path(DEFAULT_FOLDER))
    try:
        settings = dict(map(read_setting, options["settings"]))
    except ValueError as error:
        out.fail(str(error), "cloudchamber up --set dynamodb.throttling=on")
    config = Config(
        folder, options["host"], options["port"], options["durability"], options["origins"], settings=settings
    )
    if options["detach"]:
        facts = _detach(out, config)
        if blueprint is not None:
            _install(replace(out, endpoint=facts["endpoint"]), blueprint)
        return
    import uvloop  # noqa: PLC0415 - only a server needs it

    try:
        uvloop.run(_serve(out, config, blueprint))
    except (OSError, RuntimeError) as error:
        raise _explained(error, config, out.as_json) from None


def _install(out: Out, name: str) -> None:
    from cloudchamber.cli.blueprint import found, install  # noqa: PLC0415 - most start without one

    install(out, found(out, name))


async def _serve(out: Out, config: Config, blueprint: str | None) -> None:
    from cloudchamber.cloud import Cloud  # noqa: PLC0415 - the other commands need no cloud

    cloud = Cloud(config)
    await cloud.start()
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopping.set)
    facts = {
        "endpoint": cloud.endpoint,
        "console": f"{cloud.endpoint}/_cloudchamber/",
        "pid": os.getpid(),
        "data_dir": None if cloud.folder.is_temporary else str(cloud.folder.path.resolve()),
        "ca_certificate": str(cloud.certificates.certificate_path.resolve()),
    }
    _greet(out, facts)
    cloud.clock.housekeep(_make_authority(cloud), "certificate authority")
    terminal = None if out.as_json or not sys.stdout.isatty() else _terminal()
    if blueprint is not None:
        try:
            await asyncio.to_thread(_install, replace(out, endpoint=cloud.endpoint), blueprint)
        except Failed as failed:  # the cloud is up all the same, and shows what went wrong
            failed.show()
    if terminal is not None:
        from cloudchamber.cli.live import Live  # noqa: PLC0415 - only in a terminal

        terminal.write(click.style("calls as they happen; Ctrl-C ends the cloud\n", dim=True))
        Live(cloud, terminal).begin()
    await stopping.wait()
    await cloud.stop()


def _terminal() -> Terminal:
    """The terminal that the cloud is started in, with the log in it."""
    import logging  # noqa: PLC0415 - only in a terminal

    from cloudchamber.cli.live import Terminal  # noqa: PLC0415 - only in a terminal

    terminal = Terminal()
    logging.basicConfig(level=logging.WARNING, format="%(name)s: %(message)s", stream=terminal)
    return terminal


async def _make_authority(cloud: Cloud) -> None:
    """Have the CA's file there soon, without keeping the first callers waiting: making keys takes a while."""
    await cloud.clock.sleep_wall(AUTHORITY_SECONDS)
    await asyncio.to_thread(cloud.certificates.ensure)


def _greet(out: Out, facts: dict[str, Any]) -> None:
    if out.as_json:
        click.echo(json.dumps(facts))
    else:
        click.echo(f"{click.style('cloudchamber', bold=True)} is up at {click.style(facts['endpoint'], fg='cyan')}")
        click.echo(f"  console  {facts['console']}")
        click.echo(f"  data     {facts['data_dir'] or 'in memory'}")
        click.echo(f"  HTTPS    the same port; its CA is {facts['ca_certificate']}")
        click.echo(f"  use it   {exports(facts['endpoint'])}")
    sys.stdout.flush()


def exports(endpoint: str) -> str:
    return (
        f"export AWS_ENDPOINT_URL={endpoint} AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test "
        "AWS_DEFAULT_REGION=us-east-1"
    )


def _explained(error: Exception, config: Config, as_json: bool) -> Failed:
    if isinstance(error, OSError) and error.errno in (98, 48):
        return Failed(
            f"port {config.port} on {config.host} is taken", "cloudchamber up --port 0, or cloudchamber down", as_json
        )
    if isinstance(error, PermissionError):
        return Failed(f"not allowed: {error}", "another --port or --data-dir", as_json)
    return Failed(str(error), "cloudchamber status, or another --data-dir", as_json)


def _detach(out: Out, config: Config) -> dict[str, Any]:
    """Start the same command in the background and wait until it answers. What it says of itself."""
    import subprocess  # noqa: PLC0415 - only here

    arguments = ["--host", config.host, "--port", str(config.port), "--durability", config.durability]
    arguments += [part for origin in config.origins for part in ("--allow-origin", origin)]
    for name, value in config.settings.items():
        shown = ("on" if value else "off") if isinstance(value, bool) else value
        arguments += ["--set", f"{name}={shown}"]
    if config.data_dir is None:
        arguments.append("--ephemeral")
        log_path = Path(os.devnull)
    else:
        config.data_dir.mkdir(parents=True, exist_ok=True)
        arguments += ["--data-dir", str(config.data_dir)]
        log_path = config.data_dir / LOG_FILE
    command = [sys.executable, "-m", "cloudchamber", "--json", "up", *arguments]
    with log_path.open("ab") as log:
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=log, start_new_session=True
        )
    assert process.stdout is not None
    line = process.stdout.readline()
    try:
        facts = json.loads(line)
    except ValueError:
        out.fail("the cloud did not start", f"see {log_path}")
    if "error" in facts:
        out.fail(facts["error"], facts["hint"])
    _greet(out, facts)
    started: dict[str, Any] = facts
    return started


@click.command("down")
@click.pass_context
def down_command(context: click.Context) -> None:
    """Stop the cloud that was started here (or at --endpoint)."""
    out = out_of(context)
    status = out.call("GET", "status")
    pid = int(status["pid"])
    try:
        os.kill(pid, signal.SIGTERM)
    except ProcessLookupError:
        out.fail(f"process {pid} is not on this machine", "stop it where it runs")
    deadline = Clock.wall() + STOP_SECONDS_MAX
    while _alive(pid):
        if Clock.wall() > deadline:
            out.fail(f"process {pid} does not stop", f"kill -9 {pid} (nothing acknowledged is lost)")
        asyncio.run(Clock.sleep_wall(0.05))
    out.show({"stopped": pid}, lambda _: click.echo(f"stopped ({pid})"))


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except OSError:
        return False
    try:  # a child that nobody has waited for yet is gone all the same
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (OSError, IndexError):
        return True


@click.command("status")
@click.pass_context
def status_command(context: click.Context) -> None:
    """Whether a cloud runs, and what of it is in use."""
    out = out_of(context)
    status = out.call("GET", "status")

    def as_text(found: dict[str, Any]) -> None:
        loaded = [name for name, is_loaded in found["services"].items() if is_loaded]
        click.echo(f"cloudchamber {found['version']} at {found['endpoint']}, process {found['pid']}")
        click.echo(f"  data      {found['data_dir'] or 'in memory'} (durability: {found['durability']})")
        click.echo(f"  clock     {found['clock']['now']} ({found['clock']['mode']})")
        click.echo(f"  services  {', '.join(found['services'])} (in use: {', '.join(loaded) or 'none'})")
        click.echo(f"  calls     {found['calls']}, faults: {found['faults']}")
        click.echo(f"  functions {found['functions']}")
        click.echo(f"  CA        {found['ca_certificate']}")

    out.show(status, as_text)


@click.command("env")
@click.option("--https", is_flag=True, help="Use HTTPS, with the cloud's own CA.")
@click.pass_context
def env_command(context: click.Context, https: bool) -> None:
    """A line of exports for the shell: eval "$(cloudchamber env)"."""
    out = out_of(context)
    endpoint = out.endpoint
    found = {
        "AWS_ENDPOINT_URL": endpoint.replace("http://", "https://", 1) if https else endpoint,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": "us-east-1",
    }
    if https:
        found["AWS_CA_BUNDLE"] = out.call("GET", "status")["ca_certificate"]
    out.show(found, lambda values: click.echo("export " + " ".join(f"{k}={v}" for k, v in values.items())))


for _command in (up_command, down_command, status_command, env_command):
    with_json(_command)
