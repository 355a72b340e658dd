"""Search in what is said in rooms that are not encrypted."""
