"""In which order the calls of an earlier process are taken over."""

from __future__ import annotations

from typing import Any, cast

import pytest

from bridges.sip.b2bua.recovery import ASIDE
from bridges.sip.records.store import LiveCall, Store
from bridges.sip.taking_over import Left, TakingOver
from wire.trace import TracedMessage


class Earlier:
    """Recovery, traces, store and gateway: notes what is wanted of them."""

    def __init__(self, **does: str) -> None:
        self.did: list[tuple[str, str]] = []
        self._does = does

    def restore(self, call_id: str, _kind: str, _snapshot: Any, _ended_at: int) -> bool:
        self.did.append(("restore", call_id))
        if self._does.get(call_id) == "unreadable":
            raise KeyError(call_id)
        return call_id not in self._does

    def resume(self, call_id: str, _messages: list[TracedMessage]) -> None:
        self.did.append(("traced", call_id))

    def end(self, call_id: str, _ended_at: int) -> None:
        self.did.append(("trace over", call_id))

    def drop_call(self, call_id: str) -> None:
        self.did.append(("drop", call_id))

    def there(self) -> None:
        self.did.append(("there", ""))

    async def delete(self, call_id: str) -> None:
        self.did.append(("delete", call_id))


def taking_over(earlier: Earlier) -> TakingOver:
    it = cast(Any, earlier)
    return TakingOver(cast(Store, it), it, it, it)


def live(call_id: str, *legs: str, kind: str = "bridged", **more: str) -> LiveCall:
    return LiveCall(call_id, kind, {"legs": [{leg: {}} for leg in legs], **more})


async def test_calls_whose_sound_comes_from_the_bridge_come_first_and_what_is_aside_last() -> None:
    earlier = Earlier()
    calls = [
        live("aside", kind=ASIDE),
        live("two", "sip", "sip"),
        live("several", "sip", "conference"),
        live("message", "sip", "voicemail"),
    ]
    await taking_over(earlier).calls(Left(7, {"two": []}, calls), 7, earlier.there)
    order = [("traced", "two"), *(("restore", name) for name in ("several", "message", "two", "aside"))]
    assert earlier.did == [*order, ("there", "")]


@pytest.mark.parametrize("legs", [None, 7, [7]])
async def test_what_is_no_snapshot_keeps_no_other_call_waiting(legs: Any) -> None:
    earlier = Earlier(broken="unreadable")
    calls = [LiveCall("broken", "bridged", {"legs": legs}), live("well", "sip")]
    await taking_over(earlier).calls(Left(7, {}, calls), 7, earlier.there)
    assert ("restore", "well") in earlier.did
    assert ("drop", "broken") in earlier.did


async def test_who_cannot_go_on_is_carried_no_longer() -> None:
    earlier = Earlier(over="ends", broken="unreadable")
    calls = [live("over", "sip", media="over-2"), live("broken"), live("well", "sip")]
    taking, left = taking_over(earlier), Left(7, {"over": [], "well": []}, calls)
    await taking.calls(left, 7, earlier.there)
    order = [("restore", "well"), ("there", ""), ("delete", "over-2"), ("delete", "broken")]
    assert earlier.did[-4:] == order
    assert ("drop", "broken") in earlier.did
    taking.end_traces(left, 7, lambda call_id: call_id == "well")
    assert earlier.did[-1] == ("trace over", "over")
