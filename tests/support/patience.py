"""How long tests wait for what must come.

A wait ends with what it waits for: only a failure takes this long. A busy machine may be ten times slower
than a quiet one, and a test that cannot wait tells of the machine, not of the product.
"""

#: Seconds.
PATIENCE = 60.0
#: The same in milliseconds, for browsers.
PATIENCE_MS = 60_000

#: Seconds in which a phone leaves its registrar. One whose registrar is gone is killed; one that is killed
#: although it could is still registered in the next test.
LEAVING = 15.0
