"""The audit of dependencies says what it could not look up, and finds what a source knows."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from local import audit

LOCK = "--hash=sha256:" + 64 * "0"


class Source(BaseHTTPRequestHandler):
    """Answers as OSV does, out of what the test lets it know."""

    known: set[str] = set()

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        name = asked["package"]["name"]
        affected = {"package": {"name": name, "ecosystem": "PyPI"}, "ranges": []}
        fault = {"id": "OSV-1", "summary": "bad", "affected": [affected]}
        body = json.dumps({"vulns": [fault]} if name in self.known else {}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: object) -> None:
        """Quiet."""


@pytest.fixture
def source(monkeypatch):
    """A source of known vulnerabilities on this machine, and the only one that is asked."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Source)
    threading.Thread(target=server.serve_forever).start()
    monkeypatch.setenv("OSV_URL", f"http://127.0.0.1:{server.server_address[1]}/v1/query")
    monkeypatch.setattr(audit, "SERVICES", ("osv",))
    yield lambda *known: monkeypatch.setattr(Source, "known", set(known))
    server.shutdown()
    server.server_close()


@pytest.fixture
def lock(tmp_path):
    file = tmp_path / "requirements.txt"
    file.write_text(f"zlib-ng==0.5.1 {LOCK}\nidna==3.10 {LOCK}\n")
    return file


def test_a_locked_package_with_a_known_fault_is_found(source, lock):
    source("django", "idna")
    outcome = audit.python_packages([lock])
    assert outcome.looked_up == 2
    assert outcome.found == ["idna 3.10: OSV-1, cured by nothing yet"]


def test_sound_packages_pass(source, lock):
    source("django")
    outcome = audit.python_packages([lock])
    assert (outcome.looked_up, outcome.found) == (2, [])


def test_a_source_that_knows_nothing_is_no_good_news(source, lock):
    source()
    outcome = audit.python_packages([lock])
    assert outcome.looked_up is None
    assert "not looked up" in next(iter(outcome.lines()))


@pytest.mark.parametrize(
    ("outcome", "code", "strict_code"),
    [
        (audit.Outcome("x", looked_up=3), 0, 0),
        (audit.Outcome("x"), 0, 2),
        (audit.Outcome("x", looked_up=2, missing=["y"]), 0, 2),
        (audit.Outcome("x", looked_up=3, found=["y 1: OSV-1"]), 1, 1),
    ],
)
def test_only_what_is_known_to_be_bad_fails_unless_told(outcome, code, strict_code):
    outcomes = [outcome, audit.Outcome("npm", looked_up=1)]
    assert audit.verdict(outcomes, strict=False) == code
    assert audit.verdict(outcomes, strict=True) == strict_code
