"""The clinical parts of a protocol's definition: doses, vitals, checks, reviews, misses, scores.

Every part may be left out; then the product asks nothing and computes nothing of that kind.
"""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from courses.protocols.parts import Days, DoseNumber, Label, Name, Part

Amount = Annotated[float, Field(gt=0, le=10_000)]
Offset = Annotated[int, Field(ge=-120, le=400)]
InstrumentCode = Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9_]*$", max_length=20)]
CheckCode = Literal[
    "GO_BP", "GO_HR", "GO_SPO2", "GO_RR", "GO_FAST", "GO_NASAL", "GO_ESCORT", "GO_SUBST",
    "GO_MEDS", "GO_PREG", "GO_CONSENT", "GO_WEIGHT", "GO_SUICIDE", "GO_MENTAL", "GO_INTERVAL",
    "GO_REMS", "GO_STAFF", "GO_AUTH", "GO_EMERG",
]  # fmt: skip


LabelRegion = Literal["US", "EU"]


class ElderlyRule(Part):
    """What labels of the EU's kind allow from an age on, at the first dose (DOMAIN 2.3, W10)."""

    from_age: Annotated[int, Field(ge=18, le=120)]
    allowed: Annotated[list[Amount], Field(min_length=1)]
    first: Annotated[list[Amount], Field(min_length=1)]
    most_step: Amount | None = None

    @model_validator(mode="after")
    def _agrees(self) -> Self:
        if not set(self.first) <= set(self.allowed):
            raise ValueError("first must be among allowed")
        return self


class DoseRule(Part):
    """How much is given (DOMAIN 2.3), in `basis` units: mg per kg of body weight, or mg.

    Outside `usual` is warned of; above `hard_max` a medical director decides. `allowed` is a
    closed list: any other amount is refused. `first` are the amounts of dose 1.
    """

    basis: Literal["mg_per_kg", "mg"]
    start: Amount | None = None
    usual: tuple[Amount, Amount] | None = None
    hard_max: Amount | None = None
    allowed: list[Amount] = []
    first: list[Amount] = []
    # The most by which a dose is raised from one session to the next.
    most_step: Amount | None = None
    # One device holds so much: 56 mg are two devices of 28.
    device_mg: Amount | None = None
    # Weight older than this, or changed by more, is asked for again.
    weight_valid_days: Days | None = None
    weight_change_percent: Amount | None = None
    # A weight outside, in kg, is taken for a slip of the pen (DOMAIN 8.49).
    weight_kg: tuple[Amount, Amount] | None = None
    # From this body mass index on the clinician chooses the weight that the dose goes by.
    bmi_flag_from: Amount | None = None
    # Which label holds, and what it says of the elderly where it is not the one of the US.
    label_region: LabelRegion = "US"
    elderly: ElderlyRule | None = None

    @model_validator(mode="after")
    def _agrees(self) -> Self:
        if self.usual and self.usual[0] > self.usual[1]:
            raise ValueError("usual must ascend")
        if self.weight_kg and self.weight_kg[0] > self.weight_kg[1]:
            raise ValueError("weight_kg must ascend")
        if not set(self.first) <= set(self.allowed or self.first):
            raise ValueError("first must be among allowed")
        return self


class VitalsPlan(Part):
    """When vital signs are read, in minutes from the start of the drug (DOMAIN 2.4)."""

    minutes: Annotated[list[Annotated[int, Field(ge=-60, le=600)]], Field(min_length=1)]
    then_every: Annotated[int, Field(ge=5, le=120)] | None = None
    continuous: list[Literal["SPO2", "PULSE"]] = []
    on_time_minutes: Annotated[int, Field(ge=0, le=30)] = 5
    missed_after_minutes: Annotated[int, Field(ge=0, le=60)] = 10

    @model_validator(mode="after")
    def _ascends(self) -> Self:
        if self.minutes != sorted(set(self.minutes)):
            raise ValueError("minutes must ascend")
        return self


class Observation(Part):
    """How long the patient is watched at least (DOMAIN 2.2, 2.5).

    The minutes count from the end of the drug, from the end of its effects, or from the last
    device. `is_rule`: the law asks for it, so nobody may settle on less. Time alone discharges
    nobody.
    """

    minutes: Annotated[int, Field(ge=0, le=600)]
    counts_from: Literal["drug_end", "effect_end", "last_device"]
    is_rule: bool = False


class ReviewPoint(Part):
    """A point at which a clinician looks at what the numbers say (DOMAIN 2.8, 2.10).

    It comes after dose `after_dose`, after the last dose of `after_block`, or after dose
    `from_dose` and every `every` doses from there. `holds`: the doses after it wait for the
    decision. Without, it is a task that is due `due_days` later and nothing waits.
    """

    name: Name
    label: Label
    question: Annotated[str, Field(min_length=1, max_length=240)]
    after_dose: DoseNumber | None = None
    after_block: Name | None = None
    from_dose: DoseNumber | None = None
    every: DoseNumber | None = None
    holds: bool = False
    due_days: Days = 2

    @model_validator(mode="after")
    def _comes_once(self) -> Self:
        given = [self.after_dose, self.after_block, self.from_dose]
        if sum(value is not None for value in given) != 1:
            raise ValueError("give exactly one of after_dose, after_block, from_dose")
        if self.every is not None and self.from_dose is None:
            raise ValueError("every needs from_dose")
        return self


