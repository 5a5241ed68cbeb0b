"""What is deployed answers again after a restart, and after a snapshot was loaded."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cloudchamber.config import Config
from cloudchamber.testing.cloud import RunningCloud
from tests.planes.http.http_api import HttpApi

if TYPE_CHECKING:
    from pathlib import Path


def test_apis_are_there_after_a_restart(tmp_path: Path, upstream):
    running = RunningCloud(Config(port=0, data_dir=tmp_path)).start()
    account = running.new_account()
    api = HttpApi.made(running, running.session(account))
    api.route("GET /pets/{id}", api.http(f"{upstream.url}/{{id}}"))
    api.deploy()
    assert api.get("/pets/1").json()["path"] == "/1"
    running.stop()
    again = RunningCloud(Config(port=0, data_dir=tmp_path)).start()
    try:
        same = HttpApi(again, again.session(account), api.id, again.session(account).client("apigatewayv2"))
        assert same.get("/pets/2").json()["path"] == "/2"
        assert same.client.get_stage(ApiId=api.id, StageName="$default")["AutoDeploy"] is True
    finally:
        again.stop()


def test_a_snapshot_brings_back_what_was_deployed(cloud, aws, upstream):
    api = HttpApi.made(cloud, aws)
    route = api.route("GET /a", api.http(f"{upstream.url}/first"))
    api.deploy()
    assert api.get("/a").json()["path"] == "/first"
    cloud.look(lambda running: running.save_snapshot("before"))
    api.client.delete_route(ApiId=api.id, RouteId=route)
    api.route("GET /a", api.http(f"{upstream.url}/second"))
    assert api.get("/a").json()["path"] == "/second"
    cloud.run(lambda running: running.load_snapshot("before"))
    assert api.get("/a").json()["path"] == "/first"
