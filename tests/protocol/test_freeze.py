"""A freeze: nothing goes forward while it holds, everything that goes back does, and no time is
lost by it.
"""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache
from typing import Any, Literal

import pytest

from penstock.domain.errors import Denied, Unavailable
from penstock.domain.execution.announcements import ReleaseJudged
from penstock.domain.ledger.gate import PROMOTE, SHIFT, STAGE, WINDOW
from penstock.domain.planning.budget import EVENTS_PER_LOOK, HISTORY_LIMIT
from tests.protocol.climbs import shares
from tests.worlds.machine import Execution
from tests.worlds.promises import at_known_rest
from tests.worlds.scenes import (
    CLAIM,
    ERRORS,
    JUDGE,
    PLAN,
    SETTLE,
    SHIFT_STATE,
    WATCH,
    in_window,
    shifted,
    tidy_pending,
)
from tests.worlds.scenes import (
    PROMOTE as PROMOTING,
)
from tests.worlds.scenes import (
    STAGE as STAGING,
)
from tests.worlds.world import POLICY, World

HISTORY = 25_000
"""Events that an execution may have (facts 5)."""
HOUR, DAY = 3600, 24 * 3600
HELD = 79
STEPS = {**POLICY["rollout"], "holdback_percent": 5, "holdback_minutes": 10}
CLIMB = {"steps": "adaptive", "step_minutes": 3, "hold_minutes": 0, "watch_minutes": 4}
BROKEN = '{"reason": '


def freeze(world: World, until: int | None = None, **more: Any) -> None:
    """Somebody freezes; `until` in seconds from now."""
    ends = None
    if until is not None:
        ends = datetime.fromtimestamp(world.clock.now() / 1000 + until, UTC).isoformat()
    world.freezes.put(json.dumps({"reason": "the books close", "until": ends, **more}))


@cache
def serving(rollout: str = "steps") -> World:
    """Version 1 has served 600 requests a minute for an hour."""
    sections = {
        "steps": POLICY,
        "holdback": {**POLICY, "rollout": STEPS},
        "climb": {
            **POLICY,
            "rollout": CLIMB,
            "judge": {**POLICY["judge"], "deadline_minutes": 60, "margins": {"errors": 0.05}},
        },
        "at once": {**POLICY, "rollout": {"strategy": "all_at_once", "watch_minutes": 4}},
        "rolls back": {
            **POLICY,
            "judge": {**POLICY["judge"], "on_inconclusive": "roll_back", "deadline_minutes": 15},
        },
        "waits": {
            **POLICY,
            "judge": {**POLICY["judge"], "deadline_minutes": 5, "wait_hours": 1},
        },
    }
    world = World(sections[rollout], quick=True)
    world.traffic.per_minute = 600
    world.promoted(1)
    world.clock.advance(HOUR)
    return world


def frozen_for(world: World, execution: Execution, seconds: int) -> None:
    """Play the execution so long; it must still run, and the endpoint keep what it shows."""
    end, before = world.clock.now() + 1000 * seconds, world.content
    while world.clock.now() < end:
        assert execution.running, execution.cause
        world.step(execution)
        assert world.content.same(before)


def verdict(world: World, release: int = 2) -> str:
    judged = world.record_of(release).judged
    assert judged is not None
    return judged.reason


def published(world: World) -> list[tuple[str, str]]:
    """Verdicts that were published, and the beginnings of their reasons."""
    said = [each for each in world.announcer.said if isinstance(each, ReleaseJudged)]
    return [(each.verdict, each.reason.split(";")[0]) for each in said]


def attention(world: World) -> list[str]:
    return [s.reason for s in world.announcer.said if s.detail_type == "Attention Needed"]


def started_by_sweep(world: World) -> list[Execution]:
    return [e for e in world.all if "wanted-" in e.arn]


# ---- approvals -----------------------------------------------------------------------------------


