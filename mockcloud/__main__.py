"""``python -m mockcloud``: the same as the ``mockcloud`` command."""

from mockcloud.commands import main

main()
