"""Clients that cost next to nothing: requests made beforehand, sent over connections kept open."""

import json
import socket
import statistics
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

PATIENCE = 30


def call(method: str, path: str, *, token: str = "", body: Any = None, key: str = "") -> bytes:
    """One request as it goes over the wire."""
    sent = b"" if body is None else json.dumps(body).encode()
    lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1", f"Content-Length: {len(sent)}"]
    lines += [f"Authorization: Bearer {token}"] if token else []
    lines += ["Content-Type: application/json"] if sent else []
    lines += [f"Idempotency-Key: {key}"] if key else []
    return "\r\n".join([*lines, "", ""]).encode() + sent


@dataclass(slots=True)
class Answers:
    """What came back, and how long each took in milliseconds."""

    seconds: float = 0.0
    taken: list[float] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)
    bodies: list[bytes] = field(default_factory=list)

    @property
    def rate(self) -> float:
        """Answers per second."""
        return len(self.taken) / self.seconds

    @property
    def median(self) -> float:
        """Milliseconds in the middle."""
        return statistics.median(self.taken)

    @property
    def p95(self) -> float:
        """Milliseconds that one in twenty exceeds."""
        return sorted(self.taken)[int(len(self.taken) * 0.95)]


class Client:
    """One connection."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.link: socket.socket | None = None

    def _connected(self) -> socket.socket:
        if self.link is None:
            self.link = socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE)
            self.link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return self.link

    def ask(self, request: bytes) -> tuple[int, bytes]:
        """Status and body."""
        link = self._connected()
        link.sendall(request)
        got = link.recv(65536)
        while b"\r\n\r\n" not in got:
            got += self._more(link)
        head, _, body = got.partition(b"\r\n\r\n")
        lower = head.lower()
        length = int(lower.partition(b"content-length:")[2].split(b"\r\n", 1)[0])
        while len(body) < length:
            body += self._more(link)
        if b"connection: close" in lower:
            link.close()
            self.link = None
        return int(head[9:12]), body

    def _more(self, link: socket.socket) -> bytes:
        got = link.recv(65536)
        if not got:
            raise ConnectionError("the server hung up in the middle of an answer")
        return got


def ask_all(port: int, requests: Sequence[bytes], clients: int) -> Answers:
    """Send all requests by so many clients at once, each its share one after the other."""
    answers, turn = Answers(), iter(requests)
    lock, ready = threading.Lock(), threading.Barrier(clients + 1)
    threads = [
        threading.Thread(target=_work, args=(Client(port), turn, lock, ready, answers))
        for _ in range(clients)
    ]
    for thread in threads:
        thread.start()
    ready.wait()
    began = time.perf_counter()
    for thread in threads:
        thread.join()
    answers.seconds = time.perf_counter() - began
    return answers


def _work(
    client: Client,
    turn: Iterator[bytes],
    lock: threading.Lock,
    ready: threading.Barrier,
    answers: Answers,
) -> None:
    ready.wait()
    while True:
        with lock:
            request = next(turn, None)
        if request is None:
            break
        began = time.perf_counter()
        status, body = client.ask(request)
        taken = (time.perf_counter() - began) * 1000
        with lock:
            answers.taken.append(taken)
            answers.statuses[status] += 1
            answers.bodies.append(body)
    if client.link:
        client.link.close()
