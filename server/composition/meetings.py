"""Putting meetings together."""

import secrets
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import partial

from sanic import Blueprint

from logs import log
from server.accounts.session_auth import SessionAuth
from server.administration.service import Administration
from server.composition.accounts import AccountFeatures, language_reader, mailer_of
from server.composition.context import AppContext
from server.composition.directory import fresh_id
from server.directory import rules as directory_rules
from server.directory.access import Actor
from server.directory.service import Directory, Person
from server.events.hub import Hub
from server.homeserver.errors import HomeserverError
from server.homeserver.rendering import rtc_transport
from server.meetings import guest_http, http, internal_http, proxy, rules, tickets_http
from server.meetings.access import Access
from server.meetings.breakout_enforcer import BreakoutEnforcer
from server.meetings.breakout_http import BreakoutApi
from server.meetings.breakout_service import Breakouts
from server.meetings.breakout_store import SqlBreakouts
from server.meetings.bridge import MeetingBridge
from server.meetings.call_roster import CallRoster
from server.meetings.call_store import SqlCalls
from server.meetings.calls import Calls
from server.meetings.change_notifier import ChangeNotifier
from server.meetings.chat import Chat
from server.meetings.guests import GUEST, Guests
from server.meetings.invitations import Invitations
from server.meetings.links import Links
from server.meetings.lobby_http import LobbyApi
from server.meetings.media import MediaServer
from server.meetings.moderation import Moderation
from server.meetings.outside_mail import OutsideMail
from server.meetings.outside_mail_store import SqlMailCounts
from server.meetings.periodic_tasks import PeriodicTasks
from server.meetings.phones import Phones, PublicNames
from server.meetings.recording import MeetingRecordings, RecordingPolicy
from server.meetings.refusals import MeetingError
from server.meetings.service import Meetings, NewMeeting
from server.meetings.sfu_nodes import sfu_nodes
from server.meetings.store import SqlMeetings
from server.meetings.tickets import Tickets
from server.meetings.visitor_account import VisitorAccount
from server.meetings.visitor_store import SqlMeetingLinks, SqlVisitors
from server.meetings.visitors import Visitors
from server.sfu.signal.token import mint
from server.telephony.commands import CallMeetings
from server.telephony.refusals import CannotMeet
from server.telephony.service import Telephony
from wire.route import CallMeeting, Party

_log = log.get(__name__)
#: Seconds between two looks: at breakouts whose time is over; at who was disabled; at who is away or left the
#: room; at what the media server lists; at the leaves that the homeserver would send; at what nobody needs
#: any more.
_CLOSE, _DISABLED, _TIDY, _HEAL, _STAY, _FORGET = 0.5, 1.5, 3.0, 10.0, 20.0, 3600.0
#: Tokens, and so the hashed identities in them, are older than this when nobody can use them. Milliseconds.
_IDENTITIES_KEPT = 24 * 3_600_000
#: Two token lifetimes: longer than a ticket for a closed breakout can be shown. Milliseconds.
_BREAKOUTS_KEPT = 2 * rules.TOKEN_LIFE * 1000
#: How long it is kept who was at the door. Milliseconds.
_VISITS_KEPT = 30 * 24 * 3_600_000


@dataclass(frozen=True)
class Dependencies:
    """The features that meetings lean on."""

    account: AccountFeatures
    directory: Directory
    names: PublicNames
    auth: SessionAuth
    hub: Hub
    administration: Administration
    telephony: Telephony
    #: Told who is in a meeting, by user id.
    in_meetings: Callable[[frozenset[str]], Awaitable[None]]
    recordings: RecordingPolicy


def serve_meetings(context: AppContext, near: Dependencies) -> CallMeetings:
    """Registers meetings with the web process: their pages' API, their doors, tokens, the way to the SFU.
    The answer makes meetings of calls."""
    assembly = MeetingsAssembly(context, near)
    assembly.serve()
    return MeetingsOfCalls(near.directory, assembly.meetings)


class MeetingsOfCalls:
    """`telephony.commands.CallMeetings`."""

    def __init__(self, directory: Directory, meetings: Meetings) -> None:
        self._directory, self._meetings = directory, meetings

    async def make(self, user_id: str, people: Sequence[str]) -> CallMeeting:
        me = await self._directory.by_user_id(user_id)
        if me is None:
            raise CannotMeet
        found = [await self._directory.by_user_id(one) for one in people]
        others = [one for one in found if one is not None]
        title = rules.title_of([one.name for one in (me, *others)])
        try:
            made = await self._meetings.create(me, NewMeeting(title, [one.user_id for one in others]))
        except (HomeserverError, MeetingError) as error:
            _log.warning("call_cannot_meet", user_id=user_id, why=str(error) or type(error).__name__)
            raise CannotMeet from error
        by = Party(me.user_id, me.name)
        return CallMeeting(id=made.id, room_id=made.room_id, title=made.title, by=by)

    async def discard(self, user_id: str, meeting: CallMeeting) -> None:
        me = await self._directory.by_user_id(user_id)
        try:
            if me is not None:
                await self._meetings.discard(me, meeting.id)
        except (HomeserverError, MeetingError) as error:
            _log.warning("meeting_of_call_stays", meeting=meeting.id, why=str(error) or type(error).__name__)


