"""Addresses about people, programs and their tokens."""

from django.urls import path

from clinic.staffing import joining, token_views, views

app_name = "staffing"
urlpatterns = [
    path("staff/", views.staff, name="staff"),
    path("staff/invite/", views.invite, name="invite"),
    path("staff/<uuid:member_id>/", views.member, name="member"),
    path("staff/<uuid:member_id>/invite/", views.invite_again, name="invite_again"),
    path("staff/<uuid:member_id>/withdraw/", views.withdraw, name="withdraw"),
    path("staff/<uuid:member_id>/deactivate/", views.deactivate, name="deactivate"),
    path("staff/<uuid:member_id>/reactivate/", views.reactivate, name="reactivate"),
    path("staff/tokens/", token_views.tokens, name="tokens"),
    path("staff/tokens/<uuid:token_id>/revoke/", token_views.token_revoke, name="token_revoke"),
    path("staff/services/new/", token_views.service_new, name="service_new"),
    path("staff/services/<uuid:member_id>/", token_views.service, name="service"),
    path("account/tokens/", token_views.own_tokens, name="own_tokens"),
    path(
        "account/tokens/<uuid:token_id>/revoke/",
        token_views.own_token_revoke,
        name="own_token_revoke",
    ),
    path("join/<str:key>/", joining.join, name="join"),
]