def test_an_approval_waits_and_the_sweep_starts_it_when_the_freeze_is_deleted(
    world: World,
) -> None:
    freeze(world)
    execution = world.release(2)
    world.run()
    assert execution.ending == "nothing_to_do"
    assert execution.cause["reason"] == "frozen: the books close"
    assert world.reconcile() == "at rest; frozen: the books close"
    assert (world.gate.owner, world.gate.latest) == (None, world.approved_at(1))
    world.freezes.remove()
    world.settle_down()
    assert world.serves(2)
    assert len(started_by_sweep(world)) == 1


def test_a_freeze_that_ends_by_itself_lets_the_sweep_start_it(world: World) -> None:
    freeze(world, until=HOUR)
    world.release(2)
    world.run()
    world.clock.advance(HOUR - 1)
    assert world.reconcile().startswith("at rest; frozen: ")
    world.clock.advance(1)
    assert world.reconcile() == "a wanted approval was started"
    world.settle_down()
    assert world.serves(2)


def test_of_several_approvals_the_newest_is_started_exactly_once(world: World) -> None:
    """Events come three times, in any order, and one is late."""
    freeze(world)
    for version in (3, 2, 4, 4, 3, 4):
        world.release(version)
    world.run()
    endings = [e.ending for e in world.all[1:]]
    assert set(endings) == {"nothing_to_do", "superseded"}
    assert world.gate.to_come == (world.registry.packages[world.register(4)].arn, _at(world, 4))
    world.freezes.remove()
    for _ in range(3):
        world.reconcile()
    late = world.release(4)
    world.settle_down()
    assert world.serves(4)
    assert late.ending == "nothing_to_do"
    assert len(started_by_sweep(world)) == 1
    assert [r.approved_at for r in world.ledger.peek_records("churn")].count(_at(world, 4)) == 1
    assert world.announcer.types.count("Release Promoted") == 2  # version 1, and version 4


def _at(world: World, version: int) -> int:
    return world.approved_at(version)


def test_an_approval_that_is_revoked_meanwhile_is_not_started(world: World) -> None:
    freeze(world)
    execution = world.release(2)
    world.run()
    arn = str(execution.input["model_package_arn"])
    package = world.registry.packages[arn]
    world.registry.put(package.model_copy(update={"approval": "Rejected"}))
    world.freezes.remove()
    world.settle_down()
    assert world.serves(1)


def test_a_freeze_of_other_endpoints_holds_nothing_back(world: World) -> None:
    freeze(world, endpoints=["fraud-*"])
    world.promoted(2)
    freeze(world, endpoints=["fraud", "ch*"])
    assert _ends(world, world.release(3)) == "nothing_to_do"


def test_a_freeze_that_is_over_holds_nothing_back(world: World) -> None:
    freeze(world, until=0)
    world.promoted(2)


def test_what_is_refused_anyway_is_refused_during_a_freeze(world: World) -> None:
    freeze(world)
    assert _ends(world, world.release(2, policy={"endpoint": "fraud"})) == "refused"


def test_a_package_that_serves_has_nothing_to_wait_for(world: World) -> None:
    freeze(world)
    again = world.release(1)
    world.run()
    assert again.ending == "nothing_to_do"
    assert world.gate.to_come is None


def _ends(world: World, execution: Execution) -> str | None:
    world.run()
    return execution.ending


# ---- people --------------------------------------------------------------------------------------


def by_hand(world: World, version: int = 2, **more: Any) -> Execution:
    arn = world.register(version)
    return world.start(f"hand-{version}", action="release", model_package_arn=arn, **more)


def test_a_manual_release_is_refused_and_told_how_to_insist(world: World) -> None:
    freeze(world)
    execution = by_hand(world)
    world.run()
    assert execution.ending == "refused"
    assert execution.cause["reason"] == (
        'frozen: the books close; start it with "during_freeze": true to release anyway'
    )
    assert world.announcer.types[-1] == "Release Refused"
    assert world.gate.to_come is None
    world.freezes.remove()
    world.settle_down()
    assert world.serves(1)


@pytest.mark.parametrize("rollout", ["steps", "holdback", "climb", "at once"])
def test_with_during_freeze_that_one_release_goes_all_the_way(rollout: str) -> None:
    world = serving(rollout).fork()
    freeze(world)
    execution = by_hand(world, during_freeze=True)
    world.run()
    assert execution.ending == "promoted"
    assert world.serves(2)


