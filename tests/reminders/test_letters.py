"""What patients read: words, times, languages, and what is never said."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.policy import default
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from reminders.appointments import Addressee, Appointment, Place
from reminders.letters import as_email, write_letter
from tests.reminders.post import part_of

NEW_YORK, SYDNEY = ZoneInfo("America/New_York"), ZoneInfo("Australia/Sydney")
PLACE = Place("Elm Street Practice", "1 Elm Street, New York", "+1 212 555 0100")
WRITTEN_AT = datetime(2026, 1, 5, 14, 0, tzinfo=UTC)


def appointment(local: datetime, *, minutes: int = 120, **fields) -> Appointment:
    """An appointment at a time of its own zone's clock."""
    return Appointment(
        id=fields.pop("id", UUID(int=1)),
        version=fields.pop("version", 0),
        starts_at=local.astimezone(UTC),
        ends_at=local.astimezone(UTC) + timedelta(minutes=minutes),
        zone=local.tzinfo,
        place=fields.pop("place", PLACE),
        **fields,
    )


def reader(**fields) -> Addressee:
    return Addressee(
        given_name=fields.get("given_name", "Ada"),
        email="ada@example.com",
        language=fields.get("language", "en"),
        timezone=fields.get("timezone", ""),
    )


TUESDAY = appointment(datetime(2026, 3, 10, 10, 15, tzinfo=NEW_YORK))


def letter(kind="BOOKED", *appointments, **fields):
    return write_letter(kind, reader(**fields), appointments or [TUESDAY], written_at=WRITTEN_AT)


def test_several_that_are_cancelled_are_told_at_once():
    two = appointment(datetime(2026, 3, 13, 9, 0, tzinfo=NEW_YORK), id=UUID(int=2))
    said = letter("CANCELLED", TUESDAY, two)
    assert said.subject == "Your appointments are cancelled"
    assert "These appointments are cancelled." in said.text
    assert "Friday 13 March" in said.text
    assert letter("CANCELLED", TUESDAY, two, language="es").subject == "Sus citas quedan canceladas"


def test_several_new_times_name_the_old_ones_and_what_no_longer_takes_place():
    friday = datetime(2026, 3, 13, 9, 0, tzinfo=NEW_YORK)
    first = replace(TUESDAY, moved_from=TUESDAY.starts_at - timedelta(days=1))
    # Booked anew in place of the one that is cancelled: told as one appointment that moved.
    anew = appointment(friday, id=UUID(int=2), moved_from=friday - timedelta(days=2))
    replaced = appointment(friday - timedelta(days=2), id=UUID(int=3), is_cancelled=True)
    dropped = appointment(friday + timedelta(days=1), id=UUID(int=4), is_cancelled=True)
    said = letter("MOVED", replaced, first, anew, dropped)
    assert said.subject == "Your appointments have new times"
    assert "Instead of Monday 9 March 2026, 10:15" in said.text
    assert "Instead of Wednesday 11 March 2026, 09:00" in said.text
    gone = said.text.partition("You no longer need to come on:")[2]
    assert "Saturday 14 March" in gone
    assert "Wednesday" not in gone
    assert said.calendar.count("STATUS:CANCELLED") == 2
    assert said.calendar.count("STATUS:CONFIRMED") == 2
    assert letter("MOVED", first, anew, language="es").subject == "Sus citas tienen nueva hora"


def test_a_change_of_which_only_what_was_cancelled_is_left_is_a_cancellation():
    gone = replace(TUESDAY, is_cancelled=True)
    assert letter("MOVED", gone).subject.endswith("is cancelled")
    assert letter("MOVED", gone).method == "CANCEL"


@pytest.mark.parametrize(
    ("kind", "subject"),
    [
        ("BOOKED", "Your appointment on Tue 10 Mar, 10:15"),
        ("MOVED", "Your appointment has a new time: Tue 10 Mar, 10:15"),
        ("CANCELLED", "Your appointment on Tue 10 Mar, 10:15 is cancelled"),
        ("BEFORE", "Reminder: your appointment on Tue 10 Mar, 10:15"),
    ],
)
def test_the_subject_says_when_and_no_more(kind, subject):
    assert letter(kind).subject == subject


def test_many_appointments_share_one_letter():
    other = appointment(datetime(2026, 3, 13, 9, 0, tzinfo=NEW_YORK))
    both = letter("BOOKED", TUESDAY, other)
    assert both.subject == "Your appointments"
    for text in (both.text, both.html):
        assert text.index("Tuesday 10 March 2026, 10:15") < text.index(
            "Friday 13 March 2026, 09:00"
        )
    assert both.text.count("Elm Street Practice") == 1


def test_a_letter_says_for_whom_when_how_long_and_where():
    for text in (letter().text, letter().html):
        for said in (
            "Hello Ada,",
            "Tuesday 10 March 2026, 10:15",
            "EDT, New York time",
            "plan for about 2 hours.",
            "Elm Street Practice",
            "1 Elm Street, New York",
            "+1 212 555 0100",
        ):
            assert said in text


