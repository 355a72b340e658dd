"""A person's calls as a CSV file, in their language and on their clock. Pure."""

import csv
import io
from collections.abc import Iterable
from datetime import UTC, datetime, tzinfo
from typing import Literal

from server.spreadsheets import MARK, guarded
from server.telephony.log.rules import kind_of
from server.telephony.records import Call

Language = Literal["it", "en"]

_HEADINGS = {
    "it": (
        "Data",
        "Ora",
        "Direzione",
        "Esito",
        "Nome",
        "Numero",
        "Durata",
        "Risposta da",
        "Inizio (UTC)",
        "Fatta da",
        "A nome di",
    ),
    "en": (
        "Date",
        "Time",
        "Direction",
        "Outcome",
        "Name",
        "Number",
        "Duration",
        "Answered on",
        "Began (UTC)",
        "Made by",
        "In the name of",
    ),
}
_KINDS = {
    "it": {"made": "effettuata", "received": "ricevuta", "missed": "persa"},
    "en": {"made": "made", "received": "received", "missed": "missed"},
}
_OUTCOMES = {
    "it": {
        "answered": "risposta", "missed": "nessuna risposta", "rejected": "rifiutata", "busy": "occupato",
        "cancelled": "annullata", "unreachable": "non raggiungibile", "failed": "non riuscita",
        "interrupted": "interrotta", "in_progress": "in corso", "blocked": "bloccata",
    },
    "en": {
        "answered": "answered", "missed": "no answer", "rejected": "declined", "busy": "busy",
        "cancelled": "cancelled", "unreachable": "not reachable", "failed": "failed",
        "interrupted": "interrupted", "in_progress": "in progress", "blocked": "blocked",
    },
}  # fmt: skip
_DEVICES = {
    "it": {
        "matrix": "app", "desk_phone": "telefono fisso", "mobile": "cellulare", "outside": "numero esterno",
        "meeting": "riunione",
        "parked": "parcheggio", "conference": "conferenza", "voicemail": "segreteria", "queue": "coda",
    },
    "en": {
        "matrix": "app", "desk_phone": "desk phone", "mobile": "mobile phone", "outside": "outside number",
        "meeting": "meeting",
        "parked": "parked", "conference": "conference", "voicemail": "voicemail", "queue": "queue",
    },
}  # fmt: skip
_HIDDEN = {"it": "numero nascosto", "en": "hidden number"}
#: What separates cells where a language's spreadsheets write decimals with a comma, and where they do not.
_DELIMITERS = {"it": ";", "en": ","}
FILE_NAMES = {"it": "chiamate.csv", "en": "calls.csv"}


def heading(language: Language) -> str:
    """How the file begins: the mark of its encoding, and what its columns are."""
    return MARK + _rows([_HEADINGS[language]], language)


def lines(calls: Iterable[Call], language: Language, zone: tzinfo) -> str:
    """A line for each call, in their order; lines of several pages follow each other."""
    return _rows(([guarded(cell) for cell in _cells(call, language, zone)] for call in calls), language)


def _rows(rows: Iterable[Iterable[str]], language: Language) -> str:
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=_DELIMITERS[language]).writerows(rows)
    return out.getvalue()


def _cells(call: Call, language: Language, zone: tzinfo) -> tuple[str, ...]:
    began = datetime.fromtimestamp(call.started_at / 1000, zone)
    utc = datetime.fromtimestamp(call.started_at / 1000, UTC)
    peer = call.peer
    return (
        began.strftime("%d/%m/%Y" if language == "it" else "%Y-%m-%d"),
        began.strftime("%H:%M:%S"),
        _KINDS[language][kind_of(call)],
        _OUTCOMES[language].get("blocked" if call.blocked else call.outcome, call.outcome),
        peer.name or (_HIDDEN[language] if peer.number is None else ""),
        peer.number or "",
        _duration(call),
        _DEVICES[language].get(call.answered_on or "", ""),
        utc.strftime("%Y-%m-%dT%H:%M:%SZ"),
        call.made_by.name if call.made_by is not None else "",
        call.on_behalf_of.name if call.on_behalf_of is not None else "",
    )


def _duration(call: Call) -> str:
    """Hours, minutes and seconds of conversation; empty where there was none or it goes on."""
    if call.answered_at is None or call.ended_at is None:
        return ""
    seconds = max(0, call.ended_at - call.answered_at) // 1000
    return f"{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}"
