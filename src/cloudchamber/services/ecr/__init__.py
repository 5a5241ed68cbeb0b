"""Amazon ECR. `api.py` is the way in; see README.md for what is real and what is not."""
