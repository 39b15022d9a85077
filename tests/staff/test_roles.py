"""Who may change whose roles, and what the database keeps."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from clinic.api.tokens import issue_token
from clinic.errors import DomainError
from clinic.models import ApiToken, Membership, Role, RoleAssignment
from clinic.rights import TABLE
from clinic.staffing.changing import change_member, change_roles, make_service
from clinic.staffing.rules import (
    AboveOwnRights,
    CapacityTooSmall,
    LastManager,
    NotYourSite,
    manages,
)
from tests.factories import NOW, make_course, make_member, make_patient, make_site, make_visit

pytestmark = pytest.mark.django_db


def held(member):
    return Membership.objects.get(pk=member.pk).duties


def posts(site, *roles):
    return frozenset((site.pk, role) for role in roles)


def test_roles_are_replaced_as_a_whole(clinic, manager):
    wanted = posts(clinic.site, Role.THERAPIST, Role.NURSE)
    change_roles(by=manager, member=clinic.desk, posts=wanted)
    assert held(clinic.desk) == wanted


def test_name_and_capacity(clinic, manager):
    change_member(
        by=manager, member=clinic.nurse, name="Nora Bell", capacity=9, posts=clinic.nurse.duties
    )
    clinic.nurse.refresh_from_db()
    assert (clinic.nurse.name, clinic.nurse.capacity) == ("Nora Bell", 9)


def test_nobody_is_left_without_a_role(clinic, manager):
    with pytest.raises(DomainError) as caught:
        change_roles(by=manager, member=clinic.nurse, posts=frozenset())
    assert caught.value.field == "roles"


@pytest.mark.parametrize("role", Role)
def test_a_manager_gives_himself_no_role_with_more_rights(clinic, manager, role):
    wanted = manager.duties | posts(clinic.site, role)
    if TABLE[role] <= TABLE[Role.MANAGER]:
        change_roles(by=manager, member=manager, posts=wanted)
        assert held(manager) == wanted
    else:
        with pytest.raises(AboveOwnRights):
            change_roles(by=manager, member=manager, posts=wanted)
        assert held(manager) == manager.duties


def test_a_manager_gives_a_colleague_any_role(clinic, manager):
    change_roles(by=manager, member=clinic.desk, posts=posts(clinic.site, *Role))
    assert len(held(clinic.desk)) == len(Role)


class TestAtAnotherSite:
    @pytest.fixture
    def elsewhere(self, clinic):
        """A site of the same organisation that our manager does not manage."""
        return make_site(clinic.organization)

    def test_roles_there_stay_as_they_are(self, clinic, manager, elsewhere):
        for wanted in (
            clinic.nurse.duties | posts(elsewhere, Role.NURSE),
            posts(elsewhere, "NURSE"),
        ):
            with pytest.raises(NotYourSite):
                change_roles(by=manager, member=clinic.nurse, posts=wanted)

    def test_a_manager_does_not_make_himself_one_there(self, manager, elsewhere):
        wanted = manager.duties | posts(elsewhere, Role.MANAGER)
        with pytest.raises(NotYourSite):
            change_roles(by=manager, member=manager, posts=wanted)

    def test_who_works_there_too_keeps_the_name_but_changes_roles_here(
        self, clinic, manager, elsewhere
    ):
        both = make_member(clinic.site, Role.NURSE)
        RoleAssignment.objects.create(
            organization=clinic.organization, membership=both, site=elsewhere, role=Role.NURSE
        )
        both = Membership.objects.get(pk=both.pk)
        assert not manages(manager, both)
        wanted = posts(elsewhere, Role.NURSE) | posts(clinic.site, Role.THERAPIST)
        change_roles(by=manager, member=both, posts=wanted)
        assert held(both) == wanted
        with pytest.raises(NotYourSite):
            change_member(by=manager, member=both, name="Else", capacity=1, posts=wanted)


def test_capacity_is_not_put_below_what_is_booked(clinic, manager):
    course = make_course(make_patient(clinic.site), clinic.version, clinic.desk)
    make_visit(course, clinic.chair, NOW + timedelta(days=1), nurse=clinic.nurse, load=5)
    with pytest.raises(CapacityTooSmall, match="need 5") as caught:
        change_member(
            by=manager, member=clinic.nurse, name="N", capacity=4, posts=clinic.nurse.duties
        )
    assert caught.value.field == "capacity"
    clinic.nurse.refresh_from_db()
    assert clinic.nurse.capacity == 6


def test_a_program_gets_no_role_that_its_maker_could_not_use(clinic, manager):
    made = make_service(by=manager, name="Import", posts=posts(clinic.site, Role.FRONT_DESK))
    assert (made.kind, made.user, held(made)) == ("SERVICE", None, posts(clinic.site, "FRONT_DESK"))
    with pytest.raises(AboveOwnRights):
        make_service(by=manager, name="Reader", posts=posts(clinic.site, Role.NURSE))
    with pytest.raises(AboveOwnRights):
        change_roles(by=manager, member=made, posts=posts(clinic.site, Role.PRESCRIBER))
    assert not Membership.objects.filter(name="Reader").exists()


def test_a_program_that_gains_a_role_loses_the_tokens_that_would_grow(clinic, manager):
    made = make_service(by=manager, name="Import", posts=posts(clinic.site, Role.FRONT_DESK))
    made = Membership.objects.get(pk=made.pk)
    scoped, _ = issue_token(member=made, name="Narrow", scopes=["VIEW_SCHEDULE"])
    issue_token(member=made, name="Wide")
    person, _ = issue_token(member=clinic.nurse, name="Hers")
    both = posts(clinic.site, Role.FRONT_DESK, Role.MANAGER)
    change_roles(by=manager, member=made, posts=posts(clinic.site, Role.FRONT_DESK))
    assert ApiToken.objects.count() == 3
    change_member(by=manager, member=made, name="Import", capacity=0, posts=both)
    change_roles(by=manager, member=clinic.nurse, posts=both)
    assert set(ApiToken.objects.values_list("id", flat=True)) == {scoped.id, person.id}
    again, _ = issue_token(member=made, name="Wide")
    change_roles(by=manager, member=made, posts=posts(clinic.site, Role.FRONT_DESK))
    assert ApiToken.objects.filter(id=again.id).exists()


def test_nobody_signs_in_as_a_program(clinic):
    with pytest.raises(IntegrityError, match="service_has_no_account"):
        Membership.objects.filter(pk=clinic.desk.pk).update(kind=Membership.Kind.SERVICE)


class TestTheLastManager:
    def test_keeps_the_role(self, clinic, manager):
        with pytest.raises(LastManager):
            change_roles(by=manager, member=manager, posts=posts(clinic.site, Role.FRONT_DESK))
        assert held(manager) == posts(clinic.site, Role.MANAGER)

    def test_may_give_it_up_once_there_is_another(self, clinic, manager):
        make_member(clinic.site, Role.MANAGER)
        change_roles(by=manager, member=manager, posts=posts(clinic.site, Role.FRONT_DESK))
        assert held(manager) == posts(clinic.site, Role.FRONT_DESK)

    def test_may_move_to_another_site(self, clinic, manager):
        there = make_site(clinic.organization)
        RoleAssignment.objects.create(
            organization=clinic.organization, membership=manager, site=there, role=Role.MANAGER
        )
        both = Membership.objects.get(pk=manager.pk)
        change_roles(by=both, member=both, posts=posts(there, Role.MANAGER))
        assert held(manager) == posts(there, Role.MANAGER)

    @pytest.mark.parametrize(
        "attack",
        [
            "UPDATE clinic_membership SET is_active = false WHERE id = %s",
            "UPDATE clinic_membership SET user_id = NULL WHERE id = %s",
            "DELETE FROM clinic_roleassignment WHERE membership_id = %s",
            "UPDATE clinic_roleassignment SET role = 'NURSE' WHERE membership_id = %s",
        ],
    )
    def test_is_kept_against_raw_sql(self, clinic, manager, attack, execute):
        # Neither helps: one is gone, the other has not joined yet.
        gone, invited = (make_member(clinic.site, Role.MANAGER) for _ in range(2))
        Membership.objects.filter(pk=gone.pk).update(is_active=False)
        Membership.objects.filter(pk=invited.pk).update(user=None)
        with pytest.raises(IntegrityError, match="nobody would be left"), transaction.atomic():
            execute(attack, manager)
        other = make_member(clinic.site, Role.MANAGER)
        execute(attack, manager)
        assert held(other) == posts(clinic.site, Role.MANAGER)

    def test_another_organisations_manager_does_not_count(self, other_clinic, manager, execute):
        make_member(other_clinic.site, Role.MANAGER)
        with pytest.raises(IntegrityError), transaction.atomic():
            execute("UPDATE clinic_membership SET is_active = false WHERE id = %s", manager)

    def test_an_organisation_without_any_is_left_alone(self, clinic, execute):
        execute("UPDATE clinic_membership SET is_active = false WHERE id = %s", clinic.desk)
        clinic.desk.refresh_from_db()
        assert not clinic.desk.is_active


@pytest.fixture
def execute():
    """Run SQL about one member, as somebody with a database shell would."""

    def run(sql, member):
        with connection.cursor() as cursor:
            cursor.execute(sql, [member.pk])

    return run
