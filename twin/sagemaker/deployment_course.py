"""The steps of a deployment with guardrails, forwards and back.

AWS documents the steps of a blue/green deployment and samples of their messages (facts 1.4). The
messages of other steps, and the steps of a way back, are invented.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from twin.sagemaker.containers import Fleet
from twin.sagemaker.deployment_policy import Policy
from twin.sagemaker.endpoint_faults import Failure
from twin.sagemaker.endpoint_state import Step
from twin.sagemaker.endpoints import Timings
from twin.sagemaker.fleet_pair import Pair

Says = Callable[[Pair], str]


class Ends(NamedTuple):
    """How a deployment ends: with the new configuration, with the old one, or with a mix."""

    complete: Callable[[str | None], None]
    restore: Callable[[str | None], None]
    mix: Callable[[str | None], None]


class Phase(NamedTuple):
    """A step, its length in seconds and its message. A launch waits for its `fleets`, too."""

    step: Step
    seconds: float
    says: Says
    fleets: Sequence[Fleet] = ()


class Course:
    """Yields phases. What a phase is for has happened when the next one is asked for."""

    def __init__(
        self,
        pairs: Sequence[Pair],
        policy: Policy,
        timings: Timings,
        ends: Ends,
        *,
        rounds_up: bool,
    ) -> None:
        self.pairs = pairs
        self.is_decided = False  # once the old fleet ends, nothing goes back
        self._policy = policy
        self._timings = timings
        self._ends = ends
        self._rounds_up = rounds_up
        portions = [policy.portions(pair.goal, rounds_up=rounds_up) for pair in pairs]
        self._steps = max(map(len, portions))
        self._portions = {
            pair.name: [*found, *[pair.goal] * (self._steps - len(found))]
            for pair, found in zip(pairs, portions, strict=True)
        }

    @property
    def has_traffic(self) -> bool:
        """Whether a new instance has traffic."""
        return any(pair.active for pair in self.pairs)

    def forwards(self) -> Iterator[Phase]:
        """Yield the phases of the whole deployment."""
        if not self._policy.rolls:
            yield self._launch("Creating", lambda pair: pair.goal)
        for step in range(self._steps):
            yield from self._forward(step)
        if not self._policy.rolls:
            self.is_decided = True
            yield from self._end(lambda pair: pair.full)
        self._part()
        self._ends.complete(None)

    def _forward(self, step: int) -> Iterator[Phase]:
        last = step == self._steps - 1
        if self._policy.rolls:
            yield self._launch(
                "Updating" if step else "Creating", lambda pair: self._at(pair, step)
            )
        yield self._activate(lambda pair: self._at(pair, step), part=not last)
        for pair in self.pairs:
            pair.open(self._at(pair, step))
        yield from self._bake(last=last)
        if self._policy.rolls:
            self.is_decided = last
            yield from self._end(lambda pair: pair.remaining - pair.old_part(pair.active))
            for pair in self.pairs if not last else ():
                pair.keep(pair.old_part(pair.active))

    def back(self, reason: str | None, failure: Failure | None) -> Iterator[Phase]:
        """Yield the phases of the way back, which ends in a mix if it fails.

        AWS: a rolling deployment launches old instances again, by default all at once (botocore
        RollingUpdatePolicy).
        """
        for count in self._returns():
            yield from self._approach(count)
            if failure:
                self._mix(failure)
                return
            self._give_back(count)
            yield from self._end(lambda pair: pair.launched - pair.active)
            for pair in self.pairs:
                pair.launch(pair.active)
        self._part()
        self._ends.restore(reason)

    def _returns(self) -> Iterator[int]:
        """Yield the old instances after each batch of the way back. Only rolling has several."""
        first = self.pairs[0]
        missing = first.full - first.remaining
        batch = missing
        if self._policy.back and missing:
            batch = self._policy.back.instances_of(first.full, rounds_up=self._rounds_up)
        yield from range(first.remaining + batch, first.full, batch) if batch else ()
        yield first.full

    def _approach(self, count: int) -> Iterator[Phase]:
        first = self.pairs[0]
        if count > first.remaining:
            says = f"Launching {count - first.remaining} instance(s)."
            yield Phase("Updating", self._timings.update, lambda _: says)
            first.keep(count)
        if self.has_traffic:
            yield self._activate(lambda pair: pair.full, part=False)

    def _give_back(self, count: int) -> None:
        first, *others = self.pairs
        first.open(first.goal - round(first.goal * count / first.full))
        for pair in others:
            pair.open(0)

    def _mix(self, failure: Failure) -> None:
        for pair in self.pairs:
            pair.stay_mixed()
        self._part()
        self._ends.mix(failure.reason)

    def _at(self, pair: Pair, step: int) -> int:
        return self._portions[pair.name][step]

    def _launch(self, step: Step, count: Callable[[Pair], int]) -> Phase:
        added = {pair.name: count(pair) - pair.launched for pair in self.pairs}
        for pair in self.pairs:
            pair.launch(count(pair))
        fleets = [pair.new_fleet for pair in self.pairs]
        return Phase(
            step,
            self._timings.update,
            lambda pair: f"Launching {added[pair.name]} instance(s).",
            fleets,
        )

    def _activate(self, count: Callable[[Pair], int], *, part: bool) -> Phase:
        kind = _kind(part=part)
        return Phase(
            "ActivatingTraffic",
            self._timings.activate,
            lambda pair: f"Activating traffic on {kind} capacity of {count(pair)} instance(s).",
        )

    def _bake(self, *, last: bool) -> Iterator[Phase]:
        """AWS: after the last step of blue/green, TerminationWaitInSeconds is the wait."""
        final = last and not self._policy.rolls
        wait = self._policy.final_wait if final else self._policy.wait
        name = "TerminationWaitInSeconds" if final else "WaitIntervalInSeconds"
        text = f"Baking for {wait:g} seconds ({name}) with traffic enabled on"
        kind = _kind(part=not last)
        if wait:
            yield Phase(
                "Baking", wait, lambda pair: f"{text} {kind} capacity of {pair.active} instance(s)."
            )

    def _end(self, count: Callable[[Pair], int]) -> Iterator[Phase]:
        counts = {pair.name: count(pair) for pair in self.pairs}
        if any(counts.values()):
            yield Phase(
                "Deleting",
                self._timings.terminate,
                lambda pair: f"Terminating {counts[pair.name]} instance(s).",
            )

    def _part(self) -> None:
        for pair in self.pairs:
            pair.part()


def _kind(*, part: bool) -> str:
    return "canary" if part else "full"
