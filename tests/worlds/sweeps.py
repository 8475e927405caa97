"""What the kill sweep and the fault sweep go through: scenes, each tried at every call it makes."""

import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Literal, NamedTuple

from penstock.domain.errors import Denied, NoCapacity, PenstockError
from penstock.domain.ledger.content import CANDIDATE
from penstock.domain.ledger.gate import WINDOW
from tests.fakes.captures import Alike
from tests.fakes.fleets import Repairing
from tests.fakes.outcomes import FakeShop
from tests.fakes.packages import arn_of
from tests.fakes.wire import Killed
from tests.worlds.goals import ALIKE, BETTER, SHORT, WORSE
from tests.worlds.machine import Execution
from tests.worlds.promises import at_known_rest
from tests.worlds.scenes import ERRORS, LIVE_ERRORS
from tests.worlds.world import POLICY, World

QUICK: dict[str, Any] = {
    **POLICY,
    "rollout": {
        "steps": [50],
        "step_minutes": 1,
        "hold_minutes": 0,
        "watch_minutes": 2,
        "prove": False,
    },
    "judge": {"min_requests": 10, "warm_up_minutes": 1},
}
QUEUE = {**QUICK, "rollout": {**QUICK["rollout"], "on_newer": "queue"}}
STAGES: dict[str, Any] = {
    **QUICK,
    "lifecycle": {},
    "rollout": {**QUICK["rollout"], "on_revocation": "roll_back"},
}
GOLDEN_FILE = "s3://sagemaker-tests/golden.jsonl"
GOLDEN = {**QUICK, "golden": {"s3_uri": GOLDEN_FILE, "at_least": 0.5, "timeout_seconds": 5}}
"""Two requests, one of which has to pass."""
GOLDEN_LINES = b"""{"body": "1,2", "expect": "1,2"}
{"body": "3,4", "expect": "3,4"}
"""
GATES = {
    **QUICK,
    "gates": [
        {"at": "before_traffic", "hours": 1, "staged": True},
        {"at": "before_promotion", "hours": 1},
    ],
}
REHEARSAL = {**GOLDEN, "rollout": {**QUICK["rollout"], "rehearse": True}}
REHEARSAL_AT_ONCE = {
    **GOLDEN,
    "rollout": {"strategy": "all_at_once", "watch_minutes": 2, "rehearse": True},
}
GUARDED: dict[str, Any] = {
    **QUICK,
    "rollout": {
        "strategy": "guardrail",
        "size_percent": 50,
        "wait_minutes": 6,
        "termination_minutes": 3,
        "watch_minutes": 2,
    },
}
"""SageMaker shifts by itself: one of two instances for six minutes, then both."""
SHADOWED = {**QUICK, "rollout": {**QUICK["rollout"], "shadow_minutes": 2}}
_CAPTURE = {"percent": 100, "destination_s3_uri": "s3://sagemaker-tests/captured"}
_CANARY = {"rollout": {**QUICK["rollout"], "shadow_minutes": 5}}
WATCHED: dict[str, Any] = {
    **QUICK,
    "serving": {**QUICK["serving"], "data_capture": _CAPTURE},
    "rollout": {"strategy": "shadow", "shadow_minutes": 5, "watch_minutes": 2},
    "judge": {**QUICK["judge"], "agreement": {"at_least": 0.9, "min_pairs": 50}},
}
EXPERIMENT = {**QUICK, "rollout": SHORT}
LAST_WORDS = {
    *("Release Promoted", "Release Rolled Back", "Release Refused", "Release Superseded"),
    *("Rollback Done", "Attention Needed", "Release Observed"),
}
HOUR = 3_600_000


class Undisturbed(NamedTuple):
    """The calls of a scene; which are the first of their instance, and which do something."""

    calls: tuple[str, ...]
    opens: frozenset[int]
    effects: frozenset[int]


