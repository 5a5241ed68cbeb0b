"""The composition root: one object that is a whole cloud, and the order in which its parts come up and go down."""

from __future__ import annotations

import logging
import os
from dataclasses import asdict
from typing import TYPE_CHECKING

from cloudchamber import __version__
from cloudchamber.console.api import ConsoleDoor
from cloudchamber.console.localstack import LocalStackDoor
from cloudchamber.core.clock import Clock, ClockState
from cloudchamber.core.dispatch import Dispatcher
from cloudchamber.core.events import Facts
from cloudchamber.core.faults import FaultRule, Faults
from cloudchamber.core.meter import Meter
from cloudchamber.core.metrics import Measured, Metrics
from cloudchamber.core.resources import Directory
from cloudchamber.core.service import Platform
from cloudchamber.core.trace import Traces
from cloudchamber.gateway.apis import Apis
from cloudchamber.gateway.auth import Authenticator
from cloudchamber.gateway.chain import Chain
from cloudchamber.gateway.custom_resources import CustomResources
from cloudchamber.gateway.function_urls import FunctionUrls
from cloudchamber.gateway.listener import Listener
from cloudchamber.gateway.server import Connection, Server
from cloudchamber.gateway.signing_certificates import SigningCertificates
from cloudchamber.gateway.smtp import SmtpServer
from cloudchamber.gateway.tls import CertificateAuthority
from cloudchamber.gateway.user_pool_pages import UserPoolPages
from cloudchamber.gateway.user_pools import UserPools
from cloudchamber.identity.authorize import Gatekeeper, Identities
from cloudchamber.registry import SERVICES, Registry, resource_type
from cloudchamber.storage.blobs import Blobs
from cloudchamber.storage.engine import Store
from cloudchamber.storage.folder import DataFolder
from cloudchamber.storage.mailbox import Mailbox
from cloudchamber.storage.settings import Settings
from cloudchamber.storage.snapshots import DATABASE, SnapshotInfo, Snapshots

if TYPE_CHECKING:
    from cloudchamber.config import Config
    from cloudchamber.identity.credentials import CredentialSource

log = logging.getLogger("cloudchamber")

METER_SAVE_SECONDS = 5.0


