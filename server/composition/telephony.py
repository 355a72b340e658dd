"""Where what decides about calls is put together: routes, queues, what people set, calls in progress."""

import time
from collections.abc import Awaitable, Callable
from time import monotonic

from sanic import Request

from server.accounts.session_auth import SessionAuth
from server.blocking.service import BlockedCalls
from server.call_backs import http as call_backs_http
from server.call_backs.service import CallBacks
from server.call_backs.store import SqlCallBacks
from server.composition.accounts import (
    AccountFeatures,
    language_reader,
    mailer_of,
    sms_of,
)
from server.composition.administration import AdminFeatures
from server.composition.context import AppContext
from server.composition.directory import fresh_id
from server.composition.presence import PresenceAssembly
from server.config import Config
from server.config.slots import slots_of
from server.directory.service import Directory, Person
from server.edge.sanic_types import App
from server.events import http as events_http
from server.events.http import FOLLOWER, Follower
from server.events.hub import Event, Hub
from server.forwarding import http as forwarding_http
from server.forwarding.bells import Bells
from server.forwarding.moments import rests, sends_all_on
from server.forwarding.rules import Situation
from server.forwarding.service import Forwarding, InForce, Wanted, WantedRinging
from server.forwarding.store import SqlServices
from server.groups.rules import RingGroup
from server.groups.service import Groups
from server.hours.service import HoursNow
from server.meetings.local_time import zone_of
from server.notifications.service import Language
from server.queues.http import Api as QueuesApi
from server.queues.service import Queues
from server.queues.store import SqlQueues
from server.queues.supervising import Supervising
from server.sfu.forwarding.bucket import Buckets
from server.telephony import code_choice_http, commands_http, internal, limits_http
from server.telephony import http as telephony_http
from server.telephony.alarm import Alarm
from server.telephony.call_services import CallServices, ServiceRules
from server.telephony.code_choice import CodeChoice
from server.telephony.code_settings import CodeSettings
from server.telephony.code_store import SqlCodes
from server.telephony.commands import CallBridge, Commander, Commands
from server.telephony.commands_http import COMMANDER
from server.telephony.destinations import Destinations, regions
from server.telephony.devices import Mobiles
from server.telephony.dialplan import DialIn, Outside
from server.telephony.limits import Limits
from server.telephony.lookup import Lookup
from server.telephony.matrix_memory import MatrixMemory
from server.telephony.memory import RouteMemory
from server.telephony.on_the_phone import OnThePhone
from server.telephony.onward import payer
from server.telephony.outgoing import Outgoing
from server.telephony.pick_ups import PickUps
from server.telephony.records import CallRecords
from server.telephony.replies import Replies
from server.telephony.reservation_store import SqlReservations
from server.telephony.service import Telephony
from server.telephony.state import PhoneState
from server.telephony.store import SqlCallRecords, SqlSavedPresences, SqlSnapshots
from server.telephony.targets import Targets
from server.telephony.watch import BridgeProbe, Watch

#: Commands about calls in progress that one person may give: a second, and at once.
COMMANDS_A_SECOND, COMMANDS_AT_ONCE = 2.0, 20.0
#: Text messages in reply to a call that one person may send: a second, and at once.
TEXTS_A_SECOND, TEXTS_AT_ONCE = 1 / 60, 5.0


def compose_queues(
    context: AppContext,
    memory: RouteMemory,
    directory: Directory,
    phones: PhoneState,
    hub: Hub,
    admin: AdminFeatures,
    account: AccountFeatures,
) -> tuple[Queues, Supervising]:
    engine = context.database.engine

    def on_the_phone(user_id: str) -> bool:
        return phones.on_the_phone(user_id) or bool(phones.live_calls(user_id))

    records, clock = SqlCallRecords(engine), account.clock
    region = context.config.organisation.region
    blocked = BlockedCalls(memory, memory, records, region=region, now_ms=clock)
    holding = InForce(memory, timezone_of(context.config), clock, blocked.after_emergency)
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
        blocked,
        fresh_id=fresh_id,
        language=context.config.organisation.languages[0],
    )
    supervising = Supervising(
        queues, memory, admin.bridge, admin.audit, lambda: phones.snapshot.live, fresh_id=fresh_id
    )
    api = QueuesApi(
        queues, directory.by_user_id, region, language_reader(account), account.clock, supervising
    )
    context.app.blueprint(api.blueprint())
    admin.administration.ending.append(queues.gone)
    context.on_start += [queues.start, supervising.start]
    context.on_stop += [queues.stop, supervising.stop]
    return queues, supervising


