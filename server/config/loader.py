"""Reading the configuration: TOML over the shipped defaults, checked against `sections`."""

import dataclasses
import ipaddress
import re
import tomllib
import typing
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

import msgspec
import phonenumbers

from server.config import files, star_codes
from server.config.lines import line_of
from server.config.reach import is_loopback
from server.config.sections import Config, Mail, Sfu, Sip, SmsHttp, SmsSmpp, TelephonySection, Trunk
from server.config.slots import slots_of

S = TypeVar("S", Mail, SmsHttp, SmsSmpp, Sfu, Trunk)
#: For each process that carries calls: ten legs.
_FEWEST_PORTS = 20
_PACKAGE = Path(__file__).parent


class ConfigError(Exception):
    """The configuration cannot be used; the text names the file, the line and the key."""


def shipped(name: str) -> Path:
    """A file of `config/`: inside the package once installed, at the top of a checkout."""
    inside = _PACKAGE / "shipped" / name
    return inside if inside.exists() else _PACKAGE.parents[1] / "config" / name


def load(path: Path | None = None) -> Config:
    """The defaults, with what `path` changes laid over them.

    Raises `ConfigError` for a file that cannot be read, is not TOML, holds an unknown key or a value of the
    wrong type or range.
    """
    defaults = tomllib.loads(shipped("default.toml").read_text("utf-8"))
    if path is None:
        return _build(defaults, "", shipped("default.toml"))
    try:
        text = path.read_text("utf-8")
        values = tomllib.loads(text)
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: not valid TOML: {error}") from error
    return _build(merged(defaults, values), text, path)


