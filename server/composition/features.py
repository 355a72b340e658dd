"""Where features are put together: each is constructed here and hands its blueprints to the app."""

import secrets
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from time import monotonic

from sanic import Request

from server.accounts.janitor import Janitor
from server.accounts.service import Accounts, Hasher
from server.accounts.session_auth import SessionAuth
from server.attendants.store import SqlAttendants
from server.audit.service import Audit
from server.blocking import http as blocking_http
from server.blocking.service import BlockedCalls, BlockList
from server.blocking.store import SqlBlocked
from server.call_backs import http as call_backs_http
from server.call_backs.service import CallBacks
from server.call_backs.store import SqlCallBacks
from server.composition.accounts import (
    AccountFeatures,
    Foundation,
    mailer_of,
    make_accounts,
    serve_accounts,
    sms_of,
)
from server.composition.administration import (
    AdminFeatures,
    fresh_sip_password,
    make_admin,
    now_ms,
    register_admin,
)
from server.composition.attendants import make_attendants
from server.composition.context import AppContext
from server.composition.hours import make_hours
from server.composition.meetings import Dependencies, serve_meetings
from server.composition.presence import PresenceAssembly
from server.composition.recordings import make_recordings
from server.composition.search import serve_search
from server.composition.voicemail import make_greetings, make_voicemail, post_messages
from server.config import Config
from server.config.slots import slots_of
from server.delegates import http as delegates_http
from server.delegates.service import Delegates
from server.delegates.store import SqlDelegates
from server.directory import http as directory_http
from server.directory.ports import PersonByUserId
from server.directory.service import Directory, Person, PhoneStatus
from server.directory.store import SqlPeople
from server.edge.sanic_types import App
from server.events import http as events_http
from server.events.http import FOLLOWER, Follower
from server.events.hub import Audience, Event, Hub
from server.forwarding import http as forwarding_http
from server.forwarding.bells import Bells
from server.forwarding.moments import rests, sends_all_on
from server.forwarding.rules import Situation
from server.forwarding.service import Forwarding, InForce, Wanted, WantedRinging
from server.forwarding.store import SqlServices
from server.groups.http import Api as GroupsApi
from server.groups.service import Groups
from server.groups.store import SqlGroups
from server.homeserver import errors as homeserver_errors
from server.homeserver.client import HomeserverClient
from server.hours.service import HoursNow
from server.hours.store import SqlHours
from server.meetings.local_time import zone_of
from server.notifications.service import Language
from server.openapi import http as openapi_http
from server.phonebooks import http as phonebooks_http
from server.phonebooks.caller_names import CallerNames
from server.phonebooks.cards import Cards
from server.phonebooks.favourites import Favourites
from server.phonebooks.files import ContactFiles
from server.phonebooks.listing import Listing
from server.phonebooks.service import Phonebooks
from server.phonebooks.store import SqlContacts, SqlFavourites
from server.presence.service import Presences
from server.presence.store import SqlChoices
from server.queues.http import Api as QueuesApi
from server.queues.service import Queues
from server.queues.store import SqlQueues
from server.secrets import Secrets
from server.sfu.forwarding.bucket import Buckets
from server.storage import Database
from server.telephony import commands_http, internal, limits_http, trials_http
from server.telephony import http as telephony_http
from server.telephony.alarm import Alarm
from server.telephony.call_services import CallServices, ServiceRules
from server.telephony.code_settings import CodeSettings
from server.telephony.commands import CallBridge, Commander, Commands
from server.telephony.commands_http import COMMANDER
from server.telephony.destinations import Destinations, regions
from server.telephony.dialplan import DialIn
from server.telephony.limits import Limits
from server.telephony.log import http as log_http
from server.telephony.log.service import CallLog, OutsideNames
from server.telephony.log.store import SqlSeen
from server.telephony.lookup import Lookup
from server.telephony.matrix_memory import MatrixMemory
from server.telephony.memory import RouteMemory
from server.telephony.on_the_phone import OnThePhone
from server.telephony.outgoing import Outgoing
from server.telephony.pick_ups import PickUps
from server.telephony.records import CallRecords
from server.telephony.replies import Replies
from server.telephony.reservation_store import SqlReservations
from server.telephony.ringing import Mobiles
from server.telephony.service import Telephony
from server.telephony.state import PhoneState
from server.telephony.store import SqlCallRecords, SqlSavedPresences, SqlSnapshots
from server.telephony.targets import Targets
from server.telephony.trials import Trials
from server.telephony.watch import BridgeProbe, Watch
from server.version import version
from server.voicemail.store import SqlVoicemail
from wire.presence import State

