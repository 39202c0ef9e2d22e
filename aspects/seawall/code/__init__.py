"""What handlers do, read from their sources: never run, never imported, no network.

A reader turns a language's text into a small tree (`syntax`), `reader` follows the handler through it, and what it met
is the handler's `Account`: the calls it makes, when, to what, and what becomes of a failure.
"""

from .account import Account, AwsCall, Cause, UnreadCode, literal, moved
from .errors import UnreadableError
from .files import Archive, Files, Folder, Inline
from .read import ParsedModules, language_of, read

__all__ = [
    "Account",
    "Archive",
    "AwsCall",
    "Cause",
    "Files",
    "Folder",
    "Inline",
    "ParsedModules",
    "UnreadCode",
    "UnreadableError",
    "language_of",
    "literal",
    "moved",
    "read",
]
