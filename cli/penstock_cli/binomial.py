"""Random numbers of failing requests."""

import random

_FEW = 40.0  # expected hits that are counted one by one


def binomial(n: int, p: float, chance: random.Random) -> int:
    """How many of n requests hit, each with probability p; exact.

    While many are expected, the median of n uniform numbers is drawn, which is Beta distributed,
    and only the side of it that p falls into is drawn further (Devroye 1986, X.4.3).
    """
    hits = 0
    while n * p > _FEW and p < 1:
        middle = n // 2 + 1
        median = chance.betavariate(middle, n + 1 - middle)
        if median <= p:
            hits, n, p = hits + middle, n - middle, (p - median) / (1 - median)
        else:
            n, p = middle - 1, p / median
    return hits + (n if p >= 1 else _inverted(n, p, chance))


def _inverted(n: int, p: float, chance: random.Random) -> int:
    left, term, hits = chance.random(), (1 - p) ** n, 0
    while left > term and hits < n:
        left -= term
        term *= (n - hits) / (hits + 1) * p / (1 - p)
        hits += 1
    return hits
