"""Shapes of what the API takes and gives about safety alerts."""

from typing import Any

from django.urls import reverse
from rest_framework import serializers

from clinic.api.fields import Id, Input, Moment, Text
from courses.alerts.words import label_of
from courses.models import AlertEvent, OnCall, SafetyAlert
from courses.models.alerts import LEAST_PLAN

STATES = [("WAITING", "Nobody has taken it on"), ("TAKEN", "Taken on"), ("CLOSED", "Closed")]


class AlertsQuery(serializers.Serializer[Any]):
    """Which alerts."""

    state = serializers.ChoiceField(
        choices=STATES, required=False, help_text="Left out: all that are open"
    )


class ClosingInput(Input):
    """How an alert ended."""

    assessor = Id(help_text="Who assessed the patient")
    assessed_at = Moment(help_text="Not before the alert was raised")
    risk = serializers.ChoiceField(choices=SafetyAlert.Risk.choices)
    plan = Text(min_length=LEAST_PLAN, max_length=2000, help_text="What was agreed")


class AlertOutput(serializers.Serializer[Any]):
    """A safety alert."""

    id = serializers.UUIDField()
    url = serializers.SerializerMethodField()
    patient = serializers.UUIDField(source="patient_id")
    course = serializers.UUIDField(source="course_id", allow_null=True)
    site = serializers.UUIDField(source="site_id")
    rule = serializers.CharField(help_text="What was positive, as a code")
    rule_name = serializers.SerializerMethodField(help_text="The same in words")
    level = serializers.ChoiceField(choices=SafetyAlert.Level.choices)
    state = serializers.SerializerMethodField()
    raised_at = Moment()
    routed_to = serializers.UUIDField(source="routed_to_id", allow_null=True)
    route = serializers.ChoiceField(choices=SafetyAlert.Route.choices)
    acknowledged_by = serializers.UUIDField(source="acknowledged_by_id", allow_null=True)
    acknowledged_at = Moment(allow_null=True)
    escalations = serializers.IntegerField(help_text="How often it went on unanswered")
    assessor = serializers.UUIDField(source="assessor_id", allow_null=True)
    assessed_at = Moment(allow_null=True)
    risk = serializers.CharField(help_text="Empty until it is closed")
    plan = serializers.CharField(help_text="Empty until it is closed")
    closed_at = Moment(allow_null=True)

    def get_url(self, alert: SafetyAlert) -> str:
        """Where the alert is read."""
        return reverse("api:alert", args=[alert.pk])

    def get_rule_name(self, alert: SafetyAlert) -> str:
        """What was positive, in words."""
        return label_of(alert.rule)

    def get_state(self, alert: SafetyAlert) -> str:
        """How far it is: WAITING, TAKEN or CLOSED."""
        if not alert.is_open:
            return "CLOSED"
        return "TAKEN" if alert.acknowledged_at else "WAITING"


class AlertStepOutput(serializers.Serializer[Any]):
    """One step of an alert."""

    kind = serializers.ChoiceField(choices=AlertEvent.Kind.choices)
    at = Moment()
    by = serializers.UUIDField(source="by_id", allow_null=True, help_text="null: a rule")
    to = serializers.UUIDField(source="to_id", allow_null=True, help_text="Who was told")
    level = serializers.ChoiceField(choices=SafetyAlert.Level.choices)


class AlertStoryOutput(AlertOutput):
    """A safety alert with every step of it."""

    steps = AlertStepOutput(many=True)


class OnCallInput(Input):
    """A duty on call."""

    member = Id(help_text="Somebody who answers alerts at the site")
    starts_at = Moment()
    ends_at = Moment()


class OnCallOutput(serializers.Serializer[Any]):
    """Who is on call for a site, from when to when."""

    id = serializers.UUIDField()
    url = serializers.SerializerMethodField()
    site = serializers.UUIDField(source="site_id")
    member = serializers.UUIDField(source="membership_id")
    starts_at = Moment()
    ends_at = Moment()

    def get_url(self, duty: OnCall) -> str:
        """Where the duty is ended."""
        return reverse("api:on_call_duty", args=[duty.pk])
