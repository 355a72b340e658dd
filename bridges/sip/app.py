"""The bridge, put together: the only place that constructs its parts."""

import asyncio
import hmac
import sqlite3
from collections.abc import Callable, Coroutine, Mapping
from contextlib import suppress
from functools import partial
from pathlib import Path
from time import monotonic, time
from typing import TYPE_CHECKING, Any

import msgspec
from prometheus_client import CollectorRegistry
from sanic import Sanic

from bridges.networks import Advertised
from bridges.sip import taking_over
from bridges.sip.appservice.client import Homeserver, MatrixRefused, MatrixUnavailable
from bridges.sip.appservice.rooms import RoomMembers
from bridges.sip.appservice.transactions import Transactions
from bridges.sip.attendant.desk import FrontDesk
from bridges.sip.attendant.web import AttendantWeb
from bridges.sip.b2bua.exchange import Exchange
from bridges.sip.b2bua.ingress import Ingress
from bridges.sip.b2bua.recall import Recalls
from bridges.sip.b2bua.recovery import Recovery
from bridges.sip.b2bua.services import Services
from bridges.sip.call_control.call_in import CallingIn
from bridges.sip.call_control.commands import CallCommands
from bridges.sip.call_control.lamps import Lamps
from bridges.sip.call_control.park import Park
from bridges.sip.conference.focus import Focus
from bridges.sip.config import Config, Trunk
from bridges.sip.control.http import make_app
from bridges.sip.media.ng_gateway import NgMediaGateway
from bridges.sip.meeting.floor import Floor, OpenRooms
from bridges.sip.meeting.process import RoomProcess
from bridges.sip.meeting.recorder import recorded_meetings
from bridges.sip.meeting.web import MeetingsWeb
from bridges.sip.message.flow import Flow
from bridges.sip.message.grammar import readable
from bridges.sip.metrics import CallMetrics, Gauges, SoundMetrics
from bridges.sip.metrics import text as metrics_text
from bridges.sip.prompt_recording.studio import PromptRecordings
from bridges.sip.queue.hall import Hall
from bridges.sip.queue.web import QueueWeb
from bridges.sip.recording.keeper import Recordings
from bridges.sip.recording.ruled import RuledCalls
from bridges.sip.recording.web import RecordingWeb
from bridges.sip.records.outbox import Outbox, StateReporter
from bridges.sip.records.store import Store, SubscriptionRows
from bridges.sip.records.trace_outbox import TraceOutbox
from bridges.sip.routing.client import WebClient, WebRefused, WebUnavailable
from bridges.sip.screening.screener import Screener
from bridges.sip.subscription import MessageSummary
from bridges.sip.supervision.listeners import Listeners
from bridges.sip.taking_over import Left, TakingOver
from bridges.sip.trace.traces import LINGER, Traces
from bridges.sip.transport.api import EndpointConfig, Transport, TrunkConfig
from bridges.sip.transport.endpoint import SipEndpoint
from bridges.sip.voice.announcer import Announcer
from bridges.sip.voice.sounds import BUILT_IN, recorded_words
from bridges.sip.voicemail.mailboxes import Mailboxes
from bridges.sip.voicemail.waiting import MessagesWaiting
from bridges.sip.voicemail.web import MailboxWeb
from logs import log
from processes.garbage import settle
from wire.meeting_recording import MeetingRecord, MeetingRecordAnswer
from wire.presence import PersonPresence
from wire.route import GHOST_PREFIX
from wire.trace import CallTrace
from wire.voicemail import Waiting

if TYPE_CHECKING:
    from bridges.media.in_process import InProcessMediaGateway

_log = log.get(__name__)

#: Seconds between heartbeats, and between questions whether web and homeserver live.
BEAT, PROBE = 2.0, 3.0
#: While one of them is away: a restart is to be over within five seconds, ours included.
PROBE_AGAIN = 0.3
#: Seconds between OPTIONS to a peer.
KEEP_ALIVE = 30.0
#: Seconds for which events and transactions seen are remembered; the homeserver repeats within hours.
SEEN = 7 * 24 * 3600.0
#: Seconds for which changes of calls are gathered before lamps are looked at.
LAMPS_GATHER = 0.02
#: Seconds given to the ends of calls when the process is told to stop.
FAREWELL = 2.5


