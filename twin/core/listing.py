"""The common parts of list operations: filters, order and pages."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from twin.core.account import Answer, Params, refused

_DEFAULT_PAGE = 10  # AWS: "this value defaults to 10" (ListEndpoints)

Summary = Mapping[str, Any]
Name = Callable[[Summary], str]


def page(
    summaries: Iterable[Summary], params: Params, result_key: str, name: Name, order: str
) -> Answer:
    """Filter, sort and page a list by `params`. `order` is the operation's default order."""
    kept = [summary for summary in summaries if _passes(summary, params, name)]
    kept.sort(key=_sort_key(params, name), reverse=params.get("SortOrder", order) == "Descending")
    return _cut(kept, params, result_key)


def _passes(summary: Summary, params: Params, name: Name) -> bool:
    return params.get("NameContains", "") in name(summary) and all(
        accepts(summary[field], _aware(params[bound]))
        for bound, (field, accepts) in _BOUNDS.items()
        if bound in params
    )


_BOUNDS: dict[str, tuple[str, Callable[[datetime, datetime], bool]]] = {
    "CreationTimeAfter": ("CreationTime", lambda time, bound: time >= bound),
    "CreationTimeBefore": ("CreationTime", lambda time, bound: time < bound),
    "LastModifiedTimeAfter": ("LastModifiedTime", lambda time, bound: time > bound),
    "LastModifiedTimeBefore": ("LastModifiedTime", lambda time, bound: time < bound),
}


def _aware(moment: datetime) -> datetime:
    """Return an aware time: moto passes timestamps as naive UTC."""
    return moment.replace(tzinfo=UTC)


def _sort_key(params: Params, name: Name) -> Callable[[Summary], Any]:
    fields = {"CreationTime": "CreationTime", "Status": "EndpointStatus"}
    by = params.get("SortBy", "CreationTime")
    if by == "Name":
        return name
    return lambda summary: summary[fields[by]]


def _cut(items: Sequence[Summary], params: Params, result_key: str) -> Answer:
    token = params.get("NextToken", "0")
    if not token.isdigit() or int(token) > len(items):
        raise refused("The pagination token is not valid.")
    start = int(token)
    end = start + params.get("MaxResults", _DEFAULT_PAGE)
    answer: Answer = {result_key: list(items[start:end])}
    if end < len(items):
        answer["NextToken"] = str(end)
    return answer
