"""An organisation from a file: all of it or nothing, and then it works."""

import copy
import json
import re
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.core import mail
from django.core.management import call_command
from django.db import IntegrityError, connection
from django.test import Client

from clinic.founding import found_organization, read_organization
from clinic.founding_file import FoundingRefused
from clinic.models import (
    Closure,
    Membership,
    OpeningHours,
    Organization,
    RoleAssignment,
    Room,
    Shift,
    Site,
    User,
)
from courses.models import ProtocolVersion
from reminders.models import Message, Rule
from scheduling.models import Proposal
from scheduling.services import accept_proposal, plan_new_course, work_on_proposal
from tests import factories
from tests.clinic.conftest import EXAMPLE

NOW = datetime(2026, 3, 2, 9, tzinfo=ZoneInfo("America/New_York"))

pytestmark = pytest.mark.django_db


def changed(content: dict[str, Any], *path: Any, to: Any) -> dict[str, Any]:
    """A copy in which one value is another."""
    copied = copy.deepcopy(content)
    part = copied
    for step in path[:-1]:
        part = part[step]
    part[path[-1]] = to
    return copied


class TestTheExample:
    def test_is_founded_without_a_warning(self, run):
        code, out, err = run(EXAMPLE.read_text("utf-8"))
        assert (code, err) == (0, "")
        assert "Elm Street Clinic is founded." in out
        assert "Warning" not in out

    def test_becomes_rows_that_say_what_the_file_says(self, run):
        run(EXAMPLE.read_text("utf-8"))
        site = Site.objects.get(name="Elm Street", organization__name="Elm Street Clinic")
        assert (site.timezone, site.grid_minutes, site.soft_doses_per_day) == (
            "America/New_York", 15, 6
        )  # fmt: skip
        hours = OpeningHours.objects.filter(site=site).order_by("weekday")
        assert list(hours.values_list("weekday", "starts", "ends")) == [
            (day, time(8), time(18)) for day in range(5)
        ]
        assert Closure.objects.filter(site=site, on=date(2026, 12, 25)).exists()
        rooms = Room.objects.filter(site=site).order_by("position").values_list("name", "kinds")
        assert rooms[0] == ("Infusion 1", ["infusion", "monitoring"])
        nurse = Membership.objects.get(name="Robin Hale")
        assert (nurse.capacity, nurse.user.email) == (6, "nurse@elmstreet.example")
        assert RoleAssignment.objects.get(membership=nurse).role == "NURSE"
        assert Shift.objects.filter(membership=nurse, site=site).count() == 5
        assert Membership.objects.get(name="Sidney Cole").user is None
        assert Rule.objects.filter(organization=site.organization).count() == 5

    def test_plans_and_books_six_infusions(self, run):
        run(EXAMPLE.read_text("utf-8"))
        desk = Membership.objects.get(name="Casey Lind")
        site = Site.objects.get()
        proposal = plan_new_course(
            patient=factories.make_patient(site),
            site=site,
            protocol_version=ProtocolVersion.objects.get(protocol__code="IV_2W3"),
            earliest_on=NOW.date(),
            latest_first_on=NOW.date() + timedelta(days=14),
            lead_therapist=None,
            by=desk,
            now=NOW,
        )
        factories.clear(proposal.course, desk)
        work_on_proposal(organization_id=proposal.organization_id, proposal_id=proposal.pk, now=NOW)
        proposal.refresh_from_db()
        assert proposal.status == Proposal.Status.READY
        visits = accept_proposal(proposal=proposal, by=desk, now=NOW)
        assert [visit.kind for visit in visits].count("dosing") == 6
        assert len(visits) == 14
        assert Message.objects.filter(kind="BOOKED").count() == 1


