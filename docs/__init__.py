"""The documentation: pages written by hand beside this file, reference pages written by `docs.writers`."""