def test_with_during_freeze_an_unreadable_freeze_is_not_asked(world: World) -> None:
    world.freezes.seal()
    asked = world.wire.counts["freezes.freeze"]
    execution = by_hand(world, during_freeze=True)
    world.run()
    assert execution.ending == "promoted"
    assert world.wire.counts["freezes.freeze"] == asked


def test_a_dry_run_is_planned(world: World) -> None:
    freeze(world)
    execution = by_hand(world, dry_run=True)
    world.run()
    assert execution.ending == "planned"


def test_a_rollback_takes_no_during_freeze(world: World) -> None:
    execution = world.start("r", action="rollback", endpoint="churn", during_freeze=True)
    world.run()
    assert execution.ending == "refused"
    assert execution.cause["reason"].startswith("the input: rollback does not take during_freeze")


def test_a_requested_rollback_at_rest_works(world: World) -> None:
    world.promoted(2)
    freeze(world)
    execution = world.start("back", action="rollback", endpoint="churn")
    world.run()
    assert execution.ending == "restored"
    assert world.serves(1)


# ---- running releases ----------------------------------------------------------------------------


def at(world: World, where: str) -> Execution:
    """A release that has come so far."""
    execution = world.release(2)
    steps = {"first step": SHIFT, "second step": SHIFT + 1, "holdback": HELD}
    if where in (CLAIM, PLAN, STAGING):
        world.until(execution, where)
        return execution
    if where == "staged":
        world.until_gate(execution, lambda gate: gate.step == STAGE)
    else:
        world.until_gate(execution, lambda gate: gate.step == steps[where])
    world.until(execution, JUDGE)
    return execution


PLACES = {
    PLAN: 0.0,
    STAGING: 0.0,
    "staged": 0.0,
    "first step": 0.1,
    "second step": 0.5,
    "holdback": 0.95,
}


@pytest.mark.parametrize("thaw", ["deleted", "over"])
@pytest.mark.parametrize("where", PLACES)
def test_a_running_release_keeps_its_share_and_goes_on_after_the_freeze(
    where: str, thaw: Literal["deleted", "over"]
) -> None:
    world = serving("holdback").fork()
    execution = at(world, where)
    began = world.clock.now()
    freeze(world, until=3 * DAY if thaw == "over" else None)
    while world.clock.now() < began + 3 * DAY * 1000 - 5 * HOUR * 1000:
        world.step(execution)
    assert world.content.share("candidate") == PLACES[where]
    if thaw == "deleted":
        world.freezes.remove()
    world.run(execution)
    assert execution.ending == "promoted"
    assert shares(world) == [10, 50, 95, 100]
    assert world.serves(2)
    if thaw == "over":
        assert (world.record_of(2).ended_at or 0) - began < 1000 * (3 * DAY + HOUR)


def test_a_release_at_a_share_says_that_it_is_frozen_once_and_why() -> None:
    world = serving().fork()
    execution = at(world, "first step")
    freeze(world)
    frozen_for(world, execution, 2 * HOUR)
    assert verdict(world).startswith("frozen: the books close; calm for ")
    assert published(world).count(("frozen", "frozen: the books close")) == 1
    world.freezes.remove()
    world.run(execution)
    assert execution.ending == "promoted"


@pytest.mark.parametrize("where", ["first step", "second step", "holdback"])
def test_an_alarm_during_a_freeze_rolls_back_at_once(where: str) -> None:
    world = serving("holdback").fork()
    execution = at(world, where)
    freeze(world)
    frozen_for(world, execution, 2 * DAY + HOUR)
    world.until(execution, WATCH)
    world.step(execution)
    began = world.clock.now()
    world.alarm(ERRORS)
    while world.content.share("candidate") > 0:
        world.step(execution)
    assert world.clock.now() - began < 180_000
    world.run(execution)
    assert execution.ending == "rolled_back"
    assert world.serves(1)


