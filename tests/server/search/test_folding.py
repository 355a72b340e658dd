"""Text as it is looked for."""

import pytest

from server.search import folding


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Perché no?", "perche no?"),
        ("STRASSE, Straße", "strasse, strasse"),
        ("L’ufficio", "l'ufficio"),
        ("ﬁne", "fine"),
        ("Ｗｉｄｅ", "wide"),
        ("è un 🎉", "e un 🎉"),
    ],
)
def test_accents_case_and_forms_are_folded(text: str, folded: str) -> None:
    assert folding.fold(text) == folded


@pytest.mark.parametrize("text", ["Perché Straße ﬁne 🎉", "", "ÀÈÌ"])
def test_each_folded_character_has_its_origin(text: str) -> None:
    folded, origins = folding.fold(text), folding.unfolded(text)
    assert len(origins) == len(folded) + 1 and origins[-1] == len(text)
    for place, character in enumerate(folded):
        assert character in folding.fold(text[origins[place]])


@pytest.mark.parametrize(
    ("word", "text", "found"),
    [
        ("riunione", "le riunioni di maggio", ["riunioni"]),
        ("fatture", "una fattura", ["fattura"]),
        ("company", "two companies", ["companies"]),
        ("meetings", "a meeting", ["meeting"]),
        ("2026", "preventivo_2026.pdf", ["2026"]),
        ("vent", "preventivo", ["vent"]),
        ("casa", "un cesto", []),
        ("casa", "incasso", []),
        ("maggio", "maggiore", ["maggio"]),
    ],
)
def test_a_word_is_found_as_a_part_or_by_what_it_has_in_common(
    word: str, text: str, found: list[str]
) -> None:
    assert [text[begin:end] for begin, end in folding.places(text, word)] == found


@pytest.mark.parametrize("word", ["riunione", "company", "meetings", "fatture", "casa", "re", "a"])
def test_what_the_index_is_asked_for_is_in_each_word_alike(word: str) -> None:
    needle = folding.needle(word)
    assert word.startswith(needle)
    for other in ("riunioni", "companies", "meeting", "fattura", "case"):
        if list(folding.places(other, word)):
            assert needle in other
