"""Programs that run in processes of their own, under whatever interpreter a function asks for (Python 3.9 and later).

They import nothing of this project: they are started by path, isolated from the packages the server stands on.
"""