def test_an_alarm_whose_event_is_lost_rolls_back_by_the_sweep() -> None:
    world = serving().fork()
    execution = at(world, "second step")
    freeze(world)
    frozen_for(world, execution, 3 * DAY)
    world.until(execution, WATCH)
    world.step(execution)
    world.alarm(ERRORS, event=False)
    world.reconcile()
    world.run(execution)
    assert execution.ending == "rolled_back"


@pytest.mark.parametrize("rollout", ["steps", "climb"])
def test_harm_during_a_freeze_rolls_back(rollout: str) -> None:
    world = serving(rollout).fork()
    execution = world.release(2)
    world.until_gate(execution, lambda gate: gate.step is not None and gate.step >= SHIFT)
    world.until(execution, JUDGE)
    freeze(world)
    frozen_for(world, execution, HOUR)
    world.traffic.rates = {"candidate": {"errors": 0.2}}
    world.run(execution)
    assert execution.ending == "rolled_back"
    assert "the candidate is worse than live" in str(execution.cause["reason"])


@pytest.mark.parametrize("where", [STAGING, "staged", "second step"])
def test_a_requested_rollback_during_a_freeze_rolls_back(where: str) -> None:
    world = serving().fork()
    execution = at(world, where)
    freeze(world)
    frozen_for(world, execution, HOUR)
    world.start("back", action="rollback", endpoint="churn")
    world.run()
    assert execution.ending == "rolled_back"
    assert world.serves(1)


def test_a_revocation_during_a_freeze_rolls_back() -> None:
    world = serving().fork()
    execution = at(world, "first step")
    freeze(world)
    frozen_for(world, execution, HOUR)
    world.revoked(str(execution.input["model_package_arn"]))
    world.run(execution)
    assert execution.ending == "rolled_back"


def test_a_ramp_does_not_rise_during_a_freeze_and_may_fall() -> None:
    world = serving("climb").fork()
    execution = world.release(2)
    world.until_gate(execution, lambda gate: gate.step == SHIFT + 2)
    world.until(execution, JUDGE)
    most = world.content.share("candidate")
    freeze(world)
    end = world.clock.now() + DAY * 1000
    while world.clock.now() < end:
        world.step(execution)
        assert world.content.share("candidate") <= most
    world.freezes.remove()
    world.run(execution)
    assert execution.ending == "promoted"


def test_a_promoted_release_is_settled_and_an_alarm_still_takes_it_back() -> None:
    for fires in (False, True):
        world = serving().fork()
        execution = in_window(world)
        freeze(world)
        if fires:
            world.alarm(f"{ERRORS}-live")
        world.run(execution)
        assert execution.ending == ("rolled_back" if fires else "promoted")


def test_a_promoted_release_asks_nobody_about_a_freeze() -> None:
    world = serving().fork()
    execution = in_window(world)
    asked = world.wire.counts["freezes.freeze"]
    world.run(execution)
    assert world.wire.counts["freezes.freeze"] == asked


@pytest.mark.parametrize("fault", ["alarm", "harm"])
def test_whatever_rolls_back_waits_for_no_freeze(fault: str) -> None:
    world = serving().fork()
    execution = at(world, "second step")
    if fault == "harm":
        world.traffic.rates = {"candidate": {"errors": 0.3}}
        world.clock.advance(600)
    else:
        world.alarms.put("business", "ALARM")
    asked = world.wire.counts["freezes.freeze"]
    world.step(execution)
    world.run(execution)
    assert execution.ending == "rolled_back"
    assert world.wire.counts["freezes.freeze"] == asked


# ---- time ----------------------------------------------------------------------------------------


def test_a_deadline_is_not_used_up_by_a_freeze() -> None:
    """Without requests the release is in doubt; its 15 minutes stop while the freeze holds."""
    world = serving("rolls back").fork()
    execution = at(world, "first step")
    world.traffic.per_minute = 0
    freeze(world)
    frozen_for(world, execution, 5 * DAY)
    world.freezes.remove()
    thawed = world.clock.now()
    world.run(execution)
    assert execution.ending == "rolled_back"
    assert "the policy rolls back without proof" in str(execution.cause["reason"])
    assert world.record_of(2).ended_at is not None
    assert (world.record_of(2).ended_at or 0) - thawed > 5 * 60_000


