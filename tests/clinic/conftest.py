"""An organisation's description and the command that founds it; two charts of one person."""

import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from clinic.identity.selectors import link_of
from clinic.identity.services import unlink_charts
from scheduling.services import link_persons
from tests.clinic.linked import DAY, WHY
from tests.factories import NOW, make_patient

EXAMPLE = Path(__file__).resolve().parents[2] / "docs" / "organization.example.json"


@pytest.fixture
def content() -> dict[str, Any]:
    """What the example file says."""
    return json.loads(EXAMPLE.read_text("utf-8"))


@pytest.fixture
def run(tmp_path, capsys):
    """Runs the command on a content or a text: exit code, output, errors."""

    def found(content: Any) -> tuple[int, str, str]:
        file = tmp_path / "organization.json"
        file.write_text(content if isinstance(content, str) else json.dumps(content), "utf-8")
        try:
            call_command("found_organization", str(file))
        except SystemExit as exc:
            return exc.code, *capsys.readouterr()
        return 0, *capsys.readouterr()

    return found


@pytest.fixture
def charts(clinic):
    """Two charts of one person, who was registered twice."""
    return make_patient(clinic.site), make_patient(clinic.site, given_name="Adah")


@pytest.fixture
def link(clinic):
    """Links the second chart to the first."""

    def linked(principal, chart, by=None, now=NOW):
        by = by or clinic.prescriber
        return link_persons(chart=chart, principal=principal, by=by, reason=WHY, now=now)

    return linked


@pytest.fixture
def undo(clinic):
    def undone(chart, now=NOW + DAY):
        said = {"by": clinic.prescriber, "reason": "It was her twin sister after all."}
        return unlink_charts(link=link_of(chart), now=now, **said)

    return undone