class Cloud:
    """Made inside a running loop. `await start()`, use, `await stop()`."""

    def __init__(self, config: Config) -> None:
        self.config = config
        self.folder = DataFolder(config.data_dir)
        path = self.folder.path
        self.store = Store(None if self.folder.is_temporary else path / DATABASE, config.durability)
        self.settings = Settings(self.store)
        self.blobs = Blobs(path / "blobs", sync=config.durability == "full")
        self.snapshots = Snapshots(path / "snapshots", self.store, self.blobs.folder)
        self.certificates = CertificateAuthority(path / "tls")
        self.clock = Clock(self._saved_clock(), self._save_clock)
        self.facts, self.traces, self.meter = Facts(), Traces(), Meter()
        self.metrics = Metrics(self.clock.now)
        self.facts.observe(Measured, self.metrics.add)
        self.faults = Faults(lambda rules: self.settings.put("faults", [asdict(rule) for rule in rules]))
        self.dispatcher = Dispatcher(self.clock, self.facts, self.faults, self.traces, self.meter)
        self.registry = Registry(self._platform)
        self.directory = Directory(self.registry.owner, lambda: list(self.registry.loaded))
        self.identities = Identities(self._credential_sources, lambda: self.registry.get("iam").service)  # type: ignore[arg-type,return-value]
        self.dispatcher.directory = self.directory
        self.dispatcher.authorize = Gatekeeper(self.identities, self.directory)
        self.dispatcher.lookup = self.registry.lookup
        authenticator = Authenticator(self.clock, self.identities.credential)
        self.chain = Chain(self.clock, self.registry, self.dispatcher, authenticator)
        self.chain.origins.also = frozenset(origin.lower().rstrip("/") for origin in config.origins)
        functions = FunctionUrls(self.registry, self.dispatcher, authenticator)
        apis = Apis(self.registry, self.dispatcher, authenticator, self.chain.aws_api)
        own = (ConsoleDoor(self), LocalStackDoor(self), SigningCertificates(self.registry))
        pools = (UserPools(self.registry), UserPoolPages(self.dispatcher))
        self.chain.doors = [*own, functions, apis, *pools, CustomResources(self.registry)]
        self.server: Server
        self.smtp: SmtpServer | None = None
        self.port = 0
        self.started_at = 0.0

    def _platform(self) -> Platform:
        return Platform(
            self.clock,
            self.store,
            self.dispatcher,
            self.directory,
            self.facts,
            self.faults,
            self.blobs,
            self.identities,
            self.folder.path,
            self.metrics,
            f"http://127.0.0.1:{self.port}",
            self.config.settings,
            self.certificates.ensure,
            resource_type,
        )

    def _credential_sources(self) -> tuple[CredentialSource, ...]:
        return tuple(self.registry.get(name).service for name in ("iam", "sts"))  # type: ignore[misc]

    # state that is not a service's

    def _saved_clock(self) -> ClockState:
        saved = self.settings.get("clock")
        if saved is not None:
            return ClockState(saved["mode"], saved["offset"], saved["frozen_at"], tuple(map(tuple, saved["steps"])))
        if self.config.freeze_at is not None:
            return ClockState("frozen", self.config.freeze_at - Clock.wall(), self.config.freeze_at)
        return ClockState()

    def _save_clock(self, state: ClockState) -> None:
        self.settings.put("clock", asdict(state))

    def _restore_settings(self) -> None:
        self.faults.restore(FaultRule(**rule) for rule in self.settings.get("faults") or ())
        self.meter.restore(self.settings.get("usage") or {})

    def _save_usage(self) -> None:
        usage = self.meter.usage()
        if usage:
            self.settings.put("usage", usage)
        if self.metrics:
            self.registry.get("cloudwatch").service.take_measured()  # type: ignore[attr-defined]

    # life

    async def start(self) -> None:
        """Listen, restore what was going on, and answer."""
        self._restore_settings()
        self.server = Server(self.chain)
        self.listener = Listener(lambda secure: Connection(self.server, secure), self.certificates.server_context)
        self.port = self.listener.listen(self.config.host, self.config.port)
        self.started_at = self.clock.wall()
        await self._listen_for_mail()
        await self._resume()
        self.clock.start()
        self.clock.housekeep(self._keep_saving(), "save usage")
        self.folder.announce({"pid": os.getpid(), "endpoint": self.endpoint, "version": __version__})

    async def _listen_for_mail(self) -> None:
        """By SMTP, where a setting says so."""
        port = self.registry.get("ses").service.smtp_port if "ses.smtp_port" in self.config.settings else 0  # type: ignore[attr-defined]
        if port:
            self.smtp = SmtpServer(self.dispatcher, self.identities, self.certificates.server_context)
            await self.smtp.listen(self.config.host, port)

    async def _resume(self) -> None:
        """Services that have rows rebuild their timers and pollers; the others are not even imported."""
        prefixes = {name.split(":")[-1].split("_")[0] for name in self.store.known_schemas()}
        await self.registry.resume([name for name in SERVICES if name.partition("-")[0] in prefixes])

    async def _keep_saving(self) -> None:
        while True:
            await self.clock.sleep_wall(METER_SAVE_SECONDS)
            self._save_usage()

    @property
    def endpoint(self) -> str:
        host = "localhost" if self.config.host in ("127.0.0.1", "0.0.0.0", "::1") else self.config.host
        return f"http://{host}:{self.port}"

    @property
    def mailbox(self) -> Mailbox:
        """Where mails and text messages arrive."""
        return self.store.shared(Mailbox)

    async def stop(self) -> None:
        """Finish answers under way, end background work, close the store."""
        await self.listener.stop()
        if self.smtp is not None:
            await self.smtp.stop()
        self.clock.end_waiting()
        await self.server.stop()
        await self.clock.stop()
        self._save_usage()
        self.store.close()
        self.folder.close()

    # snapshots

    def save_snapshot(self, name: str) -> SnapshotInfo:
        """SnapshotError for a bad name."""
        self._save_usage()
        self._save_clock(self.clock.state)
        return self.snapshots.save(name)

    async def load_snapshot(self, name: str) -> SnapshotInfo:
        """SnapshotError if there is none of that name. The clock goes back to where it stood."""
        info = self.snapshots.load(name)
        self.metrics.forget()
        self.clock.forget_timers()
        self.identities.changed()
        self._restore_settings()
        self.clock.restore(self._saved_clock())
        self.registry.reopen()
        await self._resume()
        return info
