"""Scenes in which AWS, or somebody, stands in a release's way."""

from collections.abc import Sized
from contextlib import ExitStack
from functools import partial

from tests.end_to_end.alarms import OwnAlarm
from tests.end_to_end.bench import Bench, specification
from tests.end_to_end.golden import RIGHT, asked
from tests.end_to_end.nonsense import MALFORMED
from tests.end_to_end.real_models import register
from tests.end_to_end.scene import PATIENCE, Played, Scene, finish, running
from tests.end_to_end.trouble import ACQUIRES, busy, just_before, refusing
from twin.sagemaker.endpoint_faults import Operation


def busy_steps(bench: Bench) -> Played:
    """Every step waits for longer than the policy likes, and people are told."""
    bench.live(rollout={"update_minutes": 5})
    yield
    with ExitStack() as patched:
        for function in ("StageCandidate", "ShiftTraffic", "PromoteCandidate"):
            patched.enter_context(busy(bench, function, minutes=10))
        finish(bench, bench.register())


def stuck_update(bench: Bench) -> Played:
    """An update hangs, and people are told."""
    bench.live(rollout={"update_minutes": 5})
    bench.twin.faults.stick_next_update()
    yield
    bench.started(bench.register())
    bench.until_event("Attention Needed", PATIENCE)


def golden_in_trouble(bench: Bench) -> Played:
    """Golden requests cannot be read, and Lambda is busy in between: people are told."""
    asked(bench)
    yield
    with refusing(bench, "AskGolden", "GetObject", "SlowDown", times=6) as refused:
        bench.started(register(bench, RIGHT))
        for count in range(1, 6):
            bench.twin.until(partial(_are, refused, count), PATIENCE, "a refused read", 1)
            bench.twin.functions.throttle(minutes=7, name="penstock-AskGolden")
        bench.until_event("Attention Needed", PATIENCE)


def _are(calls: Sized, count: int) -> bool:
    return len(calls) == count


def undone_staging(bench: Bench) -> Played:
    """SageMaker undoes an update."""
    bench.live()
    bench.twin.faults.roll_back_next_update()
    yield
    finish(bench, bench.register())


def _refused_step(bench: Bench, function: str, operation: Operation) -> Played:
    """A step is refused for good."""
    bench.live()
    yield
    limit = partial(bench.twin.faults.limit_next, operation)
    with just_before(bench, function, ACQUIRES, limit):
        finish(bench, bench.register())


def refused_staging(bench: Bench) -> Played:
    """There is no capacity for a candidate."""
    yield from _refused_step(bench, "StageCandidate", "UpdateEndpoint")


def refused_shift(bench: Bench) -> Played:
    """There is no capacity for a new share."""
    yield from _refused_step(bench, "ShiftTraffic", "UpdateEndpointWeightsAndCapacities")


def refused_promotion(bench: Bench) -> Played:
    """There is no capacity for the final fleet."""
    yield from _refused_step(bench, "PromoteCandidate", "UpdateEndpoint")


def stubborn_rollback(bench: Bench) -> Played:
    """Going back takes so many tries that people are told."""
    yield from running(bench)
    (release,) = bench.executions()[-1:]
    bench.twin.faults.limit_next("UpdateEndpoint", times=5)
    bench.decide(release.input["model_package_arn"], "Rejected")
    bench.end(release.arn, PATIENCE)


def alarms_of_before(bench: Bench) -> Played:
    """A release finds an alarm that somebody made with the name of one of its own."""
    bench.live()
    OwnAlarm(bench, f"penstock-{bench.endpoint}-errors")
    yield
    finish(bench, bench.register())


def alarm_before_the_first(bench: Bench) -> Played:
    """The first release does."""
    bench.policy()
    OwnAlarm(bench, f"penstock-{bench.endpoint}-errors-live")
    yield
    finish(bench, bench.register())


def too_little_traffic(bench: Bench) -> Played:
    """Nobody sends requests, and people are told."""
    bench.live(judge={"deadline_minutes": 4, "wait_hours": 1})
    bench.drive(0)
    yield
    bench.started(bench.register())
    bench.until_event("Attention Needed", PATIENCE)


def failed_at_rest(bench: Bench) -> Played:
    """The sweep finds an endpoint that takes no updates any more."""
    bench.live()
    yield
    bench.twin.endpoints.turn(bench.twin.endpoints.get(bench.endpoint), "Failed")
    bench.until_event("Attention Needed", 20)


def model_in_a_folder(bench: Bench) -> Played:
    """The artefact is a prefix, which is listed."""
    bench.policy()
    folder = f"{bench.group}/folder/"
    bench.upload(f"{folder}model.bin", "weights")
    yield
    finish(bench, bench.register(InferenceSpecification=specification(folder)))


def nonsense(bench: Bench) -> Played:
    """Events that no function can handle go to a queue."""
    yield
    for source, detail_type, detail in MALFORMED:
        bench.twin.events.emit(source, detail_type, detail, [])
    sweep = {"FunctionName": "penstock-Sweep:live", "InvocationType": "Event", "Payload": "{}"}
    bench.twin.client("lambda").invoke(**sweep)  # its rule sends nothing else than it can handle
    bench.pass_minutes(10)


OF_TROUBLE: tuple[Scene, ...] = (
    busy_steps,
    stuck_update,
    golden_in_trouble,
    undone_staging,
    refused_staging,
    refused_shift,
    refused_promotion,
    stubborn_rollback,
    alarms_of_before,
    alarm_before_the_first,
    too_little_traffic,
    failed_at_rest,
    model_in_a_folder,
)
