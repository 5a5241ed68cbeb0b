"""Packages that AWS's Node.js runtimes have beside the function's own: installed once, then found by functions."""

from __future__ import annotations

import io
import json
import shutil
import subprocess
import sys
import tarfile

import pytest

from tests.services.lambda_.lambda_calls import invoked, package

pytestmark = pytest.mark.skipif(
    shutil.which("node") is None or shutil.which("npm") is None, reason="there is no node or no npm on this machine"
)
IMPORTS = """import { greet } from '@aws-sdk/client-greeting'
export const handler = async () => greet()
"""
REQUIRES = """const { greet } = require('@aws-sdk/client-greeting')
exports.handler = async () => greet()
"""


@pytest.fixture
def installed(tmp_path, monkeypatch):
    """A package of this machine, fetched as the SDK is."""
    source = tmp_path / "greeting.tgz"
    files = {
        "package.json": json.dumps({"name": "@aws-sdk/client-greeting", "version": "1.0.0"}),
        "index.js": "exports.greet = () => 'hello'\n",
    }
    with tarfile.open(source, "w:gz") as archive:
        for name, text in files.items():
            entry = tarfile.TarInfo(f"package/{name}")
            entry.size = len(text)
            archive.addfile(entry, io.BytesIO(text.encode()))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    command = [sys.executable, "-m", "cloudchamber", "runtime", "install", "nodejs", "--package", str(source), "--json"]
    told = json.loads(subprocess.run(command, check=True, capture_output=True, text=True, cwd=tmp_path).stdout)
    assert told["folder"].startswith(str(tmp_path / "cache"))


@pytest.mark.usefixtures("installed")
@pytest.mark.parametrize(("name", "source"), [("index.mjs", IMPORTS), ("index.js", REQUIRES)])
def test_functions_find_what_was_installed(client, function, name, source):
    function(Code={"ZipFile": package(source, name)}, Runtime="nodejs20.x")
    assert invoked(client, "f")["Payload"] == "hello"


def test_without_it_the_error_is_nodes(client, function, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "empty"))
    function(Code={"ZipFile": package(IMPORTS, "index.mjs")}, Runtime="nodejs20.x")
    answer = invoked(client, "f")
    assert answer["Payload"]["errorType"] == "Runtime.ImportModuleError"
    assert "@aws-sdk/client-greeting" in answer["Payload"]["errorMessage"]
