"""Who and what the demo consists of: plain tables, made into rows by the modules beside this one.

Days are counted from the day on which the demo is made: 0 is that day, -7 a week before. Everybody
and everything here is invented.
"""

from dataclasses import dataclass, replace

NAME = "Harbor & Elm (demo)"
SENDER = "Harbor & Elm"
# Known to everyone who can read this: for the demo alone, never for an organisation with patients.
PASSWORD = "demo-harbor-elm"  # noqa: S105 # nosec B105 # no secret

WEEKDAYS, WEEKEND, EVERY_DAY = range(5), range(5, 7), range(7)
# Days of the week, from hour, to hour.
Hours = tuple[tuple[range, int, int], ...]


@dataclass(frozen=True, slots=True)
class SiteRow:
    code: str
    name: str
    timezone: str
    address: str
    phone: str
    hours: Hours
    doses_per_day: int
    closed_on: tuple[tuple[int, str], ...]
    # Name and kinds.
    rooms: tuple[tuple[str, str], ...]


# Both sites are open every day, so that the day board has something to show on each.
SITES = (
    SiteRow(
        code="harbor",
        name="Harbor Street",
        timezone="America/New_York",
        address="14 Harbor Street, New York, NY 10004",
        phone="+1 212 555 0114",
        hours=((EVERY_DAY, 8, 19),),
        doses_per_day=9,
        closed_on=((-31, "Stock-taking"), (17, "Staff training")),
        rooms=(
            ("Infusion 1", "infusion monitoring"),
            ("Infusion 2", "infusion monitoring"),
            ("Infusion 3", "infusion monitoring"),
            ("Infusion 4", "infusion monitoring"),
            ("Bay 1", "monitoring"),
            ("Bay 2", "monitoring"),
            ("Garden room", "consulting"),
            ("River room", "consulting"),
        ),
    ),
    SiteRow(
        code="elm",
        name="Elm Court",
        timezone="Europe/London",
        address="3 Elm Court, London EC4A 1DT",
        phone="+44 20 7946 0103",
        hours=((EVERY_DAY, 8, 18),),
        doses_per_day=6,
        closed_on=((12, "Building work"),),
        rooms=(
            ("Infusion 1", "infusion monitoring"),
            ("Infusion 2", "infusion monitoring"),
            ("Bay 1", "monitoring"),
            ("Oak room", "consulting"),
            ("Lime room", "consulting"),
        ),
    ),
)

ROOM_BLOCK = ("harbor", "Infusion 4", 8, "New chair")


@dataclass(frozen=True, slots=True)
class StaffRow:
    name: str
    sites: str
    roles: str
    hours: Hours
    capacity: int = 1
    account: str = ""
    away: tuple[int, int, str] | None = None


EARLY, LATE = ((WEEKDAYS, 8, 16),), ((WEEKDAYS, 11, 19),)
# A nurse carries six units: one infusion, or three people under observation.
NURSE = 6

