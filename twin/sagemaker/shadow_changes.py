"""Changes of an endpoint that has a shadow variant or gets one."""

from collections.abc import Mapping, Sequence

from twin.core.account import Params, refused
from twin.sagemaker.endpoint_state import Endpoint, Variant
from twin.sagemaker.shadows import Shadows


def check_update(shadows: Shadows, variants: Mapping[str, Variant]) -> None:
    """Raise an error if an update would give a shadow a share that is not documented."""
    weights = {variant.is_shadow: variant.desired_weight for variant in variants.values()}
    if True in weights:
        shadows.check_ratio(weights[False], weights[True])


def check_changes(shadows: Shadows, endpoint: Endpoint, changes: Sequence[Params]) -> None:
    """Raise an error for changes of an endpoint with a shadow that are not documented."""
    shadow = endpoint.shadow
    if shadow is None:
        return
    weights = {name: variant.desired_weight for name, variant in endpoint.variants.items()}
    for change in changes:
        if change["VariantName"] == shadow.name and not shadows.takes_weights:
            raise refused(f"Variant {shadow.name} is a shadow variant.")
        if "DesiredWeight" in change:
            weights[change["VariantName"]] = float(change["DesiredWeight"])
    (production,) = endpoint.production
    shadows.check_ratio(weights[production.name], weights[shadow.name])


def retained_from(shadows: Shadows, present: Variant | None, variant: Variant) -> Variant | None:
    """Return the variant whose properties this one retains, if there is any."""
    if present is None or shadows.retains_by_name or present.is_shadow == variant.is_shadow:
        return present
    return None


def share_of(endpoint: Endpoint) -> float:
    """Return the share of the requests that the endpoint's shadow gets copies of."""
    if endpoint.shadow is None:
        return 0.0
    weight = sum(variant.current_weight for variant in endpoint.production)
    return min(1.0, endpoint.shadow.current_weight / weight) if weight else 0.0
