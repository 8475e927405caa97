"""Releases at once on the twin, with the deployed handlers, state machine and template.

Simulated time stands still while code runs, so that fifty handlers do not slow each other down.
It passes only during AWS's answers, botocore's retries and waits.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, NamedTuple

from benchmarks.account.meter import seconds_of
from tests.end_to_end.bench import Bench
from tests.end_to_end.endings import ending
from tests.end_to_end.people import make_config
from tests.end_to_end.stage import ACCOUNT, PARAMETERS, QUICK, TEMPLATE, furnish
from tests.worlds.world import POLICY
from twin.clock.clocks import StillClock
from twin.cloud import Twin
from twin.core.rates import Buckets
from twin.functions.handler_calls import Call
from twin.observations import Execution

MOMENTS = (2.5, 10.0, 30.0)
"""Seconds after the approvals at which alarms fire on releases that are already in progress."""
WARM, LONG = 3, 600
"""Minutes that the first step of such a release lasts, in which an alarm can halt it."""
BETWEEN_SWEEPS = 16
"""Minutes from the deployment to the releases. The first sweep is over by then, and the next one
finds them in progress."""


class Played(NamedTuple):
    """The result of releases at once. Times are in seconds, `settle` and `halt` are maxima."""

    makespan: float
    endings: Mapping[str, int]
    settle: float
    halt: float
    buckets: Buckets


class Halts:
    """Records when each alarm fired and when AWS accepted the weights call that follows."""

    def __init__(self, victims: Sequence[Bench]) -> None:
        self._victims = victims
        self._names = {bench.endpoint for bench in victims}
        self._fired: dict[str, float] = {}
        self._accepted: dict[str, float] = {}

    @property
    def longest(self) -> float:
        """The longest time from an alarm to its weights call. 0 if no alarm fired."""
        return max((self._accepted[name] - at for name, at in self._fired.items()), default=0.0)

    @property
    def all_accepted(self) -> bool:
        """Whether AWS accepted the weights call of every alarm."""
        return self._accepted.keys() == self._names

    def fire(self, began: float) -> None:
        """Let each victim's alarm fire at its moment after `began`."""
        for victim, after in zip(self._victims, MOMENTS, strict=False):
            twin = victim.twin
            twin.clock.sleep(max(0.0, began + after - twin.clock.now()))
            self._fired[victim.endpoint] = twin.clock.now()
            twin.client("cloudwatch").set_alarm_state(
                AlarmName=victim.gate().alarms[0], StateValue="ALARM", StateReason="bench-account"
            )

    def note(self, call: Call) -> None:
        """Record a call that AWS has accepted."""
        name = str(call.parameters.get("EndpointName"))
        weights = call.operation == "UpdateEndpointWeightsAndCapacities"
        if weights and name in self._fired and call.function == "penstock-RollBack":
            self._accepted.setdefault(name, call.at + seconds_of("sagemaker"))


def played(others: int, releases: int, halted: int = 0) -> Played:
    """Approve `releases` packages at one moment, in an account with `others` other endpoints.

    Another `halted` endpoints have releases in progress by then, which their alarms halt.

    Raises:
        RuntimeError: an alarm fired, but its release was not rolled back.
    """
    with _account() as twin:
        victims = [_endpoint(twin) for _ in range(halted)]
        benches = [_endpoint(twin) for _ in range(releases)]
        for n in range(others):
            _create(twin, f"theirs-{n:03}", f"theirs-{benches[0].endpoint}")
        twin.clock.sleep(60 * BETWEEN_SWEEPS)
        _open(victims)
        twin.functions.calls.answering(seconds_of)
        return _crowded(twin, victims, benches)


def _crowded(twin: Twin, victims: Sequence[Bench], benches: Sequence[Bench]) -> Played:
    packages = [bench.approved_unseen() for bench in benches]
    halts, begun = Halts(victims), len(twin.functions.calls.log)
    with twin.functions.calls.interfering(after=halts.note):
        buckets, began = twin.throttling.on(), twin.clock.now()
        arns = [_start(*each) for each in zip(benches, packages, strict=True)]
        halts.fire(began)
        ends = [bench.end(arn, minutes=300) for bench, arn in zip(benches, arns, strict=True)]
    if not halts.all_accepted:
        raise RuntimeError("an alarm fired, but its release was not rolled back")
    twin.throttling.off()
    longest = max(each.stopped.timestamp() for each in ends if each.stopped) - began
    settle = _longest(twin.functions.calls.log[begun:], "penstock-SettleRelease")
    return Played(longest, _counted(ends), settle, halts.longest, buckets)


@contextmanager
def _account() -> Iterator[Twin]:
    clock = StillClock(datetime(2026, 3, 2, 9, tzinfo=UTC).timestamp())
    with Twin(
        TEMPLATE,
        PARAMETERS,
        clock=clock,
        handlers="in-process",
        iam=False,
        timings=QUICK,
        account=ACCOUNT,
    ) as twin:
        furnish(twin)
        twin.functions.share_layers()
        yield twin


def _endpoint(twin: Twin, **rollout: Any) -> Bench:
    """Set up an endpoint that serves users and has a policy."""
    bench = Bench(twin)
    _create(twin, bench.endpoint, make_config(bench, f"theirs-{bench.endpoint}"))
    bench.policy(_policy(**rollout))
    bench.drive()
    return bench


def _create(twin: Twin, endpoint: str, config: str) -> None:
    twin.client("sagemaker").create_endpoint(EndpointName=endpoint, EndpointConfigName=config)


def _policy(**rollout: Any) -> dict[str, Any]:
    own = {key: POLICY[key] for key in ("approval", "judge")}
    return {**own, "rollout": {**POLICY["rollout"], **rollout}}


def _open(benches: Sequence[Bench]) -> None:
    """Start releases that stay at their first share for hours, so that an alarm can halt them."""
    for bench in benches:
        bench.policy(_policy(step_minutes=LONG))
        _start(bench, bench.approved_unseen())
    for bench in benches:
        bench.until_share(POLICY["rollout"]["steps"][0])
    if benches:
        benches[0].pass_minutes(WARM)


def _start(bench: Bench, package: str) -> str:
    return bench.start(action="release", model_package_arn=package, adopt=True)


def _counted(ends: Sequence[Execution]) -> dict[str, int]:
    counted: defaultdict[str, int] = defaultdict(int)
    for execution in ends:
        counted[str(ending(execution)["ending"])] += 1
    return dict(counted)


def _longest(calls: Sequence[Call], function: str) -> float:
    """Return a function's longest invocation, from its first call to its last answer."""
    times: defaultdict[str, list[float]] = defaultdict(list)
    for call in calls:
        if call.function == function:
            times[call.request_id] += [call.at, call.at + seconds_of(call.service)]
    return max(max(each) - min(each) for each in times.values())
