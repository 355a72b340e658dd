"""Group calls: a selective forwarding unit that speaks LiveKit's protocol, as a process of its own."""
