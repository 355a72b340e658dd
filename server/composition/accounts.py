"""Where the accounts are put together, with and without a web process around them."""

import secrets
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from server.accounts import factor_reset, welcome
from server.accounts.account import Account
from server.accounts.account_http import AccountApi
from server.accounts.choosing import PasswordChoice
from server.accounts.cookies import CookieJar
from server.accounts.devices import MatrixDevices
from server.accounts.factor_store import SqlFactors, SqlPersonData, SqlPhotos, SqlSettings, SqlTickets
from server.accounts.failed import FailedSignIns
from server.accounts.foreign import ForeignClients
from server.accounts.forgotten import Forgotten
from server.accounts.hashing import Argon2Hasher
from server.accounts.http import SessionApi
from server.accounts.invitations import Invitations
from server.accounts.janitor import Janitor
from server.accounts.link_http import LinkApi
from server.accounts.link_store import SqlLinks
from server.accounts.links import Links
from server.accounts.notices import Notices
from server.accounts.oauth.clients import Clients
from server.accounts.oauth.grants import Grants
from server.accounts.oauth.http import OAuthApi
from server.accounts.oauth.service import Authorizations
from server.accounts.oauth.store import SqlClients, SqlGrants
from server.accounts.oidc.http import OidcApi
from server.accounts.oidc.keys import SigningKey
from server.accounts.oidc.provider import Provider, Synapse
from server.accounts.oidc.service import OtherClients
from server.accounts.oidc.store import SqlOidcSessions
from server.accounts.proofs import Proofs
from server.accounts.second_factor import Place, SecondFactors
from server.accounts.service import Accounts, Hasher, SessionListener
from server.accounts.settings import Settings
from server.accounts.sign_in import SignIn
from server.accounts.signing_keys_http import SigningKeys
from server.accounts.store import SqlFailures, SqlPasswords, SqlSessions
from server.accounts.throttling import Attempts
from server.accounts.tickets import Tickets
from server.audit.service import AuditLog
from server.audit.store import SqlAudit
from server.composition.context import AppContext
from server.config import Config
from server.directory.service import Directory, Person
from server.homeserver import rendering
from server.homeserver.client import HomeserverClient
from server.notifications import http as demo_http
from server.notifications.demo import DemoOutbox, DemoPost, DemoSms
from server.notifications.service import Courier, Language, MailCarrier, Outbox, SmsCarrier
from server.notifications.sms import HttpSms, SmppSms
from server.notifications.smtp import SmtpCarrier, sender_or_default
from server.notifications.store import SqlOutbox
from server.sealing import Seal
from server.secrets import Secrets
from server.storage import Database


@dataclass(frozen=True)
class Foundation:
    """What the accounts stand on. `clock` is the wall clock in milliseconds since the epoch."""

    config: Config
    secrets: Secrets
    database: Database
    directory: Directory
    homeserver: HomeserverClient
    clock: Callable[[], int]
    hasher: Hasher | None = None
    listeners: Sequence[SessionListener] = ()


@dataclass(frozen=True)
class AccountFeatures:
    """The use cases of the accounts that do without a web process."""

    accounts: Accounts
    choice: PasswordChoice
    audit: AuditLog
    invitations: Invitations
    factors: SecondFactors
    settings: Settings
    others: OtherClients
    oauth_clients: Clients
    oauth: Authorizations
    grants: Grants
    foreign: ForeignClients
    provider: Provider
    outbox: Outbox
    links: Links
    attempts: Attempts
    tickets: Tickets
    seal: Seal
    notices: Notices
    proofs: Proofs
    hasher: Hasher
    clock: Callable[[], int]
    demo: DemoOutbox | None


def make_accounts(ground: Foundation) -> AccountFeatures:
    engine, config, clock = ground.database.engine, ground.config, ground.clock
    audit, seal = AuditLog(SqlAudit(engine), clock), Seal(ground.secrets.sealing_key)
    attempts, tickets = Attempts(SqlFailures(engine), clock), Tickets(SqlTickets(engine), clock)
    settings = Settings(SqlSettings(engine), config.organisation.languages[0])
    outbox = Outbox(SqlOutbox(engine), seal, now_ms=clock, fresh_id=_fresh_id)
    demo = DemoOutbox(clock) if config.demo.enabled else None
    provider = _provider(ground)
    others = OtherClients(
        provider, SqlOidcSessions(engine), ground.homeserver, now_ms=clock, fresh_sid=_fresh_id
    )
    grants = Grants(SqlGrants(engine), ground.homeserver)
    clients = Clients(SqlClients(engine), attempts, clock)
    oauth = Authorizations(
        clients,
        grants,
        ground.homeserver,
        ground.directory,
        seal,
        now_ms=clock,
        fresh_id=_fresh_id,
        fresh_token=_fresh_token,
    )
    foreign = ForeignClients(others, oauth, grants)
    hasher = ground.hasher or Argon2Hasher()
    accounts = Accounts(
        ground.directory,
        SqlPasswords(engine),
        SqlSessions(engine),
        SqlFailures(engine),
        MatrixDevices(ground.homeserver),
        hasher,
        now_ms=clock,
        fresh_token=_fresh_token,
        fresh_device_id=lambda: f"UNISONO_{secrets.token_hex(8).upper()}",
        listeners=ground.listeners,
        data=SqlPersonData(engine),
        others=foreign,
    )
    links = Links(
        SqlLinks(engine),
        origin=config.web.origin,
        now_ms=clock,
        fresh_token=_fresh_token,
        fresh_id=_fresh_id,
    )
    place = Place(config.organisation.name, config.web.origin, config.organisation.region)
    factors = SecondFactors(
        SqlFactors(engine),
        tickets,
        settings,
        seal,
        sms_of(config, demo),
        attempts,
        audit,
        place,
        required=config.accounts.second_factor == "required",
        texts_a_day=config.sms.messages_a_day,
        now_ms=clock,
    )
    choice = PasswordChoice(attempts, config.organisation.name)
    invitations = Invitations(
        ground.directory,
        accounts,
        choice,
        links,
        settings,
        mailer_of(config, outbox),
        audit,
        organisation=config.organisation.name,
        now_ms=clock,
    )
    return AccountFeatures(
        accounts,
        choice,
        audit,
        invitations,
        factors,
        settings,
        others,
        clients,
        oauth,
        grants,
        foreign,
        provider,
        outbox,
        links,
        attempts,
        tickets,
        seal,
        Notices(mailer_of(config, outbox), settings, config.organisation.name),
        Proofs(clock),
        hasher,
        clock,
        demo,
    )


