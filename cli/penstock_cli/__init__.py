"""The command line: past decisions judged again, future ones rehearsed. No Lambda imports it."""
