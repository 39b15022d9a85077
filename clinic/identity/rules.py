"""When two charts are likely to be of one person (DOMAIN 8.45)."""

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

# Numbers are compared by their last digits: one is written with the country's code, another not.
PHONE_DIGITS = 9
# Fewer digits than this are an extension, which colleagues share.
LEAST_DIGITS = 7
# Letters that no decomposition turns into a plain one.
_PLAIN = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i"}
)
# Slips that a name of so many letters may have and still be the same.
_SLIPS = ((8, 2), (4, 1))


class Likeness(StrEnum):
    """What two charts have in common."""

    NAME_AND_BIRTH = "NAME_AND_BIRTH"
    EMAIL = "EMAIL"
    PHONE = "PHONE"


WORDS = {
    Likeness.NAME_AND_BIRTH: "same date of birth and a like name",
    Likeness.EMAIL: "same e-mail address",
    Likeness.PHONE: "same telephone number",
}


@dataclass(frozen=True, slots=True)
class Identity:
    """What a chart says of who somebody is."""

    given_name: str
    family_name: str
    birth_date: date
    email: str = ""
    phone: str = ""


def likenesses(one: Identity, other: Identity) -> list[Likeness]:
    """What makes the two likely to be one person; nothing where nothing does (DOMAIN 8.45)."""
    return list(_found(one, other))


def _found(one: Identity, other: Identity) -> Iterator[Likeness]:
    if one.birth_date == other.birth_date and _has_like_name(one, other):
        yield Likeness.NAME_AND_BIRTH
    if one.email and email_key(one.email) == email_key(other.email):
        yield Likeness.EMAIL
    digits = phone_key(one.phone)
    if len(digits) >= LEAST_DIGITS and digits == phone_key(other.phone):
        yield Likeness.PHONE


def email_key(email: str) -> str:
    """An address as it is compared, the way the database keeps it too."""
    return email.lower()


def phone_key(phone: str) -> str:
    """A number as it is compared: its last digits, the way the database keeps it too."""
    return "".join(sign for sign in phone if sign in "0123456789")[-PHONE_DIGITS:]


def folded(name: str) -> str:
    """A name without case, accents and signs."""
    parts = unicodedata.normalize("NFKD", name.casefold().translate(_PLAIN))
    letters = "".join(sign for sign in parts if not unicodedata.combining(sign))
    return " ".join("".join(s if s.isalnum() else " " for s in letters).split())


def _has_like_name(one: Identity, other: Identity) -> bool:
    """Whether the names are alike, also with given and family name the other way round."""
    a, b = (
        (folded(one.given_name), folded(one.family_name)),
        (
            folded(other.given_name),
            folded(other.family_name),
        ),
    )
    if sorted(" ".join(a).split()) == sorted(" ".join(b).split()):
        return True
    straight = _is_like(a[0], b[0]) and _is_like(a[1], b[1])
    return straight or (_is_like(a[0], b[1]) and _is_like(a[1], b[0]))


def _is_like(one: str, other: str) -> bool:
    """Whether they are equal but for a slip or two, or one is a part of the other's names."""
    if one == other:
        return True
    shorter = min(len(one), len(other))
    if {*one.split()} & {*other.split()} and shorter >= 2:
        return True
    slips = next((slips for letters, slips in _SLIPS if shorter >= letters), 0)
    return slips > 0 and _distance(one, other, slips) <= slips


def _distance(one: str, other: str, most: int) -> int:
    """Letters added, left out, changed, or swapped with the next one; no more than `most` + 1."""
    if abs(len(one) - len(other)) > most:
        return most + 1
    before, above = list[int](), list(range(len(other) + 1))
    for i, sign in enumerate(one, start=1):
        row = [i]
        for j, there in enumerate(other, start=1):
            best = min(above[j] + 1, row[j - 1] + 1, above[j - 1] + (sign != there))
            if i > 1 and j > 1 and sign == other[j - 2] and one[i - 2] == there:
                best = min(best, before[j - 2] + 1)
            row.append(best)
        before, above = above, row
    return above[-1]
