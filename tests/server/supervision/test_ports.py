import dataclasses
import socket

import pytest

from server.config import Config, load
from server.supervision import ports
from tests.support.ports import free_block


def config_on(base: int) -> Config:
    config = load()
    return dataclasses.replace(
        config,
        web=dataclasses.replace(config.web, port=base),
        homeserver=dataclasses.replace(config.homeserver, port=base + 1),
        sip=dataclasses.replace(
            config.sip, udp_port=base + 2, tcp_port=base + 2, tls_port=0, control_port=base + 3
        ),
        media=dataclasses.replace(config.media, webrtc_port=base + 4, control_port=base + 6),
        sfu=dataclasses.replace(config.sfu, port=base + 5, udp_port=base + 5, tcp_port=0),
    )


def test_free_ports_are_fine_and_left_free() -> None:
    config = config_on(free_block(7))
    ports.check(config)
    ports.check(config)


def test_the_port_of_sip_over_tls_is_claimed_where_it_is_on() -> None:
    config = load()
    keys = [claim.key for claim in ports.claims(config)]
    assert "sip.tls_port" in keys
    off = dataclasses.replace(config, sip=dataclasses.replace(config.sip, tls_port=0))
    assert "sip.tls_port" not in [claim.key for claim in ports.claims(off)]


@pytest.mark.parametrize(
    ("offset", "kind", "part", "key"),
    [
        (0, socket.SOCK_STREAM, "web", "web.port"),
        (2, socket.SOCK_DGRAM, "SIP", "sip.udp_port"),
        (2, socket.SOCK_STREAM, "SIP", "sip.tcp_port"),
        (4, socket.SOCK_DGRAM, "WebRTC media", "media.webrtc_port"),
    ],
)
def test_a_port_in_use_is_named_with_its_part_and_key(
    offset: int, kind: socket.SocketKind, part: str, key: str
) -> None:
    base = free_block(7)
    with socket.socket(socket.AF_INET, kind) as holder:
        holder.bind(("127.0.0.1", base + offset))
        if kind is socket.SOCK_STREAM:
            holder.listen()
        with pytest.raises(ports.PortTaken) as refused:
            ports.check(config_on(base))
    assert f"port {base + offset}/" in str(refused.value)
    assert "is in use" in str(refused.value)
    assert f"for the {part}." in str(refused.value)
    assert f"`{key}`" in str(refused.value)


def test_one_port_for_two_parts_is_refused() -> None:
    config = config_on(free_block(7))
    config = dataclasses.replace(
        config, homeserver=dataclasses.replace(config.homeserver, port=config.web.port)
    )
    with pytest.raises(ports.PortTaken, match=r"given twice: `web.port` and `homeserver.port`"):
        ports.check(config)


def test_an_address_of_another_machine_is_named() -> None:
    config = config_on(free_block(7))
    config = dataclasses.replace(config, web=dataclasses.replace(config.web, host="192.0.2.1"))
    with pytest.raises(ports.PortTaken, match="cannot be had"):
        ports.check(config)


def test_no_bridge_needs_no_ports() -> None:
    config = config_on(free_block(7))
    config = dataclasses.replace(config, sip=dataclasses.replace(config.sip, enabled=False))
    assert {claim.part for claim in ports.claims(config)} == {
        "web",
        "homeserver",
        "group calls",
        "group calls' media",
    }


def test_the_servers_own_processes_get_the_first_port_that_is_free() -> None:
    base = free_block(7)
    assert (
        ports.chosen(
            given := dataclasses.replace(
                config_on(base), web=dataclasses.replace(config_on(base).web, internal_port=base + 5)
            )
        )
        is given
    )
    config = config_on(base)
    config = dataclasses.replace(config, sfu=dataclasses.replace(config.sfu, port=8079))
    found = ports.chosen(config).web
    assert 7080 <= found.internal_port < 8079
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", found.internal_port))
        holder.listen()
        assert ports.chosen(config).web.internal_port < found.internal_port
    assert found.internal_api_url == f"http://127.0.0.1:{found.internal_port}"
