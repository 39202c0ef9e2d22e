"""The code of functions, where it was asked for: archives, as the functions have them."""

from __future__ import annotations

import re
from pathlib import Path

from .collectors import Collection

FOLDER = "code"
MOST = 80 * 1024 * 1024
"""Bytes of an archive: AWS takes 50 MB by itself, more through S3, and what is read of code is less."""


def code_of(aws: Collection, name: str, directory: Path, written: dict[str, str]) -> None:
    """Write the archive of a function's code below `directory`, and its place into `written`."""
    place = f"{FOLDER}/{re.sub(r'[^A-Za-z0-9_-]', '-', name)}.zip"
    target = directory / place
    if not target.is_file():
        answer = aws.asked(f"the code of function {name}", "lambda", "get_function", FunctionName=name)
        location = ((answer or {}).get("Code") or {}).get("Location")
        if not isinstance(location, str) or not location.startswith(
            ("https://", "http://127.0.0.1", "http://localhost")
        ):
            return
        try:
            data = aws.account.download(location, MOST + 1)
        except OSError as error:
            aws.note(f"the code of function {name}: {getattr(error, 'reason', error)}")
            return
        if len(data) > MOST:
            aws.note(f"the code of function {name}: larger than {MOST // 1024**2} MB")
            return
        target.parent.mkdir(exist_ok=True)
        target.write_bytes(data)
    written[name] = place
