"""Calls to AWS: paced where AWS says so, and told apart where they are not allowed."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Protocol

from .errors import AuditError

INSTALL = "an audit needs boto3: pip install 'seawall[audit]'"
_THROTTLED = frozenset(
    {
        "LimitExceededException",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "RequestThrottled",
        "RequestThrottledException",
        "SlowDown",
        "Throttled",
        "Throttling",
        "ThrottlingException",
        "ThrottledException",
        "TooManyRequestsException",
    }
)
"""Source: https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html, read 2026-11-30."""
_REFUSED = frozenset({"AccessDenied", "AccessDeniedException", "AuthorizationError", "UnauthorizedOperation"})
_GONE = frozenset(
    {
        "AWS.SimpleQueueService.NonExistentQueue",
        "ClusterNotFoundException",
        "LifecyclePolicyNotFoundException",
        "NoSuchEntity",
        "NotFound",
        "NotFoundException",
        "QueueDoesNotExist",
        "RepositoryNotFoundException",
        "ResourceNotFoundException",
        "StateMachineDoesNotExist",
    }
)
"""What lived when it was listed may be gone when it is looked at."""
_FATAL = frozenset(
    {
        "AuthFailure",
        "ExpiredToken",
        "ExpiredTokenException",
        "InvalidClientTokenId",
        "RequestExpired",
        "SignatureDoesNotMatch",
        "UnrecognizedClientException",
    }
)
"""No further call would do better."""
WAITS = (1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 60.0, 60.0)
"""Seconds to wait while AWS asks to slow down, after what the SDK itself has waited: about 3 minutes in all."""


class NotAllowedError(Exception):
    """The profile may not make this call."""


class RefusedCallError(Exception):
    """AWS does not answer this one call, for a reason of its own, such as a stack without a processed template."""


class GoneError(Exception):
    """What the call asks for is not there."""


class Connect(Protocol):
    """Makes a client of a service."""

    def __call__(self, service: str) -> Any:
        """A boto3 client."""


class AwsAccount:
    """One account in one Region, as far as it can be read."""

    def __init__(
        self,
        connect: Connect,
        sleep: Callable[[float], None] = time.sleep,
        download: Callable[[str, int], bytes] | None = None,
    ) -> None:
        """`download` takes an address that AWS gave, and how many bytes to read at most."""
        self.connect = connect
        self.download = download or _download
        self._sleep = sleep
        self._clients: dict[str, Any] = {}
        self.calls = 0
        """How many calls were made."""

    def call(self, service: str, operation: str, **arguments: Any) -> Mapping[str, Any]:
        """What a call answers. `NotAllowedError`, `GoneError` or `RefusedCallError` where it alone has no answer;
        `AuditError` where no other call would have one, either.
        """
        from botocore.exceptions import BotoCoreError, ClientError

        waits = iter(WAITS)
        while True:
            try:
                self.calls += 1
                answer: Mapping[str, Any] = getattr(self._client(service), operation)(**arguments)
            except ClientError as error:
                code = str(error.response.get("Error", {}).get("Code", ""))
                if code in _REFUSED:
                    raise NotAllowedError(f"{service}:{_spelled(operation)}") from None
                if code in _GONE:
                    raise GoneError(code) from None
                if code not in _THROTTLED | _FATAL:
                    raise RefusedCallError(f"{service}:{_spelled(operation)} answers {code}") from None
                wait = next(waits, None) if code in _THROTTLED else None
                if wait is None:
                    raise AuditError(f"{service} {operation}: {error}; what was read is kept, run it again") from None
                self._sleep(wait)
            except BotoCoreError as error:
                raise AuditError(f"{service} {operation}: {error}; what was read is kept, run it again") from None
            else:
                return answer

    def pages(
        self, service: str, operation: str, key: str, onward: str = "NextToken", **arguments: Any
    ) -> Iterator[Any]:
        """All entries under `key`, over as many calls as it takes; `onward` is what the service calls the
        place where it goes on: in the question, and in the answer where that is another word.
        """
        given, _, returned = onward.partition(":")
        following: str | None = None
        while True:
            answer = self.call(service, operation, **arguments, **({given: following} if following else {}))
            yield from answer.get(key) or ()
            following = answer.get(returned or given)
            if not following:
                return

    def _client(self, service: str) -> Any:
        if service not in self._clients:
            self._clients[service] = self.connect(service)
        return self._clients[service]


def _download(address: str, most: int) -> bytes:
    import urllib.request

    with urllib.request.urlopen(address, timeout=60) as answered:  # noqa: S310 -- told by AWS, and looked at before
        data: bytes = answered.read(most)
    return data


def _spelled(operation: str) -> str:
    """As IAM spells it.

    >>> _spelled("list_event_source_mappings")
    'ListEventSourceMappings'
    """
    return "".join(word.capitalize() for word in operation.split("_"))


def connected(profile: str | None, region: str | None) -> tuple[AwsAccount, str]:
    """An account by way of a profile of the user's, and the Region; `AuditError` where that is not possible."""
    try:
        import boto3
        from botocore.config import Config
        from botocore.exceptions import BotoCoreError
    except ModuleNotFoundError:
        raise AuditError(INSTALL) from None
    try:
        session: Any = boto3.Session(profile_name=profile, region_name=region)
    except BotoCoreError as error:
        raise AuditError(str(error)) from None
    if not session.region_name:
        raise AuditError("no Region is set: give --region, or set it in the profile")
    config = Config(retries={"mode": "adaptive", "total_max_attempts": 6}, user_agent_extra="seawall-audit")

    def connect(service: str) -> Any:
        return session.client(service, config=config)

    return AwsAccount(connect), session.region_name
