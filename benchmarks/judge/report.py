"""Writes results.md, the tables as Markdown."""

from collections.abc import Iterable, Iterator, Sequence

from benchmarks.judge.before import LEAD_LOST, WORSE, Change, changes, slower
from benchmarks.judge.limits import Need
from benchmarks.judge.rivals import MODES, OURS, OURS_FITTED, PEERS
from benchmarks.judge.scenarios import ONE_PERCENT
from benchmarks.judge.tables import (
    OF_KAYENTA,
    RELEASES,
    SEED,
    SEEN,
    TOO_OFTEN,
    Cell,
    Contest,
    contests,
    worst_false,
)
from benchmarks.markdown import table

DEFAULTS = ("alarm 1/1", *PEERS, OURS)
FITTED = (*PEERS, OURS_FITTED, OURS)
OWN = (*PEERS, OURS)
TARGETS = (
    (6000, "0.1->10 %", 30.0),
    (6000, "0.1->100 %", 30.0),
    (6000, "0.1->1 %", 2.5),
    (600, "0.1->10 %", 4.0),
    (600, "0.1->1 %", 2.0),
)
HEALTHY_WITHIN = {
    "idealised": ((600, 20), (6000, 25)),
    "as on SageMaker": ((600, 45), (6000, 45)),
}
DEAD, DEAD_WITHIN = "0.1->100 %", ((6000, 60),)
EFFECT_WITHIN, RATIO = (2, 10), 1.8


def report(cells: list[Cell], needs: list[Need]) -> str:
    return "\n".join(_lines(cells, needs)) + "\n"


def _lines(cells: list[Cell], needs: list[Need]) -> Iterator[str]:
    yield "# The judge against four others: results"
    yield ""
    yield (
        f"Written by `make bench-judge`, with {RELEASES} releases per cell ({OF_KAYENTA} for "
        f"Kayenta) and seed {SEED}, which chose no setting. "
        "[docs/judge.md](../../docs/judge.md#how-it-compares) says what is compared and how to "
        "read it. Bad requests are the expected number of requests that would have been good "
        "without the regression. `results.json` has all cells."
    )
    yield from _targets(cells, needs)
    yield from _worse(cells)
    for mode in MODES:
        yield from ["", f"## {_sentence(mode)}"]
        yield from _defaults(cells, mode)
        yield from _one_schedule(cells, mode)
        yield from _own_ramps(cells, mode)
        yield from _false_own(cells, mode)
    yield from _limits(needs)


def _sentence(text: str) -> str:
    return text[0].upper() + text[1:]


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    yield ""
    yield from table(head, rows)


def _targets(cells: list[Cell], needs: list[Need]) -> Iterator[str]:
    yield from ["", "## Targets", "", "Idealised, unless a row says otherwise."]
    seen = [n for n in needs if EFFECT_WITHIN[0] <= round(n.bad / n.base, 3) <= EFFECT_WITHIN[1]]
    worst = max(n.ratio for n in seen)
    rows = [*_leads(cells), *_durations(cells), *_dead(cells)]
    rows.append(["requests / physical limit, 2x to 10x", f"{RATIO}x", f"{worst:.2f}x"])
    for mode in MODES:
        most = max(
            c.rolled_back
            for c in cells
            if c.rule == OURS and c.kind == "harmless" and c.mode == mode
        )
        rows.append([f"false rollbacks, worst case, {mode}", "1 %", f"{100 * most:.1f} %"])
    yield from _table(["", "target", "reached"], rows)


def _leads(cells: list[Cell]) -> Iterator[list[str]]:
    own = contests(cells, "idealised")
    for requests, scenario, factor in TARGETS:
        found = next(c for c in own if (c.ours.requests, c.ours.scenario) == (requests, scenario))
        if found.best is not None:
            ratio = found.best.bad / found.ours.bad
            name = f"{requests}: {scenario}"
            yield [name, f"1/{factor:g} of the best rival's", f"1/{ratio:.1f}"]


def _durations(cells: list[Cell]) -> Iterator[list[str]]:
    for mode, wanted in HEALTHY_WITHIN.items():
        healthy = [c for c in cells if c.table == "own ramps" and c.mode == mode]
        for requests, within in wanted:
            finish = next(
                c.finished
                for c in healthy
                if _is_plain(c, requests, OURS) and c.base != ONE_PERCENT[0]
            )
            name = f"{requests}: median duration of a healthy release, {mode}"
            yield [name, f"{within} min", f"{_number(finish)} min"]


def _dead(cells: list[Cell]) -> Iterator[list[str]]:
    mode = "as on SageMaker"
    for requests, within in DEAD_WITHIN:
        key = (requests, DEAD)
        found = next(c for c in contests(cells, mode) if (c.ours.requests, c.ours.scenario) == key)
        name = f"{requests}: bad requests of a dead model, {mode}"
        yield [name, f"{within}", _bad(found.ours.bad)]


