"""`unisono doctor`: looks at a server from outside and says what to mend."""
