"""Addresses of one's own sign-in: the accounts library's, and ours beside them."""

from django.urls import include, path

from clinic import account_views as views
from clinic.sign_in_rules import sign_in_rules

pages = [
    path("lock/", views.lock, name="lock"),
    path("unlock/", views.unlock, name="unlock"),
    path("unlock/passkey/", views.unlock_by_passkey, name="unlock_by_passkey"),
    path("still-here/", views.still_here, name="still_here"),
    path("rules/", sign_in_rules, name="rules"),
    path("continue/", views.continue_form, name="continue"),
    path("sessions/<int:session_id>/end/", views.end_session, name="end_session"),
]

urlpatterns = [
    path("", include((pages, "accounts"))),
    path("two-step/", include("allauth.mfa.urls")),
    path("sessions/", include("allauth.usersessions.urls")),
    path("", include("allauth.account.urls")),
]
