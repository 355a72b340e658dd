"""Session descriptions of both sides: plain RTP (RFC 4566, RFC 3264) and WebRTC (RFC 8829). Pure."""
