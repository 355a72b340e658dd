"""Files that people's programs wrote, named as they were met; `field/` holds them as they came."""

import asyncio
import contextlib
import threading
import time
from pathlib import Path
from typing import Any, cast

import pytest

from server.directory.service import Person
from server.phonebooks import drafts, files, rules
from server.phonebooks.drafts import Preview
from server.phonebooks.rules import Email, Number

FIELD = Path(__file__).parent / "field"


def preview(content: bytes | str) -> Preview:
    raw = content.encode() if isinstance(content, str) else content
    return drafts.preview(files.read(raw), set(), "IT")


def of_file(name: str) -> Preview:
    return preview((FIELD / name).read_bytes())


def card(*lines: str, end: str = "\r\n") -> str:
    return end.join(["BEGIN:VCARD", "VERSION:2.1", *lines, "END:VCARD", ""])


def test_a_name_is_not_damaged_without_a_word() -> None:
    found = of_file("pb01-samsung-qp-softbreak-indented.vcf")
    assert [(c.name, c.numbers) for c in found.good] == [
        ("Анна Петрова", (Number("+390655510101", "mobile"),))
    ]
    assert not found.faults


@pytest.mark.parametrize(
    "lines",
    [
        ("FN;ENCODING=QUOTED-PRINTABLE;CHARSET=UTF-8:Nicol=C3=", "=B2 Rossi"),
        ("FN;ENCODING=QUOTED-PRINTABLE;CHARSET=UTF-8:Nicol=C3= ", "\t  =B2 Rossi"),
        ("FN;QUOTED-PRINTABLE:Nicol=C3=", " =B2 Rossi"),
        ("fn;charset=iso-8859-1;encoding=quoted-printable:Nicol=F2=", " =20Rossi"),
        ("FN;ENCODING=BASE64;CHARSET=UTF-8:Tmljb2zDsiBSb3NzaQ==",),
        ("FN:Nicolò Ro", " ssi"),
    ],
)
def test_folding_and_encoding_do_not_meet(lines: tuple[str, ...]) -> None:
    assert [contact.name for contact in preview(card(*lines, "TEL:+390655510101")).good] == ["Nicolò Rossi"]


def test_a_letter_that_is_folded_in_its_middle_is_whole_again() -> None:
    raw = card("FN:Nicolò Rossi", "TEL:+390655510101").encode().replace(b"\xc3\xb2", b"\xc3\r\n \xb2")
    assert [contact.name for contact in preview(raw).good] == ["Nicolò Rossi"]


def test_one_line_of_another_encoding_leaves_the_others_as_they_are() -> None:
    raw = card("FN:Nicolò").encode() + card("FN:Zoë").encode("latin-1")
    assert [contact.name for contact in preview(raw).good] == ["Nicolò", "Zoë"]


def test_loose_lines_in_a_card_belong_to_its_note() -> None:
    found = of_file("pb02-android-note-raw-newlines.vcf")
    assert [(c.name, c.notes) for c in found.good] == [
        ("Luca Bianchi", "Cliente dal 2019\npreferisce il pomeriggio\ncitofono 12")
    ]


@pytest.mark.parametrize("end", ["\n", "\r", "\r\n", "\r\r\n"])
def test_a_line_that_cannot_be_read_costs_no_card(end: str) -> None:
    found = preview(card("FN:Luca", "loose", "TEL:+390655510102", "NOTE:a", "orario: 9-18", end=end))
    assert [(c.name, c.numbers, c.notes) for c in found.good] == [
        ("Luca", (Number("+390655510102"),), "a\norario: 9-18")
    ]
    assert [(fault.code, fault.value, fault.kept) for fault in found.faults] == [("left_out", "loose", True)]
    assert (found.incomplete, found.faulty) == (1, 0)


def test_a_card_without_an_end_is_read_and_said_so() -> None:
    found = preview("BEGIN:VCARD\nFN:A\nBEGIN:VCARD\nFN:B\n")
    assert [contact.name for contact in found.good] == ["A", "B"]
    assert found.incomplete == 2


def test_one_bad_value_does_not_cost_the_contact() -> None:
    found = of_file("pb09-bad-email-good-number.vcf")
    sara, dino = found.good
    assert sara.numbers == (Number("+390655510114", "mobile"),)
    assert sara.emails == (Email("sara@gallo.example", ""),)
    assert dino.numbers == (Number("+390655510115", "home"),)
    assert "casa della mamma" in dino.notes
    assert [(fault.code, fault.value) for fault in found.faults] == [
        ("invalid_email", "sara.gallo@"),
        ("invalid_number", "n/d"),
    ]
    assert found.faulty == 0


