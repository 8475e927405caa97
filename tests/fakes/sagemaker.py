"""SageMaker's endpoint calls in memory, on a simulated clock: what is refused, and what follows."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from penstock.domain.errors import Busy, Exists, Missing, RefusedByAws
from penstock.domain.planning.deployment import Deployment
from tests.fakes.clock import FakeClock
from tests.fakes.fleets import (
    Change,
    Course,
    Endpoint,
    Fault,
    Fleet,
    Outcome,
    Repairing,
    Times,
    Update,
    course_of,
)
from tests.fakes.wire import Wire

Request = Mapping[str, Any]
Take = Callable[[Outcome], None]
CREATE, UPDATE, DELETE = "Creating", "Updating", "Deleting"
MIXED = "UpdateRollbackFailed"


def never(_: str) -> int | None:
    """No alarm fires."""
    return None


@dataclass
class FakeSageMaker:
    """Models, configurations, endpoints. `rules` may object to a change by raising."""

    clock: FakeClock
    wire: Wire = field(default_factory=Wire)
    times: Times = field(default_factory=Times)
    repairing: Repairing = field(default_factory=Repairing)
    rules: list[Callable[[Change], None]] = field(default_factory=list)
    models: dict[str, Request] = field(default_factory=dict)
    configs: dict[str, Request] = field(default_factory=dict)
    endpoints: dict[str, Endpoint] = field(default_factory=dict)
    faults: dict[str, list[Fault]] = field(default_factory=dict)
    fires: Callable[[str], int | None] = never
    """Since when (ms) an alarm fires; None: it does not."""
    tells_reason: bool = True
    """Whether a deployment that was undone leaves a FailureReason."""
    _courses: dict[str, list[tuple[str, Course]]] = field(default_factory=dict)
    _ran: dict[str, list[tuple[int, Fleet]]] = field(default_factory=dict)
    _born: dict[str, int] = field(default_factory=dict)
    _under_way: list[tuple[int, Take]] = field(default_factory=list)
    _touched: int = 0

    # ---- calls -----------------------------------------------------------------------------------

    def create_model(self, name: str, request: Request) -> bool:
        """Whether it is new."""
        return self._create_new("create_model", self.models, name, request)

    def create_config(self, name: str, request: Request) -> bool:
        """Whether it is new."""
        return self._create_new("create_config", self.configs, name, request)

    def delete_config(self, name: str) -> None:
        self._call("delete_config", "", name, lambda _: self._forget(self.configs, name))

    def delete_model(self, name: str) -> None:
        self._call("delete_model", "", name, lambda _: self._forget(self.models, name))

    def update(
        self,
        endpoint: str,
        config: str,
        excluded: frozenset[str] = frozenset(),
        deployment: Deployment | None = None,
        alarms: tuple[str, ...] = (),
    ) -> None:
        """UpdateEndpoint, retaining all but `excluded` (weights, counts)."""

        def take(outcome: Outcome) -> None:
            update = self._swap(endpoint, config, excluded, outcome)
            if deployment:
                self._deploy(endpoint, update, deployment, alarms)

        self._call("update", endpoint, config, take)

    def weigh(self, endpoint: str, weights: Mapping[str, int]) -> None:
        """UpdateEndpointWeightsAndCapacities."""
        said = str(dict(weights))
        self._call("weights", endpoint, said, lambda o: self._weigh(endpoint, weights, o))

    def create_endpoint(self, endpoint: str, config: str) -> None:
        self._call("create_endpoint", endpoint, config, lambda o: self._create(endpoint, config, o))

    def delete_endpoint(self, endpoint: str) -> None:
        self._call("delete_endpoint", endpoint, "", lambda _: self._delete(endpoint))

    # ---- what becomes of a call ------------------------------------------------------------------

    def _call(self, call: str, endpoint: str, subject: str, take: Take) -> None:
        """One request: refused, taken, or taken with an answer that is lost."""
        self.wire(f"cloud.{call}", lambda: self._answer(call, endpoint, subject, take), writes=True)

    def _answer(self, call: str, endpoint: str, subject: str, take: Take) -> None:
        self.pass_time()
        fault = self.faults[call].pop(0) if self.faults.get(call) else Fault()
        if fault.error and fault.lands_in is None:
            raise fault.error
        if fault.error and fault.lands_in:
            self._under_way.append((self.clock.now() + fault.lands_in * 1000, take))
            raise fault.error
        found = self.endpoints.get(endpoint)
        for rule in self.rules:
            rule(Change(call, endpoint, subject, found.fleet if found else None))
        take(fault.outcome)
        if fault.error:
            raise fault.error

    def _create_new(self, call: str, kind: dict[str, Request], name: str, request: Request) -> bool:
        if name in kind:
            return False
        self._call(call, "", name, lambda _: self._keep(kind, name, request))
        return True

    def _keep(self, kind: dict[str, Request], name: str, request: Request) -> None:
        kind[name] = dict(request)
        self._born[name] = self.clock.now()

    def _forget(self, kind: dict[str, Request], name: str) -> None:
        kind.pop(name, None)

    def _deploy(
        self, endpoint: str, update: Update, deployment: Deployment, alarms: tuple[str, ...]
    ) -> None:
        """SageMaker shifts; a launch that fails ends it, and one that hangs runs into its limit."""
        count, now = sum(update.fleet.counts.values()), self.clock.now()
        course = course_of(deployment, count, alarms, now, self.times.launch)
        update.course, update.until = course, course.ends
        if update.outcome == "hangs":
            course.steps, update.until = course.steps[:1], course.expires
        if update.outcome in {"undone", "unrestored"}:
            course.undone = now + self.times.launch * 1000
            update.until = course.undone + self.times.undo * 1000
        self._courses.setdefault(endpoint, []).append((update.fleet.config, course))

    def _watch(self, endpoint: Endpoint, now: int) -> None:
        """An alarm that fires, or the limit, undoes a deployment under way."""
        update = endpoint.update
        if update is None or update.course is None or update.course.undone is not None:
            return
        course = update.course
        since = [at for name in course.alarms if (at := self.fires(name)) is not None]
        causes = {"one or more alarms fired": min(since, default=None)}
        causes["the deployment timed out"] = course.expires if course.expires <= now else None
        due = {why: at for why, at in causes.items() if at is not None and at <= course.ends}
        if not due:
            return
        why = min(due, key=lambda each: due[each])
        course.undone = max(update.began, due[why])
        update.outcome, update.undone_by = "undone", why
        update.until = course.undone + self.times.undo * 1000

    def deploying(self, endpoint: str, at: int) -> dict[str, float]:
        """The part of the requests that a new fleet had at a moment (ms), by its configuration."""
        self.pass_time()
        return {
            config: course.at(at).part
            for config, course in self._courses.get(endpoint, [])
            if course.steps[0].since <= at < (course.undone or course.ends)
        }

    def _swap(
        self, endpoint: str, config: str, excluded: frozenset[str], outcome: Outcome
    ) -> Update:
        found = self._changeable(endpoint, repaired=self.repairing.updates)
        self._check_visible(config)
        self._check_visible(found.fleet.config)
        if config == found.fleet.config and not (found.broken and self.repairing.same):
            raise RefusedByAws(f"the endpoint runs {config} already")
        kept = Fleet(
            "",
            {} if "weights" in excluded else {**found.fleet.weights, **found.fleet.shadows},
            {} if "counts" in excluded else found.fleet.counts,
        )
        fleet = self._fleet(config, kept)
        update = self._begin(found, fleet, UPDATE, self.times.swap, outcome)
        update.whole = True
        return update

    def _weigh(self, endpoint: str, weights: Mapping[str, int], outcome: Outcome) -> None:
        found = self._changeable(endpoint, repaired=self.repairing.weights)
        if unknown := set(weights) - set(found.fleet.weights):
            raise Missing(f"Could not find variants {unknown}")
        shares = {**found.fleet.weights, **{name: float(w) for name, w in weights.items()}}
        fleet = found.fleet._replace(weights=shares)
        self._begin(found, fleet, UPDATE, self.times.weights, outcome)

    def _create(self, endpoint: str, config: str, outcome: Outcome) -> None:
        if endpoint in self.endpoints:
            raise Exists(f"Cannot create already existing endpoint {endpoint}")
        self._check_visible(config)
        found = Endpoint(self._fleet(config, Fleet("", {}, {})))
        self.endpoints[endpoint] = found
        self._begin(found, found.fleet, CREATE, self.times.create, outcome)

    def _delete(self, endpoint: str) -> None:
        if endpoint not in self.endpoints:
            raise Missing(f"Could not find endpoint {endpoint}")
        found = self.endpoints[endpoint]
        if found.update:
            raise Busy("Cannot update in-progress endpoint")
        self._begin(found, found.fleet, DELETE, self.times.delete, "done")

    def _begin(
        self, found: Endpoint, fleet: Fleet, status: str, seconds: int, outcome: Outcome
    ) -> Update:
        now = self.clock.now()
        seen_from = now + self.times.stale * 1000
        update = Update(fleet, status, now + seconds * 1000, seen_from, outcome, now)
        found.update, found.failure, found.modified = update, None, self.touch()
        return update

    def touch(self) -> int:
        """When an endpoint is modified now (ms); no two changes are of the same moment."""
        self._touched = max(self.clock.now(), self._touched + 1)
        return self._touched

    def _fleet(self, config: str, kept: Fleet) -> Fleet:
        """The configuration's figures, but for what runs of the same name already."""
        request, counts = self.configs[config], dict[str, int]()
        weights, shadows = dict[str, float](), dict[str, float]()
        kinds = (weights, "ProductionVariants"), (shadows, "ShadowProductionVariants")
        for shares, variant in ((w, v) for w, kind in kinds for v in request.get(kind, [])):
            name = variant["VariantName"]
            initial = float(variant.get("InitialVariantWeight", 1.0))
            shares[name] = kept.weights.get(name, initial)
            counts[name] = kept.counts.get(name, variant["InitialInstanceCount"])
        if shadows and sum(weights.values()) != 1:
            raise AssertionError(f"shadows {shadows} beside {weights}: no document says the share")
        return Fleet(config, weights, counts, shadows)

    def _changeable(self, endpoint: str, *, repaired: bool) -> Endpoint:
        """`repaired`: whether this call is taken in UpdateRollbackFailed."""
        if endpoint not in self.endpoints:
            raise Missing(f"Could not find endpoint {endpoint}")
        found = self.endpoints[endpoint]
        if found.update or (found.broken and not (repaired and found.beyond == MIXED)):
            raise Busy("Cannot update in-progress endpoint")
        return found

    def _check_visible(self, config: str) -> None:
        born = self._born.get(config, 0)
        if config not in self.configs or self.clock.now() < born + self.times.unseen * 1000:
            raise Missing(f"Could not find endpoint configuration {config}")

    def ran(self, endpoint: str, at: int) -> Fleet | None:
        """What served at a moment in the past (ms), as far as changes of Penstock's tell."""
        self.pass_time()
        known = [fleet for since, fleet in self._ran.get(endpoint, []) if since <= at]
        return known[-1] if known else None

    # ---- time ------------------------------------------------------------------------------------

    def pass_time(self) -> None:
        """Whatever was due until now has happened, in its order."""
        for at, take in sorted(self._under_way, key=lambda item: item[0]):
            if at <= self.clock.now():
                self._under_way.remove((at, take))
                self._complete(at)
                self._land(take)
        self._complete(self.clock.now())

    def _land(self, take: Take) -> None:
        """A call that nobody waits for any more is accepted or refused all the same."""
        try:
            take("done")
        except (Busy, Missing, Exists, RefusedByAws):
            return

    def _complete(self, now: int) -> None:
        for name, endpoint in list(self.endpoints.items()):
            self._watch(endpoint, now)
            update = endpoint.update
            if update is None or now < update.until:
                continue
            endpoint.update = None
            endpoint.modified = self.touch()
            if update.status == DELETE:
                del self.endpoints[name]
            else:
                self._end(name, endpoint, update)

    def _end(self, name: str, endpoint: Endpoint, update: Update) -> None:
        """How a change ends; a repair that is undone leaves the endpoint as broken as it was."""
        if update.outcome in {"failed", "unrestored"}:
            restores = update.outcome == "unrestored" and update.status == UPDATE
            endpoint.beyond = MIXED if restores else "Failed"
            endpoint.broken = endpoint.failure = "the containers did not answer /ping"
            if restores and self.repairing.shows_new:
                endpoint.fleet = update.fleet
        elif update.outcome in {"undone", "hangs"}:
            endpoint.failure = update.undone_by if self.tells_reason else None
        else:
            mended = update.whole and endpoint.beyond == MIXED
            endpoint.broken = None if mended else endpoint.broken
            endpoint.fleet = update.fleet
            self._ran.setdefault(name, []).append((update.until, update.fleet))
