"""Connections end with the cloud that holds them, and with the state they belong to."""

from __future__ import annotations

import pytest
from websockets.exceptions import ConnectionClosed

from tests.planes.websocket.websocket_calls import WebSocketApi, ask


def test_a_cloud_that_stops_says_goodbye(aws):
    from cloudchamber.testing.cloud import RunningCloud  # noqa: PLC0415 - one that is stopped by the test

    running = RunningCloud().start()
    api = WebSocketApi.made(running, running.session())
    api.route("$default", api.integration(IntegrationType="MOCK", RequestTemplates={"$default": '{"statusCode": 200}'}))
    api.deploy()
    with api.connected() as client:
        running.stop()
        with pytest.raises(ConnectionClosed) as caught:
            client.recv(timeout=20)
        assert caught.value.rcvd.code == 1001


def test_connections_of_a_state_that_is_gone_are_closed(cloud, api, echo):
    api.route("$default", api.function(echo), two_way=True)
    api.deploy()
    cloud.look(lambda running: running.save_snapshot("before"))
    with api.connected() as client:
        assert ask(client, "hello")["body"] == "hello"
        cloud.run(lambda running: running.load_snapshot("before"))
        client.send("still there?")
        with pytest.raises(ConnectionClosed) as caught:
            client.recv(timeout=20)
        assert caught.value.rcvd.code == 1001
    with api.connected() as client:
        assert ask(client, "hello")["body"] == "hello"
