"""Which processes a configuration asks for, and the files that tell them what to do."""

import dataclasses
import json
import os
import signal
import sys
from pathlib import Path
from typing import Any

from server.certificates import place
from server.config import Config, DataDir, Trunk
from server.config.sections import PORT_STEP
from server.config.slots import slots_of
from server.homeserver import rendering
from server.meetings.rules import ISSUER
from server.secrets import Secrets, write_private
from server.supervision import sounds
from server.supervision.process import ProcessSpec
from server.trunks.settings import ROUTE_SETTINGS

_SOURCES = Path(__file__).parents[2]


def write_files(config: Config, data: DataDir, secrets: Secrets) -> None:
    """Render what each process reads, so that a change made later cannot break a restart after a crash."""
    rendering.write(config, data, secrets)
    files = {"web": dataclasses.asdict(config)}
    if config.sip.enabled:
        files["sip"] = sip(config, data, secrets)
    for index, name in enumerate(_media_names(config)):
        files[name] = media(config, data, index)
    for index, name in enumerate(_sfu_names(config)):
        files[name] = sfu(config, secrets, index)
    if config.demo.enabled:
        files["carrier"] = carrier(config)
    for name, content in files.items():
        write_private(data.run / f"{name}.json", json.dumps(content, indent=2, ensure_ascii=False) + "\n")


def own_environment() -> dict[str, str]:
    """What every process of ours finds in its environment, beside what stands there."""
    return {
        # Sources of a checkout are found from whatever folder the server was started in.
        "PYTHONPATH": os.pathsep.join(filter(None, (str(_SOURCES), os.environ.get("PYTHONPATH", "")))),
        "PYTHONUNBUFFERED": "1",
        # Of glibc (mallopt(3)): a heap for every thread keeps what each needed, and gives little back.
        "MALLOC_ARENA_MAX": os.environ.get("MALLOC_ARENA_MAX", "1"),
    }


def specs(config: Config, data: DataDir) -> list[ProcessSpec]:
    """In the order of starting; nobody waits for anybody, each keeps trying until its peers answer."""
    environment = own_environment()
    python = (sys.executable, "-m")
    synapse = (*python, "synapse.app.homeserver", "-c", str(data.homeserver / "homeserver.yaml"))
    web = (*python, "server.web", "--data", str(data.root), "--standby")
    found = [
        ProcessSpec("homeserver", synapse, environment),
        ProcessSpec("web", (*_succeeded("web"), *web), environment),
    ]
    if config.sip.enabled:
        config_file = str(data.run / "sip.json")
        bridge = (*_succeeded("sip"), *python, "bridges.sip", "--config", config_file, "--standby")
        # By SIGTERM it would leave its calls to the next one.
        found.append(ProcessSpec("sip", bridge, environment, stop_first=True, farewell=signal.SIGINT))
    for name in _media_names(config):
        carrying = (*python, "bridges.media", "--config", str(data.run / f"{name}.json"))
        found.append(ProcessSpec(name, carrying, environment))
    for name in _sfu_names(config):
        ready = ("--standby",) if config.sfu.standby else ()
        unit = (*python, "server.sfu", "--config", str(data.run / f"{name}.json"), *ready)
        found.append(ProcessSpec(name, unit, environment, stop_first=True))
    if config.sip.enabled and config.demo.enabled:
        line = (*python, "bridges.carrier", "--config", str(data.run / "carrier.json"))
        found.append(ProcessSpec("carrier", line, environment, stop_first=True))
    return found


def _succeeded(name: str) -> tuple[str, ...]:
    """Before the command of a process that another one can follow."""
    return (sys.executable, "-m", "processes.succession", name)


_NOT_FOR_THE_BRIDGE = {"password_file", "tls_ca_file", *ROUTE_SETTINGS}


def _tls(config: Config, data: DataDir) -> dict[str, Any]:
    files = place.files(config, data)
    if files is None:
        return {"tls_port": None, "tls_certificate": None, "tls_key": None}
    return {"tls_port": config.sip.tls_port, "tls_certificate": str(files[0]), "tls_key": str(files[1])}


