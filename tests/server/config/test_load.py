"""What an administrator writes, and what they are told when it is wrong."""

import dataclasses
import re
from pathlib import Path

import pytest

from server.config import Config, ConfigError, load, shipped
from server.config.lines import line_of
from server.config.reach import is_loopback


@pytest.fixture
def write(tmp_path: Path) -> Path:
    return tmp_path / "unisono.toml"


def test_the_shipped_defaults_are_complete() -> None:
    config = load()
    assert config.web.port == 8080
    assert config.trunks == ()
    assert not config.demo.enabled


def test_every_setting_is_explained_by_the_shipped_file() -> None:
    """Somebody who reads default.toml has read all settings."""
    text = shipped("default.toml").read_text("utf-8")
    for section in dataclasses.fields(Config):
        kind = section.type
        if isinstance(kind, type) and dataclasses.is_dataclass(kind):
            for item in dataclasses.fields(kind):
                assert re.search(rf"^#? ?{item.name} =|^\[\w+\.{item.name}\]", text, re.MULTILINE), item.name


def test_a_file_changes_only_what_it_says(write: Path) -> None:
    write.write_text("[web]\nport = 9000\n")
    config = load(write)
    assert config.web.port == 9000
    assert config.web.host == "127.0.0.1"
    assert config.web.origin == "http://127.0.0.1:9000"


def test_the_demo_brings_its_people_and_a_trunk_to_its_carrier() -> None:
    config = load(shipped("demo.toml"))
    assert [person.extension for person in config.demo.people] == ["201", "202", "203"]
    assert [(trunk.name, trunk.kind, trunk.port) for trunk in config.trunks] == [("carrier", "peer", 5080)]


@pytest.mark.parametrize(
    ("text", "place", "words"),
    [
        ("[web]\n\nprot = 1", 3, "unknown key `web.prot` (known here: client_dir, connections, "),
        ("[wbe]\nport = 1", 1, "unknown key `wbe`"),
        ('[web]\nport = "80"', 2, "`web.port`: expected `int`, got `str`"),
        ("[web]\nport = 99999", 2, "`web.port`: expected `int` <= 65535"),
        ("web = 3", 1, "`web`: expected `object`"),
        ("[sip]\nenabled = 1", 2, "`sip.enabled`: expected `bool`"),
        ('[log]\nlevel = "loud"', 2, "`log.level`: invalid enum value 'loud'"),
        ('[organisation]\ndomain = "Has Space"', 2, "`organisation.domain`"),
        ('[telephony]\nallowed = ["UK"]', 2, "`UK` is no region"),
        ('[telephony]\nallowed = ["away"]', 2, "`telephony.allowed[0]`"),
        ('[organisation]\nregion = "XX"', 2, "`organisation.region`: `XX` is no region"),
        ('[sfu]\nkind = "livekit"', 2, "a LiveKit server needs `sfu.url`, `sfu.api_key`"),
        ('[sfu]\nurl = "live.example.org"', 2, "`sfu.url`"),
        ('[[trunks]]\nname = "a"\nkind = "peer"', 1, "`trunks[0].host` is missing"),
        (
            '[[trunks]]\nname="a"\nkind="peer"\nhost="h"\n\n[[trunks]]\nname="b"\nkind="peer"\nhst="h"',
            9,
            "unknown key `trunks[1].hst`",
        ),
        ('[[trunks]]\nname="a"\nkind="register"\nhost="h"', 2, "it needs `username`"),
        (
            '[[trunks]]\nname="a"\nkind="peer"\nhost="h"\naddresses=["192.0.2.0/24","isp"]',
            5,
            "`isp` is neither an IP address nor a network",
        ),
        (
            '[[trunks]]\nname="a"\nkind="peer"\nhost="h"\n[[trunks]]\nname="a"\nkind="peer"\nhost="i"',
            2,
            "two trunks are named `a`",
        ),
        ("[media]\nrtp_port_min = 30000\nrtp_port_max = 20000", 3, "`media.rtp_port_max` is below"),
        ('[media]\nadvertised = {"here" = "10.0.0.5"}', 2, "`here` is no network"),
        ('[media]\nadvertised = {"10.0.0.0/8" = "pbx"}', 2, "`pbx` is no address that can be reached"),
        ('[media]\nadvertised = {"10.0.0.0/8" = "0.0.0.0"}', 2, "`0.0.0.0` is no address that can be"),
        ("[demo]\n[[demo.people]]\nemail = 3", 3, "`demo.people[0].email`: expected `str`"),
    ],
)
def test_what_is_wrong_is_named_with_its_line(write: Path, text: str, place: int, words: str) -> None:
    write.write_text(text)
    with pytest.raises(ConfigError) as refused:
        load(write)
    assert str(refused.value).startswith(f"{write}:{place}: "), str(refused.value)
    assert words in str(refused.value)


def test_addresses_are_told_by_network(write: Path) -> None:
    write.write_text('[media]\nadvertised = { "10.0.0.0/8" = "10.0.0.5", "0.0.0.0/0" = "203.0.113.7" }')
    assert load(write).media.advertised == {"10.0.0.0/8": "10.0.0.5", "0.0.0.0/0": "203.0.113.7"}
    assert load().media.advertised == {}


