"""Words that stand for people, planted in every text of an organisation, and where they turn up."""

import re
from collections.abc import Iterator

from django.apps import apps
from django.db import DatabaseError, connection, models, transaction
from django.http import HttpResponse
from psycopg import sql

from clinic.models import TenantModel

NAME, PHONE, BORN = "Quetzalia", "+12125550187", "1931-07-09"
CANARIES = (NAME.casefold(), PHONE[-7:], "555-0187", "555 0187", BORN, "jul 1931", "july 1931")

# Texts that say nothing of anybody, and that the product could not work without.
CODES = {
    "timezone", "code", "visit_type", "template_version", "content_sha256", "failure", "stage",
    "digest", "token_key", "body_sha256", "prefix", "fingerprint", "instrument",
    "instrument_version", "variant", "band", "point", "indication",
    "payer_profile", "severity_instrument", "rules_version", "rule", "profile",
    "holiday_country", "holiday_subdivision",
}  # fmt: skip
# Where an address on a page leads; what opens a mail program or a phone stays on the page.
LINKS = re.compile(r'(?:href|src|action|hx-get|hx-post|hx-put|hx-delete)="(?!mailto:|tel:)([^"]*)"')


def found_in(text: str) -> set[str]:
    """The canaries that a text holds."""
    text = text.casefold()
    return {canary for canary in CANARIES if canary in text}


def text_of(answer: HttpResponse) -> str:
    """What an answer says, streamed or not."""
    return (answer.getvalue() if answer.streaming else answer.content).decode(errors="replace")


def found_in_answer(answer: HttpResponse) -> dict[str, set[str]]:
    """Canaries in an answer's headers, in the addresses of its page, and in a page of error."""
    text = text_of(answer)
    places = {
        "headers": str(answer.headers) + answer.cookies.output(),
        "addresses": " ".join(LINKS.findall(text)),
        "error": text if answer.status_code in (400, 405, 413) or answer.status_code >= 500 else "",
    }
    return {place: found for place, said in places.items() if (found := found_in(said))}


def planted_columns() -> Iterator[tuple[str, str, str]]:
    """(table, column, value) of every text that people write, in every table of a tenant's."""
    for model in apps.get_models():
        if issubclass(model, TenantModel) and model._meta.managed:
            for field in model._meta.concrete_fields:
                if value := _value_for(field):
                    yield model._meta.db_table, field.column, value


def _value_for(field: models.Field) -> str:
    if isinstance(field, models.DateField) and "birth" in field.name:
        return f"'{BORN}'"
    is_text = isinstance(field, models.CharField | models.TextField) and not field.choices
    if not is_text or field.name in CODES or isinstance(field, models.GeneratedField):
        return ""
    if isinstance(field, models.EmailField):
        return f"'{NAME}' || substr(md5(ctid::text), 1, 6) || '@canary.example'"
    if field.name == "phone":
        return f"'{PHONE}'"
    # Reasons must be long enough, names short enough.
    rest = " and what was said of them" if (field.max_length or 200) >= 200 else ""
    return f"'{NAME}' || substr(md5(ctid::text), 1, 6) || '{rest}'"


def plant() -> int:
    """Overwrite them all; the number of columns that hold a canary now."""
    with connection.cursor() as cursor:
        # A table with checks still to come cannot be altered.
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        planted = sum(_plant(*column) for column in planted_columns())
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
    return planted


def _plant(table: str, column: str, value: str) -> int:
    names = [sql.Identifier(name) for name in (table, column)]
    change = sql.SQL("UPDATE {0} SET {1} = {2} WHERE {1}::text <> ''")  # nothing said stays so
    change = change.format(*names, sql.SQL(value))
    for prepare in ("", "DISABLE TRIGGER USER"):  # what may not be changed, for people at least
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                if prepare:
                    cursor.execute(f"ALTER TABLE {table} {prepare}")
                cursor.execute(change)
                return cursor.rowcount > 0
        except DatabaseError as exc:
            refusal = exc
    raise AssertionError(f"{table}.{column} takes no canary: is it a code?") from refusal
