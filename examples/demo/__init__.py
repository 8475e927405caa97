"""Three releases on the local twin, watched live: `python -m examples.demo`."""
