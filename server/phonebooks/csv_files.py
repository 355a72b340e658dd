"""Contacts as CSV: the files of Google Contacts, Outlook, Thunderbird and telephone systems, and our own.

Columns are known by their headings, in Italian and English, whatever their order. What no heading stands
for is left out, and named when it holds something.
"""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache

from server.directory.rules import fold
from server.phonebooks import rules
from server.phonebooks.drafts import Draft
from server.phonebooks.rules import Details, Email, Number
from server.spreadsheets import MARK, guarded, unguarded

#: Google puts several values into one cell so.
_SEVERAL = re.compile(r":::|;|\n")
_CELL_MAX = 10_000
_SURPLUS_MAX = 5
#: Google's files have some fifty columns, Outlook's ninety.
_COLUMNS_MAX, _HEADING_MAX = 500, 100

#: What may stand before the headings: a title, empty lines, Excel's `sep=;`. Lines.
_BEFORE_MAX = 20
_DELIMITERS = ",;\t|"
#: Excel's line, which other programs put into quotation marks or fill with empty cells.
_SEP = re.compile(r"\"?\s*sep\s*=\s*(.)[\s\",;]*", re.IGNORECASE)
#: What the headings are, in words, for files in which none is known.
_KNOWN = "Name, First Name, Last Name, Company, Phone, Mobile, E-mail, Notes; Nome, Cognome, Telefono"

