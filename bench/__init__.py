"""Benchmarks: what a call costs here, side by side in one run with a server that answers nothing. `python -m bench`."""
