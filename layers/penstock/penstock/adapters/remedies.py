"""The stack parameter that grants a permission which a role lacks."""

_BY_ACTION = {
    "kms:CreateGrant": "KmsKeyArns",
    "kms:DescribeKey": "KmsKeyArns",
    "iam:PassRole": "ServingRoleArns",
}
_OF_THE_STACK = "EncryptionKeyArn"
# Reports, artefacts and policies; the judge's minutes are read as reports are.
_READING = {
    "GetObject": f"ReadKeyArns (for the stack's own key {_OF_THE_STACK})",
    "GetParameter": "ReadKeyArns",
    "GetParametersByPath": "ReadKeyArns",
}
NOT_SAID = (
    "if a customer managed key encrypts the object, "
    "the stack's parameter ReadKeyArns must name that key"
)
"""S3 refuses a HEAD without a reason."""


def remedy(operation: str, said: str, *, denied: bool) -> str:
    """The parameter that has to allow a call, as the end of a sentence. Empty if none does.

    SageMaker reports KMS's refusals as its own, so the message counts and not the code.
    """
    for action, parameter in _BY_ACTION.items():
        if action in said:
            return _allowing(action, parameter)
    for action in ("kms:Decrypt", "kms:GenerateDataKey"):
        if action in said:
            return _allowing(action, _READING.get(operation, _OF_THE_STACK))
    return NOT_SAID if denied and operation == "HeadObject" else ""


def _allowing(action: str, parameter: str) -> str:
    key = " and the key's own policy" if action.startswith("kms:") else ""
    return f"the stack's parameter {parameter}{key} must allow it"
