"""Signing in, step by step: password, then whatever the person's second factor and other sessions ask for.

Between the steps stands a ticket (`accounts.ticket`) whose key only the browser's cookie holds.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Literal, Protocol

from server.accounts import trust
from server.accounts.failed import FailedSignIns
from server.accounts.notices import Notices
from server.accounts.oauth.service import Consent
from server.accounts.oidc.provider import OidcRequestGone
from server.accounts.rules import BadCredentials, TooManyAttempts
from server.accounts.second_factor import CodeMethod, SecondFactors, Setup, SmsFailed
from server.accounts.service import Client, Layout, Session, SignedIn
from server.accounts.settings import Settings
from server.accounts.ticket import LIVES, Method, Ticket, TicketGone, WrongStep
from server.accounts.tickets import Tickets
from server.accounts.trust import Tagger
from server.audit.service import Audit
from server.directory.ports import PersonById
from server.directory.rules import email_key
from server.directory.service import Person
from server.homeserver.errors import HomeserverError


@dataclass(frozen=True, slots=True)
class AskCode:
    """A code of one of `methods` is asked; `sent` says whether a text message is on its way to `hint`."""

    method: Method
    methods: list[Method]
    hint: str
    sent: bool
    resend_after: int


@dataclass(frozen=True, slots=True)
class AskEnrolment:
    """The organisation wants a second factor, and the person has none: one of `methods` is to be added."""

    methods: list[Method]


@dataclass(frozen=True, slots=True)
class AskConfirmation:
    """A session of this layout lives elsewhere and will end."""

    browser: str
    since: int
    layout: Layout


@dataclass(frozen=True, slots=True)
class AskConsent:
    """Another Matrix client asks to be connected with the account; `email` says whose that is."""

    consent: Consent
    email: str


@dataclass(frozen=True, slots=True)
class Redirect:
    """Another client's sign-in is complete: the browser goes back to it."""

    location: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a step led to, and what the browser's cookies become: `ticket` None means that it is over."""

    step: AskCode | AskEnrolment | AskConfirmation | AskConsent | Redirect | SignedIn
    ticket: str | None = field(default=None, repr=False)
    trust: str | None = field(default=None, repr=False)
    known: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Cookies:
    """What a browser brought along."""

    session: str | None = field(default=None, repr=False)
    ticket: str | None = field(default=None, repr=False)
    trust: str | None = field(default=None, repr=False)
    known: str | None = field(default=None, repr=False)


class SessionOpening(Protocol):
    async def verify(self, email: str, password: str, address: str, browser: str | None = None) -> Person: ...

    async def open(self, person: Person, client: Client, old_token: str | None = None) -> SignedIn: ...

    async def sessions(self, person: Person) -> list[Session]: ...

    async def who(self, token: str) -> tuple[Person, Session] | None: ...


class Requests(Protocol):
    """Sign-ins of other Matrix clients that wait for this one."""

    def consent(self, request_id: str) -> Consent | None:
        """What the person is asked before; None when signing in is enough."""

    def refuse(self, request_id: str) -> str:
        """The address to go back to for who does not agree. Raises `OidcRequestGone`."""

    async def complete(self, request_id: str, person: Person, client: Client) -> str:
        """The address to go back to. Raises `OidcRequestGone`."""