def sip(config: Config, data: DataDir, secrets: Secrets) -> dict[str, Any]:
    """What `bridges.sip` reads."""
    return {
        "domain": config.organisation.domain,
        "realm": config.realm,
        "region": config.organisation.region,
        "sip": {
            "host": config.sip.host,
            "udp_port": config.sip.udp_port,
            "tcp_port": config.sip.tcp_port,
            **_tls(config, data),
            "advertised_host": config.sip.advertised_host or None,
            "trunk_calls": config.sip.trunk_calls,
            "trunk_calls_per_second": config.sip.trunk_calls_per_second,
            "srtp": config.sip.srtp,
        },
        "control": {"host": config.sip.control_host, "port": config.sip.control_port},
        "media": _media(config),
        "media_servers": list(config.media.servers),
        "park_slots": list(slots_of(config.telephony.park_slots)),
        "park_return": config.telephony.park_return,
        "music_on_hold": sounds.music_on_hold(config, data),
        "homeserver_url": config.homeserver.url,
        "web_url": config.web.internal_api_url,
        "as_token": secrets.telephone_as_token,
        "hs_token": secrets.telephone_hs_token,
        "internal_secret": secrets.internal_secret,
        "metrics_token": secrets.metrics_token,
        "bot_localpart": rendering.BOT,
        "database": str(data.sip / "bridge.db"),
        "trunks": [_trunk(trunk) for trunk in config.trunks],
        "log": {"level": config.log.level},
    }


def _media(config: Config) -> dict[str, Any]:
    section = dataclasses.asdict(config.media)
    for name in ("processes", "control_port", "standby", "rtpengine"):
        del section[name]
    addresses = {name: section[name] or None for name in ("advertised_host", "webrtc_host")}
    return section | addresses


def _media_names(config: Config) -> list[str]:
    """Of the processes that carry calls: "media", "media-2", …"""
    if not config.sip.enabled:
        return []
    return [f"media-{number}" if number > 1 else "media" for number in range(1, config.media.own + 1)]


def media(config: Config, data: DataDir, index: int) -> dict[str, Any]:
    """What `bridges.media` reads; `index` counts its processes, which share the RTP ports."""
    section, up = config.media, PORT_STEP * index
    standby = str(data.run / f"{_media_names(config)[index]}.standby")
    each = (section.rtp_port_max + 1 - section.rtp_port_min) // section.own
    first = section.rtp_port_min + each * index
    ports = {
        "webrtc_port": section.webrtc_port + up,
        "rtp_port_min": first,
        "rtp_port_max": first + each - 1,
    }
    return {
        "ng": {
            "port": section.control_port + up,
            "files": str(data.sounds),
            "recordings": str(data.sip / "recordings"),
            "standby": standby if section.standby else None,
        },
        "media": _media(config) | ports,
        "log": {"level": config.log.level},
    }


def _sfu_names(config: Config) -> list[str]:
    """Of the processes of group calls: "sfu", "sfu-2", …"""
    if not config.sfu.own:
        return []
    return ["sfu", *(f"sfu-{number}" for number in range(2, config.sfu.processes + 1))]


def sfu(config: Config, secrets: Secrets, index: int = 0) -> dict[str, Any]:
    """What `server.sfu` reads; `index` counts its processes."""
    section, up = config.sfu, PORT_STEP * index
    return {
        "keys": {ISSUER: secrets.sfu_secret},
        "web": {"host": section.host, "port": section.port + up},
        "media": {
            "host": section.udp_host,
            "port": section.udp_port + up,
            "tcp_port": section.tcp_port + up if section.tcp_port else None,
            "advertised_host": section.advertised_host or None,
        },
        "limits": {"videos": section.videos},
        "webhook": {"url": f"{config.web.internal_api_url}/internal/v1/sfu/webhook", "key": ISSUER},
        "log": {"level": config.log.level},
    }


def _trunk(trunk: Trunk) -> dict[str, Any]:
    content = dataclasses.asdict(trunk)
    return {name: value for name, value in content.items() if name not in _NOT_FOR_THE_BRIDGE}


def carrier(config: Config) -> dict[str, Any]:
    """What `bridges.carrier` reads."""
    section = config.demo.carrier
    return {
        "sip": {"host": section.host, "port": section.port},
        "control": {"host": section.control_host, "port": section.control_port},
        "media": {
            "host": section.host,
            "rtp_port_min": section.rtp_port_min,
            "rtp_port_max": section.rtp_port_max,
        },
        "bridge": {"host": config.sip.host, "port": config.sip.udp_port},
        "region": config.organisation.region,
        "log": {"level": config.log.level},
    }
