import msgspec
import pytest

from wire.commands import (
    Add,
    Command,
    CommandRequest,
    HangUp,
    Hold,
    Merge,
    Move,
    Park,
    PickUp,
    Resume,
    RingMeAnswer,
    Transfer,
)


@pytest.mark.parametrize(
    ("body", "command"),
    [
        (b'{"action": "hold"}', Hold()),
        (b'{"action": "resume"}', Resume()),
        (b'{"action": "hang_up"}', HangUp()),
        (b'{"action": "transfer", "to": "202"}', Transfer("202")),
        (b'{"action": "transfer", "consult": "01B"}', Transfer(consult="01B")),
        (b'{"action": "park"}', Park()),
        (b'{"action": "park", "slot": "701"}', Park("701")),
        (b'{"action": "move", "to": "here"}', Move("here")),
        (b'{"action": "add", "to": "@bruno:localhost"}', Add("@bruno:localhost")),
        (b'{"action": "merge", "with": "01B"}', Merge("01B")),
    ],
)
def test_a_command_is_read_and_written_by_its_action(body: bytes, command: Command) -> None:
    assert msgspec.json.decode(body, type=Command) == command
    request = CommandRequest("@anna:localhost", command, "DEVICE")
    assert msgspec.json.decode(msgspec.json.encode(request), type=CommandRequest) == request


@pytest.mark.parametrize(
    "body",
    [
        b"{}",
        b"[]",
        b'{"action": "fly"}',
        b'{"action": "hold", "to": "202"}',
        b'{"action": "transfer"}',
        b'{"action": "transfer", "to": ""}',
        b'{"action": "park", "slot": "%s"}' % (b"7" * 17),
        b'{"action": "move"}',
        b'{"action": "add", "to": "%s"}' % (b"2" * 256),
        b'{"action": "merge", "with": "%s"}' % (b"0" * 65),
    ],
)
def test_what_is_no_command_is_refused(body: bytes) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(body, type=Command)


@pytest.mark.parametrize(
    ("body", "good"),
    [
        (b'{"slot": "701"}', True),
        (b'{"slot": "701", "to": "here"}', True),
        (b'{"slot": "701", "to": "there"}', False),
        (b'{"to": "here"}', False),
        (b'{"extension": "202"}', True),
        (b'{"call_id": "01B"}', True),
        (b"{}", False),
        (b'{"slot": "701", "extension": "202"}', False),
        (b'{"slot": "701", "more": 1}', False),
    ],
)
def test_one_thing_is_picked_up(body: bytes, good: bool) -> None:
    if good:
        assert msgspec.json.decode(body, type=PickUp)
        return
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(body, type=PickUp)


def test_a_try_of_ones_own_devices_says_so_when_none_rings() -> None:
    """Pages count them."""
    told = msgspec.json.decode(msgspec.json.encode(RingMeAnswer("try-1", over=True)))
    assert told == {"call_id": "try-1", "devices": [], "over": True, "step": None}
