"""Contacts as vCards (versions 2.1, 3.0 by RFC 2426, 4.0 by RFC 6350), several in one file.

Read as real files are: cut lines, odd folding, values that no standard knows. What cannot be read is left out
and named; it never costs the contact. `vobject` only writes: its parser takes minutes for a crafted line.
"""

import base64
import binascii
import quopri
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import vobject

from server.phonebooks import charsets, rules
from server.phonebooks.drafts import Draft
from server.phonebooks.rules import Details, Email, LeftOut, Number

#: A card without its pictures, and one property of it, that is longer than this is none. Characters.
_CARD_MAX, _VALUE_MAX = 50_000, 10_000
#: Values that are read of one card; people have fewer.
_LINES_MAX = 2_000
#: Of what is not read: pictures and keys make a card a thousand times larger.
_LEFT_OUT = re.compile(r"(?:[\w-]+\.)?(?:PHOTO|LOGO|SOUND|KEY)[;:]", re.IGNORECASE)
_BEGIN = re.compile(r"\s*BEGIN\s*:\s*VCARD\s*$", re.IGNORECASE)
_END = re.compile(r"\s*END\s*:\s*VCARD\s*$", re.IGNORECASE)
#: CR and LF in any mixture. What Python calls a line end besides (form feed, U+2028) stands in notes.
_LINE_END = re.compile(r"\r{0,2}\n|\r")
_NAME = re.compile(r"[A-Za-z0-9-]{1,40}")
#: What is read of a card.
_READ = {"FN", "N", "NICKNAME", "ORG", "TEL", "EMAIL", "NOTE"}
#: Other properties of RFC 6350, RFC 2426 and version 2.1: a line that begins with one is no part of a note.
_KNOWN = {
    "ADR", "AGENT", "ANNIVERSARY", "BDAY", "CALADRURI", "CALURI", "CATEGORIES", "CLASS",
    "CLIENTPIDMAP", "EMAIL", "FBURL", "FN", "GENDER", "GEO", "IMPP", "KEY", "KIND", "LABEL", "LANG",
    "LOGO", "MAILER", "MEMBER", "N", "NAME", "NICKNAME", "NOTE", "ORG", "PHOTO", "PRODID",
    "PROFILE", "RELATED", "REV", "ROLE", "SORT-STRING", "SOUND", "SOURCE", "TEL", "TITLE", "TZ",
    "UID", "URL", "VERSION", "XML", "BEGIN", "END",
}  # fmt: skip
_WORDS_MAX = 10
_LABELS = ("fax", "cell", "mobile", "home", "work", "main", "other", "pager")
_SHOWN = {"cell": "mobile"}
_QUOTED_PRINTABLE, _BASE64 = {"QUOTED-PRINTABLE", "Q"}, {"BASE64", "B"}
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)


def read(text: str) -> Iterator[Draft]:
    """The cards of a file. Raises `UnreadableFile` when there is none."""
    found = False
    for card in _cards(text):
        found = True
        yield _draft(card)
    if not found:
        raise rules.UnreadableFile("no BEGIN:VCARD")


@dataclass(slots=True)
class _Card:
    """The lines between BEGIN and END. `line` (1-based) is that of BEGIN; `whole`: there was an END."""

    line: int
    lines: list[str] = field(default_factory=list)
    whole: bool = False


def _cards(text: str) -> Iterator[_Card]:
    card: _Card | None = None
    skipping = False
    for number, line in enumerate(_LINE_END.split(text), 1):
        if _BEGIN.match(line):
            if card:
                yield card
            card, skipping = _Card(number), False
        elif not card:
            continue
        elif _END.match(line):
            card.whole = True
            yield card
            card = None
        elif not (skipping := _belongs_to_left_out(line, skipping)):
            card.lines.append(line)
    if card:
        yield card


def _belongs_to_left_out(line: str, skipping: bool) -> bool:
    """A long property goes on in lines that begin with space (RFC 6350, Section 3.2)."""
    if line.startswith((" ", "\t")):
        return skipping
    return bool(_LEFT_OUT.match(line))


@dataclass(frozen=True, slots=True)
class _Property:
    """One property: `words` are its types, `value` is decoded but still escaped."""

    name: str
    words: tuple[str, ...]
    value: str


def _draft(card: _Card) -> Draft:
    if sum(map(len, card.lines)) > _CARD_MAX:
        return Draft(card.line, broken=rules.UnreadableFile("the card is too long"))
    left_out: list[LeftOut] = [] if card.whole else [LeftOut("END:VCARD")]
    details = _details(list(_properties(card.lines, left_out)))
    return Draft(card.line, details, left_out=tuple(left_out[: rules.LEFT_OUT_MAX]))


def _properties(lines: list[str], left_out: list[LeftOut]) -> Iterator[_Property]:
    """The properties that are read. Loose lines behind a note belong to it: Android writes notes so."""
    note: _Property | None = None
    for line in _unfolded(lines[:_LINES_MAX]):
        head, value = _split(line)
        name = head[0].rpartition(".")[2].strip().upper() if value is not None else ""
        known = name in _KNOWN or name.startswith("X-")
        if note and not known:
            note = _Property("NOTE", (), f"{note.value}\n{line}")
            continue
        if value is None or not _NAME.fullmatch(name):
            left_out.append(LeftOut(line.strip()[: rules.SHOWN_MAX]))
            continue
        if note:
            yield note
            note = None
        if name not in _READ:
            continue
        if len(value) > _VALUE_MAX:
            left_out.append(LeftOut(f"{name}:{value[:40]}"))
            continue
        words, encoding, charset = _parameters(head[1:])
        found = _Property(name, words, _decoded(value, encoding, charset))
        if name == "NOTE":
            note = found
        else:
            yield found
    if note:
        yield note
    if len(lines) > _LINES_MAX:
        left_out.append(LeftOut(lines[_LINES_MAX].strip()[: rules.SHOWN_MAX]))


