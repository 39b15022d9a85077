"""Recording and withdrawing consents, and keeping their texts."""

from dataclasses import dataclass
from datetime import date, datetime

from django.db import IntegrityError, transaction
from django.db.models import Max

from clinic.audit.context import because
from clinic.consents.rules import end_of, last_day
from clinic.consents.selectors import standing_consents
from clinic.consents.shipped import shipped_texts
from clinic.errors import Conflict, DomainError
from clinic.models import ConsentKind, ConsentRecord, ConsentText, Membership, Organization, Patient


class ConsentNotStanding(Conflict):
    """The consent was withdrawn already, or has run out."""

    code = "consent-not-standing"


class TextChanged(Conflict):
    """Somebody else published the draft, or began one."""

    code = "consent-text-changed"


@dataclass(frozen=True, slots=True)
class Signature:
    """Who signed, when and how; `representative` is the name of who signs for the patient."""

    signed_at: datetime
    how: str
    signed_by: str = ConsentRecord.SignedBy.PATIENT
    representative: str = ""
    witness: Membership | None = None


@dataclass(frozen=True, slots=True)
class Scope:
    """What a consent is for: a drug and route, empty for any; or to whom information may go."""

    drug: str = ""
    route: str = ""
    recipient: str = ""


ANY = Scope()


@transaction.atomic
def record_consent(
    *,
    patient: Patient,
    text: ConsentText,
    signature: Signature,
    by: Membership,
    now: datetime,
    scope: Scope = Scope(),
    until: date | None = None,
) -> ConsentRecord:
    """Keep that the patient agreed to the text; DomainError names the input that does not fit.

    It holds to the end of the day `until`, at most and by default as long as the text says.
    """
    if {patient.organization_id, text.organization_id} != {by.organization_id}:
        raise DomainError("Everything about a consent belongs to one organisation.")
    if text.published_at is None:
        raise DomainError("This text is a draft: publish it first.", field="text")
    _check_signature(signature, by, now)
    _check_scope(ConsentKind(text.kind), scope)
    return ConsentRecord.objects.create(
        organization_id=by.organization_id,
        patient=patient,
        text=text,
        kind=text.kind,
        drug=scope.drug,
        route=scope.route,
        recipient=scope.recipient.strip(),
        signed_at=signature.signed_at,
        how=signature.how,
        signed_by=signature.signed_by,
        representative=signature.representative.strip(),
        witness=signature.witness,
        recorded_at=now,
        recorded_by=by,
        expires_at=_end(patient, text, signature.signed_at, until, now),
    )


def _check_signature(signature: Signature, by: Membership, now: datetime) -> None:
    if signature.signed_at > now:
        raise DomainError("It cannot have been signed in the future.", field="signed_at")
    is_by_another = signature.signed_by == ConsentRecord.SignedBy.REPRESENTATIVE
    if is_by_another != bool(signature.representative.strip()):
        fault = "Who signed?" if is_by_another else "The patient signed: leave the name out."
        raise DomainError(fault, field="representative")
    witness = signature.witness
    if signature.how == ConsentRecord.How.VERBAL and witness is None:
        raise DomainError("A consent in words needs a witness.", field="witness")
    if witness and witness.organization_id != by.organization_id:
        raise DomainError("This person does not work here.", field="witness")
    if witness and witness.pk == by.pk:
        raise DomainError("The witness is somebody else than who records it.", field="witness")


def _check_scope(kind: ConsentKind, scope: Scope) -> None:
    if kind != ConsentKind.TREATMENT and (scope.drug or scope.route):
        raise DomainError("Only a consent to treatment names a medicine.", field="drug")
    if scope.route and not scope.drug:
        raise DomainError("Which medicine is given by this route?", field="drug")
    if kind == ConsentKind.RELEASE and not scope.recipient.strip():
        raise DomainError("To whom may information go?", field="recipient")
    if kind == ConsentKind.TREATMENT and scope.recipient:
        raise DomainError("A consent to treatment names no recipient.", field="recipient")


