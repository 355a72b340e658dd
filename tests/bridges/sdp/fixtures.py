"""Descriptions as real programs wrote them: Chromium 156, Firefox 153, baresip 1.0, sipp 3.6."""

from pathlib import Path

FOLDER = Path(__file__).parent / "fixtures"
PLAIN = ("baresip_offer", "baresip_answer", "sipp_offer")
WEBRTC = (
    "chromium_audio_offer",
    "chromium_audio_answer",
    "chromium_video_offer",
    "chromium_hold_offer",
    "firefox_video_offer",
)


def load(name: str) -> str:
    """The description with its own line ends."""
    return (FOLDER / f"{name}.sdp").read_bytes().decode()
