import pytest

from server.sealing import BrokenSeal, Seal

SEAL = Seal("a secret of the server")


def test_what_is_sealed_is_opened_with_the_same_key_alone() -> None:
    sealed = SEAL.seal("città")
    assert "citt" not in sealed
    assert Seal("a secret of the server").open(sealed) == "città"
    for other in (Seal("another"), SEAL):
        with pytest.raises(BrokenSeal):
            other.open(sealed[:-4] + "AAAA" if other is SEAL else sealed)


def test_tags_differ_by_purpose_key_and_the_bounds_of_their_parts() -> None:
    tags = {
        SEAL.tag("code", "ab", "c"),
        SEAL.tag("code", "a", "bc"),
        SEAL.tag("trust", "ab", "c"),
        Seal("another").tag("code", "ab", "c"),
    }
    assert len(tags) == 4
    assert SEAL.tag("code", "ab", "c") in tags
