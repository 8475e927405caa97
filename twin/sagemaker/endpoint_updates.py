"""UpdateEndpoint and UpdateEndpointWeightsAndCapacities, and their outcomes."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from twin.core.account import Answer, Handler, Params, refused
from twin.core.hooks import NotSupportedByTwin
from twin.sagemaker import shadow_changes
from twin.sagemaker.deployment_course import Ends
from twin.sagemaker.deployment_policy import Policy
from twin.sagemaker.deployment_request import checked, wanted
from twin.sagemaker.endpoint_configs import EndpointConfig
from twin.sagemaker.endpoint_faults import Failure
from twin.sagemaker.endpoint_state import Deployment, Endpoint, Status, Variant
from twin.sagemaker.endpoints import Endpoints, Site, retire
from twin.sagemaker.guarded_deployment import GuardedDeployment

Targets = Callable[[str], Sequence[str]]
End = Callable[[str | None], None]


class Updates:
    """Changes endpoints in service.

    `targets` returns the variants of an endpoint that are registered for auto-scaling.
    """

    def __init__(self, site: Site, endpoints: Endpoints, targets: Targets) -> None:
        self._site = site
        self._account = site.account
        self._endpoints = endpoints
        self._targets = targets
        self._stuck: dict[str, Callable[[], None]] = {}

    def operations(self) -> Mapping[str, Handler]:
        return {
            "UpdateEndpoint": self.update,
            "UpdateEndpointWeightsAndCapacities": self.update_weights,
        }

    def update(self, params: Params) -> Answer:
        """AWS: every variant gets a new fleet, and then all traffic moves at once (facts 3.3).

        With a DeploymentConfig it moves as that says.
        """
        faults = self._site.faults
        endpoint = self._endpoints.changeable(params["EndpointName"], repairs=faults.repairs)
        config = self._next_config(endpoint, params["EndpointConfigName"])
        guardrails = wanted(endpoint, params)
        policy = checked(self._site, endpoint, config, guardrails)
        retained = _retained(params)
        variants = self._variants(endpoint, config, retained)
        shadow_changes.check_update(self._site.configs.shadows, variants)
        if policy:
            counts = {name: variant.desired_count for name, variant in variants.items()}
            policy.check(counts, rounds_up=faults.guardrails.rounds_up)
        deployment = Deployment(config, variants, self._account.now(), endpoint.status)
        endpoint.pending = deployment
        endpoint.guardrails = guardrails or endpoint.guardrails
        endpoint.failure_reason = None
        self._endpoints.turn(endpoint, "Updating")
        if policy:
            self._guard(endpoint, deployment, policy)
        else:
            end = self._end_of_update(endpoint, deployment)
            self._unless_stuck(endpoint, lambda: self._await(endpoint, deployment, end))
        return {"EndpointArn": endpoint.arn}

    def update_weights(self, params: Params) -> Answer:
        """AWS: omitted values are kept. The call changes the endpoint, not the configuration."""
        takes = self._site.faults.broken_weights
        endpoint = self._endpoints.changeable(params["EndpointName"], repairs=takes)
        changes = params["DesiredWeightsAndCapacities"]
        _check_changes(endpoint, changes)
        shadow_changes.check_changes(self._site.configs.shadows, endpoint, changes)
        self.change(endpoint, changes)
        return {"EndpointArn": endpoint.arn}

    def change(self, endpoint: Endpoint, changes: Sequence[Params]) -> None:
        """Begin a change of weights and counts, by a call or by auto-scaling."""
        for change in changes:
            variant = endpoint.variants[change["VariantName"]]
            variant.desired_weight = float(change.get("DesiredWeight", variant.desired_weight))
            variant.desired_count = change.get("DesiredInstanceCount", variant.desired_count)
        endpoint.failure_reason, before = None, endpoint.status
        self._endpoints.turn(endpoint, "Updating")
        faults = self._site.faults.weights
        failure = faults.pop(0) if faults else None
        self._unless_stuck(endpoint, lambda: self._await_weights(endpoint, failure, before))

    def unstick(self, name: str) -> None:
        """Let a stuck update continue. It takes its usual time from now."""
        with self._account.lock:
            self._stuck.pop(name)()

    def system_update(self, name: str, minutes: float) -> None:
        """AWS patches the endpoint, which cannot be changed meanwhile (facts 3.2)."""
        with self._account.lock:
            endpoint = self._endpoints.changeable(name)
            self._endpoints.turn(endpoint, "SystemUpdating")
            self._account.after(
                minutes * 60,
                lambda: self._endpoints.turn(endpoint, "InService"),
                f"system update of {name}",
            )

    def recover(self, name: str) -> None:
        """End UpdateRollbackFailed on the old configuration, as AWS support would."""
        with self._account.lock:
            endpoint = self._endpoints.get(name)
            if endpoint.status != "UpdateRollbackFailed":
                raise ValueError(f"{name} is {endpoint.status}")
            for variant in endpoint.variants.values():
                retire(variant.fleets[1:])
                del variant.fleets[1:]
                variant.settle()
                variant.fleets[0].take(1.0)
            self._endpoints.turn(endpoint, "InService")

    def _next_config(self, endpoint: Endpoint, name: str) -> EndpointConfig:
        """AWS: the present configuration must still exist, and the next one must differ."""
        self._site.configs.get(endpoint.config.name)
        config = self._site.configs.visible(name)
        broken = endpoint.status == "UpdateRollbackFailed"
        if config.name == endpoint.config.name and not (broken and self._site.faults.repairs_same):
            raise refused(f'Endpoint "{endpoint.arn}" already uses configuration "{config.arn}".')
        for variant in config.variants:
            self._site.models.get(variant.model_name)
        self._check_targets(endpoint, config)
        return config

    def _check_targets(self, endpoint: Endpoint, config: EndpointConfig) -> None:
        """AWS: a scalable variant cannot be removed or change its instance type (facts 3.3)."""
        types = {variant.name: variant.instance_type for variant in config.variants}
        for name in self._targets(endpoint.name):
            present = endpoint.variants.get(name)
            if present and types.get(name) != present.config.instance_type:
                raise refused(
                    f"Variant {name} is a scalable target: it cannot be removed, nor its "
                    "instance type changed, before it is deregistered."
                )

    def _variants(
        self, endpoint: Endpoint, config: EndpointConfig, retained: frozenset[str]
    ) -> dict[str, Variant]:
        variants = {}
        for described in config.variants:
            variant = self._endpoints.variant(config, described)
            present = shadow_changes.retained_from(
                self._site.configs.shadows, endpoint.variants.get(variant.name), variant
            )
            if present and "DesiredWeight" in retained:
                variant.desired_weight = present.desired_weight
            if present and "DesiredInstanceCount" in retained:
                variant.desired_count = present.desired_count
            variants[variant.name] = variant
        return variants

    def _unless_stuck(self, endpoint: Endpoint, go_on: Callable[[], None]) -> None:
        if self._site.faults.sticks():
            self._stuck[endpoint.name] = go_on
        else:
            go_on()

    def _guard(self, endpoint: Endpoint, deployment: Deployment, policy: Policy) -> None:
        def ends(end: Callable[[Endpoint, Deployment, str | None], None]) -> End:
            def finish(reason: str | None) -> None:
                endpoint.pending = None
                end(endpoint, deployment, reason)

            return finish

        ways = Ends(ends(self._come_up), ends(self._roll_back), ends(self._mix))
        run = GuardedDeployment(self._site, self._endpoints, endpoint, deployment, policy, ways)
        run.start()
        self._unless_stuck(endpoint, run.go_on)

    def _await(self, endpoint: Endpoint, deployment: Deployment, end: End) -> None:
        seconds, name = self._site.timings.update, f"update of {endpoint.name}"

        def finish(problem: str | None) -> None:
            endpoint.pending = None
            end(problem)

        self._endpoints.when_up(deployment.fleets, seconds, finish, name)

    def _end_of_update(self, endpoint: Endpoint, deployment: Deployment) -> End:
        """Return what happens when the new fleets are up, according to the planned faults."""
        faults = self._site.faults
        if faults.rollback:
            failed = faults.rollback.pop(0)
            return lambda _: self._mix(endpoint, deployment, failed.reason)
        if faults.update:
            planned = faults.update.pop(0)
            return lambda _: self._roll_back(endpoint, deployment, planned.reason)
        return lambda problem: self._come_up(endpoint, deployment, problem)

    def _come_up(self, endpoint: Endpoint, deployment: Deployment, problem: str | None) -> None:
        if problem:
            self._roll_back(endpoint, deployment, problem)
            return
        old = endpoint.fleets
        endpoint.config, endpoint.variants = deployment.config, deployment.variants
        for variant in endpoint.variants.values():
            variant.settle()
            variant.fleets[0].take(1.0)
        retire(old)
        self._endpoints.turn(endpoint, "InService")

    def _roll_back(self, endpoint: Endpoint, deployment: Deployment, reason: str | None) -> None:
        """AWS: a failed update ends in InService on the old configuration (facts 1.3, 3.2).

        If it was to repair an endpoint, the endpoint stays as broken as before.
        """
        retire(deployment.fleets)
        endpoint.failure_reason = reason
        self._endpoints.turn(endpoint, deployment.before)

    def _mix(self, endpoint: Endpoint, deployment: Deployment, reason: str | None) -> None:
        """AWS: after a failed rollback both configurations serve (facts 3.2)."""
        for name, variant in deployment.variants.items():
            variant.settle()
            present = endpoint.variants.get(name)
            if present and present.is_shadow == variant.is_shadow:
                present.fleets += variant.fleets
            else:
                retire(variant.fleets)
        endpoint.failure_reason = reason
        self._endpoints.turn(endpoint, "UpdateRollbackFailed")

    def _await_weights(self, endpoint: Endpoint, failure: Failure | None, before: Status) -> None:
        timings, name = self._site.timings, f"weights of {endpoint.name}"
        if failure is None:
            self._account.after(timings.weights, lambda: self._settle(endpoint, before), name)
            return

        def roll_back() -> None:
            self._endpoints.turn(endpoint, "RollingBack")
            undo = partial(self._unsettle, endpoint, failure, before)
            self._account.after(timings.rollback, undo, name)

        self._account.after(timings.weights, roll_back, name)

    def _settle(self, endpoint: Endpoint, status: Status) -> None:
        for variant in endpoint.variants.values():
            variant.settle()
        self._endpoints.turn(endpoint, status)

    def _unsettle(self, endpoint: Endpoint, failure: Failure, status: Status) -> None:
        for variant in endpoint.variants.values():
            variant.unsettle()
        endpoint.failure_reason = failure.reason
        self._endpoints.turn(endpoint, status)


def _retained(params: Params) -> frozenset[str]:
    """AWS: without RetainAllVariantProperties the configuration's values apply (facts 3.3)."""
    excluded = params.get("ExcludeRetainedVariantProperties", [])
    kinds = {excluded_property["VariantPropertyType"] for excluded_property in excluded}
    if "DataCaptureConfig" in kinds:
        raise NotSupportedByTwin("DataCaptureConfig in ExcludeRetainedVariantProperties")
    if not params.get("RetainAllVariantProperties", False):
        if kinds:
            raise NotSupportedByTwin("ExcludeRetainedVariantProperties without retaining any")
        return frozenset()
    return frozenset({"DesiredWeight", "DesiredInstanceCount"} - kinds)


