"""What other people do to an endpoint, past Penstock."""

from tests.end_to_end.bench import Bench
from tests.end_to_end.policies import Document
from tests.end_to_end.stage import BUCKET, IMAGE, KEY, ROLE

SCALED = ("DynamicScalingInSuspended", "DynamicScalingOutSuspended", "ScheduledScalingSuspended")


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


def build_rich_endpoint(bench: Bench, variant: str) -> None:
    """An endpoint with everything that a person may set up and the twin knows."""
    sagemaker, name = bench.twin.client("sagemaker"), f"theirs-{bench.endpoint}"
    tags = [{"Key": "cost-centre", "Value": "4711"}]
    bench.upload(f"{name}.tar.gz", name)
    sagemaker.create_model(
        ModelName=name,
        ExecutionRoleArn=ROLE,
        PrimaryContainer={
            "ContainerHostname": "model",
            "Image": IMAGE,
            "ModelDataUrl": f"s3://{BUCKET}/{name}.tar.gz",
            "Environment": {"MODE": "fast"},
        },
        VpcConfig={"Subnets": ["subnet-1", "subnet-2"], "SecurityGroupIds": ["sg-1"]},
        EnableNetworkIsolation=True,
        Tags=tags,
    )
    sagemaker.create_endpoint_config(
        EndpointConfigName=name,
        ProductionVariants=[
            {
                "VariantName": variant,
                "ModelName": name,
                "InstanceType": "ml.m5.xlarge",
                "InitialInstanceCount": 3,
                "VolumeSizeInGB": 50,
                "ModelDataDownloadTimeoutInSeconds": 600,
                "ContainerStartupHealthCheckTimeoutInSeconds": 300,
                "EnableSSMAccess": True,
                "InferenceAmiVersion": "al2-ami-sagemaker-inference-gpu-2",
                "RoutingConfig": {"RoutingStrategy": "LEAST_OUTSTANDING_REQUESTS"},
            }
        ],
        DataCaptureConfig={
            "EnableCapture": True,
            "InitialSamplingPercentage": 20,
            "DestinationS3Uri": f"s3://{BUCKET}/captured",
            "CaptureOptions": [{"CaptureMode": "Input"}, {"CaptureMode": "Output"}],
        },
        KmsKeyId=KEY,
        Tags=tags,
    )
    sagemaker.create_endpoint(EndpointName=bench.endpoint, EndpointConfigName=name, Tags=tags)
    bench.until_status("InService")


def scale(bench: Bench, variant: str = "live", *, most: int = 6, **suspended: bool) -> None:
    """Somebody has the variant scaled: a target, and a policy that follows its load."""
    scaling = bench.twin.client("application-autoscaling")
    state = {"SuspendedState": dict.fromkeys(SCALED, False) | suspended} if suspended else {}
    of = _of(bench, variant)
    scaling.register_scalable_target(**of, MinCapacity=1, MaxCapacity=most, **state)
    scaling.put_scaling_policy(
        **of,
        PolicyName=f"load-of-{bench.endpoint}",
        PolicyType="TargetTrackingScaling",
        TargetTrackingScalingPolicyConfiguration={
            "TargetValue": 500.0,
            "PredefinedMetricSpecification": {
                "PredefinedMetricType": "SageMakerVariantInvocationsPerInstance"
            },
        },
    )


def scaling_of(bench: Bench, variant: str = "live") -> tuple[Document, list[Document]]:
    """The scalable target of a variant and its policies, as their owner sees them."""
    scaling, of = bench.twin.client("application-autoscaling"), _of(bench, variant)
    (target,) = scaling.describe_scalable_targets(
        ServiceNamespace="sagemaker", ResourceIds=[of["ResourceId"]]
    )["ScalableTargets"]
    policies = scaling.describe_scaling_policies(**of)["ScalingPolicies"]
    return target, policies


def scale_in_suspended(bench: Bench, variant: str = "live") -> bool:
    """Whether auto-scaling may take no instances away now."""
    target, _ = scaling_of(bench, variant)
    return bool(target["SuspendedState"]["DynamicScalingInSuspended"])


def _of(bench: Bench, variant: str) -> dict[str, str]:
    return {
        "ServiceNamespace": "sagemaker",
        "ResourceId": f"endpoint/{bench.endpoint}/variant/{variant}",
        "ScalableDimension": "sagemaker:variant:DesiredInstanceCount",
    }
