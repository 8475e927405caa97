"""What goes wrong, and what simply goes on: time, the bus, alarms, deaths, refusals."""

from collections.abc import Callable

from penstock.domain.errors import Denied, NoCapacity, Unanswered, Unavailable
from tests.fakes.fleets import Outcome, Repairing
from tests.soak.account import Account, Event
from tests.soak.people import pick
from tests.soak.watched import goes_back
from tests.worlds.machine import Execution

CALLS = (
    *("update", "weights", "create_endpoint", "create_model", "create_config"),
    *("delete_config", "delete_model", "delete_endpoint"),
)
POINTS = (
    *("ledger.write", "ledger.gate", "cloud.look", "cloud.update", "cloud.weights"),
    *("cloud.delete_config", "cloud.listed", "alarms.states", "executions.running"),
)
THROTTLED = (
    *(
        "ledger.write",
        "ledger.gate",
        "cloud.look",
        "cloud.setup",
        "cloud.listed",
        "cloud.configs_of",
    ),
    *("alarms.states", "alarms.put", "alarms.delete", "executions.start", "executions.running"),
    *("scaling.describe", "scaling.suspend", "scaling.resume"),
    *("registry.package", "registry.set_stage", "policies.policy", "freezes.freeze"),
    *("models.ask", "golden.read", "golden.kept", "plans.plan", "brakes.pull"),
    *("captures.read", "outcomes.read", "minutes.read", "archive.add", "archive.note"),
)
DENIED = (
    *("registry.set_stage", "freezes.freeze", "models.ask", "golden.read", "brakes.pull"),
    "captures.read",
)
"""What a role may lose the permission for."""
REPAIRING = (
    *(Repairing(), Repairing(), Repairing(shows_new=True)),
    *(Repairing(same=True, weights=True), Repairing(updates=False)),
)
"""What SageMaker takes in UpdateRollbackFailed, as nobody knows."""
HOUR_MS = 3_600_000
LASTS_HOURS = (2, 9, 30, 80)
"""How long RESTORE may be refused, or undone each time."""
LATE_SECONDS = 20
TIMEOUT_SECONDS = 60
"""How long an instance may be held up at once, and in all: it is killed before its lock ends."""
DEEPEST = 1
"""Others act in the middle of an instance, and nobody in the middle of theirs."""


