"""Pages on which managers keep the texts of consents."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from clinic.access import MemberRequest, allowed
from clinic.consents.access import text_for
from clinic.consents.forms import TextForm
from clinic.consents.selectors import draft_of, texts_in_use
from clinic.consents.services import discard_draft, publish_text, write_text
from clinic.consents.words import blocks
from clinic.errors import DomainError
from clinic.models import ConsentKind, ConsentText
from clinic.rights import Right

LANGUAGES = dict(settings.LANGUAGES)


@dataclass(frozen=True, slots=True)
class Shelf:
    """One kind in one language: the text in use, and the draft of the next."""

    kind: ConsentKind
    language: str
    in_use: ConsentText | None
    draft: ConsentText | None

    @property
    def language_name(self) -> str:
        """`English`."""
        return LANGUAGES[self.language]


@allowed(Right.MANAGE_SETTINGS, everywhere=True)
@require_GET
def texts(request: MemberRequest) -> HttpResponse:
    """Every kind and language with the text in use."""
    organization_id = request.membership.organization_id
    used = {(text.kind, text.language): text for text in texts_in_use(organization_id)}
    drafts = ConsentText.objects.filter(organization_id=organization_id, published_at=None)
    drawn = {(text.kind, text.language): text for text in drafts}

    def shelf(kind: ConsentKind, code: str) -> Shelf:
        return Shelf(kind, code, used.get((kind, code)), drawn.get((kind, code)))

    shelves = [(kind, [shelf(kind, code) for code in LANGUAGES]) for kind in ConsentKind]
    context = {"shelves": shelves, "any_shipped": any(text.is_shipped for text in used.values())}
    return render(request, "consents/texts.html", context)


@allowed(Right.MANAGE_SETTINGS, everywhere=True)
@require_GET
def text(request: MemberRequest, text_id: UUID) -> HttpResponse:
    """One version as it is read; from here a draft is published or thrown away."""
    found = text_for(request.membership, text_id)
    others = ConsentText.objects.filter(
        organization_id=found.organization_id, kind=found.kind, language=found.language
    )
    context = {
        "text": found,
        "blocks": list(blocks(found.body)),
        "versions": others.order_by("-number"),
        "zone": "UTC",
    }
    return render(request, "consents/text.html", context)


@allowed(Right.MANAGE_SETTINGS, everywhere=True)
@require_http_methods(["GET", "POST"])
def write(request: MemberRequest, kind: str, language: str) -> HttpResponse:
    """Write the next version, beginning with the words of the draft or of the one in use."""
    if kind not in ConsentKind.values or language not in LANGUAGES:
        raise Http404("There is no such text.")
    form = TextForm(request.POST or None, initial=_start(request, kind, language))
    if request.method == "POST" and form.is_valid():
        said = {**form.cleaned_data, "kind": kind, "language": language}
        try:
            draft = write_text(by=request.membership, now=timezone.now(), **said)
        except DomainError as exc:
            form.add_error(None, str(exc))
        else:
            messages.success(request, "The draft is kept. Read it through, then publish it.")
            return redirect("consents:text", draft.pk)
    context = {"form": form, "kind": ConsentKind(kind), "language": LANGUAGES[language]}
    return render(request, "consents/write.html", context, status=422 if form.errors else 200)


def _start(request: MemberRequest, kind: str, language: str) -> dict[str, Any]:
    organization_id = request.membership.organization_id
    known = draft_of(organization_id, kind, language) or next(
        (
            text
            for text in texts_in_use(organization_id)
            if (text.kind, text.language) == (kind, language)
        ),
        None,
    )
    names = ("title", "body", "valid_months")
    return {name: getattr(known, name) for name in names} if known else {}


@allowed(Right.MANAGE_SETTINGS, everywhere=True)
@require_POST
def publish(request: MemberRequest, text_id: UUID) -> HttpResponse:
    """Put a draft into use; published words never change."""
    found = text_for(request.membership, text_id)
    try:
        publish_text(text=found, by=request.membership, now=timezone.now())
        messages.success(request, f"Version {found.number} is in use from now on.")
    except DomainError as exc:
        messages.error(request, str(exc))
    return redirect("consents:text", found.pk)


@allowed(Right.MANAGE_SETTINGS, everywhere=True)
@require_POST
def discard(request: MemberRequest, text_id: UUID) -> HttpResponse:
    """Throw a draft away."""
    found = text_for(request.membership, text_id)
    try:
        discard_draft(text=found, by=request.membership)
    except DomainError as exc:
        messages.error(request, str(exc))
        return redirect("consents:text", found.pk)
    messages.success(request, "The draft is gone.")
    return redirect("consents:texts")
