"""Coded reasons, for whoever may not read what somebody wrote beside them."""

from django.db import models


class VisitReason(models.TextChoices):
    """Why a visit did not take place, in words that tell nothing clinical; the groups are
    those of FHIR's reasons for cancelling an appointment."""

    PATIENT_ILL = "PATIENT_ILL", "Patient unwell"
    PATIENT = "PATIENT", "Patient cannot come then"
    TRANSPORT = "TRANSPORT", "No transport or escort"
    FORGOTTEN = "FORGOTTEN", "Patient forgot"
    NO_WORD = "NO_WORD", "No word from the patient"
    STAFF = "STAFF", "Staff not available"
    ROOM = "ROOM", "Room or equipment not available"
    CLOSED = "CLOSED", "Site closed"
    NOT_TREATED = "NOT_TREATED", "Clinic decided not to treat that day"
    WEATHER = "WEATHER", "Weather or travel disruption"
    COURSE = "COURSE", "Course changed"
    OTHER = "OTHER", "Other reason"
