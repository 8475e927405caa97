"""What Penstock reads and changes of SageMaker's endpoints, in memory."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from penstock.domain.errors import Exists, Missing
from penstock.domain.kinds.endpoint import EndpointView, LiveSetup, ServedImage
from penstock.domain.kinds.pending import PendingDeployment, VariantStatus
from penstock.domain.kinds.taken_over import config_gone, model_gone
from penstock.domain.ledger.content import Content
from penstock.domain.planning.plan import Plan
from penstock.domain.planning.stage import Stage
from penstock.ports.serving import ListedEndpoint
from tests.fakes.fleets import Endpoint, Fault, Fleet, Outcome, Update
from tests.fakes.sagemaker import DELETE, MIXED, FakeSageMaker

WEIGHTS, BOTH = frozenset({"weights"}), frozenset({"weights", "counts"})


@dataclass
class FakeCloud(FakeSageMaker):
    """Endpoints, and Serving of real-time endpoints; and what other people do to them.

    `edited` is when somebody last edited an endpoint (moments of the wire), `theirs` what to.
    `tags` are those of people, by the name of a model or a configuration.
    """

    edited: dict[str, int] = field(default_factory=dict)
    theirs: dict[str, Content] = field(default_factory=dict)
    images: dict[str, str] = field(default_factory=dict)
    tags: dict[str, dict[str, str]] = field(default_factory=dict)

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
        fleet = Fleet(config, {"live": 1.0}, {"live": count})
        self.endpoints[endpoint] = Endpoint(fleet, modified=self.touch())

    def serve_config(self, endpoint: str, config: str) -> None:
        """An endpoint that somebody made on a configuration that there is, whoever made that."""
        variants = self.configs[config]["ProductionVariants"]
        counts = {v["VariantName"]: int(v["InitialInstanceCount"]) for v in variants}
        fleet = Fleet(config, dict.fromkeys(counts, 1.0), counts)
        self.endpoints[endpoint] = Endpoint(fleet, modified=self.touch())

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
        self.pass_time()
        shares = weights or {"live": 1.0}
        if config not in self.configs:
            self.define(config, dict.fromkeys(shares, ("theirs", 2)))
        counts = {name: self.endpoints[endpoint].fleet.counts.get(name, 2) for name in shares}
        before = self.endpoints[endpoint].fleet.content
        fleet = Fleet(config, dict(shares), counts)
        self.endpoints[endpoint] = Endpoint(fleet, modified=self.touch())
        if self.endpoints[endpoint].fleet.content.same(before):
            return
        self.edited[endpoint] = self.wire.moment
        self.theirs[endpoint] = self.endpoints[endpoint].fleet.content

    def scale(self, endpoint: str, **counts: int) -> None:
        """Auto-scaling changes instances, at once."""
        self.pass_time()
        found = self.endpoints[endpoint]
        found.fleet = found.fleet._replace(counts={**found.fleet.counts, **counts})
        found.modified = self.touch()

    def maintain(self, endpoint: str, seconds: int) -> None:
        """SystemUpdating: nothing is accepted until it is over."""
        self.pass_time()
        found, now = self.endpoints[endpoint], self.clock.now()
        found.update = Update(found.fleet, "SystemUpdating", now + seconds * 1000, now, "done")
        found.modified = self.touch()

    def break_down(self, endpoint: str, status: str) -> None:
        """The endpoint takes no updates any more: Failed, or UpdateRollbackFailed."""
        found = self.endpoints[endpoint]
        found.broken, found.beyond, found.modified = "broken", status, self.touch()

    def shown(self, endpoint: str) -> EndpointView | None:
        """The endpoint, looked at by the test itself."""
        self.pass_time()
        return self._view(endpoint) if endpoint in self.endpoints else None

    @property
    def made(self) -> frozenset[str]:
        """Names of everything that was ever created by a call: what is Penstock's own."""
        return frozenset(self._born)

    def used(self) -> frozenset[str]:
        """Current and pending configurations, read by the test itself."""
        self.pass_time()
        found = [e.fleet.config for e in self.endpoints.values()]
        pending = [e.update.fleet.config for e in self.endpoints.values() if e.update]
        return frozenset([*found, *pending])

    def named(self, config: str) -> frozenset[str]:
        """Models of a configuration, read by the test itself."""
        return frozenset(variant["ModelName"] for variant in self._variants(config))

    def _variants(self, config: str) -> list[Mapping[str, Any]]:
        """Its production and its shadow variants."""
        request = self.configs.get(config, {})
        kinds = ("ProductionVariants", "ShadowProductionVariants")
        return [variant for kind in kinds for variant in request.get(kind, [])]

    # ---- Endpoints -------------------------------------------------------------------------------

    def look(self, endpoint: str) -> EndpointView | None:
        view = self.wire("cloud.look", lambda: self.shown(endpoint))
        self.wire.current.looked = self.wire.moment
        return view

    def setup(self, view: EndpointView, endpoint: str, config: str) -> LiveSetup:
        return self.wire("cloud.setup", lambda: self._setup(view, endpoint, config))

    def listed(self) -> list[ListedEndpoint]:
        return self.wire("cloud.listed", self._listed)

    def _listed(self) -> list[ListedEndpoint]:
        self.pass_time()
        return [
            ListedEndpoint(name, e.modified, e.update is None) for name, e in self.endpoints.items()
        ]

    def configs_of(self, endpoint: str) -> frozenset[str]:
        return self.wire("cloud.configs_of", lambda: self._configs_of(endpoint))

    def _configs_of(self, endpoint: str) -> frozenset[str]:
        self.pass_time()
        found = self.endpoints.get(endpoint)
        pending = found.update.fleet.config if found and found.update else None
        named = (found.fleet.config if found else None, pending)
        return frozenset(config for config in named if config)

    def models_of(self, config: str) -> frozenset[str] | None:
        return self.wire(
            "cloud.models_of", lambda: self.named(config) if config in self.configs else None
        )

    # ---- Serving ---------------------------------------------------------------------------------

    def forward(self, plan: Plan, stage: Stage, view: EndpointView | None) -> None:
        if stage.final:
            self._promote(plan, stage, view)
        else:
            self._stage(plan, stage.content, view)

    def rehearse(self, plan: Plan) -> None:
        name, request = plan.blueprint.rehearsal_name, plan.blueprint.rehearsal
        if name is None or request is None:
            raise Missing(f"release {plan.release} has no rehearsal")
        self.create_model(plan.blueprint.model_name, plan.blueprint.model)
        self.create_config(name, request)
        with suppress(Exists):
            self.create_endpoint(name, name)

    def shift(self, endpoint: str, target: Content) -> None:
        self.weigh(endpoint, target.weights)

    def _stage(self, plan: Plan, target: Content, view: EndpointView | None) -> None:
        config = plan.blueprint.on_the_way(target.name)
        if config is None:
            raise Missing(f"release {plan.release} has no candidate to stage as {target.name}")
        self.create_model(plan.blueprint.model_name, plan.blueprint.model)
        self.create_config(target.name, config)
        copies = target.shadows or (view and view.content.shadows)
        self.update(plan.endpoint, target.name, WEIGHTS if copies else frozenset())

    def _promote(self, plan: Plan, stage: Stage, view: EndpointView | None) -> None:
        self.create_model(plan.blueprint.model_name, plan.blueprint.model)
        name, final = plan.blueprint.final_name, plan.blueprint.final
        if view is None:
            self.create_config(name, final)
            self.create_endpoint(plan.endpoint, name)
            return
        instances = max(plan.floor, view.counts.get(plan.live_variant, 0))
        variant = {**final["ProductionVariants"][0], "InitialInstanceCount": instances}
        made = self.create_config(name, {**final, "ProductionVariants": [variant]})
        excluded = BOTH if made or instances <= plan.floor else WEIGHTS
        alarms = plan.undoing(stage) if stage.deploys else ()
        self.update(plan.endpoint, name, excluded, stage.deploys, alarms)

    def tidy(self, endpoint: str, back_to: Content) -> None:
        self.update(endpoint, back_to.name)

    def remove(self, endpoint: str, shown: Content) -> None:
        self.delete_endpoint(endpoint)

    def retire(self, configs: tuple[str, ...], models: tuple[str, ...]) -> None:
        for config in configs:
            self.delete_config(config)
        for model in models:
            self.delete_model(model)

    # ---- views -----------------------------------------------------------------------------------

    def _view(self, name: str) -> EndpointView:
        endpoint = self.endpoints[name]
        update = endpoint.update
        seen = update and self.clock.now() >= update.seen_from
        status = update.status_at(self.clock.now()) if update and seen else "InService"
        mends = update and seen and endpoint.beyond == MIXED
        broken = endpoint.broken and status != DELETE and not mends
        return EndpointView(
            status=endpoint.beyond if broken else status,
            content=endpoint.fleet.content,
            counts=endpoint.fleet.counts,
            images=self._images(endpoint.fleet.config),
            failure=endpoint.failure,
            modified=endpoint.modified,
            pending=self._pending(update) if update and seen and update.whole else None,
        )

    def _pending(self, update: Update) -> PendingDeployment:
        step = update.course.at(self.clock.now()) if update.course else None
        shown = VariantStatus(status="Creating", since=update.began)
        if step:
            shown = VariantStatus(status=step.status, message=step.message, since=step.since)
        return PendingDeployment(
            config=update.fleet.config,
            since=update.began,
            instances=sum(update.fleet.counts.values()),
            statuses=(shown,),
        )

    def _images(self, config: str) -> dict[str, tuple[ServedImage, ...]]:
        if not self.images:
            return {}
        variants = self._variants(config)
        named = {v["VariantName"]: self.images.get(v.get("ModelName", "")) for v in variants}
        return {name: (ServedImage(resolved=image),) for name, image in named.items() if image}

    def _setup(self, view: EndpointView, endpoint: str, config: str) -> LiveSetup:
        if config not in self.configs:
            raise config_gone(endpoint, config)
        described: dict[str, Any] = dict(self.configs[config])
        name = described["ProductionVariants"][0].get("ModelName")
        if name and name not in self.models:
            raise model_gone(endpoint, config, name)
        return LiveSetup(
            config=described,
            model=dict(self.models[name]) if name else {},
            counts=view.counts,
            config_tags=self.tags.get(config, {}),
            model_tags=self.tags.get(name or "", {}),
            ours=config in self.made,
        )
