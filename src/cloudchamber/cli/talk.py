"""Talking to the running cloud and to the person: its JSON API, output as text or JSON, errors with a fix."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn
from urllib.parse import urlsplit

import click

from cloudchamber.config import DEFAULT_FOLDER, DEFAULT_PORT
from cloudchamber.storage.folder import running

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

TIMEOUT_SECONDS = 600.0  # advancing a long time through many timers may take its while


class Failed(click.ClickException):
    """What went wrong, why, and how to fix it."""

    def __init__(self, error: str, hint: str = "", as_json: bool = False) -> None:
        super().__init__(error)
        self.hint = hint
        self.as_json = as_json

    def show(self, file: Any = None) -> None:
        if self.as_json:
            click.echo(json.dumps({"error": self.message, "hint": self.hint}))
            return
        click.echo(click.style("error: ", fg="red", bold=True) + self.message, err=True)
        if self.hint:
            click.echo(click.style("  try: ", fg="yellow") + self.hint, err=True)


@dataclass(slots=True)
class Out:
    """Where a command's answer goes."""

    endpoint: str
    as_json: bool

    def fail(self, error: str, hint: str = "") -> NoReturn:
        raise Failed(error, hint, self.as_json)

    def call(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Any:
        """An answer of the cloud's API; a failure is shown and ends the command."""
        import http.client  # noqa: PLC0415 - `up`, which everybody waits for, talks to nobody

        parts = urlsplit(self.endpoint)
        connection = http.client.HTTPConnection(
            parts.hostname or "localhost", parts.port or 80, timeout=TIMEOUT_SECONDS
        )
        raw = None if body is None else json.dumps(body).encode()
        try:
            connection.request(method, f"/_cloudchamber/api/{path}", raw, {"Content-Type": "application/json"})
            answer = connection.getresponse()
            text = answer.read()
        except OSError as error:
            self.fail(f"no cloud answers at {self.endpoint} ({error})", "cloudchamber up")
        finally:
            connection.close()
        try:
            value = json.loads(text)
        except ValueError:
            self.fail(f"{self.endpoint} is not a cloudchamber", "cloudchamber --endpoint URL …")
        if answer.status >= 400:
            self.fail(value.get("error", f"status {answer.status}"), value.get("hint", ""))
        return value

    def show(self, value: Any, as_text: Callable[[Any], None]) -> None:
        """`value` as JSON where that was asked for, else through `as_text`."""
        if self.as_json:
            click.echo(json.dumps(value, indent=2))
        else:
            as_text(value)


def find_endpoint(given: str | None) -> str:
    """The endpoint to talk to: the one given, that of the data folder here, the environment's, or the default."""
    if given:
        return given.rstrip("/")
    here = running(Path(DEFAULT_FOLDER))
    if here and "endpoint" in here:
        return str(here["endpoint"])
    return os.environ.get("AWS_ENDPOINT_URL") or f"http://localhost:{DEFAULT_PORT}"


def out_of(context: click.Context) -> Out:
    found: Out = context.find_root().obj
    return found


def table(rows: list[tuple[Any, ...]], heads: tuple[str, ...]) -> None:
    """Aligned columns."""
    if not rows:
        click.echo("(none)")
        return
    texts = [heads, *(tuple(str(cell) for cell in row) for row in rows)]
    widths = [max(len(row[i]) for row in texts) for i in range(len(heads))]
    for number, row in enumerate(texts):
        line = "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        click.echo(click.style(line, dim=True) if number == 0 else line)
