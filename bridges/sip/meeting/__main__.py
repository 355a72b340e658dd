"""`python -m bridges.sip.meeting --fd N`: the process in the rooms of the SFU, started by the bridge.

It speaks `link` on the inherited stream socket N. When that closes, or the bridge dies, it leaves its rooms,
so that nobody sees a telephone that is not there, and ends.
"""

import argparse
import asyncio
import logging
import os
import select
import signal
import socket
import sys
import threading
import time

import uvloop

from bridges.sip.meeting.link import LinkError, Mixed, OrderReader, Report, encode
from bridges.sip.meeting.worker import Worker
from logs import log

_log = log.get(__name__)

#: Seconds given to the goodbyes, and after which a process that hangs is ended from beside.
_FAREWELL, _AT_MOST = 1.5, 3.0


def main(arguments: list[str] | None = None) -> int:
    """Serve until the bridge closes the socket; the exit code."""
    # Whatever this process creates is for its owner alone.
    os.umask(0o077)
    parser = argparse.ArgumentParser(prog="python -m bridges.sip.meeting", description=__doc__)
    parser.add_argument("--fd", type=int, required=True, help="the inherited socket")
    parser.add_argument("--log-level", default="info")
    options = parser.parse_args(arguments)
    log.configure("meeting", options.log_level)
    # What the SDK tells of its tries we tell in our words.
    logging.getLogger("livekit").setLevel(logging.ERROR)
    threading.Thread(target=_never_outlive, args=[options.fd], daemon=True).start()
    # The bridge decides when it is over: a Ctrl-C in the terminal reaches this process, too.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    uvloop.run(_serve(socket.socket(fileno=options.fd)))
    return 0


def _never_outlive(fd: int) -> None:
    """The bridge's end of the socket is closed by the kernel, however the bridge ends."""
    poll = select.poll()
    poll.register(fd, select.POLLRDHUP)
    poll.poll()
    time.sleep(_AT_MOST)
    os._exit(1)


async def _serve(wire: socket.socket) -> None:
    reader, writer = await asyncio.open_connection(sock=wire)

    def tell(report: Report) -> None:
        if not writer.is_closing():
            writer.write(encode(report))

    worker, orders = Worker(tell), OrderReader()
    tell(Mixed({}))  # the first sign of life
    try:
        while data := await reader.read(65_536):
            for order in orders.orders(data):
                worker.obey(order)
    except (ConnectionError, LinkError) as error:
        _log.error("link_broken", why=str(error))
    try:
        async with asyncio.timeout(_FAREWELL):
            await worker.close()
    except TimeoutError:
        _log.warning("rooms_not_left_in_time")


if __name__ == "__main__":
    code = main()
    sys.stderr.flush()
    # The SDK's native threads may call into Python while Python ends, and abort the process.
    os._exit(code)