def _worse(cells: list[Cell]) -> Iterator[str]:
    yield from ["", "## What is worse than in the version before"]
    yield ""
    yield (
        "Compared with `before.json`, what the version before published of itself. Since then the "
        "simulation counts more of what a release takes, and the rivals are fitted more finely, so "
        "part of this was so before and not told."
    )
    rows = [
        [mode, f"{row.requests:g}, {100 * row.base:g} %", _number(row.ours), _number(minutes)]
        for mode in MODES
        for row, minutes in slower(cells, mode)
    ]
    yield from _table(["healthy releases", "req/min, base 5xx", "minutes before", "now"], rows)
    found = {mode: changes(cells, mode) for mode in MODES}
    rows = [
        _more(mode, requests, [c for c in found[mode] if c.before.requests == requests])
        for mode in MODES
        for requests in sorted({c.before.requests for c in found[mode]})
    ]
    more = f"more bad requests, by {100 * (WORSE - 1):.0f} % at least"
    yield from _table(["", "req/min", "regressions", more, "the most", "newly behind"], rows)
    yield from _lost(found)


def _more(mode: str, requests: float, found: list[Change]) -> list[str]:
    most = max(found, key=lambda change: change.factor)
    more = sum(change.factor >= WORSE for change in found)
    behind = [change.before.scenario for change in found if change.newly_behind]
    return [
        *(mode, f"{requests:g}", f"{len(found)}", f"{more}"),
        f"{most.factor:.1f} times, {most.before.scenario}",
        "; ".join(behind) or "none",
    ]


def _lost(found: dict[str, list[Change]]) -> Iterator[str]:
    yield ""
    yield f"The lead over the best rival is less than 1/{LEAD_LOST:g} of that of before:"
    rows = [
        [
            *(mode, f"{c.before.requests:g}", c.before.scenario),
            *(_bad(c.before.ours or 0.0), f"{_bad(c.before.rival or 0.0)} {c.before.rule}"),
            *(_bad(c.now.ours.bad), f"{_bad(c.now.best.bad)} {c.now.best.rule}"),
        ]
        for mode, changed in found.items()
        for c in changed
        if c.lost >= LEAD_LOST and c.now.best
    ]
    head = ["", "req/min", "regression", "ours before", "best rival before", "ours", "best rival"]
    yield from _table(head, rows)


def _is_plain(cell: Cell, requests: float, rule: str) -> bool:
    return (cell.requests, cell.scenario, cell.rule) == (requests, "plain", rule)


def _defaults(cells: list[Cell], mode: str) -> Iterator[str]:
    yield from ["", "### Harmless releases rolled back, with default settings, 5/25/50 % x 10 min"]
    yield ""
    yield "In %: plain -> the worst of plain, diurnal, incident and bursty."
    own = [c for c in cells if c.table == "defaults" and c.mode == mode]
    groups = dict.fromkeys((c.base, c.requests) for c in own)
    rows = []
    for base, requests in sorted(groups):
        row = [f"{requests:g}, {100 * base:g} %"]
        for rule in DEFAULTS:
            same = [c for c in own if (c.base, c.requests, c.rule) == (base, requests, rule)]
            plain = next(c.rolled_back for c in same if c.scenario == "plain")
            worst = max(c.rolled_back for c in same)
            row.append(f"{100 * plain:.1f} -> {100 * worst:.1f}")
        rows.append(row)
    yield from _table(["req/min, base 5xx", *DEFAULTS], rows)


def _one_schedule(cells: list[Cell], mode: str) -> Iterator[str]:
    yield from ["", "### The same schedule for all, fitted to 1 % of false rollbacks"]
    yield ""
    yield (
        "Each cell has the share of regressions found, the median and 95 % delay in minutes, and "
        "the **bad requests served**. A missed regression counts as 30 minutes at 100 %. The last "
        "column is our judge as shipped, not fitted."
    )
    own = [c for c in cells if c.table == "one schedule" and c.mode == mode and c.kind == "tuned"]
    keys = dict.fromkeys((c.requests, c.scenario) for c in own)
    rows = []
    for requests, scenario in sorted(keys, key=lambda key: key[0]):
        same = {c.rule: c for c in own if (c.requests, c.scenario) == (requests, scenario)}
        rows.append([f"{requests:g}", scenario, *(_found(same[rule]) for rule in FITTED)])
    yield from _table(["req/min", "regression", *FITTED], rows)


def _found(cell: Cell) -> str:
    share, bad = f"{100 * cell.rolled_back:.0f} %", f"**{_bad(cell.bad)}**"
    delay = f"{_number(cell.minute)}/{_number(cell.late)} " if cell.minute is not None else ""
    return f"{share} {delay}{bad}"