class SignIn:
    """`ask` is whether a second browser is asked before the first one's session ends."""

    def __init__(
        self,
        accounts: SessionOpening,
        people: PersonById,
        factors: SecondFactors,
        tickets: Tickets,
        settings: Settings,
        requests: Requests,
        tagger: Tagger,
        notices: Notices,
        audit: Audit,
        failed: FailedSignIns,
        *,
        ask: bool,
        now_ms: Callable[[], int],
        fresh_token: Callable[[], str],
    ) -> None:
        self._accounts = accounts
        self._people = people
        self._factors = factors
        self._tickets = tickets
        self._settings = settings
        self._requests = requests
        self._tagger = tagger
        self._notices = notices
        self._audit = audit
        self._failed = failed
        self._ask = ask
        self._now_ms = now_ms
        self._fresh_token = fresh_token

    async def begin(
        self, email: str, password: str, client: Client, cookies: Cookies, oidc: str | None = None
    ) -> Outcome:
        """The password. Raises what `Accounts.verify` and the homeserver raise."""
        browser = trust.known_browser(self._tagger, cookies.known, email_key(email), self._now_ms())
        try:
            person = await self._accounts.verify(email, password, client.address, browser)
        except BadCredentials:
            await self._failed.note(email, client.address)
            raise
        return await self.proceed(person, client, cookies, oidc)

    async def proceed(
        self, person: Person, client: Client, cookies: Cookies, oidc: str | None = None
    ) -> Outcome:
        """Go on with a person whose password is right, or who has just set it through a link."""
        if cookies.ticket:
            # A ticket of before the password is never carried on.
            await self._tickets.drop(cookies.ticket)
        ticket = Ticket(person.id, "code", self._now_ms() + LIVES, client.layout, client.browser, oidc)
        if await self._factors.of(person):
            if await self._trusted(person, cookies):
                return await self._proved(person, ticket, client, cookies)
            key = await self._issue(ticket)
            return Outcome(await self._asked(key, person, client.address), key)
        if self._factors.required:
            key = await self._issue(replace(ticket, step="enrol"))
            return Outcome(AskEnrolment(self._factors.available), key)
        return await self._proved(person, ticket, client, cookies)

    async def _trusted(self, person: Person, cookies: Cookies) -> bool:
        epoch = (await self._settings.of(person.id)).trust_epoch
        return cookies.trust is not None and trust.trusted(
            self._tagger, cookies.trust, person.id, epoch, self._now_ms()
        )

    async def _issue(self, ticket: Ticket) -> str:
        key = self._fresh_token()
        await self._tickets.put(key, ticket)
        return key

    async def _asked(self, key: str, person: Person, address: str) -> AskCode:
        """Ask for a code; when text messages are all the person has, one is sent at once."""
        have = await self._factors.of(person)
        sent = False
        if have[0].method == "sms":
            sent = await self._sent(key, person, address)
        return await self._code_step(person, have[0].method, sent=sent)

    async def _code_step(self, person: Person, method: Method, *, sent: bool) -> AskCode:
        have = await self._factors.of(person)
        if not have:
            raise TicketGone
        pause = await self._factors.resend_after(person) if sent else 0
        hint = self._factors.hint(have[-1])
        return AskCode(method, [factor.method for factor in have], hint, sent, pause)

    async def _sent(self, key: str, person: Person, address: str) -> bool:
        try:
            await self._factors.send(key, person, address)
        except (SmsFailed, TooManyAttempts):
            # The person is not stuck: there is a button to send again, and recovery codes.
            return False
        return True

    # The steps

    async def current(self, cookies: Cookies) -> Outcome:
        """Where this browser's sign-in stands, for a page that was loaded again. Raises `TicketGone`."""
        key, ticket, person = await self._held(cookies)
        if ticket.step == "enrol":
            return Outcome(AskEnrolment(self._factors.available), key)
        if ticket.step == "consent":
            return Outcome(self._consent(person, ticket), key)
        if ticket.step == "elsewhere":
            return Outcome(await self._confirmation(person, ticket, cookies) or _nowhere(ticket), key)
        if ticket.step == "proved":
            raise WrongStep
        sent = ticket.sent is not None
        have = await self._factors.of(person)
        method = "sms" if sent or not have else have[0].method
        return Outcome(await self._code_step(person, method, sent=sent), key)

    async def send(self, cookies: Cookies, address: str) -> Outcome:
        """Send a text message (again). Raises what `SecondFactors.send` raises."""
        key, ticket, person = await self._held(cookies)
        ticket.at("code")
        await self._factors.send(key, person, address)
        return await self.current(cookies)

    async def code(
        self, cookies: Cookies, method: CodeMethod, code: str, address: str, *, trusting: bool
    ) -> Outcome:
        """Raises `WrongCode`, `TooManyAttempts`, `TicketGone`, `WrongStep`."""
        key, ticket, person = await self._held(cookies)
        ticket.at("code")
        await self._factors.check(key, person, method, code, address)
        if method == "recovery":
            await self._audit.record(
                "recovery_code.used", actor=person.user_id, subject=person.user_id, address=address
            )
            await self._notices.tell(person, "recovery")
        ticket = await self._tickets.take(key, lambda ticket: ticket.at("code"))
        return await self._past_code(person, ticket, cookies, address, trusting=trusting)

    async def enrol(self, cookies: Cookies, method: Method, mobile: str, address: str) -> Setup:
        """Begin to add the first factor. Raises what `SecondFactors.begin_*` raise."""
        key, ticket, person = await self._held(cookies)
        ticket.at("enrol")
        if await self._factors.of(person):
            # Somebody who holds only the password came later than the person.
            raise TicketGone
        if method == "totp":
            return await self._factors.begin_totp(key, person)
        return await self._factors.begin_sms(key, person, mobile, address)

    async def verify_enrolment(self, cookies: Cookies, code: str, address: str) -> list[str]:
        """Add the first factor; the recovery codes. Raises what `SecondFactors.confirm` raises."""
        key, ticket, person = await self._held(cookies)
        ticket.at("enrol")
        if await self._factors.of(person):
            raise TicketGone
        recovery = await self._factors.confirm(key, person, code, address)
        await self._tickets.change(key, lambda ticket: replace(ticket.at("enrol"), step="proved"))
        return recovery

    async def finish_enrolment(self, cookies: Cookies, address: str, *, trusting: bool) -> Outcome:
        """Go on after the recovery codes were written down. Raises `TicketGone`, `WrongStep`."""
        key, _, person = await self._held(cookies)
        ticket = await self._tickets.take(key, lambda ticket: ticket.at("proved"))
        return await self._past_code(person, ticket, cookies, address, trusting=trusting)

    async def confirm(self, cookies: Cookies, address: str) -> Outcome:
        """End the session elsewhere and open this one. Raises `TicketGone`, `WrongStep`."""
        key, _, person = await self._held(cookies)
        ticket = await self._tickets.take(key, lambda ticket: ticket.at("elsewhere"))
        return await self._opened(key, person, ticket, cookies, address)

    async def agree(self, cookies: Cookies, address: str, *, agrees: bool) -> Outcome:
        """Answer the other client. Raises `TicketGone`, `WrongStep`, `OidcRequestGone`, `HomeserverError`."""
        key, _, person = await self._held(cookies)
        ticket = await self._tickets.take(key, lambda ticket: ticket.at("consent"))
        if not agrees:
            return Outcome(Redirect(self._requests.refuse(ticket.oidc or "")))
        try:
            return await self._opened(key, person, ticket, cookies, address)
        except HomeserverError:
            await self._tickets.put(key, ticket)
            raise

    async def abandon(self, cookies: Cookies) -> None:
        if cookies.ticket:
            await self._tickets.drop(cookies.ticket)

    # Behind the second factor

    async def _past_code(
        self, person: Person, ticket: Ticket, cookies: Cookies, address: str, *, trusting: bool
    ) -> Outcome:
        epoch = (await self._settings.of(person.id)).trust_epoch
        value = trust.trust_value(self._tagger, person.id, epoch, self._now_ms()) if trusting else None
        client = Client(ticket.layout, address, ticket.browser)
        outcome = await self._proved(person, ticket, client, cookies)
        return replace(outcome, trust=value)

    async def _proved(self, person: Person, ticket: Ticket, client: Client, cookies: Cookies) -> Outcome:
        elsewhere = await self._confirmation(person, ticket, cookies)
        if elsewhere is not None:
            # A fresh key: what was known of the ticket before the code opens nothing.
            key = await self._issue(replace(ticket, step="elsewhere", sent=None, enrolment=None))
            return Outcome(elsewhere, key)
        return await self._opened(None, person, ticket, cookies, client.address)

    async def _confirmation(self, person: Person, ticket: Ticket, cookies: Cookies) -> AskConfirmation | None:
        """Where the person is now, if they must be asked."""
        if ticket.oidc is not None or not self._ask:
            return None
        own = await self._accounts.who(cookies.session) if cookies.session else None
        for session in await self._accounts.sessions(person):
            if session.layout != ticket.layout or (own and own[1].token_hash == session.token_hash):
                continue
            return AskConfirmation(session.browser, session.created_at, session.layout)
        return None

    async def _opened(
        self, key: str | None, person: Person, ticket: Ticket, cookies: Cookies, address: str
    ) -> Outcome:
        client = Client(ticket.layout, address, ticket.browser)
        if ticket.oidc is not None and ticket.step != "consent" and self._requests.consent(ticket.oidc):
            # A fresh key, as after every proof.
            asking = replace(ticket, step="consent", sent=None, enrolment=None)
            fresh = await self._issue(asking)
            return Outcome(self._consent(person, asking), fresh, known=self._remembered(person, cookies))
        if ticket.oidc is not None:
            location = await self._requests.complete(ticket.oidc, person, client)
            await self._tell(person, address, "oidc")
            return Outcome(Redirect(location), known=self._remembered(person, cookies))
        try:
            signed_in = await self._accounts.open(person, client, cookies.session)
        except HomeserverError:
            if key is not None:
                # Nothing was lost but time: the same confirmation works when the homeserver is back.
                await self._tickets.put(key, ticket)
            raise
        await self._tell(person, address, ticket.layout)
        return Outcome(signed_in, known=self._remembered(person, cookies))

    def _consent(self, person: Person, ticket: Ticket) -> AskConsent:
        consent = self._requests.consent(ticket.oidc or "")
        if consent is None:
            raise OidcRequestGone
        return AskConsent(consent, person.email)

    def _remembered(self, person: Person, cookies: Cookies) -> str:
        key, nonce = email_key(person.email), self._fresh_token()
        return trust.remembered(self._tagger, cookies.known, key, nonce, self._now_ms())

    async def _tell(self, person: Person, address: str, where: Literal["desktop", "phone", "oidc"]) -> None:
        await self._audit.record(
            "sign_in.done",
            actor=person.user_id,
            subject=person.user_id,
            address=address,
            details={"layout": where},
        )

    async def _held(self, cookies: Cookies) -> tuple[str, Ticket, Person]:
        if not cookies.ticket:
            raise TicketGone
        ticket = await self._tickets.get(cookies.ticket)
        person = await self._people.by_id(ticket.person_id)
        if person is None:
            raise TicketGone
        return cookies.ticket, ticket, person


def _nowhere(ticket: Ticket) -> AskConfirmation:
    """The other session ended by itself meanwhile: confirming is all the same the next step."""
    return AskConfirmation("", 0, ticket.layout)
