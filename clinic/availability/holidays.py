"""Public holidays by country and region, from the `holidays` library."""

from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache

import holidays as library


@dataclass(frozen=True, slots=True, order=True)
class Holiday:
    """A public holiday, with its name in English."""

    on: date
    name: str


@cache
def countries() -> dict[str, tuple[str, ...]]:
    """The known countries with their regions, by ISO 3166 codes."""
    known = library.list_supported_countries(include_aliases=False)
    return {country: tuple(regions) for country, regions in sorted(known.items())}


def is_known(country: str, subdivision: str = "") -> bool:
    """Whether the library knows the country and, where one is given, its region."""
    regions = countries().get(country)
    return regions is not None and (not subdivision or subdivision in regions)


@cache
def holidays_of(country: str, subdivision: str, year: int) -> tuple[Holiday, ...]:
    """The public holidays of a year, in order; KeyError for a place that the library lacks."""
    if not is_known(country, subdivision):
        raise KeyError(f"{country}-{subdivision}")
    found = library.country_holidays(
        country, subdiv=subdivision or None, years=year, language=_english(country)
    )
    return tuple(sorted(Holiday(on, name) for on, name in found.items() if on.year == year))


def _english(country: str) -> str | None:
    """The code under which the library has the country's names in English, if it has."""
    spoken = library.country_holidays(country).supported_languages or ()
    return min((code for code in spoken if code.startswith("en")), default=None)


def coming(country: str, subdivision: str, today: date) -> list[Holiday]:
    """The public holidays of the year that begins today."""
    end = today + timedelta(days=365)
    years = {today.year, end.year}
    every = (one for year in sorted(years) for one in holidays_of(country, subdivision, year))
    return [one for one in every if today <= one.on < end]


@cache
def country_name(code: str) -> str:
    """`United States`: what a country is called, as the library names it."""
    names = {codes[1]: module for module, codes in library.registry.COUNTRIES.items()}
    return str(names.get(code, code)).replace("_", " ").title()
