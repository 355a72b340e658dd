"""How well people hear each other: a watch over the packets of a call (scale: `webrtc.emodel`). Pure."""
