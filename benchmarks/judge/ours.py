"""Penstock's judge and ramp on many releases at once; a test holds it to the engine itself."""

from dataclasses import dataclass

import numpy as np

from benchmarks.judge.releases import Course, History, Mask, Minutes, Rule, Whole
from benchmarks.judge.scenarios import METRICS, Array
from penstock.domain.evidence import NOTHING
from penstock.domain.method import Method


@dataclass
class Sure:
    d: float
    u: float
    share: float
    cap: float = 50.


@dataclass
class Extra:
    shares: tuple = ()
    sure: tuple = ()
    metric_weights: tuple = (0.5, 0.5)
    first_budget: float | None = None
    deep_first: bool = False
    hold: float = 0.5
    warm_sure: bool = True
    cap: float = 3.0
    power: float = 0.0
    c0: float = 4.0
    first_top: float = 1.0
    prior: float = 1.0
    stall: int = 10
    soak: int = 0
    hyper: float = 0.0
    hexp: float = 1.0
    spare: float = 0.0
    ramp_beta: float = 0.05
    growth_first: float | None = None


class Engine:
    """The state of many trials: arrays are (releases, metrics[, bets or stakes])."""

    def __init__(self, releases: int, method: Method, x: Extra) -> None:
        self.method, self.x = method, x
        self.k = len(method.bets)
        shares = np.array(x.shares or (1 / self.k,) * self.k)
        shares = shares * (1 - sum(b.share for b in x.sure)) / shares.sum()
        self.shares = np.concatenate([shares, [b.share for b in x.sure]])
        self.mw = np.log(np.array(x.metric_weights))
        shape = (releases, len(METRICS))
        self.minutes = np.zeros(shape)
        self.cash = np.zeros(shape)
        self.bets = np.full((*shape, len(self.shares)), NOTHING)
        self.candidate = np.zeros(shape)
        self.stakes = np.zeros((*shape, len(method.stakes)))
        self.requests = np.zeros(releases)
        self.step = np.zeros(releases)
        self.steady = np.zeros(releases)
        self.judged = np.zeros(releases)

    def judge(self, minute: Minutes, there: Mask, warm: Mask) -> None:
        full = there & ~warm
        self._bet(minute, there, warm)
        self._observe(minute, full)
        self.requests += np.where(full, minute.live + minute.candidate, 0.0)
        w = minute.weight
        begins = ((w < self.step) | (w >= 1.5 * self.step) | (w >= self.method.top)) & (w != self.step)
        self.steady = np.where(full, np.where(begins, 1, self.steady + 1), self.steady)
        self.step = np.where(full & begins, w, self.step)
        self.judged += full

    def log_e(self) -> Array:
        parts = np.concatenate([self.cash[..., None], self.bets], axis=2)
        per = np.logaddexp.reduce(parts, axis=2)
        return np.logaddexp.reduce(per + self.mw, axis=1)

    def harm_at_most(self, beta=None) -> Array:
        method = self.method
        a = np.array(method.stakes)
        price = np.log(len(a) / (beta or method.beta))
        bounds = method.phi * (price - self.stakes) / (1 - a)
        return np.minimum(self.candidate, bounds.min(axis=2))

    def _bet(self, minute: Minutes, there: Mask, warm: Mask) -> None:
        method = self.method
        stake = np.where(self.minutes > 0, method.later_stake, method.first_stake)
        if self.x.hyper:
            stake = self.x.hexp / (self.minutes + 1 + self.x.hyper)
        placed = (self.cash + np.log(stake))[..., None] + np.log(self.shares)
        gains = self._gains(*self._split(minute), )
        if warm.any():
            gains[warm][:, :, : self.k] = 0
            w = np.where(warm)[0]
            gains[w[:, None, None], np.arange(2)[:, None], np.arange(self.k)] = 0.0
            gains[w, 1, :] = 0
            if not self.x.warm_sure:
                gains[w] = 0
        bets = np.maximum(NOTHING, np.logaddexp(self.bets, placed) + gains)
        if not self.x.warm_sure or not self.x.sure:
            there = there & ~warm
        elif warm.any():
            # ratio bets: keep unplaced in warm-up
            pass
        yes = there[:, None]
        self.bets = np.where(yes[..., None], bets, self.bets)
        self.cash = np.where(yes, self.cash + np.log1p(-stake), self.cash)
        self.minutes += yes

    def _split(self, minute: Minutes):
        total = minute.live + minute.candidate
        w = minute.weight
        thin = total * np.minimum(w, 1 - w) < self.method.thin
        live = np.where(thin, (1 - w) * total, minute.live)
        candidate = np.where(thin, w * total, minute.candidate)
        return live, minute.live_bad, candidate, minute.candidate_bad

    def _gains(self, live, live_bad, candidate, candidate_bad) -> Array:
        m = self.method
        nb, nc = live[:, None, None], candidate[:, None, None]
        xb, xc = live_bad[:, :, None], candidate_bad[:, :, None]
        s = np.array(m.bets)
        t = m.rho * nc
        with np.errstate(all="ignore"):
            out = (xc * np.log(s) - (xb + xc) * np.log1p((s - 1) * t / (nb + t))
              - m.delta * t * nb * (s - 1) / (nb + s * t)) / m.phi
        x = self.x
        most = np.full(nb.shape, x.cap) * np.ones_like(xc)
        if x.power:
            with np.errstate(all="ignore"):
                r = (xc / nc) / ((xb + x.prior) / nb)
                most = np.maximum(x.cap, np.where(xc > 0, x.power * np.log(np.maximum(r, 1e-9)) - x.c0, 0))
        out = np.minimum(out, most)
        parts = [out]
        for b in self.x.sure:
            # E (1+u)^xc (1-v)^xb / (1+d u)^nc,  v = (nc/nb) u/(1+du)
            with np.errstate(all="ignore"):
                ratio = nc / nb
                u = np.where(ratio * b.u / (1 + b.d * b.u) > 0.9, 0.9 / np.maximum(ratio - 0.9 * b.d, 1e-300), b.u)
                v = ratio * u / (1 + b.d * u)
                g = (xc * np.log1p(u) + xb * np.log1p(-v) - nc * np.log1p(b.d * u)) / m.phi
            parts.append(np.minimum(g, b.cap))
        out = np.concatenate(parts, axis=2)
        none = (live <= 0) | (candidate <= 0)
        return np.where(none[:, None, None], 0.0, out)

    def _observe(self, minute: Minutes, there: Mask) -> None:
        m = self.method
        yes = there & (minute.live > 0) & (minute.candidate > 0)
        ratio = np.where(yes, minute.candidate / np.maximum(minute.live, 1e-300), 0.0)
        a = np.array(m.stakes)
        with np.errstate(all="ignore"):
            grown = (
                minute.candidate_bad[..., None] * np.log(a)
                + minute.live_bad[..., None] * np.log1p((1 - a) * ratio[:, None, None])
            ) / m.phi
        self.stakes = np.where(yes[:, None, None], self.stakes + grown, self.stakes)
        self.candidate += np.where(yes, minute.candidate, 0.0)[:, None]