def _check_changes(endpoint: Endpoint, changes: Sequence[Mapping[str, Any]]) -> None:
    names = [change["VariantName"] for change in changes]
    if len(set(names)) < len(names):
        raise refused("A variant is named more than once.")
    unknown = [name for name in names if name not in endpoint.variants]
    if unknown:
        raise refused(f'Could not find variant(s) {unknown} of endpoint "{endpoint.arn}".')
    if any("ServerlessUpdateConfig" in change for change in changes):
        raise NotSupportedByTwin("ServerlessUpdateConfig")
    counts = [change["DesiredInstanceCount"] for change in changes if _counts(change)]
    if len(counts) > 1:  # AWS: weights of several variants or the capacity of one (facts 3.4)
        raise NotSupportedByTwin("the capacity of more than one variant in one call")
    if 0 in counts:
        raise refused("A real-time variant has at least one instance.")
    _check_total(endpoint, changes)


def _counts(change: Mapping[str, Any]) -> bool:
    return "DesiredInstanceCount" in change


def _check_total(endpoint: Endpoint, changes: Sequence[Mapping[str, Any]]) -> None:
    weights = {variant.name: variant.desired_weight for variant in endpoint.production}
    for change in changes:
        if change["VariantName"] in weights and "DesiredWeight" in change:
            weights[change["VariantName"]] = change["DesiredWeight"]
    if not any(weights.values()):
        raise NotSupportedByTwin("weights that are all zero")
