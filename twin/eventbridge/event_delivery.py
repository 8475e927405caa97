"""Delivers events to targets, with permissions, retries with back-off, and dead letters."""

import json
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import boto3
from botocore.exceptions import ClientError
from moto.awslambda.exceptions import UnknownFunctionException
from moto.awslambda.utils import get_backend as get_lambda_backend
from moto.sqs.exceptions import QueueDoesNotExist
from moto.sqs.models import sqs_backends

from twin.core.account import ACCOUNT, REGION, Clock
from twin.iam import keys
from twin.iam.policy_language import Request, decide

Keys = tuple[str | None, str | None, str | None]
Credentials = Callable[[str, str], Keys]
Throttle = Callable[[str], bool]

# AWS: 185 attempts or 24 hours unless the target says otherwise (facts 1.1).
_MOST_RETRIES = 185
_OLDEST = 86_400
_LONGEST_BACK_OFF = 600.0
_RETRIED = {"ExecutionLimitExceeded", "ThrottlingException", "TooManyRequestsException"}
_REFUSED = {"AccessDeniedException": "NO_PERMISSIONS", "StateMachineDoesNotExist": "NO_RESOURCE"}


class Undeliverable(Exception):
    """One attempt to deliver failed."""

    def __init__(self, code: str, message: str, retry: bool = False) -> None:
        super().__init__(message)
        self.code = code
        self.retry = retry


@dataclass(frozen=True)
class Parcel:
    """One event to deliver to one target."""

    event: Mapping[str, Any]
    payload: str
    target: Mapping[str, Any]
    rule_arn: str
    matched_at: float

    @property
    def arn(self) -> str:
        return str(self.target["Arn"])

    @property
    def most_retries(self) -> int:
        return int(self._policy.get("MaximumRetryAttempts", _MOST_RETRIES))

    @property
    def gives_up_at(self) -> float:
        return self.matched_at + int(self._policy.get("MaximumEventAgeInSeconds", _OLDEST))

    @property
    def _policy(self) -> Mapping[str, Any]:
        policy: Mapping[str, Any] = self.target.get("RetryPolicy", {})
        return policy


@dataclass(frozen=True)
class Lost:
    """An event that reached neither its target nor a dead-letter queue."""

    parcel: Parcel
    reason: str


class Delivery:
    """Delivers parcels on threads of the clock."""

    def __init__(self, clock: Clock, credentials: Credentials | None) -> None:
        self._clock = clock
        self._credentials = credentials
        self.lost: list[Lost] = []
        self.throttles: list[Throttle] = []

    def send(self, parcel: Parcel, attempt: int = 0, after: float = 0.0) -> None:
        """Try to deliver after `after` seconds."""
        at = self._clock.now() + after
        name = f"deliver to {parcel.arn.rsplit(':', 1)[-1]}"
        self._clock.call_at(at, lambda: self._attempt(parcel, attempt), name)

    def _attempt(self, parcel: Parcel, attempt: int) -> None:
        try:
            self._deliver(parcel)
        except Undeliverable as failure:
            self._failed(parcel, attempt, failure)

    def _failed(self, parcel: Parcel, attempt: int, failure: Undeliverable) -> None:
        back_off = min(2.0**attempt, _LONGEST_BACK_OFF)
        exhausted = None
        if attempt >= parcel.most_retries:
            exhausted = "MaximumRetryAttempts"
        elif self._clock.now() + back_off > parcel.gives_up_at:
            exhausted = "MaximumEventAgeInSeconds"
        if failure.retry and exhausted is None:
            self.send(parcel, attempt + 1, back_off)
            return
        self._bury(parcel, failure, attempt, exhausted if failure.retry else None)

    def _deliver(self, parcel: Parcel) -> None:
        if any(throttle(parcel.arn) for throttle in self.throttles):
            raise Undeliverable("THROTTLING", "Rate exceeded", retry=True)
        service = parcel.arn.split(":")[2]
        handlers = {"lambda": _to_function, "sqs": _to_queue, "states": self._to_machine}
        handlers[service](parcel)

    def _to_machine(self, parcel: Parcel) -> None:
        # AWS names the execution itself, a new name each time: nothing is deduplicated.
        name = f"{parcel.event['id']}_{uuid.uuid4()}"
        key, secret, token = self._keys(parcel.target["RoleArn"])
        session: Any = boto3.session.Session(key, secret, token)
        client = session.client("stepfunctions", region_name=REGION)
        try:
            client.start_execution(stateMachineArn=parcel.arn, name=name, input=parcel.payload)
        except ClientError as error:
            code = error.response["Error"]["Code"]
            known = _REFUSED.get(code, "THROTTLING" if code in _RETRIED else "SDK_CLIENT_ERROR")
            raise Undeliverable(known, str(error), retry=code in _RETRIED) from error

    def _keys(self, role_arn: str) -> Keys:
        if self._credentials is None:
            return None, None, None
        try:
            return self._credentials(role_arn, "events.amazonaws.com")
        except PermissionError as error:
            raise Undeliverable("NO_PERMISSIONS", str(error)) from error

    def _bury(
        self, parcel: Parcel, failure: Undeliverable, attempts: int, exhausted: str | None
    ) -> None:
        queue = parcel.target.get("DeadLetterConfig", {}).get("Arn")
        if queue is None:
            self.lost.append(Lost(parcel, f"{failure.code} and no dead-letter queue"))
            return
        try:
            _check_queue(queue, parcel.rule_arn)
        except Undeliverable as error:
            self.lost.append(Lost(parcel, f"{failure.code}, and the dead-letter queue: {error}"))
            return
        notes = {
            "RULE_ARN": parcel.rule_arn,
            "TARGET_ARN": parcel.arn,
            "ERROR_CODE": failure.code,
            "ERROR_MESSAGE": str(failure),
            "RETRY_ATTEMPTS": str(attempts),
            **({} if exhausted is None else {"EXHAUSTED_RETRY_CONDITION": exhausted}),
        }
        _put_message(queue, json.dumps(parcel.event), notes)


