"""What a person of the organisation may be called, dialled and found by."""

import hashlib
import re
import unicodedata
from collections.abc import Iterator
from typing import Literal

from server.edge.refusals import Refusal
from server.numbers import numbers

#: Whom a person may call outside: emergency numbers alone, the own country, or all that the organisation may.
CallsOutside = Literal["inside", "national", "all"]
NAME_MAX = 100
EMAIL_MAX = 254
#: Long enough against guessing over the network, short enough to be typed into a desk phone's menu.
SIP_PASSWORD_MIN = 8
#: Words of a query beyond this many do not narrow anything for a human.
QUERY_WORDS_MAX = 8
RESERVED_LOCALPARTS = ("unisono",)

_EMAIL = re.compile(r"[^\s@<>\"(),;:\\\[\]]+@[^\s@<>\"(),;:\\\[\]]+\.[^\s@<>\"(),;:\\\[\].]+")
_EXTENSION = re.compile(r"[0-9]{2,6}")
_NOT_LOCALPART = re.compile(r"[^a-z0-9.=-]+")


class DirectoryError(Refusal):
    """A refusal of the directory."""

    code = "directory"


class InvalidName(DirectoryError):
    """The name is empty or too long."""

    code, field = "invalid_name", "name"


class InvalidEmail(DirectoryError):
    """This is not an e-mail address."""

    code, field = "invalid_email", "email"


class EmailTaken(DirectoryError):
    """Somebody has this e-mail address already."""

    code, status, field = "email_taken", 409, "email"


class InvalidExtension(DirectoryError):
    """An extension is two to six digits."""

    code, field = "invalid_extension", "extension"


class ExtensionReserved(DirectoryError):
    """This extension would shadow a number of the public network, or the meetings' dial-in."""

    code, field = "extension_reserved", "extension"


class ExtensionTaken(DirectoryError):
    """Somebody has this extension already."""

    code, status, field = "extension_taken", 409, "extension"


class InvalidNumber(DirectoryError):
    """This is not a telephone number."""

    code, field = "invalid_number", "number"


class NumberTaken(DirectoryError):
    """Somebody has this telephone number already."""

    code, status, field = "number_taken", 409, "number"


class WeakSipPassword(DirectoryError):
    """A SIP password has at least 8 characters."""

    code, field = "weak_sip_password", "sip_password"


class PersonNotFound(DirectoryError):
    """Nobody here has this e-mail address."""

    code, status, field = "person_not_found", 404, "email"


def check_name(name: str) -> str:
    """`name` with single spaces. Raises `InvalidName`."""
    tidy = " ".join(name.split())
    if not tidy or len(tidy) > NAME_MAX or not tidy.isprintable():
        raise InvalidName(name[:NAME_MAX])
    return tidy


def check_email(email: str) -> str:
    """`email` without the space around it. Raises `InvalidEmail`."""
    tidy = email.strip()
    if len(tidy) > EMAIL_MAX or not _EMAIL.fullmatch(tidy) or not tidy.isprintable():
        raise InvalidEmail(email[:EMAIL_MAX])
    return tidy


def email_key(email: str) -> str:
    """What makes two spellings of an address the same account."""
    # PostgreSQL refuses NUL in texts, even in what is only compared.
    return unicodedata.normalize("NFKC", email.strip()).casefold().replace("\0", "")


def check_extension(extension: str, region: str, dial_in: str = "") -> str:
    """Raises `InvalidExtension`, or `ExtensionReserved` for what calls the emergency services or meetings."""
    if not extension.isascii() or not _EXTENSION.fullmatch(extension):
        raise InvalidExtension(extension)
    if extension == dial_in or numbers.is_emergency(extension, region):
        raise ExtensionReserved(extension)
    return extension


def check_number(number: str, region: str) -> str:
    """`number` in E.164. Raises `InvalidNumber`."""
    try:
        return numbers.to_e164(number, region)
    except numbers.NotANumber as error:
        raise InvalidNumber(number) from error


def check_sip_password(password: str) -> str:
    """Raises `WeakSipPassword`."""
    if len(password) < SIP_PASSWORD_MIN or not password.isprintable():
        raise WeakSipPassword
    return password


def ha1(username: str, realm: str, password: str) -> tuple[str, str]:
    """H(A1) by MD5 and by SHA-256, hexadecimal (RFC 7616, Section 3.4.2; RFC 8760)."""
    a1 = f"{username}:{realm}:{password}".encode()
    return hashlib.md5(a1, usedforsecurity=False).hexdigest(), hashlib.sha256(a1).hexdigest()


def fold(text: str) -> str:
    """`text` without case and accents, so that "Nicolo" finds "Nicolò"."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(c for c in decomposed if c != "\0" and not unicodedata.combining(c))


def search_text(name: str, email: str) -> str:
    """What the words of a query are looked for in: each word starts after a space."""
    words = re.split(r"[\s@._'-]+", fold(f"{name} {email}"))
    return " " + " ".join([*words, fold(email)])


def query_words(query: str) -> tuple[str, ...]:
    """The words that all must start a word of `search_text`."""
    return tuple(fold(query).split()[:QUERY_WORDS_MAX])


def query_digits(query: str, region: str) -> tuple[str, ...]:
    """Digit strings to look for in numbers and extensions, in any of the spellings of `query`.

    "06 1234" is looked for as it stands and as `39061234`, because numbers are stored in E.164.
    """
    try:
        digits = numbers.clean(query).digits.removeprefix("+")
    except numbers.NotANumber:
        return ()
    found = [digits]
    for number in numbers.e164_candidates(query, region):
        found.append(number.removeprefix("+"))
    return tuple(dict.fromkeys(found))


def localparts(email: str, name: str) -> Iterator[str]:
    """Matrix localparts for a new person, best first, without end: the first free one is theirs.

    Only characters of the Matrix grammar for user identifiers; none starts with `_`, which belongs to
    application services, nor with the product's own name.
    """
    stems = [_stem(email.partition("@")[0]), _stem(name), "person"]
    stem = next(s for s in stems if s and not s.startswith(RESERVED_LOCALPARTS))
    yield stem
    number = 2
    while True:
        yield f"{stem}{number}"
        number += 1


def _stem(text: str) -> str:
    return _NOT_LOCALPART.sub(".", fold(text)).strip(".=-")[:40]
