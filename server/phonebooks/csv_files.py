"""Contacts as CSV: the files of Google Contacts and Outlook (Italian and English), and our own.

Columns are known by their headings, whatever their order. What no heading stands for is left out.
"""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence

from server.directory.rules import fold
from server.phonebooks import rules
from server.phonebooks.drafts import Draft
from server.phonebooks.rules import Details, Email, Number

_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_E164 = re.compile(r"\+[0-9]{3,15}")
#: Google puts several values into one cell so.
_SEVERAL = re.compile(r"\s*(?::::|;|\n)\s*")
_CELL_MAX = 10_000
#: Google's files have some fifty columns, Outlook's ninety.
_COLUMNS_MAX, _HEADING_MAX = 500, 100

#: What a heading stands for; matched against it without case, accents and punctuation, first match wins.
_COLUMNS: tuple[tuple[str, str], ...] = (
    (r"(display name|full name|name|nome completo|nome visualizzato|nominativo|file as)", "name"),
    (r"(first name|given name|nome)", "first"),
    (r"(last name|family name|surname|cognome)", "last"),
    (r"(middle name|additional name|secondo nome)", "middle"),
    (
        r"(company|organi[sz]ation|organi[sz]ation( \d+)? name|organi[sz]ation name|societa|azienda|"
        r"organizzazione|ditta|ragione sociale|nome societa|nome organizzazione)",
        "organisation",
    ),
    (r"(notes?|note|annotazioni|commenti)", "notes"),
    (r"(e ?mail|phone|telefono|indirizzo e ?mail)( \d+)? (type|label|tipo|etichetta)", "label"),
    (r"e ?mail( \d+)? (display name|nome visualizzato)", ""),
    (r".*(tipo|type)( \d+)?( \w+)?( di posta elettronica| e ?mail)", ""),
    (r"(e ?mail|mail|posta elettronica|pec|indirizzo( di)? (posta elettronica|e ?mail|email)).*", "email"),
    (r"(home|personal|work|business)? ?e ?mail( \d+)?( address| value)?", "email"),
    (r"(ufficio|abitazione|auto)( \d+)?|number|numero", "number"),
    (
        r"(.* )?(phone|telephone|tel|mobile|cell|cellulare|telefono|fax|pager|cercapersone|centralino)( .*)?",
        "number",
    ),
)
_LABELS: tuple[tuple[str, str], ...] = (
    (r"fax", "fax"),
    (r"mobile|cell", "mobile"),
    (r"home|abitazione|casa|privato", "home"),
    (r"business|work|ufficio|lavoro|company|societa|aziendale|direct|diretto", "work"),
    (r"main|primary|principale|centralino", "main"),
    (r"other|altro", "other"),
)


def read(text: str) -> Iterator[Draft]:
    """The contacts of a CSV file. Raises `UnreadableFile` when no heading is known."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text))
    try:
        headings = next(reader, [])
        if len(headings) > _COLUMNS_MAX:
            raise rules.UnreadableFile("too many columns")
        kinds = [_kind(heading[:_HEADING_MAX]) for heading in headings]
        if not {"name", "first", "last", "organisation"} & set(kinds):
            raise rules.UnreadableFile("the first line names no column that holds a name")
        line = reader.line_num + 1
        for row in reader:
            if any(cell.strip() for cell in row):
                yield _draft(line, headings, kinds, row)
            line = reader.line_num + 1
    except csv.Error as error:
        raise rules.UnreadableFile(f"line {reader.line_num}: {error}") from error


def _draft(line: int, headings: list[str], kinds: list[str], row: list[str]) -> Draft:
    if len(row) > len(kinds):
        return Draft(line, broken=rules.UnreadableFile("more cells than headings"))
    if any(len(cell) > _CELL_MAX for cell in row):
        return Draft(line, broken=rules.UnreadableFile("a cell is too long"))
    return Draft(line, _details(headings, kinds, [unguarded(cell.strip()) for cell in row]))


def _details(headings: list[str], kinds: list[str], row: list[str]) -> Details:
    cells: dict[str, str] = {}
    numbers: list[Number] = []
    emails: list[Email] = []
    said = ""
    for heading, kind, cell in zip(headings, kinds, row, strict=False):
        if kind == "label":
            said = cell.strip("* ")
        elif kind in {"number", "email"}:
            # A label stands before the value in Google's files and our own, or it is the heading itself.
            label = _label(said or heading) or said.lower()
            for value in filter(None, map(unguarded, _SEVERAL.split(cell))):
                if kind == "number":
                    numbers.append(Number(value, label))
                else:
                    emails.append(Email(value, label))
            said = ""
        elif kind and cell and not cells.get(kind):
            cells[kind] = cell
    parts = (cells.get("first", ""), cells.get("middle", ""), cells.get("last", ""))
    name = " ".join(filter(None, parts)) or cells.get("name", "")
    if cells.get("name") and not (cells.get("first") and cells.get("last")):
        name = cells["name"]
    return Details(name, cells.get("organisation", ""), tuple(numbers), tuple(emails), cells.get("notes", ""))


def _delimiter(text: str) -> str:
    """Excel separates by what its country does not use in numbers: a semicolon in Italy."""
    first = text.partition("\n")[0]
    return max(",;\t", key=first.count)


def _kind(heading: str) -> str:
    plain = " ".join(re.sub(r"[^a-z0-9]+", " ", fold(heading)).split())
    return next((kind for pattern, kind in _COLUMNS if re.fullmatch(pattern, plain)), "")


def _label(words: str) -> str:
    plain = fold(words)
    return next((label for pattern, label in _LABELS if re.search(pattern, plain)), "")


def write(contacts: Iterable[Details]) -> str:
    """A CSV file that `read` reads back, and that a spreadsheet may open without running anything."""
    many = list(contacts)
    phones = max([len(c.numbers) for c in many], default=1) or 1
    mails = max([len(c.emails) for c in many], default=1) or 1
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(["Name", "Organisation", *_heads("Phone", phones), *_heads("E-mail", mails), "Notes"])
    for contact in many:
        cells = [contact.name, contact.organisation]
        cells += _pairs([(n.label, n.number) for n in contact.numbers], phones)
        cells += _pairs([(e.label, e.address) for e in contact.emails], mails)
        writer.writerow([guarded(cell) for cell in (*cells, contact.notes)])
    # The mark of order tells Excel that the rest is UTF-8.
    return "\ufeff" + out.getvalue()


def _heads(what: str, count: int) -> list[str]:
    return [f"{what} {n} - {part}" for n in range(1, count + 1) for part in ("Label", "Value")]


def _pairs(pairs: Sequence[tuple[str, str]], count: int) -> list[str]:
    flat = [cell for pair in pairs for cell in pair]
    return flat + [""] * (2 * count - len(flat))


def guarded(cell: str) -> str:
    """`cell` so that no spreadsheet takes it for a formula (OWASP, "CSV Injection").

    A bare E.164 number is a number to them and runs nothing; it stays as other programs expect it.
    """
    if cell.startswith(_FORMULA) and not _E164.fullmatch(cell):
        return "'" + cell
    return cell


def unguarded(cell: str) -> str:
    return cell[1:] if cell.startswith("'") and cell[1:].startswith(_FORMULA) else cell
