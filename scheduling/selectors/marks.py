"""A mark of everything that a board shows: another one as soon as any of it was written.

Every write gives a row another `xmin`, whatever wrote it: a page, a worker, a shell, raw SQL. So
nothing has to be kept, no writer waits for another, and the price is one query over the rows that
the board is made of, found by the indexes by which it is read.
"""

import hashlib
from collections.abc import Collection
from datetime import date
from uuid import UUID

from django.db import connection

from clinic.models import Site
from scheduling.models import LONGEST
from scheduling.selectors.opening import bounds_of

_MARK = """
WITH held AS (
    SELECT visit.id, visit.xmin AS at, claim.id AS claim, claim.xmin AS claimed, patient.xmin AS who
    FROM treatment_sessions_session visit
    JOIN scheduling_reservation claim ON claim.session_id = visit.id
    JOIN clinic_patient patient ON patient.id = visit.patient_id
    WHERE visit.site_id = %(site)s AND visit.starts_at > %(near)s AND visit.starts_at < %(last)s
), parts AS (
    SELECT concat_ws(' ', id, at, claimed, who) AS part FROM held
    UNION ALL
    SELECT concat_ws(' ', id, xmin) FROM scheduling_staffclaim
        WHERE reservation_id IN (SELECT claim FROM held)
    UNION ALL
    SELECT concat_ws(' ', id, xmin) FROM clinic_room WHERE site_id = %(site)s
    UNION ALL
    SELECT concat_ws(' ', block.id, block.xmin) FROM clinic_roomblock block
        JOIN clinic_room room ON room.id = block.room_id WHERE room.site_id = %(site)s
    UNION ALL
    SELECT concat_ws(' ', id, xmin) FROM clinic_openinghours WHERE site_id = %(site)s
    UNION ALL
    SELECT concat_ws(' ', id, xmin) FROM clinic_specialhours
        WHERE site_id = %(site)s AND "on" BETWEEN %(from)s AND %(until)s
    UNION ALL
    SELECT concat_ws(' ', id, xmin) FROM clinic_closure
        WHERE site_id = %(site)s AND "on" BETWEEN %(from)s AND %(until)s
    UNION ALL
    SELECT concat_ws(' ', id, xmin) FROM clinic_shift WHERE site_id = %(site)s
    UNION ALL
    SELECT concat_ws(' ', id, xmin) FROM clinic_shiftchange
        WHERE site_id = %(site)s AND "on" BETWEEN %(from)s AND %(until)s
    UNION ALL
    SELECT concat_ws(' ', post.id, post.xmin, member.xmin) FROM clinic_roleassignment post
        JOIN clinic_membership member ON member.id = post.membership_id
        WHERE post.site_id = %(site)s
    UNION ALL
    SELECT concat_ws(' ', id, xmin) FROM clinic_credential WHERE membership_id IN
        (SELECT membership_id FROM clinic_roleassignment WHERE site_id = %(site)s)
    UNION ALL
    SELECT concat_ws(' ', away.id, away.xmin) FROM clinic_leave away
        WHERE away.during && tstzrange(%(first)s, %(last)s) AND away.membership_id IN
            (SELECT membership_id FROM clinic_roleassignment WHERE site_id = %(site)s)
)
SELECT md5(coalesce(string_agg(part, ',' ORDER BY part), '')) FROM parts
"""


def board_mark(site: Site, days: Collection[date], *, seen_by: Collection[object] = ()) -> str:
    """The mark of a site's book on these days; `seen_by` is what decides how much one is shown.

    One query. To be asked before what it marks is read: then it is never newer than that.
    """
    first, last = bounds_of(site, days)
    asked: dict[str, date | UUID] = {
        "site": site.pk,
        "first": first,
        "last": last,
        "near": first - LONGEST,
        "from": min(days),
        "until": max(days),
    }
    with connection.cursor() as cursor:
        cursor.execute(_MARK, asked)
        (mark,) = cursor.fetchone()
    return _mixed(mark, seen_by)


def _mixed(mark: str, seen_by: Collection[object]) -> str:
    told = hashlib.sha256(" ".join([mark, *sorted(map(str, seen_by))]).encode())
    return told.hexdigest()[:16]
