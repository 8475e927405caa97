"""Real-time endpoints with instances. The canary is a second production variant."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from penstock.adapters.failures import translated
from penstock.adapters.serving.deployment_policy import deployment_policy
from penstock.domain.errors import Exists, Missing
from penstock.domain.kinds.endpoint import EndpointView
from penstock.domain.ledger.content import Content

if TYPE_CHECKING:
    from penstock.domain.planning.plan import Plan
    from penstock.domain.planning.stage import Stage

_WEIGHT = {"VariantPropertyType": "DesiredWeight"}
_COUNT = {"VariantPropertyType": "DesiredInstanceCount"}


class RealtimeServing:
    """The verbs on production variants. Names are deterministic, so every verb may run twice."""

    def __init__(self, sagemaker: Any) -> None:
        self._sagemaker = sagemaker

    def forward(self, plan: Plan, stage: Stage, view: EndpointView | None) -> None:
        """Create the resources of a stage, and request its target."""
        if stage.final:
            instances = _instances(plan, view)
            self._promote(plan, instances, _deployment(plan, stage, instances))
        else:
            self._stage(plan, stage.content, view)

    def _stage(self, plan: Plan, target: Content, view: EndpointView | None) -> None:
        """Create the model and the configuration of the target, then update to it.

        Running variants keep their counts.

        Without RetainAllVariantProperties, counts and weights would fall back to those of the
        configuration, which undoes auto-scaling (facts 3.3). The weights are the configuration's
        where a shadow comes or goes: it and a production variant may have one name, and a shadow's
        weight must not become a share of the requests.
        """
        config = plan.blueprint.on_the_way(target.name)
        if config is None:
            raise Missing(f"release {plan.release} has no candidate to stage as {target.name}")
        self._create_model(plan)
        self._create_config(config, plan)
        copies = bool(target.shadows or (view and view.content.shadows))
        with translated():
            self._sagemaker.update_endpoint(
                EndpointName=plan.endpoint,
                EndpointConfigName=target.name,
                RetainAllVariantProperties=True,
                **({"ExcludeRetainedVariantProperties": [_WEIGHT]} if copies else {}),
            )

    def rehearse(self, plan: Plan) -> None:
        """Create model, configuration and endpoint. The last two have one name."""
        request, name = plan.blueprint.rehearsal, plan.blueprint.rehearsal_name
        if request is None:
            raise Missing(f"release {plan.release} has no rehearsal")
        self._create_model(plan)
        self._create_config(request, plan)
        with suppress(Exists), translated():
            self._sagemaker.create_endpoint(
                EndpointName=name,
                EndpointConfigName=name,
                Tags=_tags(plan.blueprint.tags),
            )

    def shift(self, endpoint: str, target: Content) -> None:
        """Change all weights in one call with a constant sum, because they are relative (facts
        3.4).
        """
        wanted = [{"VariantName": n, "DesiredWeight": float(w)} for n, w in target.weights.items()]
        with translated():
            self._sagemaker.update_endpoint_weights_and_capacities(
                EndpointName=endpoint, DesiredWeightsAndCapacities=wanted
            )

    def _promote(
        self, plan: Plan, instances: int | None, deployment: Mapping[str, Any] | None
    ) -> None:
        """Update to the final configuration. Without instances the endpoint is created.

        Without a DeploymentConfig SageMaker shifts at once; it keeps none of an earlier call.

        A configuration from an earlier try has the count of that time, at least F. If live was
        scaled out since, its present count is kept, because counts are never lowered.
        """
        self._create_model(plan)
        made = self._create_config(_sized(plan.blueprint.final, instances), plan)
        with translated():
            if instances is None:
                self._sagemaker.create_endpoint(
                    EndpointName=plan.endpoint,
                    EndpointConfigName=plan.blueprint.final_name,
                    Tags=_tags(plan.blueprint.tags),
                )
                return
            self._sagemaker.update_endpoint(
                EndpointName=plan.endpoint,
                EndpointConfigName=plan.blueprint.final_name,
                RetainAllVariantProperties=True,
                ExcludeRetainedVariantProperties=[_WEIGHT, _COUNT]
                if made or instances <= plan.floor
                else [_WEIGHT],
                **({"DeploymentConfig": deployment} if deployment else {}),
            )

    def tidy(self, endpoint: str, back_to: Content) -> None:
        """Update to the configuration to go back to. Running variants keep their counts."""
        with translated():
            self._sagemaker.update_endpoint(
                EndpointName=endpoint,
                EndpointConfigName=back_to.name,
                RetainAllVariantProperties=True,
            )

    def remove(self, endpoint: str, shown: Content) -> None:  # noqa: ARG002 - other kinds need it
        """Delete the endpoint. Its configuration and model are deleted later by name."""
        with translated():
            self._sagemaker.delete_endpoint(EndpointName=endpoint)

    def _create_model(self, plan: Plan) -> None:
        tags = {**plan.blueprint.model_tags, **plan.blueprint.tags}
        try:
            with translated():
                self._sagemaker.create_model(**plan.blueprint.model, Tags=_tags(tags))
        except Exists:
            return  # its name is the hash of this very request

    def _create_config(self, request: Mapping[str, Any], plan: Plan) -> bool:
        """Create a configuration, and return whether it is new.

        Its name and content belong to one plan.
        """
        tags = {**plan.blueprint.config_tags, **plan.blueprint.tags}
        try:
            with translated():
                self._sagemaker.create_endpoint_config(**request, Tags=_tags(tags))
        except Exists:
            return False
        return True


def _instances(plan: Plan, view: EndpointView | None) -> int | None:
    """max(F, present): counts are retained or raised, never lowered. None creates the endpoint."""
    return None if view is None else max(plan.floor, view.counts.get(plan.live_variant, 0))


def _deployment(plan: Plan, stage: Stage, instances: int | None) -> Mapping[str, Any] | None:
    """The DeploymentConfig of a stage that SageMaker shifts. None: none.

    Steps are whole instances, because AWS does not document how it rounds a percentage.
    """
    if stage.deploys is None or instances is None:
        return None
    return {
        **deployment_policy(stage.deploys, instances),
        "AutoRollbackConfiguration": {
            "Alarms": [{"AlarmName": name} for name in plan.undoing(stage)]
        },
    }


def _sized(final: Mapping[str, Any], instances: int | None) -> Mapping[str, Any]:
    if instances is None:
        return final
    variant = {**final["ProductionVariants"][0], "InitialInstanceCount": instances}
    return {**final, "ProductionVariants": [variant]}


def _tags(tags: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in tags.items()]
