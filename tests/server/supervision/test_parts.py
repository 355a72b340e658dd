"""What the processes are told."""

import dataclasses
import json
import signal
import stat
from pathlib import Path
from typing import Any

import msgspec

from bridges.media import config as media_config
from bridges.sip.config import Trunk as BridgeTrunk
from server.config import Config, DataDir, load, shipped
from server.secrets import Secrets
from server.sfu import config as sfu_config
from server.supervision import parts, ports
from server.supervision.greeting import greeting


def test_the_bridge_reads_what_the_contract_says(tmp_path: Path) -> None:
    config = load(shipped("demo.toml"))
    content = parts.sip(config, DataDir(tmp_path), Secrets())
    assert set(content) == {
        "domain", "realm", "region", "sip", "control", "media", "homeserver_url", "web_url", "as_token",
        "hs_token", "internal_secret", "metrics_token", "bot_localpart", "database", "trunks", "log",
        "media_servers", "music_on_hold", "park_slots", "park_return",
    }  # fmt: skip
    assert content["sip"] == {
        "host": "127.0.0.1", "udp_port": 5060, "tcp_port": 5060, "tls_port": 5061,
        "tls_certificate": str(tmp_path / "secrets/telephones/sip.pem"),
        "tls_key": str(tmp_path / "secrets/telephones/sip.key"), "advertised_host": None,
        "trunk_calls": 30, "trunk_calls_per_second": 10, "srtp": "never",
    }  # fmt: skip
    assert content["realm"] == "localhost"
    (trunk,) = content["trunks"]
    told = {
        "name": "carrier", "kind": "peer", "host": "127.0.0.1", "port": 5080, "transport": "udp",
        "username": None, "password": None, "caller_id": "+390612345000",
    }  # fmt: skip
    assert trunk | told == trunk
    assert set(trunk) == set(BridgeTrunk.__struct_fields__)


def test_files_for_the_processes_are_private_and_the_web_reads_its_own_back(tmp_path: Path) -> None:
    config = load(shipped("demo.toml"))
    data = DataDir(tmp_path)
    data.create()
    parts.write_files(config, data, Secrets())
    files = sorted(data.run.glob("*.*"))
    assert [path.name for path in files] == ["carrier.json", "media.json", "sfu.json", "sip.json", "web.json"]
    assert all(stat.S_IMODE(path.stat().st_mode) == 0o600 for path in files)
    assert msgspec.json.decode((data.run / "web.json").read_bytes(), type=Config) == config
    assert json.loads((data.run / "carrier.json").read_text())["bridge"] == {
        "host": "127.0.0.1",
        "port": 5060,
    }


def test_only_what_is_asked_for_is_started() -> None:
    data = DataDir(Path("/data"))
    assert [spec.name for spec in parts.specs(load(shipped("demo.toml")), data)] == [
        "homeserver",
        "web",
        "sip",
        "media",
        "sfu",
        "carrier",
    ]
    assert [spec.name for spec in parts.specs(load(), data)] == ["homeserver", "web", "sip", "media", "sfu"]


def test_only_when_nobody_comes_after_it_the_bridge_ends_its_calls() -> None:
    specs = parts.specs(load(shipped("demo.toml")), DataDir(Path("/data")))
    assert {spec.name for spec in specs if spec.farewell is signal.SIGINT} == {"sip"}


def test_the_greeting_has_the_address_and_the_logins() -> None:
    text = greeting(load(shipped("demo.toml")))
    assert text.startswith("Unisono is ready: http://localhost:8080\n")
    assert "anna@unisono.example" in text
    assert "anna-demo" in text
    assert "+390698765432" in text
    assert greeting(load()) == "Unisono is ready: http://127.0.0.1:8080\n"


