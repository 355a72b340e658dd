"""Damaged copies of good input: what a parser of the network's bytes has to bear.

The corpus is a folder a parser in `tests/fuzz/corpus`: text as it is, binary as hexadecimal digits
(`.hex`). A crash that was found and mended belongs there, too.
"""

import os
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

CORPUS = Path(__file__).parent / "corpus"
LONGEST = 65_536
#: Seconds a parser is tried; the same inputs each time. `UNISONO_FUZZ_SECONDS=600 ./test fuzz` tries others,
#: for longer.
SECONDS = float(os.environ.get("UNISONO_FUZZ_SECONDS", "0"))
USUAL_SECONDS = 4.0
#: Process time that one input may cost, seconds; generous, as patterns gone wrong take minutes.
MOST = 2.0

#: What parsers trip over, whatever they read.
ODD = [
    b"\x00", b"\r\n", b"\n", b"\r", b"\r\n ", b"\t", b"\xff", b"\xe9", b"\xed\xb3\xa9", b"\xef\xbf\xbd", b'"',
    b"\\", b"<", b">", b",", b";", b"=", b":", b"%", b"-1", b"0", b"4294967296", b"99999999999999999999",
    b"\xd9\xa1", b"self", b"[::1", b"a" * 300,
]  # fmt: skip


def corpus(folder: str) -> list[bytes]:
    """Its files in the order of their names."""
    files = sorted((CORPUS / folder).iterdir())
    return [bytes.fromhex(f.read_text()) if f.suffix == ".hex" else f.read_bytes() for f in files]


#: Where, how much, what to put there, and with which word or seed, how often.
Edit = tuple[int, int, int, int, int]
EDITS = st.lists(
    st.tuples(
        st.integers(0, 8_000),
        st.integers(0, 60),
        st.integers(0, 6),
        st.integers(0, 255),
        st.integers(1, 4_000),
    ),
    max_size=6,
)


def damage(seeds: Sequence[bytes], chosen: int, chance: bytes, edits: Sequence[Edit]) -> bytes:
    """One of the seeds after cuts, doublings, insertions and transplants; `chance` where there is no seed."""
    data = seeds[chosen] if chosen < len(seeds) else chance
    for where, length, kind, choice, times in edits:
        start = where % (len(data) + 1)
        old = data[start : start + length]
        word, seed = ODD[choice % len(ODD)], seeds[choice % len(seeds)]
        pieces = (
            b"",
            old * 2,
            word,
            ((old or word) * times)[:8_000],
            bytes(byte ^ 0x80 for byte in old),
            seed[times % (len(seed) + 1) :][: length + 1],
            chance[:8],
        )
        data = data[:start] + pieces[kind] + data[start + length :]
    return data[:LONGEST]


def try_out(folder: str, read: Callable[[bytes], None]) -> None:
    """Give `read` damaged input for the time that there is; it must raise nothing, and never take long."""
    seeds = corpus(folder)
    for seed in seeds:
        read(seed)
    end = time.monotonic() + (SECONDS or USUAL_SECONDS)

    @settings(
        max_examples=400,
        derandomize=not SECONDS,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(st.integers(0, len(seeds)), st.binary(max_size=200), EDITS)
    def one(chosen: int, chance: bytes, edits: list[Edit]) -> None:
        if time.monotonic() < end:
            data = damage(seeds, chosen, chance, edits)
            started = time.process_time()
            read(data)
            assert time.process_time() - started < MOST, f"{len(data)} bytes took too long"

    one()
    while SECONDS and time.monotonic() < end:
        one()
