"""What the summary says of the response: its words, from a standing."""

from datetime import UTC, date, datetime
from decimal import Decimal
from uuid import uuid4

from courses.response.measures import limits_for
from courses.response.rules import Reading, Relapse, Status
from courses.response.selectors import Standing
from courses.summary.selectors import _response
from courses.thresholds.catalogue import Thresholds

READ = Reading(date(2026, 2, 2), datetime(2026, 2, 2, 9, tzinfo=UTC), Decimal(16))


def told(*flags: Relapse) -> str:
    standing = Standing(
        course_id=uuid4(), instrument="PHQ9", limits=limits_for("PHQ9", Thresholds()),
        thresholds_number=0, baseline=None, readings=(READ,), induction_ended_on=None,
        status=Status.NON_RESPONSE, relapse=flags,
    )  # fmt: skip
    return " ".join(_response(standing))


def test_signs_of_relapse_are_told():
    assert "Sign of relapse: risen from the best score" in told(Relapse.RISE)


def test_suicidal_thoughts_are_told_in_person_and_not_on_paper():
    text = told(Relapse.NEW_SI, Relapse.RESPONSE_LOST)
    assert "suicid" not in text.lower()
    assert "Sign of relapse: response lost" in text
