"""By whose rules medication trials count: the clinic's and payers' profiles (DOMAIN 3.1); pure."""

from datetime import date
from functools import cache
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from courses.screening.catalogue import DATA, Entry, Number

CLINIC = "LABEL"


class Improvement(BaseModel):
    """Up to where an improvement counts as failure: under a number, or at most that number."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    under: Number | None = None
    at_most: Number | None = None

    @model_validator(mode="after")
    def _one(self) -> "Improvement":
        if (self.under is None) == (self.at_most is None):
            raise ValueError("give under or at_most")
        return self


class TrialRule(BaseModel):
    """How many trials of what kind have to have failed."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    count: Number
    augmentations: int = 0
    different_classes: bool = False
    weeks: Number
    # More than so many weeks, where it says so; else at least.
    more_than_weeks: bool = False
    improvement: Improvement
    current_episode: bool = False
    with_therapy: bool = False
    intolerance_counts: bool = False


class SeverityRule(BaseModel):
    """A score that is severe enough."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    instrument: str
    at_least: float | None = None
    more_than: float | None = None
    within_days: int | None = None


class Profile(Entry):
    """One payer's rules from a day on; the clinic's own is `LABEL`."""

    label: str = ""
    code: str
    name: str
    since: date = Field(alias="from")
    trials: TrialRule
    severity: list[SeverityRule] = []
    ages: tuple[int, int] | None = None
    # Weeks on an oral antidepressant; 0 = one is taken, for however long.
    oral_antidepressant_weeks: int | None = None
    psychiatrist_prescribes: bool = False
    psychiatrist_involved: bool = False
    asks_pdmp: bool = False
    asks_psychosis_benefit_risk: bool = False
    no_active_sud: bool = False
    unipolar_only: bool = False
    negative_drug_screen: bool = False
    most_mg_per_week: int | None = None
    most_devices: int | None = None
    # The first approval, and the ones after it.
    approval_months: list[int] = []


class Profiles(BaseModel):
    """All profiles with all their versions."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    format: Literal["courseline-payers-1"]
    version: str
    profiles: list[Profile]
    references: dict[str, str]


@cache
def shipped() -> Profiles:
    """The profiles that are shipped."""
    return Profiles.model_validate_json((DATA / "payers.json").read_text("utf-8"))


def profiles_on(day: date, profiles: Profiles | None = None) -> list[Profile]:
    """The version of each profile that holds on that day, the clinic's own first."""
    held: dict[str, Profile] = {}
    for one in sorted((profiles or shipped()).profiles, key=lambda profile: profile.since):
        if one.since <= day:
            held[one.code] = one
    return sorted(held.values(), key=lambda profile: (profile.code != CLINIC, profile.name))


def profile_on(code: str, day: date) -> Profile | None:
    """The profile as it holds on that day; None when there is none of that code."""
    return next((one for one in profiles_on(day) if one.code == code), None)
