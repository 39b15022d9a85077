"""What somebody sent while the screen was locked, or before they were asked who they are again.

It waits, sealed, in the session, and is offered on a page of its own afterwards: nothing that was
typed is lost, and nothing is done with it before.
"""

import json
from dataclasses import dataclass
from urllib.parse import urlsplit

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.http import url_has_allowed_host_and_scheme

from clinic import vault
from clinic.asking import is_piece

KEY = "kept_form"
LARGEST = 64 * 1024  # characters
SECRET = ("csrfmiddlewaretoken", "password", "oldpassword", "password1", "password2")


@dataclass(frozen=True, slots=True)
class KeptForm:
    """Where a form was going, with what, and whether it may go on by itself."""

    path: str
    fields: list[tuple[str, str]]
    sends_itself: bool


def keep(request: HttpRequest, *, sends_itself: bool) -> bool:
    """Keep what was posted; False when it cannot be, being too much or more than texts."""
    if request.FILES or request.content_type == "application/json":
        return False
    fields = [
        (name, value)
        for name, values in request.POST.lists()
        for value in values
        if name not in SECRET
    ]
    text = json.dumps([request.get_full_path(), fields, sends_itself])
    if len(text) > LARGEST:
        return False
    request.session[KEY] = vault.seal(text)
    return True


def take(request: HttpRequest) -> KeptForm | None:
    """What was kept, once; None when nothing waits, or was sealed by a key that is gone."""
    sealed = request.session.pop(KEY, None)
    if sealed is None:
        return None
    try:
        text = vault.unseal(sealed)
    except ValueError:
        return None
    path, fields, sends_itself = json.loads(text)
    return KeptForm(path, [(name, value) for name, value in fields], sends_itself)


def is_waiting(request: HttpRequest) -> bool:
    """Whether something was kept."""
    return KEY in request.session


def way_back(request: HttpRequest) -> str:
    """The page that somebody is on: of a piece, the page that holds it."""
    if request.method == "GET" and not is_piece(request):
        return request.get_full_path()
    said = request.headers.get("HX-Current-URL") or request.headers.get("Referer") or ""
    if not url_has_allowed_host_and_scheme(said, allowed_hosts={request.get_host()}):
        return "/"
    parts = urlsplit(said)
    return parts.path + (f"?{parts.query}" if parts.query else "")


def lead(request: HttpRequest, where: str) -> HttpResponse:
    """Take the whole page there, also where a script asked for a piece."""
    if is_piece(request):
        return HttpResponse(status=204, headers={"HX-Redirect": where})
    return HttpResponseRedirect(where)
