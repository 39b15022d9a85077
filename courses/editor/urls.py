"""Addresses of the protocol editor; included under the names of courses."""

from django.urls import path

from courses.editor import edit_views, views

_VERSION = "protocols/versions/<uuid:protocol_version_id>/"
urlpatterns = [
    path("protocols/", views.protocols, name="protocols"),
    path("protocols/new/", views.new_protocol, name="protocol_new"),
    path("protocols/<uuid:protocol_id>/use/", views.use, name="protocol_use"),
    path(_VERSION, views.version, name="protocol_version"),
    path(f"{_VERSION}draft/", views.draft, name="protocol_draft"),
    path(f"{_VERSION}edit/", edit_views.edit, name="protocol_edit"),
    path(f"{_VERSION}json/", edit_views.edit_json, name="protocol_json"),
    path(f"{_VERSION}route/", views.take_route, name="protocol_route"),
    path(f"{_VERSION}sign/", views.sign, name="protocol_sign"),
    path(f"{_VERSION}retire/", views.retire, name="protocol_retire"),
    path(f"{_VERSION}discard/", views.discard, name="protocol_discard"),
]
