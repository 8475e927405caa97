"""Troubles in memory, as JSON."""

from penstock.domain.ledger.trouble import Trouble


class FakeTroubles:
    """Troubles."""

    def __init__(self) -> None:
        self._texts: dict[str, str] = {}

    def trouble(self, about: str) -> Trouble | None:
        text = self._texts.get(about)
        return Trouble.model_validate_json(text) if text else None

    def note_trouble(self, trouble: Trouble) -> None:
        self._texts[trouble.about] = trouble.model_dump_json()

    def end_trouble(self, about: str) -> None:
        self._texts.pop(about, None)
