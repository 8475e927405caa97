"""The state of the sequential test as the document of an execution carries it: in few bytes.

Numbers have seven digits and are rounded down. Less wealth is less evidence, and less in the bets
against harm is a higher bound, so the promises of the judge hold.
"""

import math
from collections.abc import Iterable, Iterator, Mapping
from decimal import ROUND_FLOOR, Context
from functools import cache
from typing import Any, NamedTuple

from pydantic import TypeAdapter

from penstock.domain.judging.counts import Counts
from penstock.domain.judging.evidence_state import MetricState
from penstock.domain.judging.harm import NO_BOUND, Harm
from penstock.domain.judging.parts import shared_money
from penstock.domain.judging.wealth import NOTHING, Wealth

DIGITS = 7
_DOWN, _NEAREST = Context(prec=DIGITS, rounding=ROUND_FLOOR), Context(prec=DIGITS)
FORGOTTEN = 25.0
"""A bet is dropped if its logarithm is so far below that of the cash: the next stake on it is
thousands of times as much, even after a day of minutes."""


class Common(NamedTuple):
    """What the parts of a signal have in common, unless a minute of one of them was missing.

    `cash` is the logarithm of what is left of each unit of the first money. The requests are those
    of all judged minutes; `recent` are those of both variants per minute lately.
    """

    minutes: int
    cash: float
    live: float
    candidate: float
    recent: float | None


class Row(NamedTuple):
    """One metric; what it ends with may be missing.

    The name of a part begins with @ or [ if the row before is of the same signal. `bets` are
    logarithms, null of nothing. `harm` has the requests and the bets of the bound, if there is one.
    Without `common` it is that of the row before.
    """

    name: str
    live_bad: float
    candidate_bad: float
    bets: tuple[float | None, ...]
    harm: tuple[float, ...] = ()
    common: Common | None = None


def carried(document: Mapping[str, Any], metrics: Mapping[str, MetricState]) -> dict[str, Any]:
    """The document of a state in few bytes. `metrics` are those of the state."""
    others = {name: _short(value) for name, value in document.items() if name != "metrics"}
    return {"metrics": list(_lists(metrics)), **others}


def restored(document: Mapping[str, Any]) -> dict[str, Any]:
    """The document of a state, its metrics by their names again.

    Raises:
        ValueError: There are no such rows in it.
    """
    rows = list(_named(_rows().validate_python(document["metrics"])))
    money = shared_money(name for name, _, _ in rows)
    metrics = {name: _metric(row, common, money[name]) for name, row, common in rows}
    return {**document, "metrics": metrics}


@cache
def _rows() -> TypeAdapter[tuple[Row, ...]]:
    return TypeAdapter(tuple[Row, ...])


def _lists(metrics: Mapping[str, MetricState]) -> Iterator[list[Any]]:
    """The rows, without what the row before has and what there is not."""
    money = shared_money(metrics)
    signal, common = "", None
    for name, metric in metrics.items():
        part = name.removeprefix(_signal(name))
        row = _row(part if part and _signal(name) == signal else name, metric, money[name])
        if row.common != common:
            yield _short(row)
        else:
            yield _short(row[:-1] if row.harm else row[:-2])
        signal, common = _signal(name), row.common


def _named(rows: Iterable[Row]) -> Iterator[tuple[str, Row, Common]]:
    """Each row with its whole name, and with what it has in common with those before."""
    signal, common = "", None
    for row in rows:
        signal, name = _signal(row.name) or signal, row.name
        common = row.common or common
        if common is None:
            raise ValueError("nothing before the first row has anything in common with it")
        yield name if _signal(name) else signal + name, row, common


def _signal(name: str) -> str:
    """What a metric is a part of: `latency@p95`, `checkout[Route=/pay]`."""
    return name.partition("@")[0].partition("[")[0]


def _row(name: str, metric: MetricState, money: float) -> Row:
    wealth, harm, seen, recent = metric
    return Row(
        name,
        seen.live_bad,
        seen.candidate_bad,
        tuple(None if bet < wealth.cash - FORGOTTEN else bet for bet in wealth.bets),
        (harm.candidate, *harm.stakes) if metric.bounded else (),
        Common(wealth.minutes, _left(wealth.cash, money), seen.live, seen.candidate, recent),
    )


def _metric(row: Row, common: Common, money: float) -> MetricState:
    minutes, left, live, candidate, recent = common
    bets = tuple(NOTHING if bet is None else bet for bet in row.bets)
    return MetricState(
        Wealth(minutes, left + math.log(money), bets),
        Harm(row.harm[0], row.harm[1:]) if row.harm else NO_BOUND,
        Counts(live, row.live_bad, candidate, row.candidate_bad),
        recent,
    )


def _left(cash: float, money: float) -> float:
    """The log of the cash as a part of the first money, so that restored it is no more than it was.

    It is the nearest number of seven digits if it can be: what was restored is carried as before.
    """
    exact = repr(cash - math.log(money))
    nearest = float(_NEAREST.create_decimal(exact))
    return nearest if nearest + math.log(money) <= cash else float(_DOWN.create_decimal(exact))


def _short(value: Any) -> Any:
    """All its numbers rounded down, but for whole ones."""
    if isinstance(value, Mapping):
        return {name: _short(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_short(each) for each in value]
    if not isinstance(value, float):
        return value
    return int(value) if value.is_integer() else float(_DOWN.create_decimal(repr(value)))