def _to_function(parcel: Parcel) -> None:
    backend = get_lambda_backend(ACCOUNT, REGION)
    try:
        function = backend.get_function(parcel.arn)
    except UnknownFunctionException as error:
        raise Undeliverable("NO_RESOURCE", f"{parcel.arn} does not exist") from error
    statements = {"Statement": function.policy.statements}
    _check_resource_policy(statements, "lambda:InvokeFunction", parcel.arn, parcel.rule_arn)
    headers = {"X-Amz-Invocation-Type": "Event"}
    backend.invoke(parcel.arn, None, parcel.payload, headers, {})


def _to_queue(parcel: Parcel) -> None:
    _check_queue(parcel.arn, parcel.rule_arn)
    _put_message(parcel.arn, parcel.payload, {})


def _check_queue(queue_arn: str, rule_arn: str) -> None:
    try:
        queue = sqs_backends[ACCOUNT][REGION].get_queue(queue_arn.rsplit(":", 1)[-1])
    except QueueDoesNotExist as error:
        raise Undeliverable("NO_RESOURCE", f"{queue_arn} does not exist") from error
    document = json.loads(queue.policy) if queue.policy else {"Statement": []}
    _check_resource_policy(document, "sqs:SendMessage", queue_arn, rule_arn)
    key = getattr(queue, "kms_master_key_id", None)
    if key and not keys.lets_service_in(
        key, "events.amazonaws.com", ("GenerateDataKey", "Decrypt"), {}
    ):
        raise Undeliverable("NO_PERMISSIONS", f"the key {key} does not let EventBridge in")


def _check_resource_policy(
    document: Mapping[str, Any], action: str, resource: str, rule_arn: str
) -> None:
    """AWS: the target's resource policy must allow events.amazonaws.com, for this rule."""
    request = Request(
        action,
        resource,
        {"aws:sourcearn": (rule_arn,), "aws:sourceaccount": (ACCOUNT,)},
        {"Service": "events.amazonaws.com"},
    )
    if decide([document], request) != "allowed":
        message = f"the policy of {resource} does not let {rule_arn} in"
        raise Undeliverable("NO_PERMISSIONS", message)


def _put_message(queue_arn: str, body: str, notes: Mapping[str, str]) -> None:
    sqs_backends[ACCOUNT][REGION].send_message(
        queue_name=queue_arn.rsplit(":", 1)[-1],
        message_body=body,
        message_attributes={
            name: {"DataType": "String", "StringValue": value} for name, value in notes.items()
        },
    )
