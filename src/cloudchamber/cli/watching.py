"""`deploy --watch`: on save, functions' code is swapped at once; anything else is deployed again."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import click

from cloudchamber.cli.packaging import FUNCTIONS, Artifact, Package, files_of, packed
from cloudchamber.cli.stacks import pause
from cloudchamber.cli.talk import Failed
from cloudchamber.core.clock import Clock

if TYPE_CHECKING:
    from pathlib import Path

    from cloudchamber.cli.deploy import Deployment

LOOK_SECONDS = 0.3

Stamp = tuple[tuple[str, int, int], ...]


def stamp(path: Path) -> Stamp:
    """What tells that a file or folder was saved: names, sizes, times."""
    found = []
    for each in files_of(path) if path.exists() else ():
        status = each.stat()
        found.append((str(each), status.st_mtime_ns, status.st_size))
    return tuple(found)


@dataclass(slots=True)
class Watch:
    """What was deployed, and how its files were then."""

    deployment: Deployment
    package: Package | None = None
    _stamps: dict[str, Stamp] = field(default_factory=dict)

    def run(self) -> None:
        """Until interrupted."""
        self.remember()
        click.echo("watching; Ctrl-C ends it")
        try:
            while True:
                pause(LOOK_SECONDS)
                self.look()
        except KeyboardInterrupt:
            return

    def remember(self) -> None:
        self.package = self.deployment.package()
        self._stamps = {str(path): stamp(path) for path in self._paths()}

    def _paths(self) -> list[Path]:
        assert self.package is not None
        return [*self.package.sources, *(artifact.path for artifact in self.package.artifacts)]

    def look(self) -> None:
        """Bring over what was saved since the last look. A failure is shown, and watching goes on."""
        assert self.package is not None
        saved = {str(path) for path in self._paths() if stamp(path) != self._stamps.get(str(path))}
        if not saved:
            return
        try:
            artifacts = [artifact for artifact in self.package.artifacts if str(artifact.path) in saved]
            only_code = all(artifact.type in FUNCTIONS for artifact in artifacts)
            if only_code and not saved & {str(path) for path in self.package.sources}:
                self._swap(artifacts)
            else:
                self.deployment.deploy()
            self.remember()
        except Failed as failure:
            failure.show()
            self._stamps = {str(path): stamp(path) for path in self._paths()}

    def _swap(self, artifacts: list[Artifact]) -> None:
        """New code for functions, past the stack: the next deployment says the same of them."""
        functions = self.deployment.stack.functions()
        for artifact in artifacts:
            begun = Clock.perf()
            name = functions[artifact.logical_id]
            with self.deployment.clients.explained():
                self.deployment.clients["lambda"].update_function_code(FunctionName=name, ZipFile=packed(artifact.path))
            took_ms = (Clock.perf() - begun) * 1000
            click.echo(f"{click.style('swapped', fg='green')} {artifact.logical_id}  {took_ms:.0f} ms")
