"""Flow control of data channels: the only file that touches private members of aiortc's SCTP.

An association announces how much it still takes (RFC 9260, Section 3.3.4, `a_rwnd`). aiortc always takes
more; whoever forwards to slower ones has to stop its senders, or loses what it promised to deliver.
"""

from aiortc.rtcsctptransport import RTCSctpTransport

#: More than any window: what is announced becomes zero.
_MUCH = 1 << 30


def hold_back(association: RTCSctpTransport) -> None:
    """From the next acknowledgement on, the other side may send nothing more."""
    association._advertised_rwnd -= _MUCH


async def let_go_on(association: RTCSctpTransport) -> None:
    """Takes `hold_back` back, and says so at once: the other side would probe only now and then."""
    association._advertised_rwnd += _MUCH
    await association._send_sack()
