"""By what quality is compared: models and networks, never people."""

import pytest

from bridges.sip.quality.places import model_of, network_of


@pytest.mark.parametrize(
    ("user_agent", "model"),
    [
        ("Yealink SIP-T46U 108.86.0.20", "Yealink SIP-T46U"),
        ("Yealink SIP-T46U 108.86.0.20 805ec0aabbcc", "Yealink SIP-T46U"),
        ("snomD385/10.1.184.15", "snomD385"),
        ("PolycomVVX-VVX_411-UA/5.9.7", "PolycomVVX-VVX_411-UA"),
        ("baresip v1.0.0 (x86_64/linux)", "baresip"),
        ("Linphone/4.2.5 (belle-sip/4.4.0)", "Linphone"),
        ("Grandstream GXP2170 1.0.11.64 c0:74:ad:01:02:03", "Grandstream GXP2170"),
        ("", "unknown"),
        ("1.2.3", "unknown"),
        ("Téléphone \x00\x1b[0m", "Tlphone [0m"),
        ("x" * 100, "x" * 40),
    ],
)
def test_versions_and_hardware_addresses_do_not_make_two_of_one_model(user_agent: str, model: str) -> None:
    assert model_of(user_agent) == model


@pytest.mark.parametrize(
    ("host", "network"),
    [
        ("192.0.2.77", "192.0.2.0/24"),
        ("2001:db8:1:2::3", "2001:db8:1::/48"),
        ("sip.example.org", None),
        ("", None),
    ],
)
def test_an_address_stands_for_its_network(host: str, network: str | None) -> None:
    assert network_of(host) == network
