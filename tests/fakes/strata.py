"""The series that CloudWatch lists, in memory."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from penstock.domain.errors import Unavailable
from penstock.domain.kinds.series import Divided
from tests.fakes.wire import Wire

Series = tuple[str, str, frozenset[tuple[str, str]]]
"""Namespace, metric, and dimensions."""


@dataclass
class FakeStrata:
    """Whatever metric is asked for has the values of `always`, by dimension, beside `listed`.

    Those that are `quiet` had no data in the last three hours.
    """

    always: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    listed: set[Series] = field(default_factory=set)
    quiet: set[Series] = field(default_factory=set)
    throttled: bool = False
    wire: Wire = field(default_factory=Wire)

    def values(self, divided: Divided) -> tuple[str, ...]:
        return self.wire("strata.values", lambda: self._values(divided))

    def _values(self, divided: Divided) -> tuple[str, ...]:
        if self.throttled:
            raise Unavailable("Rate exceeded")
        source, exactly = (divided.namespace, divided.metric), frozenset(divided.dimensions)
        found = {
            value
            for *named, dimensions in self.listed - (self.quiet if divided.active else set())
            for name, value in dimensions - exactly
            if (*named,) == source and name == divided.by and len(dimensions - exactly) == 1
            if exactly <= dimensions
        }
        return tuple(sorted({*found, *self.always.get(divided.by, ())}))
