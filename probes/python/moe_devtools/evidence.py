"""Are there experts? A top-k over N values is routing only where N things are chosen from; a metric, a sampler and an attention mask have none."""
import torch

MOST_LEVELS = 3            # modules outwards from the one that scores


class Experts:
    """`holder`: the module that has them. `elements`: modules, one an expert, or the one module that has all of them; empty where they are bare parameters of the holder."""

    def __init__(self, holder, elements, are_listed):
        self.holder, self.elements, self.are_listed = holder, elements, are_listed


def find(modules, count, weight):
    """Experts of a router with `count` of them, looked for in `modules` from the one that scores outwards; None where there are none. `weight` is the router's own."""
    for find_in in (_lists, _stacked, _named):                 # what is there says more than what a number is called
        for level, module in enumerate(modules[:MOST_LEVELS]):
            found = find_in(module, count, weight, set(map(id, modules[:level])))
            if found is not None:
                return Experts(module, found, find_in is _lists)
    return None


def _near(module):
    return (module, *module.children(), *(grandchild for child in module.children() for grandchild in child.children()))


def _lists(module, count, weight, inner):
    for holder in _near(module):
        lists = [list(child.children()) for child in holder.children() if isinstance(child, (torch.nn.ModuleList, torch.nn.ModuleDict))]
        for elements in lists:
            if len(elements) == count and len({type(element) for element in elements}) == 1 and not any(inner & {id(part) for part in element.modules()} for element in elements):
                return elements
    return None


def _stacked(module, count, weight, inner):
    """Weights of all experts in one parameter [experts, ., .]."""
    for holder in _near(module):
        if isinstance(holder, torch.nn.modules.conv._ConvNd):
            continue
        if any(isinstance(child, torch.nn.ParameterList) and len(child) == count and weight is not None and all(part.dim() >= 2 and part is not weight for part in child) for child in holder.children()):
            return [] if holder is module else [holder]
        for name, parameter in holder.named_parameters(recurse=False):
            if parameter is not weight and parameter.dim() == 3 and parameter.shape[0] == count:
                return [] if holder is module else [holder]
    return None


def _named(module, count, weight, inner):
    """An attribute of the module, or of its configuration, is called after experts and is their number."""
    holders = [vars(module)] + [vars(part) for name, part in vars(module).items() if name.lstrip("_") in ("config", "cfg", "args") and hasattr(part, "__dict__")]
    if any("expert" in name.lower() and "per_tok" not in name.lower() and isinstance(value, int) and not isinstance(value, bool) and value == count
           for holder in holders for name, value in holder.items()):
        return [child for name, child in module.named_children() if "expert" in name.lower() and "shared" not in name.lower() and id(child) not in inner]
    return None
