"""Trunks: registering with a provider, watching a peer, knowing their calls: pure."""

from bridges.sip.trunk.answers import AnswerLimits, AnswerWatch
from bridges.sip.trunk.identify import Match, address_of, contact_user, is_among, match, networks
from bridges.sip.trunk.locate import Naptr, Srv, in_order, service_names
from bridges.sip.trunk.peer import PeerWatch
from bridges.sip.trunk.redirect import redirected
from bridges.sip.trunk.registration import RegistrationState, TrunkRegistration

__all__ = [
    "AnswerLimits",
    "AnswerWatch",
    "Match",
    "Naptr",
    "PeerWatch",
    "RegistrationState",
    "Srv",
    "TrunkRegistration",
    "address_of",
    "contact_user",
    "in_order",
    "is_among",
    "match",
    "networks",
    "redirected",
    "service_names",
]
