"""The ports a server will listen on, looked at before anything is started."""

import errno
import socket
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

from server.config import Config
from server.config.sections import PORT_STEP, Media, Sfu

#: The port for the server's own processes is looked for below this one, where no other connection begins.
_BELOW = 8080


@dataclass(frozen=True)
class Claim:
    """A port that `part` will listen on, as the configuration key `key` says."""

    part: str
    key: str
    kind: Literal["tcp", "udp"]
    host: str
    port: int


class PortTaken(Exception):
    """A claim that cannot be had; the text names port, part and key."""


def claims(config: Config) -> Iterator[Claim]:
    """All fixed ports of `config`; RTP ranges stay out, their ports are taken a call at a time."""
    yield Claim("web", "web.port", "tcp", config.web.host, config.web.port)
    if config.web.internal_port:
        yield _internal(config)
    yield Claim("homeserver", "homeserver.port", "tcp", config.homeserver.host, config.homeserver.port)
    if config.sfu.own:
        yield from _group_calls(config.sfu)
    if not config.sip.enabled:
        return
    yield Claim("SIP", "sip.udp_port", "udp", config.sip.host, config.sip.udp_port)
    yield Claim("SIP", "sip.tcp_port", "tcp", config.sip.host, config.sip.tcp_port)
    if config.sip.tls_port:
        yield Claim("SIP over TLS", "sip.tls_port", "tcp", config.sip.host, config.sip.tls_port)
    yield Claim(
        "SIP bridge's control", "sip.control_port", "tcp", config.sip.control_host, config.sip.control_port
    )
    yield from _calls(config.media)
    if config.demo.enabled:
        carrier = config.demo.carrier
        yield Claim("demo carrier", "demo.carrier.port", "udp", carrier.host, carrier.port)
        yield Claim(
            "demo carrier's control",
            "demo.carrier.control_port",
            "tcp",
            carrier.control_host,
            carrier.control_port,
        )


def _internal(config: Config) -> Claim:
    section = config.web
    return Claim("web, from inside", "web.internal_port", "tcp", section.internal_host, section.internal_port)


def chosen(config: Config) -> Config:
    """`config` with a port for `/internal/v1`: the given one, or one that is free. Raises `PortTaken`."""
    if config.web.internal_port:
        return config
    taken = {claim.port for claim in claims(config) if claim.kind == "tcp"}
    for port in range(_BELOW - 1, _BELOW - 1000, -1):
        found = replace(config, web=replace(config.web, internal_port=port))
        if port not in taken and _refusal(_internal(found)) is None:
            return found
    raise PortTaken("no port is free for the server's own processes: give one with `web.internal_port`")


def _calls(section: Media) -> Iterator[Claim]:
    for index in range(max(section.own, 0 if section.rtpengine else 1)):
        port = section.webrtc_port + PORT_STEP * index
        yield Claim("WebRTC media", "media.webrtc_port", "udp", section.webrtc_host or section.host, port)
    for index in range(section.own):
        port = section.control_port + PORT_STEP * index
        yield Claim("media's control", "media.control_port", "udp", "127.0.0.1", port)


def _group_calls(section: Sfu) -> Iterator[Claim]:
    media = "group calls' media"
    for up in range(0, section.processes * PORT_STEP, PORT_STEP):
        yield Claim("group calls", "sfu.port", "tcp", section.host, section.port + up)
        yield Claim(media, "sfu.udp_port", "udp", section.udp_host, section.udp_port + up)
        if section.tcp_port:
            yield Claim(media, "sfu.tcp_port", "tcp", section.udp_host, section.tcp_port + up)


def check(config: Config) -> None:
    """Raise `PortTaken` for the first claim that two parts share or that somebody else holds."""
    seen: dict[tuple[str, int], Claim] = {}
    for claim in claims(config):
        other = seen.setdefault((claim.kind, claim.port), claim)
        if other is not claim:
            raise PortTaken(f"port {claim.port}/{claim.kind} is given twice: `{other.key}` and `{claim.key}`")
        reason = _refusal(claim)
        if reason:
            raise PortTaken(
                f"port {claim.port}/{claim.kind} on {claim.host} {reason}: it is for the {claim.part}."
                f" End what holds it, or choose another with `{claim.key}`."
            )


def _refusal(claim: Claim) -> str | None:
    """Why the port cannot be bound, None when it can."""
    family = socket.AF_INET6 if ":" in claim.host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM if claim.kind == "tcp" else socket.SOCK_DGRAM) as probe:
        if claim.kind == "tcp":
            # Connections of a server just stopped still linger; they are no hindrance to listening.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((claim.host, claim.port))
            if claim.kind == "tcp":
                probe.listen()
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                return "is in use"
            return f"cannot be had ({error.strerror or error})"
    return None
