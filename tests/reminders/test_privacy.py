"""No word of drug, diagnosis, kind of visit, room or staff leaves in an e-mail (DOMAIN 6.2)."""

from datetime import timedelta
from email.message import EmailMessage

import pytest

from clinic.models import Membership, Organization, Room, Site
from courses.models import Protocol
from reminders.models import Message
from reminders.services import announce_booking, deliver_due
from sessions.models import Session
from tests.factories import NOW, make_visit
from tests.reminders.conftest import START
from tests.reminders.post import ScriptedServer, cancel, move

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)

# Every row around the visits is named with this word, and each of these belongs to treatment.
CANARY = "quetzal"
FORBIDDEN = (
    CANARY, "canary-drug", "ketamine", "esketamine", "spravato", "infusion", "dosing", "dose",
    "drug", "treatment", "therapy", "therapist", "prepar", "integration", "session", "psych",
    "depress", "clinical", "room", "chair", "nurse", "doctor", "fasting", "escort", "protocol",
    "course", "Tester", "1980-02-29",
)  # fmt: skip


@pytest.fixture
def canaries(desk, course):
    """Every name that must not leave says so."""
    Organization.objects.update(name=f"{CANARY} Ketamine Center")
    Site.objects.update(name=f"{CANARY} Depression Clinic")
    Room.objects.filter(pk=desk.chair.pk).update(name=f"{CANARY} chair")
    Room.objects.filter(pk=desk.office.pk).update(name=f"{CANARY} room")
    Membership.objects.update(name=f"Nurse {CANARY}")
    Protocol.objects.update(name=f"{CANARY} protocol", code=CANARY)


@pytest.fixture
def everything_sent(canaries, booked, course, desk, post: ScriptedServer) -> list[EmailMessage]:
    """One e-mail of each kind, as the server got it."""
    first, second = booked(2, visit_type=CANARY)
    move(first, START + 10 * DAY, now=NOW)
    Session.objects.filter(pk=second.pk).update(cancel_reason=f"{CANARY} side effects")
    second.refresh_from_db()
    cancel(second, now=NOW)
    third = make_visit(course, desk.chair, START, kind=Session.Kind.DOSING, visit_type=CANARY)
    announce_booking(visits=[third], now=NOW)
    deliver_due(clock=lambda: START - DAY)
    return post.taken


def readable(mail: EmailMessage) -> str:
    """Everything of an e-mail that anybody can read: headers and each decoded part."""
    headers = [f"{name}: {value}" for part in mail.walk() for name, value in part.items()]
    parts = [part.get_content() for part in mail.walk() if not part.is_multipart()]
    return "\n".join([*headers, *parts])


def found_in(text: str) -> set[str]:
    text = text.casefold().replace("courseline", "")  # the product's own name
    return {word for word in FORBIDDEN if word.casefold() in text}


def test_no_letter_of_any_kind_gives_treatment_away(everything_sent):
    kinds = set(Message.objects.filter(status="SENT").values_list("kind", flat=True))
    assert kinds == {"BOOKED", "MOVED", "CANCELLED", "BEFORE"}
    for mail in everything_sent:
        assert "Elm Street Practice" in readable(mail)
        assert not found_in(readable(mail))


def test_control_the_words_are_around_the_visits(everything_sent):
    visit = Session.objects.select_related("course__protocol_version__protocol").first()
    assert visit is not None
    around = f"{visit} {visit.visit_type} {visit.course} {visit.site.name} {visit.patient}"
    assert {CANARY, "depress", "prepar", "course", "Tester"} <= found_in(around)


def test_no_name_or_address_is_logged(everything_sent, caplog):
    ours = [record for record in caplog.get_records("setup") if "courseline" in record.name]
    lines = [str(record.msg) for record in ours]
    assert len(lines) == Message.objects.filter(attempts=1).count()
    assert not [line for line in lines if "Ada" in line or "@" in line or "appointment" in line]
