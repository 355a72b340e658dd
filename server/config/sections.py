"""What can be configured: one frozen dataclass a section of the TOML file.

The defaults stand in `config/default.toml` alone, so that what an administrator reads there is what runs.
"""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from msgspec import Meta

Port = Annotated[int, Meta(ge=1, le=65535)]
#: Between the ports of two processes of group calls.
PORT_STEP = 10
Positive = Annotated[int, Meta(ge=1)]
Word = Annotated[str, Meta(min_length=1)]
Level = Literal["error", "warning", "info", "debug"]
AnswerWithin = Annotated[int, Meta(ge=10, le=600)]
Prefix = Annotated[str, Meta(pattern=r"^[0-9*#+]{0,16}$")]
E164 = Annotated[str, Meta(pattern=r"^\+[1-9][0-9]{3,14}$")]
#: What Matrix allows as a server name, short of IP literals; the port stays out because SIP shares it.
Domain = Annotated[str, Meta(pattern=r"^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$")]


@dataclass(frozen=True)
class Organisation:
    name: Word
    domain: Domain
    region: Annotated[str, Meta(pattern=r"^[A-Z]{2}$")]
    languages: tuple[Literal["it", "en"], ...]


@dataclass(frozen=True)
class Web:
    host: Word
    port: Port
    internal_host: Word
    internal_port: Annotated[int, Meta(ge=0, le=65535)]
    public_url: Annotated[str, Meta(pattern=r"^(https?://[^/?#]+)?$")]
    max_upload_mb: Positive
    connections: Positive
    connections_by_address: Positive
    proxies: Annotated[int, Meta(ge=0)]
    client_dir: str

    @property
    def origin(self) -> str:
        """What people's browsers see, without a slash at the end."""
        return self.public_url or self.internal_url

    @property
    def https(self) -> bool:
        """Whether people's browsers come by TLS."""
        return self.public_url.startswith("https:")

    @property
    def internal_api_url(self) -> str:
        """Where `/internal/v1` is, once `supervision.ports.chosen` has given it a port."""
        return f"http://{_reached(self.internal_host)}:{self.internal_port}"

    @property
    def internal_url(self) -> str:
        """Where the other processes of this machine find the web process."""
        return f"http://{_reached(self.host)}:{self.port}"


def _reached(host: str) -> str:
    """Where this machine finds what listens on `host`."""
    return {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, host)


@dataclass(frozen=True)
class DatabaseSection:
    url: str


@dataclass(frozen=True)
class Homeserver:
    host: Word
    port: Port
    log_level: Level

    @property
    def url(self) -> str:
        return f"http://{self.host}:{self.port}"


@dataclass(frozen=True)
class Sip:
    enabled: bool
    host: Word
    udp_port: Port
    tcp_port: Port
    #: 0: SIP over TLS is off.
    tls_port: Annotated[int, Meta(ge=0, le=65535)]
    #: PEM files that are shown in place of a certificate of our own; both or none.
    tls_certificate_file: str
    tls_key_file: str
    advertised_host: str
    realm: str
    control_host: Word
    control_port: Port
    #: Calls that one line may bring at once, and a second.
    trunk_calls: Annotated[int, Meta(ge=1)]
    trunk_calls_per_second: Annotated[int, Meta(ge=1)]
    srtp: Literal["never", "tls"]

    @property
    def control_url(self) -> str:
        return f"http://{self.control_host}:{self.control_port}"


@dataclass(frozen=True)
class Media:
    host: Word
    advertised_host: str
    #: Address by network, for telephones and lines, in SIP and SDP.
    advertised: dict[str, str]
    webrtc_host: str
    webrtc_port: Port
    rtp_port_min: Port
    rtp_port_max: Port
    trust: Literal["sdp", "signalling", "phones"]
    silence_check: Annotated[int, Meta(ge=10)]
    silence_limit: Annotated[int, Meta(ge=0)]
    detect_tones: bool
    #: Of `bridges.media`; 0: in the bridge itself. A further one has `PORT_STEP` higher ports than the one
    #: before it, and its part of the RTP ports.
    processes: Annotated[int, Meta(ge=0, le=32)]
    control_port: Port
    #: Keep another process beside each of ours, which goes on with its calls when it dies or hangs.
    standby: bool
    #: Control ports of rtpengine, which then carries the calls.
    rtpengine: tuple[Annotated[str, Meta(pattern=r"^[^\s:]+:[0-9]{1,5}$")], ...]

    @property
    def own(self) -> int:
        """How many processes of ours carry calls."""
        return 0 if self.rtpengine else self.processes

    @property
    def servers(self) -> tuple[str, ...]:
        """Where the bridge asks for media; none: it carries calls itself."""
        ours = (f"127.0.0.1:{self.control_port + PORT_STEP * index}" for index in range(self.own))
        return self.rtpengine or tuple(ours)


