"""The second factor: what a person has, how it is added, and whether a code is right."""

import asyncio
import math
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal, Protocol

import pyotp

from logs import log
from server.accounts import codes, rules
from server.accounts.settings import Settings
from server.accounts.throttling import Attempts
from server.accounts.ticket import LIVES, Enrolment, Method, Ticket, WrongCode, WrongStep
from server.accounts.tickets import Tickets
from server.audit.service import Audit
from server.directory.service import Person
from server.notifications import texts
from server.notifications.service import DeliveryFailed, SmsCarrier
from server.numbers import numbers
from server.sealing import Seal

CodeMethod = Literal["totp", "sms", "recovery"]
_log = log.get(__name__)
_MINUTES = codes.SMS_LIVES // 60_000
#: Seconds that a text message may well take; asking sooner would send a second for nothing.
_PATIENCE = 20


class InvalidMobile(rules.AccountError):
    """This is not a telephone number that can receive text messages."""

    code, field = "not_a_number", "number"


class SmsFailed(rules.AccountError):
    """The text message could not be sent; try again, or choose another way."""

    code, status = "sms_failed", 503


class SmsUnavailable(rules.AccountError):
    """No SMS provider is configured here; use an authenticator app."""

    code, status, field = "sms_unavailable", 409, "method"


class FactorRequired(rules.AccountError):
    """The organisation requires a second factor: the last one cannot be removed."""

    code, status = "second_factor_required", 409


@dataclass(frozen=True, slots=True)
class Factor:
    """`secret` is sealed: the authenticator's key or the mobile number. `created_at` in milliseconds."""

    person_id: str
    method: Method
    secret: str = field(repr=False)
    created_at: int
    last_step: int = 0


@dataclass(frozen=True, slots=True)
class Setup:
    """What an authenticator app is told; or where a code was sent."""

    method: Method
    secret: str = field(default="", repr=False)
    uri: str = field(default="", repr=False)
    hint: str = ""
    resend_after: int = 0


class FactorStore(Protocol):
    async def of(self, person_id: str) -> Sequence[Factor]: ...

    async def put(self, factor: Factor) -> None:
        """In place of the one of the same method."""

    async def remove(self, person_id: str, method: Method) -> bool: ...

    async def use_step(self, person_id: str, step: int, newest: int) -> bool:
        """Mark the authenticator's time step as used; False when it, or a later one, was already.

        Steps after `newest` do not count: they were used while the clock was ahead.
        """

    async def put_recovery(self, person_id: str, tags: Sequence[str]) -> None:
        """In place of all that were there."""

    async def use_recovery(self, person_id: str, tag: str) -> bool:
        """Strike the code off; False when it is not there."""

    async def recovery_left(self, person_id: str) -> int: ...


@dataclass(frozen=True, slots=True)
class Place:
    """Where this server is: what messages and authenticators name."""

    organisation: str
    origin: str
    region: str


