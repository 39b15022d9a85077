"""What every API view shares."""

from collections.abc import Callable
from functools import cache
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from django.db.models import QuerySet
from django.http import Http404
from rest_framework import exceptions
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import Serializer
from rest_framework.views import APIView

from clinic.api.authentication import member_of
from clinic.api.pages import CursorPages
from clinic.models import Membership

Found = TypeVar("Found")
AnySerializer = type[Serializer[Any]]


class ApiView(APIView):
    """Access, then shape of input, then one service or selector, then shape of output."""

    def finalize_response(self, request: Request, response: Any, *args: Any, **kw: Any) -> Response:
        """Answers hold patients' data: no cache keeps them."""
        answer: Response = super().finalize_response(request, response, *args, **kw)
        answer["Cache-Control"] = "no-store"
        return answer

    @property
    def member(self) -> Membership:
        """Who is calling."""
        return member_of(self.request)

    def sent(self, shape: AnySerializer) -> dict[str, Any]:
        """The body's clean values; ValidationError names all faults."""
        return clean(shape, self.request.data)

    def asked(self, shape: AnySerializer) -> dict[str, Any]:
        """The query string's clean values; ValidationError names all faults."""
        return clean(shape, self.request.query_params.dict())


class ListView(ApiView):
    """A list in pages."""

    pagination_class = CursorPages

    def page(self, rows: QuerySet[Any], shape: AnySerializer, **context: Any) -> Response:
        """One page of the rows."""
        pages = self.pagination_class()
        found = pages.paginate_queryset(rows, self.request, self)
        return pages.get_paginated_response(shape(found, many=True, context=context).data)


def clean(shape: AnySerializer, data: Any) -> dict[str, Any]:
    """The values, when they have the shape; else ValidationError."""
    return dict(_reader(shape).run_validation(data))


@cache
def _reader(shape: AnySerializer) -> Serializer[Any]:
    """Of each shape one: to make its fields anew takes longer than to read with them."""
    return shape()


def shown(shape: AnySerializer, found: Any, *, zone: ZoneInfo) -> dict[str, Any]:
    """What was found in that shape, times by the wall clock of the zone."""
    return dict(_writer(shape, zone).to_representation(found))


@cache
def _writer(shape: AnySerializer, zone: ZoneInfo) -> Serializer[Any]:
    return shape(context={"zone": zone})


def named(field: str, look_up: Callable[[], Found]) -> Found:
    """The row that a member of the body names; one that is not there is an error of that field."""
    try:
        return look_up()
    except Http404:
        raise exceptions.ValidationError({field: ["There is no such thing here."]}) from None


def made(body: Any, status: int) -> Response:
    """An answer about something new, with its address."""
    return Response(body, status=status, headers={"Location": body["url"]})
