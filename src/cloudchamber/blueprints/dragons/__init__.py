"""The Dragons API: a site, a hosted sign-in, and an API whose data is a file."""
