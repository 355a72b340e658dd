"""Contacts as vCards (RFC 2426, version 3.0; RFC 6350, version 4.0), several in one file."""

import quopri
import re
from collections.abc import Iterable, Iterator
from typing import Any

import vobject

from server.phonebooks import rules
from server.phonebooks.drafts import Draft
from server.phonebooks.rules import Details, Email, Number

#: A card without its pictures, and one property of it, that is longer than this is none. Characters.
_CARD_MAX, _VALUE_MAX = 50_000, 10_000
#: Of what is not read: pictures and keys make a card a thousand times larger.
_LEFT_OUT = re.compile(r"(?:[\w-]+\.)?(?:PHOTO|LOGO|SOUND|KEY)[;:]", re.IGNORECASE)
_BEGIN = re.compile(r"BEGIN:VCARD\s*$", re.IGNORECASE)
_END = re.compile(r"END:VCARD\s*$", re.IGNORECASE)
#: What is read of a card.
_READ = {"VERSION", "FN", "N", "ORG", "TEL", "EMAIL", "NOTE"}
_WORD = re.compile(r"[A-Za-z0-9-]{1,20}")
_WORDS_MAX = 10
_LABELS = ("fax", "cell", "mobile", "home", "work", "main", "other", "pager")
_SHOWN = {"cell": "mobile"}


def read(text: str) -> Iterator[Draft]:
    """The cards of a file. Raises `UnreadableFile` when there is none."""
    found = False
    for line, card in _cards(text):
        found = True
        yield _draft(line, card)
    if not found:
        raise rules.UnreadableFile("no BEGIN:VCARD")


def _cards(text: str) -> Iterator[tuple[int, str | None]]:
    """Each card with its first line; None for one that does not end."""
    start, lines, skipping = 0, list[str](), False
    for number, line in enumerate(text.splitlines(), 1):
        if _BEGIN.match(line):
            if start:
                yield start, None
            start, lines, skipping = number, [line], False
        elif not start:
            continue
        elif _END.match(line):
            yield start, "\r\n".join([*lines, line, ""])
            start = 0
        elif not (skipping := _belongs_to_left_out(line, skipping)):
            lines.append(line)
    if start:
        yield start, None


def _belongs_to_left_out(line: str, skipping: bool) -> bool:
    """A long property goes on in lines that begin with space (RFC 6350, Section 3.2)."""
    if line.startswith((" ", "\t")):
        return skipping
    return bool(_LEFT_OUT.match(line))


class _Broken(ValueError):
    """A card that is none; the text says why."""


def _draft(line: int, card: str | None) -> Draft:
    if card is None:
        return Draft(line, broken=rules.UnreadableFile("the card has no END:VCARD"))
    if len(card) > _CARD_MAX:
        return Draft(line, broken=rules.UnreadableFile("the card is too long"))
    try:
        return Draft(line, _details(vobject.readOne("\r\n".join(_bare(card)))))
    except _Broken as error:
        return Draft(line, broken=rules.UnreadableFile(str(error)))
    except Exception as error:
        # vobject raises whatever its own code stumbles over (AttributeError, ValueError, …) on broken input.
        return Draft(line, broken=rules.UnreadableFile(type(error).__name__))


def _bare(card: str) -> Iterator[str]:
    """The card's lines with nothing but what is read, unfolded, parameters reduced to types.

    vobject parses parameters by an expression that takes minutes for a crafted line of a few thousand
    characters: it is given none but short and simple ones.
    """
    yield "BEGIN:VCARD"
    for line in _unfolded(card):
        head, value = _split(line)
        name = head[0].rpartition(".")[2].strip().upper()
        if name not in _READ:
            continue
        if len(value) > _VALUE_MAX:
            raise _Broken(f"{name} is too long")
        words, encoding, charset = _parameters(head[1:])
        if encoding in {"QUOTED-PRINTABLE", "Q"}:
            value = _from_quoted_printable(value, charset)
        yield name + (f";TYPE={','.join(words)}" if words else "") + ":" + value
    yield "END:VCARD"


def _unfolded(card: str) -> Iterator[str]:
    """Logical lines without BEGIN and END: a line goes on in those that begin with space (RFC 6350, Section
    3.2), and in version 2.1 after a quoted-printable line that ends with "="."""
    whole = ""
    for line in card.splitlines()[1:-1]:
        if line.startswith((" ", "\t")):
            whole += line[1:]
        elif whole.endswith("=") and "QUOTED-PRINTABLE" in whole.partition(":")[0].upper():
            whole = whole[:-1] + line
        else:
            if whole.strip():
                yield whole
            whole = line
    if whole.strip():
        yield whole


