"""The SIP bridge: desk phones and telephone trunks as devices of Matrix users."""
