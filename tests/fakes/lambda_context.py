"""What Lambda tells a handler about an invocation."""

from dataclasses import dataclass

from aws_lambda_powertools.utilities.typing import LambdaContext


@dataclass
class Context(LambdaContext):
    """A minute is left, always."""

    _function_name: str = "function"
    _memory_limit_in_mb: int = 256
    _invoked_function_arn: str = "arn:aws:lambda:eu-west-1:123456789012:function:function"
    _aws_request_id: str = "1"

    @staticmethod
    def get_remaining_time_in_millis() -> int:
        return 60_000
