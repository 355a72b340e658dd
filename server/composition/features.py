"""Where features are put together: each is constructed here and hands its blueprints to the app."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from time import monotonic

from server.accounts.janitor import Janitor
from server.accounts.service import Accounts, Hasher
from server.accounts.session_auth import SessionAuth
from server.attendants.store import SqlAttendants
from server.blocking import http as blocking_http
from server.blocking.service import BlockList
from server.blocking.store import SqlBlocked
from server.composition.accounts import (
    AccountFeatures,
    Foundation,
    language_reader,
    make_accounts,
    serve_accounts,
)
from server.composition.administration import make_admin, now_ms, register_admin
from server.composition.attendants import make_attendants, serve_prompt_recordings
from server.composition.calendars import serve_calendars
from server.composition.context import AppContext
from server.composition.directory import (
    fresh_id,
    make_delegate_store,
    make_directory,
    make_group_store,
    make_groups,
)
from server.composition.hours import make_hours
from server.composition.meetings import Dependencies, serve_meetings
from server.composition.presence import PresenceAssembly
from server.composition.recordings import make_recordings
from server.composition.search import serve_search
from server.composition.telephony import (
    compose_commands,
    compose_queues,
    compose_telephony,
    language_by_user_id,
    timezone_of,
)
from server.composition.voicemail import make_greetings, make_voicemail, post_messages
from server.config import Config
from server.delegates import http as delegates_http
from server.delegates.service import Delegates
from server.directory import http as directory_http
from server.directory.service import Directory
from server.events.hub import Hub
from server.forwarding.store import SqlServices
from server.groups.http import Api as GroupsApi
from server.homeserver import errors as homeserver_errors
from server.homeserver.client import HomeserverClient
from server.hours.store import SqlHours
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
from server.secrets import Secrets
from server.sfu.forwarding.bucket import Buckets
from server.storage import Database
from server.telephony import trials_http
from server.telephony.code_store import SqlCodes
from server.telephony.log import http as log_http
from server.telephony.log.service import CallLog, OutsideNames
from server.telephony.log.store import SqlSeen
from server.telephony.memory import RouteMemory
from server.telephony.records import CallRecords
from server.telephony.state import PhoneState
from server.telephony.store import SqlCallRecords
from server.telephony.trials import Trials
from server.version import version

#: Seconds between looks for traces and voice messages that are too old.
PURGED = 600.0
#: How often somebody may try which of their devices ring: one a minute, and three at once.
TRIES_A_SECOND, TRIES_AT_ONCE = 1 / 60, 3.0


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
        store, region=context.config.organisation.region, fresh_id=fresh_id, now_ms=now_ms
    )
    names = CallerNames(phonebooks, directory)
    voicemail = make_voicemail(context, directory, account, hub, admin.bridge, admin.audit)
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
        SqlCodes(context.database.engine),
        context.config.telephony.star_codes,
    )
    log, records = _call_log(context, phonebooks, memory, directory, hub, account.clock)
    _compose_phonebooks(context, directory, phonebooks, store, log)
    context.app.blueprint(log_http.blueprint(log, language_reader(account)))
    _compose_blocking(context, memory, hub, account.clock)
    attendants = make_attendants(
        context, directory, memory, admin.audit, account, make_hours(context, admin.audit, account.clock)
    )
    groups = make_groups(context.config, context.database, directory, admin.audit, hub)
    delegates = Delegates(
        delegates_store, directory, admin.audit, hub, account.notices.named_delegate, account.clock
    )
    delegates.ring_no_more = admin.bridge.ring_no_more
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
    queues, supervising = compose_queues(context, memory, directory, phones, hub, admin, account)
    presence = PresenceAssembly(
        context, presences, memory, directory, hub, account, admin.bridge, timezone_of(context.config)
    )
    telephony, pick_ups = compose_telephony(
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
        supervising,
        recordings.may_record,
    )
    serve_calendars(context, directory, account, hub, admin.audit, presence)
    tries = Buckets(TRIES_A_SECOND, TRIES_AT_ONCE)
    trials = Trials(
        admin.bridge,
        language_by_user_id(memory, account),
        lambda user_id: tries.take(user_id, monotonic()),
        fresh_id,
    )
    context.app.blueprint(trials_http.blueprint(trials))
    serve_prompt_recordings(
        context, admin.bridge, attendants, directory, language_by_user_id(memory, account)
    )
    post_messages(context, voicemail, directory, account, telephony)
    commands = compose_commands(context, admin.bridge, auth, phones, pick_ups, account)
    register_admin(context.app, admin, region, context.secrets.internal_secret, memory)
    kept = (admin.traces, voicemail, greetings, recordings, queues, attendants)
    _purge(context, [each.purge for each in kept])
    if context.config.sfu.enabled:
        near = Dependencies(
            account,
            directory,
            names,
            auth,
            hub,
            admin.administration,
            telephony,
            presence.in_meetings,
            recordings,
        )
        commands.meetings = serve_meetings(context, near)
    serve_search(context, directory)
    context.app.blueprint(openapi_http.blueprint("Unisono", version()))
    return Features(account.accounts, directory, account)


def _purge(context: AppContext, chores: Sequence[Callable[[], Awaitable[None]]]) -> None:
    """What is too old goes, from time to time."""
    purge = Janitor(chores, PURGED)
    context.on_start.append(purge.start)
    context.on_stop.append(purge.stop)


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


def features_alone(
    config: Config, secrets: Secrets, database: Database, homeserver: HomeserverClient
) -> Features:
    """The use cases without a web process around them, for commands."""
    directory = make_directory(config, database, PhoneState())
    account = make_accounts(Foundation(config, secrets, database, directory, homeserver, now_ms))
    return Features(account.accounts, directory, account)
