"""The one check of a shared secret."""

import pytest

from wire.bearer import holds, token_of


@pytest.mark.parametrize(
    ("header", "token"),
    [
        ("Bearer s3cret", "s3cret"),
        ("bearer s3cret", "s3cret"),
        ("BEARER  s3cret ", "s3cret"),
        ("Basic s3cret", ""),
        ("Bearers3cret", ""),
        ("Bearer", ""),
        ("s3cret", ""),
        ("", ""),
    ],
)
def test_the_token_of_a_header(header: str, token: str) -> None:
    assert token_of(header) == token
    assert holds(header, "s3cret") is (token == "s3cret")


@pytest.mark.parametrize(
    "header", ["Bearer s3cre", "Bearer s3crets", "Bearer S3CRET", "Bearer s3 cret", "Bearer é"]
)
def test_nearly_is_not_enough(header: str) -> None:
    assert not holds(header, "s3cret")


@pytest.mark.parametrize("header", ["Bearer ", "Bearer", "", "Bearer \udcff"])
def test_nobody_holds_an_empty_secret(header: str) -> None:
    assert not holds(header, "")
