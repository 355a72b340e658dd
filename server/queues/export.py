"""A queue's calls as a CSV file, in the reader's language and on their clock. Pure."""

import csv
import io
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, tzinfo
from typing import Literal

from server.queues.rules import QueuedCall
from server.spreadsheets import MARK, guarded

Language = Literal["it", "en"]

FILE_NAMES = {"it": "coda.csv", "en": "queue.csv"}
_HEADINGS = {
    "it": (
        "Data",
        "Ora",
        "Nome",
        "Numero",
        "Esito",
        "Attesa (s)",
        "Operatore",
        "Conversazione (s)",
        "Richiamata",
    ),
    "en": ("Date", "Time", "Name", "Number", "Outcome", "Waited (s)", "Agent", "Talked (s)", "Called back"),
}
_OUTCOMES = {
    "it": {
        "answered": "risposta", "abandoned": "abbandonata", "elsewhere": "inoltrata", "closed": "chiusa",
        "turned_away": "non accolta", "unreached": "richiamata invano", None: "in attesa",
    },
    "en": {
        "answered": "answered", "abandoned": "abandoned", "elsewhere": "sent on", "closed": "closed",
        "turned_away": "turned away", "unreached": "called back in vain", None: "waiting",
    },
}  # fmt: skip
_YES = {"it": "sì", "en": "yes"}
#: What separates cells where a language's spreadsheets write decimals with a comma, and where they do not.
_SEPARATORS = {"it": ";", "en": ","}


def as_csv(calls: Iterable[QueuedCall], names: Mapping[str, str], language: Language, zone: tzinfo) -> str:
    """`names` of agents, by user id."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter=_SEPARATORS[language], lineterminator="\r\n")
    writer.writerow(_HEADINGS[language])
    for call in calls:
        at = datetime.fromtimestamp(call.arrived_at / 1000, UTC).astimezone(zone)
        talked = call.ended_at - call.answered_at if call.ended_at and call.answered_at else None
        writer.writerow(
            (
                at.strftime("%Y-%m-%d"),
                at.strftime("%H:%M:%S"),
                guarded(call.caller.name),
                guarded(call.caller.number or ""),
                _OUTCOMES[language][call.outcome],
                "" if call.waited is None else round(call.waited / 1000),
                guarded(names.get(call.agent or "", "")),
                "" if talked is None else round(talked / 1000),
                "" if call.hung_up_at is None else _YES[language],
            )
        )
    return MARK + out.getvalue()
