"""Two groups at one endpoint are refused, without reading every policy each time."""

import json
from collections.abc import Callable

import pytest

from penstock.domain.errors import Refused
from penstock.usecases.claiming.one_feeder import check_one_feeder
from tests.fakes.policies import FakePolicies
from tests.fakes.sweep_notes import FakeSweepNotes


class World:
    def __init__(self) -> None:
        self.policies, self.notes = FakePolicies(), FakeSweepNotes()
        self.put("churn", "churn")
        self.put("fraud", "fraud")

    def put(self, group: str, endpoint: str) -> None:
        document = {"endpoint": endpoint, "approval": {"mode": "manual"}}
        self.policies.put(group, json.dumps(document))

    def sweep(self) -> None:
        self.notes.keep_feeders(self.policies.endpoints())
        self.policies.listed = 0

    def check(self, group: str) -> None:
        check_one_feeder(self.policies, self.notes, self.policies.policy(group))

    def refused(self, group: str) -> bool:
        try:
            self.check(group)
        except Refused:
            return True
        return False


@pytest.fixture
def world() -> World:
    return World()


def test_all_policies_are_read_where_no_sweep_was_yet(world: World) -> None:
    world.check("churn")
    assert world.policies.listed == 1
    world.put("other", "CHURN")
    with pytest.raises(Refused, match="of churn and other both name endpoint churn"):
        world.check("churn")


def test_what_a_sweep_saw_is_not_read_again(world: World) -> None:
    world.sweep()
    for group in ("churn", "fraud"):
        world.check(group)
    assert world.policies.listed == 0


def test_a_changed_policy_reads_them_all(world: World) -> None:
    world.sweep()
    world.put("churn", "churn")
    world.check("churn")
    assert world.policies.listed == 1


def test_a_conflict_that_is_solved_is_none(world: World) -> None:
    world.put("other", "churn")
    world.sweep()
    assert world.refused("churn")
    world.put("other", "elsewhere")
    assert not world.refused("churn")


def newcomer(world: World) -> None:
    world.put("other", "churn")


def both_new(world: World) -> None:
    world.put("churn", "new")
    world.put("other", "new")


def moved_there(world: World) -> None:
    world.put("fraud", "churn")


def away_and_back(world: World) -> None:
    world.put("churn", "elsewhere")
    world.put("other", "churn")
    world.put("churn", "churn")


@pytest.mark.parametrize("change", [newcomer, both_new, moved_there, away_and_back])
def test_of_two_groups_at_one_endpoint_not_both_are_admitted(
    world: World, change: Callable[[World], None]
) -> None:
    """Between two sweeps one at most; from the next sweep on none."""
    world.sweep()
    change(world)
    named = {g: feeder.endpoint for g, feeder in world.policies.endpoints().items()}
    pair = [group for group in named if list(named.values()).count(named[group]) == 2]
    assert len(pair) == 2
    assert sum(not world.refused(group) for group in pair) <= 1
    world.sweep()
    assert all(world.refused(group) for group in pair)
