"""Which strategy each serving kind can have: the whole matrix, as SageMaker documents it."""

from itertools import product
from typing import Any

import pytest

from penstock.adapters.serving.table import ADAPTERS
from penstock.domain.kinds.table import KINDS, impossible, released
from penstock.domain.policy.policy import Policy
from penstock.domain.strategies.table import STRATEGIES
from tests.worlds.goals import EXPERIMENT
from tests.worlds.setups import policy

ONE_VARIANT = "a serverless endpoint has one production variant and takes only an all_at_once swap"
NO_WEIGHTS = "SageMaker documents neither weighted variants nor shadows for asynchronous endpoints"
NO_TRAFFIC = "a batch transform has no endpoint whose traffic could be shifted"
NO_SHADOW = "SageMaker offers no shadow variant on multi-{}"
WEIGHTED = ("canary", "linear", "ab")
EXCLUDED: dict[tuple[str, str], str] = {
    **{("serverless", s): ONE_VARIANT for s in (*WEIGHTED, "shadow", "guardrail")},
    **{("async", s): NO_WEIGHTS for s in (*WEIGHTED, "shadow")},
    **{("batch", s): NO_TRAFFIC for s in (*WEIGHTED, "shadow", "guardrail")},
    ("multi_model", "shadow"): NO_SHADOW.format("model endpoints"),
    ("multi_container", "shadow"): NO_SHADOW.format("container endpoints"),
}
"""Facts 3.7, pair by pair; every other pair is offered."""
PAIRS = [*product(sorted(KINDS), sorted(STRATEGIES))]


def drawn(kind: str, strategy: str, **rollout: Any) -> Policy:
    needed = {
        "linear": {"increment": 10.0},
        "ab": EXPERIMENT,
        "shadow": {"shadow_minutes": 5},
    }.get(strategy, {})
    return policy(serving={"kind": kind}, rollout={"strategy": strategy, **needed, **rollout})


@pytest.mark.parametrize(("kind", "strategy"), PAIRS)
def test_each_pair_is_offered_or_refused_with_the_documented_reason(
    kind: str, strategy: str
) -> None:
    reason = EXCLUDED.get((kind, strategy))
    said = impossible(KINDS[kind], strategy)
    if reason is None:
        assert said is None
        assert drawn(kind, strategy).rollout.strategy == strategy
        return
    assert said == (
        f"rollout: strategy {strategy} is impossible with serving.kind {kind}: {reason}"
    )
    with pytest.raises(ValueError, match="is impossible with"):
        drawn(kind, strategy)


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_a_shadow_stage_is_offered_where_a_shadow_test_is(kind: str) -> None:
    """`shadow_minutes` puts a shadow before another strategy; guardrail excludes none of itself."""
    stage = impossible(KINDS[kind], "all_at_once", shadow_stage=True)
    assert (stage is None) == ((kind, "shadow") not in EXCLUDED)
    if stage is not None:
        assert "shadow_minutes is impossible" in stage


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_a_holdback_is_offered_where_weights_are(kind: str) -> None:
    said = impossible(KINDS[kind], "all_at_once", holdback=True)
    reason = EXCLUDED.get((kind, "canary"))
    assert said == (
        reason and f"rollout: holdback_percent is impossible with serving.kind {kind}: {reason}"
    )


@pytest.mark.parametrize("kind", ["serverless", "async", "batch"])
def test_a_holdback_without_weights_is_refused_as_such(kind: str) -> None:
    with pytest.raises(ValueError, match=f"holdback_percent is impossible with .* {kind}: "):
        drawn(kind, "canary", holdback_percent=5)


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_a_kind_excludes_strategies_that_there_are(kind: str) -> None:
    keys = {"shadow_minutes", "holdback_percent", "rehearse"}
    assert set(KINDS[kind].excludes) <= {*STRATEGIES, *keys}
    assert all(KINDS[kind].excludes.values())


def test_a_kind_that_is_released_has_both_halves() -> None:
    assert {name for name, kind in KINDS.items() if kind.releases} == set(ADAPTERS)
    assert all(released(name).published.signals for name in ADAPTERS)


@pytest.mark.parametrize(("kind", "strategy"), [pair for pair in PAIRS if pair not in EXCLUDED])
def test_what_this_version_cannot_release_says_so(kind: str, strategy: str) -> None:
    """The policy is legal; a release is refused until the kind is there."""
    unsupported = drawn(kind, strategy).unsupported()
    assert (unsupported is None) == (KINDS[kind].releases is not None) == (kind == "realtime")