@dataclass(frozen=True)
class Scene:
    """`act` is swept, from where `prepare` has come to after `before` releases.

    `serves`: versions that may serve in the end, undisturbed the first; None is nothing.
    `least`: calls that it makes at least, so that no sweep shrinks unseen. `blocks`: whether a
    person is needed in the end. A `short` one is struck during `act` only. `later` may serve as
    well if a freeze that nobody could read held the release back for hours: nothing fires then.
    """

    act: Callable[[World], None]
    serves: tuple[int | None, ...]
    least: int
    prepare: Callable[[World], None] = lambda _: None
    before: int = 2
    short: bool = False
    policy: Mapping[str, Any] = field(default_factory=lambda: QUICK)
    blocks: Literal["never", "if it dies", "always"] = "never"
    later: tuple[int, ...] = ()


def with_traffic(world: World, version: int = 3) -> Execution:
    """A release whose candidate has requests, unless something keeps it from that."""
    execution = world.release(version)
    _until_traffic(world, execution)
    if execution.ending == "nothing_to_do":  # held back at its start: then the sweep starts it
        world.reconcile()
        execution = world.all[-1]
        _until_traffic(world, execution)
    return execution


def _until_traffic(world: World, execution: Execution) -> None:
    while execution.running and world.content.share(CANDIDATE) == 0:
        world.step(execution)


def watched(world: World, version: int = 3) -> Execution:
    """A release in its watch window, unless something keeps it from that."""
    execution = world.release(version)
    while execution.running and world.gate.step != WINDOW:
        world.step(execution)
    return execution


def fire(world: World, name: str) -> None:
    """An alarm fires, if it is there, and its event is delivered."""
    if name in world.alarms.names:
        world.alarm(name)


def good(world: World) -> None:
    world.release(3)
    world.run()


def bad(world: World) -> None:
    with_traffic(world)
    fire(world, ERRORS)
    world.run()


def deploying(world: World, version: int = 3) -> Execution:
    """A release whose new fleet has traffic, unless something keeps it from that."""
    execution = world.release(version)
    while execution.running and not _has_traffic(world):
        world.step(execution)
    return execution


def _has_traffic(world: World) -> bool:
    pending = world.view.pending
    return pending is not None and pending.percent is not None


def deploys_badly(world: World) -> None:
    """An alarm of the policy fires while SageMaker shifts."""
    deploying(world)
    fire(world, "business")
    world.run()
    world.alarms.put("business")


def undone_silently(world: World) -> None:
    """The new fleet does not come up, and SageMaker says nothing."""
    world.cloud.tells_reason = False
    world.cloud.next("update", outcome="undone")
    world.release(3)
    world.run()


def dies_deploying(world: World) -> None:
    world.die(deploying(world))


def mixed(world: World) -> None:
    """SageMaker undoes its deployment and fails at that."""
    world.cloud.repairing = Repairing(same=True)
    world.cloud.next("update", outcome="unrestored")
    world.release(3)
    world.run()


def harm_in_window(world: World) -> None:
    fire(world, LIVE_ERRORS)
    world.run()


def requested(world: World) -> None:
    """A person's rollback at rest."""
    world.start("rollback", action="rollback", endpoint="churn")
    world.run()


def revoked(world: World) -> None:
    """What serves is rejected. Lambda tries an invocation that dies or fails again."""
    package = world.registry.set_approval(arn_of("churn", 2), "Rejected")
    for _ in range(3):
        with suppress(Killed, PenstockError):
            world.revoked(package.arn, world.clock.now())
            break
    world.reconcile_asked()
    world.run()


def first(world: World) -> None:
    world.release(1)
    world.run()


def failed_first(world: World) -> None:
    world.cloud.next("create_endpoint", outcome="failed")
    first(world)


def misses(world: World, version: int = 3) -> None:
    """A candidate whose answers are wrong, all of them."""
    answers_wrongly(world, version)
    world.release(version)
    world.run()


def misses_when_promoted(world: World) -> None:
    """It answers well without traffic, and wrongly once it serves."""
    execution = world.release(3)
    while execution.running and execution.state != "Promote the candidate":
        world.step(execution)
    answers_wrongly(world, 3)
    world.run()


def answers_wrongly(world: World, version: int) -> None:
    package = world.register(version)
    world.models.answers[package, "1,2"] = (500, "broken")
    world.models.answers[package, "3,4"] = (200, "9")