class SecondFactors:
    """`sms` is None where text messages cannot be sent; `texts_a_day` of the whole house, 0 for no limit.

    Chance comes from `secrets`.
    """

    def __init__(
        self,
        store: FactorStore,
        tickets: Tickets,
        settings: Settings,
        sealer: Seal,
        sms: SmsCarrier | None,
        attempts: Attempts,
        audit: Audit,
        place: Place,
        *,
        required: bool,
        texts_a_day: int,
        now_ms: Callable[[], int],
    ) -> None:
        self._store = store
        self._tickets = tickets
        self._settings = settings
        self._sealer = sealer
        self._sms = sms
        self._attempts = attempts
        self._audit = audit
        self._place = place
        self.required = required
        self._texts_a_day = texts_a_day
        self._now_ms = now_ms

    @property
    def available(self) -> list[Method]:
        """What can be added here, the better choice first."""
        return ["totp", "sms"] if self._sms else ["totp"]

    async def of(self, person: Person) -> list[Factor]:
        """The better one first."""
        found = {factor.method: factor for factor in await self._store.of(person.id)}
        return [found[method] for method in ("totp", "sms") if method in found]

    async def recovery_left(self, person: Person) -> int:
        return await self._store.recovery_left(person.id)

    def hint(self, factor: Factor) -> str:
        """ "••• 78" for a mobile number, "" for an authenticator."""
        return codes.hint(self._sealer.open(factor.secret)) if factor.method == "sms" else ""

    # Asking for a code

    async def send(self, key: str, person: Person, address: str) -> None:
        """Send a fresh code to the ticket's number: one being enrolled, or the person's.

        Raises `TooManyAttempts`, `SmsFailed`, `WrongStep`, `TicketGone`.
        """
        ticket = await self._tickets.get(key)
        number = await self._number(ticket, person)
        limits = [
            *self._sms_limits(person),
            (rules.subject("sms-to", number), rules.SMS_THROTTLE),
            (rules.from_subject("sms-from", address), rules.SMS_THROTTLE_ADDRESS),
            *rules.texts_of_the_day(self._texts_a_day, self._now_ms() / 1000),
        ]
        await self._attempts.count(limits)
        digits, now = codes.fresh_sms_code(secrets.randbelow), self._now_ms()
        tag, sealed = self._tag(key, digits), self._sealer.seal(number)
        await self._tickets.change(key, lambda ticket: ticket.with_code(tag, sealed, now))
        await self._deliver(person, number, digits)

    async def resend_after(self, person: Person) -> int:
        """Seconds after which another text message may be asked for."""
        return max(_PATIENCE, math.ceil(await self._attempts.wait(self._sms_limits(person))))

    def _sms_limits(self, person: Person) -> list[rules.Limit]:
        return [(rules.subject("sms", person.id), rules.SMS_THROTTLE)]

    async def _number(self, ticket: Ticket, person: Person) -> str:
        if ticket.enrolment is not None and ticket.sent is not None:
            return self._sealer.open(ticket.sent.number)
        mobile = next((f for f in await self._store.of(person.id) if f.method == "sms"), None)
        if ticket.step != "code" or mobile is None:
            raise WrongStep
        return self._sealer.open(mobile.secret)

    async def _deliver(self, person: Person, number: str, digits: str) -> None:
        if self._sms is None:
            raise SmsUnavailable
        language = (await self._settings.of(person.id)).language
        text = texts.code(language, self._place.organisation, digits, _MINUTES, self._place.origin)
        try:
            await self._sms.deliver(number, text)
        except DeliveryFailed as error:
            _log.error("sms_not_delivered", user_id=person.user_id, why=str(error))
            raise SmsFailed from error

    def _tag(self, key: str, digits: str) -> str:
        """Bound to the ticket: the same digits are another code for another browser."""
        return self._sealer.tag("sms", rules.token_hash(key), digits)

    # Judging a code

    async def check(self, key: str, person: Person, method: CodeMethod, code: str, address: str) -> None:
        """Raises `WrongCode`, `TooManyAttempts`, `TicketGone`. A right code works once, whoever is faster."""
        limits = self._limits(person, address)
        await self._attempts.count(limits)
        judge = {"totp": self._totp, "sms": self._sent, "recovery": self._recovery}[method]
        if not await judge(key, person, code):
            await self._audit.record(
                "sign_in.wrong_code",
                actor=person.user_id,
                subject=person.user_id,
                address=address,
                details={"method": method},
            )
            raise WrongCode
        await self._forgive(limits)

    def _limits(self, person: Person, address: str, kind: str = "code") -> list[rules.Limit]:
        """A stranger who holds the password alone must not keep the person from adding a factor."""
        return [
            (rules.subject(kind, person.id), rules.CODE_THROTTLE),
            (rules.address_subject(address), rules.ADDRESS_THROTTLE),
        ]

    async def _forgive(self, limits: list[rules.Limit]) -> None:
        await self._attempts.forgive(limits[0][0], entirely=True)
        await self._attempts.forgive(limits[1][0])

    async def _totp(self, _key: str, person: Person, code: str) -> bool:
        factor = next((f for f in await self._store.of(person.id) if f.method == "totp"), None)
        if factor is None:
            return False
        now = self._now_ms() / 1000
        step = codes.matching_step(self._sealer.open(factor.secret), code, now)
        if step is None or not await self._first(person, step):
            return False
        return await self._store.use_step(person.id, step, codes.newest_step(now))

    async def _first(self, person: Person, step: int) -> bool:
        """Each code once (RFC 6238, Section 5.2), also one that was used while the clock was ahead."""
        subject = rules.subject("totp-step", f"{person.id}:{step}")
        return await self._attempts.once(subject, codes.step_begins(step))

    async def _sent(self, key: str, _person: Person, code: str) -> bool:
        now = self._now_ms()
        try:
            ticket = await self._tickets.change(key, lambda ticket: ticket.guessed(now))
        except WrongCode:
            return False
        tag = self._tag(key, codes.normalised(code))
        if ticket.sent is None or not codes.same(ticket.sent.tag, tag):
            return False
        return await self._strike(key, tag)

    async def _strike(self, key: str, tag: str) -> bool:
        """Take the code off the ticket; False when somebody else did."""

        def struck(ticket: Ticket) -> Ticket:
            if ticket.sent is None or ticket.sent.tag != tag:
                raise WrongCode
            return ticket.without_code()

        try:
            await self._tickets.change(key, struck)
        except WrongCode:
            return False
        return True

    async def _recovery(self, _key: str, person: Person, code: str) -> bool:
        return await self._store.use_recovery(person.id, self._recovery_tag(person, code))

    def _recovery_tag(self, person: Person, code: str) -> str:
        return self._sealer.tag("recovery", person.id, codes.normalised(code))

    # Adding and removing

    async def open_change(self, key: str, person: Person) -> None:
        """Let somebody who is signed in, and gave the password again, change the second factor."""
        await self._tickets.put(key, Ticket(person.id, "account", self._now_ms() + LIVES))

    async def begin_totp(self, key: str, person: Person) -> Setup:
        """A fresh authenticator key, which counts once a code of it was shown. Raises `TicketGone`."""
        secret = pyotp.random_base32()
        enrolment = Enrolment("totp", self._sealer.seal(secret))
        await self._tickets.change(
            key, lambda t: replace(t.at("enrol", "account"), enrolment=enrolment, sent=None)
        )
        return Setup("totp", secret, codes.authenticator_uri(secret, person.email, self._place.organisation))

    async def begin_sms(self, key: str, person: Person, mobile: str, address: str) -> Setup:
        """Send a code to a new number. Raises `InvalidMobile`, `SmsUnavailable` and what `send` raises."""
        if self._sms is None:
            raise SmsUnavailable
        try:
            number = numbers.to_e164(mobile, self._place.region)
        except numbers.NotANumber as error:
            raise InvalidMobile from error
        if not numbers.takes_texts(number):
            raise InvalidMobile
        sealed, now = self._sealer.seal(number), self._now_ms()
        await self._tickets.change(
            key,
            lambda t: replace(t.at("enrol", "account"), enrolment=Enrolment("sms")).with_code(
                "", sealed, now
            ),
        )
        await self.send(key, person, address)
        return Setup("sms", hint=codes.hint(number), resend_after=await self.resend_after(person))

    async def confirm(self, key: str, person: Person, code: str, address: str) -> list[str]:
        """Add the factor that `code` proves; fresh recovery codes when there were none, else nothing.

        Raises `WrongCode`, `TooManyAttempts`, `TicketGone`, `WrongStep`.
        """
        limits = self._limits(person, address, "enrolment")
        await self._attempts.count(limits)
        ticket = (await self._tickets.get(key)).at("enrol", "account")
        if ticket.enrolment is None:
            raise WrongStep
        factor = await self._proved(key, ticket, person, code)
        if factor is None:
            raise WrongCode
        await self._forgive(limits)
        await self._store.put(factor)
        await self._settings.distrust(person.id)
        await self._audit.record(
            "factor.added",
            actor=person.user_id,
            subject=person.user_id,
            address=address,
            details={"method": factor.method},
        )
        return (
            [] if await self._store.recovery_left(person.id) else await self.fresh_recovery(person, address)
        )

    async def _proved(self, key: str, ticket: Ticket, person: Person, code: str) -> Factor | None:
        """The factor, if `code` is right; the ticket's enrolment is then over."""
        now = self._now_ms()
        if ticket.enrolment is not None and ticket.enrolment.method == "totp":
            step = codes.matching_step(self._sealer.open(ticket.enrolment.secret), code, now / 1000)
            proved = step is not None and await self._enrolled(key, ticket.enrolment)
            if step is not None and proved:
                await self._first(person, step)
            return Factor(person.id, "totp", ticket.enrolment.secret, now, step or 0) if proved else None
        if ticket.sent is None or not await self._sent(key, person, code):
            return None
        proved = await self._enrolled(key, Enrolment("sms"))
        return Factor(person.id, "sms", ticket.sent.number, now) if proved else None

    async def _enrolled(self, key: str, enrolment: Enrolment) -> bool:
        def over(ticket: Ticket) -> Ticket:
            if ticket.enrolment != enrolment:
                raise WrongCode
            return replace(ticket, enrolment=None)

        try:
            await self._tickets.change(key, over)
        except WrongCode:
            return False
        return True

    async def fresh_recovery(self, person: Person, address: str) -> list[str]:
        """Ten new codes in place of all there were; shown once."""
        fresh = codes.fresh_recovery_codes(secrets.choice)
        await self._store.put_recovery(person.id, [self._recovery_tag(person, code) for code in fresh])
        await self._audit.record(
            "recovery_codes.made", actor=person.user_id, subject=person.user_id, address=address
        )
        return fresh

    async def remove(self, person: Person, method: Method, address: str) -> bool:
        """False when there was none. Raises `FactorRequired`."""
        have = [factor.method for factor in await self._store.of(person.id)]
        if method not in have:
            return False
        if self.required and len(have) == 1:
            raise FactorRequired
        await self._store.remove(person.id, method)
        if len(have) == 1:
            await self._store.put_recovery(person.id, [])
        await self._settings.distrust(person.id)
        await self._audit.record(
            "factor.removed",
            actor=person.user_id,
            subject=person.user_id,
            address=address,
            details={"method": method},
        )
        return True

    async def reset(self, person: Person) -> None:
        """Take all factors off a person who lost them. The caller says who did so in the audit log."""
        await asyncio.gather(*(self._store.remove(person.id, method) for method in ("totp", "sms")))
        await self._store.put_recovery(person.id, [])
        await self._settings.distrust(person.id)
