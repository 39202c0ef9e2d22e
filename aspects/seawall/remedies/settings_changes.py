"""Changes of single settings of queues, readers and retriers, as data: what rules advise and what repairs make.

None of them is safe to make unseen: they change how long messages stay hidden, what runs at once, or what is kept.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence

from msgspec.structs import replace

from seawall.graph import IdleSetting, Place, Polling, Put, QueueSettings, in_words
from seawall.graph.layers import ALARM_TYPE
from seawall.template import Json, Setting, ValueStatus
from seawall.words import some

from .changes import needed
from .search import Edit, Remedy

NOT_SET = "not set"
RESPONSES = "FunctionResponseTypes"


def number_edit(place: Place, setting: Setting[int], new: int) -> Edit:
    """A number that is set in the property `setting` of what stands at `place`."""
    return Edit(Place(place.address, setting.property), _old(setting), f"{new}", value=f"{new}")


def _old(setting: Setting[int]) -> str:
    return NOT_SET if setting.status is ValueStatus.DEFAULT or setting.value is None else f"{setting.value}"


def visibility(queue: QueueSettings, seconds: int) -> Remedy:
    """Messages stay hidden for so long while they are worked on."""
    before = f"{queue.visibility.value} s -> {seconds} s"
    edit = number_edit(queue.place, queue.visibility, seconds)
    return Remedy(f"set VisibilityTimeout {seconds} on {queue.site}", (edit,), before)


def receives(queue: QueueSettings, count: int) -> Remedy:
    """A message is received so often before it moves to the dead-letter queue, which is there."""
    setting = queue.receives
    if setting is None:
        raise ValueError(f"{queue.site} has no redrive policy")
    before = f"{setting.value} -> {count}"
    edit = number_edit(queue.place, setting, count)
    return Remedy(f"set maxReceiveCount {count} on {queue.site}", (edit,), before)


def retention(queue: str, place: Place, setting: Setting[int], seconds: int) -> Remedy:
    """A queue keeps a message for so long."""
    edit = number_edit(place, setting, seconds)
    return Remedy(f"set MessageRetentionPeriod {seconds} on {queue}", (edit,), f"{setting.value} s -> {seconds} s")


def partial_responses(pollings: Sequence[Polling]) -> Remedy:
    """The readers let the function say which records failed; its code has to name them."""
    value = ["ReportBatchItemFailures"]
    edits = [_edit(Place(each.place.address, RESPONSES), value) for each in pollings]
    where = some([f"the mapping of {each.source} to {each.reader}" for each in pollings], 3)
    do = f"set {RESPONSES} [ReportBatchItemFailures] on {where}, and return the failed ones from the handler"
    return Remedy(do, tuple(edits), short="let the handler name the records that failed")


def single(pollings: Sequence[Polling]) -> Remedy:
    """The readers take records one by one."""
    edits = [number_edit(each.place, each.batch, 1) for each in pollings]
    name = pollings[0].batch.property.rpartition(".")[2]
    where = some([each.reader if each.pipe else f"the mapping to {each.reader}" for each in pollings], 3)
    return Remedy(f"set {name} 1 on {where}", tuple(edits))


def filter_taken(place: Place, reader: str) -> Remedy:
    """A reader takes every message."""
    return Remedy(f"take the filter off {reader}", (Edit(place, "a filter", "none", removes=True),))


def awaited(place: Place, pipe: str) -> Remedy:
    """A pipe waits for what it calls; `place`: its type of invocation."""
    edit = Edit(place, "FIRE_AND_FORGET", "REQUEST_RESPONSE", value='"REQUEST_RESPONSE"')
    return Remedy(f"set InvocationType REQUEST_RESPONSE on {pipe}", (edit,))


def at_once(polling: Polling, runs: int) -> Edit:
    """A mapping asks for no more runs at once."""
    return _edit(Place(polling.place.address, "ScalingConfig.MaximumConcurrency"), runs)


def timeouts(functions: Sequence[Place], now: Sequence[float], names: Sequence[str], seconds: int) -> Remedy:
    """Runs of functions end sooner."""
    edits = [
        Edit(Place(place.address, "Timeout"), f"{before:g}", f"{seconds}", value=f"{seconds}")
        for place, before in zip(functions, now, strict=True)
    ]
    effect = f"{in_words(max(now))} -> {in_words(seconds)}"
    return Remedy(f"set Timeout {seconds} on {some(list(names), 5)}", tuple(edits), effect)


def jitter(places: Iterable[Place]) -> tuple[Edit, ...]:
    """Retriers whose every wait is a random one, up to what it was."""
    return tuple(_edit(Place(each.address, f"{each.property}.JitterStrategy"), "FULL") for each in places)


def kept(puts: Iterable[Put]) -> tuple[Edit, ...]:
    """A place for what is given up on: the property that names it first."""
    edits = map(needed, puts)
    return tuple(sorted(edits, key=lambda edit: edit.adds))


def is_alarm(edit: Edit) -> bool:
    """Whether an edit adds an alarm."""
    return edit.adds and f'"{ALARM_TYPE}"' in edit.value


def is_queue(edit: Edit) -> bool:
    """Whether an edit adds a queue."""
    return edit.adds and '"AWS::SQS::Queue"' in edit.value


def led_to(edits: Iterable[Edit], arn: str) -> tuple[Edit, ...]:
    """The edits with a queue that is there in place of the one that they would add; it has an alarm, or needs none."""
    edits = tuple(edits)
    ours = [*filter(is_queue, edits)]
    found = [edit for edit in edits if edit not in ours and not is_alarm(edit)]
    for queue in ours:
        name = json.dumps({"Fn::GetAtt": [queue.place.address.logical_id, "Arn"]})
        found = [replace(edit, value=edit.value.replace(name, json.dumps(arn))) for edit in found]
    return tuple(found)


def removed(settings: Iterable[IdleSetting]) -> tuple[Edit, ...]:
    """Settings that go, with the object that holds nothing else."""
    return tuple(
        Edit(_whole(Place(each.place.address, property_)), each.what, "none", removes=True)
        for each in settings
        for property_ in each.removes or (each.place.property,)
    )


def _whole(place: Place) -> Place:
    head, _, rest = place.property.partition(".")
    return Place(place.address, head) if head in ("DeadLetterConfig", "DestinationConfig") and rest else place


def _edit(place: Place, value: Json) -> Edit:
    text = json.dumps(value)
    return Edit(place, NOT_SET, text.strip('"'), value=text)
