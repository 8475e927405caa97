"""Scenes of releases as people, events and sweeps make them."""

from penstock.domain.ledger.gate import WINDOW
from tests.end_to_end.alarms import OwnAlarm
from tests.end_to_end.bench import BAD, Bench
from tests.end_to_end.golden import RIGHT, asked
from tests.end_to_end.people import edit_endpoint, put_stray, scale
from tests.end_to_end.real_models import register
from tests.end_to_end.scene import PATIENCE, Played, Scene, finish, running, within_seconds
from tests.end_to_end.shadows import WATCHED, answering, served
from tests.end_to_end.shop import BY_ROUTE
from tests.end_to_end.trouble import refusing

ALL_AT_ONCE = {"strategy": "all_at_once", "steps": None, "step_minutes": None, "hold_minutes": None}
GUARDED = {
    **dict.fromkeys(("steps", "step_minutes", "hold_minutes", "prove")),
    "strategy": "guardrail",
    "size_percent": 50,
    "wait_minutes": 60,
    "watch_minutes": 2,
}


def first_release(bench: Bench) -> Played:
    """An endpoint is created, after a review."""
    bench.policy()
    yield
    finish(bench, bench.register())


def second_release(bench: Bench) -> Played:
    """A canary, promoted."""
    bench.live()
    yield
    finish(bench, bench.register())


def planned_ramp(bench: Bench) -> Played:
    """A dry run of adaptive steps, which begin by what live served lately."""
    bench.live(rollout={"steps": "adaptive", "step_minutes": 2})
    package = bench.approved_unseen()
    yield
    bench.released_by_hand(package, dry_run=True)


def planned_strata(bench: Bench) -> Played:
    """A dry run whose policy leaves the strata of a signal to be found."""
    bench.live(judge={"signals": ["errors", BY_ROUTE]})
    package = bench.approved_unseen()
    yield
    bench.released_by_hand(package, dry_run=True)


def scaled_release(bench: Bench) -> Played:
    """A canary beside a variant that scales; scaling in is suspended for it."""
    bench.live()
    scale(bench)
    yield
    finish(bench, bench.register())


def scaled_swap(bench: Bench) -> Played:
    """The same all at once."""
    bench.live(rollout=ALL_AT_ONCE)
    scale(bench)
    yield
    finish(bench, bench.register())


def failing_candidate(bench: Bench) -> Played:
    """A canary, rolled back on its alarm."""
    bench.live(rollout={"step_minutes": 20})
    yield
    finish(bench, bench.register(behaviour=BAD))


def failed_creation(bench: Bench) -> Played:
    """The first release's endpoint does not come up and is removed."""
    bench.policy()
    bench.twin.faults.fail_next_creation("No capacity.")
    yield
    finish(bench, bench.register())


def failed_creation_of_what_scales(bench: Bench) -> Played:
    """The same where somebody had it scaled at once: whoever deletes it deregisters its target."""
    bench.policy()
    bench.twin.faults.fail_next_creation("No capacity.")
    yield
    release = bench.started(bench.register())
    bench.until_status("Creating")
    scale(bench)
    bench.end(release, PATIENCE)


def dead_release(bench: Bench) -> Played:
    """A release is stopped and a recovery brings it home."""
    yield from running(bench)
    bench.stop(bench.executions()[-1].arn)
    bench.end(bench.recoveries()[0].arn, PATIENCE)


def death_not_told(bench: Bench) -> Played:
    """The sweep finds what was stopped."""
    bench.twin.events.weather.drop("aws.states", where=bench.concerns)
    yield from running(bench)
    bench.stop(bench.executions()[-1].arn)
    bench.end(bench.recoveries(minutes=20)[0].arn, PATIENCE)


def lost_registration(bench: Bench) -> Played:
    """The sweep has a package reviewed whose registration was not told."""
    bench.policy()
    bench.twin.events.weather.drop("aws.sagemaker", where=bench.concerns, times=1)
    bench.register()
    yield
    bench.until_event("Model Package Reviewed", 20)


