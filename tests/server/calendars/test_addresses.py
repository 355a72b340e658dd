"""Where the server may be sent by its people, and where not."""

import pytest

from server.calendars import addresses
from server.calendars.refusals import BadAddress

OURS = addresses.networks(["10.1.2.0/24", "::1/128"])


@pytest.mark.parametrize(
    ("address", "may"),
    [
        ("93.184.216.34", True),
        ("2606:2800:220:1::1", True),
        ("10.1.2.3", True),
        ("::ffff:10.1.2.3", True),
        ("::1", True),
        ("10.1.3.3", False),
        ("127.0.0.1", False),
        ("0.0.0.0", False),
        ("169.254.169.254", False),
        ("192.168.1.1", False),
        ("172.16.0.1", False),
        ("100.64.0.1", False),
        ("224.0.0.1", False),
        ("255.255.255.255", False),
        ("::", False),
        ("fe80::1%eth0", False),
        ("fd00::1", False),
        ("::ffff:127.0.0.1", False),
        ("::127.0.0.1", False),
        ("64:ff9b::7f00:1", False),
        ("64:ff9b::5db8:d822", True),
        ("2002:7f00:1::1", False),
        ("2001:0:7f00:1::1", False),
        ("ff02::1", False),
        ("fec0::1", False),
        ("4000::1", False),
        ("64:ff9b:1::7f00:1", False),
        ("168.63.129.16", False),
        ("127.1", False),
        ("nonsense", False),
    ],
)
def test_nothing_inside_is_reached_but_what_is_named(address: str, may: bool) -> None:
    assert addresses.may_reach(address, OURS) is may
    assert not addresses.may_reach("93.184.216.34", OURS, public=False)


@pytest.mark.parametrize(
    ("typed", "url"),
    [
        (" https://example.org/a.ics ", "https://example.org/a.ics"),
        ("webcal://example.org/a.ics", "https://example.org/a.ics"),
        ("example.org/dav", "https://example.org/dav"),
        ("http://example.org:8080/a#b", "http://example.org:8080/a"),
    ],
)
def test_addresses_as_people_have_them(typed: str, url: str) -> None:
    assert addresses.calendar_url(typed) == url


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "https://",
        "file:///etc/passwd",
        "gopher://example.org/",
        "https://anna:secret@example.org/",
        "https://example.org:25/",
        "https://example.org:99999/",
        "https://exa mple.org/",
        "https://example.org/\n",
        "https://[::1/",
        "https://example.org/" + "x" * 2048,
    ],
)
def test_what_is_no_address_of_a_calendar(typed: str) -> None:
    if typed.endswith("\n"):
        typed += "a"
    with pytest.raises(BadAddress):
        addresses.calendar_url(typed)


@pytest.mark.parametrize(
    ("other", "may"),
    [
        ("https://caldav.example.org/x", True),
        ("https://p12-caldav.example.org/x", True),
        ("https://deep.caldav.example.org/x", True),
        ("http://caldav.example.org/x", False),
        ("https://caldav.example.com/x", False),
        ("https://org/x", False),
        ("https://evilexample.org/x", False),
        ("https://93.184.216.34/x", False),
    ],
)
def test_whom_the_password_may_be_sent_to(other: str, may: bool) -> None:
    assert addresses.shares_password("https://caldav.example.org/", other) is may
    assert not addresses.shares_password("https://example.org/", "https://other.org/")


@pytest.mark.parametrize("first", ["https://anna.co.uk/", "https://anna.com.au/", "https://anna.de/"])
def test_no_password_goes_to_a_neighbour_in_a_country(first: str) -> None:
    parent = addresses.host_of(first).removeprefix("anna.")
    assert not addresses.shares_password(first, f"https://evil.{parent}/")
    assert addresses.shares_password(first, f"https://dav.anna.{parent}/")
