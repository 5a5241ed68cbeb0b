"""The commands of an Insights query: read into steps, and run over rows. Pure.

Steps that look at one row alone (filter, fields, parse) run while events are read; the others need all rows.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import regex  # type: ignore[import-untyped, unused-ignore]

from cloudchamber.core.errors import NotImplementedByUs
from cloudchamber.services.logs import insights_values as values
from cloudchamber.services.logs.insights_language import REGEX_SECONDS_MAX, Reader

if TYPE_CHECKING:
    from collections.abc import Callable

    from cloudchamber.services.logs.insights_language import Row, Value

    EachStep = Callable[[Row], bool]  # changes a row; whether it stays
    AllStep = Callable[[list[Row]], list[Row]]

DEFAULT_COLUMNS = ("@timestamp", "@message")
COMMANDS = ("fields", "display", "filter", "where", "stats", "sort", "order", "limit", "head", "tail", "parse", "dedup")
_ELSEWHERE = (
    "pattern", "diff", "anomaly", "unmask", "unnest", "lookup", "join", "filterindex", "source", "addtotals", "append",
)  # fmt: skip


@dataclass(slots=True)
class Program:
    """A query that was read. `columns` is None until a command names some."""

    each: list[EachStep] = field(default_factory=list)
    later: list[tuple[str, Any]] = field(default_factory=list)  # ("each", EachStep) | ("all", AllStep)
    columns: list[str] | None = None
    is_aggregated: bool = False
    limit: int | None = None  # where it cuts rows before anything else needs them all

    def add_each(self, step: EachStep) -> None:
        if self.later:
            self.later.append(("each", step))
        else:
            self.each.append(step)

    def keeps(self, row: Row) -> bool:
        return all(step(row) for step in self.each)

    def finish(self, rows: list[Row]) -> list[Row]:
        for kind, step in self.later:
            rows = [row for row in rows if step(row)] if kind == "each" else step(rows)
        return rows

    def shown(self, row: Row) -> list[tuple[str, str]]:
        """A row of results: the columns that have a value, and for events the pointer to the record."""
        columns = self.columns if self.columns is not None else list(DEFAULT_COLUMNS)
        cells = [(name, values.text(row[name])) for name in columns if row.get(name) is not None]
        return cells if self.is_aggregated else [*cells, ("@ptr", values.text(row.get("@ptr")))]


def read_program(query: str, now_ms: int) -> Program:
    """MalformedQuery; NotImplemented for commands that AWS has and this cloud has not."""
    reader, program = Reader(query, now_ms), Program()
    try:
        _read_commands(reader, program)
    except RecursionError:
        raise reader.refuse("The query is nested too deeply", 0) from None
    return program


def _read_commands(reader: Reader, program: Program) -> None:
    while True:
        begin, command = reader.at, reader.word(*COMMANDS)
        if not command:
            if found := reader.word(*_ELSEWHERE):
                raise NotImplementedByUs(f"the Insights command {found} is not implemented in cloudchamber")
            raise reader.unexpected()
        _READERS[command](reader, program, begin)
        if reader.peek() == ("", ""):
            return
        reader.expect("|")


def _fields(reader: Reader, program: Program, _begin: int) -> None:
    made = []
    while True:
        made.append(reader.labelled(reader.expression))
        if not reader.symbol(","):
            break
    named = program.columns or []
    program.columns = [*named, *(name for name, _ in made if name not in named)]
    program.add_each(_assigning(made))


def _assigning(made: list[tuple[str, Value]]) -> EachStep:
    def step(row: Row) -> bool:
        for name, value in made:
            if name not in row:
                found = value(row)
                if found is not None:
                    row[name] = found
        return True

    return step


def _display(reader: Reader, program: Program, begin: int) -> None:
    program.columns = None
    _fields(reader, program, begin)


def _filter(reader: Reader, program: Program, _begin: int) -> None:
    test = reader.expression()
    program.add_each(lambda row: values.truth(test(row)))


def _limit(reader: Reader, program: Program, _begin: int) -> None:
    count = reader.whole()
    if not program.later and program.limit is None:
        program.limit = count
    program.later.append(("all", lambda rows: rows[:count]))


def _tail(reader: Reader, program: Program, _begin: int) -> None:
    count = reader.whole()
    program.later.append(("all", lambda rows: rows[-count:]))


def _sort(reader: Reader, program: Program, _begin: int) -> None:
    reader.word("by")
    reader.aggregates = []  # `sort count(*)` names a column that stats has made
    keys = []
    while True:
        label, value = reader.labelled(reader.expression)
        keys.append((label, value, reader.word("asc", "desc") == "desc"))
        if not reader.symbol(","):
            break

    reader.aggregates = None

    def step(rows: list[Row]) -> list[Row]:
        for label, value, down in reversed(keys):
            rows = sorted(
                rows, key=lambda row, label=label, value=value: values.sort_key(  # type: ignore[misc]
                    row[label] if label in row else value(row)), reverse=down,
            )  # fmt: skip
        return rows

    program.later.append(("all", step))


def _dedup(reader: Reader, program: Program, _begin: int) -> None:
    names = [reader.field()]
    while reader.symbol(","):
        names.append(reader.field())

    def step(rows: list[Row]) -> list[Row]:
        seen: set[tuple[str, ...]] = set()
        kept = []
        for row in rows:
            if any(row.get(name) is None for name in names):
                kept.append(row)  # what has no value is no duplicate of anything
                continue
            key = tuple(values.text(row.get(name)) for name in names)
            if key not in seen:
                seen.add(key)
                kept.append(row)
        return kept

    program.later.append(("all", step))


def _parse(reader: Reader, program: Program, begin: int) -> None:
    pattern, name = reader.regex(), "@message"
    if pattern is None and reader.peek()[0] != "string":
        name = reader.field()
        pattern = reader.regex()
    is_glob = pattern is None
    if is_glob:
        glob = reader.string()
        pattern = regex.compile("(.*?)".join(map(re.escape, glob.split("*"))) + ("$" if glob.endswith("*") else ""),
                                regex.DOTALL)  # fmt: skip
    labels = list(pattern.groupindex)
    if is_glob or reader.word("as"):
        if is_glob and not reader.word("as"):
            raise reader.unexpected()
        labels = [reader.field()]
        while reader.symbol(","):
            labels.append(reader.field())
    if len(labels) != pattern.groups:
        raise reader.refuse("The number of names does not fit the pattern of parse", begin)
    program.add_each(_parsing(name, pattern, labels))


def _parsing(name: str, pattern: Any, labels: list[str]) -> EachStep:
    def step(row: Row) -> bool:
        value = row.get(name)
        found = None if value is None else pattern.search(values.text(value), timeout=REGEX_SECONDS_MAX)
        if found is not None:
            row.update({label: text for label, text in zip(labels, found.groups(), strict=True) if text is not None})
        return True

    return step


def _stats(reader: Reader, program: Program, begin: int) -> None:
    aggregates: list[values.Aggregate] = []
    reader.aggregates = aggregates
    outputs = [reader.labelled(reader.expression)]
    while reader.symbol(","):
        outputs.append(reader.labelled(reader.expression))
    reader.aggregates = None
    if not aggregates:
        raise reader.refuse("stats needs an aggregation function", begin)
    keys: list[tuple[str, Value]] = []
    if reader.word("by"):
        keys.append(reader.labelled(reader.expression))
        while reader.symbol(","):
            keys.append(reader.labelled(reader.expression))

    def step(rows: list[Row]) -> list[Row]:
        groups: dict[tuple[str, ...], tuple[Row, list[Row]]] = {}
        for row in rows:
            found = {label: row[label] if label in row else value(row) for label, value in keys}
            key = tuple(values.text(value) for value in found.values())
            groups.setdefault(key, (found, []))[1].append(row)
        if not keys and not groups:
            groups[()] = ({}, [])
        made = []
        for found, members in groups.values():
            result = {f"\0{place}": one.over(members) for place, one in enumerate(aggregates)}
            made.append({**found, **{label: value(result) for label, value in outputs}})
        return made

    program.later.append(("all", step))
    program.columns = [label for label, _ in (*keys, *outputs)]
    program.is_aggregated = True


_READERS: dict[str, Callable[[Reader, Program, int], None]] = {
    "fields": _fields, "display": _display, "filter": _filter, "where": _filter, "stats": _stats, "sort": _sort,
    "order": _sort, "limit": _limit, "head": _limit, "tail": _tail, "parse": _parse, "dedup": _dedup,
}  # fmt: skip
