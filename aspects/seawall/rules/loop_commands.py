"""What keeps a site from passing events on, as commands, with those that undo it.

Sources, read 2026-11-30: https://docs.aws.amazon.com/cli/latest/reference/lambda/update-event-source-mapping.html,
https://docs.aws.amazon.com/cli/latest/reference/lambda/put-function-concurrency.html,
https://docs.aws.amazon.com/cli/latest/reference/lambda/delete-function-concurrency.html,
https://docs.aws.amazon.com/lambda/latest/api/API_PutFunctionEventInvokeConfig.html (what is left out is removed),
https://docs.aws.amazon.com/lambda/latest/api/API_UpdateFunctionEventInvokeConfig.html,
https://docs.aws.amazon.com/cli/latest/reference/events/disable-rule.html,
https://docs.aws.amazon.com/cli/latest/reference/sns/unsubscribe.html,
https://docs.aws.amazon.com/AmazonS3/latest/API/API_NotificationConfiguration.html (an empty one turns all off),
https://docs.aws.amazon.com/cli/latest/reference/stepfunctions/describe-state-machine.html,
https://docs.aws.amazon.com/cli/latest/reference/iam/put-role-policy.html,
https://docs.aws.amazon.com/cli/latest/reference/glue/stop-trigger.html,
https://docs.aws.amazon.com/cli/latest/reference/pipes/stop-pipe.html and, for what the physical id of a resource is,
the page of its type: of a mapping its UUID, of a queue its URL, of a topic and a machine its ARN, of a bucket, a
function and a pipe its name, of a rule its name, on a bus of its own behind that of the bus.
"""

from __future__ import annotations

from collections.abc import Iterable
from shlex import quote

from msgspec import Struct
from msgspec.structs import replace

from seawall.graph import Hop, Place
from seawall.template import App, Props

from .commands import looked_up
from .fixes import StopNow, StopStep


class LoopStop(Struct, frozen=True):
    """What keeps a site from passing events on, in words and as commands; ``$id`` is the name that AWS gave it."""

    words: str
    off: tuple[str, ...] = ()
    """Empty where no command does it."""
    on: tuple[str, ...] = ()
    again: str = "switch it on again"
    look: str = ""
    """What has to be looked up first, as a step of its own."""
    looks: tuple[str, ...] = ()

    def of(self, which: str) -> LoopStop:
        """That of one place. Names may have braces in them: words that hold one are no format any more."""
        return replace(self, words=self.words.format(which), look=self.look.format(which))

    def steps(self, app: App, place: Place, before_on: Iterable[StopStep] = ()) -> tuple[StopStep, ...]:
        """The steps, with what looks the name up before the first command that takes it; `before_on`: what comes before
        it is undone.
        """
        name = looked_up(app, place) if any("$id" in line for line in (*self.looks, *self.off)) else ()
        looked = [StopStep(self.look, (*name, *self.looks))] if self.look else []
        off = StopStep(self.words, self.off if looked else (*name, *self.off))
        on = [StopStep(f"once it is fixed: {self.again}", self.on)] if self.on else []
        return (*looked, off, *before_on, *on)

    def stop(self, app: App, place: Place, sign: str, before_on: Iterable[StopStep] = ()) -> StopNow:
        """What to do at once; `sign`: how it is seen that something goes round."""
        if not sign and not self.off:
            return StopNow(self.words)
        return StopNow(sign or "these steps end it", steps=self.steps(app, place, before_on))


