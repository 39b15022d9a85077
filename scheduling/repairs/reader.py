"""Whose visits they are, as far as a reader may know."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from clinic.charts import RESTRICTED_NAME, is_shut, open_patient_ids
from clinic.models import Membership, Patient, Site
from clinic.rights import Right, may
from courses.selectors import definition_of
from scheduling.selectors.board import NO_NAME
from scheduling.wording import place_label
from sessions.models import Session


@dataclass(frozen=True, slots=True)
class Whose:
    """Whose visit it is and which, as far as the reader may know."""

    visit_id: UUID
    # None where nothing may lead to whose it is.
    course_id: UUID | None
    kind: str
    label: str
    patient: str
    is_shut: bool


@dataclass(frozen=True, slots=True)
class Reader:
    """How much somebody may know of a site's patients, restricted charts among them."""

    has_names: bool
    open_ids: Collection[UUID]

    @classmethod
    def of(cls, member: Membership, site: Site, *, now: datetime) -> "Reader":
        """What the member may know there; one query."""
        return cls(may(member, Right.VIEW_PATIENTS, site), open_patient_ids(member, now=now))

    def knows(self, patient: Patient) -> bool:
        """Whether the reader may know that a visit is this patient's."""
        return self.has_names and not is_shut(patient, self.open_ids)

    def whose(self, visit: Session) -> Whose:
        """Of a restricted chart, and without the right to see patients, the time alone is told."""
        shut = is_shut(visit.patient, self.open_ids)
        if not self.knows(visit.patient):
            hidden = RESTRICTED_NAME if shut else NO_NAME
            return Whose(visit.pk, None, kind="", label="", patient=hidden, is_shut=shut)
        definition = definition_of(visit.course.protocol_version)
        return Whose(
            visit_id=visit.pk,
            course_id=visit.course_id,
            kind=visit.kind,
            label=place_label(definition, visit.kind, visit.seq),
            patient=str(visit.patient),
            is_shut=False,
        )

    def label_of(self, visit: Session) -> str:
        """What staff call the visit, as far as the reader may know which it is."""
        whose = self.whose(visit)
        return whose.label or whose.patient
