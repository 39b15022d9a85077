"""Headers that every answer carries, beside those of Django and of the content policy."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

# What no page needs, a script that got in despite everything shall not have either.
_OFF = (
    "accelerometer",
    "autoplay",
    "camera",
    "display-capture",
    "encrypted-media",
    "fullscreen",
    "geolocation",
    "gyroscope",
    "hid",
    "magnetometer",
    "microphone",
    "midi",
    "payment",
    "screen-wake-lock",
    "serial",
    "usb",
    "xr-spatial-tracking",
)
_OURS = ("publickey-credentials-create", "publickey-credentials-get")  # passkeys
PERMISSIONS = ", ".join([*(f"{name}=()" for name in _OFF), *(f"{name}=(self)" for name in _OURS)])


class SecurityHeadersMiddleware:
    """No sensors, no cameras, no embedding elsewhere, and no search engine's index."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response.headers["Permissions-Policy"] = PERMISSIONS
        response.headers["Cross-Origin-Resource-Policy"] = "same-origin"
        response.headers["X-Robots-Tag"] = "noindex, nofollow"
        return response
