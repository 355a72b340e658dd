"""How a process that lives long looks for its garbage."""

import gc

#: As `gc.set_threshold` has it. What makes up a call refers to itself in circles, more than a hundred objects
#: of it: by default those of 700 calls lie about, by this of 200; to look through them takes milliseconds.
OFTEN = (700, 10, 2)


def settle() -> None:
    """What is there from now on to the end is not looked through for garbage again and again. What is new is,
    once it is a quarter of what was last looked through (from now on that is next to nothing), and often."""
    gc.collect()
    gc.freeze()
    gc.collect()
    gc.set_threshold(*OFTEN)
