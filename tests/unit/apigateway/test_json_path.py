"""JSONPath as mapping templates use it."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloudchamber.services.apigateway.plane import json_path

STORE: dict[str, Any] = {
    "store": {
        "book": [
            {"title": "A", "price": 8, "kind": "x"},
            {"title": "B", "price": 12},
            {"title": "C", "price": 9, "isbn": "1"},
        ],
        "bicycle": {"color": "red", "price": 20},
    },
    "odd names": {"a.b": 1, "it's": 2, "n-1": 3},
    "none": None,
}  # fmt: skip


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("$", STORE),
        ("$.store.bicycle.color", "red"),
        ("store.bicycle.color", "red"),
        ("$['store']['bicycle'][\"color\"]", "red"),
        ("$.store.book[0].title", "A"),
        ("$.store.book[-1].title", "C"),
        ("$.none", None),
        ("$['odd names']['a.b']", 1),
        ("$['odd names']['it\\'s']", 2),
        ("$['odd names'].n-1", 3),
        ("$.store.book[*].title", ["A", "B", "C"]),
        ("$.store.book.*.title", ["A", "B", "C"]),
        ("$.store.book[0,2].title", ["A", "C"]),
        ("$.store.book[0:2].title", ["A", "B"]),
        ("$.store.book[-2:].title", ["B", "C"]),
        ("$.store.book[::2].title", ["A", "C"]),
        ("$..title", ["A", "B", "C"]),
        ("$.store..price", [8, 12, 9, 20]),
        ("$..book[1].title", ["B"]),
        ("$.store.bicycle['color','price']", ["red", 20]),
        ("$.store.book[?(@.price < 10)].title", ["A", "C"]),
        ("$.store.book[?(@.isbn)].title", ["C"]),
        ("$.store.book[?(@.kind == 'x')].title", ["A"]),
        ("$.store.book[?(@['title'] != 'A')].price", [12, 9]),
        ("$..nothing", []),
    ],
)
def test_what_a_path_finds(path: str, found: Any):
    assert json_path.find(STORE, path) == found


@pytest.mark.parametrize("path", ["$.nothing", "$.store.book[9]", "$.store.book.title", "$.none.more", "$[0]"])
def test_a_definite_path_that_leads_nowhere_is_missing(path: str):
    with pytest.raises(json_path.Missing):
        json_path.find(STORE, path)


@pytest.mark.parametrize("path", ["$.", "$[", "$['a'", "$[x]", "$[?(@.a ~ 1)]", "$.a..", "$[?(@.a == b)]"])
def test_what_is_no_path(path: str):
    with pytest.raises(json_path.BadPath):
        json_path.find({"a": {"a": 1}}, path)


@given(st.text(alphabet="$.[]'\"*?()@:,-0a =<", max_size=20))
def test_any_text_is_a_path_or_not(path: str):
    try:
        json_path.find(STORE, path)
    except (json_path.BadPath, json_path.Missing):
        pass
