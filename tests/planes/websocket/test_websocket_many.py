"""Many connections that do nothing, and those that survive what happens to others."""

from __future__ import annotations

import contextlib

from tests.planes.websocket.websocket_calls import ask


def test_five_hundred_idle_connections(api, echo, cloud):
    api.route("$default", api.function(echo), two_way=True)
    api.deploy()
    with contextlib.ExitStack() as open_ones:
        clients = [open_ones.enter_context(api.connected(ping_interval=None)) for _ in range(500)]
        kept = cloud.look(lambda running: len(running.registry.get("apigatewayv2").service.connections.of(api.id)))
        assert kept == 500
        assert ask(clients[250], "hello")["body"] == "hello"
    cloud.clock.settle()
    assert cloud.look(lambda running: running.registry.get("apigatewayv2").service.connections.of(api.id)) == []
