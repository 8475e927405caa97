"""Runs one deployment with guardrails on the clock, and decides when it goes back."""

from collections.abc import Callable, Iterator

from twin.sagemaker.deployment_course import Course, Ends, Phase
from twin.sagemaker.deployment_policy import Policy
from twin.sagemaker.endpoint_faults import Failure
from twin.sagemaker.endpoint_state import Deployment, Endpoint, Shown
from twin.sagemaker.endpoints import Endpoints, Site
from twin.sagemaker.fleet_pair import Pair


class GuardedDeployment:
    """A deployment under way. All calls need the account's lock.

    It goes back when a launch fails, when a poll finds an alarm in ALARM, and when its time limit
    has passed (facts 3.3), until it begins to end what is left of the old fleet.
    """

    def __init__(
        self,
        site: Site,
        endpoints: Endpoints,
        endpoint: Endpoint,
        deployment: Deployment,
        policy: Policy,
        ends: Ends,
    ) -> None:
        self._site = site
        self._switches = site.faults.guardrails
        self._endpoints = endpoints
        self._endpoint = endpoint
        self._deployment = deployment
        self._policy = policy
        self._course = self._plan(ends)
        self._phases: Iterator[Phase] = self._course.forwards()
        self._goes_back = False
        self._ignored: set[str] = set()
        self._launches = 0
        self._fails_launch = _next(site.faults.update)
        self._fails_all = _next(site.faults.rollback)

    def start(self) -> None:
        """Begin to watch the alarms and the time limit."""
        if self._switches.alarm_at_start == "ignored":
            self._ignored = set(self._site.alarms.in_alarm(self._policy.alarms))
        if self._policy.limit is not None:
            self._after(self._policy.limit, self._expire)
        if self._policy.alarms:
            self._after(self._switches.poll_seconds, self._poll)

    def go_on(self) -> None:
        """Begin the next phase. After the last one the deployment has ended."""
        phase = next(self._phases, None)
        if phase is None:
            return
        if self._fails_all and self._course.has_traffic and not self._goes_back:
            self._turn_back(self._fails_all.reason)
            return
        self._show(phase)
        self._wait(phase)

    def _plan(self, ends: Ends) -> Course:
        counts_traffic, rounds_up = self._switches.counts_traffic, self._switches.rounds_up
        pairs = [
            Pair(self._endpoint.variants[name], new, counts_traffic=counts_traffic)
            for name, new in self._deployment.variants.items()
        ]
        return Course(pairs, self._policy, self._site.timings, ends, rounds_up=rounds_up)

    def _show(self, phase: Phase) -> None:
        messages = {pair.name: phase.says(pair) for pair in self._course.pairs}
        self._deployment.shown = Shown(phase.step, messages, self._site.account.now())
        self._endpoint.announce_step(self._site.account)

    def _wait(self, phase: Phase) -> None:
        on_way_back, name = self._goes_back, f"deployment of {self._endpoint.name}"

        def then(problem: str | None = None) -> None:
            if on_way_back == self._goes_back:  # otherwise it has turned back meanwhile
                self._end(phase, problem)

        if phase.fleets:
            self._endpoints.when_up(phase.fleets, phase.seconds, then, name)
        else:
            self._site.account.after(phase.seconds, then, name)

    def _end(self, phase: Phase, problem: str | None) -> None:
        planned = self._failed_launch() if phase.fleets else None
        if problem or planned:
            self._turn_back(planned.reason if planned else problem)
        else:
            self.go_on()

    def _failed_launch(self) -> Failure | None:
        """Return the planned failure if it is that of the launch that ends now."""
        self._launches += 1
        planned = self._fails_launch
        return planned if planned and planned.launch == self._launches else None

    def _expire(self) -> None:
        if self._may_turn_back:
            self._turn_back("The deployment has exceeded its maximum execution time-out.")

    def _poll(self) -> None:
        if not self._may_turn_back:
            return
        tripped = self._tripped()
        if tripped:
            self._turn_back(f"The deployment was rolled back because of alarms: {tripped}.")
        else:
            self._after(self._switches.poll_seconds, self._poll)

    @property
    def _may_turn_back(self) -> bool:
        return not self._goes_back and not self._course.is_decided

    def _tripped(self) -> list[str]:
        """Return the alarms that roll the deployment back now."""
        alarms, names = self._site.alarms, self._policy.alarms
        found = set(alarms.in_alarm(names))
        self._ignored &= found
        if not self._course.has_traffic and not self._switches.watches_launch:
            return []
        gone = alarms.missing(names) if self._switches.missing_alarm == "rolls_back" else []
        return sorted(found - self._ignored) + gone

    def _turn_back(self, reason: str | None) -> None:
        self._goes_back = True
        failure = self._fails_all or _next(self._site.faults.ways_back)
        told = reason if self._switches.tells_reason else None
        self._phases = self._course.back(told, failure)
        self.go_on()

    def _after(self, seconds: float, action: Callable[[], None]) -> None:
        name = f"guardrails of {self._endpoint.name}"
        self._site.account.after(seconds, action, name)


def _next(planned: list[Failure]) -> Failure | None:
    return planned.pop(0) if planned else None