class Faults:
    """Time goes on in all of them as the clock and the schedule say."""

    def __init__(self, account: Account) -> None:
        self._account = account
        self._late: list[Callable[[], object]] = []
        self._deep = 0

    # ---- time ------------------------------------------------------------------------------------

    def run(self, a: int, b: int) -> str:
        """The next few things that are due happen."""
        count = 1 + a % 12
        for done in range(count):
            self._account.happen()
            if not self._living():
                return f"{done + 1} steps"
        return f"{count} steps"

    def wait(self, a: int, b: int) -> str:
        """Time passes, with all that is due in it."""
        seconds = pick([60, 600, 3600], a)
        until = self._account.clock.now() + 1000 * seconds
        for _ in range(60):
            if not self._account.happen(until):
                break
        return f"{seconds} seconds"

    def days(self, a: int, b: int) -> str:
        """Much time passes, with all that is due in it."""
        hours = pick([4, 30, 54], a)
        until = self._account.clock.now() + HOUR_MS * hours
        while self._account.happen(until):
            self._account.promises.still()
        return f"{hours} hours"

    # ---- the bus ---------------------------------------------------------------------------------

    def deliver(self, a: int, b: int) -> str:
        """An event arrives: the oldest mostly, sometimes any."""
        waiting = self._account.bus.waiting
        if not waiting:
            return ""
        event = waiting.pop(0 if b % 4 else a % len(waiting))
        self._account.deliver(event)
        return _said(event)

    def lose(self, a: int, b: int) -> str:
        waiting = self._account.bus.waiting
        return _said(waiting.pop(a % len(waiting))) if waiting else ""

    def duplicate(self, a: int, b: int) -> str:
        """The copy arrives some time later."""
        waiting = self._account.bus.waiting
        if not waiting:
            return ""
        waiting.append(pick(waiting, a))
        return _said(waiting[-1])

    def alarm(self, a: int, b: int) -> str:
        """An alarm goes to ALARM; the events of those that are there are put on the bus."""
        names = sorted(self._account.alarms.names)
        name = pick(names, a)
        self._account.alarms.put(name, "ALARM")
        self._account.emit("alarm", name)
        if b % 3:
            self._account.deliver(self._account.bus.waiting.pop())
        return f"{name}, event {'at once' if b % 3 else 'waits'}"

    def calm(self, a: int, b: int) -> str:
        for name in self._account.alarms.names:
            self._account.alarms.put(name, "OK")
        return "every alarm is OK"

    # ---- deaths ----------------------------------------------------------------------------------

    def kill(self, a: int, b: int) -> str:
        """Whoever makes one of the next writes is killed; some executions die of it."""
        for number, execution in enumerate(self._living()):
            execution.mortal = (b >> number) % 3 == 0
        self._account.wire.kill_at_write(a % 5, "after" if b % 2 else "before")
        return f"{'after' if b % 2 else 'before'} write {a % 5} from here"

    def die(self, a: int, b: int) -> str:
        if not (living := self._living()):
            return ""
        one = pick(living, a)
        self._account.die(one)
        return one.arn.rsplit(":", 1)[1]

    def pause(self, a: int, b: int) -> str:
        """A task's first instance lives on while it is tried again."""
        tasks = self._account.tasks
        able = [e for e in self._living() if e.state in tasks and not _passive(e.state)]
        if not able:
            return ""
        one = pick(able, a)
        self._late.append(self._account.pause(one))
        return f"{one.arn.rsplit(':', 1)[1]} in {one.state}"

    def resume(self, a: int, b: int) -> str:
        """A late instance goes on."""
        if not self._late:
            return ""
        self._account.outlive(self._late.pop(a % len(self._late)))
        return "a late instance"

    def interleave(self, a: int, b: int) -> str:
        """Others act while an instance is in the middle of something."""
        point = pick(POINTS, a)
        hook = self._account.wire.before if b % 2 else self._account.wire.after
        hook(point, lambda: self._others(1 + b % 7))
        return f"others act {'before' if b % 2 else 'after'} the next {point}"

    def _others(self, count: int) -> None:
        if self._deep >= DEEPEST:
            return
        self._deep += 1
        until = self._latest()
        for _ in range(count):
            self._account.happen(until)
        self._deep -= 1

    def _latest(self) -> int:
        """Until when others may act, in ms."""
        now, held = self._account.clock.now(), self._account.wire.current
        if held.held_up is None:
            held.held_up = now
        return min(now + 1000 * LATE_SECONDS, held.held_up + 1000 * TIMEOUT_SECONDS)

    # ---- refusals --------------------------------------------------------------------------------

    def fail(self, a: int, b: int) -> str:
        """The next call of a kind to SageMaker is refused, undone, fails, or has no answer."""
        call = pick(CALLS, a)
        cloud, kind = self._account.cloud, b % 10
        outcomes: list[Outcome] = ["undone", "undone", "failed", "unrestored", "hangs"]
        cloud.repairing, cloud.tells_reason = pick(REPAIRING, a // 8), a % 16 < 8
        if kind < len(outcomes):
            cloud.next(call, outcome=outcomes[kind])
            return f"{call}: {outcomes[kind]}"
        errors: list[Exception] = [
            NoCapacity("ResourceLimitExceeded"),
            Unavailable("ThrottlingException"),
            Unavailable("InternalFailure"),
            Denied("AccessDenied"),
            Unanswered("read timeout"),
        ]
        error = errors[kind - len(outcomes)]
        lands = pick([0, 5, LATE_SECONDS], a // 8) if isinstance(error, Unanswered) else None
        cloud.next(call, error, lands_in=lands)
        return f"{call}: {error}, lands in {lands}"

    def refuse_back(self, a: int, b: int) -> str:
        """For hours or days no rollback gets its shares: SageMaker refuses or undoes them."""
        hours, wire, clock = pick(LASTS_HOURS, a), self._account.wire, self._account.clock
        until = clock.now() + HOUR_MS * hours
        if b % 4 == 0:
            self._account.cloud.undone_until = until
            return f"undone for {hours} hours"
        errors = [Denied("AccessDenied"), NoCapacity("quota"), Unavailable("ThrottlingException")]
        error = pick(errors, b)

        def refused() -> Exception | None:
            return error if goes_back(wire) and clock.now() < until else None

        wire.refused["cloud.weights"] = refused
        return f"{error} for {hours} hours"

    def throttle(self, a: int, b: int) -> str:
        """The next calls of another kind are refused for now."""
        point, count = pick(THROTTLED, a), 1 + b % 3

        def refuse() -> None:
            raise Unavailable(f"throttled: {point}")

        for _ in range(count):
            self._account.wire.before(point, refuse)
        return f"{count} of {point}"

    def deny(self, a: int, b: int) -> str:
        """For a while a role has no permission for one kind of call."""
        point, clock = pick(DENIED, a), self._account.clock
        until = clock.now() + pick([60_000, HOUR_MS], b)

        def refused() -> Exception | None:
            return Denied("AccessDenied") if clock.now() < until else None

        self._account.wire.refused[point] = refused
        return f"{point} for {until - clock.now()} ms"

    def _living(self) -> list[Execution]:
        return [e for e in self._account.all if e.running and e.arn not in self._account.wire.busy]


def _passive(state: str) -> bool:
    return state.startswith(("Resolve", "Watch"))


def _said(event: Event) -> str:
    return f"{event.kind} {event.about}"
