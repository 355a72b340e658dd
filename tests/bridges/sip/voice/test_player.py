"""What a telephone hears."""

from __future__ import annotations

from bridges.media.g711 import DECODE, encode
from bridges.sdp.codecs import PCMU
from bridges.sip.voice.player import QUIET, Beneath, Player

TABLE = DECODE[PCMU.key]
MUSIC = b"m" * 320 + b"n" * 160


def ulaw(sample: int) -> int:
    """The code of a sample."""
    return encode([sample], PCMU.key)[0]


def test_silence_is_sent_while_there_is_nothing_to_hear() -> None:
    assert Player(MUSIC).frame() == QUIET


def test_music_goes_round() -> None:
    player = Player(MUSIC)
    player.beneath = Beneath.MUSIC
    assert [player.frame()[:1] for _ in range(5)] == [b"m", b"m", b"n", b"m", b"m"]


def test_prompts_follow_each_other_and_music_goes_on_after_them() -> None:
    player = Player(MUSIC)
    player.beneath = Beneath.MUSIC
    player.say([b"a" * 160, b"b" * 100])
    assert player.speaking
    assert [player.frame() for _ in range(2)] == [b"a" * 160, b"b" * 100 + QUIET[:60]]
    assert not player.speaking
    assert player.frame() == MUSIC[:160]


def test_a_new_prompt_takes_the_place_of_the_old_one() -> None:
    player = Player(MUSIC)
    player.say([b"a" * 1600])
    player.frame()
    player.say([])
    assert (player.speaking, player.frame()) == (False, QUIET)


def test_the_meeting_is_heard_beneath() -> None:
    player = Player(MUSIC)
    player.beneath = Beneath.MEETING
    for number in range(1, 5):
        player.hear(bytes([number]) * 160)
    assert [player.frame()[0] for _ in range(4)] == [1, 2, 3, 4]
    assert player.frame() == QUIET


def test_a_prompt_is_heard_over_the_meeting() -> None:
    player, loud = Player(MUSIC), bytes([ulaw(8000)]) * 160
    player.beneath = Beneath.MEETING
    player.say([bytes([ulaw(-2000)]) * 160 + QUIET])
    player.hear(loud)
    player.hear(loud)
    assert [abs(TABLE[player.frame()[0]] - wanted) < 130 for wanted in (2000, 4000, 0)] == [True] * 3


def test_what_was_said_under_a_prompt_is_not_heard_after_it() -> None:
    player = Player(MUSIC)
    player.beneath = Beneath.MEETING
    player.say([b"a" * 320])
    heard = []
    for number in range(1, 5):
        player.hear(bytes([number]) * 160)
        heard.append(player.frame()[0])
    assert heard[2:] == [2, 3]
