"""What follows from something that happens during a course: which hold, and what to do now."""

from courses.checks.catalogue import check_of
from courses.models import CheckResult, Hold, Screening
from courses.screening.catalogue import by_code

Ended, Kind = Screening.Ended, Hold.Kind
# After these nothing goes on until a clinician has looked: the course is interrupted.
INTERRUPTS = frozenset({Ended.PREGNANCY, Ended.PSYCHIATRIC})
HOLDS = {
    Ended.PREGNANCY: Kind.PREGNANCY,
    Ended.DRUG_SCREEN: Kind.DRUG_SCREEN,
    Ended.ADMISSION: Kind.HOSPITAL,
    Ended.PSYCHIATRIC: Kind.PSYCHIATRIC,
    Ended.URINARY: Kind.URINARY,
}
# Told with the hold, to clinicians alone (DOMAIN 8.25, 8.26, 8.68, 8.69, 8.70).
TO_DO = {
    Kind.PREGNANCY: (
        "Prescriber: speak with the patient now, and give information on the pregnancy registry."
        " Reminders of doses are taken back. Screen again and decide: the course is stopped, or"
        " goes on."
    ),
    Kind.DRUG_SCREEN: (
        "Prescriber: talk about it with the patient, without blame. Screen again and decide."
    ),
    Kind.HOSPITAL: "Prescriber: ask for the letter of the hospital. Screen again and decide.",
    Kind.PSYCHIATRIC: "A psychiatrist sees the patient now. Screen again and decide.",
    Kind.URINARY: "Positive twice in a row. Prescriber: urinalysis, then screen again and decide.",
}


def is_danger(code: str) -> bool:
    """Whether a finding is an alert at once, and not a matter of this course alone."""
    entry = by_code().get(code)
    return entry is not None and entry.hold == Kind.SUICIDE_RISK


def hold_after(why: str, code: str) -> tuple[str, str]:
    """The hold that a course gets, by what was found or else why it is screened again, and what
    to do. What is a danger is held by its alert besides."""
    entry = by_code().get(code)
    said = entry.hold if entry and entry.hold and not is_danger(code) else None
    kind = Kind(said) if said else HOLDS.get(Ended(why), Kind.RESCREEN)
    return str(kind), TO_DO.get(kind, "")


def why_after_check(kind: str, result: str) -> str:
    """Why courses are screened again after this result; nothing where they are not.

    Urinary symptoms are a matter of the results before as well (DOMAIN 8.70).
    """
    check = check_of(kind)
    if result != CheckResult.Result.POSITIVE:
        return ""
    entry = by_code().get(check.finds.get(result, ""))
    return check.ends or (entry.ends if entry else None) or ""
