"""Words of scores in templates."""

from collections.abc import Mapping

from django import template

from courses.instruments import NOT_APPLICABLE, Instrument
from courses.models import Assessment

register = template.Library()


@register.simple_tag
def band(used: Instrument, assessment: Assessment) -> str:
    """What the assessment's band is called."""
    return used.band_label(assessment.band)


@register.simple_tag
def variant_words(used: Instrument, assessment: Assessment) -> str:
    """The period that it asked about."""
    label = next((one.label for one in used.variants if one.code == assessment.variant), "")
    return label or used.recall.capitalize()


@register.filter
def name_of(names: Mapping[str, str], code: str) -> str:
    """What people call the instrument."""
    return names.get(code, code)


@register.filter
def answers_of(used: Instrument, assessment: Assessment) -> list[tuple[str, str, str]]:
    """Key, words and answer of every item, in the instrument's order."""
    return [
        (item.key, _words(used, item.key, assessment.language), _given(assessment, item.key))
        for item in used.items
    ]


def _words(used: Instrument, key: str, language: str) -> str:
    item = used.item(key)
    words = used.label_of(item, language) if item else key
    return f"{key}. {words}" if used.may_ship else words


def _given(assessment: Assessment, key: str) -> str:
    answer = assessment.answers.get(key)
    if answer is None:
        return "–"
    return "does not apply" if answer == NOT_APPLICABLE else str(answer)