MissedOption = Literal[
    "CONTINUE", "ADD_1", "ADD_2", "RESTART", "STEP_BACK", "RESUME", "REINDUCE", "RESCREEN"
]


class MissedRow(Part):
    """What a lapse of `from_days` … `to_days` since the last dose asks for (DOMAIN 2.7).

    `asks`: nothing, a NOTE (amber), or a clinician's DECISION among `options`. `interrupts`: the
    course comes into the state interrupted. Rows without `blocks` hold in every block.
    """

    from_days: Days
    to_days: Days | None = None
    asks: Literal["NOTHING", "NOTE", "DECISION"]
    options: list[MissedOption] = []
    needs: list[Literal["SCORE", "SAME_DAY_SCREEN", "RESCREEN", "CONSENT"]] = []
    interrupts: bool = False
    blocks: list[Name] = []

    @model_validator(mode="after")
    def _agrees(self) -> Self:
        if self.to_days is not None and self.to_days < self.from_days:
            raise ValueError("from_days and to_days must ascend")
        if (self.asks == "DECISION") != bool(self.options):
            raise ValueError("a decision needs options, and nothing else has them")
        return self

    def overlaps(self, other: "MissedRow") -> bool:
        """Whether some lapse falls into both."""
        endless = 10**6
        mine = self.to_days if self.to_days is not None else endless
        theirs = other.to_days if other.to_days is not None else endless
        return self.from_days <= theirs and other.from_days <= mine


class Cap(Part):
    """At most so much within so many days (DOMAIN 2.10): doses, or milligrams.

    Without `days` it holds for one dose. Without `blocks` it holds in every block.
    """

    doses: DoseNumber | None = None
    mg: Amount | None = None
    days: Days | None = None
    blocks: list[Name] = []

    @model_validator(mode="after")
    def _caps_one_thing(self) -> Self:
        if (self.doses is None) == (self.mg is None):
            raise ValueError("give doses or mg")
        if self.doses is not None and self.days is None:
            raise ValueError("a cap on doses needs days")
        return self


class Maintenance(Part):
    """The ladder of intervals, and early boosters (DOMAIN 2.9).

    One rung out after `steady_scores` consecutive pre-dose scores that keep the response and
    differ by less than the smallest change that matters; one back on relapse.
    """

    ladder_days: Annotated[list[Annotated[int, Field(ge=1, le=365)]], Field(min_length=1)]
    then_as_needed: bool = False
    # Days around a rung within which its booster is due.
    early_days: Days = 0
    late_days: Days = 7
    steady_scores: Annotated[int, Field(ge=1, le=10)] = 2
    # More early boosters than this within `early_boosters_days` ask for a review.
    most_early_boosters: Annotated[int, Field(ge=0, le=20)] | None = None
    early_boosters_days: Days | None = None

    @model_validator(mode="after")
    def _ascends(self) -> Self:
        if self.ladder_days != sorted(set(self.ladder_days)):
            raise ValueError("ladder_days must ascend")
        return self


class AssessmentPoint(Part):
    """Scores that are due at one point of the course (DOMAIN 5.8).

    `days` count from the anchor: the first dose, each dose, dose number `dose`, or the last dose
    of `block` (of the course where that is left out). Instruments in `only_for` are asked of
    patients with one of those indications alone; `optional` ones never count as missing.
    """

    name: Name
    label: Label
    anchor: Literal["first_dose", "each_dose", "dose", "last_dose"]
    dose: DoseNumber | None = None
    block: Name | None = None
    days: tuple[Offset, Offset]
    repeat_every_days: Days | None = None
    instruments: list[InstrumentCode] = []
    optional: list[InstrumentCode] = []
    only_for: dict[InstrumentCode, list[str]] = {}
    # Not asked for again sooner than so many days after its last complete score.
    not_sooner_than_days: dict[InstrumentCode, Days] = {}

    @model_validator(mode="after")
    def _agrees(self) -> Self:
        if self.days[0] > self.days[1]:
            raise ValueError("days must ascend")
        if (self.anchor == "dose") != (self.dose is not None):
            raise ValueError("the anchor “dose” names a dose, and no other does")
        if self.block is not None and self.anchor != "last_dose":
            raise ValueError("only the anchor “last_dose” names a block")
        self._agree_on_instruments()
        return self

    def _agree_on_instruments(self) -> None:
        asked = [*self.instruments, *self.optional]
        if not asked:
            raise ValueError("name an instrument")
        if len(set(asked)) < len(asked):
            raise ValueError("an instrument is asked for or optional, not both, and once")
        if stray := {*self.only_for, *self.not_sooner_than_days} - set(asked):
            raise ValueError(f"{', '.join(sorted(stray))} is not asked for at this point")


__all__ = [
    "AssessmentPoint",
    "Cap",
    "CheckCode",
    "DoseRule",
    "ElderlyRule",
    "LabelRegion",
    "Maintenance",
    "MissedRow",
    "Observation",
    "ReviewPoint",
    "VitalsPlan",
]
