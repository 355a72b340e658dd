"""What was said for each call, kept while it lives: for `unisono trace` and the administration."""
