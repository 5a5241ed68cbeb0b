"""Child processes that run users' code: execution environments, the zygotes they are forked from, the Runtime API."""