@pytest.mark.parametrize(
    ("value", "numbers"),
    [
        ("06 5551 0114 / 333 5550114", ["+390655510114", "+393335550114"]),
        ("06 5551 0114; 333 5550114", ["+390655510114", "+393335550114"]),
        ("(ufficio) 06 5551 0114", ["+390655510114"]),
        ("sip:+390655510114@pbx.example", ["+390655510114"]),
        ("tel:+39-06-5551-0114;phone-context=x", ["+390655510114"]),
        ("3,90656E+11", []),
        ("chiedere a Ida", []),
    ],
)
def test_what_stands_around_a_number(value: str, numbers: list[str]) -> None:
    found = preview(card("FN:A", f"TEL:{value}"))
    assert [number.number for number in found.good[0].numbers] == numbers
    assert bool(found.faults) is not bool(numbers)


@pytest.mark.parametrize(
    ("value", "addresses"),
    [
        ("mailto:a@b.example?subject=x", ["a@b.example"]),
        ("a@b.example, c@d.example", ["a@b.example", "c@d.example"]),
        ("a@b.example (ufficio)", ["a@b.example"]),
        ("/o=Prova/ou=x/cn=a", []),
    ],
)
def test_what_stands_around_an_address(value: str, addresses: list[str]) -> None:
    found = preview(card("FN:A", f"EMAIL:{value}"))
    assert [email.address for email in found.good[0].emails] == addresses


def test_too_many_values_cost_those_above_the_bound() -> None:
    many = [f"TEL:+39065551{n:04}" for n in range(25)]
    found = preview(card("FN:A", *many))
    assert len(found.good[0].numbers) == 20
    assert len(found.faults) == 5


def test_empty_cells_at_the_end_of_a_row_are_nothing() -> None:
    found = of_file("pb12-trailing-delimiters.csv")
    assert [contact.name for contact in found.good] == ["Aldo Pini", "Bice Pini"]
    assert not found.faults


def test_a_full_cell_without_a_heading_is_reported_and_the_row_comes() -> None:
    found = preview("Name,Phone\nAda,+390655510117,,extra\n")
    assert [contact.name for contact in found.good] == ["Ada"]
    assert [(fault.code, fault.value, fault.kept) for fault in found.faults] == [("left_out", "extra", True)]


@pytest.mark.parametrize(
    "before",
    ["sep=;\r\n", '"sep=;"\r\n', "SEP=;\n", "\n\n", "Rubrica\n\n", "Rubrica;2026;;\n"],
)
def test_what_stands_before_the_headings(before: str) -> None:
    found = preview(before + "Nome;Cognome;Telefono\r\nAda;Longo;06 5551 0117\r\n")
    assert [(c.name, c.numbers[0].number) for c in found.good] == [("Ada Longo", "+390655510117")]


def test_sep_in_the_first_line_names_the_delimiter() -> None:
    (ada,) = of_file("pb11-excel-sep-line.csv").good
    assert (ada.name, ada.organisation, ada.emails[0].address) == (
        "Ada Longo",
        "Prova S.r.l.",
        "ada@longo.example",
    )


def test_a_file_without_known_headings_says_which_are_known() -> None:
    with pytest.raises(rules.UnreadableFile, match="Cognome"):
        preview("a,b\n1,2\n")


def test_mail_addresses_do_not_vanish() -> None:
    found = of_file("pb21-thunderbird.csv")
    (ida,) = found.good
    assert [email.address for email in ida.emails] == ["ida@sarti.example", "ida.casa@sarti.example"]
    assert {number.number for number in ida.numbers} == {"+390655510140", "+390655510141", "+393335550140"}


def test_a_column_that_is_not_read_is_named_once() -> None:
    found = preview("Name,Phone,Shoe Size\nAda,+390655510117,38\nIda,+390655510118,39\n")
    assert [(fault.code, fault.value) for fault in found.faults] == [("column_left_out", "Shoe Size")]
    assert (len(found.good), found.incomplete) == (2, 0)


@pytest.mark.parametrize(
    ("headings", "row"),
    [
        (
            "FirstName,LastName,Company,Mobile,Business,Email",
            "Ada,Longo,X,3335550140,06 5551 0140,a@b.example",
        ),
        ("display_name,office_number,mobile_number,email", "Ada Longo,06 5551 0140,333 5550140,a@b.example"),
        (
            "Nome;Cognome;Tel. lavoro;Cellulare;E-mail principale",
            "Ada;Longo;0655510140;3335550140;a@b.example",
        ),
        ('"Name,Work Phone,Mobile Phone,E-mail Address"', '"Ada Longo,06 5551 0140,333 5550140,a@b.example"'),
    ],
)
def test_headings_of_other_programs(headings: str, row: str) -> None:
    (ada,) = preview(f"{headings}\r\n{row}\r\n").good
    assert ada.name == "Ada Longo"
    assert {number.number for number in ada.numbers} == {"+390655510140", "+393335550140"}
    assert [email.address for email in ada.emails] == ["a@b.example"]


