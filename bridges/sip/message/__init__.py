"""SIP messages: strict ingress, value types, and writing them."""
