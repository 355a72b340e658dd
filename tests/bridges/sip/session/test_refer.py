"""RFC 3515, 3891, 3892, 5057 and 6665: a REFER within the dialog, and the subscription that comes of it."""

import pytest

from bridges.sip.machine import LocalMisuse
from bridges.sip.message import Flow, OutgoingRequest, Request, Transport, parse_message
from bridges.sip.message.reply import Header
from bridges.sip.session.events import Ended, EndedBy, RequestAnswered
from bridges.sip.session.refer import (
    EXPIRES,
    BadRefer,
    Notifier,
    NotifierState,
    ReferProgress,
    Referrer,
    Replaces,
    read_refer,
    read_replaces,
    replaced_by,
)
from tests.bridges.sip.session.link import HOLD, Link

TARGET, BY = "sip:203@example.org", "<sip:201@example.org>"


def refer(*headers: Header) -> Request:
    request = OutgoingRequest(
        "REFER", "sip:b@h", Transport.UDP, "h:1", "z9hG4bK1", "<sip:a@h>;tag=a", "<sip:b@h>;tag=b", "c", 2,
        headers=headers,
    )  # fmt: skip
    message = parse_message(request.encode(), Flow(Transport.UDP, "192.0.2.1", 5060))
    assert isinstance(message, Request)
    return message


class Transfer:
    """The caller has sent a REFER, and the callee has it."""

    def __init__(self, replaces: Replaces | None = None, *headers: Header) -> None:
        self.link = Link(usages=("REFER", "NOTIFY")).connect()
        self.referrer = Referrer(self.link.caller)
        self.heard: list[ReferProgress] = []
        self.link.a.do(self.referrer.refer(TARGET, BY, self.link.now, replaces))
        self.link.run(0.1)
        (transaction,) = self.link.b.delivered
        self.asked = read_refer(transaction.request)
        self.notifier = Notifier.of(self.link.callee, transaction)

    def run(self, seconds: float = 0.1) -> None:
        self.link.run(seconds)
        while self.link.a.delivered:
            outputs, progress = self.referrer.receive_notify(self.link.a.delivered.pop(0), self.link.now)
            self.link.a.do(outputs)
            self.heard += [progress] if progress else []
        self.link.run(0.1)


@pytest.mark.parametrize(
    ("value", "target", "replaces"),
    [
        ("<sip:203@example.org>", TARGET, None),
        ("sip:203@example.org;x=y", TARGET, None),
        ('"Carla" <sip:203@example.org>', TARGET, None),
        (
            "<sip:203@example.org?Replaces=425%40host%3Bto-tag%3D7%3Bfrom-tag%3D6>",
            TARGET,
            Replaces("425@host", "7", "6"),
        ),
        (
            "<sip:203@example.org?X=1&replaces=c%3bfrom-tag%3D6%3Bto-tag%3D7%3Bearly-only>",
            TARGET,
            Replaces("c", "7", "6", early_only=True),
        ),
    ],
)
def test_rfc3515_2_1_who_is_to_be_called(value: str, target: str, replaces: Replaces | None) -> None:
    read = read_refer(refer(("Refer-To", value), ("Referred-By", BY)))
    assert (read.target, read.replaces, read.referred_by) == (target, replaces, BY)
    assert read_refer(refer(("r", value), ("b", BY))) == read, "compact forms"


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ((), 400),
        ((("Refer-To", "<sip:a@b>, <sip:c@d>"),), 400),
        ((("Refer-To", "<sip:a@b>"), ("Refer-To", "<sip:c@d>")), 400),
        ((("Refer-To", "nonsense"),), 400),
        ((("Refer-To", "<http://example.org>"),), 416),
        ((("Refer-To", "<sip:a@b;method=SUBSCRIBE>"),), 501),
        ((("Refer-To", "<sip:a@b?Replaces=c>"),), 400),
        ((("Refer-To", "<sip:a@b?Replaces=c%3Bto-tag%3D1>"),), 400),
    ],
)
def test_rfc3515_2_4_2_what_cannot_be_followed(headers: tuple[Header, ...], status: int) -> None:
    with pytest.raises(BadRefer) as caught:
        read_refer(refer(*headers))
    assert caught.value.status == status


