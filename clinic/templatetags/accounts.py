"""What pages of one's own account say: browsers by name, times, a missing second step."""

from typing import Any

from django import template
from django.conf import settings

from clinic import idle
from clinic.second_step import lacks_second_step

register = template.Library()

# The first word that occurs names it: most browsers carry the names of others too.
BROWSERS = {
    "Edg": "Edge", "OPR/": "Opera", "Firefox": "Firefox", "FxiOS": "Firefox",
    "CriOS": "Chrome", "HeadlessChrome": "Chrome", "Chrome": "Chrome", "Safari": "Safari",
}  # fmt: skip
SYSTEMS = {
    "iPhone": "iPhone", "iPad": "iPad", "Android": "Android", "Windows": "Windows",
    "CrOS": "ChromeOS", "Mac OS": "macOS", "Linux": "Linux",
}  # fmt: skip


@register.filter
def browser(user_agent: str) -> str:
    """`Firefox on Windows`, as far as the browser tells."""
    name = next((name for word, name in BROWSERS.items() if word in user_agent), "A browser")
    system = next((name for word, name in SYSTEMS.items() if word in user_agent), "")
    return f"{name} on {system}" if system else name


@register.simple_tag(takes_context=True)
def second_step_is_missing(context: Any) -> bool:
    """Whether the person must set one up before anything else."""
    member = context.get("membership")
    return bool(member and lacks_second_step(member))


@register.simple_tag(takes_context=True)
def idle_minutes(context: Any) -> int:
    """After how many minutes without anybody the screen locks."""
    return idle.minutes_of(context["request"])


@register.simple_tag
def session_hours() -> int:
    """For how many hours a sign-in holds at most."""
    return settings.SESSION_COOKIE_AGE // 3600
