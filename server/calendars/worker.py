"""The process that understands calendars: what it is given may keep it busy for ever, and then it is ended.

A line of JSON and that many bytes come in by standard input, a line of JSON goes out, one after another.
"""

import os
import resource
import signal
import sys
from collections.abc import Callable
from typing import Literal

import msgspec

from server.calendars import dav, reading
from server.calendars.reading import Reading
from server.calendars.refusals import CalendarRefusal, NotACalendar

#: Seconds for one calendar, and bytes for the process.
PATIENCE = 15
MEMORY = 1536 * 1024 * 1024


class Job(msgspec.Struct):
    """`kind`: a calendar's file, or a CalDAV server's answer with many."""

    kind: Literal["ics", "report"]
    length: int
    start: int
    end: int
    timezone: str
    mine: list[str] = []


class Outcome(msgspec.Struct):
    """`problem` is the code of a refusal."""

    reading: Reading | None = None
    problem: str | None = None


def work(job: Job, content: bytes) -> Outcome:
    def one(file: bytes) -> Reading:
        return reading.read(file, job.start, job.end, job.timezone, job.mine)

    try:
        if job.kind == "ics":
            return Outcome(one(content))
        return Outcome(reading.joined(each for file in dav.files(content) if (each := _kept(one, file))))
    except CalendarRefusal as refusal:
        return Outcome(problem=refusal.code)
    except MemoryError:
        raise
    except Exception:
        # Nobody foresees all that a file may say, and it is not slow for that.
        return Outcome(problem=NotACalendar.code)


def _kept(read: Callable[[bytes], Reading], file: bytes) -> Reading:
    """One file that is none spoils only itself."""
    try:
        return read(file)
    except MemoryError:
        raise
    except Exception:
        return Reading(skipped=1)


def main() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    os.nice(5)
    come, go = sys.stdin.buffer, sys.stdout.buffer
    while line := come.readline():
        job = msgspec.json.decode(line, type=Job)
        content = come.read(job.length)
        # The default action ends the process, whatever it is in.
        signal.alarm(PATIENCE)
        outcome = work(job, content)
        signal.alarm(0)
        go.write(msgspec.json.encode(outcome) + b"\n")
        go.flush()


if __name__ == "__main__":
    main()
