"""What others do to endpoints: the console, auto-scaling, SageMaker's own maintenance."""

from tests.soak.account import ENDPOINTS, Account
from tests.soak.people import pick

MOST = 6
"""Instances of a variant: room for auto-scaling, and an end to it."""


class Console:
    """Whatever SageMaker takes; what it would refuse now is not done."""

    def __init__(self, account: Account) -> None:
        self._account = account
        self._cloud = account.cloud

    def maintain(self, a: int, b: int) -> str:
        """SystemUpdating, for a minute or more than an hour."""
        if not (endpoint := self._calm(a)):
            return ""
        seconds = pick([60, 1200, 4000], b)
        self._cloud.maintain(endpoint, seconds)
        return f"{endpoint} for {seconds} seconds"

    def scale(self, a: int, b: int) -> str:
        """Auto-scaling adds an instance to a variant, or takes one away."""
        if not (endpoint := self._calm(a)):
            return ""
        counts = self._cloud.endpoints[endpoint].fleet.counts
        variant = pick(sorted(counts), b)
        count = min(MOST, max(1, counts[variant] + pick([-1, 1, 2], b // 2)))
        self._cloud.scale(endpoint, **{variant: count})
        return f"{endpoint} {variant}: {count}"

    def edit(self, a: int, b: int) -> str:
        """Another configuration: a new one, or any that there is."""
        if not (endpoint := self._calm(a)):
            return ""
        alone = [c for c in self._cloud.configs if len(self._variants(c)) == 1]
        config = pick([f"theirs-{b % 3}", *alone], b)
        if config not in self._cloud.configs:
            self._cloud.define(config, {"live": ("theirs", 2)})
        return self._put(endpoint, config, dict.fromkeys(self._variants(config), 1.0))

    def weigh(self, a: int, b: int) -> str:
        """Other weights on what is there."""
        if not (endpoint := self._calm(a)):
            return ""
        fleet = self._cloud.endpoints[endpoint].fleet
        shares = {name: float(1 + (b + k) % 3) for k, name in enumerate(sorted(fleet.weights))}
        return self._put(endpoint, fleet.config, shares)

    def put_back(self, a: int, b: int) -> str:
        """What the ledger left, or what it would go back to, by hand."""
        if not (endpoint := self._calm(a)):
            return ""
        gate = self._account.ledger.peek(endpoint)
        known = [c for c in (gate.content, gate.previous) if c and c.name in self._cloud.configs]
        if not known:
            return ""
        back = pick(known, b)
        return self._put(endpoint, back.name, {n: float(w) for n, w in back.weights.items()})

    def delete_endpoint(self, a: int, b: int) -> str:
        if not (endpoint := self._calm(a)):
            return ""
        del self._cloud.endpoints[endpoint]
        self._touched(endpoint)
        return endpoint

    def borrow(self, a: int, b: int) -> str:
        """An endpoint of somebody else on a configuration of ours, or on one with our model."""
        made = sorted(self._cloud.made & set(self._cloud.configs))
        if not made:
            return ""
        config, borrower = pick(made, a), f"theirs-{b % 2}"
        if b % 3:
            model = pick(sorted(self._cloud.named(config)), b)
            config = f"borrowed-{model}"
            self._cloud.define(config, {"live": (model, 1)})
        self._cloud.serve_config(borrower, config)
        return f"{borrower} runs {config}"

    def _calm(self, a: int) -> str | None:
        """An endpoint that takes changes now."""
        self._cloud.pass_time()
        there = [e for e in ENDPOINTS.values() if e in self._cloud.endpoints]
        calm = [e for e in there if (view := self._cloud.shown(e)) and view.in_service]
        return pick(calm, a) if calm else None

    def _variants(self, config: str) -> list[str]:
        return [v["VariantName"] for v in self._cloud.configs[config]["ProductionVariants"]]

    def _put(self, endpoint: str, config: str, weights: dict[str, float]) -> str:
        self._cloud.edit(endpoint, config, **weights)
        self._touched(endpoint)
        return f"{endpoint} shows {config} {weights}"

    def _touched(self, endpoint: str) -> None:
        self._account.memory.touched.add(endpoint)