def first_misses(world: World) -> None:
    misses(world, 1)


def rehearses_in_vain(world: World) -> None:
    """The rehearsal endpoint does not come up."""
    world.cloud.next("create_endpoint", outcome="failed")
    good(world)


def in_rehearsal(world: World) -> None:
    """A release whose rehearsal endpoint is about to be asked."""
    execution = world.release(3)
    while execution.running and execution.state != "Ask the golden requests":
        world.step(execution)


def stopped_in_rehearsal(world: World) -> None:
    world.alarm("business")
    world.run()


def dies_in_rehearsal(world: World) -> None:
    in_rehearsal(world)
    for execution in world.all:
        world.die(execution)


def newer(world: World) -> None:
    """A newer approval comes; what follows its plan is any good release."""
    world.release(4)
    until_planned(world, 4)


def waited_for(world: World) -> None:
    """A newer approval lets the release in hand end, and then begins."""
    newer(world)
    world.reconcile()
    until_planned(world, 4)


def until_planned(world: World, version: int) -> None:
    at = world.approved_at(version)
    while living := [e for e in world.all if e.running]:
        if any(r.planned for r in world.ledger.peek_records("churn") if r.approved_at == at):
            return
        world.step(min(living, key=lambda e: e.due))


def without_capacity(world: World) -> None:
    """A bad release whose configuration SageMaker refuses to take back, for nearly six hours."""
    execution = with_traffic(world)
    for _ in range(200):
        world.cloud.next("update", NoCapacity("quota"))
    fire(world, ERRORS)
    world.until(execution, "Roll back")
    since = world.clock.now()
    while world.clock.now() < since + 6 * HOUR - 900_000:
        world.step(execution)


def known_image(world: World) -> None:
    """The bad version's image has a digest, and the version after it has the same."""
    world.images |= {3: "sha256:bad", 4: "sha256:bad"}


def in_quarantine(world: World) -> None:
    """A bad release has left what it was made of in quarantine."""
    known_image(world)
    bad(world)


def beside_the_same(world: World) -> None:
    """A good release has requests, and what comes next is in quarantine."""
    in_quarantine(world)
    with_traffic(world, 5)


def same_again(world: World) -> None:
    """The same artefact and image are approved under another version."""
    world.release(4)
    world.run()


def gives_up(world: World) -> None:
    """It ends with TIDY pending, and there is capacity again."""
    living = [execution for execution in world.all if execution.running]
    world.run(*living)
    world.cloud.faults.clear()


def refused_for_long(world: World) -> None:
    """A bad release whose weights cannot be changed: it is nearly time for the first reminder."""
    execution = with_traffic(world)
    for _ in range(50):
        world.cloud.next("weights", Denied("not authorized"))
    fire(world, ERRORS)
    world.until(execution, "Roll back")
    since = world.clock.now()
    while world.clock.now() < since + HOUR - 400_000:
        world.step(execution)
    del world.cloud.faults["weights"][2:]


def broken(world: World) -> None:
    """UpdateRollbackFailed, in the middle of a release; it takes no weights then."""
    with_traffic(world)
    world.cloud.break_down("churn", "UpdateRollbackFailed")


def edited(world: World) -> None:
    world.cloud.edit("churn", "theirs")


def edited_in_the_middle(world: World) -> None:
    with_traffic(world)
    edited(world)


def with_candidate(world: World) -> None:
    with_traffic(world)


def with_window(world: World) -> None:
    watched(world)


def dies(world: World) -> None:
    world.die(with_traffic(world))


def dies_in_window(world: World) -> None:
    world.die(watched(world))


def waits_and_dies(world: World) -> None:
    """A newer approval is noted as wanted, and its execution dies."""
    world.until(with_traffic(world), "Judge what is seen")
    newer = world.release(4)
    world.until(newer, "Claim the endpoint")
    world.step(newer)
    world.die(newer)


def dies_three_times(world: World) -> None:
    dies(world)
    for _ in range(3):
        world.reconcile()
        world.die(world.all[-1])
        world.clock.advance(100)


def freeze(world: World) -> None:
    world.freezes.put('{"reason": "the books close", "endpoints": ["ch*"]}')


