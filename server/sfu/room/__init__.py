"""Who is in a room, what they publish and what they see of each other. Pure."""
