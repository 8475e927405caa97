"""IAM: decides every call by the policies of the role that signed it."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NoReturn

from moto.core import errors
from moto.core.exceptions import ServiceException
from moto.core.parse import PROTOCOL_PARSERS
from moto.core.request import determine_request_protocol
from moto.core.responses import ActionResult, BaseResponse
from moto.core.utils import get_service_model
from moto.iam.models import iam_backends
from moto.s3.responses import S3Response
from moto.sts.models import sts_backends
from werkzeug.exceptions import HTTPException

from twin.core.account import ACCOUNT, REGION
from twin.core.hooks import Hooks, NotSupportedByTwin
from twin.iam import key_needs, s3_permissions
from twin.iam.control_policies import check_control, denied
from twin.iam.further_needs import further_needs
from twin.iam.key_needs import KeyNeeds
from twin.iam.needed_permissions import needs_of
from twin.iam.permission_needs import Need
from twin.iam.policy_language import Decision, Request, decide
from twin.iam.verdicts import verdict

NOT_ENFORCED = (
    "IAM: request signatures.",
    "IAM: resource policies of topics and queues. Those of buckets, functions, keys and, for "
    "EventBridge, queues are enforced.",
    "IAM: session policies, and service control policies on S3.",
    "KMS: what an administrator may do with a key, keys of other accounts, and grants.",
    "IAM: the permissions with which a service acts for a role, such as SageMaker serving, "
    "auto-scaling, tracing and logs.",
)
_SESSION_SECONDS = 3600
# AWS: most services use AccessDeniedException. These do not.
_CODES = {"cloudwatch": "AccessDenied", "iam": "AccessDenied", "sqs": "AccessDenied"}
_CODES |= {"sns": "AuthorizationError", "sts": "AccessDenied"}
_KEY_CODES = {"sns": "KMSAccessDenied", "sqs": "KMS.AccessDeniedException"}
_DENIED = "AccessDeniedException"
_UNRECOGNIZED = "UnrecognizedClientException"
_OPERATOR = f"arn:aws:iam::{ACCOUNT}:user/operator"
_EVERYTHING = {"Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}


class _Refusal(ServiceException):
    """An access error, defined here because moto reads an error's model from its module."""


@dataclass(frozen=True)
class Judged:
    """A permission that a role used or lacked."""

    role: str
    action: str
    resource: str


