"""SageMaker endpoints: creation, deletion, descriptions and changes of status over time."""

from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from twin.core.account import Account, Answer, Handler, Params, refused
from twin.core.listing import page
from twin.sagemaker.containers import Containers, Fleet
from twin.sagemaker.deployment_policy import read_policy
from twin.sagemaker.endpoint_configs import ConfigVariant, EndpointConfig, EndpointConfigs
from twin.sagemaker.endpoint_faults import Faults
from twin.sagemaker.endpoint_state import Endpoint, Status, Variant
from twin.sagemaker.guardrails import RollbackAlarms
from twin.sagemaker.serving_models import Models


@dataclass(frozen=True)
class Timings:
    """The simulated seconds that SageMaker takes. AWS guarantees none of them.

    A guarded deployment takes `update` for each launch of instances, `activate` for each step of
    traffic and `terminate` to end instances, beside its waits.
    """

    create: float = 180.0
    update: float = 240.0
    weights: float = 60.0
    rollback: float = 60.0
    delete: float = 60.0
    activate: float = 10.0
    terminate: float = 30.0


@dataclass(frozen=True)
class Site:
    """The parts that endpoints are built from."""

    account: Account
    configs: EndpointConfigs
    models: Models
    containers: Containers
    faults: Faults
    timings: Timings
    alarms: RollbackAlarms


