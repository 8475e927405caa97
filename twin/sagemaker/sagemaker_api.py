"""moto's response classes, which the twin's SageMaker answers."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from moto.core.responses import ActionResult
from moto.core.utils import camelcase_to_underscores, get_service_model
from moto.sagemaker.responses import SageMakerResponse
from moto.sagemakerruntime.responses import SageMakerRuntimeResponse

from twin.core.account import REGION, Handler
from twin.core.hooks import NotSupportedByTwin
from twin.sagemaker.runtime_answers import HttpAnswer
from twin.sagemaker.traffic import Router


def api_class(handlers: Mapping[str, Handler], unsupported: list[str]) -> type[SageMakerResponse]:
    """Return a response class with our operations. All others of the service are refused.

    Refused calls are added to `unsupported`: a caller in another process sees only status 500.
    """

    def method(name: str) -> Callable[[Any], ActionResult]:
        def answer(request: Any) -> ActionResult:
            with _noted(unsupported):
                _check(name in handlers, f"SageMaker's {name}")
                _check(request.region == REGION, f"SageMaker in {request.region}")
                return ActionResult(handlers[name](request.params))

        return answer

    names = get_service_model("sagemaker").operation_names
    methods = {camelcase_to_underscores(name): method(name) for name in names}
    return type("TwinSageMakerResponse", (SageMakerResponse,), methods)


def runtime_class(router: Router, unsupported: list[str]) -> type[SageMakerRuntimeResponse]:
    """Return a response class that routes requests to model servers."""

    class TwinRuntimeResponse(SageMakerRuntimeResponse):
        use_raw_body = True

        def invoke_endpoint(self) -> HttpAnswer:
            with _noted(unsupported):
                return router.invoke(self.path.split("/")[2], self.headers, self.raw_body)

        def invoke_endpoint_async(self) -> HttpAnswer:
            with _noted(unsupported):
                raise NotSupportedByTwin("InvokeEndpointAsync")

    return TwinRuntimeResponse


def _check(supported: bool, what: str) -> None:
    if not supported:
        raise NotSupportedByTwin(what)


@contextmanager
def _noted(unsupported: list[str]) -> Iterator[None]:
    try:
        yield
    except NotSupportedByTwin as error:
        unsupported.append(str(error))
        raise
