"""What holds for the whole project: nothing of the machine it was written on, documents where they are promised."""

from __future__ import annotations

import ast
import re
import subprocess

import pytest

from cloudchamber.config import SETTINGS
from cloudchamber.registry import SERVICES
from tests.tidy.source import PACKAGE, ROOT, dotted


def project_files() -> list[str]:
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    return [name for name in listed.stdout.splitlines() if (ROOT / name).is_file()]


def test_no_path_of_a_machine_stands_in_the_project():
    pattern = re.compile(r"(?<![\w.])/(?:work|root|home/\w+)/")
    found = []
    for name in project_files():
        if name.endswith((".py", ".md", ".toml", ".yml", ".json", "Makefile", "run")) and "test_project" not in name:
            text = (ROOT / name).read_text(errors="replace")
            found += [f"{name}: {line.strip()[:80]}" for line in text.splitlines() if pattern.search(line)]
    assert found == []


def test_settings_are_known_and_documented():
    """`up --set` takes what services read, and docs/settings.md says what it does."""
    read = set()
    for path in (PACKAGE / "services").rglob("*.py"):
        read.update(re.findall(r'platform\.settings\.get\(\s*"([^"]+)"', path.read_text()))
    assert read == set(SETTINGS)
    page = (ROOT / "docs" / "settings.md").read_text()
    assert [name for name in SETTINGS if f"`{name}`" not in page] == []


def test_no_test_sleeps():
    found = []
    for path in sorted((ROOT / "tests").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and dotted(node.func) in ("time.sleep", "sleep", "asyncio.sleep"):
                argument = node.args[0] if node.args else None
                if not (isinstance(argument, ast.Constant) and argument.value == 0):
                    found.append(f"{path.relative_to(ROOT)}:{node.lineno}")
    assert found == []


@pytest.mark.parametrize("service", SERVICES)
def test_each_service_says_what_is_real(service: str):
    package = SERVICES[service].split(".")[2]
    assert (PACKAGE / "services" / package / "README.md").exists()
    page = ROOT / "docs" / "services" / f"{service}.md"
    assert page.exists()
    text = page.read_text().lower()
    assert "what is real" in text and "what is not" in text


def test_decision_records_are_numbered_without_gaps_and_have_their_parts():
    records = sorted((ROOT / "docs" / "decisions").glob("[0-9]*.md"))
    assert [int(r.name[:4]) for r in records] == list(range(1, len(records) + 1))
    for record in records:
        text = record.read_text()
        for part in ("## Context", "## Decision", "## Consequences", "## Revisit when"):
            assert part in text, f"{record.name} lacks {part}"


def test_the_documents_link_only_to_what_exists():
    broken = []
    for name in project_files():
        if name.endswith(".md"):
            here = (ROOT / name).parent
            targets = re.findall(r"\]\(([^)#\s]+)", (ROOT / name).read_text())
            local = [target for target in targets if "://" not in target and not target.startswith("mailto:")]
            broken += [f"{name} -> {target}" for target in local if not (here / target).exists()]
    assert broken == []