def test_rfc3891_6_1_a_replaces_value_is_written_as_it_is_read() -> None:
    for value in (Replaces("c@h", "1", "2"), Replaces("c", "a", "b", early_only=True)):
        assert read_replaces(str(value)) == value


NAMED = "c@h;to-tag=1;from-tag=2"


@pytest.mark.parametrize(
    ("headers", "replaces"),
    [
        ((), None),
        ((("Replaces", NAMED),), Replaces("c@h", "1", "2")),
        (
            (("Replaces", " c@h ;from-tag=2;to-tag=1;early-only;x=y"),),
            Replaces("c@h", "1", "2", early_only=True),
        ),
    ],
)
def test_rfc3891_3_in_whose_place_an_invite_comes(
    headers: tuple[Header, ...], replaces: Replaces | None
) -> None:
    assert replaced_by(refer(*headers)) == replaces


@pytest.mark.parametrize(
    "headers",
    [
        (("Replaces", NAMED), ("Replaces", NAMED)),
        (("Replaces", f"{NAMED}, {NAMED}"),),
        (("Replaces", NAMED), ("Join", NAMED)),
        (("Replaces", ""),),
        (("Replaces", "c@h"),),
        (("Replaces", "c@h;to-tag=1"),),
        (("Replaces", "c@h;from-tag=2"),),
        (("Replaces", ";to-tag=1;from-tag=2"),),
        (("Replaces", 'c@h;to-tag="1;from-tag=2'),),
    ],
)
def test_rfc3891_3_what_names_no_one_dialog(headers: tuple[Header, ...]) -> None:
    with pytest.raises(BadRefer) as caught:
        replaced_by(refer(*headers))
    assert caught.value.status == 400


def test_rfc3515_2_4_4_a_transfer_is_accepted_told_and_over() -> None:
    transfer = Transfer(Replaces("other@host", "7", "6"))
    assert transfer.asked.target == TARGET
    assert transfer.asked.replaces == Replaces("other@host", "7", "6")
    assert transfer.asked.referred_by == BY
    link = transfer.link
    link.b.do(transfer.notifier.accept(link.now))
    transfer.run()
    assert transfer.heard == [ReferProgress(100, "Trying", over=False)]
    (done,) = link.a.events(RequestAnswered)
    assert (done.token, done.status) == (transfer.referrer, 202)
    assert transfer.referrer.answered(done.status, link.now) is None
    notify = link.b.last("NOTIFY")
    assert isinstance(notify, Request)
    assert notify.header("event") == "refer;id=2"
    assert notify.header("subscription-state") == f"active;expires={EXPIRES}"
    assert notify.header("content-type") == "message/sipfrag;version=2.0"
    link.b.do(transfer.notifier.progress(180, None, link.now))
    link.b.do(transfer.notifier.progress(200, None, link.now))
    transfer.run()
    assert transfer.heard[1:] == [
        ReferProgress(180, "Ringing", over=False),
        ReferProgress(200, "OK", over=True),
    ]
    assert transfer.notifier.progress(486, None, link.now) == []
    assert transfer.notifier.state is transfer.referrer.state is NotifierState.TERMINATED
    assert transfer.referrer.get_timer() is None and transfer.notifier.get_timer() is None
    assert not link.caller.ended and not link.callee.ended, "the session is another usage"


def test_rfc3515_2_4_5_a_refused_transfer_makes_no_subscription() -> None:
    transfer = Transfer()
    link = transfer.link
    link.b.do(transfer.notifier.refuse(603, link.now))
    transfer.run()
    (done,) = link.a.events(RequestAnswered)
    assert transfer.referrer.answered(done.status, link.now) == ReferProgress(603, "Decline", over=True)
    assert not transfer.heard
    with pytest.raises(LocalMisuse):
        transfer.notifier.accept(link.now)


def test_rfc5057_4_1_the_subscription_outlives_the_session() -> None:
    transfer = Transfer()
    link = transfer.link
    link.b.do(transfer.notifier.accept(link.now))
    transfer.run()
    link.a.do(link.caller.bye(link.now))
    link.b.do(transfer.notifier.progress(200, None, link.now))
    transfer.run()
    assert transfer.heard[-1] == ReferProgress(200, "OK", over=True)
    assert link.b.events(Ended)[0].by is EndedBy.BYE


