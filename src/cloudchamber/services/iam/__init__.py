"""AWS Identity and Access Management. What is real and what is not: README.md."""
