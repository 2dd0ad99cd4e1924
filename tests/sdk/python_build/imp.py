"""What the SDK's setup.py uses of a module that Python 3.12 dropped."""

from importlib.util import module_from_spec, spec_from_file_location
from types import ModuleType


def load_source(name: str, path: str) -> ModuleType:
    spec = spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
