"""The settings of the stack, in one SSM parameter that every deployment writes."""

from typing import Any

from penstock.adapters.failures import translated
from penstock.domain.errors import PenstockError, Unavailable
from penstock.domain.policy.allowed import Limits
from penstock.domain.policy.settings import Settings, parse_settings


class StackSettings:
    """Settings, through a boto3 SSM client. They are read once between two calls of `forget`."""

    def __init__(self, client: Any, name: str) -> None:
        self._client = client
        self._name = name
        self._read: Settings | None = None

    def forget(self) -> None:
        """Make the next reader ask SSM again, because a deployment may have changed the
        settings.
        """
        self._read = None

    @property
    def known(self) -> Settings | None:
        """The settings that were read since the last `forget`. No call is made."""
        return self._read

    def current(self) -> Settings:
        """The settings as they are now.

        Raises:
            Unavailable: They cannot be read for whatever reason. Nothing is decided without them.
            Refused: They do not have the form that the template writes.
        """
        if self._read is None:
            self._read = parse_settings(self._text(), self._name)
        return self._read

    def limits(self) -> Limits:
        """What a policy may request. It raises as `current` does."""
        return self.current().limits

    def policy_path(self) -> str:
        """Path of the policies, without a slash at its end. It raises as `current` does."""
        return self.current().policy_path

    def control_path(self) -> str:
        """Path of the freeze, without a slash at its end. It raises as `current` does."""
        return self.current().control_path

    def _text(self) -> str:
        try:
            with translated():
                found = self._client.get_parameter(Name=self._name)
        except PenstockError as error:
            raise Unavailable(f"the stack's settings cannot be read: {error}") from error
        return str(found["Parameter"]["Value"])