#: Seconds between looks for traces and voice messages that are too old.
PURGED = 600.0
#: Commands about calls in progress that one person may give: a second, and at once.
COMMANDS_A_SECOND, COMMANDS_AT_ONCE = 2.0, 20.0
#: How often somebody may try which of their devices ring: one a minute, and three at once.
TRIES_A_SECOND, TRIES_AT_ONCE = 1 / 60, 3.0
#: Text messages in reply to a call that one person may send: a second, and at once.
TEXTS_A_SECOND, TEXTS_AT_ONCE = 1 / 60, 5.0


@dataclass(frozen=True)
class Features:
    """The use cases of accounts and directory, for those who need them without HTTP."""

    accounts: Accounts
    directory: Directory
    account: AccountFeatures


def compose(
    context: AppContext, hasher: Hasher | None = None, clock: Callable[[], int] | None = None
) -> Features:
    """Construct the features on `context` and register their blueprints with `context.app`.

    Whatever a feature must do before the first request or after the last one goes into
    `context.on_start` and `context.on_stop`. `hasher` and `clock` (milliseconds since the epoch) stand in
    for Argon2 and the wall clock in tests.
    """
    phones, hub = PhoneState(), Hub()
    presences = Presences(phones, hub)
    directory = make_directory(context.config, context.database, phones, presences.state)
    ground = Foundation(
        context.config,
        context.secrets,
        context.database,
        directory,
        context.homeserver,
        clock or now_ms,
        hasher,
        [hub],
    )
    account = make_accounts(ground)
    auth = SessionAuth(account.accounts, account.proofs, context.config.web.origin)
    auth.install(context.app)
    homeserver_errors.install(context.app)
    serve_accounts(context, ground, account)
    context.app.blueprint(directory_http.blueprint(directory))
    admin = make_admin(
        context.config, context.data, context.secrets, context.database, account, context.homeserver
    )
    store = SqlContacts(context.database.engine)
    phonebooks = Phonebooks(
        store, region=context.config.organisation.region, fresh_id=_fresh_id, now_ms=now_ms
    )
    names = CallerNames(phonebooks, directory)
    voicemail = make_voicemail(context, directory, account, hub, admin.bridge)
    greetings = make_greetings(context, directory, account)
    delegates_store = make_delegate_store(context.config, context.database)
    memory = RouteMemory(
        context.database.version.now,
        directory,
        names,
        admin.trunks,
        SqlServices(context.database.engine),
        voicemail,
        SqlBlocked(context.database.engine),
        make_group_store(context.config, context.database),
        SqlHours(context.database.engine),
        SqlAttendants(context.database.engine),
        delegates_store,
    )
    log, records = _call_log(context, phonebooks, memory, directory, hub, account.clock)
    _compose_phonebooks(context, directory, phonebooks, store, log)
    context.app.blueprint(log_http.blueprint(log, _language(account)))
    _compose_blocking(context, memory, hub, account.clock)
    attendants = make_attendants(
        context, directory, memory, admin.audit, account, make_hours(context, admin.audit, account.clock)
    )
    groups = make_groups(context.config, context.database, directory, admin.audit, hub)
    delegates = Delegates(delegates_store, directory, admin.audit, hub, account.notices.named_delegate)
    context.app.blueprint(delegates_http.blueprint(delegates, directory))
    region = context.config.organisation.region
    context.app.blueprint(GroupsApi(groups, directory.by_user_id, region).blueprint())
    recordings = make_recordings(
        context,
        directory,
        account,
        make_group_store(context.config, context.database),
        admin.trunks,
        memory,
        admin.audit,
        hub,
        admin.administration,
    )
    log.recordings = recordings
    queues = _compose_queues(context, memory, directory, phones, hub, admin, account)
    presence = PresenceAssembly(
        context, presences, memory, directory, hub, account, admin.bridge, _timezone(context.config)
    )
    telephony, pick_ups = _compose_telephony(
        context,
        directory,
        memory,
        records,
        auth,
        phones,
        hub,
        account,
        groups,
        admin,
        presence,
        queues,
        recordings.may_record,
    )
    tries = Buckets(TRIES_A_SECOND, TRIES_AT_ONCE)
    trials = Trials(
        admin.bridge,
        _language_of(memory, account),
        lambda user_id: tries.take(user_id, monotonic()),
        lambda: secrets.token_hex(16),
    )
    context.app.blueprint(trials_http.blueprint(trials))
    post_messages(context, voicemail, directory, account, telephony)
    commands = _compose_commands(context, admin.bridge, auth, phones, pick_ups, account)
    register_admin(context.app, admin, region, context.secrets.internal_secret, memory)
    chores = [admin.traces.purge, voicemail.purge, greetings.purge, recordings.purge]
    chores += [queues.purge, attendants.purge]
    purge = Janitor(chores, PURGED)
    context.on_start.append(purge.start)
    context.on_stop.append(purge.stop)
    if context.config.sfu.enabled:
        near = Dependencies(
            account, directory, names, auth, hub, admin.administration, telephony, presence.in_meetings
        )
        commands.meetings = serve_meetings(context, near)
    serve_search(context, directory)
    context.app.blueprint(openapi_http.blueprint("Unisono", version()))
    return Features(account.accounts, directory, account)


