"""Commands to paste: how the name that AWS gave a resource is looked up."""

from __future__ import annotations

from seawall.graph import Place
from seawall.template import App


def looked_up(app: App, place: Place) -> tuple[str, ...]:
    """Lines that put a resource's name into ``$id``; ``STACK`` is to be replaced where no assembly names the stack."""
    template = app.templates.get(place.address.template)
    known = template is not None and template.construct_path is not None and template.parent is None
    stack = template.stack_name if template is not None and known else "STACK"
    return (
        *(("# STACK: the name of the stack",) if stack == "STACK" else ()),
        f"id=$(aws cloudformation describe-stack-resource --stack-name {stack} \\",
        f"  --logical-resource-id {place.address.logical_id} --output text \\",
        "  --query StackResourceDetail.PhysicalResourceId)",
    )
