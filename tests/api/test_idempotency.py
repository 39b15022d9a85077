"""`Idempotency-Key`: one wish is done once, however often it is sent and whatever crashes."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from threading import Barrier, Thread
from typing import Any

import pytest
from django.db import IntegrityError, OperationalError, connection
from django.utils import timezone
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.test import APIRequestFactory, force_authenticate

from clinic.api import idempotency
from clinic.api.idempotency import idempotent
from clinic.api.views import ApiView, made
from clinic.errors import Conflict
from clinic.models import IdempotencyKey, Membership, Room
from clinic.rights import Right
from clinic.tasks import forget_old_keys
from courses.models import Course
from scheduling.models import Proposal, Reservation
from tests import factories
from tests.api.conftest import Booked, Caller, course_body
from tests.race import race


@pytest.mark.django_db
class TestOneAfterAnother:
    def test_a_repeated_call_gets_the_first_answer_and_does_nothing(
        self, clinic: factories.Clinic, desk: Caller
    ) -> None:
        body = course_body(clinic, factories.make_patient(clinic.site).pk)
        first = desk.post("/courses", body, key="wish-1")
        again = desk.post("/courses", dict(reversed(body.items())), key="wish-1")
        assert (first.status_code, again.status_code) == (202, 202)
        assert again.json() == first.json()
        assert again["Location"] == first["Location"]
        assert (again["Content-Type"], again["Idempotency-Replayed"]) == (
            "application/json", "true",
        )  # fmt: skip
        assert "Idempotency-Replayed" not in first
        assert Course.objects.count() == Proposal.objects.count() == 1

    def test_every_booking_call_takes_a_key(self, desk: Caller, proposal: dict[str, Any]) -> None:
        accept = f"{proposal['url']}/accept"
        first, again = (desk.post(accept, key="accept") for _ in range(2))
        assert (first.status_code, again.status_code) == (201, 201)
        assert again.json() == first.json()
        visit = first.json()["visits"][-1]
        slot = desk.get(f"{visit['url']}/slots").json()["days"][0]["slots"][0]
        move = {"starts_at": slot["starts_at"]}
        moves = [desk.post(f"{visit['url']}/move", move, key="move") for _ in range(2)]
        assert [answer.json()["version"] for answer in moves] == [1, 1]
        cancel = {"reason": "Asked for"}
        ends = [desk.post(f"{visit['url']}/cancel", cancel, key="end") for _ in range(2)]
        assert [answer.status_code for answer in ends] == [200, 200]
        plans = [desk.post(f"{proposal['course_url']}/proposals", key="plan") for _ in range(2)]
        assert plans[0].json() == plans[1].json()
        assert Proposal.objects.count() == 2

    def test_a_key_belongs_to_one_request(self, clinic: factories.Clinic, desk: Caller) -> None:
        body = course_body(clinic, factories.make_patient(clinic.site).pk)
        course = desk.post("/courses", body, key="wish").json()["course_url"]
        other = {**body, "latest_first_on": body["earliest_on"]}
        for answer in (
            desk.post("/courses", other, key="wish"),
            desk.post(f"{course}/proposals", {}, key="wish"),
        ):
            assert answer.status_code == 422
            assert answer.json()["type"] == "urn:courseline:problem:idempotency-key-reused"
        assert Course.objects.count() == 1

    def test_two_people_may_use_the_same_key(
        self, clinic: factories.Clinic, other_clinic: factories.Clinic
    ) -> None:
        for place, member in ((clinic, clinic.desk), (clinic, clinic.nurse),
                              (other_clinic, other_clinic.desk)):  # fmt: skip
            body = course_body(place, factories.make_patient(place.site).pk)
            assert Caller(member).post("/courses", body, key="1").status_code == 202
        assert Course.objects.count() == 3

    def test_a_refusal_is_remembered_until_another_key_tries_again(
        self, desk: Caller, booked: Booked
    ) -> None:
        path = f"{booked.course['url']}/proposals"
        refused = desk.post(path, key="early")
        assert refused.status_code == 409
        desk.post(f"{booked.visit['url']}/cancel", {"reason": "Asked for"})
        again = desk.post(path, key="early")
        assert (again.status_code, again.json()) == (409, refused.json())
        assert again["Content-Type"] == "application/problem+json"
        assert desk.post(path, key="later").status_code == 202

    def test_input_that_is_not_valid_does_not_use_the_key_up(
        self, clinic: factories.Clinic, desk: Caller
    ) -> None:
        body = course_body(clinic, factories.make_patient(clinic.site).pk)
        assert desk.post("/courses", body | {"patient": "?"}, key="wish").status_code == 400
        assert desk.post("/courses", body, key="wish").status_code == 202

    def test_a_key_has_a_greatest_length(self, clinic: factories.Clinic, desk: Caller) -> None:
        body = course_body(clinic, factories.make_patient(clinic.site).pk)
        answer = desk.post("/courses", body, key="k" * 201)
        assert (answer.status_code, Course.objects.count()) == (400, 0)
        assert desk.post("/courses", body, key="k" * 200).status_code == 202

    def test_keys_are_forgotten_after_a_day(self, clinic: factories.Clinic, desk: Caller) -> None:
        for number, hours in enumerate((23, 25)):
            body = course_body(clinic, factories.make_patient(clinic.site).pk)
            desk.post("/courses", body, key=str(number))
            then = timezone.now() - timedelta(hours=hours)
            IdempotencyKey.objects.filter(key=str(number)).update(created_at=then)
        forget_old_keys()
        assert [row.key for row in IdempotencyKey.objects.all()] == ["0"]


@pytest.fixture
def place(transactional_db: None) -> factories.Clinic:
    """A clinic whose rows other connections see."""
    return factories.make_clinic()


def rivals_start(place: factories.Clinic, keys: Callable[[int], str]) -> list[Any]:
    """What six callers hear who ask for one course at once."""
    body = course_body(place, factories.make_patient(place.site).pk)
    callers = [Caller(place.desk) for _ in range(6)]
    return race(lambda n: callers[n].post("/courses", body, key=keys(n)), rivals=6)


def test_rivals_with_one_key_start_one_course_and_all_hear_of_it(place: factories.Clinic) -> None:
    answers = rivals_start(place, lambda _: "one wish")
    assert [answer.status_code for answer in answers] == [202] * 6
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert sorted("Idempotency-Replayed" in answer for answer in answers) == [False] + [True] * 5
    assert (Course.objects.count(), Proposal.objects.count()) == (1, 1)


def test_control_rivals_with_keys_of_their_own_start_a_course_each(
    place: factories.Clinic,
) -> None:
    rivals_start(place, lambda n: f"wish {n}")
    assert Course.objects.count() == 6


class RoomMaking(ApiView):
    """Work on which tests can lay hands: it makes a room."""

    right = Right.BOOK

    @idempotent
    def post(self, request: Request) -> Response:
        room = factories.make_room(self.member.assignments.get().site, "infusion")
        if meddle := request.data.get("meddle"):
            MEDDLING[meddle]()
        return made({"url": f"/rooms/{room.pk}"}, 201)


def lose_the_database() -> None:
    """What the web server's end looks like to the database, and the other way round."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")