def test_the_time_that_a_person_may_take_is_not_used_up_either() -> None:
    world = serving("waits").fork()
    execution = at(world, "first step")
    world.traffic.per_minute = 0
    while world.record_of(2).judged is None or "ask" not in [v for v, _ in published(world)]:
        world.step(execution)
    freeze(world)
    frozen_for(world, execution, 5 * DAY)
    world.freezes.remove()
    thawed = world.clock.now()
    world.run(execution)
    assert "nobody decided within 1 h" in str(execution.cause["reason"])
    assert (world.record_of(2).ended_at or 0) - thawed > 30 * 60_000


def test_the_deadline_of_a_ramp_is_not_used_up_by_a_freeze() -> None:
    world = serving("climb").fork()
    execution = world.release(2)
    world.until_gate(execution, lambda gate: gate.step == SHIFT + 1)
    world.until(execution, JUDGE)
    world.traffic.per_minute = 60
    freeze(world)
    end = world.clock.now() + 2 * DAY * 1000
    while world.clock.now() < end:
        world.step(execution)
    world.freezes.remove()
    world.traffic.per_minute = 600
    world.run(execution)
    assert execution.ending == "promoted"


def test_three_weeks_take_less_history_than_the_longest_plan_leaves() -> None:
    world = serving().fork()
    execution = at(world, "second step")
    before = execution.events
    freeze(world)
    frozen_for(world, execution, 21 * DAY)
    assert execution.events - before < HISTORY - HISTORY_LIMIT - EVENTS_PER_LOOK
    assert not world.reconcile().startswith("recovery")
    world.freezes.remove()
    world.run(execution)
    assert execution.ending == "promoted"


def test_the_end_that_a_freeze_names_is_not_slept_through() -> None:
    world = serving().fork()
    execution = at(world, "first step")
    freeze(world, until=4 * DAY + 61)
    ends = world.clock.now() + 1000 * (4 * DAY + 61)
    while world.gate.step == SHIFT:
        world.step(execution)
    assert 0 <= world.clock.now() - ends < 30_000


# ---- between a decision and its call -------------------------------------------------------------


@pytest.mark.parametrize(
    ("state", "count", "share"),
    [(SHIFT_STATE, 1, 0.0), (SHIFT_STATE, 2, 0.1), (SHIFT_STATE, 3, 0.5), (PROMOTING, 1, 0.95)],
)
def test_a_freeze_after_the_verdict_keeps_the_call_back_and_the_share_is_judged(
    state: str, count: int, share: float
) -> None:
    world = serving("holdback").fork()
    execution = world.release(2)
    world.until(execution, state, count)
    freeze(world)
    frozen_for(world, execution, DAY)
    assert world.content.share("candidate") == share
    assert published(world)[-1] == ("frozen", "frozen: the books close")
    thawed = world.fork()
    thawed.freezes.remove()
    thawed.run()
    assert thawed.all[-1].ending == "promoted"
    assert shares(thawed) == [10, 50, 95, 100]
    if share:
        world.traffic.rates = {"candidate": {"errors": 0.3}}
        world.run(execution)
        assert execution.ending == "rolled_back"


def test_a_freeze_after_a_ramp_s_verdict_returns_to_the_share_before() -> None:
    for count in (1, 2, 3):
        world = serving("climb").fork()
        execution = world.release(2)
        world.until(execution, SHIFT_STATE, count)
        before = world.content.share("candidate")
        freeze(world)
        frozen_for(world, execution, 3 * HOUR)
        assert world.content.share("candidate") == before
        world.freezes.remove()
        world.run(execution)
        assert execution.ending == "promoted", count
        assert world.serves(2)