class TestFirstSignIn:
    new = "a phrase of one's own"

    @pytest.fixture
    def printed(self, run) -> str:
        return run(EXAMPLE.read_text("utf-8"))[1]

    def choose(self, path: str) -> str:
        """Open the link, type a password where there is a form; the page that is there then."""
        browser = Client()
        page = browser.get(path, follow=True)
        fields = re.findall(r'name="(password\d)"', page.content.decode())
        if fields:
            browser.post(page.request["PATH_INFO"], dict.fromkeys(fields, self.new))
        return page.content.decode()

    def signs_in(self, email: str) -> bool:
        answer = Client().post("/accounts/login/", {"login": email, "password": self.new})
        return answer.status_code == 302 and answer["Location"] == "/"

    def test_there_is_a_link_for_each_account_and_nobody_else(self, printed, settings):
        links = re.findall(rf"^  (\S+@\S+)  {settings.BASE_URL}/accounts/", printed, re.MULTILINE)
        assert links == sorted(User.objects.values_list("email", flat=True))
        assert len(links) == 5

    def test_a_link_sets_a_password_once(self, printed):
        email = "desk@elmstreet.example"
        link = re.search(rf"{email}  http://[^/]+(/\S+)", printed)[1]
        assert not self.signs_in(email)
        assert "Choose a new password" in self.choose(link)
        assert self.signs_in(email)
        assert "This link has been used" in self.choose(link)

    def test_a_lapsed_link_is_replaced_from_the_sign_in_page(self, printed):
        email = "manager@elmstreet.example"
        assert "Forgot your password?" in Client().get("/accounts/login/").content.decode()
        Client().post("/accounts/password/reset/", {"email": email})
        self.choose(re.search(r"http://[^/\s]+(/accounts/\S+)", mail.outbox[0].body)[1])
        assert self.signs_in(email)

    def test_an_account_opens_its_own_organisation(self, printed, sign_in):
        page = sign_in(Membership.objects.get(name="Casey Lind")).get("/")
        assert "Elm Street" in page.content.decode()


@pytest.mark.parametrize(
    ("path", "value", "fault"),
    [
        (["format"], "courseline-organization-2", "$.format: must be one of"),
        (["name"], "", "$.name: must not be empty"),
        (["sender_name"], "Elm\nBcc: x", "$.sender_name: must be one line"),
        (["sender_name"], "E" * 81, "$.sender_name: must have at most 80 characters"),
        (["sites", 0, "phone"], 5550100, "$.sites[0].phone: must be a text"),
        (["sites"], [], "$.sites: must not be empty"),
        (["sites", 0, "timezone"], "EST5", "$.sites[0].timezone: must be an IANA time zone"),
        (["sites", 0, "grid_minutes"], 10, "$.sites[0].grid_minutes: must be 5 or 15"),
        (["sites", 0, "grid_minutes"], "15", "$.sites[0].grid_minutes: must be a whole number"),
        (["sites", 0, "soft_doses_per_day"], 0, "$.sites[0].soft_doses_per_day: must be at least"),
        (["sites", 0, "opening"], {}, "$.sites[0].opening: is not a field of this file"),
        (["sites", 0, "hours", "mon"], ["08:00", "18:00"], "$.sites[0].hours.mon[0]: must be a p"),
        (["sites", 0, "hours", "mon"], [["08:00"]], "$.sites[0].hours.mon[0][1]: is missing"),
        (["sites", 0, "hours", "mon"], [["8:00", "18:00"]], "$.sites[0].hours.mon[0][0]: must be"),
        (["sites", 0, "hours", "mon"], [["18:00", "08:00"]], "$.sites[0].hours.mon[0]: must end"),
        (["sites", 0, "hours", "mon"], [["03:00", "18:00"]], "$.sites[0].hours.mon[0]: must start"),
        (["sites", 0, "hours", "mon"], [["08:00", "12:00"], ["11:55", "18:00"]],
         "$.sites[0].hours.mon: two of these times overlap"),
        (["sites", 0, "hours", "monday"], [], "$.sites[0].hours.monday: must be one of 'mon'"),
        (["sites", 0, "closures", 1, "on"], "2026-12-25", "$.sites[0].closures[1].on: “2026-12-25"),
        (["sites", 0, "closures", 1, "on"], "20261225", "$.sites[0].closures[1].on: must be a dat"),
        (["sites", 0, "rooms", 1, "name"], "infusion 1", "$.sites[0].rooms[1].name: “infusion 1”"),
        (["sites", 0, "rooms", 0, "kinds"], [], "$.sites[0].rooms[0].kinds: must not be empty"),
        (["sites", 0, "rooms", 0, "kinds", 0], "IV chair", "$.sites[0].rooms[0].kinds[0]: must be"),
        (["staff", 2, "capacity"], 0, "$.staff[2].capacity: must be at least 1"),
        (["staff", 2, "email"], "nurse", "$.staff[2].email: must be an e-mail address"),
        (["staff", 2, "email"], "DESK@elmstreet.example", "$.staff[2].email: “DESK@elmstreet.ex"),
        (["staff", 2, "sites", 0, "site"], "Elm", "$.staff[2].sites[0].site: there is no site “E"),
        (["staff", 2, "sites", 0, "roles"], ["RN"], "$.staff[2].sites[0].roles[0]: must be one of"),
        (["staff", 2, "sites", 0, "roles"], [], "$.staff[2].sites[0].roles: must not be empty"),
        (["staff"], [None], "$.staff[0]: must be an object"),
    ],
)  # fmt: skip
def test_a_fault_is_named_with_its_place_and_nothing_is_written(run, content, path, value, fault):
    code, out, err = run(changed(content, *path, to=value))
    assert (code, out) == (2, "")
    assert [line for line in err.splitlines() if line.startswith(fault)], err
    assert all(re.match(r"\$\S*: ", line) for line in err.splitlines())
    assert not Organization.objects.exists()
    assert not User.objects.exists()


