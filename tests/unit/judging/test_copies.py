"""The evidence of a shadow: its requests are copies of live's, so twins may fail together."""

import math
from itertools import product

import pytest

from penstock.domain.judging.assessment import HarmEvidence, Share
from penstock.domain.judging.counts import Counts, Minute
from penstock.domain.judging.evidence import gains, split_counts
from penstock.domain.judging.evidence_state import begun, judged
from penstock.domain.planning.comparison_settings import settings_of
from penstock.domain.policy.judge import JudgeSection

SETTINGS = settings_of(JudgeSection(signals=("errors",), cold_start_minutes=0))
PAIRS = 4
TOGETHER = {"together": 1.0, "by chance": None, "never both": 0.0}


def chances(live: float, candidate: float, together: float | None) -> dict[tuple[int, int], float]:
    """Of one request and its copy: how likely each fails, by (live, candidate)."""
    least, most = max(0.0, live + candidate - 1), min(live, candidate)
    both = live * candidate if together is None else least + together * (most - least)
    return {
        (1, 1): both,
        (1, 0): live - both,
        (0, 1): candidate - both,
        (0, 0): 1 - live - candidate + both,
    }


@pytest.mark.parametrize("together", TOGETHER.values(), ids=TOGETHER)
@pytest.mark.parametrize("rate", [0.01, 0.1, 0.3, 0.6, 0.9])
def test_a_harmless_shadow_earns_nothing_whatever_twins_have_in_common(
    rate: float, together: float | None
) -> None:
    """Exact: every outcome of four requests and their copies, at the largest harmless rate."""
    outcomes = chances(rate, min(1.0, SETTINGS.rho * rate), together)
    means = [0.0] * len(SETTINGS.bets)
    for pairs in product(outcomes, repeat=PAIRS):
        chance = math.prod(outcomes[pair] for pair in pairs)
        bad, candidate_bad = (sum(side) for side in zip(*pairs, strict=True))
        each = gains(Counts(PAIRS, bad, PAIRS, candidate_bad), SETTINGS)
        means = [mean + chance * math.exp(gain) for mean, gain in zip(means, each, strict=True)]
    assert max(means) <= 1 + 1e-9


@pytest.mark.parametrize("counts", [Counts(1, 0, 1, 1), Counts(3, 0, 2, 1), Counts(900, 9, 300, 3)])
def test_copies_are_tested_as_they_were_split(counts: Counts) -> None:
    """No share of the routing lets one expect another split, however few there are."""
    assert split_counts(counts, 0.0, SETTINGS) == counts


def test_copies_say_nothing_of_the_routing() -> None:
    state = begun(["errors"], SETTINGS)
    for number in range(60):
        state = judged(state, Minute(number, 0.0, {"errors": Counts(500, 1, 500, 1)}), SETTINGS)
    assert HarmEvidence(state, SETTINGS).finding().direct_requests is None
    assert HarmEvidence(state, SETTINGS).assessment(Share(0, 60)).suspicion == "clear"


def test_a_shadow_that_fails_is_found() -> None:
    state = begun(["errors"], SETTINGS)
    for number in range(5):
        state = judged(state, Minute(number, 0.0, {"errors": Counts(500, 1, 500, 100)}), SETTINGS)
    assert HarmEvidence(state, SETTINGS).assessment(Share(0, 5)).suspicion == "harm"
