"""One archive of everything an organisation would miss: taken while the server runs, restored elsewhere."""
