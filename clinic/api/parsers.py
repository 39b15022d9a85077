"""Reading what is sent."""

from collections.abc import Mapping
from io import BytesIO
from typing import IO, Any

from rest_framework import exceptions, status
from rest_framework.parsers import JSONParser

MOST_BYTES = 256 * 1024


class TooLarge(exceptions.APIException):
    """More than any call needs."""

    status_code = status.HTTP_413_REQUEST_ENTITY_TOO_LARGE
    default_detail = f"At most {MOST_BYTES} bytes."


class JsonParser(JSONParser):
    """JSON of bounded size and depth."""

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        """The value that was sent; TooLarge or ParseError."""
        body = stream.read(MOST_BYTES + 1)
        if len(body) > MOST_BYTES:
            raise TooLarge
        try:
            return super().parse(BytesIO(body), media_type, parser_context)
        except RecursionError:
            raise exceptions.ParseError("This JSON is nested too deeply.") from None