def frozen(world: World) -> None:
    """A freeze comes while the candidate has requests, and is deleted ten minutes later."""
    freeze(world)
    frozen_until = world.clock.now() + 600_000
    while world.clock.now() < frozen_until and (living := [e for e in world.all if e.running]):
        world.step(min(living, key=lambda e: e.due))
    world.freezes.remove()
    world.run()


def frozen_approval(world: World) -> None:
    """An approval comes during a freeze, and the sweep starts it afterwards."""
    freeze(world)
    world.release(3)
    world.run()
    world.reconcile()
    world.freezes.remove()


def gated(world: World) -> None:
    """From now on the policy has gates."""
    world.policies.put("churn", json.dumps(GATES))


def experiment(means: dict[str, float]) -> Callable[[World], None]:
    """From now on the policy has an A/B test, and these are the mean outcomes of both variants."""

    def begun(world: World) -> None:
        world.policies.put("churn", json.dumps(EXPERIMENT))
        world.outcomes.always = FakeShop(world.cloud, means)

    return begun


def decided(world: World) -> None:
    """A release that the goal decides about; later ones are no experiments."""
    good(world)
    if world.all[-1].ending == "nothing_to_do":  # held back at its start: then the sweep starts it
        world.reconcile()
        world.run()
    world.policies.put("churn", json.dumps(QUICK))


def approved(world: World) -> None:
    """A release waits at both gates, and somebody approves of it at each."""
    execution = world.release(3)
    while execution.running:
        answer(world, approve=True)
        world.step(execution)


def not_approved(world: World) -> None:
    """Somebody approves of the traffic, and of the promotion somebody does not."""
    execution = world.release(3)
    while execution.running:
        answer(world, approve=_gate(world) == "before_traffic")
        world.step(execution)


def unanswered(world: World) -> None:
    """Nobody answers."""
    world.release(3)
    world.run()


def answer(world: World, *, approve: bool) -> None:
    """Answer what is asked, once, as often as its execution has to be started for that."""
    people = world.gate.people
    if world.gate.at_rest or people is None or people.here:
        return
    document = {
        "action": "answer",
        "endpoint": "churn",
        "release_id": people.release,
        "gate": people.gate,
        "approve": approve,
        "by": "ana",
    }
    execution = world.start(f"answer-{len(world.all)}", **document)
    world.run(execution)


def _gate(world: World) -> str | None:
    return world.gate.people.gate if world.gate.people else None


def go_on(world: World) -> None:
    world.run()


def started_by_the_sweep(world: World) -> None:
    world.run()
    for _ in range(3):
        world.reconcile()
        until_planned(world, 4)


def swept(world: World) -> None:
    world.reconcile()
    world.run()


def shadowed(world: World) -> None:
    """From now on a shadow comes first."""
    world.policies.put("churn", json.dumps(SHADOWED))


def only_watched(world: World) -> None:
    """From now on releases are only watched, and their answers are compared."""
    world.policies.put("churn", json.dumps(WATCHED))
    world.captures.always = Alike()


def answering_otherwise(world: World) -> None:
    """Its answers are compared before a canary, and differ from live's."""
    judge = {**WATCHED["judge"], "deadline_minutes": 60}
    world.policies.put("churn", json.dumps({**WATCHED, **_CANARY, "judge": judge}))
    world.captures.always = Alike(odd=CANDIDATE)


def copying(world: World) -> None:
    """A release whose shadow gets copies."""
    shadowed(world)
    execution = world.release(3)
    while execution.running and not world.content.shadows:
        world.step(execution)


def alarmed(world: World) -> None:
    fire(world, ERRORS)
    world.run()


