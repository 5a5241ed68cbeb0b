"""The pages of a pool's domain: signing in with a browser, and the OAuth 2.0 endpoints of applications."""
