"""What every WebRTC end of ours needs: ICE-lite and DTLS. Knows neither `server` nor `bridges`."""