SCENES: dict[str, Scene] = {
    "good release": Scene(good, (3, 2), 121),
    "bad release": Scene(bad, (2,), 103, later=(3,)),
    "bad release in its window": Scene(harm_in_window, (2, 3), 48, with_window),
    "rollback": Scene(requested, (1, 2), 34),
    "revoked at rest": Scene(revoked, (1,), 52, policy=STAGES),
    "staged release": Scene(good, (3, 2), 130, policy=STAGES),
    "staged release goes back": Scene(bad, (2,), 110, policy=STAGES, later=(3,)),
    "first release": Scene(first, (1, None), 51, before=0, blocks="if it dies"),
    "first release that fails": Scene(failed_first, (None, 1), 57, before=0),
    "recovery": Scene(swept, (2,), 58, dies),
    "recovery of a window": Scene(swept, (3, 2), 25, dies_in_window),
    "superseded": Scene(newer, (4, 3, 2), 57, with_candidate, short=True),
    "window ended by a newer one": Scene(newer, (4, 3, 2), 26, with_window, short=True),
    "newer one dies": Scene(started_by_the_sweep, (4, 2), 56, waits_and_dies, short=True),
    "newer one waits": Scene(waited_for, (4, 3, 2), 57, with_window, short=True, policy=QUEUE),
    "quarantined": Scene(bad, (2,), 103, known_image, later=(3,)),
    "refused in quarantine": Scene(same_again, (2,), 12, in_quarantine),
    "quarantine waits": Scene(same_again, (5, 2), 90, beside_the_same, short=True),
    "tidy pending": Scene(gives_up, (2,), 83, without_capacity),
    "restore refused": Scene(go_on, (2,), 51, refused_for_long, short=True),
    "update rollback failed": Scene(go_on, (2,), 57, broken, short=True),
    "frozen": Scene(frozen, (3, 2), 140, with_candidate),
    "frozen approval": Scene(frozen_approval, (3, 2), 165),
    "drifted": Scene(good, (2,), 17, edited, blocks="always"),
    "drifted in the middle": Scene(go_on, (2,), 20, edited_in_the_middle, blocks="always"),
    "golden requests pass": Scene(good, (3, 2), 138, policy=GOLDEN),
    "golden requests miss": Scene(misses, (2,), 70, policy=GOLDEN),
    "golden requests miss when promoted": Scene(misses_when_promoted, (2,), 120, policy=GOLDEN),
    "first release misses": Scene(
        first_misses, (None,), 50, before=0, policy=GOLDEN, blocks="if it dies"
    ),
    "approved": Scene(approved, (3, 2), 150, gated),
    "somebody does not approve": Scene(not_approved, (2,), 120, gated),
    "nobody approves": Scene(unanswered, (2,), 100, gated),
    "rehearsed": Scene(good, (3, 2), 150, policy=REHEARSAL),
    "rehearsed at once": Scene(good, (3, 2), 110, policy=REHEARSAL_AT_ONCE),
    "rehearsal misses": Scene(misses, (2,), 50, policy=REHEARSAL),
    "rehearsal in vain": Scene(rehearses_in_vain, (2, 3), 50, policy=REHEARSAL),
    "stopped in rehearsal": Scene(
        stopped_in_rehearsal, (2,), 30, in_rehearsal, policy=REHEARSAL, later=(3,)
    ),
    "recovery of a rehearsal": Scene(swept, (2,), 30, dies_in_rehearsal, policy=REHEARSAL),
    "superseded in rehearsal": Scene(
        newer, (4, 3, 2), 40, in_rehearsal, short=True, policy=REHEARSAL
    ),
    "first release rehearses": Scene(
        first, (1, None), 80, before=0, policy=REHEARSAL, blocks="if it dies"
    ),
    "deployed": Scene(good, (3, 2), 100, policy=GUARDED),
    "deployed badly": Scene(deploys_badly, (2, 3), 80, policy=GUARDED),
    "undone silently": Scene(undone_silently, (2, 3), 60, policy=GUARDED),
    "dies while deploying": Scene(swept, (2,), 50, dies_deploying, policy=GUARDED),
    "undone and mixed": Scene(mixed, (2, 3), 60, policy=GUARDED),
    "shadow first": Scene(good, (3, 2), 200, shadowed),
    "only watched": Scene(good, (2,), 210, only_watched),
    "answers otherwise": Scene(good, (2,), 210, answering_otherwise),
    "shadow alarmed": Scene(alarmed, (2, 3), 55, copying),
    "candidate wins": Scene(decided, (3, 2), 130, experiment(BETTER)),
    "candidate loses": Scene(decided, (2,), 110, experiment(WORSE), later=(3,)),
    "no difference": Scene(decided, (2,), 110, experiment(ALIKE), later=(3,)),
    "blocked": Scene(swept, (2,), 54, dies_three_times, blocks="always"),
}