MAPPING = LoopStop(
    "disable the event source mapping {}. Runs under way go on, and may still send",
    ("aws lambda update-event-source-mapping --uuid $id --no-enabled",),
    ("aws lambda update-event-source-mapping --uuid $id --enabled",),
)
RESERVE = "aws lambda put-function-concurrency --function-name $id --reserved-concurrent-executions"
FUNCTION = LoopStop(
    "set the reserved concurrency of {} to 0: no run starts then",
    (f"{RESERVE} 0",),
    ("aws lambda delete-function-concurrency --function-name $id",),
    "take the limit away again",
)
EVENT_RULE = LoopStop(
    "disable the rule {}: what it would pass on meanwhile is lost",
    ("aws events disable-rule --name $id",),
    ("aws events enable-rule --name $id",),
)
_ON_BUS = "--name $rule --event-bus-name $bus"
RULE_ON_BUS = LoopStop(
    EVENT_RULE.words,
    (
        'bus=${id%"|"*}; [ "$bus" != "$id" ] || bus=default',
        'rule=${id##*"|"}',
        f"aws events disable-rule {_ON_BUS}",
    ),
    (f"aws events enable-rule {_ON_BUS}",),
)
"""Of a rule that names its bus: its physical id is ``bus|rule``."""
SUBSCRIPTION = LoopStop(
    "take the subscription of {} away, and keep what this prints: what it would pass on meanwhile is lost",
    (
        "subscription=THE_SUBSCRIPTION_ARN",
        "aws sns get-subscription-attributes --subscription-arn $subscription",
        "endpoint=$(aws sns get-subscription-attributes --subscription-arn $subscription \\",
        "  --query Attributes.Endpoint --output text)",
        "aws sns unsubscribe --subscription-arn $subscription",
    ),
    ("aws sns subscribe --topic-arn $id --protocol lambda --notification-endpoint $endpoint",),
    "subscribe it again, with what else the first command of the step before printed",
    look="look for the SubscriptionArn of {}",
    looks=("aws sns list-subscriptions-by-topic --topic-arn $id",),
)
PIPE = LoopStop(
    "stop the pipe {}", ("aws pipes stop-pipe --name $id",), ("aws pipes start-pipe --name $id",), "start it again"
)
_SERVICE = "--cluster $cluster --service $service --desired-count"
CONTAINER = LoopStop(
    "set the desired count of the service that runs {} to 0",
    (
        "cluster=YOUR_CLUSTER_NAME",
        "service=YOUR_SERVICE_NAME",
        "count=$(aws ecs describe-services --cluster $cluster --services $service \\",
        "  --query 'services[0].desiredCount' --output text) && echo $count",
        f"aws ecs update-service {_SERVICE} 0",
    ),
    (f"aws ecs update-service {_SERVICE} $count",),
    "set the count back",
)
GLUE_TRIGGER = LoopStop(
    "stop the trigger {}: it starts nothing then. Runs under way go on",
    ("aws glue stop-trigger --name $id",),
    ("aws glue start-trigger --name $id",),
    "start it again",
)
_DENIED = '{"Version": "2012-10-17", "Statement": {"Effect": "Deny", "Action": "*", "Resource": "*"}}'
MACHINE = LoopStop(
    "deny the role of {} all that it calls, so that executions fail at once",
    (
        "role=$(aws stepfunctions describe-state-machine --state-machine-arn $id --query roleArn --output text)",
        'aws iam put-role-policy --role-name "${role##*/}" --policy-name halted \\',
        f"  --policy-document '{_DENIED}'",
    ),
    ('aws iam delete-role-policy --role-name "${role##*/}" --policy-name halted',),
    "allow it again",
)
_NOTIFICATION = "aws s3api put-bucket-notification-configuration --bucket $id --notification-configuration"
BUCKET = LoopStop(
    "turn all notifications of {} off: what they would pass on meanwhile is lost",
    (
        "[ -e $id.json ] || aws s3api get-bucket-notification-configuration --bucket $id > $id.json",
        f"{_NOTIFICATION} '{{}}'",
    ),
    (f"{_NOTIFICATION} file://$id.json",),
    "turn them on again, as the first step has kept them in a file",
)


def without_end(app: App, hop: Hop, called: str, to: str) -> LoopStop:
    """`to`, taken away as the place for what fails at a function; in words alone where it is no destination of it."""
    words = f"take {to} away as the place for what fails in {called}: that is lost meanwhile"
    resource = app.resource(hop.place.address)
    if resource is None or not hop.place.property.startswith("DestinationConfig"):
        return LoopStop(words)
    given = Props.of(app, resource)
    named = hop.source.removeprefix(called).removesuffix("#async").removeprefix(":")
    of = f"--function-name $id{f' --qualifier {quote(named)}' if named else ''}"
    left = ["--maximum-retry-attempts", str(_number(given, "MaximumRetryAttempts", 2))]
    age = _number(given, "MaximumEventAgeInSeconds", 0)
    left += ["--maximum-event-age-in-seconds", str(age)] if age else []
    off = (
        f"ends=$(aws lambda get-function-event-invoke-config {of} \\",
        "  --query DestinationConfig --output json) && echo $ends",
        f"aws lambda put-function-event-invoke-config {of} {' '.join(left)}",
    )
    on = (f'aws lambda update-function-event-invoke-config {of} --destination-config "$ends"',)
    return LoopStop(words, off, on, "set it again")


def _number(given: Props, name: str, default: int) -> int:
    found = given.integer(name, default=default).value
    return default if found is None else found
