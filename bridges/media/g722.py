"""Whether a G.722 packet holds sound, without decoding it. Pure."""

#: ITU-T G.722, table 9 (W_L) by the four upper bits of the lower band's code (table 7: positive and
#: negative halves use the same steps): how each code moves the logarithmic scale factor.
_STEP = (-60, 3042, 1198, 538, 334, 172, 58, -30, 3042, 1198, 538, 334, 172, 58, -30, -60)

_HIGHEST = 18_432

#: Silence leaves up to 1,700 behind, a tone of -36 dBFS 2,700 and speech more (measured on an encoder).
_SOUND = 2_500


def is_sound(payload: bytes) -> bool:
    """Whether the lower band's quantiser had to open up: its scale factor follows the signal's level.

    The scale factor is the decoder's own state (ITU-T G.722, Section 3.5); it is followed from zero over
    one packet, which is enough to rise. Each byte holds the lower band in its low six bits, of which the
    four upper ones drive the adaptation.
    """
    scale = 0
    for byte in payload:
        scale = min(max(((scale * 127) >> 7) + _STEP[(byte >> 2) & 15], 0), _HIGHEST)
    return scale >= _SOUND