def _split(line: str) -> tuple[list[str], str]:
    """The name and the parameters of a property, and its value; quotes hide colons and semicolons."""
    parts, start, quoted = list[str](), 0, False
    for place, character in enumerate(line):
        if character == '"':
            quoted = not quoted
        elif not quoted and character in ";:":
            parts.append(line[start:place])
            start = place + 1
            if character == ":":
                return parts, line[start:]
    raise _Broken(f"no colon in {line[:40]!r}")


def _parameters(given: list[str]) -> tuple[list[str], str, str]:
    """(types, encoding, character set); version 2.1 writes types without naming them."""
    words: list[str] = []
    found = {"ENCODING": "", "CHARSET": "utf-8"}
    for parameter in given:
        name, named, value = parameter.partition("=")
        key = name.strip().upper()
        if named and key in found:
            found[key] = value.strip('" ').upper()
        elif not named or key == "TYPE":
            words += (value if named else name).strip('" ').split(",")
    kept = [word for word in words if _WORD.fullmatch(word)][:_WORDS_MAX]
    return kept, found["ENCODING"], found["CHARSET"]


def _from_quoted_printable(value: str, charset: str) -> str:
    raw = quopri.decodestring(value.encode("utf-8"))
    try:
        text = raw.decode(charset)
    except (UnicodeDecodeError, LookupError):
        text = raw.decode("cp1252", "replace")
    return text.replace("\r\n", "\n").replace("\r", "\n").replace("\n", "\\n")


def _details(card: Any) -> Details:
    content: dict[str, list[Any]] = card.contents
    numbers = [Number(_bare_number(_words(line.value)), _label(line)) for line in content.get("tel", [])]
    emails = [
        Email(_words(line.value).removeprefix("mailto:"), _label(line)) for line in content.get("email", [])
    ]
    organisation = content["org"][0].value if content.get("org") else ""
    return Details(
        name=_name(content),
        organisation=_words(
            organisation[0] if isinstance(organisation, list) and organisation else organisation
        ),
        numbers=tuple(number for number in numbers if number.number),
        emails=tuple(email for email in emails if email.address),
        notes="\n".join(_words(line.value) for line in content.get("note", [])),
    )


def _name(content: dict[str, list[Any]]) -> str:
    formatted = _words(content["fn"][0].value) if content.get("fn") else ""
    if formatted or not content.get("n"):
        return formatted
    parts = content["n"][0].value
    if isinstance(parts, str):
        return parts
    return " ".join(filter(None, (_words(parts.given), _words(parts.additional), _words(parts.family))))


def _words(value: Any) -> str:
    """vobject gives a text or, where a semicolon stood, a list of them."""
    if isinstance(value, list | tuple):
        return " ".join(_words(part) for part in value).strip()
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace").strip()
    return str(value or "").strip()


def _bare_number(value: str) -> str:
    return value if not value.lower().startswith("tel:") else value[4:]


def _label(line: Any) -> str:
    """The kind of a number or an address that its types name."""
    words = {word.lower() for value in line.params.get("TYPE", []) for word in value.split(",")}
    found = next((label for label in _LABELS if label in words), "")
    return _SHOWN.get(found, found)


def write(contacts: Iterable[Details]) -> str:
    """One version 3.0 card a contact, which is what every program still reads."""
    return "".join(_card(contact) for contact in contacts)


def _card(contact: Details) -> str:
    card = vobject.vCard()
    card.add("fn").value = contact.name
    family, given = _split_name(contact.name)
    card.add("n").value = vobject.vcard.Name(family=family, given=given)
    if contact.organisation:
        card.add("org").value = [contact.organisation]
    for number in contact.numbers:
        line = card.add("tel")
        line.value = number.number
        if number.label:
            line.type_param = "CELL" if number.label == "mobile" else _parameter(number.label)
    for email in contact.emails:
        line = card.add("email")
        line.value = email.address
        if email.label:
            line.type_param = _parameter(email.label)
    if contact.notes:
        card.add("note").value = contact.notes
    return str(card.serialize())


def _split_name(name: str) -> tuple[str, str]:
    """Family and given name: the last word is the best guess there is."""
    given, _, family = name.rpartition(" ")
    return family, given


def _parameter(label: str) -> str:
    return re.sub(r"[^A-Za-z0-9-]+", "-", label).strip("-").upper() or "OTHER"
