"""What docs/console.md says of screens is so: each address is a page, each twin answers, each command is one."""

from __future__ import annotations

import json
import re
from pathlib import Path
from urllib.request import urlopen

import pytest

from cloudchamber.cli.main import COMMANDS, main
from cloudchamber.console.pages import SCREENS

PAGE = (Path(__file__).parents[2] / "docs" / "console.md").read_text()
ROWS = [[cell.strip() for cell in line.split("|")[1:-1]] for line in PAGE.splitlines() if re.match(r"\| \w", line)][1:]
CODE = re.compile(r"`([^`]+)`")


def test_every_screen_is_in_the_table():
    assert {CODE.findall(row[1])[0][1:].partition("/")[0] for row in ROWS} == SCREENS


@pytest.mark.parametrize("row", ROWS, ids=[row[0] for row in ROWS])
def test_a_row_of_the_table_is_so(cloud, row):
    [address] = CODE.findall(row[1])
    with urlopen(f"{cloud.endpoint}/_cloudchamber{address}") as page:
        assert b'<div id="app">' in page.read()
    for twin in CODE.findall(row[2]):
        if not re.search("[A-Z…]", twin):
            with urlopen(f"{cloud.endpoint}/_cloudchamber/api/{twin}") as answer:
                assert isinstance(json.loads(answer.read()), dict)
    for command in CODE.findall(row[3]):
        first, *rest = command.removeprefix("cloudchamber ").split()
        assert first in COMMANDS
        group = main.get_command(None, first)  # type: ignore[arg-type]
        assert not rest or rest[0] in group.commands
