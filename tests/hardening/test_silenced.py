"""No finding of a linter is silenced without saying why."""

import re
import subprocess
import tokenize
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
MARK = re.compile(r"#\s*(?:ruff:\s*)?(?:noqa|nosec)\b", re.IGNORECASE)
# One marker or two, each with its codes, and then a reason of more than a word.
EXPLAINED = re.compile(
    r"#\s*(?:ruff: )?(?:noqa: [A-Z]+\d+(?:, [A-Z]+\d+)*|nosec B\d+(?: B\d+)*)"
    r"(?: # nosec B\d+(?: B\d+)*)? [#-] (?!nosec)\S+ \S+.*"
)
SETTINGS = ROOT / "pyproject.toml"


def python_files() -> list[Path]:
    """The Python files of the repository, and those about to join it."""
    asked = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "*.py"]
    done = subprocess.run(asked, cwd=ROOT, capture_output=True, text=True, check=True)
    return [ROOT / name for name in done.stdout.splitlines() if (ROOT / name).exists()]


def unexplained(comment: str) -> bool:
    """Whether a comment silences something and gives no reason."""
    return bool(MARK.search(comment)) and not EXPLAINED.search(comment)


def test_every_silenced_line_says_why():
    found = []
    for file in python_files():
        with tokenize.open(file) as source:
            comments = [t for t in tokenize.generate_tokens(source.readline)
                        if t.type == tokenize.COMMENT]  # fmt: skip
        found += [f"{file.relative_to(ROOT)}:{one.start[0]}" for one in comments
                  if unexplained(one.string)]  # fmt: skip
    assert not found


def test_every_silenced_rule_of_the_settings_says_why():
    """Each entry, or the one before it in its list, has a comment."""
    text = SETTINGS.read_text("utf-8")
    for block in re.findall(
        r"^(?:ignore|skips|\"\S+\") = \[(.*?)\]", text, re.MULTILINE | re.DOTALL
    ):
        lines = [line for line in block.splitlines() if '"' in line]
        assert not lines or "#" in lines[0] or len(lines) == 1, block
    one_line = re.findall(r'^"\S+" = \[".*\](.*)$', text, re.MULTILINE)
    assert all(rest.strip().startswith("#") for rest in one_line)


def test_the_security_rules_are_on():
    ruff = tomllib.loads(SETTINGS.read_text("utf-8"))["tool"]["ruff"]["lint"]
    assert "S" in ruff["select"]
    assert not [code for code in ruff["ignore"] if re.fullmatch(r"S\d+", code)]
    assert "-m bandit" in (ROOT / "Makefile").read_text("utf-8")


@pytest.mark.parametrize(
    "comment",
    ["# noqa", "# noqa: S105", "# nosec", "# nosec B105", "# noqa: S105 # nosec B105",
     "# noqa: S105 - x", "# ruff: noqa: S608", "# NOQA"],
)  # fmt: skip
def test_control_a_bare_marker_would_be_seen(comment):
    assert unexplained(comment)


@pytest.mark.parametrize(
    "comment",
    ["# noqa: S105 - a model's name", "# noqa: S105 # nosec B105 # a model's name",
     "# ruff: noqa: S608 # all constants", "# another thing"],
)  # fmt: skip
def test_control_an_explained_one_passes(comment):
    assert not unexplained(comment)