#: What a heading stands for; matched against it without case, accents and punctuation, first match wins.
_COLUMNS: tuple[tuple[str, str], ...] = (
    (
        r"((?:contact |display |full |formatted )?name|nome completo|nome visualizzato|nominativo|"
        r"nome e cognome|cognome e nome|file as|contatto|contact)",
        "name",
    ),
    (r"(first name|given name|firstname|nome|nome proprio)", "first"),
    (r"(last name|family name|surname|lastname|cognome)", "last"),
    (r"(middle name|additional name|secondo nome)", "middle"),
    (r"(nickname|nick name|soprannome)", "nickname"),
    (
        r"(company|company name|organi[sz]ation|organi[sz]ation( \d+)? name|societa|azienda|"
        r"organizzazione|ditta|ragione sociale|nome societa|nome azienda|nome organizzazione)",
        "organisation",
    ),
    (r"(notes?|note|annotazioni|commenti|comments?|description|descrizione)", "notes"),
    (r"(e ?mail|phone|telefono|indirizzo e ?mail)( \d+)? (type|label|tipo|etichetta)", "label"),
    (r"e ?mail( \d+)? (display name|nome visualizzato)", "unread"),
    (r".*(tipo|type)( \d+)?( \w+)?( di posta elettronica| e ?mail)", "unread"),
    (
        r"(tipo posta elettronica|nome visualizzato posta elettronica|e ?mail type|labels|group membership)",
        "unread",
    ),
    (r".*\b(opt in|opt out|status|consent|consenso|list|newsletter)\b.*", ""),
    (r"(.* )?(e ?mail|mail|posta elettronica|pec)( .*)?", "email"),
    (
        r"((home|business|work|office|other|company|personal|main|ufficio|abitazione|casa|lavoro|altro|auto|car)"
        r"( \d+)?|number|numero|numeri|number \d+|numero \d+|interno|extension)",
        "number",
    ),
    (
        r"(.* )?(phones?|telephone|tel|mobile|cell|cellphone|cellulare|telefono|telefoni|fax|pager|"
        r"cercapersone|centralino|gsm|handy|(office|mobile|home|work|business|other|main) number)( .*)?",
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
    # Only these end a line: what Python calls a line end besides stands in cells.
    lines = io.StringIO(text, newline="").readlines()
    start, delimiter = _beginning(lines)
    lines = list(_unwrapped(lines[start:], delimiter))
    rows = _rows(lines, delimiter)
    try:
        _, headings = next(rows, (1, []))
        if len(headings) > _COLUMNS_MAX:
            raise rules.UnreadableFile("too many columns")
        kinds = [_kind(heading) for heading in headings]
        if not set(kinds) & _TELLING:
            raise rules.UnreadableFile(f"no heading is known; these are: {_KNOWN}")
        unread = {place for place, kind in enumerate(kinds) if not kind and headings[place].strip()}
        full: set[int] = set()
        for line, row in rows:
            if any(cell.strip() for cell in row):
                full |= {place for place in unread - full if place < len(row) and row[place].strip()}
                yield _draft(start + line, headings, kinds, row)
    except csv.Error as error:
        raise rules.UnreadableFile(str(error)) from error
    if full:
        names = (headings[place].strip()[: rules.SHOWN_MAX] for place in sorted(full))
        yield Draft(start + 1, is_contact=False, left_out=tuple(rules.ColumnLeftOut(name) for name in names))


def _rows(lines: list[str], delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """Each row with its first line (1-based).

    A quotation mark that nobody closes is a character like others, or its row would swallow all that follow.
    """
    reader = csv.reader(lines, delimiter=delimiter)
    before = 0
    for row in reader:
        taken = lines[before : reader.line_num]
        if len(taken) > 1 and reader.line_num == len(lines) and sum(line.count('"') for line in taken) % 2:
            literal = csv.reader(taken, delimiter=delimiter, quoting=csv.QUOTE_NONE)
            yield from ((before + n, cells) for n, cells in enumerate(literal, 1))
        else:
            yield before + 1, row
        before = reader.line_num


#: Kinds that make a line one of headings.
_TELLING = {"name", "first", "last", "organisation", "number", "email"}


def _beginning(lines: list[str]) -> tuple[int, str]:
    """(lines before the headings, delimiter). The first line that names most columns is the headings'."""
    best = (0, 0, ",")  # columns known, line, delimiter
    named: str | None = None
    for number, line in enumerate(lines[:_BEFORE_MAX]):
        if number == 0 and (found := _SEP.fullmatch(line[:_HEADING_MAX])):
            named = found[1]
            continue
        for delimiter in named or _DELIMITERS:
            cells = _cells(line[: rules.HEADINGS_MAX], delimiter)
            known = {(kind, _plain(cell)) for cell in cells if (kind := _kind(cell)) in _TELLING}
            if len(known) > best[0]:
                best = (len(known), number, delimiter)
        if best[0] > 1:
            break
    return best[1], best[2]


def _cells(line: str, delimiter: str) -> list[str]:
    """The first cells of a line; some programs wrap each line in quotation marks."""
    cells = next(csv.reader([line], delimiter=delimiter), [])
    if len(cells) == 1 and delimiter in cells[0]:
        cells = next(csv.reader(cells, delimiter=delimiter), [])
    return cells[:_COLUMNS_MAX]


def _unwrapped(lines: list[str], delimiter: str) -> Iterator[str]:
    """Lines that are one quoted cell each, delimiters inside, as some programs export them."""
    wrapped = len(lines) > 0 and _is_wrapped(lines[0], delimiter)
    for line in lines:
        if wrapped and _is_wrapped(line, delimiter):
            yield next(csv.reader([line], delimiter=delimiter))[0] + "\r\n"
        else:
            yield line


def _is_wrapped(line: str, delimiter: str) -> bool:
    if not line.startswith('"') or len(line) > rules.HEADINGS_MAX:
        return False
    cells = next(csv.reader([line.strip()], delimiter=delimiter), [])
    return len(cells) == 1 and delimiter in cells[0]


def _draft(line: int, headings: list[str], kinds: list[str], row: list[str]) -> Draft:
    left_out: list[rules.PhonebookError] = []
    surplus = [cell.strip() for cell in row[len(kinds) :] if cell.strip()]
    left_out += [rules.LeftOut(cell[: rules.SHOWN_MAX]) for cell in surplus[:_SURPLUS_MAX]]
    cells = [unguarded(cell.strip()) for cell in row[: len(kinds)]]
    for place, cell in enumerate(cells):
        if len(cell) > _CELL_MAX:
            left_out.append(rules.LeftOut(cell[: rules.SHOWN_MAX]))
            cells[place] = ""
    return Draft(line, _details(headings, kinds, cells), left_out=tuple(left_out))


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
            for value in filter(None, (unguarded(part.strip()) for part in _SEVERAL.split(cell))):
                if kind == "number":
                    numbers.append(Number(value, label))
                else:
                    emails.append(Email(value, label))
            said = ""
        elif kind and kind != "unread" and cell and not cells.get(kind):
            cells[kind] = cell
    parts = (cells.get("first", ""), cells.get("middle", ""), cells.get("last", ""))
    name = " ".join(filter(None, parts)) or cells.get("name", "")
    if cells.get("name") and not (cells.get("first") and cells.get("last")):
        name = cells["name"]
    name = name or cells.get("nickname", "")
    return Details(name, cells.get("organisation", ""), tuple(numbers), tuple(emails), cells.get("notes", ""))


@lru_cache(maxsize=1024)
def _kind(heading: str) -> str:
    plain = _plain(heading)
    return next((kind for pattern, kind in _COLUMNS if re.fullmatch(pattern, plain)), "")


def _plain(heading: str) -> str:
    """`E-mail 1 - Value`, `homePhone2` and `home_phone_2` in words, without case, accents and signs."""
    words = _CAMEL.sub(" ", heading[:_HEADING_MAX].strip().lstrip("\ufeff"))
    return " ".join(re.sub(r"[^a-z0-9]+", " ", fold(words)).split())


#: Between the words of `FirstName` and `Mobile2`.
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Za-z])(?=[0-9])")


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
    return MARK + out.getvalue()


def _heads(what: str, count: int) -> list[str]:
    return [f"{what} {n} - {part}" for n in range(1, count + 1) for part in ("Label", "Value")]


def _pairs(pairs: Sequence[tuple[str, str]], count: int) -> list[str]:
    flat = [cell for pair in pairs for cell in pair]
    return flat + [""] * (2 * count - len(flat))
