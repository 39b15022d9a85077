"""How much may be sent. There is no upload anywhere, so a file is refused before it is read."""

from typing import NoReturn

from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent
from django.core.files.uploadhandler import FileUploadHandler

TOO_MUCH = (RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent)


class FileRefused(TooManyFilesSent):
    """A form came with a file."""


class RefusingHandler(FileUploadHandler):
    """Refuses the first file of a form."""

    def new_file(self, *args: object, **kwargs: object) -> NoReturn:
        """FileRefused, whatever the file."""
        raise FileRefused("A form came with a file.")

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes:
        """Never reached: no file begins."""
        return raw_data

    def file_complete(self, file_size: int) -> None:
        """Never reached: no file begins."""
