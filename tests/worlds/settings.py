"""The document of the stack's settings, as a deployment with every default writes it."""

import json
from typing import Any

SETTINGS: dict[str, Any] = {
    "PolicyPath": "/penstock/policies",
    "ControlPath": "/penstock/control",
    "LogLevel": "INFO",
    "EndpointNamePattern": "*",
    "ServingRoleArns": [
        "arn:aws:iam::123456789012:role/service-role/AmazonSageMaker-*",
        "arn:aws:iam::123456789012:role/*-serving",
    ],
    "ReportBucketArns": ["arn:aws:s3:::sagemaker-*", "arn:aws:s3:::sagemaker-*/*"],
    "GoldenBucketArns": ["arn:aws:s3:::sagemaker-*", "arn:aws:s3:::sagemaker-*/*"],
    "CaptureBucketArns": ["arn:aws:s3:::sagemaker-*", "arn:aws:s3:::sagemaker-*/*"],
    "KmsKeyArns": [""],
}
NAME = "/penstock/settings/penstock"


def document(**changed: object) -> str:
    """The document with some settings changed."""
    return json.dumps(SETTINGS | changed)
