import contextlib
import time

import pytest

from server.phonebooks import csv_files, rules
from server.phonebooks.rules import Details, Email, Number
from server.spreadsheets import guarded, unguarded

GOOGLE = (
    "First Name,Last Name,Organization Name,Notes,Labels,E-mail 1 - Label,E-mail 1 - Value,"
    "Phone 1 - Label,Phone 1 - Value\n"
    "Nicolò,D'Angelo,ACME S.r.l.,a note,* myContacts,* Work,n@acme.example,"
    "Mobile,+39 333 1234567 ::: 333 7654321\n"
)
OLD_GOOGLE = (
    "Name,Given Name,Family Name,Organization 1 - Name,E-mail 1 - Type,E-mail 1 - Value,"
    "Phone 1 - Type,Phone 1 - Value\n"
    "Mario Rossi,Mario,Rossi,ACME,Home,m@acme.example,Work,06 1234567\n"
)
OUTLOOK = (
    "First Name,Last Name,Company,Business Street,Business Fax,Business Phone,Mobile Phone,E-mail Address,"
    "E-mail Type,E-mail Display Name,Notes\n"
    "Mario,Rossi,ACME,via Roma 3,06 999999,06 1234567,333 1234567,m@acme.example,SMTP,Mario,hello\n"
)
OUTLOOK_ITALIAN = (
    '"Titolo";"Nome";"Cognome";"Società";"Fax (uff.)";"Abitazione";"Cellulare";"Indirizzo posta elettronica";'
    '"Tipo posta elettronica";"Nome visualizzato posta elettronica";"Note"\r\n'
    '"";"Mario";"Rossi";"ACME";"";"06 555555";"333 1234567";"m@acme.example";"SMTP";"M";"due\r\nrighe"\r\n'
)
PLAIN_ITALIAN = "Nominativo;Azienda;Telefono;E-mail\nStudio Bianchi;;06 98765432;s@x.example\n"


@pytest.mark.parametrize(
    ("text", "contact"),
    [
        (
            GOOGLE,
            Details(
                "Nicolò D'Angelo",
                "ACME S.r.l.",
                (Number("+39 333 1234567", "mobile"), Number("333 7654321", "mobile")),
                (Email("n@acme.example", "work"),),
                "a note",
            ),
        ),
        (
            OLD_GOOGLE,
            Details(
                "Mario Rossi", "ACME", (Number("06 1234567", "work"),), (Email("m@acme.example", "home"),)
            ),
        ),
        (
            OUTLOOK,
            Details(
                "Mario Rossi",
                "ACME",
                (Number("06 999999", "fax"), Number("06 1234567", "work"), Number("333 1234567", "mobile")),
                (Email("m@acme.example"),),
                "hello",
            ),
        ),
        (
            OUTLOOK_ITALIAN,
            Details(
                "Mario Rossi",
                "ACME",
                (Number("06 555555", "home"), Number("333 1234567", "mobile")),
                (Email("m@acme.example"),),
                "due\r\nrighe",
            ),
        ),
        (
            PLAIN_ITALIAN,
            Details("Studio Bianchi", "", (Number("06 98765432"),), (Email("s@x.example"),)),
        ),
    ],
    ids=["google", "older google", "outlook", "outlook in italian", "by hand"],
)
def test_the_headings_of_common_programs_are_known(text: str, contact: Details) -> None:
    assert [draft.details for draft in csv_files.read(text) if draft.is_contact] == [contact]


@pytest.mark.parametrize("text", ["", "\n", "a,b\n1,2\n"])
def test_a_file_without_a_heading_that_is_known_is_refused(text: str) -> None:
    with pytest.raises(rules.UnreadableFile):
        list(csv_files.read(text))


@pytest.mark.parametrize("headings", ["Name," + "phone " * 50_000, "Name" + ",phone" * 50_000])
def test_no_crafted_heading_takes_long(headings: str) -> None:
    began = time.process_time()
    with contextlib.suppress(rules.UnreadableFile):
        list(csv_files.read(headings + "\nA\n"))
    assert time.process_time() - began < 2.0


def test_drafts_know_their_first_line_whatever_the_lines_of_their_cells() -> None:
    text = 'Name,Notes\nA,"one\ntwo"\n,\nB,x\nC,x,y\n'
    drafts = list(csv_files.read(text))
    assert [(draft.line, draft.details.name, bool(draft.left_out)) for draft in drafts] == [
        (2, "A", False),
        (5, "B", False),
        (6, "C", True),
    ]


@pytest.mark.parametrize("cell", ["=1+1", "+1-800", "-2", "@SUM(A1)", "\tx", "\r=x", '=HYPERLINK("x")'])
def test_no_exported_cell_is_a_formula(cell: str) -> None:
    text = csv_files.write([Details(name=cell, organisation=cell, notes=cell)])
    row = text.split("\r\n", 1)[1]
    assert guarded(cell) == "'" + cell
    assert not row.startswith(("=", "+", "-", "@", "\t", '"=', '"@'))
    assert unguarded("'" + cell) == cell


def test_an_export_reads_back_as_it_was() -> None:
    contacts = [
        Details(
            "Zoë",
            "=ACME",
            (Number("+390612345678", "work"), Number("201", "")),
            (Email("z@x.example", "home"),),
            'a "quoted"\nnote; with, all',
        ),
        Details("-Anna", "", (), (), "'single"),
    ]
    text = csv_files.write(contacts)
    assert text.startswith("\ufeff")
    assert "+390612345678" in text
    assert [draft.details for draft in csv_files.read(text.removeprefix("\ufeff"))] == contacts
