"""Blueprints: architectures that run. Each is a folder with a template, code and pages as their users would have them,
`blueprint.json` with what to open and try, and a drill that walks it from end to end.

What is in a blueprint knows nothing of cloudchamber: the same template and code go to AWS. The folders of code are
users' code, not ours; only the modules beside the template (`drill.py`) are part of this package.
"""
