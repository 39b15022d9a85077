"""The editor of a patient's week, without a page around it."""

from datetime import time

import pytest
from django.http import QueryDict

from clinic.services import Window
from clinic.weeks import WeekForm

WHOLE_DAY = (time(0), time(23, 59))


def posted(**changes):
    data = {f"week-{day}-mode": "any" for day in range(7)}
    query = QueryDict(mutable=True)
    for name, values in {**data, **{k.replace("_", "-"): v for k, v in changes.items()}}.items():
        query.setlist(name, [values] if isinstance(values, str) else values)
    return WeekForm.of_post(query)


def test_a_week_of_any_time_is_kept_as_no_windows_at_all():
    form = posted()
    assert form.is_valid()
    assert form.windows == []


def test_one_day_off_makes_windows_of_the_others():
    form = posted(week_6_mode="never")
    assert form.is_valid()
    assert form.windows == [Window(day, *WHOLE_DAY) for day in range(6)]


def test_hours_with_a_preferred_and_a_second_stretch():
    form = posted(
        week_1_mode="hours",
        week_1_starts=["08:00", "14:00"],
        week_1_ends=["12:00", "16:30"],
        week_1_liked="0",
    )
    assert form.is_valid()
    assert [window for window in form.windows if window.weekday == 1] == [
        Window(1, time(8), time(12), True),
        Window(1, time(14), time(16, 30), False),
    ]


def test_a_liked_day_counts_even_when_every_day_is_free():
    form = posted(week_2_preferred="on")
    assert form.is_valid()
    assert Window(2, *WHOLE_DAY, True) in form.windows


@pytest.mark.parametrize(
    ("starts", "ends", "words"),
    [
        ("17:00", "09:00", "Thursday: The end must be later than the start."),
        ("9 am", "10:00", "Thursday: Give each time as hours and minutes, such as 09:30."),
        ("09:30+02:00", "10:00", "Thursday: Give each time as hours and minutes, such as 09:30."),
        ("09:30Z", "10:00Z", "Thursday: Give each time as hours and minutes, such as 09:30."),
        ("", "10:00", "Thursday: Give each time as hours and minutes, such as 09:30."),
        ("", "", "Thursday: Give each time as hours and minutes, such as 09:30."),
        (["08:00", "09:00"], ["10:00", "11:00"], "Thursday: Two of these times overlap."),
    ],
)
def test_faults_stay_with_their_day_and_keep_what_was_typed(starts, ends, words):
    form = posted(week_3_mode="hours", week_3_starts=starts, week_3_ends=ends)
    assert not form.is_valid()
    assert form.errors == [words]
    assert form.days[3].lines[0].starts == (starts if isinstance(starts, str) else starts[0])


def test_an_empty_second_line_is_left_out():
    form = posted(week_0_mode="hours", week_0_starts=["09:00", ""], week_0_ends=["10:00", ""])
    assert form.is_valid()
    assert form.windows[0] == Window(0, time(9), time(10))
    assert form.windows[1].weekday == 1


def test_a_week_without_any_day_is_refused():
    form = posted(**{f"week_{day}_mode": "never" for day in range(7)})
    assert not form.is_valid()


def test_an_unknown_mode_is_read_as_any_time():
    assert posted(week_0_mode="<script>").days[0].mode == "any"


def test_days_that_are_alike_are_told_once():
    morning = [Window(day, time(8), time(12)) for day in range(4)]
    week = WeekForm.of_windows([*morning, Window(4, *WHOLE_DAY, True)])
    assert [(span.name, span.day.mode) for span in week.spans] == [
        ("Monday to Thursday", "hours"),
        ("Friday", "any"),
        ("Saturday to Sunday", "never"),
    ]


@pytest.mark.parametrize(
    "windows",
    [
        [],
        [Window(0, time(8), time(12), True), Window(0, time(13), time(17))],
        [Window(5, *WHOLE_DAY, True)],
    ],
)
def test_what_is_shown_reads_back_as_the_same_windows(windows):
    shown = WeekForm.of_windows(windows)
    assert shown.is_valid()
    assert shown.windows == windows
