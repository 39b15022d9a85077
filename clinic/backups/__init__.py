"""Backups of the whole database: a dump by PostgreSQL's own tool, what it holds, and its checksum.

A backup is three files side by side: the dump (`.dump`, or `.dump.age` and `.dump.gpg` where it is
encrypted), what it holds (`….json`), and the checksums of both (`….sha256`, as `sha256sum -c`
reads them).
"""


class BackupRefused(Exception):
    """Why no backup was made or restored: one line for the person at the terminal."""
