"""Numbers and lists as people write them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

AWS_DEFAULT = "AWS's default"
"""What is said of a number that nobody set."""


def plural(number: int, word: str) -> str:
    """A number and what it counts.

    >>> plural(1, "error"), plural(11520, "run"), plural(2, "entry")
    ('1 error', '11,520 runs', '2 entries')
    """
    if number == 1:
        return f"1 {word}"
    return f"{number:,} {word.removesuffix('y')}ies" if word.endswith("ry") else f"{number:,} {word}s"


def one(word: str) -> str:
    """One of what a word names.

    >>> one("error"), one("timeout")
    ('an error', 'a timeout')
    """
    return f"{'an' if word[:1] in 'aeio' else 'a'} {word}"


def several(names: Sequence[str], most: int = 12) -> str:
    """All names, or the first ones and how many more there are.

    >>> several(["Order", "Product", "Benefit"], 2)
    'Order, Product and 1 more'
    """
    more = len(names) - most
    return ", ".join(names) if more <= 0 else f"{', '.join(names[:most])} and {more:,} more"


def some(names: Iterable[str], most: int = 1, word: str = "and") -> str:
    """The first names and how many more there are.

    >>> some(["Order", "Product", "Benefit"]), some(["Order", "Product", "Benefit"], 2, "or")
    ('Order and 2 more', 'Order, Product or Benefit')
    """
    names = list(dict.fromkeys(names))
    if len(names) <= most + 1:
        return f" {word} ".join(filter(None, [", ".join(names[:-1]), *names[-1:]]))
    return f"{', '.join(names[:most])} {word} {len(names) - most} more"


def sentence(text: str) -> str:
    """A clause with a capital at its beginning, unless it begins with a name.

    >>> sentence("a failed message"), sentence("ECR refuses it"), sentence("batchItemFailures is ignored")
    ('A failed message', 'ECR refuses it', 'batchItemFailures is ignored')
    """
    first = text.split(" ", 1)[0].rstrip(",:")
    return text[:1].upper() + text[1:] if first.isalpha() and first.islower() else text


def probably_meant(name: str, known: Iterable[str], likeness: float = 0.6) -> str | None:
    """The one of the known names that was probably meant; `likeness`: from 0, anything, to 1, the same.

    >>> probably_meant("stacked-retry", ["stacked-retries", "retry-loop"])
    'stacked-retries'
    """
    from difflib import get_close_matches  # not needed by most runs

    return next(iter(get_close_matches(name, list(known), n=1, cutoff=likeness)), None)
