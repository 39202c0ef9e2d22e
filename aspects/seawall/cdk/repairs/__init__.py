"""Aspects that repair: each works out from the app's templates what to change, changes that and nothing else, and says
so. Opt-in, one at a time, at mutating priority. See `docs/repairs.md`.
"""

from __future__ import annotations

from .async_failure_destination import AsyncFailureDestination
from .fit_visibility import FitVisibility
from .jitter import Jitter
from .overrides import Left, Override
from .redrive_to import RedriveTo
from .repair import Repair
from .shield_images import ShieldImagesInUse
from .single_retry_owner import SingleRetryOwner

__all__ = [
    "AsyncFailureDestination",
    "FitVisibility",
    "Jitter",
    "Left",
    "Override",
    "RedriveTo",
    "Repair",
    "ShieldImagesInUse",
    "SingleRetryOwner",
]
