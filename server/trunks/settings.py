"""What a provider's sheet asks for beside the address: whose calls come in, and how calls go out."""

import ipaddress
from typing import Any, Literal

import msgspec

from server.numbers.forms import CallerForm, Form, InboundForm, NumberForms

#: More than the networks of the largest providers.
ADDRESSES_MAX = 100
#: A network wider than this is no provider's: everybody in it could call in unasked.
_WIDEST = {4: 8, 6: 16}


#: What concerns the route alone.
ROUTE_SETTINGS = frozenset(
    {
        "answer_within_out",
        "callee_format",
        "callee_prefix",
        "caller_format",
        "foreign_numbers",
        "inbound_format",
        "inbound_prefix",
    }
)
#: Characters of `tls_ca`: some dozen certificates.
TLS_CA_MAX = 65_536
#: Bounds of `answer_within_out` and `answer_within_in`, and of `answer_not_before`, seconds.
ANSWER_WITHIN, ANSWER_NOT_BEFORE = (10, 600), (0.0, 30.0)
CallerHeader = Literal["from", "pai", "ppi", "rpid"]


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Of one line. Kept as JSON: what is missing in a row of an earlier version has its default.

    `addresses`: further IP addresses and networks ("192.0.2.0/24") whose calls are this line's, beside those
    that its host has; whatever port they come from, over UDP and TCP.
    `auth_username`: who answers its digest challenges, if that is not the line's user name.
    `from_user`, `from_domain`: what stands in From; else the caller's number at the organisation's domain (at
    the host where the line registers).
    `outbound_proxy`: "host" or "host:port" that everything is sent through.
    `caller_in`: where the caller's number stands: From, P-Asserted-Identity, P-Preferred-Identity
    (RFC 3325) or Remote-Party-ID.
    `callee_format`, `caller_format`, `inbound_format` and the prefixes: see `server.numbers.forms`.
    `options`: whether a peer is asked by OPTIONS if it is there; some never answer.
    `tls_name`: over TLS, whom the provider's certificate is for, if that is not the host that is called.
    `tls_ca`: PEM certificates of those who may have signed it; without them, whom the machine trusts.
    `tls_fingerprint`: the SHA-256 of the one certificate that is believed, whoever signed it.
    `answer_within_out`, `answer_within_in`: how many seconds a call out through the line, or in from it, may
    ring or play early media (RFC 3960) before somebody answers.
    `answer_not_before`: a call out that is answered within fewer seconds reached a machine of the provider's,
    not the callee (false answer supervision), and goes by the next line; 0 takes every answer.
    `foreign_numbers`: whether a call that came from outside and is forwarded through the line may show who
    called; most lines refuse numbers that are not their customer's, and the number of who forwards is shown.
    """

    addresses: tuple[str, ...] = ()
    auth_username: str | None = None
    from_user: str | None = None
    from_domain: str | None = None
    outbound_proxy: str | None = None
    caller_in: tuple[CallerHeader, ...] = ("from", "pai")
    callee_format: Form = "e164"
    callee_prefix: str = ""
    caller_format: CallerForm = "e164"
    inbound_format: InboundForm = "auto"
    inbound_prefix: str = ""
    options: bool = True
    tls_name: str | None = None
    tls_ca: str | None = None
    tls_fingerprint: str | None = None
    answer_within_out: int = 120
    answer_within_in: int = 180
    answer_not_before: float = 0.0
    foreign_numbers: bool = False

    @property
    def forms(self) -> NumberForms:
        """How the line writes numbers."""
        return NumberForms(
            self.callee_format,
            self.caller_format,
            self.inbound_format,
            self.callee_prefix,
            self.inbound_prefix,
        )

    def for_the_bridge(self) -> dict[str, Any]:
        """What the bridge must know: numbers are written and read by the route."""
        return {k: v for k, v in msgspec.to_builtins(self).items() if k not in ROUTE_SETTINGS}


def network(text: str) -> str:
    """An address or network as it is kept: "192.0.2.7", "192.0.2.0/24". Raises `ValueError`."""
    found = ipaddress.ip_network(text.strip().strip("[]"), strict=False)
    if found.prefixlen < _WIDEST[found.version]:
        raise ValueError("too wide a network")
    return str(found.network_address) if found.num_addresses == 1 else str(found)
