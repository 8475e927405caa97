"""Throttles calls that exceed the account's rates, if a test enables it."""

import threading
from typing import Any

from moto.core import errors
from moto.core.responses import BaseResponse

from twin.clock.timeline import Clock
from twin.core.hooks import Hooks
from twin.core.rates import CODES, Buckets
from twin.iam.permissions import answer_error, operation_of

_THROTTLED = "ThrottlingException"


class Throttling:
    """Throttles calls after `on`. The operator, which is the test itself, is never throttled."""

    def __init__(self, clock: Clock, operator_key: str) -> None:
        self.buckets: Buckets | None = None
        self._clock = clock
        self._operator_key = operator_key
        self._until: dict[str, float] = {}
        self._lock = threading.Lock()

    def on(self, part: float = 1.0) -> Buckets:
        """Throttle from now on, with full buckets. `part` is the part of the rates for us."""
        self.buckets = Buckets(part=part)
        return self.buckets

    def off(self) -> None:
        """Stop throttling."""
        self.buckets = None

    def throttle(self, service: str, minutes: float) -> None:
        """Refuse every call to a service for a number of minutes, whatever the rate is."""
        self._until[service] = self._clock.now() + 60 * minutes

    def install(self, hooks: Hooks) -> None:
        """Check calls before their permissions."""
        judge = BaseResponse._authenticate_and_authorize_normal_action  # noqa: SLF001  # as permissions do

        def throttled(response: Any, resource: str = "*") -> None:
            self._check(response)
            judge(response, resource)

        # moto warns of errors that a service's model does not name; these come from every service.
        codes = [*errors.COMMON_ERROR_CODES, *CODES.values(), _THROTTLED]
        hooks.set(errors, "COMMON_ERROR_CODES", codes)
        hooks.set(BaseResponse, "_authenticate_and_authorize_normal_action", throttled)

    def _check(self, response: Any) -> None:
        if response.access_key == self._operator_key:
            return
        service = response.boto3_service_name
        if not self._takes(service, response):
            answer_error(response, CODES.get(service, _THROTTLED), "Rate exceeded")

    def _takes(self, service: str, response: Any) -> bool:
        now = self._clock.now()
        if now < self._until.get(service, 0):
            return False
        if self.buckets is None:
            return True
        with self._lock:
            return self.buckets.take(service, operation_of(response), now)
