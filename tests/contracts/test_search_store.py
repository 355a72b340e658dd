"""What is found, in Italian and English: the same in each database."""

from zoneinfo import ZoneInfo

import pytest

from server.search import store as search_store
from server.search.question import SearchError, read
from server.search.reading import Change, Redacted, Said
from server.search.service import Search
from server.search.store import SqlSearch
from server.storage import Database

ROOM, OTHER = "!team:localhost", "!secret:localhost"
ANNA = "@anna:localhost"
#: What was said, by a short name.
SAID = {
    "perche": "Perché non vieni domani?",
    "riunione": "La riunione è spostata alle 15",
    "riunioni": "Troppe riunioni questa settimana",
    "preventivo": "preventivo_2026.pdf",
    "fattura": "Ho mandato la fattura n. 77/B a Rossi S.p.A.",
    "fatture": "Le fatture di marzo mancano",
    "citta": "Che bella città!",
    "ufficio": "Sono in ufficio, l’ufficio è vuoto",
    "telefono": "Chiamami al +39 06 1234567",
    "chiamate": "Due chiamate perse",
    "contratto": "Il contratto con l'azienda è firmato",
    "aziende": "Tutte le aziende del consorzio",
    "pagamento": "Pagamenti entro 30 giorni",
    "orario": "L'orario di apertura è cambiato",
    "stampante": "La stampante del terzo piano non stampa",
    "progetto": "I progetti nuovi partono a giugno",
    "cliente": "Un cliente difficile",
    "server": "Il server si riavvia stanotte alle 02:30",
    "caffe": "Caffè?",
    "link": "Vedi https://example.org/wiki/Guida_rapida",
    "codice": "Il codice è AB-1234-XY",
    "percento": "Sconto del 50% su tutto_il_listino",
    "meeting": "The meeting starts at noon",
    "meetings": "No more meetings on Friday, please",
    "company": "Our company picnic",
    "companies": "Two companies merged",
    "invoice": "Please send the invoice to accounting",
    "invoices": "All invoices are paid",
    "delivery": "The delivery was late",
    "running": "The backup is running now",
    "runs": "It runs every night",
    "naive": "A naïve approach to the façade",
    "dont": "Don’t forget the keys",
    "upgrade": "We upgraded the servers to version 2.10.1",
    "party": "🎉 Party tonight 🎉",
    "report": "quarterly-report_FINAL(2).xlsx",
    "email": "Write to anna.rossi@example.org",
    "strasse": "Lieferung an die Hauptstraße 5",
    "cyrillic": "Встреча завтра в офисе",
    "greek": "Η συνάντηση είναι αύριο",
}
#: What is typed, and what of the above it finds: all of them, and nothing else.
ANSWERS = """
riunione: riunione riunioni
riunioni: riunione riunioni
RIUNIONE: riunione riunioni
riunion: riunione riunioni
unione: riunione
spostata: riunione
perche: perche
perché: perche
PERCHE: perche
perchè: perche
domani: perche
vieni domani: perche
domani vieni: perche
2026: preventivo
preventivo: preventivo
preventivi: preventivo
preventivo_2026: preventivo
preventivo_2026.pdf: preventivo
.pdf: preventivo
pdf: preventivo
vo_20: preventivo
fattura: fattura fatture
fatture: fattura fatture
Fattura Rossi: fattura
rossi: fattura email
rosso: fattura email
s.p.a.: fattura
77/B: fattura
fatture marzo: fatture
marzo: fatture
mancano: fatture
mancare: fatture
citta: citta
città: citta
CITTÀ: citta
bella: citta
bello: citta
ufficio: ufficio
l'ufficio: ufficio
l’ufficio: ufficio
uffici: ufficio
vuoto: ufficio
vuota: ufficio
1234567: telefono
345: telefono
06 1234567: telefono
+39:
chiamami: telefono
chiamate: chiamate
chiamata: chiamate
perse: chiamate
due chiamate: chiamate
contratto: contratto
contratti: contratto
firmato: contratto
firmati: contratto
azienda: contratto aziende
aziende: contratto aziende
azienda contratto: contratto
consorzio: aziende
pagamento: pagamento
pagamenti: pagamento
30 giorni: pagamento
giorno: pagamento
orario: orario
orari: orario
apertura: orario
aperture: orario
cambiato: orario
stampante: stampante
stampanti: stampante
stampa: stampante
terzo piano: stampante
progetto: progetto
progetti: progetto
nuovo: progetto
giugno: progetto
cliente: cliente
clienti: cliente
difficile: cliente
difficili: cliente
server: server upgrade
servers: server upgrade
02:30: server
stanotte: server
riavvia: server
caffe: caffe
caffè: caffe
guida: link
guida_rapida: link
rapida: link
wiki: link
https://example.org: link
example.org: link email
AB-1234-XY: codice
ab-1234: codice
1234: telefono codice
codice: codice
codici: codice
50%: percento
sconto: percento
sconti: percento
tutto_il: percento
listino: percento
meeting: meeting meetings
meetings: meeting meetings
MEETING noon: meeting
noon: meeting
starts: meeting
start: meeting
friday: meetings
no more: meetings
company: company companies
companies: company companies
picnic: company
merged: companies
merge: companies
invoice: invoice invoices
invoices: invoice invoices
accounting: invoice
paid: invoices
delivery: delivery
deliveries: delivery
late: delivery
running: running runs
run: running runs strasse
runs: running runs
backup: running
night: runs party
every night: runs
naive: naive
naïve: naive
facade: naive
façade: naive
approach: naive
approaches: naive
don't: dont
don’t: dont
forget: dont
keys: dont
key: dont
upgrade: upgrade
upgraded: upgrade
version 2.10: upgrade
2.10.1: upgrade
party: party
parties: party
🎉:
🎉 party: party
tonight: party
report: report
reports: report
quarterly: report
final: report
(2).xlsx: report
xlsx: report
quarterly-report_final(2).xlsx: report
anna.rossi@example.org: email
@example.org: email
anna.rossi: email
hauptstrasse: strasse
hauptstraße: strasse
lieferung: strasse
strasse: strasse
встреча: cyrillic
ВСТРЕЧА: cyrillic
завтра: cyrillic
συνάντηση: greek
συναντηση: greek
αύριο: greek
"non vieni": perche
"vieni non":
"la fattura": fattura
"le fatture di marzo": fatture
"two companies": companies
"the meeting": meeting
"more meetings": meetings
"send the invoice": invoice
"invoice the":
"alle 15": riunione
"Il  server": server
"bella città": citta
"spostata alle" riunioni: riunione
zebra:
xyz123:
riunione zebra:
fattura fatture: fattura fatture
meeting company:
casa:
incasso:
drop table:
OR AND:
NOT meeting:
meeting*: meeting meetings
^riunione: riunione riunioni
"riunione: riunione riunioni
'; delete from search_messages; --:
%:
___:
tutto%listino:
50_:
col:riunione:
"""


