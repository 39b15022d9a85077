"""Lists in pages."""

from typing import Any

from django.core.exceptions import ValidationError as DjangoValidationError
from rest_framework import exceptions
from rest_framework.pagination import CursorPagination
from rest_framework.request import Request


class CursorPages(CursorPagination):
    """Pages by cursor, newest first: their cost does not grow with the table.

    The key alone is the order, so that no cursor, and so no URL, ever holds a name.
    """

    ordering = "-pk"
    page_size = 50
    page_size_query_param = "page_size"
    max_page_size = 200

    def paginate_queryset(
        self, queryset: Any, request: Request, view: Any = None
    ) -> list[Any] | None:
        """The rows of the page that the cursor names; a cursor that was not ours is an error."""
        try:
            return super().paginate_queryset(queryset, request, view)
        except (exceptions.NotFound, DjangoValidationError):
            raise exceptions.ValidationError(
                {"cursor": ["This is not one of our cursors."]}
            ) from None

    def get_page_size(self, request: Request) -> int:
        """How many rows a page holds; a size out of range is an error."""
        said = request.query_params.get(self.page_size_query_param)
        if said is None:
            return self.page_size
        if not (said.isascii() and said.isdigit() and 1 <= int(said[:9]) <= self.max_page_size):
            wanted = f"A number from 1 to {self.max_page_size}."
            raise exceptions.ValidationError({self.page_size_query_param: [wanted]})
        return int(said)

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        """The cursor and the size, with its range."""
        cursor, size = super().get_schema_operation_parameters(view)
        size["schema"] |= {"minimum": 1, "maximum": self.max_page_size, "default": self.page_size}
        return [cursor, size]

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        """An object with the rows and the addresses of the pages around."""
        link = {"type": ["string", "null"], "format": "uri"}
        return {
            "type": "object",
            "required": ["next", "previous", "results"],
            "properties": {"next": link, "previous": link, "results": schema},
        }
