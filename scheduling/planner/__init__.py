"""Plans treatment courses: frozen data in, plan out. No Django, no database, no clock.

Read it in this order:

  model     the problem and the plan
  search    how one course is planned: a shortest path (the idea is explained there)
  tables    who and what is free when       vacancy   where a whole visit still fits
  options   every legal choice for one visit
  talks     preparation and integration     doses     the path itself
  course    one course laid out for it      arrange   from the path to appointments
  one       plan_course, and the reason where nothing fits

  schedule  drafts of many courses in one calendar
  first     the first plan: course after course
  climb     large neighbourhoods: a few courses at a time are planned anew
  columns   what whole-course plans take    master    the linear programme over them
  ascent    rough prices of room and time   generation  the bound, column by column
  engine    rounds of climbing and proving
  partner   the second process              many      plan_many and repair, with a certificate

  mending   a book mended with the fewest moves, visit by visit
  choices   what each of these visits could do      longer    shifts that end later
  mend_model  the programme behind it               housing   rooms, once times are settled

  slots     moving one visit: where to, and why not elsewhere
  check     which rules a plan breaks: rules and claims judge it without the tables above
  cost      the objective, term by term, and its explanation
  files     problems and plans as JSON;     run, __main__  planning a file
"""

from scheduling.planner.check import Violation, violations
from scheduling.planner.cost import Explanation, explain
from scheduling.planner.many import Progress, plan_many, repair
from scheduling.planner.one import plan_course, reason_unplaced
from scheduling.planner.rules import Rule
from scheduling.planner.slots import Refusal, Slot, visit_slots, why_not

__all__ = [
    "Explanation",
    "Progress",
    "Refusal",
    "Rule",
    "Slot",
    "Violation",
    "explain",
    "plan_course",
    "plan_many",
    "reason_unplaced",
    "repair",
    "violations",
    "visit_slots",
    "why_not",
]
