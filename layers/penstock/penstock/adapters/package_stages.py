"""The stages of packages' lives, in the SageMaker Model Registry."""

from typing import Any

from penstock.adapters.failures import translated
from penstock.domain.ledger.lifecycle import LifeStage


class SageMakerStages:
    """PackageStages, through a boto3 SageMaker client."""

    def __init__(self, client: Any) -> None:
        self._client = client

    def set_stage(self, arn: str, stage: LifeStage) -> None:
        """Write `ModelLifeCycle` and nothing else: its event then starts and halts nothing
        (facts 1.2).
        """
        life = {"Stage": stage.stage, "StageStatus": stage.status}
        if stage.description is not None:
            life["StageDescription"] = stage.description
        with translated():
            self._client.update_model_package(ModelPackageArn=arn, ModelLifeCycle=life)