def lost_approval(bench: Bench) -> Played:
    """The sweep starts a release whose approval was not told."""
    bench.policy()
    package = bench.approved_unseen()
    yield
    finish(bench, package, minutes=20)


def revocation(bench: Bench) -> Played:
    """A rejection stops a release; answers whether at once."""
    yield from running(bench)
    (release,) = bench.executions()[-1:]
    bench.decide(release.input["model_package_arn"], "Rejected")
    at_once = within_seconds(bench, 15)
    bench.end(release.arn, PATIENCE)
    return at_once


def revocation_at_rest(bench: Bench) -> Played:
    """What serves is rejected, and an earlier release serves again; answers whether at once."""
    bench.live(rollout={"on_revocation": "roll_back"})
    package = bench.register()
    finish(bench, package)
    yield
    bench.decide(package, "Rejected")
    at_once = within_seconds(bench, 60)
    bench.pass_minutes(30)
    return at_once


def staged_release(bench: Bench) -> Played:
    """The registry shows the stages of both packages; answers them, while it runs and after."""
    first = bench.live(lifecycle={})
    yield
    package = bench.register()
    bench.started(package)
    bench.until_share(50)
    shown = [_stage(bench, package)]
    finish(bench, package)
    return [*shown, _stage(bench, package), _stage(bench, first)]


def stages_written_by_the_sweep(bench: Bench) -> Played:
    """AWS is in trouble at the end of a release; answers what is shown after a sweep."""
    bench.live(lifecycle={})
    yield
    package = bench.register()
    with refusing(bench, "SettleRelease", "UpdateModelPackage", "ThrottlingException", times=20):
        finish(bench, package)
        bench.pass_minutes(1)
    bench.pass_minutes(20)
    return _stage(bench, package)


def _stage(bench: Bench, package: str) -> str | None:
    stage = bench.package(package).get("ModelLifeCycle")
    return str(stage["Stage"]) if stage else None


def lost_revocation(bench: Bench) -> Played:
    """The sweep stops a release whose rejection was not told; answers whether at once."""
    yield from running(bench)
    (release,) = bench.executions()[-1:]
    bench.twin.events.weather.drop("aws.sagemaker", where=bench.concerns)
    bench.decide(release.input["model_package_arn"], "Rejected")
    bench.twin.until(lambda: bench.gate().halt, 20, "a halt", 1)
    at_once = within_seconds(bench, 15)
    bench.end(release.arn, PATIENCE)
    return at_once


def newer_approval(bench: Bench) -> Played:
    """A newer approval ends a release that is not promoted; answers whether at once."""
    yield from running(bench)
    (older,) = bench.executions()[-1:]
    bench.policy()
    newer = bench.started(bench.register())
    at_once = within_seconds(bench, 15)
    bench.end(older.arn, PATIENCE)
    bench.end(newer, PATIENCE)
    return at_once


def newer_after_promotion(bench: Bench) -> Played:
    """A newer approval ends a watch window."""
    bench.live(rollout={"watch_minutes": 120})
    bench.started(bench.register())
    bench.until_step(WINDOW)
    bench.policy({"rollout": {"watch_minutes": 2}})
    yield
    finish(bench, bench.register())


def requested_rollback(bench: Bench) -> Played:
    """A person goes back to what served before."""
    bench.live()
    finish(bench, bench.register())
    yield
    bench.rolled_back_by_hand()


def several_promotions(bench: Bench) -> Played:
    """Releases beyond the retention are deleted."""
    bench.live(rollout={"keep_releases": 1})
    finish(bench, bench.register())
    yield
    finish(bench, bench.register())


def edit_at_rest(bench: Bench) -> Played:
    """The sweep reports a person's change."""
    bench.live()
    edit_endpoint(bench)
    yield
    bench.until_event("Endpoint Drifted", 20)