@pytest.mark.parametrize("first", [False, True])
def test_a_release_at_once_waits_before_its_only_call(*, first: bool) -> None:
    world = (
        World({**POLICY, "rollout": {"strategy": "all_at_once", "watch_minutes": 4}}, quick=True)
        if first
        else serving("at once").fork()
    )
    execution = world.release(2)
    world.until(execution, PROMOTING)
    freeze(world)
    end = world.clock.now() + 2 * DAY * 1000
    while world.clock.now() < end:
        world.step(execution)
    assert world.cloud.shown("churn") is None if first else world.content.same(world.gate.content)
    world.freezes.remove()
    world.run(execution)
    assert execution.ending == "promoted"
    assert world.serves(2)


@pytest.mark.parametrize("why", ["alarm", "rollback", "death"])
def test_a_release_that_waits_before_its_first_call_is_taken_back(why: str) -> None:
    world = serving("at once").fork()
    execution = world.release(2)
    world.until(execution, PROMOTING)
    freeze(world)
    for _ in range(12):
        world.step(execution)
    match why:
        case "alarm":
            world.alarm("business")
        case "rollback":
            world.start("back", action="rollback", endpoint="churn")
        case "death":
            world.die(execution)
    world.settle_down()
    assert world.serves(1)
    assert world.record_of(2).state == "rolled_back"


@pytest.mark.parametrize(("state", "count"), [(STAGING, 1), (SHIFT_STATE, 2), (PROMOTING, 1)])
def test_a_call_of_an_instance_that_died_is_found_out_during_a_freeze(
    state: str, count: int
) -> None:
    """The call took effect, its instance died, and the freeze began: the task runs again."""
    world = serving().fork()
    execution = world.release(2)
    world.until(execution, state, count)

    def struck() -> None:
        freeze(world)
        world.wire.kill()

    for call in ("cloud.update", "cloud.weights"):
        world.wire.after(call, struck)
    for _ in range(60):
        if execution.running:
            world.step(execution)
    world.wire.calm()
    assert execution.running or execution.ending == "promoted"
    world.freezes.remove()
    world.run(execution)
    assert execution.ending == "promoted"
    assert world.serves(2)


def test_a_freeze_while_the_call_waits_for_a_busy_endpoint_keeps_it_back() -> None:
    world = serving().fork()
    execution = world.release(2)
    world.until(execution, SHIFT_STATE, 2)
    world.cloud.scale("churn", live=1)
    for _ in range(3):
        world.step(execution)
    freeze(world)
    world.cloud.scale("churn", live=2)
    frozen_for(world, execution, DAY)
    assert world.content.share("candidate") == 0.1
    world.freezes.remove()
    world.run(execution)
    assert execution.ending == "promoted"


def test_a_person_who_edits_during_a_freeze_is_respected() -> None:
    for state, count in ((SHIFT_STATE, 2), (WATCH, 4)):
        world = serving().fork()
        execution = world.release(2)
        world.until(execution, state, count)
        freeze(world)
        world.cloud.edit("churn", "theirs")
        world.run(execution)
        assert execution.ending == "needs_a_person"
        assert world.content.name == "theirs"


# ---- newer approvals, deaths ---------------------------------------------------------------------


@pytest.mark.parametrize("on_newer", ["supersede", "queue"])
@pytest.mark.parametrize("where", [STAGING, "second step"])
def test_a_newer_approval_during_a_freeze_waits_and_disturbs_nobody(
    where: str, on_newer: str
) -> None:
    world = serving().fork()
    rollout = {**POLICY["rollout"], "on_newer": on_newer}
    world.policies.put("churn", json.dumps({**POLICY, "rollout": rollout}))
    execution = at(world, where)
    freeze(world)
    newer = world.release(3)
    world.run(newer)
    assert newer.ending == "nothing_to_do"
    frozen_for(world, execution, 2 * HOUR)
    world.freezes.remove()
    world.settle_down()
    assert execution.ending == "promoted"
    assert world.record_of(2).state == world.record_of(3).state == "promoted"
    assert world.serves(3)


def test_a_newer_release_with_during_freeze_supersedes() -> None:
    world = serving().fork()
    execution = at(world, "second step")
    freeze(world)
    world.step(execution)
    newer = by_hand(world, 3, during_freeze=True)
    world.run()
    assert (execution.ending, newer.ending) == ("superseded", "promoted")


