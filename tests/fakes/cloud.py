"""SageMaker's endpoints in memory: what Penstock reads and changes, on a simulated clock."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

from penstock.domain.content import Content, from_weights
from penstock.domain.endpoint import EndpointView, LiveSetup
from penstock.domain.errors import Busy, Exists, Missing
from penstock.domain.plan import Plan
from tests.fakes.clock import FakeClock
from tests.fakes.wire import Wire

Request = Mapping[str, Any]
Outcome = Literal["done", "undone", "failed"]
CREATE, UPDATE, WEIGHTS, DELETE, SYSTEM = "Creating", "Updating", "Updating", "Deleting", "System"


class Rejected(Exception):
    """A refusal that Penstock has no word for: it passes every translation."""


class Fleet(NamedTuple):
    """What runs: a configuration, and weight and instances of each of its variants."""

    config: str
    weights: dict[str, float]
    counts: dict[str, int]

    @property
    def content(self) -> Content:
        weights = self.weights if len(self.weights) > 1 else dict.fromkeys(self.weights, 1.0)
        return from_weights(self.config, weights)


@dataclass
class Update:
    """A change under way; looks show it from `seen_from` on (ms)."""

    fleet: Fleet
    status: str
    until: int
    seen_from: int
    outcome: Outcome


@dataclass
class Endpoint:
    """An endpoint; `broken` is why it is Failed."""

    fleet: Fleet
    update: Update | None = None
    broken: str | None = None
    failure: str | None = None


class Change(NamedTuple):
    """A call that is about to be accepted; `found` is what runs before it."""

    call: str
    endpoint: str
    subject: str
    found: Fleet | None


@dataclass
class Fault:
    """What the next call of a kind meets: an error, an outcome, or an answer that never comes.

    With `lands_in` the call takes effect so many seconds later although `error` is raised.
    """

    error: Exception | None = None
    outcome: Outcome = "done"
    lands_in: int | None = None


@dataclass
class Times:
    """How long things take, in seconds; `unseen` is what eventual consistency costs."""

    create: int = 300
    swap: int = 600
    weights: int = 60
    delete: int = 60
    unseen: int = 0
    stale: int = 0


@dataclass
class FakeCloud:
    """Endpoints and Serving of real-time endpoints. `rules` may object to a change (raise)."""

    clock: FakeClock
    wire: Wire = field(default_factory=Wire)
    times: Times = field(default_factory=Times)
    rules: list[Callable[[Change], None]] = field(default_factory=list)
    models: dict[str, Request] = field(default_factory=dict)
    configs: dict[str, Request] = field(default_factory=dict)
    endpoints: dict[str, Endpoint] = field(default_factory=dict)
    faults: dict[str, list[Fault]] = field(default_factory=dict)
    edited: dict[str, int] = field(default_factory=dict)
    images: dict[str, str] = field(default_factory=dict)
    _born: dict[str, int] = field(default_factory=dict)
    _under_way: list[tuple[int, Callable[[], None]]] = field(default_factory=list)

    # ---- what tests do ---------------------------------------------------------------------------

    def next(
        self,
        call: str,
        error: Exception | None = None,
        *,
        outcome: Outcome = "done",
        lands_in: int | None = None,
    ) -> None:
        """The next call of this kind meets a fault; later ones queue up behind it."""
        self.faults.setdefault(call, []).append(Fault(error, outcome, lands_in))

    def serve(self, endpoint: str, config: str, model: str = "theirs", count: int = 2) -> None:
        """An endpoint that somebody made, with one variant `live`."""
        self.define(config, {"live": (model, count)})
        self.endpoints[endpoint] = Endpoint(Fleet(config, {"live": 1.0}, {"live": count}))

    def define(self, config: str, variants: Mapping[str, tuple[str, int]]) -> None:
        """A configuration that somebody made: model and instances of each variant."""
        for model, _ in variants.values():
            self.models.setdefault(model, {"ModelName": model, "ExecutionRoleArn": "role"})
        self.configs[config] = {
            "EndpointConfigName": config,
            "ProductionVariants": [
                {
                    "VariantName": name,
                    "ModelName": model,
                    "InstanceType": "ml.m5.large",
                    "InitialInstanceCount": count,
                }
                for name, (model, count) in variants.items()
            ],
        }

    def edit(self, endpoint: str, config: str, **weights: float) -> None:
        """Another person's change, completed at once."""
        shares = weights or {"live": 1.0}
        if config not in self.configs:
            self.define(config, dict.fromkeys(shares, ("theirs", 2)))
        found = self._endpoint(endpoint)
        counts = {name: found.fleet.counts.get(name, 2) for name in shares}
        self.endpoints[endpoint] = Endpoint(Fleet(config, dict(shares), counts))
        self.edited[endpoint] = self.wire.moment

    def maintain(self, endpoint: str, seconds: int) -> None:
        """SystemUpdating: nothing is accepted until it is over."""
        found = self._endpoint(endpoint)
        until = self.clock.now() + seconds * 1000
        found.update = Update(found.fleet, "SystemUpdating", until, self.clock.now(), "done")

    def shown(self, endpoint: str) -> EndpointView | None:
        """The endpoint, looked at by the test itself."""
        self._pass_time()
        return self._view(endpoint, self.clock.now()) if endpoint in self.endpoints else None

    # ---- Endpoints -------------------------------------------------------------------------------

    def look(self, endpoint: str) -> EndpointView | None:
        view = self.wire("cloud.look", lambda: self.shown(endpoint))
        self.wire.current.looked = self.wire.moment
        return view

    def setup(self, view: EndpointView, endpoint: str, config: str) -> LiveSetup:
        return self.wire("cloud.setup", lambda: self._setup(view, config))

    def in_use(self) -> frozenset[str]:
        return self.wire("cloud.in_use", self.used)

    def used(self) -> frozenset[str]:
        """Current and pending configurations, read by the test itself."""
        self._pass_time()
        found = [e.fleet.config for e in self.endpoints.values()]
        pending = [e.update.fleet.config for e in self.endpoints.values() if e.update]
        return frozenset([*found, *pending])

    def models_of(self, config: str) -> frozenset[str]:
        return self.wire("cloud.models_of", lambda: self.named(config))

    def named(self, config: str) -> frozenset[str]:
        """Models of a configuration, read by the test itself."""
        variants = self.configs.get(config, {}).get("ProductionVariants", [])
        return frozenset(variant["ModelName"] for variant in variants)

    # ---- Serving ---------------------------------------------------------------------------------

    def stage(self, plan: Plan) -> None:
        if plan.blueprint.staging is None:
            raise Missing(f"release {plan.release} has no canary to stage")
        self._create_model(plan)
        self._create_config(plan.blueprint.staging)
        self._update(plan.endpoint, str(plan.blueprint.staging_name))

    def shift(self, endpoint: str, weights: Mapping[str, int]) -> None:
        self._call(
            "weights", endpoint, str(dict(weights)), lambda f: self._weigh(endpoint, weights, f)
        )

    def promote(self, plan: Plan, instances: int | None) -> None:
        self._create_model(plan)
        final = plan.blueprint.final
        if instances is None:
            self._create_config(final)
            name, config = plan.endpoint, plan.blueprint.final_name
            self._call("create_endpoint", name, config, lambda f: self._create(name, config, f))
            return
        variant = {**final["ProductionVariants"][0], "InitialInstanceCount": instances}
        self._create_config({**final, "ProductionVariants": [variant]}, replaces=True)
        self._update(plan.endpoint, plan.blueprint.final_name, retain=False)

    def tidy(self, endpoint: str, back_to: Content | None) -> None:
        if back_to is None:
            self._call("delete_endpoint", endpoint, "", lambda _: self._delete(endpoint))
            return
        self._update(endpoint, back_to.config)

    def retire(self, configs: tuple[str, ...], models: tuple[str, ...]) -> None:
        for config in configs:
            self._call("delete_config", "", config, self._forgetting(self.configs, config))
        for model in models:
            self._call("delete_model", "", model, self._forgetting(self.models, model))

    # ---- SageMaker -------------------------------------------------------------------------------

    def _call(
        self, call: str, endpoint: str, subject: str, take: Callable[[Outcome], None]
    ) -> None:
        """One request: refused, taken, or taken with an answer that is lost."""
        self.wire(f"cloud.{call}", lambda: self._answer(call, endpoint, subject, take), writes=True)

    def _answer(
        self, call: str, endpoint: str, subject: str, take: Callable[[Outcome], None]
    ) -> None:
        self._pass_time()
        fault = self.faults[call].pop(0) if self.faults.get(call) else Fault()
        if fault.error and fault.lands_in is None:
            raise fault.error
        if fault.error and fault.lands_in:
            at = self.clock.now() + fault.lands_in * 1000
            self._under_way.append((at, lambda: self._land(take)))
            raise fault.error
        found = self.endpoints.get(endpoint)
        for rule in self.rules:
            rule(Change(call, endpoint, subject, found.fleet if found else None))
        take(fault.outcome)
        if fault.error:
            raise fault.error

    def _land(self, take: Callable[[Outcome], None]) -> None:
        """A call that nobody waits for any more is accepted or refused all the same."""
        try:
            take("done")
        except (Busy, Missing, Exists, Rejected):
            return

    def _create_model(self, plan: Plan) -> None:
        name = plan.blueprint.model_name
        if name not in self.models:
            self._call(
                "create_model",
                "",
                name,
                lambda _: self._born_as(self.models, name, plan.blueprint.model),
            )

    def _create_config(self, request: Request, *, replaces: bool = False) -> None:
        name = str(request["EndpointConfigName"])
        if replaces and name in self.configs and self.configs[name] != request:
            self._call("delete_config", "", name, self._forgetting(self.configs, name))
        if name not in self.configs:
            self._call(
                "create_config", "", name, lambda _: self._born_as(self.configs, name, request)
            )

    def _born_as(self, kind: dict[str, Request], name: str, request: Request) -> None:
        kind[name] = dict(request)
        self._born[name] = self.clock.now()

    def _forgetting(self, kind: dict[str, Request], name: str) -> Callable[[Outcome], None]:
        def forget(_: Outcome) -> None:
            kind.pop(name, None)

        return forget

    def _update(self, endpoint: str, config: str, *, retain: bool = True) -> None:
        self._call(
            "update",
            endpoint,
            config,
            lambda outcome: self._swap(endpoint, config, retain, outcome),
        )

    def _swap(self, endpoint: str, config: str, retain: bool, outcome: Outcome) -> None:
        found = self._changeable(endpoint)
        self._visible(config)
        self._visible(found.fleet.config)
        if config == found.fleet.config:
            raise Rejected(f"the endpoint runs {config} already")
        fleet = self._fleet(config, found.fleet if retain else None)
        self._begin(found, fleet, UPDATE, self.times.swap, outcome)

    def _weigh(self, endpoint: str, weights: Mapping[str, int], outcome: Outcome) -> None:
        found = self._changeable(endpoint)
        if unknown := set(weights) - set(found.fleet.weights):
            raise Rejected(f"Could not find variants {unknown}")
        shares = {**found.fleet.weights, **{name: float(w) for name, w in weights.items()}}
        fleet = found.fleet._replace(weights=shares)
        self._begin(found, fleet, WEIGHTS, self.times.weights, outcome)

    def _create(self, endpoint: str, config: str, outcome: Outcome) -> None:
        if endpoint in self.endpoints:
            raise Exists(f"Cannot create already existing endpoint {endpoint}")
        self._visible(config)
        found = Endpoint(self._fleet(config, None))
        self.endpoints[endpoint] = found
        self._begin(found, found.fleet, CREATE, self.times.create, outcome)

    def _delete(self, endpoint: str) -> None:
        if endpoint not in self.endpoints:
            raise Missing(f"Could not find endpoint {endpoint}")
        found = self._endpoint(endpoint)
        if found.update:
            raise Busy("Cannot update in-progress endpoint")
        self._begin(found, found.fleet, DELETE, self.times.delete, "done")

    def _begin(
        self, found: Endpoint, fleet: Fleet, status: str, seconds: int, outcome: Outcome
    ) -> None:
        now = self.clock.now()
        seen_from = now + self.times.stale * 1000
        found.update = Update(fleet, status, now + seconds * 1000, seen_from, outcome)
        found.failure = None

    def _fleet(self, config: str, retained: Fleet | None) -> Fleet:
        """The configuration's figures, but for what runs of the same name already."""
        variants = self.configs[config]["ProductionVariants"]
        kept = retained or Fleet("", {}, {})
        return Fleet(
            config,
            {
                v["VariantName"]: kept.weights.get(
                    v["VariantName"], float(v.get("InitialVariantWeight", 1.0))
                )
                for v in variants
            },
            {
                v["VariantName"]: kept.counts.get(v["VariantName"], v["InitialInstanceCount"])
                for v in variants
            },
        )

    def _changeable(self, endpoint: str) -> Endpoint:
        if endpoint not in self.endpoints:
            raise Missing(f"Could not find endpoint {endpoint}")
        found = self._endpoint(endpoint)
        if found.update or found.broken:
            raise Busy("Cannot update in-progress endpoint")
        return found

    def _visible(self, config: str) -> None:
        born = self._born.get(config, 0)
        if config not in self.configs or self.clock.now() < born + self.times.unseen * 1000:
            raise Missing(f"Could not find endpoint configuration {config}")

    # ---- time ------------------------------------------------------------------------------------

    def _endpoint(self, endpoint: str) -> Endpoint:
        self._pass_time()
        return self.endpoints[endpoint]

    def _pass_time(self) -> None:
        now = self.clock.now()
        for at, land in sorted(self._under_way, key=lambda item: item[0]):
            if at <= now:
                self._under_way = [item for item in self._under_way if item[1] is not land]
                self._complete(at)
                land()
        self._complete(now)

    def _complete(self, now: int) -> None:
        for name, endpoint in list(self.endpoints.items()):
            update = endpoint.update
            if update is None or now < update.until:
                continue
            endpoint.update = None
            if update.status == DELETE:
                del self.endpoints[name]
            elif update.outcome == "failed":
                endpoint.broken = endpoint.failure = "the containers did not answer /ping"
            elif update.outcome == "undone":
                endpoint.failure = "the new fleet did not come up"
            else:
                endpoint.fleet = update.fleet

    def _view(self, name: str, now: int) -> EndpointView:
        endpoint = self.endpoints[name]
        update = endpoint.update
        status = update.status if update and now >= update.seen_from else "InService"
        if endpoint.broken:
            status = "Failed"
        return EndpointView(
            status=status,
            content=endpoint.fleet.content,
            counts=endpoint.fleet.counts,
            images=self._images(endpoint.fleet.config),
            failure=endpoint.failure,
        )

    def _images(self, config: str) -> dict[str, str]:
        variants = self.configs.get(config, {}).get("ProductionVariants", [])
        named = {v["VariantName"]: self.images.get(v["ModelName"]) for v in variants}
        return {name: image for name, image in named.items() if image}

    def _setup(self, view: EndpointView, config: str) -> LiveSetup:
        if config not in self.configs:
            raise Missing(f"Could not find endpoint configuration {config}")
        described = dict(self.configs[config])
        model = self.models[described["ProductionVariants"][0]["ModelName"]]
        return LiveSetup(config=described, model=dict(model), counts=view.counts)
