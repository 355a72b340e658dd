"""What processes of the server and the bridge share: a parent that has loaded their program."""