class MeetingsAssembly:
    def __init__(self, context: AppContext, near: Dependencies) -> None:
        self.context = context
        self.near = near
        config, engine = context.config, context.database.engine
        organisation = config.organisation
        self.now_ms, seal = near.account.clock, near.account.seal
        self.rooms = context.homeserver.rooms_of_meetings
        self.store, self.visits, self.kept = (
            SqlMeetings(engine),
            SqlVisitors(engine),
            SqlCalls(engine, self.now_ms),
        )
        self.roster, self.changes = CallRoster(), ChangeNotifier()
        self.where = sfu_nodes(config.sfu, context.secrets.sfu_secret)
        self.media = MediaServer(self.where)
        control = config.sip.control_url if config.sip.enabled else None
        self.bridge = MeetingBridge(control, context.secrets.internal_secret)
        self.access = Access(self.store, self.rooms, near.hub)
        self.breakouts = Breakouts(
            SqlBreakouts(engine),
            self.store,
            self.visits,
            self.access,
            self.roster,
            self.changes,
            now_ms=self.now_ms,
            fresh_id=_short_id,
        )
        self.tickets = self._tickets()
        service_url = rtc_transport(config.web.origin)["livekit_service_url"]
        account = VisitorAccount(context.homeserver, self.rooms, self.visits, self.access, service_url)
        self.visitors = Visitors(
            self.visits,
            self.store,
            self.access,
            account,
            self.roster,
            self.media,
            self.bridge,
            seal,
            self.changes,
            near.account.audit,
            most=config.meetings.guests,
            grace=config.meetings.guest_grace_seconds,
            now_ms=self.now_ms,
            clock=time.monotonic,
        )
        self.calls = Calls(
            self.roster,
            self.media,
            self.store,
            self.visits,
            self.visitors,
            self.kept,
            self.breakouts,
            self.access,
            near.directory,
            near.account.accounts,
            self.changes,
            time.monotonic,
        )
        self.recordings = MeetingRecordings(
            self.store,
            self.access,
            self.roster,
            self.calls,
            self.visits,
            self.bridge,
            near.recordings,
            near.account.audit,
            self.changes,
            sfu_url=self.where.socket,
            mint=partial(mint, self.where.key, self.where.secret),
            domain=organisation.domain,
            now=lambda: int(time.time()),
            clock=time.monotonic,
            fresh_id=lambda: secrets.token_hex(16),
        )
        self.links = Links(
            SqlMeetingLinks(engine),
            self.access,
            near.directory,
            near.account.audit,
            origin=config.web.origin,
            lobby_optional=config.meetings.guests_without_lobby,
            longest=config.meetings.link_hours,
            now_ms=self.now_ms,
            fresh_token=_fresh_token,
            fresh_id=fresh_id,
        )
        self.meetings = self._meetings()
        self.phones = Phones(
            self.store,
            self.visits,
            self.visitors,
            self.access,
            near.directory,
            near.names,
            self.bridge,
            near.telephony,
            near.account.attempts,
            seal,
            self.roster,
            self.changes,
            self.breakouts,
            self.tickets.issue,
            sfu_url=self.where.socket,
            domain=organisation.domain,
            region=organisation.region,
            now_ms=self.now_ms,
            fresh_id=fresh_id,
        )

    def _tickets(self) -> Tickets:
        config, context = self.context.config, self.context
        return Tickets(
            context.homeserver,
            self.rooms,
            self.near.directory,
            self.kept,
            self.breakouts,
            config.organisation.domain,
            "ws" + config.web.origin.removeprefix("http") + "/livekit",
            partial(mint, self.where.key, self.where.secret),
            now=lambda: int(time.time()),
        )

    def _meetings(self) -> Meetings:
        config, account = self.context.config, self.near.account
        organisation = config.organisation
        post = Invitations(
            self.store,
            self.links,
            self.near.directory,
            mailer_of(config, account.outbox),
            account.seal,
            language_reader(self.near.account),
            organisation=organisation.name,
            origin=config.web.origin,
            domain=organisation.domain,
            region=organisation.region,
            now_ms=self.now_ms,
        )
        made = Meetings(
            self.store,
            self.access,
            self.rooms,
            self.near.directory,
            self.roster,
            post,
            OutsideMail(
                SqlMailCounts(self.context.database.engine),
                account.audit,
                most=config.meetings.outside_invitations,
                now_ms=self.now_ms,
            ),
            account.seal,
            ensure_user=self.context.homeserver.ensure_user,
            check_email=_check_email,
            dial_in=(config.meetings.dial_in_numbers, config.meetings.dial_in_extension),
            lobby_optional=config.meetings.guests_without_lobby,
            language=organisation.languages[0],
            now_ms=self.now_ms,
            fresh_id=fresh_id,
            fresh_pin=_fresh_pin,
        )
        made.recording = self.recordings.state_of
        made.ending += [self.links.end, self.visitors.end, self.breakouts.end]
        return made

    def serve(self) -> None:
        context, config = self.context, self.context.config
        sfu = proxy.SfuProxy(self.where, self._is_refused)
        chat = Chat(
            self.rooms,
            self.visits,
            self.visitors,
            self.access,
            self.changes,
            self.breakouts,
            fresh_id,
            time.monotonic,
        )
        enforcer = BreakoutEnforcer(
            self.store, self.breakouts, self.calls, self.media, self.roster, time.monotonic
        )
        guests = guest_http.GuestApi(self._guests(), chat, secure=config.web.https)
        self.near.auth.admits(GUEST, guests.identify)
        for blueprint in (
            tickets_http.blueprint(self.tickets),
            proxy.blueprint(sfu),
            http.MeetingApi(self.meetings).blueprint(),
            self._lobby(),
            BreakoutApi(self.breakouts).blueprint(),
            guests.blueprint(),
            internal_http.bridge_blueprint(context.secrets.internal_secret, self.phones, self.recordings),
            internal_http.webhook_blueprint({self.where.key: self.where.secret}, self.calls, time.time),
        ):
            context.app.blueprint(blueprint)
        self.calls.on_people = self._tell_who_is_inside
        tasks = PeriodicTasks(
            [
                (_CLOSE, self.breakouts.close_due),
                (_HEAL, self.calls.heal),
                (_TIDY, self._tell_who_is_inside),
                (_TIDY, self.visitors.tidy),
                (_TIDY, self.calls.disconnect_strangers),
                (_TIDY, self.calls.end_departures),
                (_DISABLED, self.calls.disconnect_disabled),
                (_TIDY, enforcer.enforce),
                (_STAY, self.visitors.stay),
                (_FORGET, self._forget),
            ]
        )

        async def end_streams(_app: object) -> None:
            chat.close()

        # Before the listener waits for its connections, which would otherwise be cut.
        context.app.register_listener(end_streams, "before_server_stop")
        self.near.administration.ending.append(self._dismiss)
        self.near.account.others.ended.append(self._keep_devices)
        self.near.account.grants.gone.append(self._keep_devices)
        context.on_start += [self.breakouts.load, sfu.start, self.media.start, tasks.start]
        context.on_stop += [sfu.close, self.media.close, tasks.stop]

    async def _tell_who_is_inside(self) -> None:
        await self.near.in_meetings(await self.calls.people_inside())

    async def _dismiss(self, _actor: Actor, person: Person) -> None:
        await self.calls.dismiss(person.user_id, (*person.extensions, *person.numbers))

    async def _keep_devices(self, person_id: str) -> None:
        """Other clients of a person were signed out: their devices tell which of those are in a call."""
        person = await self.near.directory.by_id(person_id)
        if person is None:
            return
        try:
            devices = await self.context.homeserver.devices(person.user_id)
        except HomeserverError as error:
            _log.warning("devices_not_known", user_id=person.user_id, why=str(error))
            return
        await self.calls.keep_devices(person.user_id, devices)

    async def _is_refused(self, sfu_room: str, identity: str) -> bool:
        """At the door the homeserver is asked, too: it alone knows the devices of other clients."""
        if await self.calls.is_refused_in_room(sfu_room, identity):
            return True
        holder = await self.calls.holder_of(sfu_room, identity)
        if holder is None or holder.device_id is None or rules.kind_of(identity) != "member":
            return False
        try:
            return holder.device_id not in await self.context.homeserver.devices(holder.user_id)
        except HomeserverError:
            # Whoever has no right any more is put out soon.
            return False

    def _lobby(self) -> Blueprint:
        moderation = Moderation(
            self.access, self.media, self.roster, self.visits, self.visitors, self.kept, self.calls
        )
        return LobbyApi(self.links, self.visitors, moderation, self.phones, self.recordings).blueprint()

    def _guests(self) -> Guests:
        organisation = self.context.config.organisation
        guests = Guests(
            self.links,
            self.store,
            self.visits,
            self.visitors,
            self.near.account.attempts,
            self.changes,
            self.breakouts,
            self.tickets.issue,
            organisation=organisation.name,
            domain=organisation.domain,
            now_ms=self.now_ms,
            fresh_token=_fresh_token,
            fresh_id=fresh_id,
        )
        guests.recorded = lambda meeting_id: self.recordings.state_of(meeting_id) is not None
        return guests

    async def _forget(self) -> None:
        await self.kept.forget_old_identities(_IDENTITIES_KEPT)
        await self.breakouts.forget_closed(self.now_ms() - _BREAKOUTS_KEPT)
        await self.visits.forget_before(self.now_ms() - _VISITS_KEPT)


def _check_email(text: str) -> str | None:
    try:
        return directory_rules.check_email(text)
    except directory_rules.InvalidEmail:
        return None


def _short_id() -> str:
    return secrets.token_hex(6)


def _fresh_token() -> str:
    return secrets.token_urlsafe(32)


def _fresh_pin() -> str:
    return str(secrets.randbelow(9 * 10 ** (rules.PIN_DIGITS - 1)) + 10 ** (rules.PIN_DIGITS - 1))
