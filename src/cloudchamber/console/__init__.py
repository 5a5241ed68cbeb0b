"""What people look at: a JSON API under `/_cloudchamber/api/` and what reads it."""
