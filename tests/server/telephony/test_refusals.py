"""A refused call says why all the way: dial plan, bridge, web client and API have a line for each refusal."""

import json
import re

import pytest

from bridges.sip.b2bua.causes import BY_PLAN, TABLE
from server.telephony.dialplan import Refusal
from server.telephony.refusals import REFUSED
from tests.support.stack import ROOT

CLIENT = ROOT / "clients" / "web" / "src"
PLAIN = dict(
    re.findall(r'^  (\w+): "([a-z-]+)",$', (CLIENT / "calls/endReason.ts").read_text("utf-8"), re.MULTILINE)
)


def words(feature: str, language: str) -> dict[str, str]:
    found: dict[str, str] = json.loads((CLIENT / feature / "locales" / f"{language}.json").read_text("utf-8"))
    return found


@pytest.mark.parametrize("refusal", Refusal)
def test_every_refusal_has_a_cause_of_the_bridge_and_words_in_the_client(refusal: Refusal) -> None:
    row = TABLE[BY_PLAN[refusal.value]]
    reason = PLAIN[row.text.lower().replace(" ", "_")]
    for language in ("it", "en"):
        assert words("calls", language)[f"end_{reason}"]


def test_the_bridge_knows_no_refusal_that_the_dial_plan_does_not_have() -> None:
    assert set(BY_PLAN) == {refusal.value for refusal in Refusal}


@pytest.mark.parametrize("refusal", list(REFUSED))
def test_every_refusal_of_the_api_has_words_in_the_client(refusal: Refusal) -> None:
    assert REFUSED[refusal].code == refusal.value
    for language in ("it", "en"):
        assert words("api", language)[refusal.value]