STAFF = (
    StaffRow("Dana Whitfield", "harbor elm", "FRONT_DESK", EARLY, account="desk"),
    StaffRow("Pat Okafor", "harbor", "FRONT_DESK", LATE),
    StaffRow("Nora Bell", "harbor", "NURSE", EARLY, NURSE, account="nurse"),
    StaffRow("Luis Ortega", "harbor", "NURSE", LATE, NURSE, away=(6, 11, "Holiday")),
    StaffRow("Grace Kim", "harbor", "NURSE", ((EVERY_DAY, 8, 16),), NURSE),
    StaffRow("Kofi Mensah", "harbor", "NURSE", ((EVERY_DAY, 10, 18),), NURSE),
    StaffRow("Theo Marsh", "harbor", "THERAPIST", ((EVERY_DAY, 8, 16),), account="therapist"),
    StaffRow(
        "Priya Nair", "harbor", "THERAPIST", ((EVERY_DAY, 10, 18),), away=(20, 27, "Congress")
    ),
    StaffRow("Dr. Iris Vale", "harbor", "PRESCRIBER", ((EVERY_DAY, 8, 15),), account="prescriber"),
    StaffRow("Dr. Samuel Stone", "harbor", "PRESCRIBER", ((EVERY_DAY, 12, 19),)),
    StaffRow("Mona Reyes", "harbor elm", "MANAGER", EARLY, account="manager"),
    StaffRow("Dr. Helen Ashworth", "harbor elm", "MEDICAL_DIRECTOR", EARLY, account="director"),
    StaffRow("June Prior", "harbor elm", "AUDITOR", EARLY, account="auditor"),
    StaffRow("Rory Finch", "elm", "FRONT_DESK", EARLY),
    StaffRow("Amara Cole", "elm", "NURSE", ((EVERY_DAY, 8, 16),), NURSE),
    StaffRow("Ben Yates", "elm", "NURSE", ((EVERY_DAY, 10, 18),), NURSE),
    StaffRow("Elin Hughes", "elm", "THERAPIST", ((EVERY_DAY, 8, 16),)),
    StaffRow("Tom Baird", "elm", "THERAPIST", ((EVERY_DAY, 10, 18),)),
    StaffRow("Dr. Zara Malik", "elm", "PRESCRIBER", ((EVERY_DAY, 8, 15),)),
    StaffRow("Dr. Oliver Penn", "elm", "PRESCRIBER", ((EVERY_DAY, 13, 18),)),
)

# When patients can come: days, from, to, liked best. Nobody in "any" has said anything.
TIMES: dict[str, tuple[tuple[range, int, int, bool], ...]] = {
    "any": (),
    "mornings": ((EVERY_DAY, 8, 13, True), (EVERY_DAY, 13, 16, False)),
    "middays": ((EVERY_DAY, 9, 11, False), (EVERY_DAY, 11, 16, True)),
    "afternoons": ((EVERY_DAY, 10, 13, False), (EVERY_DAY, 13, 18, True)),
    "late": ((WEEKDAYS, 15, 19, False), (WEEKEND, 9, 17, True)),
    "monday and thursday": ((range(0, 1), 8, 18, False), (range(3, 4), 8, 18, False)),
}


@dataclass(frozen=True, slots=True)
class Turn:
    """Something that happens to a course; without `at` on the day after its last visit."""

    what: str
    at: int | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Plan:
    """A course: not before the day `first`, the first dose up to `spare` days later."""

    protocol: str
    first: int
    turns: tuple[Turn, ...] = ()
    spare: int = 14
    booked: int | None = None
    is_accepted: bool = True
    lead: str = ""

    @property
    def booked_on(self) -> int:
        """The day on which somebody booked it, or asked for its proposal."""
        return self.first - 5 if self.booked is None else self.booked


def infusions(first: int, *turns: Turn, spare: int = 14, lead: str = "") -> Plan:
    """Six infusions: about 22 days from the first preparation to the last integration."""
    return Plan("IV_2W3", first, turns, spare=spare, lead=lead)


def spray(first: int, *turns: Turn) -> Plan:
    """Twelve doses in 50 days."""
    return Plan("ESK_TRD", first, turns)


def booked_today(plan: Plan) -> Plan:
    """A course that is planned and accepted as the demo is made."""
    return replace(plan, booked=0)


def proposed(plan: Plan) -> Plan:
    """A course whose proposal nobody has accepted yet."""
    return replace(plan, booked=0, is_accepted=False)


@dataclass(frozen=True, slots=True)
class PatientRow:
    site: str
    given_name: str
    family_name: str
    birth_date: str
    times: str = "any"
    plan: Plan | None = None
    language: str = "en"
    has_email: bool = True
    wants_email: bool = True
    is_restricted: bool = False


def harbor(name: str, born: str, times: str = "any", plan: Plan | None = None) -> PatientRow:
    """A patient in New York."""
    given_name, family_name = name.split()
    return PatientRow("harbor", given_name, family_name, born, times, plan)