def test_rfc6665_4_1_2_4_a_transferor_that_hears_nothing_stops_waiting() -> None:
    transfer = Transfer()
    due = transfer.referrer.get_timer()
    assert due is not None
    assert transfer.referrer.handle_timer(due - 0.1) is None
    assert transfer.referrer.handle_timer(due) == ReferProgress(408, "Request Timeout", over=True)
    assert transfer.referrer.handle_timer(due) is None


def test_rfc6665_4_2_2_a_subscription_that_runs_out_says_so() -> None:
    transfer = Transfer()
    link = transfer.link
    link.b.do(transfer.notifier.accept(link.now))
    transfer.run()
    due = transfer.notifier.get_timer()
    assert due is not None
    assert not transfer.notifier.handle_timer(due - 1)
    link.run(due - link.now)
    link.b.do(transfer.notifier.handle_timer(link.now))
    transfer.run()
    assert transfer.heard[-1] == ReferProgress(100, "Trying", over=True)
    assert link.b.last("NOTIFY").header("subscription-state") == "terminated;reason=timeout"


def test_rfc4488_4_a_transferor_may_want_no_subscription() -> None:
    link = Link(usages=("REFER", "NOTIFY")).connect()
    headers = (("Refer-To", f"<{TARGET}>"), ("Refer-Sub", "false"))
    link.a.do(link.caller.request("REFER", "x", link.now, headers))
    link.run(0.1)
    notifier = Notifier.of(link.callee, link.b.delivered[0])
    link.b.do(notifier.accept(link.now))
    link.run(0.1)
    assert link.b.last("202").header("refer-sub") == "false"
    assert "NOTIFY" not in link.b.words()
    assert notifier.progress(200, None, link.now) == []


def test_rfc4579_5_11_a_refer_may_put_somebody_out() -> None:
    read = read_refer(refer(("Refer-To", "<sip:203@example.org;method=BYE>")))
    assert (read.target, read.ends) == ("sip:203@example.org;method=BYE", True)
    assert not read_refer(refer(("Refer-To", "<sip:203@example.org;method=INVITE>"))).ends


def test_who_accepted_may_die_before_it_is_heard() -> None:
    """The next process is asked once more, says so, and tells how it goes."""
    transfer = Transfer()
    link = transfer.link
    (transaction,) = link.b.delivered
    transfer.notifier.accept(link.now)
    left = transfer.notifier.left(link.now)
    assert left is not None
    again = Notifier.restore(link.callee, transaction.request.cseq.sequence, left, link.now)
    link.b.do(again.repeat(transaction, link.now))
    link.b.do(again.progress(200, None, link.now))
    transfer.run()
    assert "202" in link.b.words()
    assert transfer.heard == [ReferProgress(200, "OK", over=True)]


def test_rfc6665_4_1_3_a_notify_of_nothing_is_refused() -> None:
    transfer = Transfer()
    link = transfer.link
    for event, status in (("presence", 489), ("refer", 200), ("refer", 481)):
        state = ("Subscription-State", "terminated")
        link.b.do(link.callee.request("NOTIFY", event, link.now, (("Event", event), state)))
        transfer.run()
        assert link.b.told[-1].status == status


def test_rfc6665_4_2_2_a_refused_notify_ends_the_subscription() -> None:
    transfer = Transfer()
    link = transfer.link
    link.b.do(transfer.notifier.accept(link.now))
    transfer.notifier.gone()
    assert transfer.notifier.progress(200, None, link.now) == []
    assert transfer.notifier.get_timer() is None


def test_rfc3261_12_2_2_without_the_usage_a_refer_is_405() -> None:
    link = Link().connect()
    link.a.do(link.caller.request("REFER", "x", link.now, (("Refer-To", f"<{TARGET}>"),)))
    link.run(0.1)
    assert link.a.told[-1].status == 405
    assert "REFER" not in (link.b.last("405").header("allow") or "")
    opened = Link(usages=("INFO", "REFER")).connect()
    opened.a.do(opened.caller.request("OPTIONS", "x", opened.now))
    opened.run(0.1)
    allow = opened.b.last("200").header("allow") or ""
    assert allow.endswith("PRACK, REFER") and allow.count("INFO") == 1
    opened.a.do(opened.caller.request("INFO", "x", opened.now, body=HOLD.encode()))
    opened.run(0.1)
    assert [transaction.request.method for transaction in opened.b.delivered] == ["INFO"]
