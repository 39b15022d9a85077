"""Who is on call in the demo at night, and who pays without any payer."""

from datetime import datetime, time, timedelta
from itertools import cycle

from clinic.models import Site
from courses.authorizations.services import agree_self_pay
from courses.models import Course, OnCall
from scheduling.demo.founding import Demo

# Who takes turns on call at night.
NIGHTS = {
    "harbor": ("Dr. Samuel Stone", "Dr. Iris Vale"),
    "elm": ("Dr. Oliver Penn", "Dr. Zara Malik"),
}
# Whom no payer covers, and who agreed to that.
PAY_THEMSELVES = {"Xaver Hazel", "Thea Oak"}
NIGHT = (time(19), time(8))
WEEK = 7


def stand_by(demo: Demo) -> None:
    """A prescriber of each site for every night of a week, the last one included."""
    for code, names in NIGHTS.items():
        site = demo.sites[code]
        people = cycle(demo.people[name] for name in names)
        OnCall.objects.bulk_create(
            OnCall(
                organization=demo.organization,
                site=site,
                membership=member,
                starts_at=_at(demo, site, night, NIGHT[0]),
                ends_at=_at(demo, site, night + 1, NIGHT[1]),
            )
            for night, member in zip(range(-1, WEEK), people, strict=False)
        )


def _at(demo: Demo, site: Site, offset: int, clock: time) -> datetime:
    day = demo.now.astimezone(site.zone).date() + timedelta(days=offset)
    return datetime.combine(day, clock, site.zone)


def pay_themselves(demo: Demo) -> None:
    """Agreements of the first days of their courses."""
    courses = Course.objects.filter(organization=demo.organization).select_related(
        "patient", "site", "created_by"
    )
    for course in courses.order_by("created_at", "pk"):
        if str(course.patient) in PAY_THEMSELVES:
            began = course.created_at
            signed_on = began.astimezone(course.site.zone).date()
            agree_self_pay(course=course, signed_on=signed_on, by=course.created_by, now=began)
