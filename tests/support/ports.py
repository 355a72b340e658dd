"""Free ports of the loopback for processes that cannot be told "any port".

A port found free may be taken before its user binds it; on a loopback used by one test run that is rare
enough, and the processes started here say so when it happens.
"""

from __future__ import annotations

import os
import secrets
import socket
from pathlib import Path

#: Below the kernel's ephemeral range, which clients of the same run take ports from.
_RANGE = range(10_100, 32_600)
#: Parts of `./test` that run beside each other take ports of their own, by UNISONO_TEST_LANE. In the first
#: three whole houses begin one after the other, each with hundreds of ports.
_LANES = {
    "0": range(10_100, 15_700),
    "1": range(15_700, 21_300),
    "2": range(21_300, 26_900),
    "3": range(26_900, 28_800),
    "4": range(28_800, 30_700),
    "5": range(30_700, 32_600),
}
_PORTS = _LANES.get(os.environ.get("UNISONO_TEST_LANE", ""), _RANGE)

#: What was handed out in this run: whoever got it binds it later, or now and then.
_given: set[int] = set()


def is_free(port: int) -> bool:
    """Whether nobody holds this port of 127.0.0.1, neither UDP nor TCP."""
    for kind in (socket.SOCK_DGRAM, socket.SOCK_STREAM):
        with socket.socket(socket.AF_INET, kind) as probe:
            if kind == socket.SOCK_STREAM:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                return False
    return True


def is_held(port: int) -> bool:
    """Whether somebody holds this port of 127.0.0.1, or of all addresses: UDP, or TCP listening (proc(5)).

    Looks without touching the port: a probe that binds it would be in the way of whoever is about to.
    """
    wanted = {f"{address}:{port:04X}" for address in ("0100007F", "00000000")}
    listening = "0A"
    for kind in ("udp", "tcp"):
        for line in Path(f"/proc/net/{kind}").read_text().splitlines()[1:]:
            local, state = line.split()[1], line.split()[3]
            if local in wanted and (kind == "udp" or state == listening):
                return True
    return False


def free_block(size: int) -> int:
    """The first of ``size`` neighbouring ports of 127.0.0.1, an even one, all free for UDP and TCP.

    None of them is handed out again in this run, as long as there are others.

    :raises OSError: when no such block was found in 1000 tries.
    """
    for _ in range(2):
        for _ in range(1000):
            first = _PORTS.start + 2 * secrets.randbelow((len(_PORTS) - size) // 2)
            block = range(first, first + size)
            if _given.isdisjoint(block) and all(is_free(port) for port in block):
                _given.update(block)
                return first
        _given.clear()  # a long run has had them all: those of its first tests are free again
    raise OSError(f"no {size} neighbouring free ports of {_PORTS}")


def free_port() -> int:
    """One port of 127.0.0.1 that is free for UDP and TCP."""
    return free_block(1)
