"""What the demo's medical director is about to sign; until then defaults hold, as they say."""

from datetime import timedelta

from courses.thresholds.services import draft_thresholds
from courses.thresholds.values import default_values
from scheduling.demo.founding import Demo

DRAWN = {"upper_age": 75, "phq9_mcid": 6, "booster_task_workdays": 1}
NOTE = "Six points where two antidepressants failed; boosters are looked at the next day."


def draw_thresholds(demo: Demo) -> None:
    """A draft of the first version."""
    draft_thresholds(
        values=default_values() | DRAWN,
        note=NOTE,
        by=demo.people["Dr. Helen Ashworth"],
        now=demo.now - timedelta(days=2),
    )