def elm(name: str, born: str, times: str = "any", plan: Plan | None = None) -> PatientRow:
    """A patient in London."""
    given_name, family_name = name.split()
    return PatientRow("elm", given_name, family_name, born, times, plan)


def spanish(row: PatientRow) -> PatientRow:
    """A patient to whom everything is written in Spanish."""
    return replace(row, language="es")


def restricted(row: PatientRow) -> PatientRow:
    """A patient whose chart opens only by break-glass."""
    return replace(row, is_restricted=True)


COMPLETE = Turn("complete")
NOT_HEARD_OF = Turn("lapse", -35, "Did not answer, and did not come")
WEDDING = Turn("cancel", -1, "A wedding in the family")
WORK_TRIP = Turn("cancel", -1, "Travelling for work")
TRAIN = Turn("move", -4, "Has a train to catch")
CLASH = Turn("move", -6, "Another appointment")
ABSENT = Turn("miss", -5, "Did not come")
FAMILY = Turn("pause", -4, "Away for family reasons")
ELSEWHERE = Turn("pause", -7, "Waiting for an appointment elsewhere")
WORK_ABROAD = Turn("pause", -3, "Away for work")
MOVED_AWAY = Turn("stop", -9, "Moved to another city")
REVIEW = Turn("stop", -6, "Decided at the review after week 4")
ASKED = Turn("stop", -12, "Asked to stop")
OTHER_WAY = Turn("stop", -1, "Chose another treatment")
MORE = Turn("extend", -9)

