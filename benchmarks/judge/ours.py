"""Penstock's judge and ramp, vectorised over many releases.

Formulas and names are those of evidence, harm, ramp and decision in `penstock.domain`. A test
compares the results with that code.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from benchmarks.judge.releases import Course, History, Mask, Minutes, Rule, Whole
from benchmarks.judge.scenarios import METRICS, Array
from benchmarks.judge.schedules import Detector
from penstock.domain.judging import cold_start
from penstock.domain.judging.evidence_state import RECENT
from penstock.domain.judging.harm import STEPS
from penstock.domain.judging.judge_settings import STEP_UP, Cap, JudgeSettings
from penstock.domain.judging.ramp import MOST_SPARE
from penstock.domain.judging.routing import DOUBT, MOST_DOUBT, ODDS, SIGMAS
from penstock.domain.judging.wealth import NOTHING
from penstock.domain.planning.comparison_settings import settings_of
from penstock.domain.policy.judge import JudgeSection
from penstock.domain.policy.rollout import RolloutSection

IDEALISED = replace(JudgeSettings(), bake=1, deadline=60)
"""Shares may change every minute, and no step has a minimum. Every release ends within an hour."""
ON_SAGEMAKER = replace(
    settings_of(JudgeSection()), bake=RolloutSection(steps="adaptive").step_minutes
)
"""The policy's defaults with adaptive steps."""
LOOKS_EVERY_MINUTE, MINUTES_BETWEEN_LOOKS = 30, 5


class Practice(NamedTuple):
    """What a release takes beside its settings. By default nothing.

    A minute is judged at the `looks`-th look that could see it. A move takes `move` minutes from
    the look that decides it, and a minute that it touches is not judged. Nothing is promoted before
    `min_requests` of the candidate were judged at the present share. With `waits` the deadline
    decides nothing (`on_inconclusive: wait`), and looks become rarer after a while.
    """

    looks: int = 1
    move: float = 0.0
    min_requests: int = 0
    waits: bool = False


AT_WILL = Practice()
AS_RELEASED = Practice(looks=2, move=1.25, min_requests=JudgeSection().min_requests, waits=True)
"""Two equal looks, and 75 seconds a move: SageMaker takes one to two minutes for it."""


