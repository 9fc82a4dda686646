"""Puts the probe into a program that knows nothing of it: Python imports this file by its name when this folder is on PYTHONPATH. Nothing is done where torch is never imported."""
import importlib.machinery
import importlib.util
import os
import sys

_HERE = os.path.dirname(os.path.abspath(__file__))


class _WaitForTorch:
    """On sys.meta_path: lets the others find torch, and starts the probe when torch is there."""

    def find_spec(self, name, path=None, target=None):
        if name != "torch":
            return None
        sys.meta_path.remove(self)
        spec = importlib.util.find_spec(name)
        if spec is None or not hasattr(spec.loader, "exec_module"):
            return spec
        execute = spec.loader.exec_module

        def exec_module(module):
            execute(module)
            _start()

        spec.loader.exec_module = exec_module
        return spec


def _start():
    sys.path.append(os.path.dirname(_HERE))                    # last: a moe_devtools that the program has itself comes first
    try:
        from moe_devtools.api import start
        start()
    except Exception as error:                                 # whatever it is, the training goes on
        print(f"moe-devtools: the probe does not work here ({type(error).__name__}: {error}). The training goes on without it.", file=sys.stderr)
    finally:
        sys.path.remove(os.path.dirname(_HERE))


def _chain():
    """Runs the sitecustomize that this file stands in front of."""
    others = [path for path in sys.path if os.path.abspath(path or ".") != _HERE]
    spec = importlib.machinery.PathFinder.find_spec("sitecustomize", others)
    if spec is not None and spec.loader is not None:
        module = importlib.util.module_from_spec(spec)
        sys.modules["sitecustomize"] = module
        spec.loader.exec_module(module)


if os.environ.get("MOE_DEVTOOLS_PROBE"):
    sys.meta_path.insert(0, _WaitForTorch())
_chain()
