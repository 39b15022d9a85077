"""What people can do to courses: one function, one transaction, one thing with a name."""

from courses.events import LONGEST_REASON, record_event
from courses.services.changing import (
    CourseNotInState,
    activate_course,
    complete_course,
    interrupt_course,
    pause_course,
    reopen_course,
    resume_course,
    stop_course,
)
from courses.services.extending import check_extension, extend_course
from courses.services.following import begin_following_course
from courses.services.installing import install_protocols
from courses.services.starting import LONGEST_AGO, LONGEST_AHEAD, change_terms, start_course

__all__ = [
    "LONGEST_AGO",
    "LONGEST_AHEAD",
    "LONGEST_REASON",
    "CourseNotInState",
    "activate_course",
    "begin_following_course",
    "change_terms",
    "check_extension",
    "complete_course",
    "extend_course",
    "install_protocols",
    "interrupt_course",
    "pause_course",
    "record_event",
    "reopen_course",
    "resume_course",
    "start_course",
    "stop_course",
]
