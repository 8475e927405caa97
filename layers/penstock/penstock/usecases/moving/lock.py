"""The one way to hold an endpoint's lock (protocol, section 4)."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from penstock.domain import protocol
from penstock.domain.errors import Unanswered
from penstock.domain.ledger.gate import Declined, Gate, GateWrite
from penstock.domain.ledger.place import Key
from penstock.ports import Ledger

LOCK_SECONDS = 10
"""A lock that another instance holds is asked for again after so long."""


class NotAcquired(Declined):
    """The lock was not given; `gate` says why. A plain `Declined` comes from a write inside it."""


@dataclass
class Hold:
    """A lock while it is held. `gate` is the gate as the acquiring write left it.

    `over` says that nothing is to be given back. `void` says that the lock had ended before it was
    given back, so whatever was decided under it does not stand.
    """

    ledger: Ledger
    gate: Gate
    over: bool = False
    void: bool = False

    @property
    def giving_back(self) -> GateWrite:
        """The write that gives the lock back."""
        return protocol.release_lock(self.gate.lock)

    def end(self, write: GateWrite) -> Gate:
        """End the hold by a write that takes the lock away together with what it says.

        Raises:
            Declined: it was not written, so the lock is still to be given back.
        """
        after = self.ledger.write(self.gate.key, write)
        self.over = True
        return after


@dataclass(frozen=True)
class Lock:
    """Acquires locks and gives them back."""

    ledger: Ledger

    @contextmanager
    def hold(self, key: Key, write: GateWrite) -> Iterator[Hold]:
        """Hold the lock that `write` acquires while the block runs.

        Whatever ends the block gives the lock back, except for a call without an answer. Such a
        call may still take effect, so its lock has to run out (A1).

        Raises:
            NotAcquired: somebody else acts, or the writer may not act (any more).
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