def ask(member: Membership, key: str, meddle: str = "", view: Any = RoomMaking) -> Response:
    request = APIRequestFactory(headers={"Idempotency-Key": key}).post(
        "/", {"meddle": meddle}, format="json"
    )
    request.membership = member
    force_authenticate(request, member.user)
    return view.as_view()(request)


def break_a_promise() -> None:
    """A fault of ours that only the deferred triggers notice."""
    Reservation.objects.all().delete()


def refuse() -> None:
    """What a service does that thinks again after it has begun."""
    raise Conflict("Not now.")


MEDDLING: dict[str, Callable[[], Any]] = {
    "break": break_a_promise,
    "crash": lose_the_database,
    "refuse": refuse,
}


@pytest.fixture
def rooms() -> Callable[[], int]:
    """How many rooms have been made."""
    before = Room.objects.count()
    return lambda: Room.objects.count() - before


def test_a_crash_between_work_and_answer_leaves_neither_work_nor_key(
    place: factories.Clinic, rooms: Callable[[], int]
) -> None:
    with pytest.raises(OperationalError):
        ask(place.desk, "wish", meddle="crash")
    connection.close()
    assert (rooms(), IdempotencyKey.objects.count()) == (0, 0)
    assert ask(place.desk, "wish").status_code == 201
    assert ask(place.desk, "wish")["Idempotency-Replayed"] == "true"
    assert rooms() == 1


