"""Light participants for measuring media servers: their sound and pictures are encoded once, and what they
receive is counted, not decoded."""
