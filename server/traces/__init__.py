"""What was said for each call: kept for some days, read by administrators."""
