"""Commands to paste: how the name that AWS gave a resource is looked up."""

from __future__ import annotations

from shlex import quote

from seawall.graph import Place
from seawall.template import App


def looked_up(app: App, place: Place, variable: str = "id", *, again: bool = False) -> tuple[str, ...]:
    """Lines that put a resource's name into a variable; ``STACK`` is to be replaced where no assembly names the stack,
    which is not said `again`. What a template says is quoted for the shell.
    """
    template = app.templates.get(place.address.template)
    known = template is not None and template.construct_path is not None and template.parent is None
    stack = template.stack_name if template is not None and known else "STACK"
    return (
        *(("# STACK: the name of the stack",) if stack == "STACK" and not again else ()),
        f"{variable}=$(aws cloudformation describe-stack-resource --stack-name {quote(stack)} \\",
        f"  --logical-resource-id {quote(place.address.logical_id)} --output text \\",
        "  --query StackResourceDetail.PhysicalResourceId)",
    )
