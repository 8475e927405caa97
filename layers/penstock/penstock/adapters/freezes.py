"""The freeze, in one SSM parameter that people write and delete."""

from collections.abc import Callable
from typing import Any

from penstock.adapters.failures import translated
from penstock.domain.errors import Missing
from penstock.domain.policy.freeze import Freeze, parse_freeze


class ParameterFreezes:
    """The freeze, through a boto3 SSM client; `path`, asked each time, has no slash at its end."""

    def __init__(self, client: Any, path: Callable[[], str]) -> None:
        self._client = client
        self._path = path

    def freeze(self) -> Freeze | None:
        """The freeze as it is stored, also if it is over. None if there is none.

        Raises:
            Refused, Denied, Unavailable: As in the port.
        """
        name = f"{self._path()}/freeze"
        try:
            with translated():
                found = self._client.get_parameter(Name=name, WithDecryption=True)
        except Missing:
            return None
        return parse_freeze(str(found["Parameter"]["Value"]), name)
