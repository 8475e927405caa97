"""Brent's root finder, exactly as in Kayenta's judge, vectorised over many problems.

Its tolerance affects that judge's decisions. On sparse data, the shift is smaller than the error
at which the root finder stops.
"""

from collections.abc import Callable

import numpy as np

from benchmarks.judge.releases import Mask, Whole
from benchmarks.judge.scenarios import Array

TOLERANCE = 1e-4
EPSILON = 2.220446049250313e-16
MOST_STEPS = 1000

Function = Callable[[Array, Whole], Array]
"""Returns the values at the given points, one for each problem in the second argument."""


def zeroin(function: Function, low: Array, high: Array) -> Array:
    """Return where `function` crosses zero between `low` and `high`, for each problem."""
    every = np.arange(len(low))
    a, b = low.astype(float).copy(), high.astype(float).copy()
    fa, fb = function(a, every), function(b, every)
    c, fc = a.copy(), fa.copy()
    active = every
    for _ in range(MOST_STEPS):
        now = _Bracket(*(v[active] for v in (a, b, c, fa, fb, fc)))
        step, going = now.step()
        a[active], b[active], c[active] = now.a, now.b, now.c
        fa[active], fb[active], fc[active] = now.fa, now.fb, now.fc
        active = active[going]
        if not len(active):
            break
        a[active], fa[active] = b[active], fb[active]
        b[active] += step[going]
        fb[active] = function(b[active], active)
        same = active[np.sign(fb[active]) * np.sign(fc[active]) > 0]
        c[same], fc[same] = a[same], fa[same]
    return b


class _Bracket:
    """The present bracket of each problem, with the names in Brent's publication."""

    def __init__(self, a: Array, b: Array, c: Array, fa: Array, fb: Array, fc: Array) -> None:
        self.previous = b - a
        turn = np.abs(fc) < np.abs(fb)
        self.a, self.b, self.c = np.where(turn, b, a), np.where(turn, c, b), np.where(turn, b, c)
        self.fa = np.where(turn, fb, fa)
        self.fb, self.fc = np.where(turn, fc, fb), np.where(turn, fb, fc)

    def step(self) -> tuple[Array, Mask]:
        """Return the step from b, and which problems are not solved yet."""
        tolerance = 2 * EPSILON * np.abs(self.b) + TOLERANCE / 2
        half = (self.c - self.b) / 2
        going: Mask = ~((np.abs(half) <= tolerance) | (self.fb == 0))
        p, q = self._interpolated()
        p, q = np.abs(p), np.where(p > 0, -q, q)
        worth = (np.abs(self.previous) >= tolerance) & (np.abs(self.fa) > np.abs(self.fb))
        fits = p < 0.75 * (self.c - self.b) * q - np.abs(tolerance * q) / 2
        fits &= p < np.abs(self.previous * q / 2)
        with np.errstate(all="ignore"):
            step = np.where(worth & fits, p / q, half)
        return np.where(np.abs(step) < tolerance, np.copysign(tolerance, step), step), going

    def _interpolated(self) -> tuple[Array, Array]:
        with np.errstate(all="ignore"):
            t = self.fb / self.fa
            secant = (self.c - self.b) * t, 1 - t
            q0, t1, t2 = self.fa / self.fc, self.fb / self.fc, t
            p = t2 * ((self.c - self.b) * q0 * (q0 - t1) - (self.b - self.a) * (t1 - 1))
            inverse = p, (q0 - 1) * (t1 - 1) * (t2 - 1)
        two = self.a == self.c
        return np.where(two, secant[0], inverse[0]), np.where(two, secant[1], inverse[1])