PATIENTS = (
    # Registered, no course yet.
    harbor("Ada Alder", "1984-03-12", "mornings"),
    harbor("Bruno Ash", "1971-11-02", "afternoons"),
    harbor("Clara Aspen", "1992-06-25"),
    spanish(harbor("Dario Balsam", "1966-01-30", "late")),
    replace(harbor("Edith Bay", "1958-09-14"), has_email=False),
    elm("Felix Beech", "1979-04-08", "middays"),
    elm("Greta Birch", "1988-12-19"),
    elm("Hugo Bramble", "1995-02-03", "afternoons"),
    # A proposal waits to be accepted.
    harbor("Ines Briar", "1981-07-21", "mornings", proposed(infusions(2))),
    harbor("Jonas Bryony", "1969-05-17", "afternoons", proposed(spray(3))),
    harbor("Karla Camellia", "1990-10-09", "late", proposed(infusions(4))),
    elm("Leo Cedar", "1976-08-28", "middays", proposed(infusions(3))),
    elm("Mara Cherry", "1985-01-11", "mornings", proposed(spray(2))),
    # Nothing fits: two weekdays leave no day for integration; the first dose is wanted too soon.
    harbor("Nils Chestnut", "1973-03-05", "monday and thursday", proposed(infusions(2))),
    elm("Olga Clover", "1962-06-16", "mornings", proposed(infusions(1, spare=1))),
    # Booked today; the confirmation is in the mailbox.
    harbor("Pia Cypress", "1993-09-23", "middays", booked_today(infusions(2))),
    spanish(harbor("Quentin Dogwood", "1987-02-14", "mornings", booked_today(spray(1)))),
    spanish(harbor("Rosa Elder", "1978-12-01", "late", booked_today(infusions(3)))),
    elm("Stefan Fern", "1991-05-29", "afternoons", booked_today(infusions(2))),
    # Active, early.
    harbor("Tara Fir", "1983-08-07", "afternoons", infusions(-2)),
    restricted(harbor("Vera Gorse", "1996-11-26", "middays", infusions(-4))),
    harbor("Wanda Hawthorn", "1965-07-10", "late", infusions(-5, lead="Priya Nair")),
    harbor("Xaver Hazel", "1989-01-22", "mornings", spray(0)),
    elm("Alma Holly", "1986-06-04", "middays", infusions(-2)),
    elm("Boris Hornbeam", "1974-09-18", "mornings", infusions(-5, lead="Elin Hughes")),
    elm("Celia Iris", "1994-03-30", "afternoons", spray(-1)),
    # Active, in the middle.
    spanish(harbor("Fabio Larch", "1972-08-15", "afternoons", infusions(-9))),
    harbor("Irma Lime", "1980-02-08", "mornings", infusions(-12, TRAIN)),
    harbor("Jakob Linden", "1991-07-27", "afternoons", infusions(-13)),
    harbor("Kira Lotus", "1975-10-13", "mornings", spray(-11)),
    harbor("Lars Maple", "1967-03-24", "middays", spray(-15, CLASH)),
    replace(harbor("Mina Marigold", "1988-09-09", "afternoons", spray(-19)), wants_email=False),
    harbor("Noel Medlar", "1959-06-30", "monday and thursday", spray(-24)),
    elm("Orla Mimosa", "1984-12-25", "afternoons", infusions(-8)),
    elm("Runa Myrtle", "1993-08-03", "middays", infusions(-13, lead="Tom Baird")),
    elm("Delia Basil", "1996-06-19", "mornings", infusions(-14)),
    elm("Edgar Borage", "1959-08-11", "middays", spray(-18)),
    elm("Thea Oak", "1964-10-05", "afternoons", spray(-22)),
    # Active, late.
    harbor("Urs Olive", "1987-04-11", "mornings", infusions(-16)),
    harbor("Vida Orchid", "1976-07-02", "afternoons", infusions(-17, ABSENT)),
    harbor("Wim Osier", "1998-01-28", "middays", infusions(-18)),
    harbor("Xenia Peony", "1969-12-08", "late", infusions(-19, lead="Theo Marsh")),
    harbor("Yorick Pine", "1983-03-19", "mornings", infusions(-20)),
    harbor("Zita Plane", "1990-06-22", "afternoons", spray(-33)),
    harbor("Aldo Poplar", "1961-09-01", "middays", spray(-40)),
    harbor("Fritz Fennel", "1964-12-03", "middays", spray(-61, MORE)),
    elm("Dora Quince", "1978-04-26", "mornings", infusions(-19)),
    elm("Emil Reed", "1992-08-20", "afternoons", spray(-38)),
    elm("Flora Rowan", "1966-05-03", "mornings", spray(-45)),
    # A visit was cancelled and its place waits for a new time.
    harbor("Gero Rue", "1981-10-18", "mornings", infusions(-11, WEDDING)),
    harbor("Hedda Rush", "1973-01-09", "afternoons", spray(-31, WORK_TRIP)),
    elm("Ivo Saffron", "1995-07-15", "middays", infusions(-12, WORK_TRIP)),
    # Paused.
    harbor("Jana Sage", "1968-03-28", "middays", infusions(-14, FAMILY)),
    harbor("Knut Sedge", "1989-12-30", "mornings", spray(-26, ELSEWHERE)),
    elm("Lena Sorrel", "1977-06-11", "afternoons", infusions(-15, WORK_ABROAD)),
    # Completed.
    harbor("Nadia Sumac", "1971-09-27", "afternoons", infusions(-38, COMPLETE)),
    harbor("Otto Tansy", "1994-05-13", "middays", infusions(-45, NOT_HEARD_OF)),
    harbor("Petra Teasel", "1962-11-29", "mornings", spray(-64, COMPLETE)),
    elm("Rafael Thistle", "1980-07-08", "afternoons", infusions(-32, COMPLETE)),
    # Stopped early.
    harbor("Ulla Vetch", "1988-01-20", "late", infusions(-21, MOVED_AWAY)),
    harbor("Vito Violet", "1970-08-31", "mornings", spray(-36, REVIEW)),
    elm("Wilma Willow", "1982-12-17", "mornings", infusions(-23, ASKED)),
    harbor("Yvo Yarrow", "1965-06-07", "afternoons", replace(spray(5, OTHER_WAY), booked=-2)),
)  # fmt: skip
