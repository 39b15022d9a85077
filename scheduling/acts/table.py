"""Each act's form, and the one service that carries it out; it gives back what to say of it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from courses.caps.services import allow_unprepared
from courses.checks.confirming import confirm_dose
from courses.doses.services import withdraw_dose
from courses.holds.services import release_hold
from courses.lapses.services import take_up_course
from courses.models import Course
from courses.services import CourseNotInState, change_terms
from courses.state.acts import ACTS, Act
from scheduling.acts import forms
from scheduling.services import (
    end_course,
    finish_course,
    follow_course,
    halt_course,
    hold_course,
    plan_more_doses,
    record_dose_elsewhere,
    settle_lapse,
)
from scheduling.services.capping import allow_dose_beyond_cap


@dataclass(frozen=True, slots=True)
class Done:
    """What to tell whoever did it, and the course to look at next."""

    words: str
    course: Course


@dataclass(frozen=True, slots=True)
class Deed:
    """An act with its form, its service, and what its page says above the form."""

    act: Act
    form: type[forms.ActForm]
    do: Callable[..., Done]
    button: str
    lead: str


def require_state(deed: Deed, course: Course) -> None:
    """Raise CourseNotInState when the act is not for a course that stands as this one does."""
    if course.status not in deed.act.states:
        stands = course.get_status_display().lower()
        raise CourseNotInState(f"This course is {stands}: {deed.act.title.lower()} is not for it.")


def _called_off(course: Course, visits: list[Any], words: str) -> Done:
    if not visits:
        return Done(words, course)
    number = "1 visit is" if len(visits) == 1 else f"{len(visits)} visits are"
    patient = course.patient
    told = patient.email and patient.email_reminders
    how = "The patient is told by e-mail." if told else "No e-mail goes out: please call."
    return Done(f"{words} {number} called off. {how}", course)


def _pause(course: Course, **said: Any) -> Done:
    return _called_off(course, halt_course(course=course, **said), "The course is paused.")


def _resume(course: Course, **said: Any) -> Done:
    lapse = take_up_course(course=course, **said)
    if course.status == Course.Status.INTERRUPTED:
        return Done("Too long without a dose: the course is interrupted.", course)
    more = " A clinician decides first how it goes on." if lapse and lapse.awaits_decision else ""
    return Done(f"The course goes on: plan the visits that are missing.{more}", course)


def _stop(course: Course, **said: Any) -> Done:
    return _called_off(course, end_course(course=course, **said), "The course is stopped.")


def _complete(course: Course, **said: Any) -> Done:
    finish_course(course=course, **said)
    return Done("The course is completed.", course)


def _hold(course: Course, **said: Any) -> Done:
    hold_course(course=course, **said)
    return Done("Doses are held until a clinician releases them.", course)


def _release(course: Course, **said: Any) -> Done:
    release_hold(**said)
    return Done("The hold is released.", course)


def _more(course: Course, **said: Any) -> Done:
    plan_more_doses(course=course, **said)
    return Done("The course has more doses; a schedule for them is being looked for.", course)


def _lapse(course: Course, **said: Any) -> Done:
    decision = settle_lapse(course=course, **said)
    return Done(f"Decided: {decision.get_option_display().lower()}.", course)


def _elsewhere(course: Course, **said: Any) -> Done:
    _, gone = record_dose_elsewhere(patient=course.patient, course=course, **said)
    return _called_off(course, gone, "The dose elsewhere is recorded.")


def _not_elsewhere(course: Course, **said: Any) -> Done:
    withdraw_dose(**said)
    return Done("The record is withdrawn and counts no more.", course)


def _beyond_cap(course: Course, **said: Any) -> Done:
    allowed = allow_dose_beyond_cap(course=course, **said)
    return Done(f"A dose beyond the cap is allowed on {allowed.on:%-d %B %Y}.", course)


def _unprepared(course: Course, **said: Any) -> Done:
    allowed = allow_unprepared(course=course, **said)
    day = f"{allowed.on:%-d %B %Y}"
    return Done(f"The first dose may be given on {day} without complete preparation.", course)


def _confirm(course: Course, **said: Any) -> Done:
    confirmed = confirm_dose(course=course, **said)
    return Done(f"The dose of {confirmed.on:%-d %B %Y} is confirmed.", course)


def _terms(course: Course, **said: Any) -> Done:
    change_terms(course=course, **said)
    return Done("Goal and dates are kept.", course)


def _follow(course: Course, **said: Any) -> Done:
    follower = follow_course(course=course, **said)
    return Done("The new course is begun: screen, then plan it.", follower)


DEEDS = {
    deed.act.name: deed
    for deed in (
        Deed(
            ACTS["pause"],
            forms.PauseForm,
            _pause,
            "Pause the course",
            "Booked visits are called off, reminders stop, and the patient is told once. "
            "When the course goes on, they are planned anew.",
        ),
        Deed(
            ACTS["resume"],
            forms.OptionalReasonForm,
            _resume,
            "Resume the course",
            "After a long pause or many days without a dose a clinician decides first.",
        ),
        Deed(
            ACTS["stop"],
            forms.StopForm,
            _stop,
            "Stop the course",
            "A stopped course stays stopped. Booked visits are called off, and the patient is "
            "told once.",
        ),
        Deed(
            ACTS["complete"],
            forms.OptionalReasonForm,
            _complete,
            "Complete the course",
            "A completed course takes no more doses. Booked conversations stay.",
        ),
        Deed(
            ACTS["hold"],
            forms.HoldForm,
            _hold,
            "Hold doses",
            "No dose can begin until a clinician releases the hold for a reason.",
        ),
        Deed(
            ACTS["release"],
            forms.ReleaseForm,
            _release,
            "Release the hold",
            "Doses go on as far as this hold goes; others stay.",
        ),
        Deed(
            ACTS["more"],
            forms.MoreForm,
            _more,
            "Add doses",
            "The course grows as far as its protocol goes; a schedule is looked for at once.",
        ),
        Deed(
            ACTS["lapse"],
            forms.LapseForm,
            _lapse,
            "Keep the decision",
            "Decide for the date on which the next dose is to be given.",
        ),
        Deed(
            ACTS["elsewhere"],
            forms.ElsewhereForm,
            _elsewhere,
            "Record the dose",
            "It counts for gaps, lapses and caps. Planned doses too near to it are cancelled, and "
            "the patient is told.",
        ),
        Deed(
            ACTS["not_elsewhere"],
            forms.NotElsewhereForm,
            _not_elsewhere,
            "Withdraw the record",
            "It stays on record and counts for nothing.",
        ),
        Deed(
            ACTS["beyond_cap"],
            forms.BeyondCapForm,
            _beyond_cap,
            "Allow the dose",
            "One dose on that day may exceed the protocol’s own cap; a label’s cap nobody "
            "overrides.",
        ),
        Deed(
            ACTS["unprepared"],
            forms.UnpreparedForm,
            _unprepared,
            "Allow the dose",
            "The first dose may be given on that day although preparation is not complete.",
        ),
        Deed(
            ACTS["confirm"],
            forms.ConfirmForm,
            _confirm,
            "Confirm the dose",
            "A check’s result asks for care: the dose of that day is given all the same, by your "
            "word.",
        ),
        Deed(
            ACTS["terms"],
            forms.TermsForm,
            _terms,
            "Keep",
            "The smallest dose that works, with a defined goal, end and review.",
        ),
        Deed(
            ACTS["follow"],
            forms.FollowForm,
            _follow,
            "Begin the new course",
            "Another drug or route is always another course, with its own screening, consent and "
            "baseline. A switch or re-induction closes this one; doses so far keep counting for "
            "gaps and caps.",
        ),
    )
}
