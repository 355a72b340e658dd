"""What is said of tracks and their layers."""

import pytest
from livekit.protocol import models, rtc

from server.sfu.room.members import Participant, Track
from server.sfu.room.messages import track_info
from server.sfu.room.quality import wanted_layers
from server.sfu.signal.token import Claims


@pytest.mark.parametrize(
    ("encryption", "asked", "disabled"),
    [
        (models.Encryption.NONE, False, False),
        (models.Encryption.NONE, True, True),
        (models.Encryption.GCM, False, True),
    ],
)
def test_sound_that_is_encrypted_end_to_end_has_no_redundancy(
    encryption: models.Encryption.Type, *, asked: bool, disabled: bool
) -> None:
    request = rtc.AddTrackRequest(type=models.AUDIO, disable_red=asked, encryption=encryption)
    assert track_info(request, "TR_1").disable_red is disabled


@pytest.mark.parametrize(("highest", "enabled"), [(None, 0), (0, 1), (1, 2), (2, 3)])
def test_publishers_hear_which_layers_are_wanted(highest: int | None, enabled: int) -> None:
    info = models.TrackInfo(sid="TR_1", mime_type="video/H264")
    track = Track(info, Participant("PA_1", Claims(iss="k", exp=0), 0), frozenset())
    update = wanted_layers(track, highest).subscribed_quality_update
    assert [one.enabled for one in update.subscribed_qualities] == [True] * enabled + [False] * (3 - enabled)
    assert [(one.codec, len(one.qualities)) for one in update.subscribed_codecs] == [("h264", 3)]
