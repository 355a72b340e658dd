"""Runs the carrier."""

import sys

from bridges.carrier.main import main

if __name__ == "__main__":
    sys.exit(main())
