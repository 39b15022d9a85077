"""The product's addresses, and one whose act is sensitive."""

from django.http import HttpResponse
from django.urls import path

from clinic.access import signed_in
from clinic.accounts import recently_authenticated
from clinic.urls import handler400, handler403, handler404, handler500, urlpatterns

__all__ = ["handler400", "handler403", "handler404", "handler500"]


@signed_in
@recently_authenticated
def act(request):
    """Say what was sent."""
    return HttpResponse(f"done: {request.POST.getlist('what')}")


urlpatterns = [*urlpatterns, path("sensitive/", act)]
