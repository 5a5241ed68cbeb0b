"""Which resource a path means."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from cloudchamber.services.apigateway.plane.routes import Routes

PARTS = st.sampled_from(["a", "b", "c", "x%20y"])


def routes(*templates: str) -> Routes[str]:
    made: Routes[str] = Routes()
    for template in templates:
        made.add(template, template)
    return made


def test_the_root_is_no_greedy_path():
    assert routes("/{proxy+}").find("/") is None
    assert routes("/", "/{proxy+}").find("/") == ("/", {})


def test_values_are_decoded():
    assert routes("/{a}/{b+}").find("/x%20y/p%2Fq/r") == ("/{a}/{b+}", {"a": "x y", "b": "p/q/r"})


@given(st.lists(st.lists(PARTS, min_size=1, max_size=4).map(lambda parts: "/" + "/".join(parts)), min_size=1))
def test_a_path_that_is_a_template_finds_it(paths: list[str]):
    made = routes(*paths, "/{one}", "/{one}/{two}", "/{one}/{two}/{rest+}")
    for path in paths:
        assert made.find(path) == (path, {})


@given(st.lists(PARTS, min_size=1, max_size=6))
def test_a_greedy_variable_takes_what_nothing_else_takes(parts: list[str]):
    found = routes("/a", "/{proxy+}").find("/" + "/".join(parts))
    assert found is not None
    assert found[0] == ("/a" if parts == ["a"] else "/{proxy+}")