def _end(
    patient: Patient, text: ConsentText, signed_at: datetime, until: date | None, now: datetime
) -> datetime | None:
    zone = patient.site.zone
    signed_on = signed_at.astimezone(zone).date()
    most = last_day(signed_on, text.valid_months) if text.valid_months else None
    if until and most and until > most:
        raise DomainError(f"By its text it is good to {most:%-d %B %Y} at most.", field="until")
    if until and until < signed_on:
        raise DomainError("It cannot end before it is signed.", field="until")
    last = until or most
    end = end_of(last, zone) if last else None
    if end and end <= now:
        field = "until" if until else "signed_at"
        raise DomainError("It would have run out already: check the date.", field=field)
    return end


@transaction.atomic
def withdraw_consent(
    *, record: ConsentRecord, by: Membership, now: datetime, reason: str = ""
) -> list[ConsentRecord]:
    """End a consent, and those to the very same that stand beside it; gives them back.

    What it was needed for is called off by the floors above, in the same transaction: pages and
    API go through `scheduling.services.end_consent`. Raises ConsentNotStanding.
    """
    if record.organization_id != by.organization_id:
        raise DomainError("Everything about a consent belongs to one organisation.")
    standing = standing_consents(record.patient, record.kind, on=now).filter(withdrawn_at=None)
    rows = standing.select_for_update(no_key=True, of=("self",))
    same = [one for one in rows if _is_same(one, record)]
    if record.pk not in {one.pk for one in same}:
        raise ConsentNotStanding("This consent was withdrawn already, or has run out.")
    because(reason)
    for one in same:
        one.withdrawn_at, one.withdrawn_by, one.withdrawal_reason = now, by, reason.strip()
        one.save(update_fields=["withdrawn_at", "withdrawn_by", "withdrawal_reason"])
    return same


def _is_same(one: ConsentRecord, other: ConsentRecord) -> bool:
    same_recipient = one.recipient.casefold() == other.recipient.casefold()
    return (one.drug, one.route) == (other.drug, other.route) and same_recipient


@transaction.atomic
def install_texts(*, organization: Organization, now: datetime) -> None:
    """Publish the shipped texts of the kinds and languages that the organisation lacks."""
    have = set(
        ConsentText.objects.filter(organization=organization).values_list("kind", "language")
    )
    ConsentText.objects.bulk_create(
        ConsentText(
            organization=organization,
            kind=page.kind,
            language=page.language,
            number=1,
            title=page.title,
            body=page.body,
            valid_months=page.valid_months,
            is_shipped=True,
            created_at=now,
            published_at=now,
        )
        for page in shipped_texts()
        if (page.kind, page.language) not in have
    )


@transaction.atomic
def write_text(
    *,
    kind: str,
    language: str,
    title: str,
    body: str,
    valid_months: int | None,
    by: Membership,
    now: datetime,
) -> ConsentText:
    """Keep a draft of the next version; raises TextChanged when a rival just began one."""
    words = {"title": title, "body": body, "valid_months": valid_months}
    drafts = ConsentText.objects.filter(
        organization_id=by.organization_id, kind=kind, language=language, published_at=None
    )
    if drafts.update(**words, created_by=by, created_at=now):
        return drafts.get()
    versions = ConsentText.objects.filter(
        organization_id=by.organization_id, kind=kind, language=language
    )
    number = (versions.aggregate(last=Max("number"))["last"] or 0) + 1
    own = {"organization_id": by.organization_id, "kind": kind, "language": language}
    try:
        with transaction.atomic():
            return ConsentText.objects.create(
                **own, **words, number=number, created_by=by, created_at=now
            )
    except IntegrityError as exc:
        raise TextChanged("Somebody else has just begun a new version; look again.") from exc


@transaction.atomic
def publish_text(*, text: ConsentText, by: Membership, now: datetime) -> ConsentText:
    """Put a draft into use: from now on this version is read and signed. Raises TextChanged."""
    drafts = ConsentText.objects.filter(
        pk=text.pk, organization_id=by.organization_id, published_at=None
    )
    if not drafts.update(published_at=now, published_by=by):
        raise TextChanged("This version is not a draft any more; look again.")
    text.refresh_from_db()
    return text


@transaction.atomic
def discard_draft(*, text: ConsentText, by: Membership) -> None:
    """Throw a draft away; raises TextChanged when it is none any more."""
    drafts = ConsentText.objects.filter(
        pk=text.pk, organization_id=by.organization_id, published_at=None
    )
    if not drafts.delete()[0]:
        raise TextChanged("This version is not a draft any more; look again.")