def test_a_refusal_undoes_the_work_and_keeps_the_key(
    place: factories.Clinic, rooms: Callable[[], int]
) -> None:
    answers = [ask(place.desk, "wish", meddle="refuse") for _ in range(2)]
    assert [answer.status_code for answer in answers] == [409, 409]
    assert answers[0].data == answers[1].data
    assert (rooms(), IdempotencyKey.objects.count()) == (0, 1)


def test_what_the_database_refuses_at_commit_leaves_neither_work_nor_key(
    place: factories.Clinic, rooms: Callable[[], int]
) -> None:
    course = factories.make_course(factories.make_patient(place.site), place.version, place.desk)
    factories.make_visit(course, place.chair, factories.NOW)
    with pytest.raises(IntegrityError, match="a live visit holds no place"):
        ask(place.desk, "wish", meddle="break")
    assert (rooms(), IdempotencyKey.objects.count()) == (0, 0)


class NaiveRoomMaking(ApiView):
    """The control: it commits the work, and only then notes that it was done."""

    right = Right.BOOK

    def post(self, request: Request) -> Response:
        if IdempotencyKey.objects.filter(key="wish").exists():
            return Response({})
        factories.make_room(self.member.assignments.get().site, "infusion")
        if meddle := request.data.get("meddle"):
            MEDDLING[meddle]()
        IdempotencyKey.objects.create(
            organization_id=self.member.organization_id, membership=self.member, key="wish"
        )
        return Response({}, status=201)


def test_control_a_note_after_the_work_does_it_twice_when_it_crashes(
    place: factories.Clinic, rooms: Callable[[], int]
) -> None:
    with pytest.raises(OperationalError):
        ask(place.desk, "wish", meddle="crash", view=NaiveRoomMaking)
    connection.close()
    ask(place.desk, "wish", view=NaiveRoomMaking)
    assert rooms() == 2


def test_control_a_look_before_the_work_lets_every_rival_through(
    place: factories.Clinic, rooms: Callable[[], int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(MEDDLING, "meet", partial(Barrier(6).wait, timeout=20))
    race(lambda _: ask(place.desk, "wish", meddle="meet", view=NaiveRoomMaking), rivals=6)
    assert rooms() == 6


def test_a_rival_of_a_call_that_hangs_is_told_to_come_back(
    place: factories.Clinic, rooms: Callable[[], int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(idempotency, "PATIENCE", "100ms")
    heard: list[Any] = []
    monkeypatch.setitem(
        MEDDLING, "hang", lambda: heard.extend(race(lambda _: ask(place.desk, "wish"), rivals=1))
    )
    assert ask(place.desk, "wish", meddle="hang").status_code == 201
    [rival] = heard
    assert (rival.status_code, rival.data["type"]) == (
        409, "urn:courseline:problem:call-under-way",
    )  # fmt: skip
    assert rooms() == 1


def test_a_rival_goes_on_when_the_first_call_gives_up(
    place: factories.Clinic, rooms: Callable[[], int], monkeypatch: pytest.MonkeyPatch
) -> None:
    heard: list[Any] = []

    def rival() -> None:
        heard.append(ask(place.desk, "wish"))
        connection.close()

    thread = Thread(target=rival)

    def fail() -> None:
        thread.start()
        _wait_until_somebody_waits()
        raise RuntimeError("on purpose")

    monkeypatch.setitem(MEDDLING, "fail", fail)
    with pytest.raises(RuntimeError):
        ask(place.desk, "wish", meddle="fail")
    thread.join()
    assert (heard[0].status_code, rooms()) == (201, 1)


def _wait_until_somebody_waits() -> None:
    for _ in range(500):
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_sleep(0.01)")
            cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
            if cursor.fetchone()[0]:
                return
    raise AssertionError("nobody waits for the key")
