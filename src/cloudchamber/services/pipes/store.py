"""What EventBridge Pipes reads from and writes to its tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cloudchamber.services.pipes.records import POSITIONS, Pipe
from cloudchamber.storage.tables import Table

if TYPE_CHECKING:
    from cloudchamber.storage.engine import Store


class PipesStore:
    def __init__(self, store: Store) -> None:
        self.db = store
        self.pipes: Table[Pipe] = Table(store, "pipes_pipes", Pipe, ("account", "region", "name"))
        store.ensure("pipes_progress", POSITIONS)

    def pipe_by_arn(self, arn: str) -> Pipe | None:
        parts = arn.split(":", 5)
        if len(parts) != 6 or not parts[5].startswith("pipe/"):
            return None
        return self.pipes.get(parts[4], parts[3], parts[5].removeprefix("pipe/"))

    def drop(self, pipe: Pipe) -> None:
        """A pipe goes, and how far it came. Inside a transaction."""
        self.pipes.delete(pipe.account, pipe.region, pipe.name)
        self.db.execute("DELETE FROM pipes_positions WHERE pipe = ?", (pipe.arn,))

    # positions

    def positions(self, pipe: Pipe) -> dict[str, tuple[str, bool]]:
        """By shard: the last sequence number that is done with (empty for none), and whether all of the shard is."""
        rows = self.db.all("SELECT shard, sequence, is_ended FROM pipes_positions WHERE pipe = ?", (pipe.arn,))
        return {row[0]: (row[1], bool(row[2])) for row in rows}

    def keep_position(self, pipe: Pipe, shard: str, sequence: str, is_ended: bool) -> None:
        """Inside a transaction."""
        values = (pipe.arn, shard, sequence, is_ended)
        self.db.execute("INSERT OR REPLACE INTO pipes_positions VALUES (?, ?, ?, ?)", values)
