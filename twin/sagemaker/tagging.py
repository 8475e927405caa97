"""AddTags and ListTags for all resources of SageMaker."""

from collections.abc import Mapping

from twin.core.account import Account, Answer, Handler, Params, refused

_MOST = 50


class Tagging:
    """The tag operations of one account."""

    def __init__(self, account: Account) -> None:
        self._account = account

    def operations(self) -> Mapping[str, Handler]:
        return {"AddTags": self.add, "ListTags": self.list_tags}

    def add(self, params: Params) -> Answer:
        """AWS: a tag with a known key is overwritten."""
        arn = params["ResourceArn"]
        known = self._known(arn)
        if len({*known, *(tag["Key"] for tag in params["Tags"])}) > _MOST:
            raise refused("A resource has at most 50 tags.")
        self._account.tag(arn, params["Tags"])
        return {"Tags": _listed(self._known(arn))}

    def list_tags(self, params: Params) -> Answer:
        return {"Tags": _listed(self._known(params["ResourceArn"]))}

    def _known(self, arn: str) -> Mapping[str, str]:
        if arn not in self._account.tags:
            raise refused(f'Could not find resource "{arn}".')
        return self._account.tags[arn]


def _listed(tags: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in tags.items()]
