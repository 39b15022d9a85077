"""No template asks for what the content policy refuses, also those that no test draws."""

import re
from pathlib import Path

import pytest

from tests.test_architecture import FLOORS, ROOT

# Letters are read by mail programs, which take style in no other way.
PAGES = [file for floor in FLOORS for file in sorted((ROOT / floor).rglob("templates/**/*.html"))
         if "mail" not in file.parts]  # fmt: skip
REFUSED = {
    "a script without the nonce": r"<script(?![^>]*\bnonce=)(?![^>]*application/json)[^>]*>",
    "a script in the page": r"<script(?![^>]*\bsrc=)(?![^>]*application/json)[^>]*>",
    "an element with style in it": r"<style|\sstyle\s*=",
    "an element with code in it": r"<[^>]+\s(?:on[a-z]+|hx-on[^=\s]*)\s*=",
    "an address that is code": r"javascript:",
    "a value that htmx would evaluate": r"hx-(?:vals|headers|vars|config)[^=]*=\s*[\"']\s*js:",
    "a trigger that htmx would evaluate": r"hx-trigger=\"[^\"]*\[",
    "something from elsewhere": r"(?:src|<link[^>]*href)=[\"'](?:https?:)?//",
}


def found_in(html: str) -> list[str]:
    """What in a template would be refused."""
    without_comments = re.sub(r"\{#.*?#\}|\{% comment.*?endcomment %\}", "", html, flags=re.DOTALL)
    return [what for what, pattern in REFUSED.items() if re.search(pattern, without_comments, re.I)]


@pytest.mark.parametrize("file", PAGES, ids=lambda file: str(Path(file).relative_to(ROOT)))
def test_a_template_asks_for_nothing_that_is_refused(file):
    assert not found_in(file.read_text("utf-8"))


@pytest.mark.parametrize(
    "html",
    ['<script src="/x.js"></script>', '<script nonce="x">1</script>', "<style>a{}</style>",
     '<p style="a">', '<a onclick="x">', '<div hx-on:click="x">', '<a href="javascript:x">',
     "<div hx-vals='js:{a: 1}'>", '<div hx-trigger="click[ctrlKey]">',
     '<img src="//elsewhere.example/x">'],
)  # fmt: skip
def test_control_each_would_be_found(html):
    assert found_in(html)