class Endpoints:
    """Every endpoint of the account.

    `forget_targets` is called for deleted endpoints, to remove their scalable targets.
    """

    def __init__(self, site: Site, forget_targets: Callable[[str], object]) -> None:
        self._site = site
        self._account = site.account
        self._forget_targets = forget_targets
        self._endpoints: dict[str, Endpoint] = {}

    def operations(self) -> Mapping[str, Handler]:
        return {
            "CreateEndpoint": self.create,
            "DescribeEndpoint": self.describe,
            "DeleteEndpoint": self.delete,
            "ListEndpoints": self.list_endpoints,
        }

    def create(self, params: Params) -> Answer:
        """AWS: endpoint names are unique regardless of case (facts 3.1)."""
        arn = self._account.arn("endpoint", params["EndpointName"])
        if any(endpoint.arn == arn for endpoint in self._endpoints.values()):
            raise refused(f'Cannot create already existing endpoint "{arn}".')
        config = self._site.configs.visible(params["EndpointConfigName"])
        guardrails = params.get("DeploymentConfig")
        if guardrails:  # AWS: it is only kept, for RetainDeploymentConfig (facts 3.3)
            counts = {variant.name: variant.initial_count for variant in config.variants}
            up = self._site.faults.guardrails.rounds_up
            read_policy(guardrails).check(counts, rounds_up=up)
        endpoint = self._new(params["EndpointName"], arn, config)
        endpoint.guardrails = deepcopy(guardrails)
        self._account.tag(arn, params.get("Tags", ()))
        endpoint.announce(self._account)
        faults = self._site.faults.creation
        planned = faults.pop(0).reason if faults else None
        self.when_up(
            endpoint.fleets,
            self._site.timings.create,
            lambda problem: self._created(endpoint, planned or problem),
            f"creation of {endpoint.name}",
        )
        return {"EndpointArn": arn}

    def describe(self, params: Params) -> Answer:
        return deepcopy(self.get(params["EndpointName"]).describe())

    def delete(self, params: Params) -> Answer:
        """AWS: a deletion is refused while a change is in progress (facts 3.1)."""
        endpoint = self.get(params["EndpointName"])
        if endpoint.status not in {"InService", "Failed", "UpdateRollbackFailed"}:
            raise _in_progress(endpoint)
        self.turn(endpoint, "Deleting")
        deletion = self._site.timings.delete
        self._account.after(
            deletion, lambda: self._deleted(endpoint), f"deletion of {endpoint.name}"
        )
        return {}

    def list_endpoints(self, params: Params) -> Answer:
        fields = (
            "EndpointName",
            "EndpointArn",
            "CreationTime",
            "LastModifiedTime",
            "EndpointStatus",
        )
        described = [endpoint.describe() for endpoint in self._endpoints.values()]
        status = params.get("StatusEquals")
        summaries = [
            {field: endpoint[field] for field in fields}
            for endpoint in described
            if status in (None, endpoint["EndpointStatus"])
        ]
        return page(summaries, params, "Endpoints", _name, "Descending")

    def get(self, name: str) -> Endpoint:
        """Return the endpoint. Its name must have the case in which it was created."""
        if name not in self._endpoints:
            arn = self._account.arn("endpoint", name)
            raise refused(f'Could not find endpoint "{arn}".')
        return self._endpoints[name]

    def find(self, name: str) -> Endpoint | None:
        return self._endpoints.get(name)

    def changeable(self, name: str, *, repairs: bool = False) -> Endpoint:
        """AWS: every change of an endpoint that is not InService is refused (facts 3.2).

        The exception is a change that `repairs` UpdateRollbackFailed.
        """
        endpoint = self.get(name)
        if endpoint.status == "Failed":
            raise refused(f'Cannot update failed endpoint "{endpoint.arn}".')
        repaired = repairs and endpoint.status == "UpdateRollbackFailed"
        if endpoint.status != "InService" and not repaired:
            raise _in_progress(endpoint)
        return endpoint

    def turn(self, endpoint: Endpoint, status: Status) -> None:
        """Set the status of the endpoint and publish the event."""
        endpoint.status = status
        endpoint.modified = self._account.now()
        endpoint.announce(self._account)

    def uses(self, arn: str) -> bool:
        """Return whether an endpoint serves or will serve this configuration or model."""
        return any(arn in _needed(endpoint) for endpoint in self._endpoints.values())

    def when_up(
        self,
        fleets: Sequence[Fleet],
        seconds: float,
        then: Callable[[str | None], None],
        name: str,
    ) -> None:
        """After `seconds`, once the fleets are up or failed, continue with the problem or None."""

        def finish() -> None:
            problem = self._site.containers.await_fleets(fleets)
            with self._account.lock:
                then(problem)

        self._account.clock.call_at(self._account.clock.now() + seconds, finish, name)

    def variant(self, config: EndpointConfig, variant: ConfigVariant) -> Variant:
        """Create a variant with a new fleet and the configuration's initial properties."""
        model = self._site.models.get(variant.model_name)
        fleet = self._site.containers.start(variant, config, model)
        weight, count = variant.initial_weight, variant.initial_count
        return Variant(variant, [fleet], weight, count, weight, count)

    def _new(self, name: str, arn: str, config: EndpointConfig) -> Endpoint:
        for variant in config.variants:
            self._site.models.get(variant.model_name)
        variants = {variant.name: self.variant(config, variant) for variant in config.variants}
        now = self._account.now()
        self._endpoints[name] = Endpoint(name, arn, config, variants, now, now)
        return self._endpoints[name]

    def _created(self, endpoint: Endpoint, problem: str | None) -> None:
        endpoint.failure_reason = problem
        if problem:
            retire(endpoint.fleets)
        self.turn(endpoint, "Failed" if problem else "InService")

    def _deleted(self, endpoint: Endpoint) -> None:
        del self._endpoints[endpoint.name]
        self._account.tags.pop(endpoint.arn, None)
        self._forget_targets(endpoint.name)
        retire(endpoint.fleets)


def retire(fleets: Sequence[Fleet]) -> None:
    """Stop fleets as soon as their requests are answered."""
    for fleet in fleets:
        fleet.retire()


def _needed(endpoint: Endpoint) -> set[str]:
    pending = [endpoint.pending] if endpoint.pending else []
    configs = {endpoint.config.arn, *(deployment.config.arn for deployment in pending)}
    fleets = [*endpoint.fleets, *(fleet for deployment in pending for fleet in deployment.fleets)]
    return configs | {fleet.model.arn for fleet in fleets}


def _in_progress(endpoint: Endpoint) -> Exception:
    return refused(f'Cannot update in-progress endpoint "{endpoint.arn}".')


def _name(summary: Mapping[str, Any]) -> str:
    return str(summary["EndpointName"])
