"""Shadow variants: SageMaker's rules for them, with a switch for each undocumented detail."""

from dataclasses import dataclass

from twin.core.account import Params, refused
from twin.core.hooks import NotSupportedByTwin

_EXCLUDED = ("AsyncInferenceConfig", "ServerlessConfig")


@dataclass
class Shadows:
    """What AWS does not document of shadow variants. Tests may change it.

    `takes_weights` says whether UpdateEndpointWeightsAndCapacities changes a shadow.
    `takes_targets` says whether TargetVariant reaches one. `takes_ratios` allows other weights than
    1 for production and up to 1 for the shadow: the share is then their ratio, at most 1.
    `holds_callers` says whether a caller waits for the shadow's answer. `retains_by_name` says
    whether RetainAllVariantProperties keeps properties when a name changes between a shadow and a
    production variant.
    """

    takes_weights: bool = False
    takes_targets: bool = False
    takes_ratios: bool = False
    holds_callers: bool = False
    retains_by_name: bool = True

    def check_config(self, params: Params) -> None:
        """AWS: one production and one shadow variant with instances, and nothing else.

        The guide says the latter of shadow tests (facts 3.1, 3.5).
        """
        shadows = params.get("ShadowProductionVariants", [])
        if not shadows:
            return
        production = params["ProductionVariants"]
        if len(production) != 1 or len(shadows) != 1:
            raise refused(
                "With ShadowProductionVariants, exactly one production variant and one shadow "
                "variant can be specified."
            )
        both = (production[0], shadows[0])
        for field in _EXCLUDED:
            if any(field in each for each in (params, *both)):
                raise refused(f"Shadow variants do not support {field}.")
        self.check_ratio(*(float(each.get("InitialVariantWeight", 1.0)) for each in both))

    def check_ratio(self, production: float, shadow: float) -> None:
        """AWS's sample has production weight 1, of which the shadow's weight is the share."""
        if not self.takes_ratios and not (production == 1 and 0 < shadow <= 1):
            raise NotSupportedByTwin(f"a shadow of weight {shadow:g} beside {production:g}")
