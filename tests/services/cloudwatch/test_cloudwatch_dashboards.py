"""Dashboards are kept and their form is checked."""

from __future__ import annotations

import json

import pytest
from botocore.exceptions import ClientError


def test_dashboards_come_and_go(cw, account, refused, frozen_clock):
    body = json.dumps({"widgets": [{"type": "text", "x": 0, "y": 0, "width": 3, "height": 3,
                                    "properties": {"markdown": "hello"}}]})  # fmt: skip
    for name in ("d1", "d2", "e"):
        assert cw.put_dashboard(DashboardName=name, DashboardBody=body)["DashboardValidationMessages"] == []
    found = cw.get_dashboard(DashboardName="d1")
    assert found["DashboardBody"] == body
    assert found["DashboardArn"] == f"arn:aws:cloudwatch::{account}:dashboard/d1"
    (first, second) = cw.list_dashboards(DashboardNamePrefix="d")["DashboardEntries"]
    assert (first["DashboardName"], first["Size"], second["DashboardName"]) == ("d1", len(body), "d2")
    assert first["LastModified"].timestamp() == pytest.approx(frozen_clock.now(), abs=0.001)
    with refused("ResourceNotFound", "Dashboard x does not exist", 404):
        cw.delete_dashboards(DashboardNames=["d1", "x"])
    cw.delete_dashboards(DashboardNames=["d1", "d2"])
    with refused("ResourceNotFound", "Dashboard d1 does not exist", 404):
        cw.get_dashboard(DashboardName="d1")


def test_a_dashboard_of_another_form_is_refused(cw, refused):
    with pytest.raises(ClientError) as caught:
        cw.put_dashboard(DashboardName="d", DashboardBody='{"widgets": [{"type": "text", "width": 25}]}')
    error = caught.value.response
    assert error["Error"]["Code"] == "InvalidParameterInput"
    assert error["Error"]["Message"].startswith("The dashboard body is invalid, there are 2 validation errors:\n")
    assert error["dashboardValidationMessages"] == [
        {"DataPath": "/widgets/0", "Message": "Should have required property 'properties'"},
        {"DataPath": "/widgets/0/width", "Message": "Should be <= 24"},
    ]
    with refused("InvalidParameterInput"):
        cw.put_dashboard(DashboardName="d", DashboardBody="{")
    with refused("InvalidParameterValue"):
        cw.put_dashboard(DashboardName="a b", DashboardBody='{"widgets": []}')