def stray_staging(bench: Bench) -> Played:
    """The sweep finds a staging configuration that no release holds."""
    bench.live()
    put_stray(bench)
    yield
    bench.end(bench.recoveries(minutes=20)[0].arn, PATIENCE)


def edit_before_a_step(bench: Bench) -> Played:
    """A person's change is found by the next step."""
    yield from running(bench, step_minutes=4)
    edit_endpoint(bench)
    bench.end(bench.executions()[-1].arn, PATIENCE)


def manual_review(bench: Bench) -> Played:
    """A review that people are told of."""
    bench.policy({"approval": {"mode": "manual"}})
    yield
    bench.register()
    bench.until_event("Model Package Reviewed", 5)


def refusal(bench: Bench) -> Played:
    """A request that is refused before the claim."""
    bench.policy()
    package = bench.register(ModelApprovalStatus="Rejected")
    yield
    bench.released_by_hand(package)


def refusal_after_the_claim(bench: Bench) -> Played:
    """A release that is refused when it is planned."""
    bench.policy({"alarms": ["nobody-made-this"]})
    package = bench.approved_unseen()
    yield
    bench.released_by_hand(package)


def refusal_by_the_claim(bench: Bench) -> Played:
    """A rollback of an endpoint that has nothing to go back to."""
    yield
    bench.rolled_back_by_hand()


def firing_alarm(bench: Bench) -> Played:
    """A release that a firing alarm of the policy refuses."""
    alarm = OwnAlarm(bench)
    bench.live(alarms=[alarm.name])
    alarm.count(1)
    yield
    finish(bench, bench.register())


def golden_release(bench: Bench) -> Played:
    """A candidate that gives the expected answers."""
    asked(bench)
    yield
    finish(bench, register(bench, RIGHT))


def golden_miss(bench: Bench) -> Played:
    """One that does not."""
    asked(bench)
    yield
    finish(bench, register(bench, "wrong"))


def missed_rehearsal(bench: Bench) -> Played:
    """One that does not, on an endpoint of its own."""
    asked(bench, rollout={"rehearse": True})
    yield
    finish(bench, register(bench, "wrong"))


def watched_shadow(bench: Bench) -> Played:
    """A candidate that is only watched, and whose answers are compared."""
    served(bench, **WATCHED)
    answering(bench, 2, "0.5")
    yield
    finish(bench, bench.register())


def stopped_deployment(bench: Bench) -> Played:
    """A rejection while SageMaker shifts by itself: the brake stops it."""
    bench.live(rollout=GUARDED)
    package = bench.register()
    release = bench.started(package)
    shifted = len(bench.events("Traffic Shifted"))
    there = "traffic on the new fleet"
    bench.twin.until(lambda: len(bench.events("Traffic Shifted")) > shifted, 60, there, 5)
    yield
    bench.decide(package, "Rejected")
    bench.end(release, PATIENCE)


def undone_deployment(bench: Bench) -> Played:
    """SageMaker takes a deployment back by itself."""
    bench.live(rollout=GUARDED)
    bench.twin.faults.roll_back_next_update("No answer to /ping.")
    yield
    finish(bench, bench.register())


OF_RELEASES: tuple[Scene, ...] = (
    first_release,
    golden_release,
    golden_miss,
    missed_rehearsal,
    watched_shadow,
    second_release,
    planned_ramp,
    planned_strata,
    scaled_release,
    scaled_swap,
    failing_candidate,
    stopped_deployment,
    undone_deployment,
    failed_creation,
    failed_creation_of_what_scales,
    dead_release,
    death_not_told,
    lost_registration,
    lost_approval,
    revocation,
    revocation_at_rest,
    staged_release,
    stages_written_by_the_sweep,
    lost_revocation,
    newer_approval,
    newer_after_promotion,
    requested_rollback,
    several_promotions,
    edit_at_rest,
    stray_staging,
    edit_before_a_step,
    manual_review,
    refusal,
    refusal_after_the_claim,
    refusal_by_the_claim,
    firing_alarm,
)
