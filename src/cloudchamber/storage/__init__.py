"""The store: one SQLite database and a folder of blobs a cloud."""
