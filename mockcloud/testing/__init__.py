"""The Python API of tests: a cloud of one's own for each test, in milliseconds.

`Cloud` blocks, `AsyncCloud` is awaited; both handle one account of a `Server` that runs in a thread of its own.
The pytest plugin (`mockcloud.pytest_plugin`) makes fixtures of them.
"""
