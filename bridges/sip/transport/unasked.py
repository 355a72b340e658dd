"""NOTIFYs about a mailbox for phones that have not subscribed to it: many take them unasked, and only so."""

from bridges.sip.message import OutgoingRequest
from bridges.sip.message.flow import Flow
from bridges.sip.subscription import MESSAGE_SUMMARY, SIMPLE_MESSAGE_SUMMARY, MessageSummary, summary
from bridges.sip.transport.api import Target
from bridges.sip.transport.core import Core, Outcome
from logs import log as logs

__all__ = ["tell_unasked"]

log = logs.get(__name__)


def tell_unasked(core: Core, username: str, target: Target, shown: MessageSummary) -> None:
    """One NOTIFY outside of any dialog. Whatever the phone answers, it is not asked again."""
    if target.port is None:
        return
    flow = Flow(target.transport, target.host, target.port)
    own = f"sip:{username}@{core.config.domain}"
    request = OutgoingRequest(
        method="NOTIFY",
        uri=target.uri,
        transport=flow.transport,
        sent_by=core.sent_by(flow),
        branch=core.new_branch(),
        from_=f"<{own}>;tag={core.new_tag()}",
        to=f"<{own}>",
        call_id=core.new_call_id(),
        cseq=1,
        route=target.route,
        headers=(
            ("Contact", core.contact(flow)),
            ("Event", MESSAGE_SUMMARY),
            ("Subscription-State", "terminated;reason=noresource"),
        ),
        body=summary(own, shown),
        content_type=SIMPLE_MESSAGE_SUMMARY,
    )

    def answered(outcome: Outcome) -> None:
        if outcome.status >= 300:
            log.debug("sip_mailbox_not_taken", username=username, status=outcome.status)

    core.send(request, flow, answered)
