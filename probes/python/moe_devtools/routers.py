"""A router of the program: what it is called, where it stands, what it does."""
import os
import re
import sys
import weakref
import zlib

_WRAPPERS = re.compile(r"(?:^|(?<=\.))(?:module|_orig_mod|_fsdp_wrapped_module|_checkpoint_wrapped_module)\.")


def plain_name(name):
    """A path of modules without those that only wrap."""
    return _WRAPPERS.sub("", name + ".")[:-1]


class Router:
    """`index` is its number on the wire. `key` tells routers apart within the process."""

    def __init__(self, name, aliases, experts, k):
        self.index = self.step = None                          # step: in which it was found
        self.root = None                                       # weakref of the module that is called to run it
        self.name, self.experts, self.k = name, experts, k
        self.aliases = [alias for alias in dict.fromkeys(aliases) if alias and alias != name]
        self.rule = {}
        self.ranks_plain_scores = False
        self.capacity = False
        self.no_changes = None                                 # why a change cannot reach the running step
        self.sources = []                                      # (path, line, "call" or "forward")
        self.observed, self.derived = ["selected_experts"], []
        self._weight = None

    @property
    def weight(self):
        """The parameter that scores; None where it is not known."""
        return None if self._weight is None else self._weight()

    @weight.setter
    def weight(self, parameter):
        self._weight = None if parameter is None else weakref.ref(parameter)

    def place(self):
        """(stack, layer) by its name: the first number in it is the layer."""
        numbers = [int(part) for part in self.name.split(".") if part.isdigit()]
        return ("encoder" if re.search(r"(?:^|\.)encoder(?:\.|$)", self.name) else "decoder"), numbers[0] if numbers else None

    def describe(self, layer, ordinal):
        rule = dict(self.rule)
        return {"name": self.name, "aliases": self.aliases, "layer": layer, "ordinal": ordinal, "stack": self.place()[0], "experts": self.experts, "k": self.k, "rule": rule,
                "observed": self.observed, "derived": self.derived, "capacity": self.capacity, "changes": "none" if self.no_changes else "selection", "noChanges": self.no_changes,
                "sources": [{"path": path, "line": line, "what": what} for path, line, what in self.sources]}

    def state(self):
        """A function that gives what a step says of its weight as it is now, on any thread; None where there is none here."""
        weight = self.weight
        if weight is None or not weight.numel():
            return None
        from .tensors import Copy, data_of
        copy, has_gradient = Copy(weight), weight.grad is not None
        return lambda: {"router": self.index, "checksum": "%08x" % zlib.crc32(data_of(copy.value(), "f32")), "gradient": has_gradient}


def describe_all(routers):
    """Descriptions in the order of `routers`; those without a number in their names are layers in that order."""
    counts, described = {}, []
    for position, router in enumerate(routers):
        stack, layer = router.place()
        layer = position if layer is None else layer
        ordinal = counts.get((stack, layer), 0)
        counts[stack, layer] = ordinal + 1
        described.append(router.describe(layer, ordinal))
    return described


def is_users(path):
    """The file is neither torch's nor this package's."""
    return not path.startswith(_OWN) and not path.startswith("<")


def user_frames(frame):
    """Frames of the user's code from `frame` outwards."""
    while frame is not None:
        if is_users(frame.f_code.co_filename):
            yield frame
        frame = frame.f_back


def site_of(frame):
    """(path, line) of the innermost line of the user's code; None where there is none."""
    for user in user_frames(frame):
        return os.path.abspath(user.f_code.co_filename), user.f_lineno
    return None


def _own():
    torch = sys.modules.get("torch")                           # not there where only observe() is used
    return tuple(os.path.dirname(os.path.abspath(file)) + os.sep for file in (__file__, getattr(torch, "__file__", None)) if file)


_OWN = _own()