@pytest.mark.parametrize("content", [b"a = ", b"\xff\xfe", b"[a]\n[a]"])
def test_what_is_not_toml_is_said_to_be_so(write: Path, content: bytes) -> None:
    write.write_bytes(content)
    with pytest.raises(ConfigError, match="not valid TOML"):
        load(write)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"nowhere\.toml: No such file"):
        load(tmp_path / "nowhere.toml")


def test_a_password_may_lie_in_a_file_beside(write: Path) -> None:
    (write.parent / "p.secret").write_text("hush\n")
    write.write_text(
        '[[trunks]]\nname="a"\nkind="register"\nhost="h"\nusername="u"\npassword_file="p.secret"\n'
    )
    assert load(write).trunks[0].password == "hush"
    (write.parent / "p.secret").unlink()
    with pytest.raises(ConfigError, match=r"`trunks\.a\.password_file`: .*p\.secret: No such file"):
        load(write)


def test_lines_are_found_in_odd_places() -> None:
    text = '''# a comment = here
top = """
[not.a.table]
key = 1
"""
[a."b c"]
x.y = 1
z = { inner = 2 }
'''
    assert line_of(text, ("top",)) == 2
    assert line_of(text, ("a", "b c", "x", "y")) == 7
    assert line_of(text, ("a", "b c", "z", "inner")) == 8
    assert line_of(text, ("a", "b c", "missing")) == 6
    assert line_of(text, ("not", "a", "table")) == 1


def test_secrets_of_mail_and_sms_may_stand_in_files_beside(write: Path) -> None:
    for name in ("mail", "sms"):
        write.with_name(f"{name}.secret").write_text(f"secret of {name}\n")
    write.write_text('[mail]\npassword_file = "mail.secret"\n[sms.http]\nsecret_file = "sms.secret"\n')
    config = load(write)
    assert (config.mail.password, config.sms.http.secret) == ("secret of mail", "secret of sms")


def test_a_secret_file_that_is_missing_is_named(write: Path) -> None:
    write.write_text('[mail]\npassword_file = "mail.secret"\n')
    with pytest.raises(ConfigError, match=r"`mail.password_file`: .*mail.secret: No such file"):
        load(write)


@pytest.mark.parametrize(("provider", "key"), [("http", "url"), ("smpp", "host")])
def test_an_sms_provider_says_what_it_needs(write: Path, provider: str, key: str) -> None:
    write.write_text(f'[sms]\nprovider = "{provider}"\n')
    with pytest.raises(ConfigError, match=rf":2: this provider needs `sms.{provider}.{key}`"):
        load(write)


def test_the_secret_of_a_livekit_server_may_stand_in_a_file(write: Path) -> None:
    write.with_name("secret").write_text("hush\n")
    write.write_text(
        '[sfu]\nkind = "livekit"\nurl = "wss://live.example.org"\napi_key = "k"\napi_secret_file = "secret"\n'
    )
    section = load(write).sfu
    assert (section.api_secret, section.urls) == ("hush", ("https://live.example.org",))


@pytest.mark.parametrize(
    "lines",
    [
        '[web]\nhost = "0.0.0.0"',
        '[web]\nhost = "192.168.1.2"',
        '[web]\nhost = "::"',
        '[web]\npublic_url = "https://phone.example.org"',
        "[web]\nproxies = 1",
        '[sip]\nhost = "10.0.0.2"',
        '[sip]\ncontrol_host = "10.0.0.2"',
        '[homeserver]\nhost = "0.0.0.0"',
        '[sfu]\nhost = "0.0.0.0"',
        '[demo.carrier]\ncontrol_host = "0.0.0.0"',
    ],
)
def test_the_demo_is_refused_where_others_could_reach_it(write: Path, lines: str) -> None:
    write.write_text(f"{lines}\n[demo]\nenabled = true")
    key = re.sub(r"\[(.*)\]\n(\w+) .*", r"\1.\2", lines)
    with pytest.raises(ConfigError, match=f"^{re.escape(str(write))}:2: .*leave `{re.escape(key)}` at its"):
        load(write)
    write.write_text(f"{lines}\n[demo]\nenabled = false")
    assert load(write)


@pytest.mark.parametrize(
    "lines",
    [
        '[web]\nhost = "::1"\npublic_url = "http://localhost:8080"',
        '[web]\nhost = "127.0.0.5"\npublic_url = "https://demo.localhost"',
        '[sip]\nenabled = false\nhost = "10.0.0.2"',
        '[media]\nwebrtc_host = "10.0.0.2"',
    ],
)
def test_the_demo_may_have_every_address_of_its_own_machine(write: Path, lines: str) -> None:
    write.write_text(f"{lines}\n[demo]\nenabled = true")
    assert load(write).demo.enabled


@pytest.mark.parametrize(
    ("host", "alone"),
    [
        ("localhost", True), ("LOCALHOST.", True), ("a.localhost", True), ("127.0.0.1", True),
        ("127.255.255.254", True), ("::1", True), ("[::1]", True), ("::ffff:127.0.0.1", True),
        ("", False), ("0.0.0.0", False), ("::", False), ("128.0.0.1", False), ("126.255.255.255", False),
        ("::2", False), ("::ffff:10.0.0.1", False), ("localhost.example.org", False), ("notlocalhost", False),
    ],
)  # fmt: skip
def test_what_only_this_machine_can_reach(host: str, alone: bool) -> None:
    assert is_loopback(host) is alone
