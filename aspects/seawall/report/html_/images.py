"""Images in use, and what lifecycle policies do to them: those in danger with a course of events that shows it."""

from __future__ import annotations

from seawall.graph import ImageUse
from seawall.images import Used

from .elements import Safe, join, tag
from .parts import badge, code, data_table, left_out, name, site
from .timeline import timeline
from .view import ReportView, Section

_MOST_DRAWN, _MOST = 60, 500
_COLORS = {"doomed": "error", "endangered": "error", "bounded": "note", "safe": "ok", "unknown": "unsure"}


def section(view: ReportView) -> Section | None:
    """Images in danger, each with its timeline; then a table of the others."""
    images = view.report.images
    number = len(images.used) + len(images.elsewhere)
    if not number:
        return None
    used = sorted(images.used, key=lambda each: (each.consumer.id, each.judgement.repository))
    drawn = [each for each in used if each.judgement.witness is not None]
    rows = [_row(view, each) for each in used if each.judgement.witness is None]
    rows += [_unclear(view, use) for use in sorted(images.elsewhere, key=lambda use: (use.site, str(use.place)))]
    head = (("image", ""), ("verdict", ""), ("why", ""))
    table = data_table("Other images in use", head, rows[:_MOST], class_="images") if rows else None
    body = join(
        (_card(view, each, number) for number, each in enumerate(drawn[:_MOST_DRAWN], 1)),
        left_out(len(drawn) - _MOST_DRAWN, "image in danger", "Its finding is above, its course with --format json."),
        table,
        left_out(len(rows) - _MOST, "image", "--format json has them all."),
    )
    return Section("images", "Images in use", number, body)


def _card(view: ReportView, used: Used, number: int) -> Safe:
    judgement = used.judgement
    assert judgement.witness is not None  # noqa: S101
    return tag(
        "article",
        tag("p", _verdict(str(judgement.verdict)), class_="tags"),
        tag(
            "h3",
            code(f"{judgement.repository}{used.consumer.reference.text}"),
            " used by ",
            site(view.names.place(used.consumer.id)),
        ),
        tag("p", code(view.file(used.use.place)), class_="where"),
        tag("p", name(view.names.short(judgement.why))),
        timeline(judgement.witness, number, view.names),
        class_="card image",
    )


def _row(view: ReportView, used: Used) -> Safe:
    judgement = used.judgement
    what = f"{judgement.repository}{used.consumer.reference.text}"
    return _cells(what, used.consumer.id, view.file(used.use.place), str(judgement.verdict), judgement.why)


def _unclear(view: ReportView, use: ImageUse) -> Safe:
    image = use.image
    reference = f"@{image.digest or '?'}" if image.pinned else f":{image.tag or '?'}"
    what = f"{image.repository.name or '?'}{reference}"
    why = image.why or image.repository.why or "the templates do not tell which repository holds it"
    return _cells(what, use.site, view.file(use.place), "unknown", why)


def _cells(what: str, consumer: str, place: str, verdict: str, why: str) -> Safe:
    return tag(
        "tr",
        tag("th", code(what), " ", site(consumer), tag("span", name(place), class_="place"), scope="row"),
        tag("td", _verdict(verdict)),
        tag("td", name(why)),
    )


def _verdict(verdict: str) -> Safe:
    return badge(_COLORS.get(verdict, "unsure"), verdict)
