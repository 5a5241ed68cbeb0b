"""Amazon SES, v1 and v2. `api.py` and `v2.py` are the ways in; see README.md for what is real and what is not."""
