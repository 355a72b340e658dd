"""What the accounts' routes answer, for the document of the API; tests hold the answers to it."""

from typing import Literal

import msgspec
from msgspec import UNSET, UnsetType

from server.accounts.second_factor import CodeMethod
from server.accounts.service import Layout
from server.accounts.ticket import Method
from server.directory.service import PersonView
from server.notifications.service import Language


class Matrix(msgspec.Struct):
    """What a client speaks to the homeserver with; an empty `homeserver_url` is this origin."""

    user_id: str
    device_id: str
    access_token: str
    homeserver_url: str


class Elsewhere(msgspec.Struct):
    """The session that confirming would end. `since` in milliseconds since the epoch."""

    browser: str
    since: int
    layout: Layout


class ConsentAsked(msgspec.Struct):
    """Another Matrix client: its name, where it says that it is from, the device that it becomes, the host
    that hears of it ("" is the person's own machine), and whose account it is."""

    client: str
    host: str
    device_id: str
    back_to: str
    email: str


class SignInAnswer(msgspec.Struct):
    """Signed in (`person` and `matrix`), or the next `step`, or where to go on (`redirect`)."""

    person: PersonView | UnsetType = UNSET
    matrix: Matrix | UnsetType = UNSET
    redirect: str | UnsetType = UNSET
    step: Literal["code", "enrol", "elsewhere", "consent"] | UnsetType = UNSET
    method: CodeMethod | UnsetType = UNSET
    methods: list[CodeMethod] | UnsetType = UNSET
    hint: str | UnsetType = UNSET
    sent: bool | UnsetType = UNSET
    resend_after: int | UnsetType = UNSET
    other: Elsewhere | UnsetType = UNSET
    consent: ConsentAsked | UnsetType = UNSET


class Setup(msgspec.Struct):
    """A second factor that waits for its first code: an authenticator's secret, or a message under way."""

    method: Method
    secret: str | UnsetType = UNSET
    uri: str | UnsetType = UNSET
    qr: str | UnsetType = UNSET
    hint: str | UnsetType = UNSET
    resend_after: int | UnsetType = UNSET


class Recovery(msgspec.Struct):
    recovery_codes: list[str]


class WhoAmI(msgspec.Struct):
    person: PersonView


class InvitationSeen(msgspec.Struct):
    name: str
    email: str
    organisation: str
    language: Language
    expires_at: int


class ResetSeen(msgspec.Struct):
    name: str
    email: str
    organisation: str


class Nothing(msgspec.Struct):
    """Nothing is told."""


class InvitationView(msgspec.Struct):
    """`id` is the person's. Times in milliseconds since the epoch."""

    id: str
    person: PersonView
    language: Language
    invited_by: str
    created_at: int
    expires_at: int
    state: Literal["open", "expired", "revoked", "used"]


class Invitations(msgspec.Struct):
    invitations: list[InvitationView]


class OneInvitation(msgspec.Struct):
    invitation: InvitationView


class Invited(msgspec.Struct):
    """`sip_passwords` by extension, shown once."""

    invitation: InvitationView
    sip_passwords: dict[str, str]


class FactorView(msgspec.Struct):
    method: Method
    hint: str
    created_at: int


class AccountDetails(msgspec.Struct):
    """`photo` is a tag that changes with the picture."""

    person: PersonView
    language: Language
    factors: list[FactorView]
    photo: str | None
    factor_required: bool
    factors_available: list[Method]
    recovery_codes_left: int


class SessionView(msgspec.Struct):
    """`layout` is None for another Matrix client."""

    id: str
    browser: str
    address: str
    layout: Layout | None
    created_at: int
    current: bool


class SessionList(msgspec.Struct):
    sessions: list[SessionView]


class PhotoTag(msgspec.Struct):
    photo: str


class GoOn(msgspec.Struct):
    redirect: str