def test_who_has_no_name_is_shown_by_address_or_number() -> None:
    found = of_file("pb20-no-names-only-mail.csv")
    assert [contact.name for contact in found.good] == ["senza-nome@prova.example", "+390655510137"]


async def test_files_are_read_one_at_a_time_in_a_thread_of_their_own() -> None:
    """Whoever sends eight at once holds up nobody's password, photo or static file."""
    reader = files.ContactFiles(cast(Any, None), "IT")
    threads = await asyncio.gather(*(reader._thread.run(threading.current_thread) for _ in range(8)))
    assert len({thread.name for thread in threads}) == 1


async def test_of_one_person_one_file_is_read_at_a_time() -> None:
    """Each waits in memory, ten megabytes of it."""
    gate = asyncio.Event()

    class Slow:
        async def fingerprints(self, *_: object) -> set[str]:
            await gate.wait()
            return set()

    reader = files.ContactFiles(cast(Any, Slow()), "IT")
    anna, bruno = (Person(name, "", name, "", "member") for name in ("anna", "bruno"))
    first = asyncio.create_task(reader.preview(anna, "personal", b"Name\nA\n"))
    other = asyncio.create_task(reader.preview(bruno, "personal", b"Name\nB\n"))
    await asyncio.sleep(0)
    with pytest.raises(rules.ReadingAnother):
        await reader.preview(anna, "personal", b"Name\nC\n")
    gate.set()
    assert [len((await each).good) for each in (first, other)] == [1, 1]
    assert len((await reader.preview(anna, "personal", b"Name\nC\n")).good) == 1


def test_a_quotation_mark_that_nobody_closes_swallows_no_row() -> None:
    found = preview('Name,Phone\nAda,"+390655510117\nIda,+390655510118\nUgo,+390655510119\n')
    assert [contact.name for contact in found.good] == ["Ada", "Ida", "Ugo"]
    assert [fault.line for fault in found.faults] == [2]


def test_a_cell_may_hold_what_python_calls_a_line_end() -> None:
    found = preview("Name,Notes\nAda\u2028Longo,a\x0bb\n")
    assert [contact.name for contact in found.good] == ["Ada Longo"]


@pytest.mark.parametrize("charset", ["idna", "punycode", "unicode_escape", "rot13", "hex", "nonsense"])
def test_only_character_sets_decode(charset: str) -> None:
    found = preview(card(f"FN;CHARSET={charset};ENCODING=QUOTED-PRINTABLE:=5Cx41b", "TEL:+390655510101"))
    assert [contact.name for contact in found.good] == ["\\x41b"]


@pytest.mark.parametrize(
    "content",
    [
        "BEGIN:VCARD\nFN:x\n" + "\r" * 1_000_000 + "x\nEND:VCARD\n",
        card("FN:x", "EMAIL:<" + " " * 9_000 + "x"),
        card("FN:x", "EMAIL:a" + " " * 9_000 + "b"),
        card("FN:x", "EMAIL:" + "(" * 9_000),
        "".join(card("FN:x", *[f"TEL:+39065{n:06}" for n in range(1_900)]) for _ in range(10)),
        "Name,Phone\n"
        + "".join("A," + ";".join(f"+390655{n + m:05}" for m in range(700)) + "\n" for n in range(50)),
        "".join(card("FN:x", *["x"] * 1_990) for _ in range(10)),
        ("x," * 24_000 + "\n") * 20,
        "sep=;" + "\t" * 50_000 + "x\nNome;Telefono\nA;1\n",
        "Name,Phone\nA," + " " * 9_000 + "x\n",
    ],
    ids=[
        "returns",
        "angle",
        "blanks",
        "brackets",
        "numbers",
        "cells",
        "loose",
        "headings",
        "sep",
        "blank cell",
    ],
)
def test_no_crafted_file_takes_longer_than_an_honest_one(content: str) -> None:
    """Reading holds the interpreter: a slow expression would hold everybody's calls, whatever its thread."""
    began = time.process_time()
    with contextlib.suppress(rules.UnreadableFile):
        preview(content)
    assert time.process_time() - began < 2.0