def test_each_appointment_has_the_zone_of_its_own_day():
    before = appointment(datetime(2027, 3, 12, 10, 15, tzinfo=NEW_YORK))
    after = appointment(datetime(2027, 3, 15, 10, 15, tzinfo=NEW_YORK))
    text = letter("BOOKED", before, after).text
    assert text.index("EST, New York") < text.index("15 March 2027, 10:15") < text.index("EDT, New")


def test_an_afternoon_cannot_be_taken_for_a_morning():
    later = appointment(datetime(2026, 3, 10, 14, 30, tzinfo=NEW_YORK), minutes=75)
    text = letter("BOOKED", later).text
    assert "14:30 (2:30 pm)" in text
    assert "1 hour 15 minutes" in text


@pytest.mark.parametrize(
    ("own", "is_said"), [("", False), ("America/New_York", False), ("Europe/London", True)]
)
def test_who_lives_by_another_clock_is_told_whose_time_it_is(own, is_said):
    told = letter(timezone=own)
    for text in (told.text, told.html):
        assert ("All times are local to the clinic" in text) is is_said


def test_a_notice_of_a_move_names_the_old_time_and_the_new():
    moved = appointment(
        datetime(2026, 3, 11, 9, 0, tzinfo=NEW_YORK), moved_from=TUESDAY.starts_at, version=1
    )
    text = " ".join(letter("MOVED", moved).text.split())
    assert "of Tuesday 10 March 2026, 10:15, has moved. It is now on: * Wednesday 11" in text
    unknown = letter("MOVED", TUESDAY).text
    assert "Your appointment has moved. It is now on:" in unknown


def test_a_cancellation_says_not_to_come():
    text = letter("CANCELLED").text
    assert "You do not need to come" in text
    assert "plan for" not in text


def test_sites_of_different_zones_are_told_apart():
    there = Place("Elm Street Practice", "9 Harbour Road, Sydney", "+61 2 5550 0100")
    far = appointment(datetime(2026, 3, 20, 9, 0, tzinfo=SYDNEY), place=there)
    text = letter("BOOKED", TUESDAY, far).text
    assert "AEDT, Sydney time" in text
    assert text.count("9 Harbour Road") == 2


def test_spanish_speakers_read_spanish():
    other = appointment(datetime(2026, 3, 13, 14, 0, tzinfo=NEW_YORK))
    told = letter("BOOKED", TUESDAY, other, language="es", timezone="Europe/Madrid")
    assert told.subject == "Sus citas"
    assert "martes 10 de marzo de 2026, 10:15" in told.text
    assert "14:00 (2:00 p. m.)" in told.text
    assert "SUMMARY:Cita: Elm Street Practice" in told.calendar
    assert '<html lang="es">' in told.html
    for kind in ("BOOKED", "MOVED", "CANCELLED", "BEFORE"):
        words = letter(kind, language="es").text.split()
        assert not {"your", "Your", "the", "please", "Please", "hours", "Hello"} & set(words)


def test_who_reads_a_language_that_is_not_shipped_gets_english_dates_too():
    told = letter(language="de")
    assert (told.language, told.subject) == ("en", "Your appointment on Tue 10 Mar, 10:15")


def test_names_are_escaped_in_html_and_plain_in_text():
    told = letter(given_name="<b>Ann & Co</b>")
    assert "Hello <b>Ann & Co</b>," in told.text
    assert "&lt;b&gt;Ann &amp; Co&lt;/b&gt;" in told.html


def test_nothing_in_the_html_is_fetched_or_followed():
    html = letter().html
    assert not [word for word in ("http:", "https:", "<img", "<a ", "src=", "url(") if word in html]


def test_the_record_of_what_was_said_is_the_same_on_every_try():
    assert letter().sha256 == letter().sha256
    assert letter().sha256 != letter(given_name="Eve").sha256


def test_the_envelope_is_recognisable_and_asks_for_no_automatic_answer():
    email = as_email(letter(), message_id="<1@visits.example>", now=WRITTEN_AT).message()
    assert email["Message-ID"] == "<1@visits.example>"
    assert email["Date"] == "Mon, 05 Jan 2026 14:00:00 +0000"
    assert email["From"] == "Elm Street Practice <appointments@courseline.example>"
    assert email["Auto-Submitted"] == "auto-generated"
    assert [part.get_content_type() for part in email.walk()] == [
        "multipart/mixed",
        "multipart/alternative",
        "text/plain",
        "text/html",
        "text/calendar",
    ]


def test_the_calendar_goes_as_a_file_that_names_its_method():
    raw = as_email(letter("CANCELLED"), message_id="<1@x>", now=WRITTEN_AT).message().as_bytes()
    mail = message_from_bytes(raw, policy=default)
    part = next(mail.iter_attachments())
    assert part.get_filename() == "appointments.ics"
    assert part.get_param("method") == "CANCEL"
    assert "METHOD:CANCEL" in part_of(mail, "text/calendar")
