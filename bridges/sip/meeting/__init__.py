"""Telephones in group meetings: the voice that asks for the PIN, and the way between a phone and the SFU.

`ivr` decides (pure), `leg` is the meeting as one side of a call, `worker` brings the audio into the room of
the SFU in a process of its own.
"""
