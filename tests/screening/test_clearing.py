"""Until when a decision holds, and when a finding is looked at again."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from courses.screening import catalogue
from courses.screening.clearing import Standing, clearance_of, expiry, lapse_days
from courses.screening.rules import recheck_day
from courses.thresholds.catalogue import Thresholds

TODAY = date(2026, 1, 5)
NUMBERS = Thresholds()


class TestClearance:
    BASE = Standing("ELIGIBLE", date(1980, 2, 29), decided_on=TODAY, expires_on=date(2026, 4, 5))

    @pytest.mark.parametrize(
        ("status", "code"),
        [("", "NOT_SCREENED"), ("DEFERRED", "DEFERRED"), ("NOT_ELIGIBLE", "NOT_ELIGIBLE"),
         ("EXPIRED", "RESCREEN"), ("SUPERSEDED", "RESCREEN")],
    )  # fmt: skip
    def test_by_status(self, status, code):
        found = clearance_of(replace(self.BASE, status=status), TODAY)
        assert (found.is_cleared, found.code) == (False, code)

    def test_to_the_last_day_and_not_after(self):
        assert clearance_of(self.BASE, date(2026, 4, 5)).is_cleared
        assert clearance_of(self.BASE, date(2026, 4, 6)).code == "NO_DOSE"

    def test_a_dose_keeps_it_until_a_lapse(self):
        dosed = replace(self.BASE, last_dose_on=date(2026, 4, 1))
        assert expiry(dosed, date(2026, 4, 29)) is None
        assert expiry(dosed, date(2026, 4, 30)) == "LAPSE"

    def test_a_dose_before_the_decision_does_not_keep_it(self):
        dosed = replace(self.BASE, last_dose_on=TODAY - timedelta(days=1))
        assert expiry(dosed, date(2026, 4, 6)) == "NO_DOSE"

    def test_what_the_protocol_plans_is_no_lapse(self):
        assert (lapse_days(28, 49), lapse_days(28, 7), lapse_days(28, None)) == (49, 28, 28)

    def test_an_override_and_a_condition_hold_to_their_day(self):
        for name in ("overrides_end", "conditions_due"):
            bound = replace(self.BASE, **{name: [TODAY]})
            assert clearance_of(bound, TODAY).is_cleared
            assert not clearance_of(bound, TODAY + timedelta(days=1)).is_cleared


@pytest.mark.parametrize(
    ("code", "day"),
    [("CI_HTN_UNCONTROLLED", date(2026, 1, 19)), ("CI_SEIZURE", date(2026, 7, 5)),
     ("CI_SUD_ACTIVE", date(2026, 4, 5)), ("CI_SI_IMMINENT", TODAY), ("CI_RESP", None)],
)  # fmt: skip
def test_when_a_finding_is_looked_at_again(code, day):
    assert recheck_day(catalogue.by_code()[code], TODAY, NUMBERS) == day
