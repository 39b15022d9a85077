"""What a freed time would gain a course, in words for the desk."""

from collections.abc import Iterator, Mapping
from datetime import date

from scheduling.planner.model import Weights
from scheduling.waitlist.models import SlotOffer

# Per term of the objective: what is better, and what is worse.
_WORDS = {
    "start_day": ("starts sooner", "starts later"),
    "gaps": ("doses nearer to their target spacing", "doses further from their target spacing"),
    "preference": ("at times that the patient prefers", "at times that the patient likes less"),
    "integration_delay": ("integration sooner after its dose", "integration later after its dose"),
    "therapist_changes": ("more talks with one therapist", "fewer talks with one therapist"),
    "nurse_changes": ("fewer changes of nurse", "more changes of nurse"),
    "time_of_day": ("doses at more alike times of day", "doses at less alike times of day"),
    "balance": ("on a quieter day", "on a fuller day"),
}
HAS_NONE = "has no place yet"


def gains_in_words(how: str, terms: Mapping[str, int], *, on: date, instead_of: date | None) -> str:
    """“3 days earlier; doses nearer to their target spacing; but more changes of nurse”."""
    if how == SlotOffer.How.BOOK:
        return HAS_NONE
    said = [*_earlier(on, instead_of), *_better(terms), *_worse(terms)]
    return "; ".join(said) or "better for the course as a whole"


def _earlier(on: date, instead_of: date | None) -> Iterator[str]:
    days = (instead_of - on).days if instead_of else 0
    if days == 0 and instead_of:
        yield "earlier that day"
    elif days > 0:
        yield f"{days} day{'' if days == 1 else 's'} earlier"


def _better(terms: Mapping[str, int]) -> Iterator[str]:
    for name, (better, _) in _WORDS.items():
        if terms.get(name, 0) > 0:
            yield better


def _worse(terms: Mapping[str, int]) -> Iterator[str]:
    worse = [words for name, (_, words) in _WORDS.items() if terms.get(name, 0) < 0]
    if worse:
        yield "but " + " and ".join(worse)


def points_in_words(how: str, benefit: int) -> str:
    """The gain as the planner counts it; a course without a place counts before all others."""
    if how == SlotOffer.How.BOOK and benefit > Weights().unplaced // 2:
        return "before all others"
    return f"{benefit} point{'' if benefit == 1 else 's'}"
