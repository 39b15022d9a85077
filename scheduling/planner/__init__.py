"""Plans treatment courses: frozen data in, plan out. No Django, no database, no clock.

Read it in this order:

  model    the problem and the plan
  search   how one course is planned: a shortest path (the idea is explained there)
  tables   who and what is free when      options  every legal choice for one visit
  talks    preparation and integration    doses    the path itself
  course   one course laid out for it     arrange  from the path to appointments
  one      plan_course, and the reason where nothing fits
  many     plan_all: course after course, with a certificate
  slots    moving one visit: where to, and why not elsewhere
  check    which rules a plan breaks: rules and claims judge it without the tables above
  cost     the objective, term by term, and its explanation
  files    problems and plans as JSON;    run, __main__  planning a file
"""

from scheduling.planner.check import Violation, violations
from scheduling.planner.cost import Explanation, explain
from scheduling.planner.many import plan_all
from scheduling.planner.one import plan_course, reason_unplaced
from scheduling.planner.rules import Rule
from scheduling.planner.slots import Refusal, Slot, visit_slots, why_not

__all__ = [
    "Explanation",
    "Refusal",
    "Rule",
    "Slot",
    "Violation",
    "explain",
    "plan_all",
    "plan_course",
    "reason_unplaced",
    "violations",
    "visit_slots",
    "why_not",
]
