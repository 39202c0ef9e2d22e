"""How much is read of an input, so that memory and time stay bounded whatever is fed in."""

from __future__ import annotations

MAX_JSON_BYTES = 512 * 1024 * 1024
"""Size of a JSON file. A million generated resources take about 250 MB; reading takes about eight times the size in
memory. CloudFormation itself takes templates of 1 MB."""
MAX_YAML_BYTES = 16 * 1024 * 1024
"""Size of a YAML file: about 15 seconds of reading, and fifty times the size in memory."""
MAX_DEPTH = 250
"""Objects and lists nested in one another in a file."""
MAX_ALIASED = 1_000_000
"""Values that the aliases of one YAML file may stand for, all together."""
MAX_NUMBER = 10**12
"""Size of a number that is taken for a setting; AWS has none as large. More is unknown."""
MAX_REPEATED = 100
"""Repeated keys of one file that are listed one by one."""
