"""cloudchamber: a small AWS in one Python process, in which whole architectures run for real."""

__version__ = "0.1.0"