def test_all_faults_are_listed_at_once(run, content):
    factories.make_organization(name="elm street clinic")
    User.objects.create_user("desk@elmstreet.example")
    content["sites"][0]["timezone"] = "New York"
    content["sites"][0]["rooms"][1]["name"] = "Infusion 1"
    content["staff"][1]["email"] = "Desk@ElmStreet.example"
    del content["staff"][2]["sites"]
    content["staff"][3]["sites"][0]["site"] = "Oak Street"
    code, _, err = run(content)
    assert code == 2
    assert sorted(line.split(": ")[0] for line in err.splitlines()) == [
        "$.name",
        "$.sites[0].rooms[1].name",
        "$.sites[0].timezone",
        "$.staff[1].email",
        "$.staff[2].sites",
        "$.staff[3].sites[0].site",
    ]
    assert (Organization.objects.count(), User.objects.count()) == (1, 1)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("{", "$: is not JSON"),
        ("[]", "$: must be an object"),
        ('{"name": "One", "name": "Two"}', "$: is not JSON: “name” occurs twice"),
        ("[" * 100_000, "$: is not JSON"),
        ('{"name": "\\u0000", "staff": [{"email": "\\u0000"}]}', "$.name: must be one line"),
        ('{"name": "\\ud800", "staff": 1}', "$: "),
    ],
    ids=["broken", "list", "twice", "deep", "null character", "surrogate"],
)
def test_what_is_no_description_is_refused_in_words(run, text, fault):
    code, _, err = run(text)
    assert code == 2
    assert fault in err


def test_a_file_that_cannot_be_read_is_refused(capsys):
    with pytest.raises(SystemExit) as stop:
        call_command("found_organization", "no/such/file.json")
    assert stop.value.code == 2
    assert "cannot be read: No such file" in capsys.readouterr().err


def test_an_organisation_is_founded_once(run):
    text = EXAMPLE.read_text("utf-8")
    assert run(text)[0] == 0
    code, _, err = run(text)
    assert code == 2
    assert "$.name: there is an organisation “Elm Street Clinic” already" in err
    assert err.count("there is an account") == 5
    assert (Organization.objects.count(), User.objects.count()) == (1, 5)


def test_when_the_last_step_fails_nothing_stays(run):
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE reminders_rule ADD CONSTRAINT none_fits CHECK (false)")
    with pytest.raises(IntegrityError, match="none_fits"):
        run(EXAMPLE.read_text("utf-8"))
    for model in (Organization, Site, Membership, User, ProtocolVersion):
        assert not model.objects.exists()


def test_the_service_itself_refuses_what_was_taken_meanwhile(content):
    founding = read_organization(json.dumps(content))
    User.objects.create_user("nurse@elmstreet.example")
    with pytest.raises(FoundingRefused) as refusal:
        found_organization(founding=founding)
    assert refusal.value.faults == (
        "$.staff[2].email: there is an account “nurse@elmstreet.example” already",
    )


def test_somebody_must_be_able_to_sign_in(run, content):
    for person in content["staff"]:
        person.pop("email", None)
    assert run(content)[2] == "$.staff: give somebody an e-mail, or nobody can sign in\n"


def test_one_person_works_at_two_sites(run, content):
    second = changed(content["sites"][0], "name", to="Oak Street")
    content["sites"].append({**second, "timezone": "Europe/London"})
    content["staff"][1]["sites"].append({"site": "Oak Street", "roles": ["FRONT_DESK", "MANAGER"]})
    assert run(content)[0] == 0
    roles = RoleAssignment.objects.filter(membership__name="Casey Lind")
    assert sorted(roles.values_list("site__name", "role")) == [
        ("Elm Street", "FRONT_DESK"), ("Oak Street", "FRONT_DESK"), ("Oak Street", "MANAGER")
    ]  # fmt: skip
