"""The organisation's application: accounts, directory, telephony rules, homeserver, web."""
