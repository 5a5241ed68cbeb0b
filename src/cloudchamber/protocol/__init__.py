"""AWS's wire protocols, sans-I/O: bytes to shapes and back, driven by botocore's service models.

No service is named in this package. `compile.py` is the way in: it turns one operation of a model into a parser, a
validator and a serialiser, once.
"""
