"""Plans of deployments that SageMaker makes by itself."""

from typing import Any

from penstock.domain.planning.deployment import Deployment
from penstock.domain.planning.plan import Plan
from penstock.domain.planning.planning import draw_plan
from tests.worlds.setups import live, package, policy

GUARDED: dict[str, Any] = {"strategy": "guardrail"}


def drawn(count: int = 4, alarms: tuple[str, ...] = (), **rollout: Any) -> Plan:
    found = policy(rollout={**GUARDED, **rollout}, alarms=list(alarms))
    return draw_plan(found, package(), "1111111111", live(count))


def deployment(count: int = 4, **rollout: Any) -> Deployment:
    found = drawn(count, **rollout).stages[0].deploys
    assert found is not None
    return found
