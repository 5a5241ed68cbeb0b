"""Patches, without a server: any patch is done whole or refused, and what differs between two bodies can be patched."""

from __future__ import annotations

import contextlib
import copy

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cloudchamber.services.apigateway.errors import BadRequest, NotFound
from cloudchamber.services.apigateway.rest import patch_paths
from cloudchamber.services.apigateway.rest.patch import OPERATIONS, Patcher, Path, decoded, encoded, is_variable
from cloudchamber.services.apigateway.rest.patch_difference import between

QUICK = settings(max_examples=40, deadline=None, database=None)
PATCHERS = {name: one for name, one in vars(patch_paths).items() if isinstance(one, Patcher)}
NAMES = st.text(st.characters(min_codepoint=32, max_codepoint=126), min_size=1, max_size=8)
TEXTS = st.text(max_size=8)
STAGES = st.fixed_dictionaries(
    {"deploymentId": st.sampled_from(["d1", "d2"]), "cacheClusterEnabled": st.booleans()},
    optional={
        "description": st.text(min_size=1, max_size=5),
        "clientCertificateId": st.sampled_from(["a", "b"]),
        "variables": st.dictionaries(NAMES, TEXTS, min_size=1, max_size=3),
        "accessLogSettings": st.fixed_dictionaries({"destinationArn": NAMES, "format": TEXTS}),
        "canarySettings": st.fixed_dictionaries(
            {"percentTraffic": st.floats(0, 100), "deploymentId": NAMES, "useStageCache": st.booleans()},
            optional={"stageVariableOverrides": st.dictionaries(NAMES, TEXTS, min_size=1, max_size=2)},
        ),
        "methodSettings": st.dictionaries(
            st.sampled_from(["*/*", "~1pets/GET", "~1pets~1{id}/POST", "~1/GET"]),
            st.fixed_dictionaries({
                "cachingEnabled": st.booleans(), "cacheTtlInSeconds": st.integers(0, 3600), "loggingLevel": NAMES,
                "throttlingRateLimit": st.floats(0, 1e6),
            }),
            min_size=1, max_size=3,
        ),
    },
)  # fmt: skip
APIS = st.fixed_dictionaries(
    {"name": NAMES, "disableExecuteApiEndpoint": st.booleans()},
    optional={
        "minimumCompressionSize": st.integers(0, 1000),
        "binaryMediaTypes": st.lists(NAMES, min_size=1, max_size=4, unique=True),
        "endpointConfiguration": st.fixed_dictionaries(
            {"types": st.lists(st.sampled_from(["EDGE", "REGIONAL", "PRIVATE"]), min_size=1, max_size=1)},
            optional={"vpcEndpointIds": st.lists(NAMES, min_size=1, max_size=3, unique=True)},
        ),
    },
)  # fmt: skip
PLANS = st.fixed_dictionaries(
    {"apiStages": st.lists(st.sampled_from(["a:1", "a:2", "b:1"]), max_size=3, unique=True), "name": NAMES},
    optional={
        "throttle": st.fixed_dictionaries({"rateLimit": st.floats(0, 100), "burstLimit": st.integers(0, 9)}),
        "quota": st.fixed_dictionaries({"limit": st.integers(1, 9), "period": st.sampled_from(["DAY", "WEEK"])}),
        "throttles": st.dictionaries(
            st.sampled_from(["a:1", "b:1"]),
            st.dictionaries(
                st.sampled_from(["/pets/GET", "/pets/{id}/POST"]),
                st.fixed_dictionaries({"rateLimit": st.floats(0, 9), "burstLimit": st.integers(0, 9)}),
                min_size=1, max_size=2,
            ),
            min_size=1, max_size=2,
        ),
    },
)  # fmt: skip


def sorted_lists(value):
    """A body whose lists are in order: those of patches are sets."""
    if isinstance(value, dict):
        return {name: sorted_lists(one) for name, one in value.items() if one != []}
    return sorted(value) if isinstance(value, list) else value


@pytest.mark.parametrize(
    ("name", "bodies"), [("STAGE", STAGES), ("REST_API", APIS), ("USAGE_PLAN", PLANS)], ids=lambda one: str(one)[:10]
)
@QUICK
@given(data=st.data())
def test_what_differs_can_be_patched(name, bodies, data):
    before, after = data.draw(bodies), data.draw(bodies)
    kept = copy.deepcopy(before)
    patched = PATCHERS[name].apply(before, between(PATCHERS[name], before, after))
    left = {member: value for member, value in sorted_lists(patched).items() if value != ""}
    assert left == sorted_lists(after)
    assert before == kept


@pytest.mark.parametrize("name", PATCHERS)
@QUICK
@given(
    st.lists(
        st.fixed_dictionaries(
            {},
            optional={
                "op": st.sampled_from([*OPERATIONS, "", "increase"]),
                "path": st.one_of(st.text(max_size=20), st.lists(NAMES, max_size=5).map(lambda p: "/" + "/".join(p))),
                "value": TEXTS,
                "from": TEXTS,
            },
        ),
        max_size=4,
    )
)
def test_any_patch_is_done_or_refused(name, operations):
    with contextlib.suppress(BadRequest, NotFound):
        PATCHERS[name].apply({"name": "x", "methodSettings": {"*/*": {}}}, operations)


@pytest.mark.parametrize("name", PATCHERS)
def test_each_path_that_is_offered_can_be_patched(name):
    values = {"boolean": "true", "integer": "1", "integer_or_none": "1", "number": "1.5"}
    for path in PATCHERS[name].paths:
        written = "/".join("x" if is_variable(part) else part for part in path.template.split("/"))
        for op in path.ops.split():
            if op == "copy" or path.must_exist:
                continue
            value = values.get(path.read.__name__, "y:z")
            operations = [{"op": op, "path": written, "value": value}]
            body = PATCHERS[name].apply({}, operations)
            assert (body == {}) == (op == "remove"), (written, op)


@QUICK
@given(NAMES)
def test_names_are_escaped_in_paths(name):
    assert decoded(encoded(name)) == name
    assert "/" not in encoded(name)


def test_a_path_of_two_variables_leads_to_one_name():
    path = Path("/{a}/{b}/c", "replace", at=("m", "{}/{}", "c"), raw=True)
    assert path.match(["~1x", "GET", "c"]) == ("m", "~1x/GET", "c")
    assert path.match(["", "GET", "c"]) is None
    assert Path("/{a}", "replace").match(["~1x"]) == ("/x",)
