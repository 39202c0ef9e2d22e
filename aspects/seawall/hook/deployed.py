"""The snapshot of what is deployed, a zip file in S3: fetched once by each instance of the function, if unchanged."""

from __future__ import annotations

import hashlib
import io
import shutil
import tempfile
import zipfile
from pathlib import Path, PurePosixPath
from typing import Any

MOST_BYTES = 50 * 1024 * 1024
"""Of the archive."""
MOST_FILES, MOST_UNPACKED = 5_000, 300 * 1024 * 1024


class SnapshotError(Exception):
    """A snapshot that cannot be had."""


def snapshot_at(address: str, client: Any = None) -> Path:
    """The folder of the snapshot at ``s3://bucket/key``; `SnapshotError` says why it cannot be had."""
    bucket, _, key = address.removeprefix("s3://").partition("/")
    if not address.startswith("s3://") or not bucket or not key:
        raise SnapshotError(f"{address} is not of the form s3://bucket/key")
    if client is None:
        import boto3

        client = boto3.client("s3")
    mark = str(client.head_object(Bucket=bucket, Key=key)["ETag"])
    kept = Path(tempfile.gettempdir()) / "seawall-deployed"
    folder = kept / hashlib.sha256(f"{address} {mark}".encode()).hexdigest()[:16] / "deployed"
    if not folder.is_dir():
        shutil.rmtree(kept, ignore_errors=True)  # an older one, or what a call left that had no time
        draft = folder.with_name("fetching")
        draft.mkdir(parents=True)
        _unpack(client.get_object(Bucket=bucket, Key=key)["Body"].read(MOST_BYTES + 1), draft)
        draft.rename(folder)
    return folder


def _unpack(data: bytes, folder: Path) -> None:
    """The JSON files of an archive; what would land outside of `folder` is left out."""
    if len(data) > MOST_BYTES:
        raise SnapshotError(f"it is larger than {MOST_BYTES // 1024**2} MB")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = [each for each in archive.infolist() if each.filename.endswith(".json")]
            if len(entries) > MOST_FILES or sum(each.file_size for each in entries) > MOST_UNPACKED:
                raise SnapshotError(f"it holds more than {MOST_FILES:,} files or {MOST_UNPACKED // 1024**2} MB")
            for each in entries:
                name = PurePosixPath(each.filename)
                if ".." not in name.parts and not name.is_absolute():
                    archive.extract(each, folder)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError) as error:
        raise SnapshotError(f"it is no zip file: {error}") from None
