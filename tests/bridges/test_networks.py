"""Which of our addresses is told to whom."""

import pytest

from bridges.networks import Advertised

OURS = Advertised(
    {
        "10.0.0.0/8": "10.0.0.5",
        "10.9.0.0/16": "10.9.0.5",
        "0.0.0.0/0": "203.0.113.7",
        "2001:db8::/32": "2001:db8::5",
    }
)


@pytest.mark.parametrize(
    ("peer", "told"),
    [
        ("10.1.2.3", "10.0.0.5"),
        ("10.9.2.3", "10.9.0.5"),
        ("10.10.0.0", "10.0.0.5"),
        ("93.184.216.34", "203.0.113.7"),
        ("::ffff:10.1.2.3", "10.0.0.5"),
        ("2001:db8::9", "2001:db8::5"),
        ("2001:db9::9", None),
        ("fe80::1%eth0", None),
        ("isp.example", None),
        ("", None),
        (None, None),
    ],
)
def test_the_narrowest_network_that_fits_counts(peer: str | None, told: str | None) -> None:
    assert OURS.to(peer) == told


def test_without_a_table_nobody_is_told_anything_of_their_own() -> None:
    assert Advertised().to("10.1.2.3") is None


@pytest.mark.parametrize("table", [{"here": "10.0.0.5"}, {"10.0.0.0/8": "pbx"}, {"10.0.0.0/8": "0.0.0.0"}])
def test_what_is_no_network_or_address_is_refused(table: dict[str, str]) -> None:
    with pytest.raises(ValueError, match=r"here|pbx|0\.0\.0\.0"):
        Advertised(table)
