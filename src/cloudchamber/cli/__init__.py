"""The `cloudchamber` command: one file a noun. What it shows comes from the running cloud's JSON API."""