def _queue_may_call(outgoing: Outgoing) -> Callable[[RingGroup, str], Awaitable[bool]]:
    async def may_call(queue: RingGroup, number: str) -> bool:
        return await outgoing.look(payer(queue), Outside(number)) is None

    return may_call


def compose_telephony(
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
    supervising: Supervising,
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
    queues.may_call = _queue_may_call(outgoing)
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
        presence,
        queues,
    )
    blocked = BlockedCalls(
        memory,
        memory,
        SqlCallRecords(engine),
        region=context.config.organisation.region,
        now_ms=account.clock,
    )
    telephony = Telephony(
        memory,
        memory,
        homeserver,
        MatrixMemory(homeserver, time.monotonic),
        InForce(memory, timezone_of(context.config), account.clock, blocked.after_emergency),
        phones.on_the_phone,
        domain=context.config.organisation.domain,
        region=context.config.organisation.region,
        outgoing=outgoing,
        ring_seconds=context.config.telephony.ring_seconds,
        dial_in=_dial_in(context.config),
        services=services,
        mailboxes=memory,
        refuser=blocked,
        code_settings=code_settings,
        mobiles=Mobiles(language_by_user_id(memory, account), account.clock),
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
    telephony.code_table = memory.code_table

    async def called(caller: str, principal: str, dialled: str) -> None:
        await admin.audit.record(
            "delegates.called", actor=caller, subject=principal, details={"dialled": dialled}
        )

    telephony.on_behalf.called = called
    codes = CodeChoice(SqlCodes(engine), context.config.telephony.star_codes, admin.audit)
    context.app.blueprint(code_choice_http.blueprint(codes))
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
            supervising.look,
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
    presence: PresenceAssembly,
    agents: Queues,
) -> CodeSettings:
    region, ring_for = context.config.organisation.region, context.config.telephony.ring_seconds
    targets = Targets(
        Lookup(memory, region, _dial_in(context.config), memory, memory), memory, outgoing, region
    )
    targets.code_table = memory.code_table
    timezone, clock = timezone_of(context.config), account.clock
    forwarding = Forwarding(own_services, memory, targets, memory, hub, clock)
    bells = Bells(own_services, own_services, directory, context.homeserver, timezone, clock)

    def changed(person_id: str) -> None:
        bells.changed(person_id)
        presence.services_changed()

    def moved(person_id: str) -> None:
        bells.moved(person_id)
        presence.services_changed()

    forwarding.on_changed = changed
    presence.appointments_moved = moved
    context.on_start.append(bells.start)
    context.on_stop.append(bells.stop)
    view = forwarding_http.viewer(forwarding, memory, targets, ring_for, timezone, clock)

    async def tell(person: Person) -> None:
        forwarding.tell(person, await view(person, await forwarding.of(person)))

    async def change(person: Person, wanted: dict[Situation, Wanted], do_not_disturb: bool | None) -> None:
        await forwarding.change(person, wanted, WantedRinging(do_not_disturb))
        await tell(person)

    bells.on_moment.append(tell)

    context.app.blueprint(forwarding_http.blueprint(forwarding, view, ring_for))
    return CodeSettings(memory, change, language_reader(account), ring_for, groups, call_backs, agents)


def _compose_call_backs(
    context: AppContext,
    memory: RouteMemory,
    phones: PhoneState,
    admin: AdminFeatures,
    hub: Hub,
    account: AccountFeatures,
) -> CallBacks:
    holding = InForce(memory, timezone_of(context.config), account.clock)

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
        language=language_reader(account),
        fresh_id=fresh_id,
        now_ms=account.clock,
    )
    admin.administration.ending.append(call_backs.gone)
    context.app.blueprint(call_backs_http.blueprint(call_backs))
    return call_backs


def compose_commands(
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
    services = CallServices(people, rules, config.organisation.region, people, people)
    services.code_table = people.code_table
    return services


def _destinations(config: Config) -> Destinations:
    home, section = config.organisation.region, config.telephony
    return Destinations(home, regions(section.allowed, home), section.premium)


def language_by_user_id(
    people: RouteMemory, account: AccountFeatures
) -> Callable[[str], Awaitable[Language]]:
    async def language(user_id: str) -> Language:
        person = await people.by_user_id(user_id)
        return (await account.settings.of(person.id if person else "")).language

    return language


def _alarm(config: Config, directory: Directory, account: AccountFeatures) -> Alarm:
    mailer = mailer_of(config, account.outbox)
    return Alarm(directory, mailer, language_reader(account), config.organisation.name, account.clock)


def timezone_of(config: Config) -> str:
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