@cache
def prepared(name: str) -> Callable[[], World]:
    """The world in which a scene begins, as often as it is asked for."""
    scene = SCENES[name]
    world = released(scene.before, scene.policy)
    scene.prepare(world)
    return world.snapshot()


def released(count: int, policy: Mapping[str, Any] = QUICK) -> World:
    """So many versions were released."""
    world = World(policy, quick=True)
    world.cloud.times.swap = world.cloud.times.create = world.cloud.times.launch = 120
    world.golden.files[GOLDEN_FILE] = GOLDEN_LINES
    for version in range(1, count + 1):
        world.promoted(version)
        world.scaling.register("churn")
    return world


@cache
def undisturbed(name: str) -> Undisturbed:
    """What a scene calls, the sweeps after it included."""
    world = prepared(name)()
    begun = len(world.wire.calls)
    scene = SCENES[name]
    scene.act(world)
    acted = len(world.wire.calls)
    finish(world)
    check(world, name, harmless=True)
    calls = tuple(world.wire.calls[begun : acted if scene.short else None])
    assert len(calls) >= SCENES[name].least, f"{name} makes {len(calls)} calls only"
    doing = {*world.wire.writes, "announcer.announce", "executions.wake", "archive.add"}
    effects = frozenset(number for number, point in enumerate(calls) if point in doing)
    return Undisturbed(calls, frozenset(at - begun for at in world.wire.opens), effects)


def play(world: World, name: str, *, calm: bool = True) -> None:
    """The scene, then all faults end (or strike the sweeps too), and the sweeps bring rest."""
    SCENES[name].act(world)
    finish(world, calm=calm)


def finish(world: World, *, calm: bool = True) -> None:
    if any(e.running for e in world.all):
        world.run()
    if calm:
        world.wire.calm()
    world.cloud.faults.clear()
    world.settle_down()


def check_quarantine(world: World) -> None:
    """What is quarantined was told with the end of its release, and nothing else was."""
    records = world.ledger.peek_records("churn")
    kept = {record.release for record in records if record.quarantined and record.ended}
    said = {a.release_id for a in world.announcer.said if a.detail_type == "Package Quarantined"}
    assert said == kept, world.announcer.types


def check_stages(world: World) -> None:
    """The registry shows of each package what the ledger decided, and nothing is due."""
    assert not world.gate.stages, world.gate.stages
    if world.gate.life is None:
        return
    shown = {arn: p.life.stage for arn, p in world.registry.packages.items() if p.life}
    serving = [arn for arn, stage in shown.items() if stage == "Production"]
    assert serving == [world.gate.serving], shown
    assert set(shown.values()) <= {"Production", "Retired"}, shown


def check(world: World, name: str, *, harmless: bool = False, stuck: bool = False) -> None:
    """The ending is known and was told, and nothing is left behind.

    What is `harmless` changes no end. What was `stuck` for hours may have called a person.
    """
    scene = SCENES[name]
    serves = scene.serves[:1] if harmless else (*scene.serves, *(scene.later if stuck else ()))
    at_known_rest(world.ledger, world.cloud, world.alarms)
    gate = world.gate
    version = int(gate.serving.rsplit("/", 1)[1]) if gate.serving else None
    assert version in serves, (version, gate)
    may_block = stuck or scene.blocks == ("always" if harmless else scene.blocks) != "never"
    assert may_block or not (gate.attention or gate.drift), gate
    suspended = [target for target in world.scaling.targets.values() if target.scale_in]
    assert not suspended, f"scale-in is still suspended: {gate.suspension}"
    told = {said.release_id for said in world.announcer.said if said.detail_type in LAST_WORDS}
    check_quarantine(world)
    check_stages(world)
    silent = {record.release for record in world.ledger.peek_records("churn")} - told
    assert not silent, f"nobody told the end of {silent}: {world.announcer.types}"
