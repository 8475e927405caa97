"""The ARN of a package, and whether it is ours."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from penstock.domain.errors import Refused
from penstock.domain.home import Home
from penstock.domain.reviewing.package import Container, PackageArn, parse_package_arn
from tests.worlds.setups import package

HOME = Home("123456789012", "eu-west-1")
ARN = "arn:aws:sagemaker:eu-west-1:123456789012:model-package/churn/7"


def test_a_versioned_package_of_ours() -> None:
    expected = PackageArn(ARN, "123456789012", "eu-west-1", "churn", 7)
    assert parse_package_arn(ARN, HOME) == expected


@pytest.mark.parametrize("partition", ["aws", "aws-cn", "aws-us-gov"])
def test_every_partition(partition: str) -> None:
    assert parse_package_arn(ARN.replace("aws", partition, 1)).version == 7


@pytest.mark.parametrize(
    "arn",
    [
        "",
        "churn",
        "churn/7",
        ARN.removesuffix("/7"),
        ARN.replace("/7", "/0"),
        ARN.replace("/7", "/07"),
        ARN.replace("/7", "/x"),
        ARN + "/1",
        ARN + "\n",
        " " + ARN,
        ARN.replace("churn", "churn-"),
        ARN.replace("churn", "a" * 64),
        ARN.replace("sagemaker", "s3"),
        ARN.replace("model-package/", "model-package-group/"),
        ARN.replace("123456789012", "12345678901"),
        ARN.replace("7", "\N{ARABIC-INDIC DIGIT SEVEN}"),
    ],
)
def test_anything_else_is_refused(arn: str) -> None:
    with pytest.raises(Refused, match="is not the ARN of a versioned model package"):
        parse_package_arn(arn)


@pytest.mark.parametrize(
    ("ours", "theirs"), [("123456789012", "999999999999"), ("eu-west-1", "us-east-1")]
)
def test_another_account_or_region_is_refused(ours: str, theirs: str) -> None:
    with pytest.raises(Refused, match=f"belongs to account .*{theirs}|in {theirs}"):
        parse_package_arn(ARN.replace(ours, theirs), HOME)


def test_another_partition_is_refused_by_name() -> None:
    with pytest.raises(Refused, match=r"partition aws-cn; .* partition aws$"):
        parse_package_arn(ARN.replace("aws", "aws-cn", 1), HOME)


@given(st.text())
def test_any_text_is_parsed_or_refused(text: str) -> None:
    with pytest.raises(Refused):
        parse_package_arn(text)


@pytest.mark.parametrize(
    ("container", "digests"),
    [
        pytest.param(Container(image="repo:1"), set(), id="only-a-tag"),
        pytest.param(Container(image="repo:1", image_digest="sha256:a"), {"sha256:a"}, id="found"),
        pytest.param(Container(image="repo@sha256:b"), {"sha256:b"}, id="named"),
        pytest.param(
            Container(image="repo@sha256:b", image_digest="sha256:a"),
            {"sha256:a", "sha256:b"},
            id="an-index-and-its-manifest",
        ),
        pytest.param(Container(), set(), id="no-image"),
    ],
)
def test_an_image_is_known_by_its_registered_digest_and_by_that_in_its_name(
    container: Container, digests: set[str]
) -> None:
    assert container.digests == digests


def test_everything_that_a_container_reads_is_an_artefact() -> None:
    more = Container(model_data_url="s3://m/model.tar.gz", more_artefacts=("s3://m/adapter/",))
    assert more.artefacts == ("s3://m/model.tar.gz", "s3://m/adapter/")
    assert Container().artefacts == ()


def test_an_additional_specification_is_chosen_by_its_name() -> None:
    gpu = (Container(image="gpu:1"),)
    both = package().model_copy(update={"others": {"gpu": gpu, "edge": ()}})
    assert both.specified("gpu").containers == gpu
    assert both.specified(None) == both
    with pytest.raises(Refused, match=r"is cpu, and the package has no .* \(it has: edge, gpu\)"):
        both.specified("cpu")
    with pytest.raises(Refused, match=r"\(it has: none\)"):
        package().specified("gpu")


def test_several_containers_are_refused_with_every_way_out() -> None:
    one, two = (Container(image="a"),), (Container(image="a"), Container(image="b"))
    found = package().model_copy(update={"containers": two, "others": {"gpu": one, "both": two}})
    with pytest.raises(
        Refused, match=r"has 2 containers.*: either name gpu in serving\.inference_spec"
    ):
        found.check_servable()
    found.specified("gpu").check_servable()
