"""Whether all is tried that can be: `make whole`, `make bounds` and `make images` do, `make test` tries a part."""

from __future__ import annotations

import os

WHOLE = bool(os.environ.get("SEAWALL_WHOLE"))
