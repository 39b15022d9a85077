"""A mail server for one machine: it keeps every message in a Maildir and delivers none."""

import argparse
import asyncio
import signal
import socket
from pathlib import Path

from aiosmtpd.handlers import Mailbox
from aiosmtpd.smtp import SMTP


def listening_socket() -> socket.socket:
    """A free port of this machine, held from now on."""
    listener = socket.create_server(("127.0.0.1", 0))
    listener.set_inheritable(True)
    return listener


async def serve(listener: socket.socket, folder: Path) -> None:
    """Accept mail until we are told to end."""
    loop = asyncio.get_running_loop()
    done = asyncio.Event()
    for signum in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(signum, done.set)
    handler = Mailbox(folder)
    server = await loop.create_server(
        lambda: SMTP(handler, enable_SMTPUTF8=True, loop=loop), sock=listener
    )
    async with server:
        await done.wait()


def main() -> None:
    """Serve on a socket that our parent holds."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--descriptor", type=int, required=True)
    parser.add_argument("--folder", type=Path, required=True)
    options = parser.parse_args()
    asyncio.run(serve(socket.socket(fileno=options.descriptor), options.folder))


if __name__ == "__main__":
    main()
