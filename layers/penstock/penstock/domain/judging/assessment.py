"""What the comparison of candidate and live says to a verdict, and to people."""

import math
from dataclasses import replace
from typing import NamedTuple, Protocol

from pydantic import BaseModel, ConfigDict, Field

from penstock.domain.judging.counts import Minute
from penstock.domain.judging.decision import (
    MoveAction,
    Suspicion,
    next_move,
    suspicion,
    within_margins,
)
from penstock.domain.judging.evidence_state import EvidenceState, MetricState, judged
from penstock.domain.judging.findings import findings
from penstock.domain.judging.judge_settings import (
    MOST_MOVES,
    MOST_RAISES,
    PARTS,
    JudgeSettings,
)


class SignalSeen(BaseModel):
    """What one signal has shown so far in the judged minutes."""

    model_config = ConfigDict(defer_build=True, frozen=True, extra="forbid")

    name: str = Field(description="The signal's name.")
    candidate_requests: float = Field(description="Requests of the candidate.")
    candidate_bad: float = Field(description="Bad requests of the candidate.")
    live_requests: float = Field(description="Requests of live.")
    live_bad: float = Field(description="Bad requests of live.")
    log_e: float = Field(description="Natural logarithm of the evidence of this signal alone.")
    harm_at_most: float | None = Field(
        description=(
            "Upper bound of the expected extra bad requests so far, with 95 % confidence. null of "
            "a part of a signal that is bounded as a whole."
        )
    )


class Finding(BaseModel):
    """What the comparison has shown so far, for people."""

    model_config = ConfigDict(defer_build=True, frozen=True)

    seen: str = Field(description="One sentence with the figures.")
    log_e: float = Field(description="Natural logarithm of the evidence against the candidate.")
    threshold: float = Field(
        description="Natural logarithm of the evidence above which the release rolls back."
    )
    signals: tuple[SignalSeen, ...] = Field(description="The figures of each signal.")
    direct_requests: int | None = Field(
        default=None, description="Requests that named the candidate, beyond its share."
    )


class Share(NamedTuple):
    """The candidate's present share in percent, `minutes` after its first requests.

    `chosen`: the evidence chooses the next share, too. Above `most` percent the candidate would be
    overloaded: there the climb ends. `moved`: how often the share was moved before. `doubted`:
    minutes that are not final yet speak against the candidate.
    """

    percent: float
    minutes: float
    chosen: bool = False
    most: float = 100
    moved: int = 0
    doubted: bool = False


class Assessment(NamedTuple):
    """What a verdict needs. `advice` and `percent` are set if the evidence chooses the share.

    `proven`: the bound on the excess rate is within every margin.
    """

    suspicion: Suspicion
    advice: MoveAction | None = None
    percent: float | None = None
    proven: bool = False


class Evidence(Protocol):
    """The evidence of the judged minutes, whatever they are judged for."""

    @property
    def state(self) -> EvidenceState:
        """The state that travels in the document of the execution."""
        ...

    def after(self, minute: Minute) -> "Evidence":
        """The evidence after one more complete minute.

        A minute that was judged before changes nothing.
        """
        ...

    def assessment(self, share: Share) -> Assessment:
        """The assessment of the candidate at its present share."""
        ...

    def finding(self) -> Finding:
        """The evidence in words and figures, for people."""
        ...


class HarmEvidence(NamedTuple):
    """One-sided evidence: whether the candidate is worse than live."""

    state: EvidenceState
    settings: JudgeSettings

    def after(self, minute: Minute) -> "HarmEvidence":
        """The evidence after one more complete minute.

        A minute that was judged before changes nothing.
        """
        return HarmEvidence(judged(self.state, minute, self.settings), self.settings)

    def assessment(self, share: Share) -> Assessment:
        """Harm and suspicion, and the next share if the evidence chooses it."""
        if not share.chosen:
            found = suspicion(self.state, self.settings)
            doubtful = share.doubted and found == "clear"
            proven = within_margins(self.state, self.settings)
            return Assessment("suspicious" if doubtful else found, proven=proven)
        climbs = share.moved < MOST_RAISES
        settings = _below(self.settings, share.most if climbs else min(share.most, share.percent))
        action, weight, suspicious = next_move(
            self.state, settings, share.percent / 100, share.minutes
        )
        if action == "roll_back":
            return Assessment("harm", action)
        if share.doubted and action in ("promote", "raise", "stay"):
            return Assessment("suspicious", "hold", share.percent)
        if share.moved >= MOST_MOVES - 1 and action in ("raise", "lower"):
            action, weight = "stay", share.percent / 100
        percent = round(100 * weight, 2) if settings.parts else 100 * weight
        doubtful = suspicious or share.doubted
        return Assessment("suspicious" if doubtful else "clear", action, percent)

    def finding(self) -> Finding:
        """Counts, evidence in odds, and the harm done at most."""
        state, settings = self
        alone = state.alone()
        return Finding(
            seen=findings(state, settings),
            log_e=state.log_e(),
            threshold=-math.log(settings.alpha),
            signals=tuple(
                _seen(name, metric, alone[name], settings) for name, metric in state.metrics.items()
            ),
            direct_requests=round(state.routing.direct) or None,
        )


def _below(settings: JudgeSettings, percent: float) -> JudgeSettings:
    """The settings with a top share of at most so many percent."""
    if percent >= 100 * settings.top:
        return settings
    return replace(settings, top=math.floor(percent * PARTS / 100) / PARTS)


def _seen(name: str, metric: MetricState, log_e: float, settings: JudgeSettings) -> SignalSeen:
    live, live_bad, candidate, candidate_bad = metric.seen
    return SignalSeen(
        name=name,
        candidate_requests=candidate,
        candidate_bad=candidate_bad,
        live_requests=live,
        live_bad=live_bad,
        log_e=log_e,
        harm_at_most=metric.harm_at_most(settings) if metric.bounded else None,
    )
