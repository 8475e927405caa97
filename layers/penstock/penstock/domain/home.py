"""Where this Penstock works."""

from typing import NamedTuple


class Home(NamedTuple):
    """The account, region and partition (aws, aws-cn, aws-us-gov) that this Penstock works in."""

    account: str
    region: str
    partition: str = "aws"

    def key(self, name: str) -> str:
        """The ARN of a key that is named by its id alone."""
        return f"arn:{self.partition}:kms:{self.region}:{self.account}:key/{name}"
