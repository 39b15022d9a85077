"""Lists in pages."""

from rest_framework.pagination import CursorPagination


class CursorPages(CursorPagination):
    """Pages by cursor: their cost does not grow with the table."""

    ordering = "-pk"
    page_size_query_param = "page_size"
    max_page_size = 200
