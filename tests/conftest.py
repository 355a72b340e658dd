from hypothesis import settings

# How long an example takes is the machine's business; speed is measured in tests/benchmarks.
settings.register_profile("unisono", deadline=None)
settings.load_profile("unisono")
