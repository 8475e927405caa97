"""The benchmark says by itself what got worse."""

from benchmarks.judge.before import LEAD_LOST, Change, Published, changes, published, slower
from benchmarks.judge.rivals import MODES
from benchmarks.judge.tables import Cell, Contest

MODE = "as on SageMaker"


def cell(rule: str, bad: float, finished: float | None = None, scenario: str = "plain") -> Cell:
    kind = "harmless" if scenario == "plain" else "tuned"
    found = 0.0 if scenario == "plain" else 1.0
    at = ("own ramps", MODE, 600.0, 0.001, scenario, kind, rule)
    return Cell(*at, found, None, None, bad, finished)


def test_every_regression_and_duration_of_before_is_known() -> None:
    rows = published()
    keys = {(row.kind, row.mode, row.requests, row.base, row.scenario) for row in rows}
    assert len(keys) == len(rows)
    assert {row.mode for row in rows} == set(MODES)


def test_a_healthy_release_that_takes_longer_is_told() -> None:
    (before,) = [
        row
        for row in published()
        if (row.kind, row.mode, row.requests, row.base) == ("healthy", MODE, 600.0, 0.001)
    ]
    assert before.ours is not None
    healthy = [row for row in published() if row.kind == "healthy" and row.mode == MODE]
    now = [
        cell("ours", 0.0, before.ours + 1 if row == before else 1.0)._replace(
            requests=row.requests, base=row.base
        )
        for row in healthy
    ]
    assert list(slower(now, MODE)) == [(before, before.ours + 1)]


def test_a_lead_that_shrinks_and_one_that_is_gone_are_told() -> None:
    before = Published("regression", MODE, 600.0, 0.001, "x", 10.0, 100.0, "argo")

    def now(ours: float, rival: float) -> Change:
        contest = Contest(cell("ours", ours), cell("argo", rival), "tuned")
        return Change(before, contest)

    assert now(20.0, 60.0).factor == 2.0
    assert now(20.0, 60.0).lost > LEAD_LOST
    assert not now(20.0, 60.0).newly_behind
    assert now(20.0, 10.0).newly_behind


def test_a_regression_is_compared_with_itself() -> None:
    cells = [cell("ours", 30.0, scenario="0.1->1 %"), cell("argo", 60.0, scenario="0.1->1 %")]
    harmless = [cell("ours", 0.0), cell("argo", 0.0)]
    (change,) = changes([*cells, *harmless], MODE)
    assert (change.before.requests, change.before.scenario) == (600.0, "0.1->1 %")
    assert change.now.best == cells[1]
