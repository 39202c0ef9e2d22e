"""`synchronized-backoff`: what failed together is tried again together."""

from __future__ import annotations

from collections.abc import Iterator

from seawall.graph import Flow, SiteKind, SteadyRetrier, When, reach
from seawall.remedies.search import Remedy
from seawall.remedies.settings_changes import jitter
from seawall.words import some

from .context import Context
from .fixes import Fix
from .model import Confidence, Example, Finding, Rule, Severity

_ONE_RECEIVER = (*(SiteKind.QUEUE, SiteKind.ASYNCHRONOUS_QUEUE, SiteKind.API, SiteKind.FUNCTION_URL, SiteKind.PIPE),)
"""Kinds of sites whose receivers do not all get the same event."""


def check(context: Context) -> Iterator[Finding]:
    """One finding per machine with such retriers, where its executions or states run beside others."""
    flow = context.analysis.flow
    by_machine: dict[str, list[SteadyRetrier]] = {}
    for retrier in flow.steady:
        machine = flow.container(retrier.site)
        if not flow.sites[machine].framework:
            by_machine.setdefault(machine, []).append(retrier)
    if by_machine:
        always = {site: [hop for hop in hops if hop.when is When.ALWAYS] for site, hops in flow.incoming.items()}
        for machine, retriers in by_machine.items():
            before = _fans(flow, reach([machine], always, forward=False))
            found = [(retrier, [*_around(flow, retrier.site), *before]) for retrier in retriers]
            found = [(retrier, fans) for retrier, fans in found if fans]
            if found:
                yield _finding(found)


def _around(flow: Flow, site: str) -> Iterator[str]:
    """Containers of a state that run several things at once."""
    while (inside := flow.sites[site].inside) is not None:
        if inside in flow.side_by_side:
            yield f"{inside} {flow.side_by_side[inside]}"
        site = inside


def _fans(flow: Flow, way: set[str]) -> list[str]:
    """Where one event, or one batch, becomes several on the way to a machine, in words."""
    fans = [f"{site} {flow.side_by_side[site]}" for site in sorted(way) if site in flow.side_by_side]
    for site in sorted(way):
        if not flow.sites[site].works and flow.sites[site].kind not in _ONE_RECEIVER:
            targets = {hop.target for hop in flow.out_of(site) if hop.when is When.ALWAYS and hop.target in way}
            if len(targets) > 1:
                fans.append(f"{site} delivers each event {len(targets)} times on this way")
    return fans + [
        f"{polling.reader} receives up to {polling.batch.value:,} at once from {polling.source}"
        for polling in flow.pollings
        if polling.reader in way and not polling.pipe and (polling.batch.value or 1) > 1
    ]


def _finding(found: list[tuple[SteadyRetrier, list[str]]]) -> Finding:
    found = sorted(found, key=lambda one: (-one[0].retries, one[0].site))
    retrier, fans = found[0]
    errors = ", ".join(retrier.errors[:2]) + (f" and {len(retrier.errors) - 2} more" if len(retrier.errors) > 2 else "")
    every = f"each of {retrier.retries:,} retries" if retrier.retries > 1 else "its retry"
    others = list(dict.fromkeys(one.site for one, _ in found if one.site != retrier.site))
    headline = (
        f"{retrier.site} waits {retrier.interval:g} s before {every} on {errors}, with neither back-off nor jitter"
    )
    do = f"set JitterStrategy FULL on the retriers of {some([retrier.site, *others], 3)}"
    facts = [
        f"what fails together is tried again together: {some(fans, 3)}",
    ]
    if others:
        facts.append(f"the same with {some(others, 3)}")
    return Finding(
        rule=RULE.id,
        severity=RULE.severity,
        confidence=Confidence.HIGH,
        place=retrier.place,
        site=retrier.site,
        headline=headline,
        facts=tuple(facts),
        fix=Fix.of(
            do,
            (Remedy(do, jitter(dict.fromkeys(one.place for one, _ in found))),),
            notes=("BackoffRate 2 (the default) and a MaxDelaySeconds give what is overloaded more time",),
        ),
        also=tuple(others),
        shape=(*retrier.errors,),
    )


RULE = Rule(
    id="synchronized-backoff",
    severity=Severity.NOTE,
    title="what fails together is tried again together",
    what=(
        "Fires on a retrier with neither back-off nor jitter (`BackoffRate` 1, or `MaxDelaySeconds` no longer than "
        "`IntervalSeconds`; `JitterStrategy` not `FULL`) on a path that fans out: inside a Map that runs its items "
        "side by side or a Parallel with several branches, behind a function that receives its events in batches, or "
        "where one event comes to it on several ways. A retrier that says nothing has back-off (`BackoffRate` 2.0) and "
        "stays silent, although it has no jitter."
    ),
    why=(
        "A dependency that was overloaded by a hundred calls at once gets the same hundred calls at once, again and "
        "again, every few seconds. AWS's Builders' Library asks for back-off, and for jitter because back-off alone "
        "leaves retries that coincide: if all the failed calls back off to the same time, they cause contention or "
        "overload again when they are retried."
    ),
    example=Example('"Retry": [{"ErrorEquals": ["States.ALL"], "IntervalSeconds": 5, "BackoffRate": 1}]\n', "json"),
    fix="Let the waits grow, spread them with `JitterStrategy: FULL`, and bound them with `MaxDelaySeconds`.",
    better=Example(
        """\
"Retry": [{"ErrorEquals": ["States.ALL"], "IntervalSeconds": 5, "BackoffRate": 2,
           "MaxDelaySeconds": 60, "JitterStrategy": "FULL"}]
""",
        "json",
    ),
    sources=(
        "https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html",
        "https://aws.amazon.com/builders-library/timeouts-retries-and-backoff-with-jitter/",
    ),
    check=check,
)
