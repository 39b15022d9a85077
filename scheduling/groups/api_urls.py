"""The API's addresses of groups."""

from django.urls import path

from scheduling.groups import api

urlpatterns = [
    path("groups", api.Groups.as_view(), name="groups"),
    path("groups/<uuid:group_id>", api.GroupDetail.as_view(), name="group"),
    path(
        "groups/<uuid:group_id>/consequences",
        api.GroupConsequences.as_view(),
        name="group_consequences",
    ),
    path("groups/<uuid:group_id>/change", api.GroupChange.as_view(), name="group_change"),
]
