"""What deployed resources are called: every replay has a prefix of its own, so several can share an emulator."""

from __future__ import annotations

import re

from msgspec import Struct

from seawall.services.playing import PLAYED, RefForm
from seawall.template import App, Concat, Known, Pseudo, Reference, Resource, Value

REGION = "us-east-1"
ACCOUNT = "000000000000"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/replay"
_PSEUDO = {
    "AWS::Region": REGION,
    "AWS::AccountId": ACCOUNT,
    "AWS::Partition": "aws",
    "AWS::URLSuffix": "amazonaws.com",
    "AWS::StackName": "replay",
}
_LONGEST = 40


class DeployedNames(Struct, frozen=True):
    """Names and ARNs of what is deployed, known before anything is: nothing has to wait for anything else."""

    app: App
    prefix: str
    endpoint: str

    def id(self, resource: Resource) -> str:
        """The logical id, with the template's number where several templates are deployed together."""
        keys = list(self.app.templates)
        number = keys.index(resource.address.template)
        plain = re.sub(r"\W|_", "", resource.address.logical_id)
        return plain if not number else f"{plain}T{number}"

    def name(self, resource: Resource) -> str:
        """The physical name."""
        identity = self.id(resource)
        short = identity if len(identity) <= _LONGEST else identity[: _LONGEST // 2] + identity[-_LONGEST // 2 :]
        fifo = resource.properties.get("FifoQueue") or resource.properties.get("FifoTopic")
        return f"{self.prefix}-{short}{'.fifo' if fifo in (True, 'true') else ''}"

    def arn(self, resource: Resource) -> str:
        """The ARN; empty for a type that has none here."""
        form = PLAYED[resource.type].arn if resource.type in PLAYED else ""
        return f"arn:aws:{form.format(REGION, ACCOUNT)}{self.name(resource)}" if form else ""

    def url(self, resource: Resource) -> str:
        """A queue's URL."""
        return f"{self.endpoint}/{ACCOUNT}/{self.name(resource)}"

    def text(self, value: Value) -> str:
        """A value as the deployed definition holds it; what is not known here becomes a word that names nothing."""
        match value:
            case Known():
                return str(value.value)
            case Pseudo():
                return _PSEUDO.get(value.name, "unknown")
            case Concat():
                return "".join(map(self.text, value.parts))
            case Reference():
                return self._referenced(value)
        return "unknown"

    def _referenced(self, value: Reference) -> str:
        found = self.app.resource(value.address)
        if found is None:
            return "unknown"
        ref = PLAYED[found.type].ref if found.type in PLAYED else RefForm.ARN
        if ref is RefForm.URL and value.attribute in ("Ref", "QueueUrl"):
            return self.url(found)
        if ref is RefForm.NAME and value.attribute == "Ref":
            return self.name(found)
        return self.arn(found) or "unknown"