def _call_log(
    context: AppContext,
    phonebooks: Phonebooks,
    names: OutsideNames,
    directory: Directory,
    hub: Hub,
    clock: Callable[[], int],
) -> tuple[CallLog, CallRecords]:
    engine = context.database.engine
    store, region = SqlCallRecords(engine), context.config.organisation.region
    log = CallLog(store, SqlSeen(engine), names, phonebooks, directory, hub, region=region, now_ms=clock)
    return log, CallRecords(store, log, hub)


def _compose_blocking(context: AppContext, names: RouteMemory, hub: Hub, clock: Callable[[], int]) -> None:
    store, region = SqlBlocked(context.database.engine), context.config.organisation.region
    blocked = BlockList(store, names, hub, region=region, now_ms=clock)
    context.app.blueprint(blocking_http.blueprint(blocked))


def _compose_phonebooks(
    context: AppContext, directory: Directory, phonebooks: Phonebooks, store: SqlContacts, log: CallLog
) -> None:
    region = context.config.organisation.region
    favourites = Favourites(SqlFavourites(context.database.engine), directory, phonebooks, now_ms)
    listing = Listing(directory, store, phonebooks, favourites)
    files = ContactFiles(phonebooks, region)
    cards = Cards(directory, context.homeserver, log, context.config.organisation.domain)
    api = phonebooks_http.Api(phonebooks, favourites, listing, files, cards, directory, region)
    context.app.blueprint(api.blueprint())


def _compose_queues(
    context: AppContext,
    memory: RouteMemory,
    directory: Directory,
    phones: PhoneState,
    hub: Hub,
    admin: AdminFeatures,
    account: AccountFeatures,
) -> Queues:
    engine = context.database.engine

    def on_the_phone(user_id: str) -> bool:
        return phones.on_the_phone(user_id) or bool(phones.live_calls(user_id))

    records, clock = SqlCallRecords(engine), account.clock
    holding = InForce(memory, _timezone(context.config), clock)
    region = context.config.organisation.region
    queues = Queues(
        SqlQueues(engine),
        memory,
        memory,
        holding,
        on_the_phone,
        records,
        admin.bridge,
        hub,
        clock,
        BlockedCalls(memory, memory, records, region=region, now_ms=clock),
    )
    api = QueuesApi(queues, directory.by_user_id, region, _language(account), account.clock)
    context.app.blueprint(api.blueprint())
    admin.administration.ending.append(queues.gone)
    context.on_start.append(queues.start)
    context.on_stop.append(queues.stop)
    return queues


