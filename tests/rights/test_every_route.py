"""Every address declares who may ask for it, and means it."""

import re

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import path
from rest_framework.views import APIView

from clinic.api.permissions import MayCall, rule_of
from clinic.api.views import ApiView
from clinic.rights import PUBLIC, SIGNED_IN, Right
from clinic.routes import LIBRARY, Route, routes

METHODS = ("get", "post", "put", "patch", "delete")


def undeclared(found):
    return [route.pattern for route in found if route.rule is None]


def methods_without_a_right(view_class):
    rule = rule_of(view_class)
    own = [method for method in METHODS if hasattr(view_class, method)]
    return [m for m in own if rule.rights and rule.right_for(m.upper()) is None]


def test_every_route_declares_a_rule():
    assert undeclared(routes()) == []


def test_every_method_of_the_api_declares_a_right():
    classes = {route.view.cls for route in routes() if hasattr(route.view, "cls")}
    ours = [view_class for view_class in classes if issubclass(view_class, ApiView)]
    assert ours
    assert {
        c.__name__: methods_without_a_right(c) for c in ours if methods_without_a_right(c)
    } == {}


def test_every_call_of_ours_is_guarded_by_the_rule():
    for route in routes():
        view_class = getattr(route.view, "cls", None)
        if view_class and issubclass(view_class, ApiView) and rule_of(view_class) != PUBLIC:
            assert MayCall in view_class.permission_classes, route.pattern


def test_the_list_of_library_routes_names_none_that_is_gone():
    assert set(LIBRARY) <= {route.name for route in routes()}


def bare(request):
    return HttpResponse("anything")


class BareCall(ApiView):
    def get(self, request):
        return HttpResponse("anything")


class HalfCall(BareCall):
    rights = {"GET": Right.VIEW_SCHEDULE}

    def post(self, request):
        return HttpResponse("anything")


def test_control_a_route_without_a_rule_is_found():
    ours = [path("bare/", bare), path("call", BareCall.as_view()), path("old", APIView.as_view())]
    assert undeclared(routes(ours)) == ["bare/", "call", "old"]
    assert methods_without_a_right(HalfCall) == ["post"]


@pytest.mark.django_db
@pytest.mark.parametrize("view_class", [BareCall, HalfCall])
def test_a_call_without_a_rule_is_refused_whoever_calls(clinic, rf, view_class):
    request = rf.post("/") if view_class is HalfCall else rf.get("/")
    request.user, request.membership = clinic.desk.user, clinic.desk
    request._dont_enforce_csrf_checks = True
    answer = view_class.as_view()(request)
    assert answer.status_code == 403


VALUES = {"uuid": "01920000-0000-7000-8000-000000000000", "int": "1", "str": "x", "path": "x"}


def address_of(route: Route) -> str:
    """An address that fits the pattern; what it names does not exist."""
    pattern = route.pattern.replace("^", "").replace("$", "")
    return "/" + re.sub(r"<(\w+):\w+>", lambda part: VALUES[part[1]], pattern)


def guarded_pages():
    return [
        route
        for route in routes()
        if route.rule not in (None, PUBLIC) and not route.pattern.startswith("api/")
    ]


@pytest.mark.django_db
@pytest.mark.parametrize("route", guarded_pages(), ids=lambda route: route.pattern)
def test_nobody_sees_a_guarded_page_without_signing_in(route):
    for method in ("get", "post"):
        answer = getattr(Client(), method)(address_of(route))
        is_asked = answer.status_code == 302 and answer["Location"].startswith("/accounts/login/")
        assert is_asked or answer.status_code == 405, (method, answer.status_code)


@pytest.mark.django_db
def test_a_signed_in_person_without_a_role_gets_no_further(clinic, sign_in):
    clinic.desk.assignments.all().delete()
    browser = sign_in(clinic.desk)
    for route in guarded_pages():
        if route.rule != SIGNED_IN:
            for method in ("get", "post"):
                assert getattr(browser, method)(address_of(route)).status_code == 403, route.pattern
