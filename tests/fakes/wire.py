"""Between the use cases and the fakes: tests step in before or after any call, or kill there."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Literal, TypeVar

Answer = TypeVar("Answer")
When = Literal["before", "after"]


class Killed(BaseException):
    """The instance is gone. What it would still do (clean-up too) never reaches a port."""


@dataclass
class Instance:
    """One running Lambda invocation: what it holds, when it looked, whether it still lives.

    `held_up`: when (ms) it was first kept waiting in the middle of something. `began`: at which
    call of the wire.
    """

    name: str = "outside"
    lock: int | None = None
    endpoint: str | None = None
    looked: int = -1
    held_up: int | None = None
    dead: bool = False
    began: int = 0


@dataclass
class _Hook:
    when: When
    point: str
    action: Callable[[], None]
    count: int


@dataclass
class Wire:
    """Every call of a fake goes over it; `writes` are the calls that change the world.

    `opens`: the moments at which instances began. `refused`: calls that fail as long as they are
    in here and it answers an error; `weather` the same for whatever point it is asked about.
    `witness` is told of every instance and of every answered call.
    """

    calls: list[str] = field(default_factory=list)
    writes: list[str] = field(default_factory=list)
    instances: list[Instance] = field(default_factory=lambda: [Instance()])
    opens: list[int] = field(default_factory=list)
    _hooks: list[_Hook] = field(default_factory=list)
    _kill: tuple[int, When] | None = None
    _at: tuple[int, When, Callable[[str], None]] | None = None
    refused: dict[str, Callable[[], Exception | None]] = field(default_factory=dict)
    weather: Callable[[str], Exception | None] | None = None
    witness: Callable[[Literal["instance", "call"], str], None] | None = None

    @property
    def current(self) -> Instance:
        return self.instances[-1]

    @property
    def moment(self) -> int:
        """How many calls there were so far."""
        return len(self.calls)

    @contextmanager
    def instance(self, name: str) -> Iterator[Instance]:
        """The block is another instance's doing."""
        self.instances.append(Instance(name, began=self.moment))
        self.opens.append(self.moment)
        if self.witness:
            self.witness("instance", name)
        try:
            yield self.current
        finally:
            self.instances.pop()

    def before(self, point: str, action: Callable[[], None], count: int = 1) -> None:
        """Do `action` once, right before the next call of `point` (its `count`-th)."""
        self._hooks.append(_Hook("before", point, action, count))

    def after(self, point: str, action: Callable[[], None], count: int = 1) -> None:
        """Do `action` once, when the call took effect but its caller has no answer yet."""
        self._hooks.append(_Hook("after", point, action, count))

    def kill(self) -> None:
        """End the running instance here."""
        self.current.dead = True
        raise Killed(self.current.name)

    def kill_at_write(self, number: int, when: When) -> None:
        """Kill whoever makes the write of this number (0 is the next one)."""
        self._kill = (len(self.writes) + number, when)

    def at_call(self, number: int, when: When, action: Callable[[str], None]) -> None:
        """Do `action` at the call of this number (0 is the next one); it is told which it is."""
        self._at = (len(self.calls) + number, when, action)

    def __call__(self, point: str, call: Callable[[], Answer], *, writes: bool = False) -> Answer:
        if self.current.dead:
            raise Killed(self.current.name)
        self.calls.append(point)
        call_number, number = len(self.calls) - 1, len(self.writes)
        if writes:
            self.writes.append(point)
        self._strike(call_number, "before", point)
        self._step_in("before", point, number if writes else None)
        if point in self.refused and (error := self.refused[point]()):
            raise error
        if self.weather and (error := self.weather(point)):
            raise error
        answer = call()
        if self.witness:
            self.witness("call", point)
        self._strike(call_number, "after", point)
        self._step_in("after", point, number if writes else None)
        return answer

    def _strike(self, number: int, when: When, point: str) -> None:
        if self._at and self._at[:2] == (number, when):
            action, self._at = self._at[2], None
            action(point)

    def _step_in(self, when: When, point: str, number: int | None) -> None:
        if number is not None and self._kill == (number, when):
            self._kill = None
            self.kill()
        for hook in [h for h in self._hooks if (h.when, h.point) == (when, point)]:
            hook.count -= 1
            if hook.count == 0:
                self._hooks.remove(hook)
                hook.action()

    @property
    def busy(self) -> set[str]:
        """Names of the instances that are in the middle of something, by their first word."""
        return {instance.name.split(" ")[0] for instance in self.instances}

    def calm(self) -> None:
        """Forget every hook and kill that has not happened."""
        self._hooks.clear()
        self._kill = self._at = None
        self.refused.clear()
        self.weather = None

    @property
    def counts(self) -> Counter[str]:
        """How often each point was called."""
        return Counter(self.calls)
