"""The vocabulary of definitions, in words for people."""

from collections.abc import Mapping

from clinic.models.consents import Drug, Route

DRUGS: Mapping[str, str] = dict(Drug.choices)
ROUTES: Mapping[str, str] = dict(Route.choices)
KINDS = {"prep": "Preparation", "dosing": "Dosing", "integration": "Integration"}
BASES = {"mg_per_kg": "mg/kg", "mg": "mg"}
REGIONS = {"US": "United States", "EU": "European Union and alike"}
COUNTS_FROM = {
    "drug_end": "the end of the drug",
    "effect_end": "the end of its effects",
    "last_device": "the last device",
}
ANCHORS = {
    "first_dose": "the first dose",
    "each_dose": "each dose",
    "dose": "dose",
    "last_dose": "the last dose",
}
ASKS = {"NOTHING": "goes on", "NOTE": "goes on, with a note", "DECISION": "a clinician decides"}
OPTIONS = {
    "CONTINUE": "go on",
    "ADD_1": "add one dose",
    "ADD_2": "add two doses",
    "RESTART": "begin the series again",
    "STEP_BACK": "one step back",
    "RESUME": "resume",
    "REINDUCE": "induce again",
    "RESCREEN": "screen again",
}
NEEDS = {
    "SCORE": "a new score",
    "SAME_DAY_SCREEN": "the whole same-day check",
    "RESCREEN": "a new screening",
    "CONSENT": "a new consent",
}
CHECKS = {
    "GO_BP": "Blood pressure",
    "GO_HR": "Pulse",
    "GO_SPO2": "Oxygen saturation",
    "GO_RR": "Breathing and temperature",
    "GO_FAST": "Fasting",
    "GO_NASAL": "No other nasal spray within the hour",
    "GO_ESCORT": "Escort",
    "GO_SUBST": "No alcohol or drugs",
    "GO_MEDS": "Medication as usual",
    "GO_PREG": "Pregnancy test",
    "GO_CONSENT": "Consent",
    "GO_WEIGHT": "Weight",
    "GO_SUICIDE": "Suicidality reviewed",
    "GO_MENTAL": "Mental status",
    "GO_INTERVAL": "Interval since the last dose",
    "GO_REMS": "REMS enrolment and forms",
    "GO_STAFF": "Staff present",
    "GO_AUTH": "Payer’s authorisation",
    "GO_EMERG": "Emergency equipment",
}
INDICATIONS = {
    "IN_TRD": "Depression that resists treatment",
    "IN_SI": "Depression with acute suicidal thoughts",
    "IN_BIP": "Bipolar depression",
    "IN_ANX": "Anxiety that resists treatment",
    "IN_PTSD": "PTSD",
    "IN_OCD": "Obsessive-compulsive disorder",
    "IN_PAIN": "Chronic pain",
}
INSTRUMENTS = {
    "PHQ9": "PHQ-9",
    "GAD7": "GAD-7",
    "PCL5": "PCL-5",
    "CGI_S": "CGI-S",
    "CGI_I": "CGI-I",
    "QIDS_SR16": "QIDS-SR16",
    "MADRS": "MADRS",
    "CSSRS": "C-SSRS",
    "CADSS6": "CADSS-6",
    "WSAS": "WSAS",
    "BAM": "BAM",
    "YBOCS": "Y-BOCS",
}


def listed(codes: list[str], names: Mapping[str, str]) -> str:
    """The names of codes, in a row; a code without a name stands for itself."""
    return ", ".join(names.get(code, code) for code in codes)


def number(value: float) -> str:
    """A number as people write it."""
    return f"{value:g}"


def spread(low: float, high: float) -> str:
    """One number, or the first to the last of a range."""
    return number(low) if low == high else f"{number(low)} to {number(high)}"


def counted(count: int, noun: str) -> str:
    """So many of something."""
    return f"{count} {noun}{'' if count == 1 else 's'}"
