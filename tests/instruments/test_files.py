"""The instruments' files: where numbers come from, which text ships, and in which words."""

import json
from typing import Any

import pytest
from pydantic import ValidationError

from courses.instruments import Instrument, UnknownInstrument, instrument, instruments

CODES = {
    "PHQ9", "GAD7", "PCL5", "CGI_S", "CGI_I", "QIDS_SR16", "MADRS", "CSSRS", "CADSS6", "WSAS",
    "BAM", "YBOCS",
}  # fmt: skip
FULL_TEXT = {"PHQ9", "GAD7", "PCL5", "CGI_S", "CGI_I"}
each = pytest.mark.parametrize("chosen", instruments(), ids=lambda chosen: chosen.code)


def leads_to(whole: Any, path: str) -> Any:
    for step in path.strip("/").split("/"):
        whole = whole[int(step)] if isinstance(whole, list) else whole[step]
    return whole


def test_all_twelve_ship():
    assert {chosen.code for chosen in instruments()} == CODES


def test_text_ships_only_where_it_may():
    assert {chosen.code for chosen in instruments() if chosen.may_ship} == FULL_TEXT
    for chosen in instruments():
        has_words = [bool(item.text) for item in chosen.items]
        assert has_words == [chosen.may_ship] * len(chosen.items)
        assert bool(chosen.prompt) is chosen.may_ship


def test_items_without_text_are_called_by_their_number():
    assert instrument("MADRS").label_of(instrument("MADRS").item("7")) == "Item 7"


@each
def test_every_source_leads_to_a_value_and_is_named(chosen):
    whole = chosen.model_dump(mode="json")
    for source in chosen.sources:
        assert leads_to(whole, source.path) not in (None, [], {}, "")
        assert set(source.authority.split(", ")) <= {"dd", "gk", *chosen.references}


@each
@pytest.mark.parametrize(
    "number",
    ["remission_max", "response_percent", "mcid", "bands", "most_missing", "safety", "licence"],
)
def test_every_number_has_a_source(chosen, number):
    if getattr(chosen, number):
        assert any(source.path.startswith(f"/{number}") for source in chosen.sources)


def test_the_lowest_answer_of_gad7_is_not_at_all():
    lowest = {
        chosen: instrument(chosen).anchors["frequency"][0].text["en"] for chosen in ("PHQ9", "GAD7")
    }
    assert lowest == {"PHQ9": "Not at all", "GAD7": "Not at all"}


def test_official_words_of_the_safety_item():
    nine = instrument("PHQ9").item("9")
    assert nine.text["en"] == (
        "Thoughts that you would be better off dead or of hurting yourself in some way"
    )


def test_an_earlier_version_is_found_by_its_number_and_unknown_ones_are_refused():
    assert instrument("PHQ9", "1") == instrument("PHQ9")
    with pytest.raises(UnknownInstrument):
        instrument("PHQ9", "99")
    with pytest.raises(UnknownInstrument):
        instrument("PHQ10")


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"twins": [["1", "77"]]}, "“77” is not an item"),
        ({"bands": [{"code": "mild", "label": "Mild", "at_least": 3}]}, "the first band begins"),
        ({"languages": ["en", "de"]}, "has text in each language"),
        ({"anchors": {}}, "is not a set of anchors"),
    ],
)
def test_a_file_that_does_not_hang_together_is_refused(change, fault):
    whole = instrument("PHQ9").model_dump(mode="json") | change
    with pytest.raises(ValidationError, match=fault):
        Instrument.model_validate_json(json.dumps(whole))