@dataclass(frozen=True)
class Sfu:
    """Group calls. `host` and `port` are for the web process; people's media comes to `udp_port`.

    `tcp_port` is for those whose network lets no UDP out; 0 for none. The ports of a further process are
    `PORT_STEP` higher than those of the one before it. `url`, `api_key` and `api_secret` are those of a
    LiveKit server that takes the place of our own (`kind`); `api_secret` holds what `api_secret_file` held
    once the file is loaded. `videos` is how many pictures one participant is sent at a time. `standby` keeps
    a process beside each of ours, which takes its place when it is lost.
    """

    enabled: bool
    kind: Literal["own", "livekit"]
    processes: Annotated[int, Meta(ge=1, le=32)]
    standby: bool
    host: Word
    port: Port
    udp_host: Word
    udp_port: Port
    tcp_port: Annotated[int, Meta(ge=0, le=65535)]
    advertised_host: str
    videos: Positive
    url: Annotated[str, Meta(pattern=r"^((http|ws)s?://[^?#\s]+)?$")]
    api_key: str
    api_secret: str
    api_secret_file: str

    @property
    def own(self) -> bool:
        """Whether processes of ours do it."""
        return self.enabled and self.kind == "own"

    @property
    def urls(self) -> tuple[str, ...]:
        """Where this machine reaches signalling and server API (http), one for each process."""
        if self.kind == "livekit":
            return (re.sub("^ws", "http", self.url).rstrip("/"),)
        return tuple(f"http://{self.host}:{self.port + PORT_STEP * index}" for index in range(self.processes))


@dataclass(frozen=True)
class MeetingsSection:
    """Who comes into group calls from outside. `dial_in_extension` may be empty: then no telephone can.

    `guest_grace_seconds` is how long a guest whose connection is gone keeps their account.
    """

    dial_in_extension: Annotated[str, Meta(pattern=r"^([0-9]{2,6})?$")]
    dial_in_numbers: tuple[E164, ...]
    link_hours: Positive
    guests: Positive
    guest_grace_seconds: Positive
    guests_without_lobby: bool
    outside_invitations: Positive


@dataclass(frozen=True)
class Trunk:
    """A line to the outside; `password` and `tls_ca` hold what `password_file` and `tls_ca_file` held
    once all is loaded."""

    name: Annotated[str, Meta(pattern=r"^[a-z0-9-]{1,32}$")]
    kind: Literal["peer", "register"]
    host: Word
    port: Port | None = None
    transport: Literal["udp", "tcp", "tls"] = "udp"
    username: str | None = None
    password: str | None = None
    password_file: str | None = None
    caller_id: E164 | None = None
    addresses: tuple[str, ...] = ()
    auth_username: str | None = None
    from_user: str | None = None
    from_domain: str | None = None
    outbound_proxy: str | None = None
    caller_in: tuple[Literal["from", "pai", "ppi", "rpid"], ...] = ("from", "pai")
    callee_format: Literal["e164", "plain", "00", "national", "dialled"] = "e164"
    callee_prefix: Prefix = ""
    caller_format: Literal["e164", "plain", "00", "national"] = "e164"
    inbound_format: Literal["auto", "plain", "national"] = "auto"
    inbound_prefix: Prefix = ""
    options: bool = True
    tls_name: str | None = None
    tls_ca: str | None = None
    tls_ca_file: str | None = None
    tls_fingerprint: str | None = None
    answer_within_out: AnswerWithin = 120
    answer_within_in: AnswerWithin = 180
    answer_not_before: Annotated[float, Meta(ge=0, le=30)] = 0.0
    foreign_numbers: bool = False


@dataclass(frozen=True)
class AccountsSection:
    """`second_factor`: whether a password alone may sign in. `second_browser`: see default.toml."""

    second_factor: Literal["required", "optional"]
    second_browser: Literal["ask", "replace"]


@dataclass(frozen=True)
class Mail:
    """The SMTP server mails go to; no `host` means that none are sent (the demo has a server of its own).

    `password` holds what `password_file` held once the file is loaded.
    """

    host: str
    port: Port
    security: Literal["starttls", "tls", "none"]
    username: str
    password: str
    password_file: str
    sender: Annotated[str, Meta(pattern=r"^[^\r\n]*$")]


@dataclass(frozen=True)
class SmsHttp:
    """An HTTP request a message. `{to}`, `{text}` and `{secret}` stand for what is sent."""

    url: str
    method: Literal["GET", "POST", "PUT"]
    content_type: str
    body: str
    authorization: str
    secret: str
    secret_file: str


