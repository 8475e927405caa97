"""The sweep hands everything over, and one thing that cannot be keeps no other waiting."""

import pytest

from penstock.domain.errors import Denied, PenstockError, Unavailable
from penstock.domain.ledger.gate import GateWrite
from penstock.ports.ledger import Feeder
from penstock.usecases.sweeping.round_robin import RoundRobin
from penstock.usecases.sweeping.sweep import Sweep, Swept
from tests.fakes.clock import FakeClock
from tests.fakes.ledger import FakeLedger
from tests.fakes.policies import FakePolicies
from tests.fakes.reconciling import FakeReconciling
from tests.fakes.sweep_notes import FakeSweepNotes

POLICY = '{"endpoint": "%s", "approval": {"mode": "manual"}}'


class World:
    """Three endpoints, and a group for two of them."""

    def __init__(self) -> None:
        self.ledger, self.policies = FakeLedger(), FakePolicies()
        self.notes, self.reconciling = FakeSweepNotes(), FakeReconciling()
        self.clock, self.time_left = FakeClock(), 900_000
        self.recovers = False
        self.paused: list[float] = []
        self.logged: list[str] = []
        self.know("a", "b", "c")
        for group in ("a", "b"):
            self.policies.put(group, POLICY % group)

    def know(self, *keys: str) -> None:
        for key in keys:
            self.ledger.write(key, GateWrite(conditions=(), assign={"serving": "p"}))

    def pause(self, seconds: float) -> None:
        self.paused.append(seconds)
        self.time_left -= round(1000 * seconds)
        if self.recovers:
            self.reconciling.refused = {}

    def sweep(self) -> Swept:
        return Sweep(
            ledger=self.ledger,
            policies=self.policies,
            feeders=self.notes,
            reconciling=self.reconciling,
            round_robin=RoundRobin(self.notes, lambda: self.time_left),
            only_one=self.notes,
            clock=self.clock,
            pause=self.pause,
            log=self.logged.append,
        )()

    def fails(self) -> str:
        with pytest.raises(PenstockError) as error:
            self.sweep()
        return str(error.value)


@pytest.fixture
def world() -> World:
    return World()


ALL = ["place a", "place b", "place c", "group a", "group b"]


def test_every_place_and_every_group_is_handed_over_by_itself(world: World) -> None:
    world.know("stores/store-017", "batch:nightly")
    assert world.sweep() == Swept(places=5, groups=2)
    assert world.reconciling.asked == [
        *("place a", "place b", "place batch:nightly", "place c", "place stores/store-017"),
        *("group a", "group b"),
    ]


def test_no_gate_is_read_for_it(world: World) -> None:
    before = len(world.ledger.wire.calls)
    world.sweep()
    assert world.ledger.wire.calls[before:] == ["ledger.keys"]


def test_what_the_policies_name_is_kept_for_who_admits_a_policy(world: World) -> None:
    world.sweep()
    assert world.notes.feeders() == {"a": Feeder("a", "1"), "b": Feeder("b", "1")}


@pytest.mark.parametrize("refused", ["a", "c"])
def test_what_lambda_does_not_take_is_logged_and_keeps_no_other_waiting(
    world: World, refused: str
) -> None:
    world.reconciling.refused = {refused: Unavailable("Rate Exceeded")}
    world.sweep()
    left = [f"{kind} {refused} was not handed over: Rate Exceeded" for kind in ("place", "group")]
    assert world.logged == [said for said in left if said.split(" was")[0] in ALL]
    assert world.reconciling.asked == [each for each in ALL if not each.endswith(f" {refused}")]


def test_what_was_not_taken_is_handed_over_by_the_next_try(world: World) -> None:
    world.reconciling.refused = {"b": Unavailable("Rate Exceeded")}
    world.sweep()
    world.reconciling.refused, world.reconciling.asked = {}, []
    world.sweep()
    assert world.reconciling.asked == ALL


def test_what_was_not_taken_alone_is_tried_again_by_the_same_sweep(world: World) -> None:
    world.reconciling.refused = {"b": Unavailable("Rate Exceeded")}
    world.recovers = True
    assert world.sweep() == Swept(places=3, groups=2)
    assert world.reconciling.asked == ["place a", "place c", "place b", "group a", "group b"]
    assert (world.logged, world.paused) == ([], [10.0])


def test_a_sweep_that_lambda_takes_nothing_from_fails_so_that_people_hear_of_it(
    world: World,
) -> None:
    world.reconciling.refused = dict.fromkeys(("a", "b", "c"), Denied("no permission"))
    assert world.fails() == "no permission"


def test_trying_again_ends_in_time(world: World) -> None:
    world.time_left = 605_000
    world.reconciling.refused = {"c": Unavailable("Rate Exceeded")}
    assert world.sweep() == Swept(places=2, groups=2)
    assert world.paused == [10.0]


def test_a_sweep_leaves_everything_to_the_one_that_still_runs(world: World) -> None:
    """Two of them would hand over at twice the pace."""
    world.notes.begin(world.clock.now(), world.clock.now() + 900_000)
    assert world.sweep() == Swept(0, 0)
    assert world.reconciling.asked == []
    assert world.logged == ["nothing was handed over: the sweep before still runs"]
    world.clock.advance(900)
    assert world.sweep() == Swept(places=3, groups=2)
    assert world.sweep() == Swept(places=3, groups=2)


def test_a_sweep_that_fails_is_over(world: World) -> None:
    world.ledger.wire.refused["ledger.keys"] = lambda: Unavailable("the table is away")
    for _ in range(2):
        assert world.fails() == "the table is away"


def test_gates_that_cannot_be_listed_keep_no_group_waiting(world: World) -> None:
    world.ledger.wire.refused["ledger.keys"] = lambda: Unavailable("the table is away")
    assert world.fails() == "the table is away"
    assert world.reconciling.asked == ["group a", "group b"]
    assert world.logged == ["every place was not handed over: the table is away"]


def test_policies_that_cannot_be_listed_keep_no_place_waiting(world: World) -> None:
    class Sealed(FakePolicies):
        def endpoints(self) -> dict[str, Feeder]:
            raise Denied("no access to the path")

    world.policies = Sealed()
    assert world.fails() == "no access to the path"
    assert world.reconciling.asked == ["place a", "place b", "place c"]


def test_so_many_are_handed_over_a_second_that_sagemaker_answers_all_of_them(world: World) -> None:
    world.know(*(f"e{n:02}" for n in range(20)))
    for n in range(8):
        world.policies.put(f"g{n}", POLICY % f"g{n}")
    assert world.sweep() == Swept(places=23, groups=10)
    assert world.paused == [1.0] * (4 + 4)


def test_a_small_account_waits_for_nothing(world: World) -> None:
    world.sweep()
    assert world.paused == []


def test_places_leave_time_to_the_groups_and_go_on_with_the_next_sweep(
    world: World,
) -> None:
    world.time_left = 601_000
    world.know(*(f"e{n:02}" for n in range(20)))
    first = world.sweep()
    assert (first.places < 23, first.groups) == (True, 2)
    world.time_left, seen = 900_000, set(world.reconciling.asked)
    world.sweep()
    assert world.reconciling.asked[first.places + 2] not in seen
    assert len(set(world.reconciling.asked)) == 25


def test_a_thousand_places_and_their_groups_are_handed_over_in_one_sweep(world: World) -> None:
    world.know(*(f"e{n:04}" for n in range(997)))
    for n in range(998):
        world.policies.put(f"e{n:04}", POLICY % f"e{n:04}")
    assert world.sweep() == Swept(places=1000, groups=1000)
    assert 650 <= sum(world.paused) <= 750
