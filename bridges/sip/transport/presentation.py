"""How a call appears to a provider: the account, the caller's number, and whether it is withheld."""

from collections.abc import Sequence

from bridges.sip.message.flow import host_port
from bridges.sip.message.reply import Header
from bridges.sip.transport.api import NameAddress, TrunkConfig

__all__ = ["hop_of", "present", "proxy_route"]

ANONYMOUS = NameAddress("sip:anonymous@anonymous.invalid", "Anonymous")
#: Header fields that carry the caller's number beside From, by their names in the configuration.
HEADERS = {"pai": "P-Asserted-Identity", "ppi": "P-Preferred-Identity"}


def present(
    config: TrunkConfig, number: str | None, domain: str, *, hidden: bool = False
) -> tuple[NameAddress, tuple[Header, ...]]:
    """From, and the headers that say who calls (RFC 3323, RFC 3325, Section 9.1; Remote-Party-ID of
    draft-ietf-sip-privacy-04).

    `number` is None where there is none to show. A `hidden` one is withheld from the callee: the provider,
    which bills the call, still reads it in the header that it asks for.
    """
    host = config.from_domain or (config.host if config.kind == "register" else domain)
    shown = None if hidden else number
    if config.from_user:
        from_ = NameAddress(f"sip:{config.from_user}@{host}", "Anonymous" if hidden else shown or "")
    elif shown and "from" in config.caller_in:
        from_ = NameAddress(f"sip:{shown}@{host}", shown)
    elif config.username and "from" not in config.caller_in:
        from_ = NameAddress(f"sip:{config.username}@{host}", "Anonymous" if hidden else shown or "")
    else:
        from_ = ANONYMOUS
    return from_, (*_identities(config.caller_in, number, host, hidden), *_privacy(hidden))


def _identities(wanted: Sequence[str], number: str | None, host: str, hidden: bool) -> tuple[Header, ...]:
    if number is None:
        return ()
    uri = f"<sip:{number}@{host}>"
    found = [(name, uri) for key, name in HEADERS.items() if key in wanted]
    if "rpid" in wanted:
        privacy = "full" if hidden else "off"
        found.append(("Remote-Party-ID", f"{uri};party=calling;screen=yes;privacy={privacy}"))
    return tuple(found)


def _privacy(hidden: bool) -> tuple[Header, ...]:
    return (("Privacy", "id"),) if hidden else ()


def hop_of(config: TrunkConfig) -> tuple[str, int | None]:
    """The host and port that requests are sent to: the outbound proxy, or the provider itself. A port of None
    is found in the DNS."""
    if not config.outbound_proxy:
        return config.host, config.port
    text = config.outbound_proxy.removeprefix("sip:").partition(";")[0]
    host, colon, port = text.rpartition(":")
    if not colon or (host.count(":") and not host.endswith("]")):
        return text, None
    return host, int(port) if port.isascii() and port.isdigit() else None


def proxy_route(config: TrunkConfig) -> tuple[str, ...]:
    """The Route of a request through the outbound proxy (RFC 3261, Section 8.1.2)."""
    if not config.outbound_proxy:
        return ()
    host, port = hop_of(config)
    transport = config.transport
    where = host_port(host, None if port == transport.default_port else port)
    return (f"<sip:{where}{transport.uri_parameter};lr>",)
