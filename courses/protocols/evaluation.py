"""The evaluation that comes before a course: one talk, by which a clinician judges candidacy.

A protocol may have a visit type of that name, which then holds. Where it has none, this one does:
its length, room and role are defaults without authority (that a psychiatrist evaluates is a
setting of one clinic, DOMAIN 2.6).
"""

from courses.protocols.parts import Phase, VisitType

EVALUATION = "evaluation"
USUAL_EVALUATION = VisitType(
    label="Evaluation",
    kind="prep",
    room_kind="consulting",
    phases=[Phase(name="evaluation", label="Evaluation", minutes=60, load={"PRESCRIBER": 1})],
)
