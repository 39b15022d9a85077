"""Programs side by side, each reading what the one before says: nothing in between is written."""

import signal
import subprocess  # nosec B404 # PostgreSQL's own tools make and restore dumps
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import IO, Any

from clinic.backups import BackupRefused
from clinic.backups.tools import Command, started

CHUNK = 1 << 16


@dataclass(slots=True)
class Stage:
    """One running program and what it complains of."""

    command: Command
    process: subprocess.Popen[bytes]
    complaints: IO[bytes]

    def check(self) -> None:
        """Wait for its end; BackupRefused when it failed."""
        if self.process.wait() != 0:
            raise BackupRefused(f"{self.command.name} failed: {self._complaint()}")

    def is_cut_off(self) -> bool:
        """Whether it failed only because the one after it was gone."""
        return self.process.wait() == -signal.SIGPIPE

    def _complaint(self) -> str:
        """The line that tells most: PostgreSQL's first error, or else the first line there is."""
        self.complaints.seek(0)
        lines = self.complaints.read(100_000).decode("utf-8", "replace").splitlines()
        told = [line for line in lines if "error:" in line.lower() or "fatal:" in line.lower()]
        return next(iter([*told, *lines]), f"it ended with status {self.process.returncode}")


class Chain:
    """Stages in a row; what the last one says is read from here."""

    def __init__(self, stages: Sequence[Stage]) -> None:
        self.stages = stages

    def chunks(self) -> Iterator[bytes]:
        """What comes out of the last one, to its end; BackupRefused when any of them failed."""
        out = self.stages[-1].process.stdout
        while out and (chunk := out.read(CHUNK)):
            yield chunk
        # Who was cut off tells nothing of the cause.
        for stage in sorted(self.stages, key=Stage.is_cut_off):
            stage.check()


@contextmanager
def chained(commands: Sequence[Command], *, source: Any = subprocess.DEVNULL) -> Iterator[Chain]:
    """Run the programs for as long as the block lasts; none of them outlives it."""
    with ExitStack() as stack:
        stages: list[Stage] = []
        for command in commands:
            stages.append(_stage(stack, command, source))
            if len(stages) > 1 and source is not None:
                source.close()  # or the program before would never learn that this one ended
            source = stages[-1].process.stdout
        yield Chain(stages)


def _stage(stack: ExitStack, command: Command, source: Any) -> Stage:
    complaints = stack.enter_context(tempfile.TemporaryFile())  # noqa: SIM115 - the stack closes it
    process = started(command, stdin=source, stderr=complaints)
    stack.callback(_end, process)
    return Stage(command, process, complaints)


@contextmanager
def fed(command: Command) -> Iterator[Stage]:
    """A program that reads what the block writes to its input; it does not outlive the block."""
    with ExitStack() as stack:
        yield _stage(stack, command, subprocess.PIPE)


def _end(process: subprocess.Popen[bytes]) -> None:
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            try:
                pipe.close()
            except BrokenPipeError:
                continue
    if process.poll() is None:
        process.kill()
    process.wait()
