"""Addresses of groups."""

from django.urls import path

from scheduling.groups import views

urlpatterns = [
    path("groups/", views.groups, name="groups"),
    path("groups/new/", views.group_new, name="group_new"),
    path("groups/<uuid:group_id>/", views.group, name="group"),
    path("groups/<uuid:group_id>/change/", views.group_change, name="group_change"),
    path(
        "groups/<uuid:group_id>/change/accept/",
        views.group_change_accept,
        name="group_change_accept",
    ),
]