def _compose_telephony(
    context: AppContext,
    directory: Directory,
    memory: RouteMemory,
    records: CallRecords,
    auth: SessionAuth,
    phones: PhoneState,
    hub: Hub,
    account: AccountFeatures,
    groups: Groups,
    admin: AdminFeatures,
    presence: PresenceAssembly,
    queues: Queues,
    may_record: Callable[[], Awaitable[bool]],
) -> tuple[Telephony, PickUps]:
    engine, homeserver = context.database.engine, context.homeserver
    destinations, limits = _destinations(context.config), _limits(context.config)
    own_services = SqlServices(engine)
    outgoing = Outgoing(
        memory,
        SqlReservations(engine),
        destinations,
        limits,
        account.clock,
        _alarm(context.config, directory, account).refused,
    )
    services = _call_services(context.config, memory)
    call_backs = _compose_call_backs(context, memory, phones, admin, hub, account)
    services.may_record = may_record
    code_settings = _compose_services(
        context,
        directory,
        memory,
        own_services,
        outgoing,
        hub,
        account,
        groups,
        call_backs,
        presence.services_changed,
        queues,
    )
    telephony = Telephony(
        memory,
        memory,
        homeserver,
        MatrixMemory(homeserver, time.monotonic),
        InForce(memory, _timezone(context.config), account.clock),
        phones.on_the_phone,
        domain=context.config.organisation.domain,
        region=context.config.organisation.region,
        outgoing=outgoing,
        ring_seconds=context.config.telephony.ring_seconds,
        dial_in=_dial_in(context.config),
        services=services,
        mailboxes=memory,
        refuser=BlockedCalls(
            memory,
            memory,
            SqlCallRecords(engine),
            region=context.config.organisation.region,
            now_ms=account.clock,
        ),
        code_settings=code_settings,
        mobiles=Mobiles(_language_of(memory, account), account.clock),
        rings=phones.rings,
        now=time.monotonic,
        groups=memory,
        attendants=memory,
        state=HoursNow(memory, account.clock).state,
        taken=SqlCallRecords(engine),
        waiting_room=queues,
        language=context.config.organisation.languages[0],
        delegates=memory,
    )
    pick_ups = PickUps(services, phones, memory, hub, context.config.organisation.domain)
    on_the_phone = OnThePhone(
        phones,
        SqlSnapshots(engine),
        SqlSavedPresences(engine),
        memory,
        homeserver,
        hub,
        time.monotonic,
        presence.presences,
        pick_ups.tell,
    )
    bridge = BridgeProbe(context.config.sip.control_url if context.config.sip.enabled else None)
    watch = Watch(bridge.ready, hub, chores=[presence.look, on_the_phone.reconcile, call_backs.look])
    presence.serve(on_the_phone, watch)

    async def greeting() -> list[Event]:
        return [Event("telephony", {"ready": watch.ready})]

    async def follower(request: Request) -> Follower:
        person, session = await auth.session(request)
        return Follower(person.user_id, session.token_hash, lambda: auth.lives(session))

    async def end_streams(_app: App) -> None:
        hub.close()

    context.app.blueprint(
        telephony_http.blueprint(telephony, records, phones, lambda: watch.ready, services.codes)
    )
    context.app.blueprint(limits_http.blueprint(destinations, limits, outgoing.live))
    context.app.blueprint(
        internal.blueprint(
            context.secrets.internal_secret,
            directory,
            telephony,
            records,
            on_the_phone,
            watch.nudge,
            call_backs.learn,
            queues,
        )
    )
    auth.admits(FOLLOWER, follower)
    context.app.blueprint(events_http.blueprint(hub, greeting))
    context.on_start += [on_the_phone.load, bridge.start, watch.start]
    context.on_stop += [bridge.close, watch.stop]
    # Before the listener waits for its connections, which would otherwise be cut.
    context.app.register_listener(end_streams, "before_server_stop")
    return telephony, pick_ups


