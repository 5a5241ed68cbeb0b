"""`python -m cloudchamber` is the `cloudchamber` command."""

from cloudchamber.cli.main import main

main()
