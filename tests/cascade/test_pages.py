"""The page of a change: before and after, accepting, what is refused."""

import re
from datetime import timedelta
from urllib.parse import urlencode

import pytest
from django.db.models import F
from django.urls import reverse

from reminders.models import Message
from scheduling.models import Override
from scheduling.services import move_visit
from sessions.models import Session
from tests.factories import NOW

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)
HTMX = {"HX-Request": "true"}


@pytest.fixture(autouse=True)
def at_now(clock):
    clock(NOW)


@pytest.fixture
def desk(clinic, sign_in):
    return sign_in(clinic.desk)


def change(visit, name="visit_change", **asked):
    place = reverse(f"scheduling:{name}", args=[visit.pk])
    return f"{place}?{urlencode(asked)}" if asked else place


def fields(html: str) -> dict[str, str]:
    """Every hidden field of the answering form."""
    form = html[html.index('method="post"') :]
    return dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', form))


def post(browser, visit, html, **said):
    return browser.post(change(visit, "visit_change_accept"), {**fields(html), "way": "0", **said})


def moved(visit, delta):
    return change(visit, to=(visit.starts_at + delta).isoformat())


def test_the_page_shows_before_and_after_and_what_stays(desk, dose):
    html = desk.get(moved(dose, 4 * DAY)).content.decode()
    assert "other visits move" in html
    assert "stay as they are" in html
    assert "Accept all of it" in html
    assert "gets one e-mail about all of it" in html
    assert html.count("<html") == 1


def test_a_dialog_gets_the_piece_alone(desk, dose):
    html = desk.get(moved(dose, 4 * DAY), headers=HTMX).content.decode()
    assert "<html" not in html
    assert "hx-post" in html


def test_accepting_leads_to_the_course(desk, course, dose):
    before = dose.starts_at
    html = desk.get(moved(dose, 4 * DAY)).content.decode()
    answer = post(desk, dose, html)
    dose.refresh_from_db()
    assert answer["Location"] == reverse("courses:course", args=[course.pk])
    assert dose.starts_at == before + 4 * DAY
    html = desk.get(moved(dose, timedelta(minutes=30)), headers=HTMX).content.decode()
    answer = desk.post(
        change(dose, "visit_change_accept"), {**fields(html), "way": "0"}, headers=HTMX
    )
    assert (answer.status_code, answer["HX-Redirect"]) == (
        204, reverse("courses:course", args=[course.pk]),
    )  # fmt: skip


def test_an_outdated_answer_gets_what_changed_and_a_fresh_one(clinic, desk, course, dose):
    html = desk.get(moved(dose, 4 * DAY)).content.decode()
    third = course.visits.get(kind="dosing", seq=3)
    move_visit(
        visit=third, starts_at=third.starts_at + timedelta(minutes=30), by=clinic.desk,
        reason="", now=NOW,
    )  # fmt: skip
    answer = post(desk, dose, html)
    again = answer.content.decode()
    assert answer.status_code == 409
    assert "has another time now" in again
    assert post(desk, dose, again).status_code == 302


def test_another_way_than_the_sent_one_is_not_chosen_for_somebody(desk, dose):
    html = desk.get(change(dose, cancel=1)).content.decode()
    opened = html.index("Plan it later")
    number = re.findall(r'id="way-(\d)" ', html[:opened])[-1]
    assert number != "0"
    # The same way under another number, as when another has gone meanwhile.
    sent = fields(html)
    said = {**sent, "answer-0": sent[f"answer-{number}"], "way": "0"}
    again = desk.post(change(dose, "visit_change_accept"), said)
    assert (again.status_code, again.context["chosen"]) == (422, number)
    said["answer-0"] = "no answer of ours"
    again = desk.post(change(dose, "visit_change_accept"), said)
    assert again.context["chosen"] == ""
    assert 'name="way" checked' not in again.content.decode()
    unsaid = desk.post(change(dose, "visit_change_accept"), {**sent, "code": "ILLNESS"})
    assert "Choose one of the ways." in unsaid.content.decode()


