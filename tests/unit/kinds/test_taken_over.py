"""What serves already is understood, or refused while the release is planned."""

from collections.abc import Mapping
from typing import Any

import botocore.session
import pytest

from penstock.domain.errors import Refused
from penstock.domain.kinds import taken_over
from penstock.domain.kinds.endpoint import LiveSetup
from penstock.domain.kinds.taken_over import (
    check_taken_over,
    config_gone,
    model_gone,
    one_variant,
)
from penstock.domain.planning.planning import draw_plan
from tests.worlds.setups import live, package, policy

MANY = "serves many models"
COMPONENTS = "is made for inference components"
WAYS_OUT = (
    "name an endpoint in the policy that does not exist yet",
    '"adopt": true',
    "create it again under that name",
)


def with_variant(**members: Any) -> LiveSetup:
    found = live()
    found.config["ProductionVariants"][0].update(members)
    return found


def with_model(**members: Any) -> LiveSetup:
    found = live()
    return found.model_copy(update={"model": {**found.model, **members}})


def of_components() -> LiveSetup:
    found = live(ExecutionRoleArn="arn:aws:iam::123456789012:role/serving")
    del found.config["ProductionVariants"][0]["ModelName"]
    return found.model_copy(update={"model": {}})


def refusal(found: LiveSetup) -> str:
    with pytest.raises(Refused) as refused:
        draw_plan(policy(), package(), "0123456789", found)
    return str(refused.value)


@pytest.mark.parametrize(
    ("found", "says"),
    [
        pytest.param(live(ProductionVariants=[{}, {}]), "more than one variant", id="two"),
        pytest.param(live(ShadowProductionVariants=[{}]), "one of them a shadow", id="shadow"),
        pytest.param(live(AsyncInferenceConfig={"OutputConfig": {}}), "asynchronous", id="async"),
        pytest.param(
            with_variant(InstanceType=None, ServerlessConfig={"MemorySizeInMB": 1024}),
            "is serverless",
            id="serverless",
        ),
        pytest.param(of_components(), COMPONENTS, id="components"),
        pytest.param(
            with_variant(AcceleratorPartitionLayouts=[{"Layout": "mig-3g.40gb"}]),
            COMPONENTS,
            id="partitions-of-accelerators",
        ),
        pytest.param(
            with_variant(InstancePools=[{"InstanceType": "ml.m5.large", "Priority": 1}]),
            "has instance pools",
            id="pools",
        ),
        pytest.param(with_variant(InstanceType=None), "not a real-time endpoint", id="no-type"),
        pytest.param(
            with_model(PrimaryContainer={"Image": "i", "Mode": "MultiModel"}), MANY, id="many"
        ),
        pytest.param(
            with_model(PrimaryContainer=None, Containers=[{"Image": "i", "Mode": "MultiModel"}]),
            MANY,
            id="many-in-a-list",
        ),
        pytest.param(
            with_model(
                PrimaryContainer={
                    "Image": "i",
                    "MultiModelConfig": {"ModelCacheSetting": "Disabled"},
                }
            ),
            MANY,
            id="many-by-its-cache",
        ),
        pytest.param(
            with_model(PrimaryContainer=None, Containers=[{"Image": "i"}, {"Image": "j"}]),
            "serves 2 containers",
            id="serial",
        ),
        pytest.param(
            with_model(
                PrimaryContainer=None,
                Containers=[{"Image": "i"}, {"Image": "j"}, {"Image": "k"}],
                InferenceExecutionConfig={"Mode": "Direct"},
            ),
            "serves 3 containers",
            id="direct",
        ),
        pytest.param(live(NewThing={"A": 1}), "a configuration with NewThing", id="new"),
        pytest.param(with_variant(NewThing=1), "a variant with NewThing", id="new-of-a-variant"),
        pytest.param(with_model(NewThing="a"), "a model with NewThing", id="new-of-a-model"),
        pytest.param(
            with_model(PrimaryContainer={"Image": "i", "NewThing": "a"}),
            "a container with NewThing",
            id="new-of-a-container",
        ),
    ],
)
def test_another_kind_is_refused_with_a_way_out(found: LiveSetup, says: str) -> None:
    sentence = refusal(found)
    assert sentence.startswith("endpoint churn ")
    assert says in sentence
    assert any(way in sentence for way in WAYS_OUT)


