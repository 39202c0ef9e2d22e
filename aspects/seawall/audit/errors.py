"""Why an audit ends."""


class AuditError(Exception):
    """The audit cannot go on; the message says why, and what to do."""
