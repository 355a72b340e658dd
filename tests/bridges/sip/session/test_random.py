"""Both ends do what they like, at once, over a wire that loses, repeats and reorders: nothing gets stuck."""

from random import Random
from typing import Any

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from bridges.sip.session.events import Answered, Ended, OfferAnswered, OfferRefused, Reinvite
from bridges.sip.session.states import State
from bridges.sip.session.uas import UasSession
from tests.bridges.sip.session.link import ANSWER, OFFER, End, Fate, Link, delivered


def weather(seed: int, loss: float) -> Fate:
    """One of twenty messages comes twice; the slowest are overtaken by the next ones."""
    chance = Random(seed)  # noqa: S311 - weather, not secrets

    def fate(_: int, __: str) -> list[float]:
        copies = 0 if chance.random() < loss else 2 if chance.random() < 0.05 else 1
        return [chance.choice((0.01, 0.02, 0.1, 0.7)) for _ in range(copies)]

    return fate


class TwoSessions(RuleBasedStateMachine):
    """A call from its INVITE to its end."""

    @initialize(
        seed=st.integers(0, 2**32),
        loss=st.sampled_from((0.0, 0.1, 0.3)),
        reliable=st.booleans(),
        offerless=st.booleans(),
        talking=st.sampled_from((True, True, False)),
    )
    def begin(self, seed: int, loss: float, reliable: bool, offerless: bool, talking: bool) -> None:
        self.link = Link(
            weather(seed, loss),
            weather(seed + 1, loss),
            sdp=None if offerless else OFFER,
            headers=(("Require", "100rel"),) if reliable else (),
        )
        self.offers = self.steps = self.restarts = 0
        for end in (self.link.a, self.link.b):
            end.agent.luck = 0.1 if (end is self.link.a) is bool(seed % 2) else 0.9
        self.link.a.do(self.link.caller.start(self.link.now))
        while talking and not self.link.caller.answered:
            self.link.run(1)
            if self.ringing():
                self.answer()

    # --- what they do ---

    @property
    def callee(self) -> UasSession | None:
        return self.link.callee if self.link.b.sessions else None

    def ringing(self) -> bool:
        callee = self.callee
        return callee is not None and callee.state in {State.INCOMING, State.EARLY} and not callee._to_answer

    @rule(seconds=st.sampled_from((0.005, 0.05, 0.3, 1.0, 5.0)))
    def wait(self, seconds: float) -> None:
        self.link.run(seconds)

    @precondition(ringing)
    @rule(status=st.sampled_from((180, 183)), described=st.booleans())
    def ring(self, status: int, described: bool) -> None:
        self.link.b.do(self.link.callee.ring(status, ANSWER if described else None, self.link.now))

    @precondition(ringing)
    @rule()
    def answer(self) -> None:
        self.link.b.do(self.link.callee.answer(OFFER, self.link.now))

    @precondition(lambda self: self.ringing() and self.steps > 15)
    @rule()
    def reject(self) -> None:
        self.link.b.do(self.link.callee.reject(486, None, self.link.now))

    @precondition(lambda self: self.steps > 15)
    @rule()
    def caller_gives_up(self) -> None:
        self.link.a.do(self.link.caller.bye(self.link.now))

    @precondition(lambda self: self.callee is not None and self.steps > 15)
    @rule()
    def callee_hangs_up(self) -> None:
        self.link.b.do(self.link.callee.bye(self.link.now))

    def can_offer(self, end: End) -> bool:
        return bool(end.sessions) and end.session.answered and end.session._own is None

    @rule(of_caller=st.booleans(), ask=st.booleans())
    def offer(self, of_caller: bool, ask: bool) -> None:
        end = self.link.a if of_caller else self.link.b
        if self.can_offer(end):
            self.offers += 1
            sdp = None if ask else f"v=0 {self.offers}\r\n"
            end.do(end.session.reoffer(sdp, self.link.now))

    @rule(of_caller=st.booleans())
    def withdraw(self, of_caller: bool) -> None:
        end = self.link.a if of_caller else self.link.b
        if end.sessions:
            end.do(end.session.withdraw_offer(self.link.now))

    @rule(of_caller=st.booleans(), accept=st.booleans())
    def decide(self, of_caller: bool, accept: bool) -> None:
        end = self.link.a if of_caller else self.link.b
        if end.sessions:
            self.settle(end, accept=accept)

    def settle(self, end: End, *, accept: bool = True) -> None:
        """Answer what the other side has offered."""
        session = end.session
        self.offers += 1
        if accept or session._owed is not None:
            end.do(session.accept_offer(f"v=0 {self.offers}\r\n", self.link.now))
        else:
            end.do(session.refuse_offer(488, self.link.now))

    @precondition(lambda self: self.restarts < 3)
    @rule(of_caller=st.booleans())
    def restart(self, of_caller: bool) -> None:
        """Its process dies, and the next one goes on."""
        end = self.link.a if of_caller else self.link.b
        if end.sessions:
            self.restarts += 1
            end.restart()

    # --- what always holds ---

    @invariant()
    def counted(self) -> None:
        """Who hangs up at once tries out little: that comes later."""
        self.steps = getattr(self, "steps", 0) + 1

    @invariant()
    def nothing_is_told_after_the_end(self) -> None:
        for end in self.ends():
            told = [type(event) for event in end.told]
            assert told.count(Ended) <= 1
            assert Ended not in told[:-1]
            assert end.session.ended is (Ended in told)

    def ends(self) -> list[End]:
        link: Link | None = getattr(self, "link", None)
        return [end for end in (link.a, link.b) if end.sessions] if link else []

    def teardown(self) -> None:
        """The weather clears. Whatever they were at comes to an end; then they hang up."""
        if not self.ends():
            return
        link = self.link
        link.a.fate = link.b.fate = delivered
        for _ in range(12):
            link.run(5)
            for end in self.ends():
                self.settle(end)
        for end in self.ends():
            self.check_quiet(end)
        if link.caller.answered:
            self.check_talking()
        link.a.do(link.caller.bye(link.now))
        link.run(700)
        for end in self.ends():
            assert end.session.over, end.session.state
            assert link.get_timer() is None
            assert not end.session._pending or all(p.done for p in end.session._pending.values())
        if link.a.events(Answered):
            assert "BYE" in link.a.words() + link.b.words()

    def check_quiet(self, end: End) -> None:
        """Every offer has become something."""
        told: list[Any] = end.told
        assert end.session._own is None and end.session.offer_pending is None
        asked = [event for event in told if isinstance(event, OfferAnswered | OfferRefused)]
        assert len(asked) <= self.offers
        assert len([event for event in told if isinstance(event, Reinvite)]) <= self.offers * 5

    def check_talking(self) -> None:
        """Both believe the same of the session."""
        caller, callee = self.link.caller, self.link.callee
        assert (caller.state, callee.state) == (State.CONFIRMED, State.CONFIRMED)
        assert caller.offers.stable and callee.offers.stable
        assert (caller.offers.local, caller.offers.remote) == (callee.offers.remote, callee.offers.local)


# Not shrunk: the steps are few enough to be read, and shrinking takes minutes.
TwoSessions.TestCase.settings = settings(
    max_examples=150,
    derandomize=True,
    stateful_step_count=25,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=(Phase.generate,),
)
TestTwoSessions = TwoSessions.TestCase
