"""Call media: what joins a browser's WebRTC audio with the plain RTP of phones and trunks."""
