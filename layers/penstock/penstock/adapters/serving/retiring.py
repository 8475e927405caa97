"""Deletes leftovers of ended releases. Configurations and models are the same for every kind."""

from typing import Any

from penstock.adapters.failures import translated
from penstock.domain.errors import Missing


class SageMakerRetiring:
    """Deletes by name. Names that are already gone are fine."""

    def __init__(self, sagemaker: Any) -> None:
        self._sagemaker = sagemaker

    def retire(self, configs: tuple[str, ...], models: tuple[str, ...]) -> None:
        """Delete configurations first, because a model is deleted when no configuration names
        it.
        """
        for config in configs:
            self._delete(self._sagemaker.delete_endpoint_config, EndpointConfigName=config)
        for model in models:
            self._delete(self._sagemaker.delete_model, ModelName=model)

    def _delete(self, call: Any, **name: str) -> None:
        try:
            with translated():
                call(**name)
        except Missing:
            return
