"""Pure rules about scores: overlapping windows of recall, mixed languages, what may be late."""

from collections.abc import Collection, Iterable
from datetime import date, timedelta
from itertools import pairwise

LANGUAGE_MIXED = "LANGUAGE_MIXED"
RECALL_OVERLAP = "RECALL_OVERLAP"


def windows_overlap(earlier: date, later: date, recall_days: int | None) -> bool:
    """Whether two scores look back on some of the same days (DOMAIN 5.8)."""
    return recall_days is not None and later - earlier < timedelta(days=recall_days)


def overlapping(days: Iterable[date], recall_days: int | None) -> frozenset[date]:
    """The days whose score looks back on days that the one before it covers too."""
    pairs = pairwise(sorted(set(days)))
    return frozenset(b for a, b in pairs if windows_overlap(a, b, recall_days))


def is_mixed(languages: Collection[str], language: str) -> bool:
    """Whether the same questions were asked in another language before (DOMAIN 8.39)."""
    return any(other != language for other in languages)
