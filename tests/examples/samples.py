"""The sample extensions of ``examples/``, served in a thread of this process."""

import importlib.util
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread

from mockcloud.cic.operations import PutExtension
from mockcloud.commands.registrations import read_registration

EXAMPLES = Path(__file__).parents[2] / "examples"


@contextmanager
def served(example: str, port: int = 0) -> Iterator[str]:
    """Its server, started from its own ``server.py``; the URL without trailing slash."""
    spec = importlib.util.spec_from_file_location(f"{example}_server", EXAMPLES / example / "server.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    with module.serve(port) as server:
        thread = Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


def registered(file: Path, url: str) -> PutExtension:
    """The registration in a file, with the URL that its server has now."""
    read = read_registration(file)
    return PutExtension(read.id, {**read.registration, "url": url})