class Permissions:
    """Issues session keys of roles, and decides every call once it is `enabled`."""

    def __init__(self, operator_key: str) -> None:
        """`operator_key` signs the administrator's calls: of tests, the demo and the twin."""
        self.enabled = False
        self.denied: list[Judged] = []
        self.used: set[Judged] = set()
        self.unsupported: list[str] = []
        self.key_needs = KeyNeeds()
        self._control_policies: Sequence[Mapping[str, Any]] = ()
        self._operator_key = operator_key
        self._sessions: dict[str, Any] = {}
        self._keys: dict[str, Any] = {}

    def credentials_for(self, role_arn: str, service: str | None = None) -> tuple[str, str, str]:
        """Return access key, secret and token of a role's session. They are always the same.

        With `service`, the role's trust policy must allow that service to assume it.
        """
        role = iam_backends[ACCOUNT]["aws"].get_role_by_arn(role_arn)
        if service is not None:
            _check_trust(role, service)
        if role_arn not in self._sessions:
            session = sts_backends[ACCOUNT]["aws"].assume_role(
                region_name=REGION,
                role_session_name="twin",
                role_arn=role_arn,
                policy="",
                duration=_SESSION_SECONDS,
                external_id="",
            )
            self._sessions[role_arn] = self._keys[session.access_key_id] = session
        session = self._sessions[role_arn]
        return session.access_key_id, session.secret_access_key, session.session_token

    def control(self, policies: Sequence[Mapping[str, Any]]) -> None:
        """Put the account, including the operator, under service control policies."""
        check_control(policies)
        self._control_policies = tuple(policies)

    def install(self, hooks: Hooks) -> None:
        """Replace moto's own, much simpler decision."""

        def authorize(response: Any, resource: str = "*") -> None:
            del resource  # moto's idea of it
            self._check_control(response)
            if self.enabled:
                self._authorize(response)

        def authorize_s3(
            response: Any, bucket_name: str | None = None, key_name: str | None = None
        ) -> None:
            if self.enabled:
                self._authorize_s3(response, bucket_name, key_name)

        # moto warns of errors that a service's model does not name; these come from every service.
        codes = [*errors.COMMON_ERROR_CODES, *_CODES.values(), _DENIED, _UNRECOGNIZED]
        hooks.set(errors, "COMMON_ERROR_CODES", codes)
        hooks.set(BaseResponse, "_authenticate_and_authorize_normal_action", authorize)
        hooks.set(S3Response, "_authenticate_and_authorize_s3_action", authorize_s3)
        s3_permissions.install(hooks)

    def _authorize(self, response: Any) -> None:
        def refuse(code: str, message: str) -> NoReturn:
            answer_error(response, code, message)

        service = response.boto3_service_name
        session = self._session(response, refuse)
        if session is None:
            return  # an administrator, and these services have no resource policies here

        def deny(text: str, action: str) -> NoReturn:
            codes = _KEY_CODES if action.startswith("kms:") else _CODES
            refuse(codes.get(service, _DENIED), text)

        self._judge(session, self._needs(service, response), deny)

    def _needs(self, service: str, response: Any) -> list[Need]:
        operation, params = operation_of(response), parameters_of(response)
        try:
            needs = needs_of(service, operation, params)
        except NotSupportedByTwin as error:
            self.unsupported.append(str(error))
            raise
        needs += further_needs(service, operation, params)
        return [*needs, *self.key_needs.of(service, operation, params, needs)]

    def _check_control(self, response: Any) -> None:
        service = response.boto3_service_name
        if self._control_policies:
            operation, params = operation_of(response), parameters_of(response)
            if denied(self._control_policies, service, operation, params):
                why = "with an explicit deny in a service control policy"
                code = _CODES.get(service, _DENIED)
                answer_error(response, code, f"{service}:{operation} is not authorized {why}")

    def _authorize_s3(self, response: Any, bucket: str | None, key: str | None) -> None:
        def refuse(_code: str, message: str) -> NoReturn:
            raise s3_permissions.AccessDenied(message)

        def deny(text: str, _action: str) -> NoReturn:
            refuse("AccessDenied", text)

        session = self._session(response, refuse)
        needs = s3_permissions.needs_of(response, bucket, key)
        if session is not None:
            needs += key_needs.of_object(response, bucket, key)
        policy = s3_permissions.policy_of(response, bucket)
        self._judge(session, needs, deny, policy)
        hidden = s3_permissions.hides(response, bucket, key)
        if hidden is not None:
            self._judge(session, [hidden], deny, policy)

    def _session(self, response: Any, refuse: Callable[[str, str], NoReturn]) -> Any:
        """Return the session that signed the call, or None for the administrator."""
        session = self._keys.get(response.access_key)
        if session is None and response.access_key == self._operator_key:
            return None
        token = response.headers.get("X-Amz-Security-Token")
        if session is None or token != session.session_token:
            refuse(_UNRECOGNIZED, "The security token included in the request is invalid.")
        return session

    def _judge(
        self,
        session: Any,
        needs: list[Need],
        deny: Callable[[str, str], NoReturn],
        resource_policy: Sequence[Mapping[str, Any]] = (),
    ) -> None:
        """Deny the call unless all the permissions that it needs are granted."""
        who = _OPERATOR if session is None else str(session.role_arn)
        role = who.rsplit("/", 1)[-1]
        for need in needs:
            request = _request(who, need)
            decision = (
                decide([_EVERYTHING, *resource_policy], request)
                if session is None
                else verdict(role, request, resource_policy, self._control_policies)
            )
            judged = Judged(role, need.action, need.resource)
            if decision != "allowed":
                self.denied.append(judged)
                text = _explain(who if session is None else session.arn, need, decision)
                deny(text, need.action)
            if session is not None:
                self.used.add(judged)


def _request(who: str, need: Need) -> Request:
    common = {
        "aws:principalaccount": (ACCOUNT,),
        "aws:principalarn": (who,),
        "aws:requestedregion": (REGION,),
        "aws:resourceaccount": (ACCOUNT,),
        # On AWS all our calls use TLS. Here they stay on this machine.
        "aws:securetransport": ("true",),
    }
    return Request(need.action, need.resource, {**common, **need.context}, {"AWS": who})


def _explain(who: str, need: Need, decision: Decision) -> str:
    why = "with an explicit deny in an identity-based policy"
    if decision != "denied":
        why = f"because no identity-based policy allows the {need.action} action"
    return (
        f"User: {who} is not authorized to perform: {need.action} "
        f"on resource: {need.resource} {why}"
    )


def _check_trust(role: Any, service: str) -> None:
    document = json.loads(role.assume_role_policy_document)
    context = {"aws:sourceaccount": (ACCOUNT,)}
    request = Request("sts:AssumeRole", role.arn, context, {"Service": service})
    if decide([document], request) != "allowed":
        raise PermissionError(f"{service} may not assume {role.arn}")


def operation_of(response: Any) -> str:
    """Return the API's name of a call's operation."""
    return str(response._get_action())  # noqa: SLF001  # the only name of the operation


def parameters_of(response: Any) -> Mapping[str, Any]:
    """Parse the request by the service's model, independently of how moto reads it."""
    model = get_service_model(response.boto3_service_name)
    operation = model.operation_model(operation_of(response))
    request = response.normalized_request
    protocol = determine_request_protocol(model, request.content_type)
    parsed = PROTOCOL_PARSERS[protocol](operation).parse(
        {
            "method": request.method,
            "values": request.values,
            "headers": request.headers,
            "body": request.data,
            "url_path": request.path,
            "url_params": response.uri_match,
        }
    )
    return dict(parsed)


def answer_error(response: Any, code: str, message: str) -> NoReturn:
    """Answer with an error in the service's own protocol."""
    error = ActionResult(_Refusal(code, message))
    status, headers, body = response.serialized(error)
    response.response_headers.update(headers)
    refusal = HTTPException(description=body)
    refusal.code = int(status)
    raise refusal
