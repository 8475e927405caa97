"""Publishes the metrics that Lambda, Step Functions and SQS publish about themselves."""

from moto.sqs.models import sqs_backends

from twin.clock.clock import current
from twin.cloudwatch import embedded_metrics, metrics
from twin.core.account import ACCOUNT, REGION
from twin.functions.invocations import Function, Outcome

_MINUTE = 60
_EXECUTIONS = {
    "RUNNING": "ExecutionsStarted",
    "SUCCEEDED": "ExecutionsSucceeded",
    "FAILED": "ExecutionsFailed",
    "TIMED_OUT": "ExecutionsTimedOut",
    "ABORTED": "ExecutionsAborted",
}


def of_invocation(function: Function, outcome: Outcome, seconds: float) -> None:
    """AWS/Lambda: Errors is 0 or 1 for each invocation."""
    values = {
        "Invocations": (1.0, "Count"),
        "Errors": (float(bool(outcome.function_error)), "Count"),
        "Duration": (round(seconds * 1000, 2), "Milliseconds"),
    }
    for name, (value, unit) in values.items():
        _record("AWS/Lambda", name, {"FunctionName": function.name}, value, unit)


def of_throttle(function_name: str) -> None:
    """AWS/Lambda: an invocation was refused for lack of concurrency."""
    _record("AWS/Lambda", "Throttles", {"FunctionName": function_name}, 1.0, "Count")


def of_lost_event(function_name: str) -> None:
    """AWS/Lambda: an event could not be delivered to its destination."""
    name = "DestinationDeliveryFailures"
    _record("AWS/Lambda", name, {"FunctionName": function_name}, 1.0, "Count")


def of_log(lines: str) -> None:
    """Publish the metrics that a handler printed in the embedded metric format."""
    for line in lines.splitlines():
        for namespace, name, dimensions, value, at, unit in embedded_metrics.points(line):
            metrics.record(namespace, name, dimensions, {float(value): 1}, at, unit)


def of_execution(machine_arn: str, status: str) -> None:
    """AWS/States: one datapoint for each start and each end."""
    dimensions = {"StateMachineArn": machine_arn}
    _record("AWS/States", _EXECUTIONS[status], dimensions, 1.0, "Count")


def of_queues_every_minute() -> None:
    """AWS/SQS: the number of waiting messages, published every minute."""
    for queue in list(sqs_backends[ACCOUNT][REGION].queues.values()):
        visible = float(len(queue.messages))
        name = "ApproximateNumberOfMessagesVisible"
        _record("AWS/SQS", name, {"QueueName": queue.name}, visible, "Count")
    following = (current().now() // _MINUTE + 1) * _MINUTE
    current().call_at(following, of_queues_every_minute, "queue metrics")


def _record(namespace: str, name: str, dimensions: dict[str, str], value: float, unit: str) -> None:
    metrics.record(namespace, name, dimensions, {value: 1}, current().now(), unit)
