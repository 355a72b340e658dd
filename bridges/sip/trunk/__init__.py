"""Trunks: registering with a provider, watching a peer, knowing their calls: pure."""

from bridges.sip.trunk.identify import contact_user, is_from
from bridges.sip.trunk.peer import PeerWatch
from bridges.sip.trunk.registration import RegistrationState, TrunkRegistration

__all__ = ["PeerWatch", "RegistrationState", "TrunkRegistration", "contact_user", "is_from"]