class CannotListen(Exception):
    """An address is taken; the message names it."""


class Bridge:
    """One bridge process. `start`, then `stop`."""

    def __init__(self, config: Config, store: Store, open_rooms: OpenRooms | None = None) -> None:
        self._config, self._store = config, store
        self.web = WebClient(config.web_url, config.internal_secret)
        self.homeserver = Homeserver(config.homeserver_url, config.as_token)
        self.endpoint = SipEndpoint(_endpoint_config(config), self.web.account, store)
        self.gateway = _gateway(config)
        rooms = open_rooms or partial(RoomProcess, log_level=config.log.level)
        self.floor = Floor(MeetingsWeb(self.web), config.media.host, config.region, rooms)
        self._traces = Traces(self.endpoint.local_address)
        self.endpoint.watch_messages(self._said)
        self._members = RoomMembers(self.homeserver)
        self._registry = CollectorRegistry()
        self._gauges = Gauges(self._live_calls, self._registered, self._trunks_up)
        self._registry.register(self._gauges)
        self._looking: asyncio.TimerHandle | None = None
        self._focus = Focus(config.media.host)
        self._park = Park(config.park_slots, config.park_return, self._calls_changed)
        self._voicemail = Mailboxes(
            config.media.host, Path(config.database).parent / "voicemail", self.web, MailboxWeb(self.web)
        )
        self._announcer = Announcer(config.media.host)
        self._studio = PromptRecordings(config.media.host, self.web)
        folder = Path(config.database).parent / "recordings"
        self._recordings = Recordings(
            folder, RecordingWeb(self.web), self.gateway, partial(recorded_words, config.region)
        )
        self._recorded_meetings = recorded_meetings(
            folder.with_name("meeting-recordings"), self.web, self.floor, config.region, _now_ms
        )
        self._screener = Screener(config.media.host)
        music = _music(config.music_on_hold)
        self._hall = Hall(config.media.host, QueueWeb(self.web), music)
        self._front_desk = FrontDesk(config.media.host, AttendantWeb(self.web))
        self._listeners = Listeners(config.media.host, self.gateway, self._calls_changed)
        self._state = StateReporter(self.web, self._listeners.lapse)
        services = Services(
            domain=config.domain,
            endpoint=self.endpoint,
            gateway=self.gateway,
            router=self.web,
            homeserver=self.homeserver,
            members=self._members,
            records=CallMetrics(store, self._registry),
            meetings=self.floor,
            now_ms=_now_ms,
            state_changed=self._calls_changed,
            music=music,
            srtp=config.sip.srtp == "tls",
            traces=self._traces,
            sounded=SoundMetrics(self._registry).sounded,
            parking=self._park,
            conferences=self._focus,
            voicemail=self._voicemail,
            announcements=self._announcer,
            prompts=self._studio,
            recordings=self._recordings,
            screening=self._screener,
            queues=self._hall,
            attendants=self._front_desk,
            supervision=self._listeners,
        )
        self.exchange = Exchange(services)
        self._focus.calls = self.exchange.conferences
        self._ingress = Ingress(self.exchange, services)
        self._recalls = Recalls(self.exchange, services)
        self._ruled = RuledCalls(self._recordings, self.exchange.connected, self._recalls.bring_in)
        recovery = Recovery(self.exchange, services, self._carries)
        self._taking_over = TakingOver(store, recovery, self._traces, self.gateway)
        self._lamps = Lamps(self._owner, self.exchange.live_calls, config.domain, self._park)
        self._mailboxes = MessagesWaiting(self.web.waiting, self._owner)
        self._watchers = self.endpoint.let_watch(self._lamps, self._mailboxes, SubscriptionRows(store))
        self._outbox = Outbox(store, self.web)
        self._trace_outbox = TraceOutbox(store, self.web, self._traces, _now_ms)
        self._transactions = Transactions(
            store, self._ingress.on_room_event, self._room_changed, self.web.changes.user
        )
        self._control = self._make_control()
        self._server: Any = None
        self._tasks: list[asyncio.Task[None]] = []
        self._trouble: dict[str, str | None] = {"homeserver": "not asked yet", "web": "not asked yet"}

    @property
    def control_port(self) -> int:
        """The bound port of the HTTP listener."""
        return int(self._server.server.sockets[0].getsockname()[1])

    async def start(self) -> None:
        """Bind everything, take over what an earlier process left. Raises CannotListen."""
        self.gateway.on_media_timeout = self.exchange.on_media_timeout
        self.gateway.on_silence = self.exchange.on_silence
        self.gateway.on_recording_failed = self.exchange.on_recording_failed
        self.endpoint.on_invite = self._ingress.on_invite
        self.endpoint.on_registration_change = self._registration_changed
        media, sip, control = self._config.media, self._config.sip, self._config.control
        reading = asyncio.create_task(taking_over.read(self._store))
        where = f"UDP {media.host}:{media.webrtc_port}"
        try:
            await _listening(f"media: {', '.join(self._config.media_servers) or where}", self.gateway.start())
            left = await reading
        finally:
            reading.cancel()
        names = f"sip: UDP {sip.host}:{sip.udp_port}, TCP {sip.host}:{sip.tcp_port} or TLS {sip.tls_port}"
        await _listening(names, self.endpoint.start(takes_over=True))
        await self._take_over(left)
        # Of calls that go on nothing changes, and lamps that were lit would go out.
        self._lamps.look(self._watchers)
        await self._transactions.resume()
        await _listening(f"control: TCP {control.host}:{control.port}", self._serve_control())
        self._tasks = [
            asyncio.create_task(work)
            for work in (
                self._outbox.run(),
                self._trace_outbox.run(),
                self._voicemail.outbox.run(),
                self._recordings.outbox.run(),
                self._recorded_meetings.recordings.outbox.run(),
                self._state.run(self.exchange.telephony_state),
                self._beat(),
                self._probe(),
                self._wake(),
            )
        ]
        _log.info("bridge_started", control=self.control_port)

    async def stop(self, *, leave: bool = False) -> None:
        """Close everything, within a few seconds. Calls are ended politely; with `leave`, those whose media
        is carried by other processes are left to the next bridge."""
        leave = leave and isinstance(self.gateway, NgMediaGateway)
        try:
            async with asyncio.timeout(FAREWELL):
                await self.exchange.shutdown(leave=leave)
        except TimeoutError:
            _log.warning("calls_not_ended_in_time")
        if leave:
            # What is said to nobody is said again, to the next one.
            await self.endpoint.leave()
        if self._looking is not None:
            self._looking.cancel()
        self._park.close()
        self._focus.close()
        await self._recorded_meetings.stop(leave=leave)
        await self.floor.stop(leave=leave)
        await self._voicemail.stop(leave=leave)
        await self._hall.stop(leave=leave)
        await self._front_desk.stop(leave=leave)
        self._announcer.stop()
        await self._studio.stop()
        self._listeners.stop()
        await self._listeners.closed()
        self._ruled.stop()
        await self._recordings.stop()
        self._screener.stop()
        if self._server is not None:
            await self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if not leave:
            await self.endpoint.stop()
        # Nothing more is said for any call: what waits for late messages need not wait.
        await self._trace_outbox.keep(_now_ms() + LINGER)
        await self.gateway.close()
        await self._store.close()
        await self.homeserver.close()
        await self.web.close()
        _log.info("bridge_stopped")

    # --- what can be looked at (bridges.sip.control.http.Inspection) ---

    def health(self) -> dict[str, dict[str, Any]]:
        """Each part: whether it is ready, and why not."""
        reasons: dict[str, str | None] = {}
        sip, endpoint = self._config.sip, self.endpoint
        for name, wanted, bound in (
            ("sip_udp", sip.udp_port, endpoint.udp_port),
            ("sip_tcp", sip.tcp_port, endpoint.tcp_port),
            ("sip_tls", sip.tls_port, endpoint.tls_port),
        ):
            if wanted is not None:
                reasons[name] = None if bound else "not listening"
        reasons |= self._trouble
        for trunk in self.endpoint.trunk_status():
            reasons[f"trunk:{trunk.name}"] = None if trunk.up is not False else trunk.why or "down"
        return {name: {"ready": why is None, "why": why} for name, why in reasons.items()}

    def registrations(self) -> list[dict[str, Any]]:
        """Every phone that can be rung."""
        return [
            {
                "extension": contact.username,
                "uri": readable(contact.uri),
                "transport": contact.transport.value,
                "host": contact.host,
                "port": contact.port,
                "expires_in": round(contact.expires_in),
                "user_agent": contact.user_agent,
            }
            for extension in self.endpoint.registered()
            for contact in self.endpoint.contacts(extension)
        ]

    def calls(self) -> list[dict[str, Any]]:
        """Every live call."""
        return self.exchange.calls()

    async def trace(self, call_id: str) -> CallTrace | None:
        """What was said for a call that lives or has just ended."""
        return await self.exchange.trace(call_id)

    def trunks(self) -> list[dict[str, Any]]:
        """Every trunk: whether calls may be sent to it, and why not."""
        return [{"name": t.name, "up": t.up, "why": t.why} for t in self.endpoint.trunk_status()]

    async def try_trunk(self, name: str) -> dict[str, Any] | None:
        """What the provider of a trunk answers when it is tried; None for a trunk that is not known."""
        try:
            return (await self.endpoint.try_trunk(name)).to_json()
        except KeyError:
            return None

    async def metrics(self) -> bytes:
        """What Prometheus reads."""
        with suppress(sqlite3.Error):  # the last number stays
            self._gauges.outbox = await self._store.outbox_depth()
        return metrics_text(self._registry)

    # --- what the web tells ---

    async def reload_trunks(self) -> list[dict[str, Any]]:
        """Ask the web for all trunks; while it does not say, those that are known stay."""
        try:
            found = await self.web.trunks()
        except (WebUnavailable, WebRefused) as error:
            _log.warning("trunks_not_loaded", why=str(error))
        else:
            await self.endpoint.replace_trunks([_trunk_config(trunk) for trunk in found])
        return self.trunks()

    def forget_phone(self, username: str) -> None:
        """Its password has changed, or it may register no more."""
        self.web.forget_account(username)
        self.endpoint.forget_phones(username)

    def mailbox_changed(self, user_id: str, waiting: Waiting) -> None:
        """Somebody's mailbox is like this now."""
        shown = MessageSummary(waiting.new, waiting.old)
        self._watchers.changed([self._mailboxes.told(user_id, shown)])
        for extension in waiting.extensions:
            self.endpoint.tell_of_mailbox(extension, shown)

    def presence_changed(self, people: Mapping[str, PersonPresence]) -> None:
        """Colleagues are like this beside their calls now."""
        self._lamps.people_are(people, self._watchers)

    # --- telephones of meetings (bridges.sip.control.http.MeetingCalls) ---

    async def call_for_meeting(self, visitor_id: str, call_id: str, number: str, on_behalf_of: str) -> None:
        """Have a meeting call a telephone. Raises OSError."""
        await self._ingress.call_for_meeting(visitor_id, call_id, number, on_behalf_of)

    def look_again(self, visitor_id: str) -> bool:
        """A moderator decided on a telephone; whether it is one of ours."""
        return self.floor.look_again(visitor_id)

    async def record(self, meeting_id: str, asked: MeetingRecord) -> MeetingRecordAnswer:
        """Have a meeting recorded, or no more."""
        return MeetingRecordAnswer(await self._recorded_meetings.want(meeting_id, asked))

    # --- inside ---

    def _room_changed(self, room_id: str) -> None:
        self._members.changed(room_id)
        self.web.changes.room(room_id)

    def _said(self, sent: bool, data: bytes, flow: Flow) -> None:
        self._traces.sip(_now_ms(), data, flow, sent=sent)

    def _live_calls(self) -> int:
        return len(self.exchange.calls())

    def _registered(self) -> int:
        return len(self.registrations())

    def _trunks_up(self) -> list[tuple[str, bool]]:
        return [(trunk.name, trunk.up is not False) for trunk in self.endpoint.trunk_status()]

    def _make_control(self) -> "Sanic[Any, Any]":
        # Sanic knows its applications by name, and a test may make several.
        return make_app(
            f"unisono-sip-{id(self)}",
            hs_token=self._config.hs_token,
            internal_secret=self._config.internal_secret,
            metrics_token=self._config.metrics_token,
            transactions=self._transactions,
            ensure_ghost=self._ensure_ghost,
            inspection=self,
            meetings=self,
            commands=CallingIn(CallCommands(self.exchange), self._recalls, self.exchange),
            queues=self._hall,
        )

    async def _serve_control(self) -> None:
        control = self._config.control
        self._server = await self._control.create_server(
            control.host, control.port, return_asyncio_server=True, access_log=False
        )
        if self._server is None:
            raise CannotListen(f"control: {control.host}:{control.port}")
        await self._server.startup()
        await self._server.start_serving()

    async def _take_over(self, left: Left) -> None:
        ended_at, taking = left.ended_at or _now_ms(), self._taking_over
        await taking.calls(left, ended_at, self.endpoint.taken_over)
        self._voicemail.take_over()
        await self._recordings.take_over(ended_at)
        await self._recorded_meetings.take_over(ended_at)
        taking.end_traces(left, ended_at, lambda call_id: self.exchange.record(call_id) is not None)
        await self._note_life()

    def _carries(self, call_id: str) -> bool:
        return isinstance(self.gateway, NgMediaGateway) and call_id in self.gateway.calls

    async def _ensure_ghost(self, user_id: str) -> bool:
        """The homeserver asks whether a user of our namespace exists."""
        localpart, _, domain = user_id.removeprefix("@").partition(":")
        if not user_id.startswith(GHOST_PREFIX) or domain != self._config.domain:
            return False
        try:
            await self.homeserver.register(localpart)
        except (MatrixUnavailable, MatrixRefused) as error:
            _log.warning("ghost_not_registered", user_id=user_id, why=str(error))
            return False
        return True

    async def _owner(self, extension: str) -> str | None:
        account = await self.web.account(extension)
        return account.user_id if account else None

    def _calls_changed(self) -> None:
        """A call's steps come in bunches: lamps are looked at after each bunch."""
        self._state.changed()
        if self._looking is None:
            self._looking = asyncio.get_running_loop().call_later(LAMPS_GATHER, self._look_at_lamps)

    def _look_at_lamps(self) -> None:
        self._looking = None
        self._lamps.look(self._watchers)
        self._ruled.look(self.exchange.between_clients())

    async def _ask_how_people_are(self) -> None:
        """The web says only what changes."""
        try:
            people = await self.web.presence()
        except (WebUnavailable, WebRefused) as error:
            _log.warning("presence_not_asked", why=str(error))
        else:
            self._lamps.people_are(people, self._watchers)

    def _registration_changed(self, username: str, registered: bool) -> None:
        _log.info("registration_changed", extension=username, registered=registered)
        if registered:
            self._beside(self._tell_of_mailbox(username))
        self._state.changed()

    async def _beat(self) -> None:
        swept = 0.0
        while True:
            if await self._note_life() and (monotonic() - swept > 3600 or not swept):
                swept = monotonic()
                with suppress(sqlite3.Error):  # they are few, and are dropped an hour later
                    await self._store.forget_seen(time() - SEEN)
            await asyncio.sleep(BEAT)

    async def _note_life(self) -> bool:
        """Whether the disk took it. A process that begins on a full one takes calls as well."""
        try:
            await self._store.beat(_now_ms())
        except sqlite3.Error as error:
            _log.warning("heartbeat_not_written", why=str(error))
            return False
        return True

    async def _probe(self) -> None:
        while True:
            instance = self.web.instance
            homeserver, web = await asyncio.gather(self.homeserver.probe(), self.web.probe())
            for name, why in (("homeserver", homeserver), ("web", web)):
                if why != self._trouble[name]:
                    _log.info("neighbour_changed", neighbour=name, ready=why is None, why=why)
                    if name == "web" and why is None:
                        self._web_is_back()
                elif name == "web" and instance is not None and instance != self.web.instance:
                    _log.info("neighbour_began_anew", neighbour=name)
                    self._web_is_back()
                self._trouble[name] = why
            await asyncio.sleep(PROBE if not (homeserver or web) else PROBE_AGAIN)

    def _web_is_back(self) -> None:
        """A web process that started anew knows nothing of who is on the phone."""
        self._state.changed()
        self._store.record_written.set()
        self._voicemail.outbox.left()
        self._recordings.outbox.left()
        self._recorded_meetings.recordings.outbox.left()
        self._beside(self._load_trunks())
        self._beside(self._look_into_mailboxes())
        self._beside(self._ask_how_people_are())

    async def _load_trunks(self) -> None:
        """Administrators may have changed them while we did not listen."""
        await self.reload_trunks()

    async def _tell_of_mailbox(self, username: str) -> None:
        """A phone that was off shows what waits."""
        try:
            owner = await self._owner(username)
            shown = await self.web.waiting(owner) if owner else MessageSummary()
        except (WebUnavailable, WebRefused) as error:
            _log.info("mailbox_not_told", extension=username, why=str(error))
            return
        if shown.new:
            self.endpoint.tell_of_mailbox(username, shown)

    def _beside(self, work: Coroutine[Any, Any, None]) -> None:
        running = [task for task in self._tasks if not task.done()]
        self._tasks = [*running, asyncio.create_task(work)]

    async def _look_into_mailboxes(self) -> None:
        """Their owners may have heard messages while we did not listen."""
        try:
            self._watchers.changed(await self._mailboxes.ask_again(self._watchers.resources()))
        except (WebUnavailable, WebRefused) as error:
            _log.warning("mailboxes_not_looked_into", why=str(error))

    async def _wake(self) -> None:
        """Have the homeserver send at once what it kept for us while we were away."""
        for pause in (1.0, 2.0, 5.0, 10.0, 30.0):
            try:
                await self.homeserver.ping("unisono-telephone")
            except MatrixUnavailable as error:
                _log.debug("homeserver_not_woken", why=str(error))
                await asyncio.sleep(pause)
            else:
                return


