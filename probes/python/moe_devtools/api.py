"""The calls for programs that say something themselves. With nothing attached they cost next to nothing."""
import os
import sys

_probe = None


def attach(model, pad_id=None, tokenizer=None, wait=False):
    """Watches the routers of a torch module, and gives it back. Call it once, before the first pass.

    pad_id: the token that is padding, where the model is given no attention_mask; a `tokenizer` with a pad_token_id, or pad_id, says it too. Without one of these padding is unknown, and every load says so.
    wait: True = where no daemon started this program, its first pass waits until one attaches; a number: so many seconds at most.
    """
    probe = _start(root=model)
    if wait:
        probe.waits_for_daemon(None if wait is True else float(wait))
    for name in ("pad_token_id", "pad_id"):
        pad_id = getattr(tokenizer, name, None) if pad_id is None else pad_id
    if pad_id is not None:
        probe.pad_id = int(pad_id() if callable(pad_id) else pad_id)
    return model


def observe(name, *, logits, selected, weights=None):
    """Says what a hand-written router decides, and gives what to use: (selected, weights), as they came or as they were changed at a stop.

    logits [..., experts], selected [..., k] and weights [..., k] are arrays of any library that has `__array__` or DLPack; -1 in `selected` is an empty slot. What was changed comes back in the dtype it had: as a
    tensor of torch where a tensor was given, with the gradient of the rule that the weights follow, otherwise as an array of numpy. Stops are at the caller's line.
    """
    caller = sys._getframe(1)
    return _session().observe(name, logits, selected, weights, (os.path.abspath(caller.f_code.co_filename), caller.f_lineno))


def step(number):
    """The step that the program is in, from now on; without it the steps of torch's optimizers are counted from 1."""
    if _probe is not None:
        _probe.set_step(number)


def start():
    """The probe of a process that has just imported torch."""
    if _probe is None:
        _start()


def _session():
    """The probe of this process; that of torch where the program has torch, otherwise one that only observe() speaks through."""
    global _probe
    if _probe is None and "torch" not in sys.modules:
        from .session import Session
        _probe = _with_daemon(Session)
    return _probe or _start()


def _start(root=None):
    global _probe
    import torch
    if _version_of(torch) < (1, 13):
        raise RuntimeError(f"moe_devtools needs torch 1.13 or later, and this is {torch.__version__}: update torch")
    from .probe import Probe
    if _probe is None:
        _probe = _with_daemon(Probe, root=root)
    elif not isinstance(_probe, Probe):
        raise RuntimeError("observe() was called before torch was imported, so that this process is watched without torch: import torch first")
    return _probe


def _with_daemon(kind, **more):
    """A probe with the daemon of MOE_DEVTOOLS_PROBE. Without that, or with `listen`, it can be attached to; with `wait` its first pass waits for that."""
    address = os.environ.get("MOE_DEVTOOLS_PROBE") or "listen"
    probe = kind(None if address in ("listen", "wait") else address, os.environ.get("MOE_DEVTOOLS_PROBE_TOKEN"), **more)
    if address == "wait":
        probe.waits_for_daemon(None)
    return probe


def _version_of(torch):
    return tuple(int("".join(filter(str.isdigit, part)) or 0) for part in torch.__version__.split("+")[0].split(".")[:2])
