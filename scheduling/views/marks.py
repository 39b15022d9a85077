"""Whether a site's days have changed: asked often by open pages, and answered cheaply."""

from django.core.signing import BadSignature
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_GET

from clinic.access import public
from clinic.tenancy import enter_tenant
from scheduling.looking import watched
from scheduling.selectors.marks import written_mark


@public
@require_GET
@transaction.atomic
def mark(request: HttpRequest, key: str) -> HttpResponse:
    """204 while the days' mark is still `seen`, else 200; nothing of what they hold.

    The page that shows them signed the key. It is asked without cookies, so that nothing is read
    but the mark; what has changed is then asked for with the session.
    """
    try:
        organization_id, site_id, first, last = watched(key)
    except BadSignature:
        raise Http404("There is nothing to watch.") from None
    enter_tenant(organization_id)
    is_same = request.GET.get("seen") == written_mark(site_id, first, last)
    return HttpResponse(status=204 if is_same else 200)
