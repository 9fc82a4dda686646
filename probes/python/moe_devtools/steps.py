"""Where a step of the training ends: at the first step of an optimizer after a forward pass in training."""
import functools
import weakref

import torch


class Steps:
    """Wraps the optimizers' classes, those that are there and those that come. `before()` is called before the outermost step, `after()` after it, `on_made()` when there is a new one."""

    def __init__(self, before, after, on_backward, on_made):
        self._before, self._after, self._on_backward = before, after, on_backward
        self._depth = 0
        self.has_optimizer = False
        self._waited_for = weakref.WeakSet()                   # optimizers that were made and have not taken a step
        optimizer = torch.optim.Optimizer
        self._init, self._backward = optimizer.__init__, torch.Tensor.backward
        wrap = self._wrap_class

        @functools.wraps(self._init)
        def init(this, *args, **kwargs):
            self._init(this, *args, **kwargs)
            self.has_optimizer = True
            self._waited_for.add(this)
            on_made()
            wrap(type(this))

        @functools.wraps(self._backward)
        def backward(this, *args, **kwargs):
            self._on_backward(this)
            return self._backward(this, *args, **kwargs)

        optimizer.__init__, torch.Tensor.backward = init, backward
        for kind in _subclasses(optimizer):
            wrap(kind)

    @property
    def are_waited_for(self):
        """An optimizer is there that has not taken a step: what it is for may not have run yet."""
        return bool(self._waited_for)

    def remove(self):
        torch.optim.Optimizer.__init__, torch.Tensor.backward = self._init, self._backward
        self._before = self._after = lambda: None              # the classes' steps stay wrapped: schedulers have wrapped them in turn

    def _wrap_class(self, kind):
        step = kind.__dict__.get("step")
        if step is None or hasattr(step, "moe_devtools"):
            return

        @functools.wraps(step)
        def watched(this, *args, **kwargs):
            outermost = self._depth == 0
            self._depth += 1
            self.has_optimizer = True                          # one that was made before there was a probe
            self._waited_for.discard(this)
            try:
                if outermost:
                    self._before()
                result = step(this, *args, **kwargs)
            finally:
                self._depth -= 1
            if outermost:
                self._after()
            return result

        watched.moe_devtools = True
        kind.step = watched


def _subclasses(kind):
    for child in kind.__subclasses__():
        yield child
        yield from _subclasses(child)
