"""Calls as a file for spreadsheets."""

import csv
import io
from zoneinfo import ZoneInfo

from msgspec.structs import replace

from server.telephony.log.export import Language, heading, lines
from server.telephony.records import Call, seen_by
from wire.record import CallRecord
from wire.route import Party

ME = "@anna:localhost"
RECORD = CallRecord(
    id="01A", via="trunk:x", started_at=1_764_489_600_000, answered_at=1_764_489_605_000,
    ended_at=1_764_493_266_000, caller=Party(None, "Verdi", "+390698765432"), outcome="answered",
    callee=Party(ME, "Anna", "201"), answered_on="desk_phone",
)  # fmt: skip
CALL = seen_by(RECORD, ME)


def cells(calls: list[Call], language: Language = "it") -> list[list[str]]:
    text = heading(language) + lines(calls, language, ZoneInfo("Europe/Rome"))
    assert text.startswith("\ufeff")
    return list(csv.reader(io.StringIO(text[1:]), delimiter=";" if language == "it" else ","))


def test_the_file_is_in_the_readers_words_and_on_their_clock() -> None:
    headings, row = cells([CALL])
    assert headings[:3] == ["Data", "Ora", "Direzione"]
    assert row == [
        "30/11/2025", "09:00:00", "ricevuta", "risposta", "Verdi", "+390698765432", "1:01:01",
        "telefono fisso", "2025-11-30T08:00:00Z", "", "",
    ]  # fmt: skip
    assert cells([CALL], "en")[1][:4] == ["2025-11-30", "09:00:00", "received", "answered"]


def test_it_says_who_called_in_whose_name() -> None:
    made = replace(
        RECORD, caller=Party(ME, "Anna"), callee=Party(None, "Verdi"), on_behalf_of=Party("@b:x", "Bruno")
    )
    headings, hers, his = cells([seen_by(made, ME), seen_by(made, "@b:x")], "en")
    assert headings[-2:] == ["Made by", "In the name of"]
    assert (hers[-2:], his[-2:]) == (["", "Bruno"], ["Anna", "Bruno"])


def test_no_cell_is_a_formula() -> None:
    for name in ("=cmd()", "+1+1", "-2", "@SUM(A1)", "\t=1", "\r=1"):
        call = seen_by(replace(RECORD, caller=Party(None, name, "+39\n=1")), ME)
        [_, row] = cells([call])
        assert row[4] == "'" + name
        assert row[5] == "'+39\n=1"


def test_a_hidden_number_is_said_and_what_was_not_spoken_has_no_duration() -> None:
    hidden = seen_by(
        replace(RECORD, caller=Party(), answered_at=None, answered_on=None, outcome="missed"), ME
    )
    assert cells([hidden])[1][2:8] == ["persa", "nessuna risposta", "numero nascosto", "", "", ""]
    assert cells([hidden], "en")[1][4] == "hidden number"


def test_without_calls_there_is_the_heading_alone() -> None:
    assert len(cells([])) == 1
    assert heading("en").count("\n") == 1