def _unfolded(lines: list[str]) -> Iterator[str]:
    """Logical lines: one goes on in those that begin with space (RFC 6350, Section 3.2), and in version 2.1
    after a quoted-printable line that ends with "=", which joins before any indentation is looked at."""
    parts: list[str] = []
    quoted_printable = False
    for line in lines:
        if quoted_printable and parts[-1].rstrip(" \t").endswith("="):
            parts[-1] = parts[-1].rstrip(" \t")[:-1]
            parts.append(_without_indentation(line))
        elif line.startswith((" ", "\t")) and parts:
            parts.append(line[1:])
        else:
            if "".join(parts).strip():
                yield "".join(parts)
            parts = [line]
            quoted_printable = "QUOTED-PRINTABLE" in line.partition(":")[0].upper()
    if "".join(parts).strip():
        yield "".join(parts)


def _without_indentation(line: str) -> str:
    """What a quoted-printable value goes on with: one blank is folding, as are all before a coded octet."""
    bare = line.lstrip(" \t")
    return bare if bare.startswith("=") else line[1:] if line.startswith((" ", "\t")) else line


def _split(line: str) -> tuple[list[str], str | None]:
    """The name and the parameters of a property, and its value; quotes hide colons and semicolons.

    None in place of the value of a line that is no property.
    """
    parts, start, quoted = list[str](), 0, False
    for place, character in enumerate(line):
        if character == '"':
            quoted = not quoted
        elif not quoted and character in ";:":
            parts.append(line[start:place])
            start = place + 1
            if character == ":":
                return parts, line[start:]
    if quoted and ":" in line:  # a quotation mark that nobody closed hides nothing
        head, _, value = line.partition(":")
        return head.split(";"), value
    return [line], None


def _parameters(given: list[str]) -> tuple[tuple[str, ...], str, str]:
    """(types, encoding, character set); version 2.1 writes types and encodings without naming them."""
    words: list[str] = []
    found = {"ENCODING": "", "CHARSET": "utf-8"}
    for parameter in given:
        name, named, value = parameter.partition("=")
        key = name.strip().upper()
        if named and key in found:
            found[key] = value.strip('" ').upper()
        elif not named and key in _QUOTED_PRINTABLE | _BASE64:
            found["ENCODING"] = key
        elif not named or key == "TYPE":
            words += (value if named else name).strip('" ').split(",")
    kept = [word.strip('" ').lower() for word in words if _NAME.fullmatch(word.strip('" '))]
    return tuple(kept[:_WORDS_MAX]), found["ENCODING"], found["CHARSET"]


def _decoded(value: str, encoding: str, charset: str) -> str:
    if encoding in _QUOTED_PRINTABLE:
        return charsets.decode(quopri.decodestring(value.encode("utf-8")), charset, "utf-8")
    if encoding in _BASE64:
        try:
            return charsets.decode(base64.b64decode("".join(value.split()), validate=True), charset, "utf-8")
        except (binascii.Error, ValueError):
            return value
    return value


def _details(properties: list[_Property]) -> Details:
    def values(name: str) -> list[str]:
        return [text for each in properties if each.name == name and (text := _unescaped(each.value).strip())]

    organisation = next((_parts(each.value)[0] for each in properties if each.name == "ORG"), "")
    return Details(
        name=next(iter(values("FN")), "") or _name(properties) or next(iter(values("NICKNAME")), ""),
        organisation=organisation,
        numbers=tuple(Number(value, _label(each)) for each, value in _valued(properties, "TEL")),
        emails=tuple(Email(value, _label(each)) for each, value in _valued(properties, "EMAIL")),
        notes="\n".join(values("NOTE")),
    )


def _valued(properties: list[_Property], name: str) -> Iterator[tuple[_Property, str]]:
    for each in properties:
        if each.name == name and (value := _unescaped(each.value).strip()):
            yield each, value


def _name(properties: list[_Property]) -> str:
    """Of `N:Family;Given;Additional;…` the given name first."""
    for each in properties:
        if each.name == "N":
            family, given, additional, *_ = [*_parts(each.value), "", "", ""]
            return " ".join(filter(None, (given, additional, family)))
    return ""


def _parts(value: str) -> list[str]:
    """A value of several parts, divided at semicolons that are not escaped."""
    return [_unescaped(part).strip() for part in re.split(r"(?<!\\);", value)]


def _unescaped(value: str) -> str:
    r"""Backslash escapes (RFC 6350, Section 3.4); a backslash before anything else stays one."""
    return _ESCAPED.sub(lambda m: {"n": "\n", "N": "\n"}.get(m[1], m[1] if m[1] in "\\,;:" else m[0]), value)


def _label(line: _Property) -> str:
    """The kind of a number or an address that its types name."""
    found = next((label for label in _LABELS if label in line.words), "")
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
