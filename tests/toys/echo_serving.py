"""A serving kind that SageMaker does not have, adapter half: its verbs on the account in memory."""

from dataclasses import dataclass, field

from penstock.domain.kinds.endpoint import EndpointView
from penstock.domain.ledger.content import Content
from penstock.domain.planning.plan import Plan
from penstock.domain.planning.stage import Stage
from tests.fakes.cloud import FakeCloud


@dataclass
class EchoServing:
    """Serving; `asked` are the verbs that it was asked for."""

    cloud: FakeCloud
    asked: list[str] = field(default_factory=list)

    def forward(self, plan: Plan, stage: Stage, view: EndpointView | None) -> None:
        self.asked.append(stage.act)
        drawn, config = plan.blueprint, stage.content.name
        self.cloud.create_model(drawn.model_name, drawn.model)
        staged = drawn.staging if drawn.staging_name == config else None
        self.cloud.create_config(config, staged or drawn.final)
        if view is None:
            self.cloud.create_endpoint(plan.endpoint, config)
        else:
            self.cloud.update(plan.endpoint, config)

    def rehearse(self, plan: Plan) -> None:
        self.asked.append("rehearse")
        self.cloud.rehearse(plan)

    def shift(self, endpoint: str, target: Content) -> None:
        self.asked.append("shift")
        self.cloud.weigh(endpoint, target.weights)

    def tidy(self, endpoint: str, back_to: Content) -> None:
        self.asked.append("tidy")
        self.cloud.update(endpoint, back_to.name)

    def remove(self, endpoint: str, shown: Content) -> None:
        self.asked.append("remove")
        self.cloud.delete_endpoint(endpoint)