class Trials:
    """The state of many trials. The arrays are (releases, metrics[, bets or stakes])."""

    def __init__(self, releases: int, settings: JudgeSettings) -> None:
        shape = (releases, len(METRICS))
        self.settings = settings
        self.minutes, self.forgotten = np.zeros((2, releases))
        self.cash = np.zeros(releases)
        self.bets = np.full((*shape, len(settings.bets)), NOTHING)
        self.candidate = np.zeros(shape)
        self.stakes = np.zeros((*shape, len(settings.stakes)))
        self.traffic = np.full(releases, np.nan)
        self.doubt = np.zeros(releases)
        self.step, self.steady = np.zeros((2, releases))
        self.cold, self.until = np.full(releases, settings.cold > 0), np.full(releases, np.nan)
        self.gross_minutes, self.gross_cash = np.zeros((2, releases))
        self.gross_bets = np.full((*shape, len(cold_start.RATIOS)), NOTHING)

    def warm(self, number: Whole, there: Mask) -> None:
        """Forget what speaks against the candidate once its cold start is over."""
        begins = there & self.cold & np.isnan(self.until)
        self.until = np.where(begins, number + self.settings.cold, self.until)
        over = there & self.cold & (number >= self.until) & ~self.gross()
        forgets = over & (self.log_e() > 0)
        self.forgotten += np.where(forgets, self.minutes, 0.0)
        self.cash, self.minutes = (np.where(forgets, 0.0, at) for at in (self.cash, self.minutes))
        self.bets = np.where(forgets[:, None, None], NOTHING, self.bets)
        self.cold = self.cold & ~over

    def judge(self, minute: Minutes, there: Mask) -> None:
        """Judge one more minute of the releases that have one."""
        self.pass_by(minute, there)
        self._route(minute, there)
        self._bet(minute, there)
        self._observe(minute, there)
        self.minutes += there
        weight = minute.weight
        begins = (weight < self.step) | (weight >= STEP_UP * self.step)
        self.steady = np.where(there, np.where(begins, 1.0, self.steady + 1), self.steady)
        self.step = np.where(there & begins, weight, self.step)

    def pass_by(self, minute: Minutes, there: Mask) -> None:
        """See the traffic of one more minute, and nothing else."""
        now = minute.live + minute.candidate
        before = np.where(np.isnan(self.traffic), now, self.traffic)
        self.traffic = np.where(there, before + (now - before) / RECENT, self.traffic)

    def gross(self) -> Mask:
        """Which show gross harm, by the metrics that can be grossly bad."""
        known = [self.settings.limit(name).cold is not None for name in METRICS]
        cash = np.broadcast_to(self.gross_cash[:, None, None], (*self.candidate.shape, 1))
        each = _log_sum(np.concatenate([cash, self.gross_bets], axis=2))[:, known]
        found: Mask = _log_sum(each) - np.log(sum(known)) > -np.log(self.settings.gross_alpha)
        return found

    def log_e(self) -> Array:
        """The logarithm of the mean of all metrics' e-values."""
        together: Array = _log_sum(self.log_e_each()) - np.log(len(METRICS))
        return together

    def log_e_each(self) -> Array:
        cash = np.broadcast_to(self.cash[:, None, None], (*self.candidate.shape, 1))
        return _log_sum(np.concatenate([cash, self.bets], axis=2))

    def harm_at_most(self) -> Array:
        settings = self.settings
        backing, slopes = np.array(settings.backing), (1 - np.array(settings.stakes)) / settings.phi
        bets, goal = self.stakes + np.log(backing / backing.sum()), -np.log(settings.beta)
        excess: Array = ((goal - bets) / slopes).min(axis=2)
        for _ in range(STEPS if settings.mixed else 0):
            logs = bets + slopes * excess[..., None]
            most = logs.max(axis=2)
            worths = np.exp(logs - most[..., None])
            worth = worths.sum(axis=2)
            above = np.maximum(0.0, most + np.log(worth) - goal)
            excess = excess - above * worth / (worths * slopes).sum(axis=2)
        return np.minimum(self.candidate, excess)

    def _bet(self, minute: Minutes, there: Mask) -> None:
        tested, settings = split(minute, self.settings, self.doubt > DOUBT), self.settings
        now = _stakes(settings.stake, self.minutes)
        slacks = [settings.limit(name).slack for name in METRICS]
        bets = _placed(self.bets, self.cash, now, settings) + gains(tested, settings, slacks)
        self.bets = np.where(there[:, None, None], np.maximum(NOTHING, bets), self.bets)
        self.cash = np.where(there, self.cash + np.log1p(-now), self.cash)
        self._bet_on_gross_harm(tested, there & self.cold)

    def _bet_on_gross_harm(self, tested: Minutes, there: Mask) -> None:
        shares = (1.0,) * len(cold_start.RATIOS)
        settings = replace(self.settings, bets=cold_start.RATIOS, shares=shares)
        now = _stakes(cold_start.STAKED, self.gross_minutes)
        slacks = [settings.limit(name).cold or 0.0 for name in METRICS]
        bets = _placed(self.gross_bets, self.gross_cash, now, settings) + gains(
            tested, settings, slacks
        )
        self.gross_bets = np.where(there[:, None, None], np.maximum(NOTHING, bets), self.gross_bets)
        self.gross_cash = np.where(there, self.gross_cash + np.log1p(-now), self.gross_cash)
        self.gross_minutes += there

    def _route(self, minute: Minutes, there: Mask) -> None:
        """Ask whether the share explains the candidate's requests."""
        s, weight = np.array(ODDS), minute.weight[:, None]
        total = (minute.live + minute.candidate)[:, None]
        gained = minute.candidate[:, None] * np.log(s) - total * np.log1p((s - 1) * weight)
        mixed = _log_sum(np.maximum(NOTHING, gained)) - np.log(len(s))
        routed = there & (total[:, 0] > 0) & (minute.weight > 0) & (minute.weight < 1)
        doubt = np.clip(self.doubt + mixed, 0.0, MOST_DOUBT)
        self.doubt = np.where(routed, doubt, self.doubt)

    def _observe(self, minute: Minutes, there: Mask) -> None:
        both = there & (minute.live > 0) & (minute.candidate > 0)
        ratio = np.where(both, minute.candidate / np.where(both, minute.live, 1.0), 0.0)
        a = np.array(self.settings.stakes)
        seen = minute.candidate_bad[..., None] * np.log(a)
        seen += minute.live_bad[..., None] * np.log1p((1 - a) * ratio[:, None, None])
        self.stakes += np.where(both[:, None, None], seen / self.settings.phi, 0.0)
        self.candidate += np.where(both, minute.candidate, 0.0)[:, None]


def _log_sum(logs: Array) -> Array:
    most = logs.max(axis=-1, keepdims=True)
    total: Array = most[..., 0] + np.log(np.exp(logs - most).sum(axis=-1))
    return total


def _stakes(stake: Callable[[int], float], minutes: Array) -> Array:
    """The part of the cash that each release stakes after its minutes."""
    known = np.array([stake(int(n)) for n in range(int(minutes.max()) + 1)])
    staked: Array = known[minutes.astype(np.int64)]
    return staked


