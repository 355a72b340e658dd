"""Words for callers that whoever administers the house says into their own telephone."""
