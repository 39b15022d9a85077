"""A backup's files are believed as far as they are signed, and never run what they name."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError
from django.db import connection

from clinic.backups import BackupRefused
from clinic.backups.manifest import manifest_of, sums_of
from clinic.backups.restoring import _counted
from tests.backup.conftest import Target, back_up, restore
from tests.backup.test_restore import forge, resum, rewrite
from tests.factories import Clinic, make_patient

OTHER_KEY = "another secret key, of more than thirty-two characters"


def command_in_a_name(mark: Path) -> str:
    """A table's name that ends the statement it is put into, and has psql run a program."""
    return (
        f"public.clinic_site) < 0 THEN END IF; END $$;\n\\! touch {mark}\nDO $$ BEGIN IF (SELECT 1"
    )


def test_no_name_in_a_manifest_is_run(dump: Path, target: Target, tmp_path: Path) -> None:
    """Not even of one that is signed, or that somebody takes on trust."""
    mark = tmp_path / "was_run"
    name = command_in_a_name(mark)
    for change in (rewrite, forge):
        kept = manifest_of(dump).read_text()
        change(dump, lambda held: held["rows"].update({name: 1}))
        with pytest.raises(CommandError, match="is no name of a table") as refused:
            restore(dump, target, "--unsigned")
        assert len(str(refused.value).splitlines()) == 1
        manifest_of(dump).write_text(kept)
    assert target.is_empty()
    assert not mark.exists()


ODD_NAMES = [
    "clinic_site",
    "public.clinic_site.id",
    "public.clinic site",
    'public."clinic_site"',
    "public.clinic_site\n",
    "public.clinic_site;",
    "public.$$",
    "public.\\!",
    "public.clïnic",
    ".clinic_site",
    "public.1",
    "",
]


@pytest.mark.parametrize("name", ODD_NAMES)
def test_only_plain_names_reach_the_database(name: str) -> None:
    with pytest.raises(BackupRefused, match="is no name of a table"):
        _counted(name, 1)


def test_names_are_quoted() -> None:
    assert 'FROM "public"."User")' in _counted("public.User", 3)


@pytest.mark.parametrize(
    "change",
    [
        {"rows": {"public.clinic_site": "1 OR true"}},
        {"rows": {"public.clinic_site": True}},
        {"rows": ["public.clinic_site"]},
        {"migrations": {"clinic": [1]}},
        {"made_at": "2026\x1b[2J"},
        {"server": "new"},
        {"signature": None},
    ],
)
def test_what_is_of_another_kind_is_refused(
    dump: Path, target: Target, change: dict[str, Any]
) -> None:
    forge(dump, lambda held: held.update(change))
    with pytest.raises(CommandError, match="no manifest of this product"):
        restore(dump, target, "--unsigned")
    assert target.is_empty()


def test_a_changed_manifest_is_refused_for_all_its_checksums(dump: Path, target: Target) -> None:
    forge(dump, lambda held: held.update(made_at="2020-01-01T00:00:00+00:00"))
    with pytest.raises(CommandError, match="not signed by this SECRET_KEY"):
        restore(dump, target)
    assert target.is_empty()


def test_a_dump_under_another_ones_manifest_is_refused(
    clinic: Clinic, dump: Path, target: Target, tmp_path: Path
) -> None:
    make_patient(clinic.site)
    other = back_up(tmp_path / "other")
    shutil.copy(other, dump)
    resum(dump)
    with pytest.raises(CommandError, match="not signed by this SECRET_KEY"):
        restore(dump, target)
    assert target.is_empty()


def test_a_backup_from_elsewhere_is_restored_on_demand(
    dump: Path, target: Target, settings: Any
) -> None:
    settings.SECRET_KEY = OTHER_KEY
    with pytest.raises(CommandError, match="--unsigned"):
        restore(dump, target)
    assert target.is_empty()
    restore(dump, target, "--unsigned")
    assert target.patients() == 1


def test_a_backup_without_a_signature_is_restored_on_demand(dump: Path, target: Target) -> None:
    def strip(held: dict[str, Any]) -> None:
        del held["signature"], held["sha256"]

    forge(dump, strip)
    with pytest.raises(CommandError, match="not signed"):
        restore(dump, target)
    restore(dump, target, "--unsigned")
    assert target.patients() == 1


def test_taking_it_on_trust_still_finds_damage(dump: Path, target: Target) -> None:
    dump.write_bytes(dump.read_bytes()[:-9] + b"x" * 9)
    with pytest.raises(CommandError, match="damaged"):
        restore(dump, target, "--unsigned")
    assert target.is_empty()


def test_a_table_that_could_not_be_restored_is_not_backed_up(
    clinic: Clinic, tmp_path: Path
) -> None:
    with connection.cursor() as cursor:
        cursor.execute('CREATE TABLE "odd name" (id int)')
    try:
        with pytest.raises(CommandError, match=r"'public\.odd name' is no name of a table"):
            back_up(tmp_path / "kept")
    finally:
        with connection.cursor() as cursor:
            cursor.execute('DROP TABLE "odd name"')
    assert list((tmp_path / "kept").iterdir()) == []


def test_the_signature_is_no_secret_of_the_product(dump: Path, settings: Any) -> None:
    held = json.loads(manifest_of(dump).read_text())
    assert len(held["signature"]) == len(held["sha256"]) == 64
    assert held["sha256"] in sums_of(dump).read_text()
    assert settings.SECRET_KEY not in manifest_of(dump).read_text()