def _compose_services(
    context: AppContext,
    directory: Directory,
    memory: RouteMemory,
    own_services: SqlServices,
    outgoing: Outgoing,
    hub: Hub,
    account: AccountFeatures,
    groups: Groups,
    call_backs: CallBacks,
    services_changed: Callable[[], None],
    agents: Queues,
) -> CodeSettings:
    region, ring_for = context.config.organisation.region, context.config.telephony.ring_seconds
    targets = Targets(
        Lookup(memory, region, _dial_in(context.config), memory, memory), memory, outgoing, region
    )
    timezone, clock = _timezone(context.config), account.clock
    forwarding = Forwarding(own_services, memory, targets, memory, hub, clock)
    bells = Bells(own_services, own_services, directory, context.homeserver, timezone, clock)

    def changed(person_id: str) -> None:
        bells.changed(person_id)
        services_changed()

    forwarding.on_changed = changed
    context.on_start.append(bells.start)
    context.on_stop.append(bells.stop)
    view = forwarding_http.viewer(forwarding, memory, targets, ring_for, timezone, clock)

    async def tell(person: Person) -> None:
        forwarding.tell(person, await view(person, await forwarding.of(person)))

    async def change(person: Person, wanted: dict[Situation, Wanted], do_not_disturb: bool | None) -> None:
        await forwarding.change(person, wanted, WantedRinging(do_not_disturb))
        await tell(person)

    bells.on_moment.append(tell)

    async def language(person: Person) -> Language:
        return (await account.settings.of(person.id)).language

    context.app.blueprint(forwarding_http.blueprint(forwarding, view, ring_for))
    return CodeSettings(memory, change, language, ring_for, groups, call_backs, agents)


def _compose_call_backs(
    context: AppContext,
    memory: RouteMemory,
    phones: PhoneState,
    admin: AdminFeatures,
    hub: Hub,
    account: AccountFeatures,
) -> CallBacks:
    holding = InForce(memory, _timezone(context.config), account.clock)

    async def quiet(person_id: str) -> bool:
        return rests(await holding.services_of(person_id))

    async def elsewhere(person_id: str) -> bool:
        return sends_all_on(await holding.services_of(person_id))

    call_backs = CallBacks(
        SqlCallBacks(context.database.engine),
        memory,
        phones,
        admin.bridge,
        SqlCallRecords(context.database.engine),
        hub,
        quiet=quiet,
        elsewhere=elsewhere,
        language=_language(account),
        fresh_id=_fresh_id,
        now_ms=account.clock,
    )
    admin.administration.ending.append(call_backs.gone)
    context.app.blueprint(call_backs_http.blueprint(call_backs))
    return call_backs


def _compose_commands(
    context: AppContext,
    bridge: CallBridge,
    auth: SessionAuth,
    phones: PhoneState,
    pick_ups: PickUps,
    account: AccountFeatures,
) -> Commands:
    pace = Buckets(COMMANDS_A_SECOND, COMMANDS_AT_ONCE)
    commands = Commands(bridge, lambda user_id: pace.take(user_id, monotonic()), pick_ups, phones.live_calls)

    async def commander(request: Request) -> Commander:
        person, session = await auth.session(request)
        return Commander(person.user_id, session.device_id)

    auth.admits(COMMANDER, commander)
    replies = _replies(context, account, phones)
    context.app.blueprint(commands_http.blueprint(commands, phones.live_calls, pick_ups.near, replies))
    return commands


def _replies(context: AppContext, account: AccountFeatures, phones: PhoneState) -> Replies:
    texts = Buckets(TEXTS_A_SECOND, TEXTS_AT_ONCE)
    return Replies(
        sms_of(context.config, account.demo),
        SqlCallRecords(context.database.engine),
        phones.live_calls,
        lambda user_id: texts.take(user_id, monotonic()),
        context.config.organisation.name,
        account.clock,
    )


