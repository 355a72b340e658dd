"""What a leg is made of that a machine speaks for: port, jitter buffers, player, prompts, keys, sounds."""
