"""Who reconciles what a sweep hands over, in memory."""

from penstock.domain.errors import PenstockError
from penstock.domain.ledger.place import Key


class FakeReconciling:
    """Reconciling; `refused` says what is not taken, by key or group, and why."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.refused: dict[str, PenstockError] = {}

    def place(self, key: Key) -> None:
        self._ask(f"place {key}", key)

    def group(self, group: str) -> None:
        self._ask(f"group {group}", group)

    def _ask(self, said: str, name: str) -> None:
        if name in self.refused:
            raise self.refused[name]
        self.asked.append(said)
