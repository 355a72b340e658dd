"""For whom the telephones' certificate is, and when another is made."""

from datetime import UTC, datetime, timedelta

import pytest

from server.certificates.rules import is_due, server_names

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def test_telephones_may_call_the_server_by_its_domain_and_each_address() -> None:
    hosts = ("10.0.0.5", "", "pbx.example.org", "192.0.2.1", "10.0.0.5", "[2001:db8::7]")
    assert server_names("Example.org:8448", hosts) == (
        "example.org", "10.0.0.5", "pbx.example.org", "192.0.2.1", "2001:db8::7",
    )  # fmt: skip


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "[::]", ""])
def test_all_addresses_are_none(host: str) -> None:
    assert server_names("example.org", [host]) == ("example.org",)


@pytest.mark.parametrize(
    ("left", "due"),
    [(timedelta(days=31), False), (timedelta(days=30, seconds=1), False), (timedelta(days=30), True)],
)
def test_a_certificate_is_replaced_a_month_before_it_ends(left: timedelta, due: bool) -> None:
    assert is_due(["example.org"], NOW + left, ["example.org"], NOW) is due


@pytest.mark.parametrize(
    ("names", "due"),
    [
        (["example.org", "10.0.0.5"], False),
        (["EXAMPLE.org", "10.0.0.5", "x"], False),
        (["example.org"], True),
    ],
)
def test_a_certificate_is_replaced_when_the_server_has_another_name(names: list[str], due: bool) -> None:
    assert is_due(names, NOW + timedelta(days=300), ["example.org", "10.0.0.5"], NOW) is due
