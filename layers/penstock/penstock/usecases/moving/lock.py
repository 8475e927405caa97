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

    `gate` is the gate as the acquiring write left it. `over` means that nothing has to be released.
    `void` means that the lock had expired before it was released, so decisions under it do not
    stand.
    """

    ledger: Ledger
    gate: Gate
    over: bool = False
    void: bool = False

    @property
    def giving_back(self) -> GateWrite:
        """The write that releases the lock."""
        return protocol.release_lock(self.gate.lock)

    def end(self, write: GateWrite) -> Gate:
        """End the hold by a write that also removes the lock.

        Raises:
            Declined: It was not written, so the lock still has to be released.
        """
        after = self.ledger.write(self.gate.key, write)
        self.over = True
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
            hold.over = True
            raise
        finally:
            if not hold.over:
                hold.void = not self._given_back(hold)

    def _acquired(self, key: Key, write: GateWrite) -> Gate:
        try:
            return self.ledger.write(key, write)
        except Declined as declined:
            raise NotAcquired(declined.gate) from declined

    def _given_back(self, hold: Hold) -> bool:
        """Whether the lock was ours until now."""
        try:
            self.ledger.write(hold.gate.key, hold.giving_back)
        except Declined:
            return False
        return True