def _call_services(config: Config, people: RouteMemory) -> CallServices:
    section = config.telephony
    rules = ServiceRules(slots_of(section.park_slots), section.pick_up, section.pick_up_groups)
    return CallServices(people, rules, config.organisation.region, people, people)


def _destinations(config: Config) -> Destinations:
    home, section = config.organisation.region, config.telephony
    return Destinations(home, regions(section.allowed, home), section.premium)


def _language(account: AccountFeatures) -> Callable[[Person], Awaitable[Language]]:
    async def language(person: Person) -> Language:
        return (await account.settings.of(person.id)).language

    return language


def _language_of(people: RouteMemory, account: AccountFeatures) -> Callable[[str], Awaitable[Language]]:
    async def language(user_id: str) -> Language:
        person = await people.by_user_id(user_id)
        return (await account.settings.of(person.id if person else "")).language

    return language


def _alarm(config: Config, directory: Directory, account: AccountFeatures) -> Alarm:
    mailer = mailer_of(config, account.outbox)
    return Alarm(directory, mailer, _language(account), config.organisation.name, account.clock)


def _timezone(config: Config) -> str:
    """In which people's hours are written down."""
    return zone_of(config.organisation.region)


def _limits(config: Config) -> Limits:
    section = config.telephony
    return Limits(
        section.calls_at_once,
        section.calls_at_once_a_trunk,
        section.calls_at_once_in_all,
        section.minutes_a_day,
    )


def _dial_in(config: Config) -> DialIn:
    """Telephones reach meetings only where there are any."""
    if not config.sfu.enabled:
        return DialIn()
    name = {"it": "Riunioni", "en": "Meetings"}[config.organisation.languages[0]]
    return DialIn(config.meetings.dial_in_extension, config.meetings.dial_in_numbers, name)


def features_alone(
    config: Config, secrets: Secrets, database: Database, homeserver: HomeserverClient
) -> Features:
    """The use cases without a web process around them, for commands."""
    directory = make_directory(config, database, PhoneState())
    account = make_accounts(Foundation(config, secrets, database, directory, homeserver, now_ms))
    return Features(account.accounts, directory, account)


def make_directory(
    config: Config,
    database: Database,
    phones: PhoneStatus,
    state: Callable[[Person], State] = lambda _: "offline",
) -> Directory:
    return Directory(
        SqlPeople(database.engine, config.organisation.domain),
        phones,
        domain=config.organisation.domain,
        realm=config.realm,
        region=config.organisation.region,
        fresh_id=_fresh_id,
        fresh_password=fresh_sip_password,
        now_ms=now_ms,
        leaving=[
            SqlContacts(database.engine).forget_owner,
            SqlServices(database.engine).forget,
            SqlChoices(database.engine).forget,
            SqlBlocked(database.engine).forget,
            SqlVoicemail(database.engine).forget_owner,
            make_group_store(config, database).forget,
            make_delegate_store(config, database).forget,
        ],
        dial_in=config.meetings.dial_in_extension,
        state=state,
    )


def make_delegate_store(config: Config, database: Database) -> SqlDelegates:
    return SqlDelegates(database.engine, config.organisation.domain)


def make_group_store(config: Config, database: Database) -> SqlGroups:
    return SqlGroups(database.engine, config.organisation.domain)


def make_groups(
    config: Config, database: Database, people: PersonByUserId, audit: Audit, audience: Audience | None
) -> Groups:
    """`audience` None: no page is open, as for commands."""

    async def attendant_names() -> dict[str, str]:
        return {one.id: one.name for one in await SqlAttendants(database.engine).attendants()}

    return Groups(
        make_group_store(config, database),
        people,
        audit,
        audience,
        region=config.organisation.region,
        dial_in=config.meetings.dial_in_extension,
        attendants=attendant_names,
        fresh_id=_fresh_id,
    )


def _fresh_id() -> str:
    return secrets.token_hex(16)
