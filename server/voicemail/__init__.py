"""Voicemail: messages that callers left for people, as the bridge recorded them."""
