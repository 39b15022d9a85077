"""What the demo's patients agreed to: most of it current, some of it not."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from clinic.consents.selectors import text_in_use
from clinic.consents.services import Scope, Signature, record_consent, withdraw_consent
from clinic.models import ConsentKind, ConsentRecord, Patient, PatientContact
from scheduling.demo.founding import Demo
from scheduling.demo.tables import PatientRow

# Days before today on which these signed for an earlier course, and did not sign again.
LONG_AGO = {"Noel Medlar": 352, "Knut Sedge": 349, "Edgar Borage": 372, "Emil Reed": 380}
# Of whose courses the table says that they asked to stop; they took their consent back then.
TOOK_BACK = {"Wilma Willow": (-6, "Does not want to go on"), "Yvo Yarrow": (-1, "")}
NO_LONGER = {"Rosa Elder", "Orla Mimosa"}
ANY = Scope()
FAMILY_DOCTOR = "Dr. Robin Hale, family doctor"


@dataclass(frozen=True, slots=True)
class _Desk:
    """Where one patient's consents are recorded."""

    demo: Demo
    patient: Patient
    row: PatientRow

    def sign(
        self,
        kind: ConsentKind,
        at: datetime,
        scope: Scope = ANY,
        how: str = "PAPER",
    ) -> ConsentRecord:
        """Somebody signs the text in use, in the patient's language."""
        text = text_in_use(self.patient.organization_id, kind, self.row.language)
        if text is None:
            raise LookupError(f"The demo has no text about {kind}.")
        is_in_words = how == ConsentRecord.How.VERBAL
        witness = self.demo.people["Grace Kim"] if is_in_words else None
        return record_consent(
            patient=self.patient,
            text=text,
            signature=Signature(at - timedelta(minutes=20), how, witness=witness),
            scope=scope,
            by=self.demo.desk(self.row.site),
            now=at,
        )

    def take_back(self, record: ConsentRecord, at: datetime, reason: str) -> None:
        """Somebody withdraws what was signed."""
        by = self.demo.desk(self.row.site)
        withdraw_consent(record=record, by=by, now=max(at, record.recorded_at), reason=reason)


def sign_consents(demo: Demo, patient: Patient, row: PatientRow) -> None:
    """What the patient signed before the course was booked; nothing without a booked course."""
    if row.plan is None or not row.plan.is_accepted:
        return
    desk, name = _Desk(demo, patient, row), str(patient)
    # Some number of the person's own, so that each demo has the same people in the same state.
    number = sum(map(ord, name))
    signed_at = demo.moment(row.site, row.plan.booked_on - 1, 9)
    _sign_treatment(desk, name, signed_at)
    if number % 7:
        _sign_escort(desk, name, signed_at)
    if row.has_email and not number % 3:
        desk.sign(ConsentKind.EMAIL_DETAIL, signed_at, how="SCREEN")
    if not number % 5:
        desk.sign(ConsentKind.RELEASE, signed_at, Scope(recipient=FAMILY_DOCTOR))


def _sign_treatment(desk: _Desk, name: str, signed_at: datetime) -> None:
    plan = desk.row.plan
    definition = desk.demo.versions[plan.protocol].definition if plan else {}
    scope = Scope(definition["drug"], definition["route"])
    if days := LONG_AGO.get(name):
        signed_at = desk.demo.moment(desk.row.site, -days, 9)
    record = desk.sign(ConsentKind.TREATMENT, signed_at, scope)
    if name in TOOK_BACK:
        day, reason = TOOK_BACK[name]
        desk.take_back(record, desk.demo.moment(desk.row.site, day, 16), reason)


def _sign_escort(desk: _Desk, name: str, signed_at: datetime) -> None:
    escorts = desk.patient.contacts.filter(relationship=PatientContact.Relationship.ESCORT)
    who = escorts.values_list("name", flat=True).first() or ""
    how = "VERBAL" if desk.row.site == "harbor" and len(name) % 4 == 0 else "PAPER"
    record = desk.sign(ConsentKind.ESCORT_CONTACT, signed_at, Scope(recipient=who), how)
    if name in NO_LONGER:
        desk.take_back(record, desk.demo.now, "Comes home by taxi")