def test_a_release_that_was_asked_to_yield_before_the_freeze_does_so() -> None:
    """Going back works as always; the newer one then waits for the end of the freeze."""
    world = serving().fork()
    execution = at(world, "second step")
    newer = world.release(3)
    world.until(newer, CLAIM)
    world.step(newer)
    freeze(world)
    world.run()
    assert (execution.ending, newer.ending) == ("superseded", "nothing_to_do")
    assert world.content.share("candidate") == 0.0
    world.settle_down()
    assert world.serves(1)
    world.freezes.remove()
    world.settle_down()
    assert world.serves(3)


@pytest.mark.parametrize("where", [STAGING, "staged", "second step"])
def test_a_recovery_during_a_freeze_rolls_back(where: str) -> None:
    world = serving().fork()
    execution = at(world, where)
    freeze(world)
    frozen_for(world, execution, HOUR)
    world.die(execution)
    world.settle_down()
    assert world.record_of(2).state == "rolled_back"
    assert world.serves(1)
    at_known_rest(world.ledger, world.cloud, world.alarms)


def test_a_recovery_of_a_window_settles_during_a_freeze() -> None:
    world = serving().fork()
    execution = in_window(world)
    freeze(world)
    world.die(execution)
    world.settle_down()
    assert world.serves(2)


def test_an_approval_that_finds_a_dead_release_leaves_it_to_the_recovery() -> None:
    world = serving().fork()
    world.die(at(world, "second step"))
    freeze(world)
    newer = world.release(3)
    world.run(newer)
    assert newer.ending == "nothing_to_do"
    said = world.settle_down()
    assert said[-1].startswith("at rest; frozen: ")
    assert world.serves(1)
    world.freezes.remove()
    world.settle_down()
    assert world.serves(3)


def test_an_execution_that_dies_after_its_note_is_not_forgotten(world: World) -> None:
    freeze(world)
    execution = world.release(2)
    world.until(execution, CLAIM)
    world.wire.after("ledger.write", world.wire.kill)
    execution.mortal = True
    world.run()
    world.freezes.remove()
    world.settle_down()
    assert world.serves(2)


def test_what_a_rollback_left_is_put_back_and_deleted_during_a_freeze(world: World) -> None:
    tidy_pending(world)
    freeze(world)
    world.release(3)
    world.run()
    assert (world.gate.tidy, world.gate.to_come is None) == ("pending", False)
    for _ in range(3):
        world.clock.advance(DAY)
        world.settle_down()
    assert (world.gate.tidy, world.gate.leftovers) == (None, ())
    at_known_rest(world.ledger, world.cloud, world.alarms)
    assert world.serves(1)


# ---- a freeze that cannot be read ----------------------------------------------------------------


def _malformed(world: World) -> None:
    world.freezes.put(BROKEN)


def _denied(world: World) -> None:
    world.freezes.seal()


def _away(world: World) -> None:
    error = Unavailable("AWS refused GetParameter: Rate exceeded (ThrottlingException)")
    world.wire.refused["freezes.freeze"] = lambda: error


def _readable(world: World) -> None:
    world.freezes.remove()
    world.freezes.unseal()
    world.wire.refused.clear()


UNREADABLE: dict[str, Callable[[World], None]] = {
    "malformed": _malformed,
    "denied": _denied,
    "away": _away,
}


@pytest.mark.parametrize("name", UNREADABLE)
def test_what_cannot_be_read_holds_an_approval_back_and_people_are_told(
    name: str, world: World
) -> None:
    UNREADABLE[name](world)
    execution = world.release(2)
    world.run()
    assert execution.ending == "nothing_to_do"
    (said,) = attention(world)
    assert said == execution.cause["reason"]
    assert said.startswith("frozen: nothing goes forward while the freeze cannot be read: ")
    assert world.reconcile().startswith("at rest; frozen: ")
    _readable(world)
    world.settle_down()
    assert world.serves(2)


