"""Every clinical number that a medical director may set, with what DOMAIN says of it.

Pure: no Django, no database. A version of the settings holds a value for each key; before the
first one is signed, the defaults below hold. `authority` is `dd` (a default that nobody stands
for but who signs it), `gk` (general knowledge), or the document or page that it comes from.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from decimal import Decimal
from functools import cache
from typing import Any

Value = int | Decimal
# Authorities that nobody stands for.
WITHOUT_AUTHORITY = frozenset({"dd", "gk"})


@dataclass(frozen=True, slots=True)
class Key:
    """One number: what it is called, in what unit, between what, and who says so."""

    name: str
    group: str
    label: str
    unit: str
    default: Value
    lowest: Value
    highest: Value
    authority: str
    place: str
    note: str

    @property
    def is_whole(self) -> bool:
        """Whether only whole numbers fit."""
        return isinstance(self.default, int)

    @property
    def has_authority(self) -> bool:
        """Whether somebody besides the signing medical director stands for the default."""
        return WITHOUT_AUTHORITY.isdisjoint(self.authority.split(", "))


def _key(
    group: str,
    label: str,
    unit: str,
    default: Value,
    within: tuple[float, float],
    authority: str,
    place: str,
    note: str = "",
) -> Any:
    kind = type(default)
    said = (group, label, unit, default, kind(str(within[0])), kind(str(within[1])))
    return field(default=default, metadata={"key": (*said, authority, place, note)})


SCREENING, CHECKS = "Screening", "Laboratory and periodic checks"
SCORES, RESPONSE = "Scores", "Response and relapse"
ALERTS, MAINTENANCE = "Safety alerts", "Maintenance and boosters"
COURSES, ATTENDANCE = "Doses and courses", "Visits that fall through"
GROUPS = "Group visits"
WAITLIST = "Waitlist"
KEEPING = "Times held for a proposal"
DAYS, MONTHS, POINTS, PERCENT = "days", "months", "points", "%"


@dataclass(frozen=True, slots=True, kw_only=True)
class Thresholds:
    """The numbers of one version; `number` 0 is DOMAIN's defaults, which nobody has signed."""

    number: int = 0
    # Keys that are newer than the signed version: their defaults hold, which nobody has signed.
    unsigned: frozenset[str] = frozenset()

    # fmt: off
    screening_valid_days: int = _key(
        SCREENING, "A decision that somebody is eligible holds, without a dose", DAYS, 90,
        (7, 365), "dd", "3.3",
    )
    rescreen_lapse_days: int = _key(
        SCREENING, "Screen again after a lapse of more than", DAYS, 28, (7, 180), "dd", "3.3",
    )
    pause_rescreen_days: int = _key(
        SCREENING, "Screen again after a pause of more than", DAYS, 28, (7, 180), "dd",
        "3.3, 8.41",
    )
    upper_age: int = _key(
        SCREENING, "Caution for people older than", "years", 70, (50, 100), "dd", "3.1",
        "Trials took people of at most 64, 65, 70 or 75 years.",
    )
    severity_phq9_min: int = _key(
        SCREENING, "Severity at baseline: PHQ-9 at least", POINTS, 15, (0, 27), "dd", "3.1",
        "Payers ask for 15 or more (W44, W43a).",
    )
    trials_needed: int = _key(
        SCREENING, "Failed adequate medication trials needed", "trials", 2, (1, 6),
        "S0, S1, S2, S3", "3.1", "Where no payer’s profile says otherwise.",
    )
    trial_weeks: int = _key(
        SCREENING, "An adequate trial lasts, at an effective dose, at least", "weeks", 6, (2, 12),
        "dd", "3.1", "The documents say “adequate”; payers differ.",
    )
    trial_improvement_percent: int = _key(
        SCREENING, "A trial failed with an improvement under", PERCENT, 50, (10, 75), "dd", "3.1",
        "Some payers count 25 % or less.",
    )
    sud_lookback_days: int = _key(
        SCREENING, "Look back for substance use", DAYS, 90, (30, 730), "dd", "3.2",
        "One clinic looks back three months, another a year.",
    )
    psychosis_history_excludes: int = _key(
        SCREENING, "Psychosis in the past excludes from racemic ketamine", "(0 no, 1 yes)", 0,
        (0, 1), "S1, S2, S3", "3.2",
        "No: a prescriber may go on with a psychiatrist’s opinion. Some clinics exclude.",
    )
    cva_recent_months: int = _key(
        SCREENING, "A stroke or TIA is recent for", MONTHS, 6, (1, 60), "dd", "3.2",
    )
    mi_recent_months: int = _key(
        SCREENING, "A heart attack, unstable angina or revascularisation is recent for", MONTHS,
        12, (1, 60), "dd", "3.2",
    )
    htn_systolic: int = _key(
        SCREENING, "Uncontrolled hypertension: systolic at least, on two days", "mmHg", 160,
        (130, 200), "dd", "3.2",
    )
    htn_diastolic: int = _key(
        SCREENING, "Uncontrolled hypertension: diastolic at least, on two days", "mmHg", 100,
        (80, 130), "dd", "3.2",
    )
    override_reason_min: int = _key(
        SCREENING, "Reason for going on despite a caution, at least", "characters", 20, (20, 200),
        "dd", "3.2",
    )
    ecg_age: int = _key(
        CHECKS, "ECG at baseline from the age of", "years", 50, (18, 90), "dd", "2.11",
    )
    check_ecg_days: int = _key(
        CHECKS, "ECG again in maintenance after", DAYS, 365, (30, 1095), "dd", "2.11",
    )
    check_liver_days: int = _key(
        CHECKS, "Liver function again in maintenance after", DAYS, 180, (30, 730), "dd", "2.11",
        "Every 3 to 6 months (W26); which of them is ours.",
    )
    check_renal_days: int = _key(
        CHECKS, "Renal function again after", DAYS, 365, (30, 1095), "dd", "2.11",
    )
    check_urinalysis_days: int = _key(
        CHECKS, "Urinalysis again in maintenance after", DAYS, 90, (14, 365), "dd", "2.11",
    )
    check_pregnancy_days: int = _key(
        CHECKS, "Pregnancy test again after", DAYS, 30, (1, 90), "dd", "2.11",
    )
    check_osa_days: int = _key(
        CHECKS, "Sleep-apnoea screen again after", DAYS, 365, (30, 1095), "dd", "2.11",
    )
    check_cognition_days: int = _key(
        CHECKS, "Cognition check again in maintenance after", DAYS, 180, (30, 730), "dd", "2.11",
    )
    check_pdmp_days: int = _key(
        CHECKS, "Prescription database asked again after", DAYS, 90, (7, 365), "dd", "2.11",
    )
    liver_doses_per_month: int = _key(
        CHECKS, "Liver function also at more doses a month than", "doses", 4, (1, 15), "dd",
        "2.11",
    )
    baseline_window_days: int = _key(
        RESPONSE, "Baseline: the last complete score before the first dose, at most", DAYS, 14,
        (1, 60), "dd", "5.1",
    )
    response_percent: int = _key(
        RESPONSE, "Response: fall from baseline of at least", PERCENT, 50, (20, 90), "W42",
        "1, 5.1",
    )
    partial_percent: int = _key(
        RESPONSE, "Partial response: fall from baseline of at least", PERCENT, 25, (5, 60), "W42",
        "1",
    )
    relapse_phq9_rise: int = _key(
        RESPONSE, "Relapse: PHQ-9 up from its best since induction by at least", POINTS, 5,
        (1, 20), "dd", "2.9",
    )
    relapse_phq9_floor: int = _key(
        RESPONSE, "… and at least", POINTS, 10, (1, 27), "dd", "2.9",
    )
    relapse_repeat_days: int = _key(
        RESPONSE, "Or response lost on two readings apart by at least", DAYS, 3, (1, 30), "dd",
        "2.9",
    )
    phq9_mcid: int = _key(
        SCORES, "PHQ-9: smallest change that matters", POINTS, 5, (1, 15), "W77", "5.1",
        "In treatment-resistant depression 6 (W78), or 3 meaningful and 6 substantial (W79).",
    )
    phq9_remission_max: int = _key(
        SCORES, "PHQ-9: remission at no more than", POINTS, 4, (0, 9), "W14", "5.1, 2.14",
    )
    gad7_mcid: int = _key(
        SCORES, "GAD-7: smallest change that matters", POINTS, 4, (1, 12), "W81", "5.1",
    )
    gad7_remission_max: int = _key(
        SCORES, "GAD-7: remission at no more than", POINTS, 4, (0, 9), "gk", "5.1",
    )
    qids_mcid: Decimal = _key(  # noqa: RUF009 # a field, as all of them
        SCORES,
        "QIDS-SR16: smallest change that matters",
        POINTS,
        Decimal("3.5"),
        (1, 12),
        "gk",
        "5.1",
    )
    qids_remission_max: int = _key(
        SCORES, "QIDS-SR16: remission at no more than", POINTS, 5, (0, 10), "W101", "5.1",
    )
    madrs_mcid: int = _key(
        SCORES, "MADRS: smallest change that matters", POINTS, 6, (1, 20), "W79", "5.1",
        "6 meaningful and 12 substantial (W79), 10 (W78), 2 between groups.",
    )
    madrs_remission_max: int = _key(
        SCORES, "MADRS: remission at no more than", POINTS, 10, (5, 15), "dd", "5.1, 5.6",
        "Published limits differ: under 10 (W13, W87), at most 10, at most 12.",
    )
    pcl5_mcid: int = _key(
        SCORES, "PCL-5: smallest change that matters", POINTS, 10, (1, 30), "dd", "5.1",
        "5 reliable, 10 meaningful: disputed; newer work says 15 or more.",
    )
    pcl5_remission_max: int = _key(
        SCORES, "PCL-5: remission at no more than", POINTS, 30, (0, 40), "dd", "5.1",
    )
    pcl5_cutoff: int = _key(
        SCORES, "PCL-5: provisional PTSD from", POINTS, 33, (31, 33), "W100", "5.4",
        "31 to 33 in the source.",
    )
    pcl5_response_percent: int = _key(
        SCORES, "PCL-5: response at a fall of at least", PERCENT, 30, (10, 90), "dd", "5.4",
        "30 % in the main trial, by another scale (CAPS-5, W34).",
    )
    cgi_mcid: int = _key(
        SCORES, "CGI: smallest change that matters", POINTS, 1, (1, 3), "dd", "5.1",
    )
    cgi_remission_max: int = _key(
        SCORES, "CGI-S: remission at no more than", POINTS, 2, (1, 3), "gk", "5.1",
    )
    wsas_mcid: int = _key(
        SCORES, "WSAS: smallest change that matters", POINTS, 8, (1, 20), "gk", "5.1",
    )
    wsas_remission_max: int = _key(
        SCORES, "WSAS: remission at no more than", POINTS, 9, (0, 20), "W104", "5.1, 5.7",
    )
    ybocs_response_percent: int = _key(
        SCORES, "Y-BOCS: response at a fall of at least", PERCENT, 35, (20, 90), "gk", "5.1",
    )
    ybocs_remission_max: int = _key(
        SCORES, "Y-BOCS: remission at no more than", POINTS, 12, (0, 20), "gk", "5.1",
    )
    alert_escalation_minutes: int = _key(
        ALERTS, "An alert that nobody took on goes to the medical director after", "minutes", 15,
        (1, 240), "dd", "5.9",
    )
    booster_task_workdays: int = _key(
        MAINTENANCE, "“Consider a booster” is due after", "working days", 2, (1, 10), "dd", "2.9",
    )
    early_booster_open_days: int = _key(
        MAINTENANCE, "An early booster that was offered is open for", DAYS, 7, (1, 28), "dd", "2.9",
    )
    early_boosters_most: int = _key(
        MAINTENANCE, "Review appropriateness and misuse at more early boosters than", "boosters",
        2, (0, 10), "dd", "2.9",
    )
    early_boosters_days: int = _key(
        MAINTENANCE, "… within", DAYS, 60, (7, 365), "dd", "2.9",
    )
    authorization_renewal_days: int = _key(
        COURSES, "Renew a payer’s authorisation before its end by", DAYS, 30, (1, 120), "dd", "7",
    )
    cancel_notice_hours: int = _key(
        ATTENDANCE, "A patient cancels late with less notice than", "hours", 24, (0, 168), "dd",
        "6.1", "One clinic charges a fee inside 24 hours (W39a). Whatever the clinic cancels is"
        " never late (8.59).",
    )
    late_cancels_count: int = _key(
        ATTENDANCE, "Late cancellations count like missed visits", "(0 no, 1 yes)", 1, (0, 1),
        "dd", "6.1",
    )
    fallen_through_flag: int = _key(
        ATTENDANCE, "A clinician looks at a course once so many visits fell through", "visits", 2,
        (1, 20), "dd", "6.1",
    )
    waitlist_notice_hours: int = _key(
        WAITLIST, "Offer a time that became free only with notice of at least", "hours", 24,
        (2, 168), "dd", "6.1",
    )
    waitlist_offer_hours: int = _key(
        WAITLIST, "An offer stands for", "hours", 4, (1, 72), "dd", "6.1",
        "Shorter where it would leave less notice than that.",
    )
    waitlist_at_once: int = _key(
        WAITLIST, "Offered at once to at most", "patients", 1, (1, 5), "dd", "6.1",
        "With 1, one after another.",
    )
    group_places_most: int = _key(
        GROUPS, "A group has at most", "places", 8, (2, 40), "dd", "2.12",
        "The programmes that were read name no number; a room may hold fewer.",
    )
    hold_minutes: int = _key(
        KEEPING, "The times of a proposal are kept from others for", "minutes", 10, (2, 60), "dd",
        "none", "For running the book, nothing clinical. Longer while its page is open.",
    )
    hold_most_minutes: int = _key(
        KEEPING, "… while its page is open, at most for", "minutes", 30, (2, 240), "dd", "none",
        "Never shorter than the line above. Then somebody has to ask for it anew.",
    )
    # fmt: on

    @property
    def is_attendance_signed(self) -> bool:
        """Whether somebody has signed every number about visits that fall through."""
        own = {name for name, key in catalogue().items() if key.group == ATTENDANCE}
        return bool(self.number) and self.unsigned.isdisjoint(own)


@cache
def catalogue() -> Mapping[str, Key]:
    """Every key by name, in the order of the page."""
    said = ((one.name, one.metadata.get("key")) for one in fields(Thresholds))
    return {name: Key(name, *key) for name, key in said if key}