def merged(under: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """`over` laid over `under`: tables join, everything else (arrays too) is replaced."""
    result = dict(under)
    for key, value in over.items():
        below = result.get(key)
        both = isinstance(value, Mapping) and isinstance(below, Mapping)
        result[key] = merged(below, value) if both and isinstance(below, Mapping) else value
    return result


def _build(values: Mapping[str, Any], text: str, path: Path) -> Config:
    for where in _unknown_keys(values, Config, ()):
        known = ", ".join(sorted(_fields_at(where[:-1])))
        raise ConfigError(
            f"{_place(text, path, where)}: unknown key `{_dotted(where)}` (known here: {known})"
        )
    try:
        config = msgspec.convert(values, Config, strict=True)
    except msgspec.ValidationError as error:
        raise _invalid(error, text, path) from error
    _check(config, text, path)
    sms = dataclasses.replace(
        config.sms,
        http=_with_secret(config.sms.http, path, "sms", "http"),
        smpp=_with_secret(config.sms.smpp, path, "sms", "smpp"),
    )
    trunks = tuple(_with_secret(trunk, path, "trunks", trunk.name) for trunk in _trunks(config))
    return dataclasses.replace(
        config,
        sip=_with_certificate(config.sip, path),
        telephony=_with_music(config.telephony, path),
        mail=_with_secret(config.mail, path, "mail"),
        sfu=_with_secret(config.sfu, path, "sfu"),
        sms=sms,
        trunks=trunks,
    )


def _with_certificate(sip: Sip, path: Path) -> Sip:
    """Its files by where they lie: the bridge reads them itself, again when they are renewed."""
    if bool(sip.tls_certificate_file) != bool(sip.tls_key_file):
        raise ConfigError(f"{path}: `sip.tls_certificate_file` and `sip.tls_key_file` belong together")

    def found(text: str, key: str) -> str:
        file = files.found(path.parent, text, f"sip.{key}").resolve()
        if text and not file.is_file():
            raise ConfigError(f"{path}: `sip.{key}`: {file}: there is no such file")
        return str(file) if text else ""

    return dataclasses.replace(
        sip,
        tls_certificate_file=found(sip.tls_certificate_file, "tls_certificate_file"),
        tls_key_file=found(sip.tls_key_file, "tls_key_file"),
    )


def _with_music(telephony: TelephonySection, path: Path) -> TelephonySection:
    """Its file by where it lies; whether there is sound in it shows when the server starts."""
    if telephony.music_on_hold in {"", "none"}:
        return telephony
    file = (path.parent / telephony.music_on_hold).resolve()
    if not file.is_file():
        raise ConfigError(f"{path}: `telephony.music_on_hold`: {file}: there is no such file")
    return dataclasses.replace(telephony, music_on_hold=str(file))


def _trunks(config: Config) -> tuple[Trunk, ...]:
    """The demo's carrier is a fixed peer like any other: nothing else need know of it."""
    if not config.demo.enabled:
        return config.trunks
    carrier = config.demo.carrier
    peer = Trunk("carrier", "peer", carrier.host, carrier.port, caller_id=config.demo.main_number)
    return (peer, *config.trunks)


def _with_secret(section: S, path: Path, *at: str) -> S:
    """What stands in the section's `…_file`, put where it would stand itself; `at` says which."""
    for file in files.named(section):
        key = ".".join((*at, file.key))
        secret = files.found(path.parent, file.path, key)
        try:
            text = secret.read_text("utf-8").strip()
        except OSError as error:
            raise ConfigError(f"{path}: `{key}`: {secret}: {error.strerror}") from error
        except UnicodeDecodeError as error:
            raise ConfigError(f"{path}: `{key}`: {secret}: this is no text in UTF-8") from error
        found: dict[str, Any] = {file.key.removesuffix("_file"): text}
        section = dataclasses.replace(section, **found)
    return section


def _check(config: Config, text: str, path: Path) -> None:
    """What one field's type cannot say."""
    for section, low, high in (
        (("media",), config.media.rtp_port_min, config.media.rtp_port_max),
        (("demo", "carrier"), config.demo.carrier.rtp_port_min, config.demo.carrier.rtp_port_max),
    ):
        if low > high:
            where = (*section, "rtp_port_max")
            raise ConfigError(f"{_place(text, path, where)}: `{_dotted(where)}` is below rtp_port_min")
    pairs = config.media.rtp_port_max - config.media.rtp_port_min + 1
    if config.media.own and pairs // config.media.own < _FEWEST_PORTS:
        place = _place(text, path, ("media", "processes"))
        raise ConfigError(f"{place}: too few RTP ports for {config.media.own} `media.processes`")
    needed = {"http": ("url", config.sms.http.url), "smpp": ("host", config.sms.smpp.host)}
    key, value = needed.get(config.sms.provider, ("", "-"))
    if not value:
        place = _place(text, path, ("sms", "provider"))
        raise ConfigError(f"{place}: this provider needs `sms.{config.sms.provider}.{key}`")
    _check_advertised(config, text, path)
    _check_networks(config, text, path)
    _check_livekit(config, text, path)
    _check_demo(config, text, path)
    _check_regions(config, text, path)
    _check_slots(config, text, path)
    _check_codes(config, text, path)
    names = [trunk.name for trunk in _trunks(config)]
    for index, trunk in enumerate(config.trunks):
        where = ("trunks", index, "name")
        if names.count(trunk.name) > 1:
            raise ConfigError(f"{_place(text, path, where)}: two trunks are named `{trunk.name}`")
        if trunk.kind == "register" and not (trunk.username and (trunk.password or trunk.password_file)):
            raise ConfigError(
                f"{_place(text, path, where)}: trunk `{trunk.name}` registers:"
                " it needs `username` and `password` or `password_file`"
            )
        for address in trunk.addresses:
            if not _is_network(address):
                place = _place(text, path, ("trunks", index, "addresses"))
                raise ConfigError(
                    f"{place}: trunk `{trunk.name}`: `{address}` is neither an IP address nor a network"
                )


def _is_network(text: str) -> bool:
    try:
        ipaddress.ip_network(text, strict=False)
    except ValueError:
        return False
    return True


def _check_regions(config: Config, text: str, path: Path) -> None:
    known = phonenumbers.SUPPORTED_REGIONS
    asked = [(("telephony", "allowed"), each) for each in config.telephony.allowed if each.isupper()]
    for where, region in [(("organisation", "region"), config.organisation.region), *asked]:
        if region not in known:
            why = f"`{region}` is no region that has telephone numbers (ISO 3166: Italy is IT, Britain GB)"
            raise ConfigError(f"{_place(text, path, where)}: `{_dotted(where)}`: {why}")


def _check_codes(config: Config, text: str, path: Path) -> None:
    codes = config.telephony.star_codes
    place = _place(text, path, ("telephony", "star_codes"))
    for name, code in codes.items():
        if not star_codes.is_code(name, code):
            raise ConfigError(f"{place}: `{code}` is no code for `{name}`")
    if found := star_codes.clash(codes):
        raise ConfigError(f"{place}: `{found[0]}` and `{found[1]}` cannot be told apart")


def _check_slots(config: Config, text: str, path: Path) -> None:
    try:
        slots_of(config.telephony.park_slots)
    except ValueError as error:
        place = _place(text, path, ("telephony", "park_slots"))
        raise ConfigError(f"{place}: `telephony.park_slots`: {error}") from error


def _check_networks(config: Config, text: str, path: Path) -> None:
    for network in config.calendars.networks:
        try:
            ipaddress.ip_network(network, strict=False)
        except ValueError as error:
            place = _place(text, path, ("calendars", "networks"))
            raise ConfigError(f"{place}: `calendars.networks`: {network} is no network") from error


def _check_advertised(config: Config, text: str, path: Path) -> None:
    for network, address in config.media.advertised.items():
        place = _place(text, path, ("media", "advertised"))
        if not _is_network(network):
            raise ConfigError(f"{place}: `media.advertised`: `{network}` is no network (such as 10.0.0.0/8)")
        if "/" in address or not _is_network(address) or ipaddress.ip_address(address).is_unspecified:
            raise ConfigError(f"{place}: `media.advertised`: `{address}` is no address that can be reached")


def _check_livekit(config: Config, text: str, path: Path) -> None:
    section = config.sfu
    secret = section.api_secret or section.api_secret_file
    if section.kind == "livekit" and not (section.url and section.api_key and secret):
        place = _place(text, path, ("sfu", "kind"))
        raise ConfigError(
            f"{place}: a LiveKit server needs `sfu.url`, `sfu.api_key` and `sfu.api_secret_file`"
        )


def _check_demo(config: Config, text: str, path: Path) -> None:
    """The demo shows its passwords, its mails and its codes to whoever asks: nobody else may reach it."""
    if not config.demo.enabled:
        return
    carrier, sfu, sip = config.demo.carrier, config.sfu, config.sip
    hosts = {
        ("web", "host"): config.web.host,
        ("web", "internal_host"): config.web.internal_host,
        ("web", "public_url"): urlsplit(config.web.public_url).hostname or "localhost",
        ("homeserver", "host"): config.homeserver.host,
        ("sip", "host"): sip.host if sip.enabled else "localhost",
        ("sip", "control_host"): sip.control_host if sip.enabled else "localhost",
        ("sfu", "host"): sfu.host if sfu.own else "localhost",
        ("demo", "carrier", "host"): carrier.host,
        ("demo", "carrier", "control_host"): carrier.control_host,
    }
    open_to_others = [where for where, host in hosts.items() if not is_loopback(host)]
    if config.web.proxies:
        open_to_others.append(("web", "proxies"))
    for where in open_to_others:
        raise ConfigError(
            f"{_place(text, path, where)}: the demo's passwords are public, so that it must not be reached"
            f" from other machines: leave `{_dotted(where)}` at its default, or set `demo.enabled = false`"
        )


def _unknown_keys(values: Any, kind: Any, at: tuple[str | int, ...]) -> Iterator[tuple[str | int, ...]]:
    """The paths in `values` that no field of the dataclass `kind` stands for."""
    if dataclasses.is_dataclass(kind) and isinstance(values, Mapping):
        hints = typing.get_type_hints(kind)
        for key, value in values.items():
            if key in hints:
                yield from _unknown_keys(value, hints[key], (*at, key))
            else:
                yield (*at, key)
    elif typing.get_origin(kind) is tuple and isinstance(values, list):
        for index, value in enumerate(values):
            yield from _unknown_keys(value, typing.get_args(kind)[0], (*at, index))


def _fields_at(path: tuple[str | int, ...]) -> set[str]:
    kind: Any = Config
    for part in path:
        kind = typing.get_args(kind)[0] if isinstance(part, int) else typing.get_type_hints(kind)[part]
    return {field.name for field in dataclasses.fields(kind)}


def _invalid(error: msgspec.ValidationError, text: str, path: Path) -> ConfigError:
    """msgspec ends its message in " - at `$.web.port`"."""
    words, _, place = str(error).partition(" - at `")
    where = tuple(
        int(part[1:-1]) if part.startswith("[") else part
        for part in re.findall(r"\[\d+\]|[A-Za-z0-9_]+", place.rstrip("`").removeprefix("$"))
    )
    missing = re.match(r"Object missing required field `(\w+)`", words)
    if missing:
        return ConfigError(f"{_place(text, path, where)}: `{_dotted((*where, missing[1]))}` is missing")
    return ConfigError(f"{_place(text, path, where)}: `{_dotted(where)}`: {words[:1].lower()}{words[1:]}")


def _place(text: str, path: Path, where: tuple[str | int, ...]) -> str:
    return f"{path}:{line_of(text, where)}"


def _dotted(where: tuple[str | int, ...]) -> str:
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in where).lstrip(".")
