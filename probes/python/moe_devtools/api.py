"""The calls for programs that say something themselves. With nothing attached they cost next to nothing."""
import os

_probe = None


def attach(model, pad_id=None):
    """Watches the routers of a torch module, and gives it back. Call it once, before the first pass.

    pad_id: the token that is padding, where the model is given no attention_mask. Without either, padding is unknown, and every load says so.
    """
    probe = start(root=model)
    if pad_id is not None:
        probe.pad_id = int(pad_id)
    return model


def step(number):
    """The step that the program is in, from now on; without it the optimizers' steps are counted from 1."""
    if _probe is not None:
        _probe.set_step(number)


def start(root=None):
    """The probe of this process, made where there is none yet. Takes its daemon from MOE_DEVTOOLS_PROBE; without that it waits to be attached to."""
    global _probe
    if _probe is None:
        import torch
        if _version_of(torch) < (1, 13):
            raise RuntimeError(f"moe_devtools needs torch 1.13 or later, and this is {torch.__version__}: update torch")
        from .probe import Probe
        _probe = Probe(address=os.environ.get("MOE_DEVTOOLS_PROBE") or None, token=os.environ.get("MOE_DEVTOOLS_PROBE_TOKEN"), root=root)
    return _probe


def _version_of(torch):
    return tuple(int("".join(filter(str.isdigit, part)) or 0) for part in torch.__version__.split("+")[0].split(".")[:2])