def test_group_calls_read_what_is_rendered_and_can_be_left_out(tmp_path: Path) -> None:
    config = load()
    secrets = Secrets()
    path = tmp_path / "sfu.json"
    path.write_text(json.dumps(parts.sfu(config, secrets)))
    read = sfu_config.load(path)
    assert read.keys == {"unisono": secrets.sfu_secret}
    assert (read.web.port, read.media.port, read.media.advertised_host) == (7880, 7882, None)
    assert read.media.tcp_port == 7881
    assert read.webhook is not None
    assert read.webhook.url == f"{config.web.internal_api_url}/internal/v1/sfu/webhook"
    without = dataclasses.replace(config, sfu=dataclasses.replace(config.sfu, enabled=False))
    assert "sfu" not in [spec.name for spec in parts.specs(without, DataDir(tmp_path))]


def test_further_processes_of_group_calls_have_ports_of_their_own(tmp_path: Path) -> None:
    config, secrets = load(), Secrets()
    three = dataclasses.replace(config, sfu=dataclasses.replace(config.sfu, processes=3))
    names = [spec.name for spec in parts.specs(three, DataDir(tmp_path))]
    assert names[-3:] == ["sfu", "sfu-2", "sfu-3"]
    second = parts.sfu(three, secrets, 1)
    assert second["web"]["port"] == 7890
    assert (second["media"]["port"], second["media"]["tcp_port"]) == (7892, 7891)
    assert second["keys"] == parts.sfu(three, secrets)["keys"]


def test_a_livekit_server_leaves_us_without_processes_of_group_calls(tmp_path: Path) -> None:
    config = load()
    section = dataclasses.replace(
        config.sfu, kind="livekit", url="wss://live.example.org", api_key="k", api_secret="s"
    )
    found = dataclasses.replace(config, sfu=section)
    assert "sfu" not in [spec.name for spec in parts.specs(found, DataDir(tmp_path))]


def with_media(**section: Any) -> Config:
    config = load(shipped("demo.toml"))
    return dataclasses.replace(config, media=dataclasses.replace(config.media, **section))


def test_processes_that_carry_calls_share_the_ports_and_the_bridge_knows_them(tmp_path: Path) -> None:
    config, data = with_media(processes=2), DataDir(tmp_path)
    assert [spec.name for spec in parts.specs(config, data)][2:5] == ["sip", "media", "media-2"]
    assert parts.sip(config, data, Secrets())["media_servers"] == ["127.0.0.1:2223", "127.0.0.1:2233"]
    read = []
    for index in range(2):
        path = tmp_path / "media.json"
        path.write_text(json.dumps(parts.media(config, data, index)))
        read.append(media_config.load(path))
    assert [each.ng.port for each in read] == [2223, 2233]
    assert {each.ng.files for each in read} == {str(tmp_path / "run" / "sounds")}
    assert [each.media.webrtc_port for each in read] == [5062, 5072]
    assert [each.ng.standby for each in read] == [
        str(data.run / f"{name}.standby") for name in ("media", "media-2")
    ]
    alone = with_media(standby=False)
    assert parts.media(alone, data, 0)["ng"]["standby"] is None
    ranges = [(each.media.rtp_port_min, each.media.rtp_port_max) for each in read]
    assert ranges == [(20000, 20499), (20500, 20999)]


def test_rtpengine_takes_the_place_of_our_processes(tmp_path: Path) -> None:
    config = with_media(processes=2, rtpengine=("192.0.2.7:2223",))
    assert "media" not in [spec.name for spec in parts.specs(config, DataDir(tmp_path))]
    assert parts.sip(config, DataDir(tmp_path), Secrets())["media_servers"] == ["192.0.2.7:2223"]
    assert not [claim for claim in ports.claims(config) if claim.key.startswith("media.")]


def test_every_port_of_the_processes_that_carry_calls_is_looked_at() -> None:
    claimed = {claim.port: claim.key for claim in ports.claims(with_media(processes=2))}
    assert [claimed[port] for port in (5062, 5072)] == ["media.webrtc_port"] * 2
    assert [claimed[port] for port in (2223, 2233)] == ["media.control_port"] * 2
    inside = {claim.key for claim in ports.claims(with_media(processes=0))}
    assert "media.control_port" not in inside
    assert "media.webrtc_port" in inside
