"""A consent is withdrawn once, and its doses are cancelled once, however many try."""

from datetime import timedelta

import pytest

from clinic.consents.services import ConsentNotStanding
from clinic.models import ConsentRecord
from reminders.models import Message
from scheduling.services import EndedConsent, end_consent
from tests.consents.conftest import Sign
from tests.factories import NOW, Clinic, make_clinic, make_version, small_definition
from tests.pages.conftest import booked
from tests.race import race

RIVALS = 4


@pytest.fixture
def clinic(transactional_db: None) -> Clinic:
    """A clinic whose rows the rivals can see."""
    return make_clinic()


def test_of_rivals_who_withdraw_one_does(clinic: Clinic, sign: Sign) -> None:
    definition = small_definition(drug="racemic ketamine", route="IV")
    clinic.version = make_version(clinic.organization, definition)
    course = booked(clinic)
    record = sign(who=course.patient)

    def attempt(number: int) -> EndedConsent:
        own = ConsentRecord.objects.get(pk=record.pk)
        # Their clocks differ a little.
        now = NOW + timedelta(hours=1, milliseconds=-number)
        return end_consent(record=own, by=clinic.desk, now=now)

    outcomes = race(attempt, rivals=RIVALS)
    won = [outcome for outcome in outcomes if isinstance(outcome, EndedConsent)]
    refused = [outcome for outcome in outcomes if isinstance(outcome, ConsentNotStanding)]
    assert (len(won), len(refused)) == (1, RIVALS - 1), outcomes
    assert len(won[0].visits) == 4
    assert Message.objects.filter(kind="CANCELLED").count() == 1