def _placed(bets: Array, cash: Array, stake: Array, settings: JudgeSettings) -> Array:
    shares = np.array(settings.shares)
    placed = (cash + np.log(stake))[:, None, None] + np.log(shares / shares.sum())
    together: Array = np.logaddexp(bets, placed)
    return together


def split(minute: Minutes, settings: JudgeSettings, doubted: Mask) -> Minutes:
    """Replace the request counts of a thin minute by those that the weight predicts.

    Not where the weight does not explain them.
    """
    total, weight = minute.live + minute.candidate, minute.weight
    thin = total * np.minimum(weight, 1 - weight) < settings.thin
    usual = weight * total
    thin &= ~doubted & (minute.candidate <= usual + SIGMAS * np.sqrt(usual * (1 - weight)) + 1)
    return minute._replace(
        live=np.where(thin, (1 - weight) * total, minute.live),
        candidate=np.where(thin, weight * total, minute.candidate),
    )


def gains(minute: Minutes, settings: JudgeSettings, slacks: Sequence[float]) -> Array:
    """Return log e of one minute for each release, metric and bet."""
    there = (minute.live > 0) & (minute.candidate > 0)
    live = np.where(there, minute.live, 1.0)[:, None, None]
    candidate = np.where(there, minute.candidate, 1.0)[:, None, None]
    live_bad, candidate_bad = minute.live_bad[..., None], minute.candidate_bad[..., None]
    s, tolerated = np.array(settings.bets), settings.rho * candidate
    log_e = candidate_bad * np.log(s)
    log_e = log_e - (live_bad + candidate_bad) * np.log1p((s - 1) * tolerated / (live + tolerated))
    slack = np.array(slacks)[:, None]
    log_e -= slack * tolerated * live * (s - 1) / (live + s * tolerated)
    most = _cap(live, live_bad, candidate, candidate_bad, settings)
    return np.where(there[:, None, None], np.minimum(most, log_e / settings.phi), 0.0)


def _cap(live: Array, live_bad: Array, bad_of: Array, bad: Array, settings: JudgeSettings) -> Array:
    cap = settings.cap
    assert isinstance(cap, Cap)  # noqa: S101 - the engine takes any function, this twin this one
    rate = np.where(bad > 0, bad, 1.0) / bad_of
    rising = cap.slope * (np.log(rate) - np.log((live_bad + 1) / live) - 1)
    return np.where((bad > 0) & (cap.slope > 0), np.maximum(cap.nats, rising), cap.nats)


