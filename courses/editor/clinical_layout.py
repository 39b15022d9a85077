"""The groups of the form for the clinical parts of a draft. Pure."""

from courses.editor import words
from courses.editor.fields import Field
from courses.editor.groups import Group, Row, Rows


def clinical_groups() -> list[Group]:
    """Dose, watching, checks, reviews, missed doses, caps, maintenance and scores."""
    return [
        _dose(),
        _watching(),
        _checks(),
        _reviews(),
        _missed(),
        _caps(),
        _maintenance(),
        _scores(),
    ]


def _dose() -> Group:
    rows = [
        Row(
            [
                Field("/dose/basis", "Counted in", "choice", options=words.BASES),
                Field("/dose/start", "First or usual dose"),
                Field("/dose/usual", "Usual range", "pair"),
                Field("/dose/hard_max", "Medical director above"),
                Field("/dose/most_step", "Raised by at most"),
            ]
        ),
        Row(
            [
                Field("/dose/allowed", "Only these", "numbers", help="Leave empty for any."),
                Field("/dose/first", "First dose, only these", "numbers"),
                Field("/dose/device_mg", "One device holds", unit="mg"),
                Field("/dose/label_region", "Label that holds", "choice", options=words.REGIONS),
            ]
        ),
        Row(
            [
                Field("/dose/weight_valid_days", "A weight is good for", unit="days"),
                Field("/dose/weight_change_percent", "A change is confirmed past", unit="%"),
                Field("/dose/weight_kg", "A weight is, in kg", "pair"),
                Field("/dose/bmi_flag_from", "Weight basis is chosen from a BMI of"),
            ]
        ),
    ]
    text = "Leave “counted in” empty where the prescriber writes every dose."
    return Group("Dose", "dose", rows, help=text)


def _watching() -> Group:
    rows = [
        Row(
            [
                Field("/vitals/minutes", "Vital signs, minutes from the start", "numbers"),
                Field("/vitals/then_every", "Then every", unit="min"),
                Field("/vitals/on_time_minutes", "On time within", unit="min"),
                Field("/vitals/missed_after_minutes", "Missed after", unit="min"),
            ]
        ),
        Row(
            [
                Field("/observation/minutes", "Observation at least", unit="min"),
                Field("/observation/counts_from", "From", "choice", options=words.COUNTS_FROM),
            ]
        ),
    ]
    return Group("Vital signs and observation", "watching", rows)


def _checks() -> Group:
    checks = Field("/checks", "Asked for on each day of a dose", "choices", options=words.CHECKS)
    return Group("Same-day checks", "checks", [Row([checks])])


def _reviews() -> Group:
    def fields(place: str, blocks: dict[str, str]) -> list[Field]:
        return [
            Field(f"{place}/label", "Name", "text"),
            Field(f"{place}/question", "Question", "long"),
            Field(f"{place}/after_dose", "After dose"),
            Field(f"{place}/after_block", "After the series", "choice", options=blocks),
            Field(f"{place}/from_dose", "From dose on"),
            Field(f"{place}/every", "Again after every", unit="doses"),
            Field(f"{place}/due_days", "Decided within", unit="days"),
            Field(f"{place}/holds", "Further doses wait for it", "check"),
        ]

    text = "Give one of: after a dose, after a series, from a dose on."
    return Group("Reviews", "reviews", [], [Rows("/reviews", fields, "Review")], text)


def _missed() -> Group:
    def fields(place: str, blocks: dict[str, str]) -> list[Field]:
        return [
            Field(f"{place}/from_days", "From", unit="days"),
            Field(f"{place}/to_days", "To", unit="days"),
            Field(f"{place}/asks", "What follows", "choice", options=words.ASKS),
            Field(f"{place}/options", "A clinician decides between", "choices",
                  options=words.OPTIONS),
            Field(f"{place}/needs", "It needs", "choices", options=words.NEEDS),
            Field(f"{place}/interrupts", "The course is interrupted", "check"),
            Field(f"{place}/blocks", "Only in", "choices", options=blocks),
        ]  # fmt: skip

    text = "What a lapse of so many days since the last dose asks for."
    return Group("Missed doses", "missed", [], [Rows("/missed", fields, "Lapse")], text)


def _caps() -> Group:
    def fields(place: str, blocks: dict[str, str]) -> list[Field]:
        return [
            Field(f"{place}/doses", "At most", unit="doses"),
            Field(f"{place}/mg", "or at most", unit="mg"),
            Field(f"{place}/days", "In any", unit="days", help="Empty: in one dose."),
            Field(f"{place}/blocks", "Only in", "choices", options=blocks),
        ]

    return Group("Caps", "caps", [], [Rows("/caps", fields, "Cap")])


def _maintenance() -> Group:
    rows = [
        Row(
            [
                Field("/maintenance/ladder_days", "Intervals, in days", "numbers"),
                Field("/maintenance/then_as_needed", "Then as needed", "check"),
                Field("/maintenance/early_days", "Due so many days before", unit="days"),
                Field("/maintenance/late_days", "to so many after", unit="days"),
            ]
        ),
        Row(
            [
                Field("/maintenance/steady_scores", "One step out after", unit="steady scores"),
                Field("/maintenance/most_early_boosters", "Reviewed past", unit="early doses"),
                Field("/maintenance/early_boosters_days", "within", unit="days"),
            ]
        ),
    ]
    text = "Leave the intervals empty where there is no maintenance."
    return Group("Maintenance", "maintenance", rows, help=text)


def _scores() -> Group:
    def fields(place: str, blocks: dict[str, str]) -> list[Field]:
        return [
            Field(f"{place}/label", "Name", "text"),
            Field(f"{place}/instruments", "Asked for", "names", options=words.INSTRUMENTS),
            Field(f"{place}/optional", "Optional", "names", options=words.INSTRUMENTS),
            Field(f"{place}/anchor", "Counted from", "choice", options=words.ANCHORS),
            Field(f"{place}/dose", "Dose", help="For “dose” alone."),
            Field(f"{place}/block", "Of the series", "choice", options=blocks),
            Field(f"{place}/days", "Days from there", "pair"),
            Field(f"{place}/repeat_every_days", "Again every", unit="days"),
        ]

    names = ", ".join(words.INSTRUMENTS.values())
    text = f"Instruments: {names}. Give several with commas between."
    return Group("Scores", "scores", [], [Rows("/assessments", fields, "Point")], text)
