"""A mark of everything that a board shows: another one as soon as any of it was written.

Every write puts a row elsewhere (`ctid`) under another transaction (`xmin`), whatever wrote it: a
page, a worker, a shell, raw SQL. So nobody has to keep a mark of visits, and no booking waits for
another. What somebody who works here carries at another site is shown, and heard of, too. What
lies behind them changes seldom and is counted by triggers (BoardChange).
"""

import hashlib
from collections.abc import Collection
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import connection

from clinic.models import Site
from scheduling.models import LONGEST
from scheduling.selectors.opening import bounds_of

_MARK = """
WITH held AS (
    SELECT visit.id, claim.id AS claim, concat_ws(' ', visit.xmin, visit.ctid, claim.xmin,
        claim.ctid, patient.xmin, patient.ctid) AS written
    FROM treatment_sessions_session visit
    JOIN scheduling_reservation claim ON claim.session_id = visit.id
    JOIN clinic_patient patient ON patient.id = visit.patient_id
    WHERE visit.site_id = %(site)s AND visit.starts_at > %(near)s AND visit.starts_at < %(last)s
), parts AS (
    SELECT concat_ws(' ', id, written) AS part FROM held
    UNION ALL
    SELECT concat_ws(' ', serves.id, serves.xmin, serves.ctid)
        FROM scheduling_staffclaim serves JOIN held ON held.claim = serves.reservation_id
    UNION ALL
    SELECT concat_ws(' ', serves.id, serves.xmin, serves.ctid)
        FROM scheduling_staffclaim serves
        WHERE serves.starts_at > %(near)s AND serves.starts_at < %(last)s
        AND serves.membership_id IN (
            SELECT membership_id FROM clinic_roleassignment WHERE site_id = %(site)s
        )
    UNION ALL
    SELECT concat_ws(' ', id, xmin, ctid) FROM scheduling_slothold
        WHERE site_id = %(site)s AND starts_at > %(near)s AND starts_at < %(last)s
)
SELECT concat_ws(' ', (SELECT number FROM scheduling_boardchange WHERE site_id = %(site)s),
    (SELECT md5(string_agg(part, ',' ORDER BY part)) FROM parts))
"""


def written_mark(site_id: UUID, first: datetime, last: datetime) -> str:
    """The mark of a site's book between two moments, whoever looks; one query."""
    asked: dict[str, Any] = {"site": site_id, "near": first - LONGEST, "last": last}
    with connection.cursor() as cursor:
        cursor.execute(_MARK, asked)
        (written,) = cursor.fetchone()
    return hashlib.sha256(written.encode()).hexdigest()[:16]


def board_mark(site: Site, days: Collection[date], *, seen_by: Collection[object] = ()) -> str:
    """The mark of these days as somebody is shown them; `seen_by` decides how much that is.

    It begins with `written_mark`. To be asked before what it marks is read: then it is never newer.
    """
    told = " ".join(sorted(map(str, seen_by)))
    shown = hashlib.sha256(told.encode()).hexdigest()[:8]
    return f"{written_mark(site.pk, *bounds_of(site, days))}-{shown}"
