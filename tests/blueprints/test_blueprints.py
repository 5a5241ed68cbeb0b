"""What holds for every blueprint, and the commands that bring them, as a person at a shell uses them."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

import pytest

from cloudchamber.blueprints import catalog
from tests.cli.shell import run


@pytest.mark.parametrize("name", catalog.names())
def test_the_template_is_valid(name):
    """A warning may be left: functions' code beside the template goes through `package` first, as it does for AWS."""
    command = [str(Path(sys.executable).with_name("cfn-lint")), "--format", "parseable"]
    ran = subprocess.run(
        [*command, str(catalog.load(name).template)], capture_output=True, text=True, check=False, timeout=100
    )
    assert re.findall(r":([EW]\d+):", ran.stdout) in ([], ["W3002", "W3002"]), ran.stdout
    assert ran.stderr == ""


@pytest.mark.parametrize("name", catalog.names())
def test_it_knows_nothing_of_where_it_runs(name):
    blueprint = catalog.load(name)
    files = {path.relative_to(blueprint.folder).as_posix(): path.read_bytes() for path in blueprint.files()}
    assert {"template.yaml", "README.md", catalog.DESCRIPTION} <= files.keys()
    assert [path for path, text in files.items() if b"cloudchamber" in text.lower()] == [catalog.DESCRIPTION]


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory):
    """A folder in which `cloudchamber up todo` was said, and what it printed."""
    folder = tmp_path_factory.mktemp("project")
    told = run("up", "todo", "-d", "--port", "0", folder=folder).stdout
    yield folder, told
    run("down", folder=folder, check=False)


def test_up_with_a_blueprint_prints_what_to_open(here):
    folder, told = here
    endpoint = json.loads(run("status", "--json", folder=folder).stdout)["endpoint"]
    assert "is up at " + endpoint in told
    page, console, api = re.findall(r"^  (http\S+)$", told.partition("todo is there:")[2], re.MULTILINE)
    with urlopen(Request(endpoint, headers={"Host": urlsplit(page).netloc})) as answer:  # browsers know *.localhost
        assert b"MyTodoList" in answer.read()
    assert console == f"{endpoint}/_cloudchamber/"
    assert api.endswith("/v1/todos")
    assert told.rstrip().endswith("cloudchamber drill todo\n      walks all of it and says what it saw")


def test_a_drill_prints_each_promise_and_what_was_seen(here):
    folder, _ = here
    told = run("drill", "todo", folder=folder).stdout
    assert len(re.findall(r"^✓ ", told, re.MULTILINE)) == 10
    assert "✓ a user's todos are nobody else's\n    404 for bob" in told
    assert told.endswith("10 promises kept\n")
    answer = json.loads(run("drill", "todo", "--json", folder=folder).stdout)
    assert [set(one) for one in answer["kept"]] == [{"promise", "seen"}] * 10


def test_a_drill_fails_loudly_at_the_first_promise_that_is_broken(here):
    folder, _ = here
    run("fault", "add", "error", "--service", "dynamodb", "--operation", "PutItem", folder=folder)
    try:
        ran = run("drill", "todo", folder=folder, check=False)
    finally:
        run("fault", "clear", folder=folder)
    assert ran.returncode == 1
    assert "a promise is broken: todos are added, listed, changed and deleted" in ran.stderr
    assert "promises kept" not in ran.stdout


def test_a_blueprint_is_listed_shown_and_taken_along(here, tmp_path):
    folder, _ = here
    listed = run("blueprint", "list", folder=folder).stdout
    assert [line.split()[0] for line in listed.splitlines()[1:]] == catalog.names()
    assert "  template.yaml\n" in run("blueprint", "show", "todo", folder=folder).stdout
    mine = tmp_path / "mine"
    assert f"next: cloudchamber deploy {mine}" in run("blueprint", "eject", "todo", str(mine), folder=folder).stdout
    assert not [path for path in mine.rglob("*.py") if path.name == "drill.py"]
    again = run("blueprint", "eject", "todo", str(mine), folder=folder, check=False)
    assert (again.returncode, "is not empty" in again.stderr) == (1, True)
    deployed = run("deploy", str(mine), "--stack-name", "mine", folder=folder).stdout
    assert "CREATE_COMPLETE" in deployed
    missing = run("drill", "nonsense", folder=folder, check=False)
    assert (missing.returncode, "there is no blueprint nonsense" in missing.stderr) == (1, True)
