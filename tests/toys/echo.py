"""A serving kind that SageMaker does not have, pure half: one instance, and metrics of its own."""

from penstock.domain.kinds.blueprint import Blueprint
from penstock.domain.kinds.kind import Contents, Intent, Kind
from penstock.domain.kinds.series import (
    AlarmFormula,
    Count,
    Measure,
    Points,
    Published,
    PublishedSignal,
)
from penstock.domain.ledger import naming
from penstock.domain.ledger.content import CANDIDATE, WHOLE, Variants, split_weights
from penstock.domain.policy.serving import ServingSection

ECHO_NAME, VARIANT = "echo", "echo"
NO_STEPS = "an echo is heard whole or by halves"


def _lost(points: Points, _: Points) -> Count:
    echoes, lost = points
    return Count(echoes, lost or 0)


_ECHOES, _LOST = Measure("Echoes"), Measure("LostEchoes")
_FORMULA = AlarmFormula(
    measures={"all": _ECHOES, "lost": _LOST},
    formulas={"bad": "lost"},
    share="bad / all",
    whole=True,
    says="get no echo",
)


class Echo:
    """The pure half of the kind."""

    published = Published(
        namespace="Echoes",
        dimensions={"Endpoint": "{endpoint}", "Fleet": "{config}/{variant}"},
        requests=_ECHOES,
        signals={"errors": PublishedSignal((_ECHOES, _LOST), _lost, _FORMULA)},
    )

    def check_live(self, intent: Intent) -> None:
        """Whatever serves can become an echo."""

    def contents(self, intent: Intent) -> Contents:
        staging = naming.staging_config(intent.endpoint, intent.release)
        final = naming.final_config(intent.endpoint, intent.release)
        weights, package = split_weights(VARIANT, CANDIDATE, 0), intent.package.arn
        return Contents(
            variant=VARIANT,
            staged=Variants(config=staging, weights=weights, kind=ECHO_NAME),
            final=Variants(config=final, weights={VARIANT: WHOLE}, package=package, kind=ECHO_NAME),
        )

    def floor(self, intent: Intent) -> int:
        return 1

    def candidates(self, serving: ServingSection, floor: int, percent: float) -> int:
        return 1

    def draw(self, intent: Intent, candidates: int | None) -> Blueprint:
        model = {"ModelPackageName": intent.package.arn}
        name = naming.model(intent.endpoint, model)
        live = intent.live.config["ProductionVariants"][:1] if intent.live else []
        final = {
            "EndpointConfigName": naming.final_config(intent.endpoint, intent.release),
            "ProductionVariants": [_variant(VARIANT, name, WHOLE)],
        }
        staging = {
            "EndpointConfigName": naming.staging_config(intent.endpoint, intent.release),
            "ProductionVariants": [*live, _variant(CANDIDATE, name, 0)],
        }
        return Blueprint(
            model={"ModelName": name, "ExecutionRoleArn": "echo", "PrimaryContainer": model},
            staging=staging if candidates else None,
            final=final,
            tags={},
        )


def _variant(name: str, model: str, weight: int) -> dict[str, object]:
    named = {"VariantName": name, "ModelName": model}
    return {**named, "InitialInstanceCount": 1, "InitialVariantWeight": weight}


ECHO = Kind(
    ECHO_NAME,
    "echoes",
    excludes=dict.fromkeys(("canary", "linear"), NO_STEPS),
    offers_no=("routing",),
    releases=Echo(),
)
