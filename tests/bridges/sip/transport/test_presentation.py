"""Case 13: what a provider's sheet asks for in From and beside it."""

from dataclasses import replace
from typing import Any

import pytest

from bridges.sip.transport.api import TrunkConfig
from bridges.sip.transport.presentation import hop_of, present

PEER = TrunkConfig("isp", "sbc.isp.example")
PROVIDER = replace(PEER, kind="register", username="u77")
NUMBER = "+390612345201"
US, THEM = "house.example", "sbc.isp.example"


@pytest.mark.parametrize(
    ("config", "number", "from_", "headers"),
    [
        (PEER, NUMBER, f"sip:{NUMBER}@{US}", {"P-Asserted-Identity": f"<sip:{NUMBER}@{US}>"}),
        (PROVIDER, NUMBER, f"sip:{NUMBER}@{THEM}", {"P-Asserted-Identity": f"<sip:{NUMBER}@{THEM}>"}),
        (PEER, None, "sip:anonymous@anonymous.invalid", {}),
        (
            replace(PEER, from_user="account77", from_domain="isp.example"),
            NUMBER,
            "sip:account77@isp.example",
            {"P-Asserted-Identity": f"<sip:{NUMBER}@isp.example>"},
        ),
        (replace(PEER, from_user="account77", caller_in=()), NUMBER, f"sip:account77@{US}", {}),
        (
            replace(PROVIDER, caller_in=("ppi",)),
            NUMBER,
            f"sip:u77@{THEM}",
            {"P-Preferred-Identity": f"<sip:{NUMBER}@{THEM}>"},
        ),
        (
            replace(PEER, caller_in=("rpid", "from")),
            NUMBER,
            f"sip:{NUMBER}@{US}",
            {"Remote-Party-ID": f"<sip:{NUMBER}@{US}>;party=calling;screen=yes;privacy=off"},
        ),
    ],
)
def test_case_13_the_number_stands_where_the_line_wants_it(
    config: TrunkConfig, number: str | None, from_: str, headers: dict[str, str]
) -> None:
    """Case 13: The account has to stand in From."""
    address, found = present(config, number, US)
    assert (address.uri, dict(found)) == (from_, headers)


@pytest.mark.parametrize(
    ("changes", "from_", "identity"),
    [
        ({}, "sip:anonymous@anonymous.invalid", ("P-Asserted-Identity", f"<sip:{NUMBER}@{US}>")),
        (
            {"from_user": "account77", "caller_in": ("rpid",)},
            f"sip:account77@{US}",
            ("Remote-Party-ID", f"<sip:{NUMBER}@{US}>;party=calling;screen=yes;privacy=full"),
        ),
    ],
)
def test_case_13_a_withheld_number_is_the_providers_alone(
    changes: dict[str, Any], from_: str, identity: tuple[str, str]
) -> None:
    address, found = present(replace(PEER, **changes), NUMBER, US, hidden=True)
    assert (address.uri, address.name) == (from_, "Anonymous")
    assert found == (identity, ("Privacy", "id"))


@pytest.mark.parametrize(
    ("proxy", "hop"),
    [
        (None, ("sbc.isp.example", 5060)),
        ("edge.isp.example", ("edge.isp.example", None)),
        ("edge.isp.example:5080", ("edge.isp.example", 5080)),
        ("sip:192.0.2.1:5080;lr", ("192.0.2.1", 5080)),
        ("[2001:db8::1]", ("[2001:db8::1]", None)),
        ("[2001:db8::1]:5070", ("[2001:db8::1]", 5070)),
        ("2001:db8::1", ("2001:db8::1", None)),
    ],
)
def test_case_13_the_outbound_proxy_is_a_host_with_or_without_a_port(
    proxy: str | None, hop: tuple[str, int]
) -> None:
    assert hop_of(replace(PEER, outbound_proxy=proxy)) == hop