def cases() -> list[tuple[str, frozenset[str]]]:
    pairs = (line.rpartition(":") for line in ANSWERS.strip("\n").splitlines())
    return [(typed, frozenset(found.split())) for typed, _, found in pairs]


class Everywhere:
    """Anna is in the one room alone; the homeserver is not asked for events."""

    async def joined(self, user_id: str) -> set[str]:
        return {ROOM} if user_id == ANNA else {OTHER}

    async def event(self, room_id: str, event_id: str, as_user: str) -> None:
        raise AssertionError


@pytest.fixture
async def store(database: Database) -> SqlSearch:
    store = SqlSearch(database)
    await store.prepare(anew=True)
    said: list[Change] = [
        Said(ROOM, f"${name}", ANNA, 1000 + at, body, name in {"preventivo", "report"})
        for at, (name, body) in enumerate(SAID.items())
    ]
    # The same in a room of others: nobody finds it who is not there.
    others = [Said(OTHER, f"$other-{name}", "@eva:localhost", 1000, body) for name, body in SAID.items()]
    await store.apply([*said, *others])
    return store


async def looked_for(store: SqlSearch, text: str) -> list[str]:
    question = read(text, ZoneInfo("Europe/Rome"), lambda name: f"@{name}:localhost")
    hits = await Search(store, Everywhere()).find(ANNA, question, None, 50)
    return [hit.event_id.removeprefix("$") for hit in hits.hits]


@pytest.mark.parametrize("few", [True, False], ids=["looked at each", "by the index"])
async def test_two_hundred_questions(store: SqlSearch, few: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    if not few:
        monkeypatch.setattr(search_store, "FEW", 0)
    wrong = {}
    for typed, expected in cases():
        try:
            got = frozenset(await looked_for(store, typed))
        except SearchError:
            got = frozenset()
        if got != expected:
            wrong[typed] = (sorted(got), sorted(expected))
    assert wrong == {}
    assert len(cases()) >= 200


async def test_filters(store: SqlSearch) -> None:
    await store.apply(
        [Said(ROOM, "$bruno", "@bruno:localhost", 1_767_225_600_000, "riunione in file.txt", True)]
    )
    assert await looked_for(store, "from:bruno") == ["bruno"]
    assert await looked_for(store, "from:bruno fattura") == []
    assert await looked_for(store, "has:file") == ["bruno", "report", "preventivo"]
    assert await looked_for(store, "has:file riunione") == ["bruno"]
    assert await looked_for(store, "riunione after:2026-01-01") == ["bruno"]
    assert await looked_for(store, "riunione before:2026-01-01") == ["riunioni", "riunione"]
    assert await looked_for(store, f"riunione in:{ROOM}") == ["bruno", "riunioni", "riunione"]
    assert await looked_for(store, f"riunione in:{OTHER}") == []


async def test_messages_of_one_moment_are_all_kept(store: SqlSearch) -> None:
    await store.apply([Said(ROOM, f"$same{n}", ANNA, 9000, "contemporaneo") for n in range(300)])
    assert len(await looked_for(store, "contemporaneo")) == 50
    assert await store.counts() == (2, 2 * len(SAID) + 300)
    await store.apply([Redacted(ROOM, "$same299")])
    assert (await looked_for(store, "contemporaneo"))[0] == "same298"
    assert await store.counts() == (2, 2 * len(SAID) + 299)


async def test_another_version_begins_from_nothing(
    store: SqlSearch, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    await store.completed()
    await store.prepare()
    assert await store.is_complete()
    monkeypatch.setattr(search_store, "VERSION", search_store.VERSION + 1)
    await SqlSearch(database).prepare()
    assert await store.counts() == (0, 0) and not await store.is_complete()
