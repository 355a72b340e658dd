"""Text as it is looked for: without accents and case, by parts of words, by what words have in common. Pure.

"perche" finds "Perché", "2026" finds "preventivo_2026.pdf", and "riunione" finds "riunioni": the last by the
Snowball stems of Italian and English, as nobody says in which of the two they write.
"""

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache

import snowballstemmer  # type: ignore[import-untyped]

#: An index of trigrams finds nothing shorter.
SHORTEST = 3
#: Shorter Italian words differ in more than their number when they differ in their last vowel.
_LONG = 4
_WORD = re.compile(r"[^\W_]+")
_STEMMERS = tuple(snowballstemmer.stemmer(language) for language in ("italian", "english"))
#: What looks like an apostrophe, so that "l’ufficio" and "l'ufficio" are the same.
_SAME = str.maketrans({"’": "'", "‘": "'", "ʼ": "'"})


def fold(text: str) -> str:
    return "".join(_folded(character) for character in text)


@lru_cache(maxsize=4096)
def _folded(character: str) -> str:
    apart = unicodedata.normalize("NFKD", character.translate(_SAME).casefold())
    return "".join(each for each in apart if not unicodedata.combining(each))


def words(folded: str) -> list[str]:
    return _WORD.findall(folded)


@lru_cache(maxsize=65536)
def stems(word: str) -> tuple[str, ...]:
    """Of a folded word: one a language, and the word without its last vowel ("azienda" has the stem "azi",
    which is too short to be looked for)."""
    light = word[:-1] if len(word) > _LONG and word[-1] in "aeio" else word
    return (*(stemmer.stemWord(word) for stemmer in _STEMMERS), light)


def needle(word: str) -> str:
    """What every text has in it that holds `word`, or a word that is like it."""
    common = word
    for stem in stems(word):
        # "company" and "companies" have the stem "compani".
        shared = stem.removesuffix("i")
        while not common.startswith(shared):
            shared = shared[:-1]
        if len(shared) >= SHORTEST:
            common = shared
    return common


def places(folded: str, word: str) -> Iterator[tuple[int, int]]:
    """Where `word` stands in a folded text, as it is or as part of a word; else where its like does."""
    found = [(one.start(), one.end()) for one in re.finditer(re.escape(word), folded)]
    yield from found
    if not found and len(word) >= SHORTEST:
        looked_for, begins = set(enumerate(stems(word))), needle(word)
        for one in _WORD.finditer(folded):
            if one.group().startswith(begins) and looked_for & set(enumerate(stems(one.group()))):
                yield one.start(), one.end()


def unfolded(text: str) -> list[int]:
    """For each character of the folded text, and for its end, the place in `text` that it comes from."""
    origins = [place for place, character in enumerate(text) for _ in _folded(character)]
    return [*origins, len(text)]