class Adaptive:
    """The budget ramp."""

    def __init__(self, releases: int, requests: float, method: Method, x: Extra, wait: bool, looks: bool) -> None:
        self.engine = Engine(releases, method, x)
        self.method, self.x, self.wait, self.looks = method, x, wait, looks
        b0 = x.first_budget or method.budget
        harms = np.array([method.limit(name).harm for name in METRICS])
        self.harms = harms
        self.budget = method.budget / harms
        self.margins = np.array([method.limit(name).margin for name in METRICS])
        first = min(method.top, x.first_top, b0 / (requests * method.tau)) if requests else method.top
        self.weight = np.full(releases, self._possible(np.array(first)))
        self.since = np.zeros(releases)
        self.b0 = b0

    def _possible(self, share: Array) -> Array:
        p = self.method.parts
        if not p:
            return share
        return np.where(share >= self.method.top, share, np.maximum(1, np.floor(share * p)) / p)

    def look(self, now: int, history: History, last: Whole) -> tuple[Mask, Mask]:
        m, e = self.method, self.engine
        e.judge(history.minute(last), last >= 1, last <= m.warm_up)
        self.since += 1
        log_e = e.log_e()
        due = np.ones(len(last), bool)
        if self.looks:
            due = (self.since <= 30) | (self.since % 5 == 0)
        threshold = -np.log(m.alpha)
        back = (log_e > threshold) & due
        doubt = log_e > threshold * self.x.hold
        harm = e.harm_at_most()
        ready = (e.judged > 0)
        within = (harm <= self.margins * e.candidate).all(axis=1) & (e.candidate > 0).all(axis=1)
        wanted = self._next(e.harm_at_most(self.x.ramp_beta))
        ups = (wanted > self.weight) & ((wanted >= m.top) | (wanted >= m.least_move * self.weight)) & ready
        end = (self.weight >= m.top) | (np.where(ups, wanted, self.weight) < 1.5 * self.weight)
        proven = (e.steady >= np.where(self.weight >= m.top, m.bake, self.x.stall)) & within & end & (e.judged >= self.x.soak)
        promoted = due & proven & ~doubt
        elapsed = last - m.warm_up
        if not self.wait:
            promoted |= (elapsed >= m.deadline) & ~doubt
        promoted &= ~back
        moves = due & ~doubt & ups
        self.weight = np.where(moves, wanted, self.weight)
        self.since[moves] = 0
        return back, promoted

    def _next(self, harm: Array) -> Array:
        m, e = self.method, self.engine
        n = e.candidate
        most = m.growth * np.maximum(n, self.b0 / self.harms)
        with np.errstate(all="ignore"):
            mean = e.requests / np.maximum(1, e.judged)
            budget = self.budget + self.x.spare * self.margins * mean[:, None]
            allowed = np.where(harm > 0, np.minimum(most, budget * n / harm), most)
            allowed = np.where(n <= 0, self.b0 / self.harms, allowed).min(axis=1)
            share = allowed / (mean * m.tau)
        share = np.where(e.candidate.min(axis=1) < self.b0, np.minimum(share, self.x.first_top), share)
        return self._possible(np.where(np.isnan(share), 0, np.minimum(share, m.top)))


class OnSchedule:
    """rules 1 and 2 as a detector"""

    def __init__(self, releases, method, x):
        self.engine = Engine(releases, method, x)

    def alarmed(self, now, history, last):
        m = self.engine.method
        self.engine.judge(history.minute(last), last >= 1, last <= m.warm_up)
        return self.engine.log_e() > -np.log(m.alpha)


def ours(method: Method, x: Extra = Extra(), wait=False, looks=False) -> Rule:
    def begin(releases: int, requests: float) -> Course:
        return Adaptive(releases, requests, method, x, wait, looks)

    return begin
