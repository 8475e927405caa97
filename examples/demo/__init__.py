"""Four model releases on the local twin, shown while they run: `python -m examples.demo`."""