@dataclass(frozen=True)
class SmsSmpp:
    """An SMPP 3.4 account, bound anew for each message."""

    host: str
    port: Port
    system_id: str
    password: str
    password_file: str
    sender: str


@dataclass(frozen=True)
class Sms:
    provider: Literal["none", "http", "smpp"]
    messages_a_day: Annotated[int, Meta(ge=0)]
    http: SmsHttp
    smpp: SmsSmpp


@dataclass(frozen=True)
class TelephonySection:
    """`allowed` and `premium`: which numbers outside may be called, emergency numbers always. The rest are
    bounds of calls outside; 0 for none.
    """

    ring_seconds: Annotated[int, Meta(ge=1, le=120)]
    #: What a party on hold hears: "" is the music that comes with us, "none" silence, else a sound file.
    music_on_hold: str
    allowed: tuple[Annotated[str, Meta(pattern=r"^(home|neighbours|\*|[A-Z]{2})$")], ...]
    premium: bool
    #: "700-719", or "" for none; seconds after which a parked call rings again where it was parked.
    park_slots: str
    park_return: Annotated[int, Meta(ge=10, le=3600)]
    #: Whether colleagues take each other's ringing calls, and of which extensions by `*8`.
    pick_up: bool
    pick_up_groups: tuple[tuple[Annotated[str, Meta(pattern=r"^[0-9]{2,6}$")], ...], ...]
    calls_at_once: Annotated[int, Meta(ge=0)]
    calls_at_once_a_trunk: Annotated[int, Meta(ge=0)]
    calls_at_once_in_all: Annotated[int, Meta(ge=0)]
    minutes_a_day: Annotated[int, Meta(ge=0)]
    #: What is dialled for what (`config.star_codes`), until an administrator chooses.
    star_codes: dict[str, str]
    #: What is kept of the messages of calls that ended.
    trace_days: Annotated[int, Meta(ge=0, le=3650)]
    trace_mb: Annotated[int, Meta(ge=1)]


@dataclass(frozen=True)
class VoicemailSection:
    """Messages for people who do not answer. `by_default`: for whoever has not chosen."""

    by_default: bool
    #: The longest message, in seconds; messages that a mailbox holds, and days for which (0: for ever).
    seconds: Annotated[int, Meta(ge=10, le=600)]
    messages: Annotated[int, Meta(ge=1, le=1000)]
    days: Annotated[int, Meta(ge=0, le=3650)]


@dataclass(frozen=True)
class CalendarsSection:
    """Calendars that people have elsewhere. `networks` are inside and may be read from nevertheless;
    `minutes` are between two reads of one."""

    networks: tuple[Annotated[str, Meta(pattern=r"^[0-9A-Fa-f:.]+(/[0-9]+)?$")], ...]
    minutes: Annotated[int, Meta(ge=1, le=1440)]


@dataclass(frozen=True)
class Log:
    level: Level
    file_mb: Positive
    files_kept: Positive


@dataclass(frozen=True)
class DemoPerson:
    email: Word
    password: Word
    name: Word
    extension: Annotated[str, Meta(pattern=r"^[0-9]{2,6}$")]
    sip_password: Word
    number: E164
    role: Literal["member", "administrator"] = "member"


@dataclass(frozen=True)
class DemoCarrier:
    host: Word
    port: Port
    control_host: Word
    control_port: Port
    rtp_port_min: Port
    rtp_port_max: Port

    @property
    def control_url(self) -> str:
        return f"http://{self.control_host}:{self.control_port}"


@dataclass(frozen=True)
class Demo:
    enabled: bool
    outside_number: E164
    main_number: E164
    mail_port: Annotated[int, Meta(ge=0, le=65535)]
    people: tuple[DemoPerson, ...]
    carrier: DemoCarrier


@dataclass(frozen=True)
class Config:
    """The whole configuration. `trunks` holds the demo's carrier too when the demo is on."""

    organisation: Organisation
    web: Web
    database: DatabaseSection
    homeserver: Homeserver
    sip: Sip
    media: Media
    sfu: Sfu
    meetings: MeetingsSection
    telephony: TelephonySection
    voicemail: VoicemailSection
    calendars: CalendarsSection
    accounts: AccountsSection
    mail: Mail
    sms: Sms
    log: Log
    demo: Demo
    trunks: tuple[Trunk, ...] = ()

    @property
    def realm(self) -> str:
        """The digest realm of desk phones (RFC 8760)."""
        return self.sip.realm or self.organisation.domain

    @property
    def client_dir(self) -> Path | None:
        return Path(self.web.client_dir) if self.web.client_dir else None
