"""When a file is the one that was read before."""

import pytest

from server.calendars import sources


@pytest.mark.parametrize("lines", [10, 20_000])
def test_the_moment_of_asking_is_no_change(lines: int) -> None:
    def body(stamp: str, summary: str) -> bytes:
        event = f"BEGIN:VEVENT\r\nDTSTAMP:{stamp}\r\nSUMMARY:x\r\nEND:VEVENT\r\n"
        return (event * lines + f"SUMMARY:{summary}\r\n").encode()

    before = sources._digest(body("20260101T000000Z", "one"))
    assert sources._digest(body("20260202T111111Z", "one")) == before
    assert sources._digest(body("20260101T000000Z", "two")) != before


def test_a_pattern_is_never_looked_for_in_a_whole_file(monkeypatch: pytest.MonkeyPatch) -> None:
    longest = 0

    class Stamp:
        def sub(self, new: bytes, body: bytes) -> bytes:
            nonlocal longest
            longest = max(longest, len(body))
            return body

    monkeypatch.setattr(sources, "_STAMP", Stamp())
    sources._digest(b"x" * 1_000_000)
    assert longest == sources._PIECE
