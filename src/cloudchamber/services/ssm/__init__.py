"""AWS Systems Manager, of which Parameter Store is here. `api.py` is the way in; see README.md for what is real."""
