"""Group calls as people reach them: tokens for rooms of the SFU, and the way to it through our own origin."""
