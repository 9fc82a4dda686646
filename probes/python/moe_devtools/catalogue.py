"""Router classes of known libraries, by name: what the elements of their output are. It is for those that choose where nobody sees it, in a fused kernel or a scripted function; a choice that is seen needs no entry."""
import torch

from . import applied
from .calls import ORIGINALS
from .decisions import Decision
from .tensors import Copy

_TOP_K_5 = ("logits", "weights", "chosen")                     # transformers 5
_TOP_K_4 = ("chosen", "weights")                               # the gates of DeepSeek's kind in transformers 4
_GSHARD = ("", "weights", "mask", "")                          # loss, combine [tokens, experts, capacity], dispatch, counts

ROUTERS = {
    **{name: (_TOP_K_5,) for name in ("MixtralTopKRouter", "OlmoeTopKRouter", "FlexOlmoTopKRouter", "Qwen2MoeTopKRouter", "Qwen3MoeTopKRouter", "GraniteMoeTopKRouter", "GraniteMoeSharedTopKRouter",
                                      "PhimoeTopKRouter", "MiniMaxM2TopKRouter", "Ernie4_5_MoeTopKRouter", "HunYuanMoEV1Gate", "DeepseekV2TopkRouter")},
    **{name: (_TOP_K_5, _TOP_K_4) for name in ("DeepseekV3TopkRouter", "Dots1TopkRouter", "Glm4MoeTopkRouter")},
    "DeepseekV2MoEGate": (_TOP_K_4,),
    "GptOssTopKRouter": (_TOP_K_5, ("weights", "chosen")),
    "DbrxRouter": (("", "weights", "chosen"),),                # transformers 4; that of 5 gives logits alone
    "Llama4Router": (("weights", "logits"),),
    "SwitchTransformersTop1Router": (("mask", "weights", "logits"),),
    "TopKRouter": (("weights", "mask"),),                      # Megatron-Core
    "TokenChoiceTopKRouter": (("weights", "chosen", ""),),     # torchtitan
    "TopKGate": (_GSHARD,),                                    # DeepSpeed
    "Top1Gate": (_GSHARD, _GSHARD[:3]),                        # fairseq and fairscale
    "Top2Gate": (_GSHARD, _GSHARD[:3]),
}


def read(module, out):
    """What a router's output says, {role: tensor}; None where the module is none, or its output is another than is known."""
    forms = next((ROUTERS[kind.__name__] for kind in type(module).__mro__ if kind.__name__ in ROUTERS), ())
    form = next((form for form in forms if isinstance(out, tuple) and len(form) == len(out)), ())
    said = {role: tensor for role, tensor in zip(form, out) if role and isinstance(tensor, torch.Tensor) and tensor.is_floating_point() == (role in ("logits", "weights"))}
    return said if said and len(said) == sum(map(bool, form)) else None


def experts_of(said):
    """How many experts there are, by what a router said; None where it did not."""
    tensor = said.get("logits", said.get("mask"))
    if tensor is None:
        return None
    return tensor.shape[-1] if tensor.dim() < 3 or tensor is said.get("logits") else tensor.shape[-2]


def decide(router, said, logits, k=None):
    """The Decision that a router's output tells; its choice is read off what is dense where it is not given. `logits` = None: not seen either. k = None: as many as are used."""
    said = {"logits": logits, **said}
    experts = router.experts
    with torch.no_grad():
        if "chosen" in said:
            tokens = said["chosen"].shape[:-1].numel()
            chosen, k = said["chosen"].reshape(tokens, -1), said["chosen"].shape[-1]
        else:
            dense = said["mask"] if "mask" in said else said["weights"]
            tokens = dense.numel() // experts if dense.shape[-1] == experts else dense.shape[:-2].numel()
            used = applied.dense_of(dense.detach().float(), "dense" if dense.shape[-1] == experts else "capacity", tokens, experts)
            k = k or max(1, int((used != 0).sum(-1).max()))
            top = ORIGINALS[torch, "topk"](used, k, dim=-1)           # not one of the program's choices
            chosen = top.indices.masked_fill(top.values == 0, -1)
        decision = Decision(router, tokens)
        decision.logits = None if said["logits"] is None else said["logits"] if isinstance(said["logits"], Copy) else Copy(said["logits"])
        decision.choices.append((None, Copy(chosen)))
        if "weights" in said:
            shape = applied.shape_of(said["weights"], tokens, experts, k)
            decision.weights = None if shape is None else (shape, Copy(said["weights"]))
    router.k = router.k or k
    return decision
