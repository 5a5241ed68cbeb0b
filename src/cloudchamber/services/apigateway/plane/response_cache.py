"""The response caches of stages: as many bytes as the cluster has, entries for their time on the cloud's clock.

https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-caching.html
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

    from cloudchamber.services.apigateway.plane.refusals import Reply

RESPONSE_BYTES_MAX = 1024 * 1024
ENTRY_BYTES = 500  # what an entry takes beside its body
GIGABYTE = 1 << 30

Place = tuple[str, str]  # API, stage


@dataclass(slots=True)
class _Cluster:
    size: int = 0
    entries: OrderedDict[Hashable, tuple[float, Reply]] = field(default_factory=OrderedDict)


class ResponseCaches:
    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._clusters: dict[Place, _Cluster] = {}

    def get(self, place: Place, key: Hashable) -> Reply | None:
        cluster = self._clusters.get(place)
        if cluster is None:
            return None
        found = cluster.entries.get(key)
        if found is None:
            return None
        if self._now() >= found[0]:
            self._drop(cluster, key)
            return None
        cluster.entries.move_to_end(key)
        return found[1]

    def put(self, place: Place, key: Hashable, reply: Reply, *, ttl_s: float, size_gb: float) -> None:
        """Keep a reply; the longest unused go where there is no room. One that is too large is not kept."""
        if len(reply.body) > RESPONSE_BYTES_MAX or ttl_s <= 0:
            return
        cluster = self._clusters.setdefault(place, _Cluster())
        if key in cluster.entries:
            self._drop(cluster, key)
        cluster.entries[key] = (self._now() + ttl_s, reply)
        cluster.size += len(reply.body) + ENTRY_BYTES
        while cluster.size > size_gb * GIGABYTE:
            self._drop(cluster, next(iter(cluster.entries)))

    @staticmethod
    def _drop(cluster: _Cluster, key: Hashable) -> None:
        _, reply = cluster.entries.pop(key)
        cluster.size -= len(reply.body) + ENTRY_BYTES

    def flush(self, place: Place) -> None:
        """Forget what a stage has cached."""
        self._clusters.pop(place, None)