def serve_accounts(context: AppContext, ground: Foundation, made: AccountFeatures) -> None:
    """Register the blueprints of the accounts with `context.app`, and what runs beside them."""
    config, show = context.config, ground.directory.view
    jar = CookieJar(secure=config.web.https)
    organisation, mailer = config.organisation.name, mailer_of(config, made.outbox)
    notices = made.notices
    failed = FailedSignIns(made.audit, ground.clock)
    sign_in = SignIn(
        made.accounts,
        ground.directory,
        made.factors,
        made.tickets,
        made.settings,
        made.foreign,
        made.seal,
        notices,
        made.audit,
        failed,
        ask=config.accounts.second_browser == "ask",
        now_ms=ground.clock,
        fresh_token=_fresh_token,
    )
    forgotten = Forgotten(
        ground.directory,
        made.accounts,
        made.choice,
        made.links,
        made.settings,
        mailer,
        notices,
        made.attempts,
        made.audit,
        organisation=organisation,
    )
    account = Account(
        made.accounts,
        made.choice,
        made.foreign,
        made.factors,
        made.settings,
        SqlPhotos(ground.database.engine),
        ground.directory,
        ground.homeserver,
        notices,
        made.audit,
        made.proofs,
    )
    links = LinkApi(made.invitations, forgotten, made.attempts, show, organisation)
    oidc = OidcApi(made.provider, made.others, jar, config.web.origin)
    for blueprint in (
        welcome.blueprint(config),
        SessionApi(made.accounts, sign_in, jar, show).blueprint(),
        links.blueprint(),
        AccountApi(account, made.factors, ground.directory, show).blueprint(),
        factor_reset.blueprint(made.factors, ground.directory, notices, made.audit),
        oidc.blueprint(),
        OAuthApi(made.oauth_clients, made.oauth, jar, config.web.origin).blueprint(),
        SigningKeys(ground.homeserver, made.accounts, ground.directory, notices, made.audit).blueprint(),
    ):
        context.app.blueprint(blueprint)
    tidy = [made.tickets.purge, made.others.tell, made.grants.sweep, made.oauth_clients.purge]
    janitor = Janitor([made.accounts.sweep, *tidy, failed.sweep])
    context.on_start += [forgotten.start, janitor.start]
    context.on_stop += [failed.close, forgotten.stop, janitor.stop]
    _deliver(context, made)


def _deliver(context: AppContext, made: AccountFeatures) -> None:
    """Mail leaves through the configured server; the demo has one of its own."""
    config = context.config
    domain = config.organisation.domain
    sender = sender_or_default(config.mail.sender, config.organisation.name, _mail_domain(config))
    carrier: MailCarrier
    if config.mail.host:
        carrier = SmtpCarrier(config.mail, sender, domain)
    elif made.demo is not None:
        carrier = post = DemoPost(made.demo, config.mail, config.demo.mail_port, sender, domain)
        context.on_start.append(post.start)
        context.on_stop.append(post.stop)
    else:
        return
    if made.demo is not None:
        context.app.blueprint(demo_http.blueprint(made.demo))
    courier = Courier(made.outbox, carrier)
    context.on_start.append(courier.start)
    context.on_stop.append(courier.stop)


def mailer_of(config: Config, outbox: Outbox) -> Outbox | None:
    """Where mails go; None where no mail server is configured."""
    return outbox if config.mail.host or config.demo.enabled else None


def _mail_domain(config: Config) -> str:
    """An address needs a domain with a dot to be taken by most servers; "localhost" has none."""
    domain = config.organisation.domain
    return domain if "." in domain else f"{domain}.invalid"


def sms_of(config: Config, demo: DemoOutbox | None) -> SmsCarrier | None:
    """Who carries text messages; None where nobody does."""
    if config.sms.provider == "http":
        return HttpSms(config.sms.http)
    if config.sms.provider == "smpp":
        return SmppSms(config.sms.smpp)
    return DemoSms(demo) if demo is not None else None


def _provider(ground: Foundation) -> Provider:
    config = ground.config
    client = Synapse(
        rendering.OIDC_CLIENT, ground.secrets.oidc_client_secret, rendering.oidc_callback(config)
    )
    key = SigningKey(ground.secrets.oidc_signing_seed)
    return Provider(rendering.oidc_issuer(config), client, key, ground.clock)


def _fresh_token() -> str:
    return secrets.token_urlsafe(32)


def _fresh_id() -> str:
    return secrets.token_hex(16)


def language_reader(account: AccountFeatures) -> Callable[[Person], Awaitable[Language]]:
    """In which somebody is written to."""

    async def language(person: Person) -> Language:
        return (await account.settings.of(person.id)).language

    return language
