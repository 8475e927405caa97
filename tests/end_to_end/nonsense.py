"""Events that match a rule and that no function can handle."""

from tests.end_to_end.policies import Document

SAGEMAKER, CLOUDWATCH, STATES = "aws.sagemaker", "aws.cloudwatch", "aws.states"
PACKAGE_CHANGED = "SageMaker Model Package State Change"
PENDING = {"ModelPackageStatus": "Completed", "ModelApprovalStatus": "PendingManualApproval"}
_MACHINE = "arn:aws:states:eu-west-1:123456789012:stateMachine:penstock-Release"

MALFORMED: tuple[tuple[str, str, Document], ...] = (
    (SAGEMAKER, PACKAGE_CHANGED, PENDING),
    (
        CLOUDWATCH,
        "CloudWatch Alarm State Change",
        {"alarmName": "without-a-time", "state": {"value": "ALARM"}},
    ),
    (
        STATES,
        "Step Functions Execution Status Change",
        {"status": "FAILED", "stateMachineArn": _MACHINE},
    ),
)
"""Source, detail-type and detail: one for each function that rules call."""