def test_cancelling_asks_for_a_coded_reason_and_plans_anew(desk, course, dose):
    page = change(dose, cancel=1)
    html = desk.get(page).content.decode()
    assert "Plan it later" in html
    assert 'name="reason"' not in html
    refused = post(desk, dose, html)
    assert refused.status_code == 422
    assert "Choose why the visit falls through." in refused.content.decode()
    said = {"code": "TRANSPORT", "cancelled_by": "PATIENT"}
    unsaid = post(desk, dose, html, **said)
    assert unsaid.status_code == 422
    assert "say that it is meant" in unsaid.content.decode()
    assert 'value="TRANSPORT" selected' in unsaid.content.decode()
    assert post(desk, dose, html, **said, **{"amber-0": "yes"}).status_code == 302
    dose.refresh_from_db()
    assert (dose.status, dose.cancel_code, dose.cancelled_by) == (
        "CANCELLED", "TRANSPORT", "PATIENT",
    )  # fmt: skip
    assert course.visits.planned().filter(kind="dosing", seq=2).exists()


def test_a_later_first_day_may_be_named(desk, dose):
    day = dose.local_date + 4 * DAY
    html = desk.get(change(dose, cancel=1, not_before=day.isoformat())).content.decode()
    assert f'value="{day}"' in html


@pytest.mark.parametrize(
    ("asked", "status"),
    [({"to": "soon"}, 400), ({"to": "9999-12-31T10:00"}, 400), ({}, 302), ({"missed": "1"}, 200),
     ({"to": "2026-01-07T10:00 00:00"}, 200), ({"cancel": "1", "not_before": "x"}, 400)],
)  # fmt: skip
def test_odd_wishes_get_an_answer(desk, dose, asked, status):
    assert desk.get(change(dose, **asked)).status_code == status


def test_who_may_not_book_sees_nothing(clinic, sign_in, dose, other_clinic):
    assert sign_in(clinic.nurse).get(moved(dose, DAY)).status_code in (200, 403)
    assert sign_in(other_clinic.desk).get(moved(dose, DAY)).status_code == 404


def test_a_time_that_nothing_allows_is_refused_in_words(desk, dose):
    sunday = dose.starts_at + (6 - dose.local_date.weekday()) * DAY
    html = desk.get(change(dose, to=sunday.isoformat())).content.decode()
    assert "outside the site" in html
    assert "Keep everything as it is" in html
    assert "Accept all of it" not in html


def test_past_the_hard_maximum_a_prescriber_decides_on_the_page(clinic, sign_in, clock, course):
    third, last = (course.visits.get(kind="dosing", seq=n) for n in (3, 4))
    over = course.visits.filter(starts_at__lte=third.starts_at)
    over.filter(kind="dosing").update(status="DONE", begun_at=F("starts_at"))
    over.update(status="DONE")
    clock(third.ends_at + timedelta(hours=1))
    wished = change(last, to=(third.starts_at + 9 * DAY).isoformat())
    html = sign_in(clinic.desk).get(wished).content.decode()
    assert "Ask a prescriber" in html
    assert "disabled" in html
    prescriber = sign_in(clinic.prescriber)
    html = prescriber.get(wished).content.decode()
    short = post(prescriber, last, html, **{"decision-0": "Fine."})
    assert short.status_code == 422
    assert "at least 20 characters" in short.content.decode()
    assert ">Fine.</textarea>" in short.content.decode()
    said = {"decision-0": "The patient was abroad; the mood held."}
    assert post(prescriber, last, html, **said).status_code == 302
    assert Override.objects.get().rule == "HARD_MAXIMUM"


def test_an_e_mail_is_promised_only_where_one_leaves(clinic, sign_in, clock, course, dose):
    talk = course.visits.get(kind="integration", seq=1)
    clock(talk.ends_at + timedelta(hours=1))
    browser = sign_in(clinic.nurse)
    html = browser.get(change(talk, missed=1)).content.decode()
    opened = html.index("Plan it later")
    number = re.findall(r'id="way-(\d)" ', html[:opened])[-1]
    assert "No e-mail goes out: please call" in html
    before = Message.objects.count()
    answer = post(browser, talk, html, way=number, code="TRANSPORT")
    assert answer.status_code == 302, answer.content.decode()
    page = browser.get(answer["Location"]).content.decode()
    assert "No e-mail goes out: please call." in page
    assert Message.objects.count() == before


def test_nor_is_one_promised_of_a_visit_that_waits(desk, dose):
    Session.objects.filter(course=dose.course_id).exclude(kind="prep").update(is_provisional=True)
    html = desk.get(moved(dose, timedelta(minutes=30))).content.decode()
    answer = post(desk, dose, html)
    assert "No e-mail goes out: please call." in desk.get(answer["Location"]).content.decode()
