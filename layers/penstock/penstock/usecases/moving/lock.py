"""The one way to hold an endpoint's lock (protocol, section 4)."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from penstock.domain import protocol
from penstock.domain.errors import Unanswered
from penstock.domain.ledger.gate import Declined, Gate, GateWrite
from penstock.domain.ledger.place import Key
from penstock.ports.ledger import Ledger


class NotAcquired(Declined):
    """The lock was not acquired, and `gate` says why.

    A plain `Declined` comes from a write inside it.
    """


@dataclass
class Hold:
    """A lock while it is held.

    `gate` is the gate as the acquiring write left it. `ended`: nothing has to be released any more.
    `expired`: the lock had ended before it was released, so decisions under it do not stand.
    """

    ledger: Ledger
    gate: Gate
    ended: bool = False
    expired: bool = False

    @property
    def releasing(self) -> GateWrite:
        """The write that releases the lock."""
        return protocol.release_lock(self.gate.lock)

    def end(self, write: GateWrite) -> Gate:
        """End the hold by a write that also removes the lock.

        Raises:
            Declined: It was not written, so the lock still has to be released.
        """
        after = self.ledger.write(self.gate.key, write)
        self.ended = True
        return after


@dataclass(frozen=True)
class Lock:
    """Acquires and releases locks."""

    ledger: Ledger

    @contextmanager
    def hold(self, key: Key, write: GateWrite) -> Iterator[Hold]:
        """Hold the lock that `write` acquires while the block runs.

        The lock is released however the block ends, except after a call without an answer. Such a
        call may still take effect, so its lock has to expire (A1).

        Raises:
            NotAcquired: Somebody else acts, or the writer may no longer act.
        """
        hold = Hold(self.ledger, self._acquired(key, write))
        try:
            yield hold
        except Unanswered:
            hold.ended = True
            raise
        finally:
            if not hold.ended:
                hold.expired = not self._released(hold)

    def _acquired(self, key: Key, write: GateWrite) -> Gate:
        try:
            return self.ledger.write(key, write)
        except Declined as declined:
            raise NotAcquired(declined.gate) from declined

    def _released(self, hold: Hold) -> bool:
        """Whether the lock was ours until now."""
        try:
            self.ledger.write(hold.gate.key, hold.releasing)
        except Declined:
            return False
        return True
