"""A simulated telephone carrier: real SIP and RTP, for the demonstration and for tests."""
