"""Groups over the API: made, read, changed with every member's course."""

from dataclasses import replace
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from clinic.access import row_for, site_for
from clinic.api.idempotency import idempotent
from clinic.api.views import ApiView, ListView, named
from clinic.charts import open_patient_ids
from clinic.models import Membership, Room
from clinic.rights import Right, may
from scheduling.groups.access import group_for
from scheduling.groups.detail import coming_groups, members_of
from scheduling.groups.models import GroupVisit
from scheduling.groups.placing import Terms, terms_of
from scheduling.groups.rehearsal import read_shown, rehearse
from scheduling.groups.serializers import (
    GroupChangeInput,
    GroupConsequencesOutput,
    GroupDetailOutput,
    GroupInput,
    GroupOutput,
    GroupsMadeOutput,
    GroupsQuery,
    GroupWishQuery,
)
from scheduling.groups.service import GroupWish, Said, change_group, make_groups
from scheduling.selectors.board import BoardVisit, Viewer
from scheduling.services.changing import Why


class GroupView(ApiView):
    """What the calls about one group share."""

    def _members(self, group: GroupVisit) -> list[BoardVisit]:
        viewer = Viewer(
            has_names=may(self.member, Right.VIEW_PATIENTS, group.site),
            open_ids=open_patient_ids(self.member, now=timezone.now()),
        )
        return members_of(group, viewer)

    def _detail(self, group: GroupVisit) -> dict[str, Any]:
        members = self._members(group)
        group.taken = len(members)  # type: ignore[attr-defined]
        group.members = members  # type: ignore[attr-defined]
        return dict(GroupDetailOutput(group, context={"zone": group.site.zone}).data)


class Groups(ListView):
    """GET and POST /groups"""

    rights = {"GET": Right.VIEW_SCHEDULE, "POST": Right.BOOK}

    @extend_schema(
        operation_id="list_groups",
        tags=["groups"],
        parameters=[GroupsQuery],
        responses=GroupOutput(many=True),
    )
    def get(self, request: Request) -> Response:
        """The groups of a site that are still to come, with the number of places taken."""
        asked = self.asked(GroupsQuery)
        site = named("site", lambda: site_for(self.member, asked["site"], Right.VIEW_SCHEDULE))
        rows = coming_groups(site, since=asked.get("since") or timezone.now())
        return self.page(rows, GroupOutput, zone=site.zone)

    @extend_schema(
        operation_id="make_groups",
        tags=["groups"],
        request=GroupInput,
        responses={201: GroupsMadeOutput},
    )
    @idempotent
    def post(self, request: Request) -> Response:
        """Make a group, or one in each of so many weeks.

        Of a series the dates on which it cannot be are left out and told. 400 `group-refused` where
        it can be on none, or has too many places.
        """
        said = self.sent(GroupInput)
        site = named("site", lambda: site_for(self.member, said.pop("site"), Right.BOOK))
        weeks = said.pop("weeks")
        terms = Terms(**{**said, **_named(self.member, said)})
        made = make_groups(site=site, terms=terms, weeks=weeks, by=self.member, now=timezone.now())
        for group in made.groups:
            group.taken = 0  # type: ignore[attr-defined]
        body = GroupsMadeOutput(made, context={"zone": site.zone}).data
        return Response(body, status=201, headers={"Location": body["groups"][0]["url"]})


def _named(member: Membership, said: dict[str, Any]) -> dict[str, Any]:
    """The room and the therapist that are named."""
    rows: dict[str, QuerySet[Any]] = {
        "room": Room.objects.all(),
        "therapist": Membership.objects.active(),
    }
    return {
        name: named(name, lambda name=name: row_for(member, rows[name], said[name]))  # type: ignore[misc]
        for name in rows
        if name in said
    }


class GroupDetail(GroupView):
    """GET /groups/{id}"""

    right = Right.VIEW_SCHEDULE

    @extend_schema(operation_id="read_group", tags=["groups"], responses=GroupDetailOutput)
    def get(self, request: Request, group_id: UUID) -> Response:
        """One group, with the visits that have a place in it."""
        return Response(self._detail(group_for(self.member, group_id, Right.VIEW_SCHEDULE)))


class GroupConsequences(GroupView):
    """GET /groups/{id}/consequences"""

    right = Right.BOOK

    @extend_schema(
        operation_id="read_group_consequences",
        tags=["groups"],
        parameters=[GroupWishQuery],
        responses=GroupConsequencesOutput,
    )
    def get(self, request: Request, group_id: UUID) -> Response:
        """What another time, room or therapist, or its cancelling, does to every member.

        Tried and undone: nothing changes. 400 `group-refused` where the group cannot be so.
        """
        group = group_for(self.member, group_id, Right.BOOK)
        asked = self.asked(GroupWishQuery)
        wish = GroupWish()
        if not asked.pop("cancel", False):
            wish = GroupWish(replace(terms_of(group), **{**asked, **_named(self.member, asked)}))
        story = rehearse(group, wish, by=self.member, now=timezone.now())
        told = {one.id for one in self._members(group) if one.is_told}
        context = {"zone": group.site.zone, "told_ids": told}
        return Response(GroupConsequencesOutput(story, context=context).data)


class GroupChange(GroupView):
    """POST /groups/{id}/change"""

    right = Right.BOOK

    @extend_schema(
        operation_id="change_group",
        tags=["groups"],
        request=GroupChangeInput,
        responses={200: GroupDetailOutput},
    )
    @idempotent
    def post(self, request: Request, group_id: UUID) -> Response:
        """Carry out what was shown: the group and every member's course, or nothing.

        409 `group-outdated` with what changed meanwhile, `group-not-planned`, `visit-not-planned`
        where somebody has arrived; 400 `amber-not-accepted` where a usual maximum is left.
        """
        group, said = group_for(self.member, group_id, Right.BOOK), self.sent(GroupChangeInput)
        shown = read_shown(said["answer"], group=group, member=self.member)
        why = Why(code=said["code"])
        change_group(
            group=group,
            wish=shown.wish,
            said=Said(self.member, timezone.now(), is_amber_meant=said["amber"], why=why),
            version=shown.version,
            answers=shown.answers,
        )
        return Response(self._detail(group_for(self.member, group_id, Right.BOOK)))