async def run(
    config: Config,
    until: asyncio.Event,
    started: Callable[[], None] | None = None,
    *,
    leaves: Callable[[], bool] = lambda: False,
) -> None:
    """Run a bridge until `until` is set; `leaves` says then whether its calls are left to the next one.

    Raises CannotListen, OSError, sqlite3.Error.
    """
    store = await Store.open(Path(config.database))
    bridge = Bridge(config, store)
    settle()  # before calls are taken over: those end
    try:
        await bridge.start()
        if started is not None:
            started()
        await until.wait()
    finally:
        await bridge.stop(leave=leaves())


def _now_ms() -> int:
    return int(time() * 1000)


async def _listening(what: str, opening: Any) -> None:
    try:
        await opening
    except OSError as error:
        raise CannotListen(f"{what}: {error.strerror or error}") from error


def _music(configured: str) -> Path | None:
    if configured == "none":
        return None
    return Path(configured) if configured else BUILT_IN


def _gateway(config: Config) -> "InProcessMediaGateway | NgMediaGateway":
    """What carries calls. Raises ValueError."""
    if not config.media_servers:
        # Loaded only where it is needed: codecs and DTLS are a third of an idle bridge.
        from bridges.media.in_process import InProcessMediaGateway  # noqa: PLC0415

        return InProcessMediaGateway(config.media.settings())
    found = (server.rpartition(":") for server in config.media_servers)
    return NgMediaGateway(
        tuple((host, int(port)) for host, _, port in found),
        silence_check=config.media.silence_check,
        silence_limit=config.media.silence_limit,
    )


def _endpoint_config(config: Config) -> EndpointConfig:
    sip = config.sip
    return EndpointConfig(
        domain=config.domain,
        realm=config.realm,
        host=sip.host,
        udp_port=sip.udp_port,
        tcp_port=sip.tcp_port,
        tls_port=sip.tls_port,
        tls_files=(Path(sip.tls_certificate), Path(sip.tls_key))
        if sip.tls_certificate and sip.tls_key
        else None,
        advertised_host=sip.advertised_host,
        advertised=Advertised(config.media.advertised),
        trunk_calls=sip.trunk_calls,
        trunk_calls_per_second=sip.trunk_calls_per_second,
        trunks=tuple(_trunk_config(trunk) for trunk in config.trunks),
        contact_secret=hmac.digest(config.internal_secret.encode(), b"contacts of trunks", "sha256"),
    )


def _trunk_config(trunk: Trunk) -> TrunkConfig:
    settings = msgspec.structs.asdict(trunk) | {"transport": Transport[trunk.transport.upper()]}
    asked = settings.pop("options")
    return TrunkConfig(**settings, keep_alive=KEEP_ALIVE if asked else 0.0)
