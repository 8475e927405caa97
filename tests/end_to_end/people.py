"""What other people do to an endpoint, past Penstock."""

from tests.end_to_end.bench import Bench
from tests.end_to_end.stage import BUCKET, IMAGE, ROLE


def make_config(bench: Bench, name: str, *, variant: str = "live", **fields: object) -> str:
    """A configuration with one variant on a model of its own; answers its name."""
    sagemaker = bench.twin.client("sagemaker")
    container = {"Image": IMAGE, "ModelDataUrl": f"s3://{BUCKET}/{name}.tar.gz"}
    bench.upload(f"{name}.tar.gz", name)
    sagemaker.create_model(
        ModelName=name,
        ExecutionRoleArn=ROLE,
        PrimaryContainer={**container, "Environment": {"MODE": "fast"}},
    )
    serving = {"InstanceType": "ml.m5.xlarge", "InitialInstanceCount": 3} | fields
    variants = [{"VariantName": variant, "ModelName": name, **serving}]
    sagemaker.create_endpoint_config(EndpointConfigName=name, ProductionVariants=variants)
    return name


def build_endpoint(bench: Bench, variant: str) -> str:
    """An endpoint that Penstock has never seen; answers its configuration."""
    config = make_config(bench, f"theirs-{bench.endpoint}", variant=variant)
    bench.twin.client("sagemaker").create_endpoint(
        EndpointName=bench.endpoint, EndpointConfigName=config
    )
    bench.until_status("InService")
    return config


def edit_endpoint(bench: Bench) -> str:
    """Somebody puts a configuration of their own onto the endpoint; answers its name."""
    config = make_config(bench, f"edited-{bench.endpoint}")
    put_config(bench, config)
    return config


def put_config(bench: Bench, config: str) -> None:
    """Somebody puts a configuration onto the endpoint and waits until it serves."""
    bench.twin.client("sagemaker").update_endpoint(
        EndpointName=bench.endpoint, EndpointConfigName=config
    )
    bench.until_status("InService")


def put_stray(bench: Bench) -> None:
    """A late call puts a staging configuration onto the endpoint that no release holds."""
    name = f"{bench.endpoint}-staging-0123456789"
    live = {**bench.variant(), "InitialVariantWeight": 9000}
    candidate = {**live, "VariantName": "candidate", "InitialVariantWeight": 1000}
    bench.twin.client("sagemaker").create_endpoint_config(
        EndpointConfigName=name, ProductionVariants=[live, candidate]
    )
    put_config(bench, name)
