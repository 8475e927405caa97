"""The account's benchmark, small: what it measures, and that what it measures holds."""

import pytest

from benchmarks.account.__main__ import Row, Section
from benchmarks.account.busy import Busy
from benchmarks.account.meter import LIVES
from benchmarks.account.plays import released, settled, slowest_halt, swept


def test_a_figure_beyond_its_limit_is_missed_and_so_is_a_release_that_is_not_promoted() -> None:
    rows = (Row("settle, s", 20.0, 20), Row("halt, s", 5.1, 5))
    section = Section((), rows, {"promoted": 4, "rolled_back": 1}, ())
    assert [*section.missed()] == [
        "halt, s: 5.10, limit 5",
        "not every release was promoted: {'promoted': 4, 'rolled_back': 1}",
    ]


def test_releases_at_once_take_hardly_longer_than_one() -> None:
    one, many = released(10, 1), released(10, 20)
    assert many.world.endings() == {"promoted": 20}
    assert many.world.killed == 0
    assert many.makespan <= 1.5 * one.makespan


def test_more_than_the_rates_allow_is_throttled_and_all_end_well() -> None:
    many = released(0, 60)
    assert many.world.endings() == {"promoted": 60}
    assert many.world.meter.buckets.throttled["cloudwatch PutMetricAlarm"] > 0


@pytest.mark.parametrize("restless", [False, True])
def test_a_settle_takes_no_longer_in_a_larger_account(*, restless: bool) -> None:
    small, large = settled(20, restless=restless), settled(300, restless=restless)
    assert large.longest < 20
    assert large.held <= small.held + 1


def test_leftovers_go_in_an_account_of_any_size() -> None:
    """All but the configuration that the last release would have gone back to."""
    assert settled(300, restless=False).leftovers == 1


def test_a_way_back_does_not_queue_behind_others() -> None:
    assert slowest_halt(10, 15) <= 5


def test_a_sweep_reaches_everything() -> None:
    seconds, left = swept(40)
    assert left == 0
    assert 0 < seconds < 300


def test_a_task_that_lives_too_long_is_killed_and_counted() -> None:
    world = Busy(0, 1)
    execution = world.approve(world.groups[0], 1)
    world.meter.pages["cloud.setup"] = lambda: 2 * int(LIVES)
    for _ in range(12):
        world.step(execution)
    assert world.killed > 0
