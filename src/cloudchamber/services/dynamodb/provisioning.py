"""Capacity as users set it: billing modes, provisioned units, maxima of on-demand tables, warm throughput. Pure.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/capacity-mode.html
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ServiceQuotas.html#default-limits-throughput
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from cloudchamber.core.errors import ValidationError
from cloudchamber.services.dynamodb import limits
from cloudchamber.services.dynamodb.errors import LimitExceeded, invalid
from cloudchamber.services.dynamodb.table import Index, TableRecord, Throughput

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cloudchamber.core.service import Request

ON_DEMAND, PROVISIONED = "PAY_PER_REQUEST", "PROVISIONED"
_UNITS = ("ReadCapacityUnits", "WriteCapacityUnits")
_MAXIMA = ("MaxReadRequestUnits", "MaxWriteRequestUnits")
_WARM = ("ReadUnitsPerSecond", "WriteUnitsPerSecond")
_SEE_GUIDE = "Refer to the Amazon DynamoDB Developer Guide for current limits and how to request higher limits."

Given = dict[str, Any] | None


# creating


def check_new(request: Request) -> None:
    """Billing mode and provisioned units of a new table and its indexes go together; ValidationException."""
    given = request.get("ProvisionedThroughput")
    is_on_demand = request.get("BillingMode") == ON_DEMAND
    if is_on_demand and given is not None:
        raise invalid(
            "Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode is PAY_PER_REQUEST"
        )
    if not is_on_demand and given is None:
        raise invalid("ReadCapacityUnits and WriteCapacityUnits must both be specified when BillingMode is PROVISIONED")
    check_bounds(given)
    for index in request.get("GlobalSecondaryIndexes") or ():
        given, name = index.get("ProvisionedThroughput"), index["IndexName"]
        if is_on_demand and given is not None:
            raise invalid(
                f"ProvisionedThroughput should not be specified for index: {name} when BillingMode is PAY_PER_REQUEST"
            )
        if not is_on_demand and given is None:
            raise invalid(f"ProvisionedThroughput is not specified for index: {name}")
        check_bounds(given)


def check_bounds(given: Mapping[str, int] | None) -> None:
    """They are numbers of units that DynamoDB takes for numbers at all; ValidationException."""
    for name in _UNITS if given is not None else ():
        if given is not None and given[name] > limits.UNITS_MAX:
            raise ValidationError(f"Given value {given[name]} for {name} is out of bounds")


def check_quota(record: TableRecord) -> None:
    """A table and its indexes stay within what a table may have; LimitExceeded."""
    throughputs = [record.throughput, *(index.throughput for index in record.indexes if index.deleted_at is None)]
    for name, total in zip(_UNITS, (sum(t.read for t in throughputs), sum(t.write for t in throughputs)), strict=True):
        if total > limits.TABLE_UNITS:
            raise LimitExceeded(
                f"Subscriber limit exceeded: The requested {name} value of {total} for the table and its indexes is "
                f"above the per-table limit of {limits.TABLE_UNITS}. {_SEE_GUIDE}"
            )


def throughput_of(given: Mapping[str, int] | None) -> Throughput:
    return Throughput() if given is None else Throughput(given["ReadCapacityUnits"], given["WriteCapacityUnits"])


# changing


def changed_billing(record: TableRecord, request: Request, now: float) -> TableRecord:
    """The table in the billing mode UpdateTable asks for, and with its provisioned units."""
    mode, given = request.get("BillingMode", record.billing), request.get("ProvisionedThroughput")
    if mode == ON_DEMAND and given is not None:
        raise invalid(
            "Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode is PAY_PER_REQUEST"
        )
    check_bounds(given)
    if mode == record.billing:
        return record if given is None else replace(record, throughput=changed(record.throughput, given, "table", now))
    if mode == ON_DEMAND:
        return _to_on_demand(record, now)
    if given is None:
        raise invalid("ProvisionedThroughput must be specified when BillingMode is PROVISIONED")
    updates = request.get("GlobalSecondaryIndexUpdates") or ()
    with_units = {u["Update"]["IndexName"] for u in updates if u.get("Update", {}).get("ProvisionedThroughput")}
    for index in record.indexes:
        if not index.is_local and index.deleted_at is None and index.name not in with_units:
            raise units_missing(index.name)
    indexes = tuple(replace(index, on_demand=None) for index in record.indexes)
    return replace(record, billing=mode, throughput=throughput_of(given), on_demand=None, indexes=indexes)


def units_missing(index_name: str) -> ValidationError:
    return invalid(f"Both ReadCapacityUnits and WriteCapacityUnits must be specified for index: {index_name}")


def _to_on_demand(record: TableRecord, now: float) -> TableRecord:
    recent = tuple(at for at in record.on_demand_since if at > now - limits.DAY_SECONDS)
    if len(recent) >= limits.ON_DEMAND_SWITCHES_A_DAY:
        raise LimitExceeded(
            "Subscriber limit exceeded: Update to PayPerRequest mode are limited to "
            f"{limits.ON_DEMAND_SWITCHES_A_DAY} times in 1 day(s)."
        )
    indexes = tuple(replace(index, throughput=Throughput()) for index in record.indexes)
    return replace(
        record,
        billing=ON_DEMAND,
        billing_changed_at=now,
        on_demand_since=(*recent, now),
        throughput=Throughput(),
        indexes=indexes,
    )


def changed(was: Throughput, given: Mapping[str, int], of: str, now: float) -> Throughput:
    """Provisioned units with what is asked for; `of` names the table or an index in messages.

    ValidationException if that is what they are, LimitExceeded for one decrease too many in a day.
    """
    read, write = given["ReadCapacityUnits"], given["WriteCapacityUnits"]
    if (read, write) == (was.read, was.write):
        kind = of.partition(" ")[0]
        raise ValidationError(
            f"The provisioned throughput for the {of} will not change. The requested value equals the current value. "
            f"Current ReadCapacityUnits provisioned for the {kind}: {was.read}. Requested ReadCapacityUnits: {read}. "
            f"Current WriteCapacityUnits provisioned for the {kind}: {was.write}. "
            f"Requested WriteCapacityUnits: {write}. {_SEE_GUIDE}"
        )
    decreases = decreases_today(was, now)
    if read < was.read or write < was.write:
        _check_decrease(was, decreases, now)
        was = replace(was, decreased_at=now, decreases_today=decreases + 1)
    if read > was.read or write > was.write:
        was = replace(was, increased_at=now)
    return replace(was, read=read, write=write)


def _check_decrease(was: Throughput, decreases: int, now: float) -> None:
    """Four decreases a day, and then one an hour."""
    last = was.decreased_at or 0.0
    if decreases >= limits.DECREASES_A_DAY and now < last + limits.DECREASE_INTERVAL_SECONDS:
        raise LimitExceeded(
            "Subscriber limit exceeded: Provisioned throughput decreases are limited within a given UTC day. After "
            f"the first {limits.DECREASES_A_DAY} decreases, each subsequent decrease in the same UTC day can be "
            f"performed at most once every {limits.DECREASE_INTERVAL_SECONDS} seconds. Number of decreases today: "
            f"{decreases}. Last decrease at {_shown(last)}. Next decrease can be made at "
            f"{_shown(last + limits.DECREASE_INTERVAL_SECONDS)}"
        )


def _shown(instant: float) -> str:
    at = datetime.fromtimestamp(instant, UTC)
    return f"{at:%A, %B} {at.day}, {at.year} {at.hour % 12 or 12}:{at:%M:%S %p} UTC"


def decreases_today(throughput: Throughput, now: float) -> int:
    """Decreases so far on the UTC day it is."""
    last = throughput.decreased_at
    is_today = last is not None and last // limits.DAY_SECONDS == now // limits.DAY_SECONDS
    return throughput.decreases_today if is_today else 0


# maxima of on-demand tables


def new_maxima(given: Mapping[str, int] | None, billing: str, of: str) -> Given:
    """OnDemandThroughput of a new table; `of` is "table" or "index NAME"."""
    if not given:
        return None
    if billing != ON_DEMAND:
        name = next(name for name in _MAXIMA if name in given)
        raise invalid(f"{name} for OnDemandThroughput cannot be specified when table BillingMode is PROVISIONED.")
    _check_maxima(given, of, least=1)
    return dict(given)


def changed_maxima(was: Given, given: Mapping[str, int] | None, billing: str, of: str) -> Given:
    """The same with what UpdateTable asks for: a maximum of -1 is none, one that is not named stays."""
    if not given:
        return was
    if billing != ON_DEMAND:
        name = next(name for name in _MAXIMA if name in given)
        raise invalid(f"{name} for OnDemandThroughput cannot be specified when the table BillingMode is PROVISIONED")
    _check_maxima(given, of, least=-1)
    return {name: units for name, units in {**(was or {}), **given}.items() if units != -1} or None


def _check_maxima(given: Mapping[str, int], of: str, least: int) -> None:
    for name in _MAXIMA:
        units = given.get(name, 1)
        if units < least or units == 0 or units > limits.TABLE_UNITS:
            raise invalid(f"Requested {name} for OnDemandThroughput for {of} is outside of valid range")


# warm throughput


def warm(record: TableRecord, index: Index | None = None) -> dict[str, int]:
    """WarmThroughput of a table or an index: what was asked for, and at least what its billing mode gives."""
    of = index or record
    if record.billing == ON_DEMAND:
        floor = (limits.WARM_READ_UNITS, limits.WARM_WRITE_UNITS)
    else:
        floor = (of.throughput.read, of.throughput.write)
    asked = of.warm or {}
    return {name: max(asked.get(name, 0), least) for name, least in zip(_WARM, floor, strict=True)}


def check_warm(given: Mapping[str, int] | None, current: Mapping[str, int], of: str) -> None:
    """Warm throughput only grows; ValidationException."""
    for name in _WARM if given else ():
        if given is not None and given.get(name, current[name]) < current[name]:
            raise invalid(
                f"Requested {name} for WarmThroughput for {of} is lower than current WarmThroughput, decreasing "
                "WarmThroughput is not supported"
            )
