"""The settings of the stack, in one SSM parameter that every deployment writes."""

from typing import Any

from penstock.adapters.failures import translated
from penstock.domain.errors import PenstockError, Unavailable
from penstock.domain.policy.limits import Limits
from penstock.domain.policy.settings import Settings, parse_settings


class StackSettings:
    """Settings, through a boto3 SSM client; read once between one `forget` and the next."""

    def __init__(self, client: Any, name: str) -> None:
        self._client = client
        self._name = name
        self._read: Settings | None = None

    def forget(self) -> None:
        """The next reader asks SSM: a deployment may have changed them meanwhile."""
        self._read = None

    @property
    def known(self) -> Settings | None:
        """What was read since the last `forget`; asks nobody."""
        return self._read

    def current(self) -> Settings:
        """The settings as they are now.

        Raises:
            Unavailable: they cannot be read, whatever the reason: nothing is decided without them.
            Refused: they are not as the template writes them.
        """
        if self._read is None:
            self._read = parse_settings(self._text(), self._name)
        return self._read

    def limits(self) -> Limits:
        """What a policy may ask for; raises as `current`."""
        return self.current().limits

    def policy_path(self) -> str:
        """Where the policies are, without a slash at its end; raises as `current`."""
        return self.current().policy_path

    def _text(self) -> str:
        try:
            with translated():
                found = self._client.get_parameter(Name=self._name)
        except PenstockError as error:
            raise Unavailable(f"the stack's settings cannot be read: {error}") from error
        return str(found["Parameter"]["Value"])
