"""Causal convolutions and the selective state spaces of Mamba and Mamba-2, one token after the other. T tokens."""
import numpy as np

from reference.numerics import rms_norm, silu, softplus


def causal_convolution(x, weight, bias=None):
    """x [T, C] by weight [C, 1, K], whose last tap meets the current token; bias [C] or None."""
    taps = weight.shape[2]
    padded = np.concatenate([np.zeros((taps - 1, x.shape[1])), x])
    y = sum(padded[n:n + len(x)] * weight[:, 0, n] for n in range(taps))
    return y if bias is None else y + bias


def scan(x, steps, rates, b, c, skip):
    """x [T, H, P], steps [T, H], rates [H, 1] or [H, N], b and c [T, H, N], skip [H]; the state S is [H, P, N]."""
    state = np.zeros((*x.shape[1:], b.shape[2]))
    y = np.zeros_like(x)
    for t in range(len(x)):
        decay = np.exp(steps[t][:, None] * rates)[:, None, :]
        state = decay * state + (steps[t][:, None] * x[t])[:, :, None] * b[t][:, None, :]
        y[t] = (state * c[t][:, None, :]).sum(-1) + skip[:, None] * x[t]
    return y


class Mamba2:
    """The mixer's sizes: H heads of P channels, N numbers a channel, g groups, K taps; its shapes and its forward pass."""

    def __init__(self, d, heads, size, groups, numbers, taps, bias, conv_bias, limits, epsilon):
        self.d, self.heads, self.size, self.groups, self.numbers, self.taps = d, heads, size, groups, numbers, taps
        self.bias, self.conv_bias, self.limits, self.epsilon = bias, conv_bias, limits, epsilon
        self.channels, self.shared = heads * size, groups * numbers

    def shapes(self):
        width = self.channels + 2 * self.shared
        out = {"in_proj.weight": (self.channels + width + self.heads, self.d), "conv1d.weight": (width, 1, self.taps),
               "A_log": (self.heads,), "D": (self.heads,), "dt_bias": (self.heads,), "norm.weight": (self.channels,),
               "out_proj.weight": (self.d, self.channels)}
        if self.conv_bias:
            out["conv1d.bias"] = (width,)
        if self.bias:
            out |= {"in_proj.bias": (self.channels + width + self.heads,), "out_proj.bias": (self.d,)}
        return out

    def forward(self, model, p, u, act=silu):
        w, tokens = model.weights, len(u)
        z, c, steps = np.split(model.linear(f"{p}.in_proj", u), [self.channels, 2 * self.channels + 2 * self.shared], -1)
        c = act(causal_convolution(c, w[f"{p}.conv1d.weight"], w.get(f"{p}.conv1d.bias")))
        x, b, c = np.split(c, [self.channels, self.channels + self.shared], -1)
        b, c = (np.repeat(v.reshape(tokens, self.groups, self.numbers), self.heads // self.groups, 1) for v in (b, c))
        steps = np.clip(softplus(steps + w[f"{p}.dt_bias"]), *self.limits)
        y = scan(x.reshape(tokens, self.heads, self.size), steps, -np.exp(w[f"{p}.A_log"])[:, None], b, c, w[f"{p}.D"])
        gated = (y.reshape(tokens, -1) * silu(z)).reshape(tokens, self.groups, -1)
        return model.linear(f"{p}.out_proj", rms_norm(gated, 1, self.epsilon).reshape(tokens, -1) * w[f"{p}.norm.weight"])
