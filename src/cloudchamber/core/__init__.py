"""The road every call walks, and what it carries. Imports nothing of ours that stands above it."""
