"""What is said over the WebSocket: tokens, messages, session descriptions. Pure."""