class Adaptive:
    """The ramp and the decision.

    Where no one is waited for, the deadline promotes every release that is not suspicious, so that
    all releases end. The looks of the releases are spread evenly over the minute.
    """

    def __init__(
        self, releases: int, requests: float, settings: JudgeSettings, practice: Practice = AT_WILL
    ) -> None:
        self.trials, self.settings, self.practice = Trials(releases, settings), settings, practice
        self.first = settings.budget / np.array([settings.limit(name).harm for name in METRICS])
        self.margins = np.array([settings.limit(name).margin for name in METRICS])
        share = min(settings.first, settings.top, self.first.min() / (requests * settings.tau))
        self.weight = self._possible(np.full(releases, share))
        self.target = self.weight
        self.since_move = np.zeros(releases)
        phase = (np.arange(releases) + 0.5) / releases
        self.touched = np.ceil(phase + practice.move) if practice.move else np.zeros(releases)
        self.moving, self.moved, self.here = np.zeros((3, releases))
        self.steady = [np.ones(releases, dtype=bool)] * 2

    def look(self, now: int, history: History, last: Whole) -> tuple[Mask, Mask]:
        settings, trials = self.settings, self.trials
        self._judge(history, last - (self.practice.looks - 1))
        self._arrive(now)
        looked = self._looked()
        log_e, threshold = trials.log_e(), -np.log(settings.alpha)
        harmful = log_e > threshold
        if settings.cold:
            harmful = np.where(trials.cold, trials.gross(), harmful)
        back = looked & harmful
        calm = looked & ~back & (log_e <= threshold * settings.doubt)
        harm = trials.harm_at_most()
        wanted = self._wanted(harm)
        proven = calm & (log_e <= threshold * settings.calm) & self._proven(harm, wanted)
        promoted = proven & (np.round(self.here) >= self.practice.min_requests)
        if not self.practice.waits:
            promoted |= calm & (now > settings.deadline)
        wanted = np.where(looked & ~back & ~calm & trials.cold, self._lowered(wanted), wanted)
        moves = (calm & (wanted > self.weight)) | (looked & ~back & (wanted < self.weight))
        self._move(moves & ~proven & ~promoted, wanted, now)
        return back, promoted

    def _judge(self, history: History, number: Whole) -> None:
        """Judge one more minute of each release, unless its share moved in it."""
        minute = history.minute(number)
        steady = np.array(self.steady)[np.maximum(number, 0), np.arange(len(number))]
        read = number > self.settings.warm_up
        there = read & steady
        self.trials.warm(number, read)
        self.trials.pass_by(minute, read & ~steady)
        self.trials.judge(minute, there)
        self.here += np.where(there & (number > self.moved), minute.candidate, 0.0)

    def _arrive(self, now: int) -> None:
        """One minute later: a move serves the new share from its second minute on."""
        self.moving = np.maximum(0.0, self.moving - 1)
        self.weight = self.target.copy()
        self.since_move = np.where(self.moving > 0, 0.0, self.since_move + 1)
        self.moved = np.where(self.moving > 0, now + 1, self.moved)

    def _move(self, moves: Mask, wanted: Array, now: int) -> None:
        self.target = np.where(moves, wanted, self.target)
        self.weight = np.where(moves & (self.touched > 0), self.weight, self.target)
        self.moving = np.where(moves, self.touched, self.moving)
        self.since_move[moves], self.here[moves], self.moved[moves] = 0.0, 0.0, now
        self.steady.append(self.moving == 0)

    def _looked(self) -> Mask:
        """Which releases have a look now. On SageMaker, looks become five minutes apart."""
        often = (self.since_move <= LOOKS_EVERY_MINUTE) | (not self.practice.waits)
        looked: Mask = often | (self.since_move % MINUTES_BETWEEN_LOOKS == 0)
        looked &= self.moving == 0
        return looked

    def _proven(self, harm: Array, wanted: Array) -> Mask:
        settings, trials = self.settings, self.trials
        at_end = self.weight >= min(settings.end, settings.top)
        within = (trials.candidate > 0) & (harm <= self.margins * trials.candidate)
        long_enough = np.where(at_end, settings.bake, max(settings.bake, settings.stall))
        proven: Mask = (
            (trials.steady >= long_enough)
            & (trials.forgotten + trials.minutes >= settings.least)
            & within.all(axis=1)
            & (at_end | (wanted < STEP_UP * self.weight))
        )
        return proven

    def _wanted(self, harm: Array) -> Array:
        settings, trials = self.settings, self.trials
        judged = trials.candidate
        mean = np.nan_to_num(trials.traffic)
        most = settings.growth * np.maximum(judged, self.first)
        spare = np.minimum(MOST_SPARE * self.first, settings.spare * self.margins * mean[:, None])
        budget = self.first + spare
        allowed = np.minimum(most, budget * judged / np.where(harm > 0, harm, 1.0))
        allowed = np.where(harm > 0, allowed, most)
        allowed = np.where(judged > 0, allowed, self.first).min(axis=1)
        share = np.minimum(settings.top, allowed / np.where(mean > 0, mean * settings.tau, np.inf))
        little = judged.min(axis=1) < settings.budget
        share = self._possible(np.where(little, np.minimum(share, settings.first), share))
        worth_it = (share >= settings.top) | (share >= settings.least_move * self.weight)
        moves = (worth_it & (share > self.weight)) | (share <= settings.fall * self.weight)
        return np.where(moves & (mean > 0), share, self.weight)

    def _lowered(self, wanted: Array) -> Array:
        """The first share again, by the present traffic, if that is far below."""
        settings, mean = self.settings, np.nan_to_num(self.trials.traffic)
        at_risk = np.where(mean > 0, mean * settings.tau, np.inf)
        share = np.minimum(settings.top, self.first.min() / at_risk)
        first = self._possible(np.minimum(settings.first, share))
        far = (first <= settings.fall * self.weight) & (mean > 0)
        return np.where(far, np.minimum(wanted, first), wanted)

    def _possible(self, share: Array) -> Array:
        parts = self.settings.parts
        if not parts:
            return share
        rounded = np.maximum(1, np.floor(share * parts)) / parts
        return np.where(share >= self.settings.top, share, rounded)


@dataclass
class Evidence:
    """The test alone, as a detector on a fixed ramp. `threshold` is in nats."""

    trials: Trials
    threshold: float
    looks: int = 1

    def alarmed(self, now: int, history: History, last: Whole) -> Mask:
        number = last - (self.looks - 1)
        self.trials.judge(history.minute(number), number > self.trials.settings.warm_up)
        alarmed: Mask = self.trials.log_e() > self.threshold
        return alarmed


def evidence(
    releases: int,
    settings: JudgeSettings = IDEALISED,
    threshold: float | None = None,
    *,
    looks: int = 1,
) -> Detector:
    limit = -float(np.log(settings.alpha)) if threshold is None else threshold
    return Evidence(Trials(releases, settings), limit, looks)


def ours(settings: JudgeSettings = IDEALISED, practice: Practice = AT_WILL) -> Rule:
    def begin(releases: int, requests: float) -> Course:
        return Adaptive(releases, requests, settings, practice)

    return begin
