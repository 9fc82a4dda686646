"""OLMoE: QK norm over the whole projection, weights as the softmax gives them."""
import numpy as np

from reference.decoder import Decoder


class Olmoe(Decoder):
    defaults = dict(rms_norm_eps=1e-5, clip_qkv=None)
    qk_norm = "projection"

    def project(self, p, layer, x):
        clip = self.config["clip_qkv"]
        qkv = super().project(p, layer, x)
        return qkv if clip is None else tuple(np.clip(t, -clip, clip) for t in qkv)
