import pytest

from server.accounts.rules import (
    Failures,
    Throttle,
    WeakPassword,
    address_subject,
    check_password,
    from_our_pages,
    from_subject,
    network_of,
    prepare_password,
)

THROTTLE = Throttle(free=5, longest=60.0, memory=3600.0)


@pytest.mark.parametrize(
    ("failures", "wait"),
    [(0, 0.0), (4, 0.0), (5, 1.0), (6, 2.0), (7, 4.0), (10, 32.0), (11, 60.0), (5000, 60.0)],
)
def test_each_further_failure_doubles_the_wait(failures: int, wait: float) -> None:
    assert THROTTLE.wait(Failures(failures, 100.0), 100.0) == wait


def test_the_wait_runs_down_and_ends() -> None:
    seen = Failures(7, 100.0)
    assert [THROTTLE.wait(seen, now) for now in (101.0, 103.5, 104.0, 200.0)] == [3.0, 0.5, 0.0, 0.0]


def test_failures_are_forgotten() -> None:
    seen = Failures(50, 100.0)
    assert THROTTLE.failed(seen, 3701.0) == Failures(1, 3701.0)
    assert THROTTLE.failed(seen, 3699.0) == Failures(51, 3699.0)
    assert THROTTLE.wait(None, 0.0) == 0.0


def test_a_clock_set_back_locks_nobody_out() -> None:
    """Case 31: failures counted while the clock was ahead, and what follows once it is right."""
    ahead = Failures(6, 7200.0)
    assert THROTTLE.wait(ahead, 7200.0) == 2.0
    assert THROTTLE.wait(ahead, 0.0) == 0.0
    assert THROTTLE.wait(ahead, 7199.0) == 0.0
    seen = THROTTLE.failed(ahead, 0.0)
    assert (seen, THROTTLE.wait(seen, 0.0), THROTTLE.wait(seen, 4.0)) == (Failures(7, 0.0), 4.0, 0.0)


@pytest.mark.parametrize(
    "password", ["anna-demo", "correct horse", "città antica", "x" * 8 + "abc", "пароль-пароль"]
)
def test_long_enough_passwords_are_accepted(password: str) -> None:
    assert check_password(password, "anna@unisono.example", "Anna Rossi") == password


@pytest.mark.parametrize(
    "password",
    [
        "",
        "short",
        "aaaaaaaaaaaa",
        "abababababab",
        "x" * 257,
        "anna@unisono.example",
        "ANNA ROSSI",
        "annarossi",
    ],
)
def test_trivial_passwords_are_refused(password: str) -> None:
    with pytest.raises(WeakPassword):
        check_password(password, "anna@unisono.example", "Anna Rossi")


def test_accents_typed_in_two_ways_are_one_password() -> None:
    assert prepare_password("citta\u0300") == prepare_password("citt\u00e0")


@pytest.mark.parametrize(
    ("header", "origin", "host", "ours"),
    [
        ("1", None, "u.example", True),
        (None, "https://u.example", "u.example", True),
        (None, "https://u.example", "10.0.0.1:8080", True),
        (None, "http://10.0.0.1:8080", "10.0.0.1:8080", True),
        (None, None, "u.example", False),
        ("0", None, "u.example", False),
        (None, "https://evil.example", "u.example", False),
        (None, "null", "u.example", False),
        (None, "null", "", False),
        (None, "https://u.example.evil.example", "u.example", False),
    ],
)
def test_requests_of_other_sites_are_told_apart(
    header: str | None, origin: str | None, host: str, ours: bool
) -> None:
    assert from_our_pages(header, origin, host, "https://u.example") is ours


def test_an_ipv6_subscriber_is_one_guesser_whatever_address_they_take() -> None:
    assert address_subject("2001:db8:1:2::1") == address_subject("2001:db8:1:2:ffff::9")
    assert address_subject("2001:db8:1:2::1") != address_subject("2001:db8:1:3::1")
    assert address_subject("192.0.2.1") != address_subject("192.0.2.2")
    assert address_subject("fe80::1%eth0") == address_subject("fe80::1")
    assert address_subject("unix:") != address_subject("")


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("192.0.2.1:50123", "192.0.2.1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("::FFFF:c000:201", "192.0.2.1"),
        ("[::ffff:192.0.2.1]:443", "192.0.2.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("[2001:db8:1:2::1]:443", "2001:db8:1:2::/64"),
        ("2001:db8:1:3::1%eth0", "2001:db8:1:3::/64"),
        ("unix:", "unix:"),
        ("", ""),
    ],
)
def test_an_address_is_counted_by_its_subscriber(address: str, network: str) -> None:
    assert network_of(address) == network
    for kind in ("address", "forgotten-from", "sms-from", "link-from"):
        assert from_subject(kind, address) == from_subject(kind, network)
