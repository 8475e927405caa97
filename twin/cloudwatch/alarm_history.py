"""DescribeAlarmHistory: the history of each alarm, including deleted ones."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from twin.cloudwatch.alarm_events import AlarmState
from twin.core.hooks import NotSupportedByTwin
from twin.core.pages import Pages

ItemType = Literal["StateUpdate", "ConfigurationUpdate", "Action"]

_PAGE = 100
_KEPT = 14 * 86400
_FIELDS = {
    "AlarmName",
    "HistoryItemType",
    "StartDate",
    "EndDate",
    "MaxRecords",
    "NextToken",
    "ScanBy",
}


@dataclass(frozen=True)
class Item:
    """One line of an alarm's history."""

    alarm: str
    at: float
    kind: ItemType
    summary: str
    data: str = "{}"

    def listed(self) -> dict[str, Any]:
        return {
            "AlarmName": self.alarm,
            "AlarmType": "MetricAlarm",
            "Timestamp": datetime.fromtimestamp(self.at, UTC),
            "HistoryItemType": self.kind,
            "HistorySummary": self.summary,
            "HistoryData": self.data,
        }


def transition(alarm: str, before: AlarmState, after: AlarmState) -> Item:
    """Return the history line for a change of state."""
    data = {"version": "1.0", "oldState": _state(before), "newState": _state(after)}
    summary = f"Alarm updated from {before.value} to {after.value}"
    return Item(alarm, after.at, "StateUpdate", summary, json.dumps(data))


def _state(state: AlarmState) -> dict[str, Any]:
    data = {"stateValue": state.value, "stateReason": state.reason}
    if state.reason_data is None:
        return data
    return {**data, "stateReasonData": json.loads(state.reason_data)}


class History:
    """All items, the earliest first."""

    def __init__(self) -> None:
        self._items: list[Item] = []
        self._pages = Pages[Item]()

    def add(self, item: Item) -> None:
        """Add a line."""
        self._items.append(item)

    def describe(self, params: Mapping[str, Any], now: float) -> dict[str, Any]:
        """AWS: newest first by default, kept for two weeks."""
        if unknown := set(params) - _FIELDS:
            raise NotSupportedByTwin(f"DescribeAlarmHistory with {sorted(unknown)}")
        if "NextToken" in params:
            found = self._pages.take(params["NextToken"])
        else:
            found = [item for item in self._items if _matches(item, params, now)]
            if params.get("ScanBy", "TimestampDescending") == "TimestampDescending":
                found.reverse()
        page, token = self._pages.split(found, params.get("MaxRecords", _PAGE))
        answer: dict[str, Any] = {"AlarmHistoryItems": [item.listed() for item in page]}
        return answer if token is None else {**answer, "NextToken": token}


def _matches(item: Item, params: Mapping[str, Any], now: float) -> bool:
    first = params["StartDate"].timestamp() if "StartDate" in params else now - _KEPT
    last = params["EndDate"].timestamp() if "EndDate" in params else now
    return (
        params.get("AlarmName", item.alarm) == item.alarm
        and params.get("HistoryItemType", item.kind) == item.kind
        and max(first, now - _KEPT) <= item.at <= last
    )
