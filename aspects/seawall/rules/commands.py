"""Commands to paste: how the name that AWS gave a resource is looked up.

They hold no comments: zsh, the shell of macOS, takes a pasted ``#`` for a command unless it is told otherwise
(https://zsh.sourceforge.io/Doc/Release/Options.html, INTERACTIVE_COMMENTS, read 2026-11-30). What is to be replaced is
a word in capitals that a variable is set to, once.
"""

from __future__ import annotations

from shlex import quote

from seawall.graph import Place
from seawall.template import App


def looked_up(app: App, place: Place, variable: str = "id", beside: Place | None = None) -> tuple[str, ...]:
    """Lines that put a resource's name into a variable. Where no assembly names the stack, its name is set first,
    unless it was for `beside`, a place in the same template. What a template says is quoted for the shell.
    """
    stack = _stack(app, place)
    called = quote(stack) if stack else "$stack"
    known = stack or (beside is not None and beside.address.template == place.address.template)
    return (
        *(() if known else ("stack=YOUR_STACK_NAME",)),
        f"{variable}=$(aws cloudformation describe-stack-resource --stack-name {called} \\",
        f"  --logical-resource-id {quote(place.address.logical_id)} --output text \\",
        "  --query StackResourceDetail.PhysicalResourceId)",
    )


def _stack(app: App, place: Place) -> str:
    """The name of the stack that an assembly gives a template; empty where none does."""
    template = app.templates.get(place.address.template)
    known = template is not None and template.construct_path is not None and template.parent is None
    return template.stack_name if template is not None and known else ""