@pytest.mark.parametrize("name", UNREADABLE)
@pytest.mark.parametrize("where", [STAGING, "staged", "second step"])
def test_what_cannot_be_read_holds_a_release_back_and_never_rolls_back(
    where: str, name: str
) -> None:
    world = serving().fork()
    execution = at(world, where)
    UNREADABLE[name](world)
    frozen_for(world, execution, 2 * DAY)
    assert len(attention(world)) == 1
    _readable(world)
    world.run(execution)
    assert execution.ending == "promoted"


@pytest.mark.parametrize("name", UNREADABLE)
def test_what_cannot_be_read_keeps_nothing_from_going_back(name: str) -> None:
    world = serving().fork()
    execution = at(world, "second step")
    UNREADABLE[name](world)
    frozen_for(world, execution, HOUR)
    world.alarm(ERRORS)
    world.run(execution)
    assert execution.ending == "rolled_back"


@pytest.mark.parametrize("name", ["malformed", "denied"])
def test_what_cannot_be_read_refuses_a_person(name: str, world: World) -> None:
    UNREADABLE[name](world)
    execution = by_hand(world)
    world.run()
    assert execution.ending == "refused"
    assert "while the freeze cannot be read" in str(execution.cause["reason"])


def test_a_person_waits_while_aws_does_not_answer(world: World) -> None:
    answers = iter([Unavailable("throttled"), Unavailable("throttled"), None])
    world.wire.refused["freezes.freeze"] = lambda: next(answers, None)
    execution = by_hand(world)
    world.run()
    assert execution.ending == "promoted"


def test_a_single_read_that_fails_delays_a_release_by_a_look() -> None:
    world = serving().fork()
    execution = at(world, "first step")
    errors = iter([Denied("no"), Denied("no"), Denied("no")])
    world.wire.refused["freezes.freeze"] = lambda: next(errors, None)
    world.run(execution)
    assert execution.ending == "promoted"


def test_people_who_could_not_be_told_are_told_at_the_next_look() -> None:
    world = serving().fork()
    execution = at(world, "first step")
    world.freezes.seal()
    refusals: list[Exception | None] = [Unavailable("the bus is away")] * 4
    answers = iter(refusals)
    world.wire.refused["announcer.announce"] = lambda: next(answers, None)
    frozen_for(world, execution, HOUR)
    assert next(answers, None) is None
    assert len(attention(world)) == 1


# ---- deaths at every call ------------------------------------------------------------------------

CALLS = ("freezes.freeze", "ledger.write", "cloud.look", "announcer.announce", "plans.plan")


@pytest.mark.parametrize("mortal", [False, True], ids=["again", "recovery"])
@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("call", CALLS)
def test_a_death_at_any_call_during_a_freeze_leaves_a_known_end(
    call: str, when: str, *, mortal: bool
) -> None:
    for number in range(1, 10, 2):
        world = serving().fork()
        execution = world.release(2)
        world.until(execution, SHIFT_STATE, 2)
        freeze(world, until=2 * HOUR)
        execution.mortal = mortal
        hook = world.wire.before if when == "before" else world.wire.after
        hook(call, world.wire.kill, count=number)
        newer = world.release(3)
        world.run(newer)
        world.run(execution)
        world.wire.calm()
        world.settle_down()
        world.clock.advance(2 * HOUR)
        world.settle_down()
        at_known_rest(world.ledger, world.cloud, world.alarms)
        assert world.serves(3), number


def test_the_state_of_a_freeze_is_in_the_document() -> None:
    """Each task gets it through JSON, as Step Functions carries it."""
    world = World()
    world.traffic.per_minute = 600
    world.promoted(1)
    execution = shifted(world)
    freeze(world)
    for _ in range(8):
        world.step(execution)
    frozen = execution.document["frozen"]
    assert frozen == {"since": frozen["since"], "until": None, "told": False, "before_call": False}
    assert execution.document["frozen_ms"] > 0
    world.freezes.remove()
    world.until(execution, SETTLE)
    assert (execution.document["frozen"], execution.document["frozen_ms"]) == (None, 0)
    assert world.gate.step == WINDOW > PROMOTE
