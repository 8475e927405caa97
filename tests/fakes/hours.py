"""Statistics of clock hours, in memory."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from penstock.domain.errors import Unavailable
from penstock.domain.kinds.series import Statistic
from tests.fakes.wire import Wire

Found = dict[Statistic, dict[int, float]]


@dataclass
class FakeHours:
    """Every series shows `always` in each clock hour that has begun, by statistic."""

    now: Callable[[], int]
    always: Mapping[str, float] = field(default_factory=dict)
    whole: bool = True
    recorded: Found = field(default_factory=dict)
    wire: Wire = field(default_factory=Wire)

    def read(
        self, asked: Sequence[Statistic], first: int, end: int
    ) -> Mapping[Statistic, Mapping[int, float]]:
        return self.wire("hours.read", lambda: self._read(asked, first, end))

    def _read(self, asked: Sequence[Statistic], first: int, end: int) -> Found:
        if not self.whole:
            raise Unavailable("CloudWatch did not answer completely")
        hours = range(first, min(end, self.now() // 3_600_000 + 1))
        return {each: self._of(each, hours) for each in asked}

    def _of(self, asked: Statistic, hours: range) -> dict[int, float]:
        usual = self.always.get(asked.statistic)
        found = {} if usual is None else dict.fromkeys(hours, usual)
        found |= self.recorded.get(asked, {})
        return {hour: value for hour, value in found.items() if hour in hours}
