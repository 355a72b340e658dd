"""What is told to the outside, and in which order when the outside does not listen."""

import base64
import hashlib
import json

from livekit.protocol import models
from livekit.protocol.webhook import WebhookEvent

from server.sfu.signal import token, webhook
from server.sfu.signal.webhook import Happening, Outbox

SECRET = "s" * 40


def event(name: str) -> WebhookEvent:
    return WebhookEvent(event="participant_joined", id=name)


def test_the_body_is_livekits_and_its_hash_is_signed() -> None:
    happening = Happening(
        webhook.PARTICIPANT_JOINED, models.Room(name="r"), models.ParticipantInfo(identity="anna")
    )
    body = webhook.body(happening.message("EV_1", 1000))
    assert json.loads(body) == {
        "event": "participant_joined",
        "room": {"name": "r"},
        "participant": {"identity": "anna"},
        "id": "EV_1",
        "createdAt": "1000",
    }
    header = webhook.authorization(body, "key", SECRET, 1000)
    claims = json.loads(base64.urlsafe_b64decode(header.split(".")[1] + "=="))
    assert claims["sha256"] == base64.b64encode(hashlib.sha256(body).digest()).decode()
    assert token.verify(header, {"key": SECRET}, 1000).iss == "key"


def test_events_leave_in_order() -> None:
    outbox = Outbox(10, 60)
    first, second = event("1"), event("2")
    outbox.put(first)
    outbox.put(second)
    assert outbox.head() is first
    outbox.delivered(first)
    assert outbox.head() is second
    outbox.delivered(second)
    assert outbox.head() is None


def test_waits_grow_until_patience_ends_and_the_next_has_its_turn() -> None:
    outbox = Outbox(10, 60)
    first, second = event("1"), event("2")
    outbox.put(first)
    outbox.put(second)
    waits = [outbox.failed(first, at) for at in (0, 1, 2, 3, 4, 5, 6, 7)]
    assert waits == [0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 10, 10]
    assert outbox.failed(first, 61) == 0
    head = outbox.head()
    assert head is second
    assert head.num_dropped == 1
    assert outbox.failed(second, 62) == 0.2


def test_the_oldest_give_way_and_the_next_delivery_says_so_once() -> None:
    outbox = Outbox(2, 60)
    for name in "12345":
        outbox.put(event(name))
    assert len(outbox) == 2
    head = outbox.head()
    assert head is not None
    assert (head.id, head.num_dropped) == ("4", 3)
    outbox.delivered(head)
    last = outbox.head()
    assert last is not None
    assert (last.id, last.num_dropped) == ("5", 0)


def test_what_was_crowded_out_while_it_was_delivered_does_not_take_another_with_it() -> None:
    outbox = Outbox(1, 60)
    first, second = event("1"), event("2")
    outbox.put(first)
    outbox.head()
    outbox.put(second)
    outbox.delivered(first)
    assert outbox.head() is second