@pytest.mark.parametrize(
    "found",
    [
        pytest.param(live(), id="plain"),
        pytest.param(live(AsyncInferenceConfig=None, ShadowProductionVariants=[]), id="empty"),
        pytest.param(
            with_variant(ServerlessConfig=None, InstancePools=[], ManagedInstanceScaling=None),
            id="empty-of-a-variant",
        ),
        pytest.param(
            with_model(PrimaryContainer=None, Containers=[{"Image": "i", "Mode": "SingleModel"}]),
            id="one-container-in-a-list",
        ),
        pytest.param(
            with_model(PrimaryContainer={"ModelPackageName": "arn:of:a:marketplace:package"}),
            id="of-the-marketplace",
        ),
        pytest.param(
            with_model(
                PrimaryContainer={
                    "Image": "i",
                    "ImageConfig": {"RepositoryAccessMode": "Vpc"},
                    "AdditionalModelDataSources": [{"ChannelName": "adapter"}],
                    "ContainerMetricsConfig": {"A": 1},
                }
            ),
            id="more-of-a-container",
        ),
        pytest.param(with_model(ResponseMetadata={"RequestId": "1"}), id="an-answer"),
    ],
)
def test_a_real_time_endpoint_with_one_model_is_taken_over(found: LiveSetup) -> None:
    check_taken_over("churn", found)


def test_what_penstock_made_may_show_a_default_that_is_newer_than_this_version() -> None:
    found = live(NewThing={"A": 1}).model_copy(update={"ours": True})
    assert draw_plan(policy(), package(), "0123456789", found).blueprint.final["NewThing"]


def members_of(shape: str) -> set[str]:
    """What botocore knows of a shape of SageMaker's."""
    model = botocore.session.get_session().get_service_model("sagemaker")
    found: Any = model.shape_for(shape)
    return set(found.members)


@pytest.mark.parametrize(
    ("shape", "table"),
    [
        ("DescribeEndpointConfigOutput", taken_over.CONFIG),
        ("ProductionVariant", taken_over.VARIANT),
        ("DescribeModelOutput", taken_over.MODEL),
        ("ContainerDefinition", taken_over.CONTAINER),
    ],
)
def test_every_member_that_sagemaker_shows_is_decided_about(
    shape: str, table: Mapping[str, object]
) -> None:
    """A newer botocore may bring another: then somebody has to decide what becomes of it."""
    assert members_of(shape) == set(table)


@pytest.mark.parametrize(
    ("request_shape", "table"),
    [
        ("CreateEndpointConfigInput", taken_over.CONFIG),
        ("ProductionVariant", taken_over.VARIANT),
        ("CreateModelInput", taken_over.MODEL),
    ],
)
def test_what_is_sent_again_is_taken_by_the_request(
    request_shape: str, table: Mapping[str, str]
) -> None:
    kept = {name for name, fate in table.items() if fate == "kept"}
    assert kept <= members_of(request_shape)


def test_what_was_deleted_is_named_with_a_way_that_needs_no_update() -> None:
    assert str(config_gone("churn", "theirs")) == (
        "endpoint churn runs on the configuration theirs, which was deleted: a release has nothing "
        "to start from, and a rollback nothing to go back to; create it again under that name, "
        "then release again"
    )
    assert str(model_gone("churn", "theirs", "m")).startswith(
        "endpoint churn serves the model m (configuration theirs), which was deleted"
    )


def test_the_way_out_of_several_variants_is_one_that_there_is() -> None:
    """Where Penstock never was, there is nothing that a rollback could go back to."""
    known, unknown = (str(one_variant("churn", {"b": 0, "a": 1}, known=k)) for k in (True, False))
    assert "(a, b)" in unknown
    assert "rollback" in known
    assert "rollback" not in unknown
    assert "put the endpoint on a configuration with one production variant" in unknown
