"""One endpoint is fed by one model package group."""

from penstock.domain.errors import Refused
from penstock.review_ports import Policies


def check_one_feeder(policies: Policies, group: str, endpoint: str) -> None:
    """A policy that cannot be read feeds nothing, so it stands in nobody's way.

    Raises:
        Refused: another group's policy names the same endpoint.
    """
    for other, theirs in policies.endpoints().items():
        if other != group and theirs and theirs.casefold() == endpoint.casefold():
            raise Refused(f"the policies of {group} and {other} both name endpoint {endpoint}")
