"""The requests of a line outside of calls, REGISTER and OPTIONS, of one Call-ID (RFC 3261, Section 10.2)."""

from bridges.sip.message import Flow, OutgoingRequest
from bridges.sip.message.flow import host_port
from bridges.sip.message.reply import Header
from bridges.sip.transport.api import TrunkConfig
from bridges.sip.transport.core import Core
from bridges.sip.transport.presentation import proxy_route

__all__ = ["LineRequests"]


class LineRequests:
    """Each is one further in the count of the Call-ID."""

    def __init__(self, core: Core, config: TrunkConfig) -> None:
        self._core = core
        self._config = config
        self._call_id = core.new_call_id()
        self._tag = core.new_tag()
        self._cseq = 0

    @property
    def uri(self) -> str:
        """The provider's domain."""
        config = self._config
        usual = config.port == config.transport.default_port
        return f"sip:{host_port(config.host, None if usual else config.port)}"

    def request(self, method: str, flow: Flow, headers: tuple[Header, ...]) -> OutgoingRequest:
        self._cseq += 1
        config = self._config
        user = f"{config.username}@" if config.username else ""
        address = f"<sip:{user}{config.from_domain or config.host}>"
        return OutgoingRequest(
            method=method,
            uri=self.uri,
            transport=flow.transport,
            sent_by=self._core.sent_by(flow),
            branch=self._core.new_branch(),
            from_=f"{address};tag={self._tag}",
            to=address,
            call_id=self._call_id,
            cseq=self._cseq,
            route=proxy_route(config),
            headers=(("User-Agent", self._core.config.user_agent), *headers),
        )
