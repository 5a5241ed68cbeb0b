"""Amazon S3. The service's class is in `api.py`; what is in each file, in README.md."""
