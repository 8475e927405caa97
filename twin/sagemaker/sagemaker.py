"""Assembles the twin's SageMaker and hooks it into moto."""

from typing import Any

from moto.core.utils import get_service_model
from moto.sagemaker import urls
from moto.sagemakerruntime import urls as runtime_urls

from twin.core import shapes
from twin.core.account import Account, Answer, Clock, Emit, Handler, Params, Record
from twin.core.hooks import Hooks
from twin.sagemaker import scaling
from twin.sagemaker.calls import Calls
from twin.sagemaker.capture import Capture
from twin.sagemaker.containers import Containers, Images
from twin.sagemaker.endpoint_configs import EndpointConfigs
from twin.sagemaker.endpoint_faults import Faults
from twin.sagemaker.endpoint_updates import Updates
from twin.sagemaker.endpoints import Endpoints, Site, Timings
from twin.sagemaker.guardrails import RollbackAlarms
from twin.sagemaker.meter import Meter
from twin.sagemaker.registry import Registry
from twin.sagemaker.request_contents import Contents
from twin.sagemaker.sagemaker_api import api_class, runtime_class
from twin.sagemaker.serving_models import Models
from twin.sagemaker.synthetic import Synthetic
from twin.sagemaker.tagging import Tagging
from twin.sagemaker.traffic import Router

NOT_ENFORCED = (
    "SageMaker: the effect of load. One model server stands for all instances of a variant.",
    "SageMaker: MetricPublishFrequencyInSeconds, because metrics are stored by the minute.",
    "SageMaker: enhanced metrics of utilization, and the metrics of detailed observability.",
    "SageMaker: VPCs, KMS keys and network isolation.",
    "SageMaker: the capture of synthetic requests, unless a test says what they contain.",
    "SageMaker: the execution role's permission to read the model's artefact, and to write "
    "captured data unless a test takes it away.",
    "SageMaker: the real durations of endpoint changes, which are invented.",
    "SageMaker: the execution role's permission to describe a deployment's alarms.",
    "SageMaker: deployment events of updates without DeploymentConfig and of capacities.",
    "SageMaker: the configured time-outs of health checks. A time-out in real time replaces them.",
    "Application Auto Scaling: scaling policies. Tests scale instead of them.",
)


class SageMaker:
    """SageMaker, its runtime and the scaling of its endpoints, for one account and region.

    `patience_seconds` (real) limits the start of a model server, and `model_timeout` an answer
    (AWS: 60 s). `deleted_in_use` has the ARNs that were deleted while an endpoint needed them, and
    `unsupported` the calls that the twin cannot answer.
    """

    def __init__(
        self,
        clock: Clock,
        emit: Emit,
        record: Record,
        *,
        timings: Timings | None = None,
        seed: int = 0,
        patience_seconds: float = 60.0,
        model_timeout: float = 60.0,
    ) -> None:
        account = self.account = Account(clock, emit)
        self.images = Images()
        self.faults = Faults()
        self.alarms = RollbackAlarms()
        self.deleted_in_use: list[str] = []
        self.unsupported: list[str] = []
        self.registry = Registry(account, self.images.digest_of)
        self.models = Models(account, self.registry.package)
        self.configs = EndpointConfigs(account, self.models.get)
        self.containers = Containers(account, self.images, patience_seconds)
        self._assemble(timings or Timings())
        self.meter = Meter(record)
        self.capture = Capture(account)
        calls = Calls(account, self.meter, self.capture, model_timeout)
        self.router = Router(account, self.endpoints, calls, self.configs.shadows, seed)
        self.synthetic = Synthetic(account, self.endpoints, self.meter, self.configs.shadows, seed)
        self.contents = Contents(self.capture)
        self.synthetic.listeners.append(self.contents)

    def _assemble(self, timings: Timings) -> None:
        parts = (self.account, self.configs, self.models, self.containers, self.faults)
        site = Site(*parts, timings, self.alarms)
        self.endpoints = Endpoints(site, scaling.forget)
        self.updates = Updates(site, self.endpoints, scaling.targets_of)
        self.scaling = scaling.Scaling(self.endpoints, self.updates)

    def install(self, hooks: Hooks) -> None:
        """Answer SageMaker's calls. Call this before moto starts."""
        api = api_class(self.handlers(), self.unsupported).dispatch
        hooks.set(urls, "url_paths", dict.fromkeys(urls.url_paths, api))
        runtime = runtime_class(self.router, self.unsupported).dispatch
        hooks.set(runtime_urls, "url_paths", dict.fromkeys(runtime_urls.url_paths, runtime))
        self.scaling.install(hooks)

    def close(self) -> None:
        """End every model server, and the copies that are on their way."""
        self.router.copies.close()
        self.containers.close()
        self.router.copies.end()

    def handlers(self) -> dict[str, Handler]:
        """Return the handlers by operation. Every other operation is refused."""
        parts = (
            self.registry,
            self.models,
            self.configs,
            self.endpoints,
            self.updates,
            Tagging(self.account),
        )
        handlers = {name: handler for part in parts for name, handler in part.operations().items()}
        for name, kind in (("DeleteModel", "model"), ("DeleteEndpointConfig", "endpoint-config")):
            handlers[name] = self._noting_use(kind, handlers[name])
        return {name: self._atomic(name, handler) for name, handler in handlers.items()}

    def _noting_use(self, kind: str, delete: Handler) -> Handler:
        """AWS: resources in use can be deleted (facts 3.1). The twin records it for tests."""
        key = {"model": "ModelName", "endpoint-config": "EndpointConfigName"}[kind]

        def noting(params: Params) -> Answer:
            arn = self.account.arn(kind, params[key])
            if self.endpoints.uses(arn):
                self.deleted_in_use.append(arn)
            return delete(params)

        return noting

    def _atomic(self, name: str, handler: Handler) -> Handler:
        shape: Any = get_service_model("sagemaker").operation_model(name).input_shape

        def atomic(params: Params) -> Answer:
            shapes.check(shape, params)
            with self.account.lock:
                self.faults.check_before(name)
                answer = handler(params)
                self.faults.check_after(name)
                return answer

        return atomic
