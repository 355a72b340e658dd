"""Counts a JUnit report for `./test`: `python -m tests.support.counting REPORT EXIT_STATUS`.

Prints `passed N` and one `failed NAME` for each test that failed, broke or was skipped.
"""

import sys
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree


def outcomes(report: ElementTree.Element, status: int) -> Iterator[str]:
    """`status` is the runner's exit status: one that failed without a failed test is a failure of its own."""
    passed = failed = 0
    for case in report.iter("testcase"):
        name = f"{case.get('classname', '')}::{case.get('name', '')}"
        if case.find("failure") is not None or case.find("error") is not None:
            failed += 1
            yield f"failed {name}"
        elif (skipped := case.find("skipped")) is not None:
            failed += 1
            yield f"failed {name} (skipped: {skipped.get('message', 'no reason given')})"
        else:
            passed += 1
    if status and not failed:
        yield f"failed the runner ended with status {status}"
    elif not passed and not failed:
        yield "failed no test was run"
    yield f"passed {passed}"


def main() -> None:
    # The report was written by our own test runner a moment ago.
    report = ElementTree.fromstring(Path(sys.argv[1]).read_bytes())  # noqa: S314
    for line in outcomes(report, int(sys.argv[2])):
        sys.stdout.write(line.replace("\n", " ") + "\n")


if __name__ == "__main__":
    main()
