"""Whether a call is one that a supervisor may hear, and where the two talk."""

from bridges.sip.b2bua.call_actor import CallActor
from bridges.sip.b2bua.services import Overheard
from wire.commands import ListenRequest


def overheard(call: CallActor, wanted: ListenRequest) -> Overheard | None:
    """None where the agent talks with nobody, with several, or with whoever wants to listen, or is being
    replaced."""
    record, agent, pair = call.journal.record, call.leg_of(wanted.agent.user_id), call.media.pair
    if record.id != wanted.listened or not call.talks:
        return None
    if wanted.person.user_id in {record.caller.user_id, record.callee.user_id}:
        return None
    if call.several is not None or call.apart or agent is None or pair is None or agent not in pair:
        return None
    other = pair[1] if agent == pair[0] else pair[0]
    return Overheard(call.call_id, agent, other, held=bool(record.held_by))


def theirs_alone(call: CallActor, wanted: ListenRequest) -> bool:
    """Whether the call by which a supervisor listens still is that one, and theirs."""
    record = call.journal.record
    return record.id == wanted.call_id and record.callee.user_id == wanted.person.user_id
