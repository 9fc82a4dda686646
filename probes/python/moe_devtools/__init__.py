"""MoE DevTools in a training program: tells a debugger what the routers of a Mixture-of-Experts model decide, and lets it stop there. See README.md."""
from .api import attach, observe, step
from .version import VERSION as __version__

__all__ = ["attach", "observe", "step", "__version__"]
