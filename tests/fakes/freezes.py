"""The freeze in memory, kept as the text that people write."""

from penstock.domain.errors import Denied
from penstock.domain.policy.freeze import Freeze, parse_freeze
from tests.fakes.wire import Wire

NAME = "/penstock/control/freeze"


class FakeFreezes:
    """One freeze, or none."""

    def __init__(self, wire: Wire | None = None) -> None:
        self.wire = wire or Wire()
        self._text: str | None = None
        self._sealed = False

    def put(self, text: str) -> None:
        """Somebody stores the parameter."""
        self._text = text

    def remove(self) -> None:
        """Somebody deletes it; one that is gone is fine."""
        self._text = None

    def seal(self) -> None:
        """The role may not read it any more."""
        self._sealed = True

    def unseal(self) -> None:
        """The role has its permission back."""
        self._sealed = False

    def freeze(self) -> Freeze | None:
        return self.wire("freezes.freeze", self._freeze)

    def _freeze(self) -> Freeze | None:
        if self._sealed:
            raise Denied("AWS refused GetParameter: not authorized (AccessDeniedException)")
        return None if self._text is None else parse_freeze(self._text, NAME)
