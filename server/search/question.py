"""What somebody types to find a message. Pure.

Words, "words in quotes", and `from:anna`, `in:!room:domain`, `before:2026-05-01`, `after:2026-04-01`,
`has:file`, which the client's filters write, too.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, tzinfo

from server.edge.refusals import Refusal
from server.search import folding

TEXT_MAX = 300
WORDS_MAX = 10
_PART = re.compile(r'(?:(from|in|before|after|has):)?(?:"([^"]*)"|(\S+))', re.IGNORECASE)


class SearchError(Refusal):
    """A refusal to search."""

    code, field = "search", "q"


class TooShort(SearchError):
    """Type a word of three letters or more, or choose a filter."""

    code = "search_too_short"


class TooLong(SearchError):
    """This is too long to be looked for."""

    code = "search_too_long"


class NoDate(SearchError):
    """This is not a day; write it as 2026-05-31."""

    code = "search_no_date"


@dataclass(frozen=True, slots=True)
class Question:
    """`words` are folded, and all of them must be there; `sender` is a user id, `since` the first millisecond
    and `until` the first one after."""

    words: tuple[str, ...] = ()
    sender: str | None = None
    room_id: str | None = None
    since: int | None = None
    until: int | None = None
    has_file: bool = False

    @property
    def needles(self) -> tuple[str, ...]:
        """What the index is asked for, the longest first."""
        needles = {folding.needle(word) if word.isalnum() else word for word in self.words}
        return tuple(sorted((n for n in needles if len(n) >= folding.SHORTEST), key=lambda n: (-len(n), n)))

    @property
    def filters(self) -> bool:
        return any((self.sender, self.room_id, self.since, self.until, self.has_file))


def read(text: str, zone: tzinfo, user_id: Callable[[str], str]) -> Question:
    """`zone` is the reader's, `user_id` that of a localpart. Raises a `SearchError`."""
    if len(text) > TEXT_MAX:
        raise TooLong
    # SQLite reads the words that its index is asked for up to a NUL.
    text = "".join(each if each.isprintable() else " " for each in text)
    words: list[str] = []
    named: dict[str, str] = {}
    for part in _PART.finditer(text):
        name, quoted, plain = part.groups()
        value = quoted if quoted is not None else plain
        if name:
            named[name.lower()] = value
        elif quoted is not None:
            words.append(" ".join(folding.fold(quoted).split()))
        else:
            # "preventivo_2026.pdf" is one thing to look for, "chi?" the word alone.
            words.append(folding.fold(value).strip(".,;:!?()[]{}<>*+-=|&^~'\"\\/"))
    kept = tuple(dict.fromkeys(word for word in words if word))
    if len(kept) > WORDS_MAX:
        raise TooLong
    sender = named.get("from")
    question = Question(
        kept,
        sender if sender is None or sender.startswith("@") else user_id(sender.lower()),
        named.get("in"),
        _midnight(named.get("after"), zone),
        _midnight(named.get("before"), zone),
        named.get("has", "").lower() == "file",
    )
    if not question.needles and not question.filters:
        raise TooShort
    return question


def _midnight(day: str | None, zone: tzinfo) -> int | None:
    if day is None:
        return None
    try:
        begins = datetime.combine(date.fromisoformat(day), time(), zone)
        return int(begins.timestamp() * 1000)
    except (ValueError, OverflowError) as error:
        raise NoDate(day[:20]) from error