def _own_ramps(cells: list[Cell], mode: str) -> Iterator[str]:
    yield from ["", "### Whole releases on their own ramps: bad requests served in 120 minutes"]
    yield ""
    yield (
        "The best rival is the best of the four rules that can be fitted to at most "
        f"{100 * TOO_OFTEN:g} % of false rollbacks. “Fresh” marks scenarios that were not used to "
        "choose any setting. “Not found” means that both roll back fewer than half of the "
        "releases. The one that promotes later then serves fewer bad requests."
    )
    found = sorted(contests(cells, mode), key=lambda c: (c.ours.requests, c.kind != "tuned"))
    rows = [_contest(each) for each in found]
    head = ["req/min", "regression", "", "ours", "best rival", "rival / ours", "", *PEERS]
    yield from _table(
        head, [_with_all(row, each, cells) for row, each in zip(rows, found, strict=True)]
    )
    behind = [c for c in found if not c.ahead]
    real = [c for c in behind if not _unseen(c)]
    yield ""
    yield (
        f"Our judge is ahead in {len(found) - len(behind)} of {len(found)} rows and behind in "
        f"{len(behind)}. In {len(behind) - len(real)} of these neither finds the regression."
    )


def _unseen(contest: Contest) -> bool:
    best = contest.best
    return contest.ours.rolled_back < SEEN and (best is None or best.rolled_back < SEEN)


def _contest(each: Contest) -> list[str]:
    ours, best = each.ours, each.best
    note = "" if each.ahead else "behind"
    note += ", not found" if note and _unseen(each) else ""
    rival = f"{_bad(best.bad)} {best.rule} ({100 * best.rolled_back:.0f} %)" if best else "none"
    ratio = f"{best.bad / ours.bad:.1f}" if best and ours.bad > 0 else ""
    return [
        *(f"{ours.requests:g}", ours.scenario, "fresh" if each.kind == "fresh" else ""),
        *(f"{_bad(ours.bad)} ({100 * ours.rolled_back:.0f} %)", rival, ratio, note),
    ]


def _with_all(row: list[str], each: Contest, cells: list[Cell]) -> list[str]:
    ours = each.ours
    beside = {
        c.rule: c.bad
        for c in cells
        if (c.table, c.mode, c.requests, c.base, c.scenario, c.kind)
        == (ours.table, ours.mode, ours.requests, ours.base, ours.scenario, ours.kind)
    }
    return [*row, *(_bad(beside[rule]) for rule in PEERS)]


def _false_own(cells: list[Cell], mode: str) -> Iterator[str]:
    yield from ["", "### Own ramps: harmless releases rolled back, and duration of healthy ones"]
    yield ""
    yield (
        "Each cell has the % rolled back, as the worst of plain, diurnal, incident and bursty, and "
        "the median duration in minutes. In the last columns an assumption of the judge fails."
    )
    own = [c for c in cells if c.table == "own ramps" and c.mode == mode]
    outside = list(dict.fromkeys(c.scenario for c in own if c.kind == "outside"))
    rows = []
    for base, requests in sorted(dict.fromkeys((c.base, c.requests) for c in own)):
        row = [f"{requests:g}, {100 * base:g} %"]
        for rule in OWN:
            finish = next(
                c.finished for c in own if _is_plain(c, requests, rule) and c.base == base
            )
            row.append(f"{100 * worst_false(own, rule, requests, base):.1f} / {_number(finish)}")
        for scenario in outside:
            key = (requests, base, scenario, OURS)
            share = next(
                c.rolled_back for c in own if (c.requests, c.base, c.scenario, c.rule) == key
            )
            row.append(f"{100 * share:.1f}")
        rows.append(row)
    yield from _table(["req/min, base 5xx", *OWN, *(f"ours, {name}" for name in outside)], rows)


def _limits(needs: list[Need]) -> Iterator[str]:
    yield from ["", "## Against the physical limit"]
    yield ""
    yield (
        "The number of candidate requests until the rollback, for one metric and the default "
        "settings without the cap. The limit is Wald's bound for any test with 1 % of false "
        "rollbacks that does not know live's rate."
    )
    rows = [
        [
            f"{100 * n.base:g} -> {100 * n.bad:g} %",
            *(f"{100 * n.weight:g} %", f"{n.limit:,.0f}", f"{n.ours:,.0f}", f"{n.ratio:.2f}"),
        ]
        for n in needs
    ]
    yield from _table(["regression", "share", "limit", "ours", "ratio"], rows)


def _bad(value: float) -> str:
    return f"{value:,.0f}" if value >= 20 else f"{value:.2g}"  # noqa: PLR2004 - two digits


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.0f}"
