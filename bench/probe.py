"""Time of a training step with the probe, nothing armed, every batch sent, beside bare forward hooks that copy to the host: python3 bench/probe.py [--steps 60] [--hidden 256] [--layers 6]

Prints milliseconds a step and ratios to the step without either, medians of interleaved rounds.
"""
import argparse
import os
import statistics
import sys
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path[:0] = [os.path.join(ROOT, "tests", "probe"), os.path.join(ROOT, "tests", "fixtures", "training")]
import daemon  # noqa: E402
import torch  # noqa: E402
import train_mixtral_style as program  # noqa: E402


def one_step(model, optimizer, tokens):
    logits, _ = model(tokens)
    program.next_token_loss(logits, tokens).backward()
    optimizer.step()
    optimizer.zero_grad(set_to_none=True)


def measure(options):
    torch.manual_seed(0)
    config = program.Config(hidden=options.hidden, layers=options.layers, ffn=2 * options.hidden)
    tokens = program.TaskStream(0, config.seq_len).next_batch(config.batch_size)
    kinds = {}
    for kind in ("alone", "hooks", "probe, NaN test", "probe, all batches"):
        model = program.build_model(config)
        kinds[kind] = (model, torch.optim.AdamW(model.parameters()), [])
    kept = []
    for layer in kinds["hooks"][0].layers:
        layer.moe.gate.register_forward_hook(lambda module, args, out: kept.append(out.detach().cpu().clone()))
    from moe_devtools.probe import Probe
    for model, optimizer, _ in (kinds["alone"], kinds["hooks"]):
        one_step(model, optimizer, tokens)                     # before there is a probe that could find them
    nan_only = {**daemon.EVERYTHING, "captured": [], "stopAtNotFinite": True}
    with daemon.Daemon(nan_only) as d:
        probe = Probe(address=d.address)
        for kind in ("probe, NaN test", "probe, all batches"):
            one_step(*kinds[kind][:2], tokens)
        for _ in range(options.steps):
            for kind, (model, optimizer, times) in kinds.items():
                kept.clear()
                probe._client.arming = type(probe._client.arming)(daemon.EVERYTHING if kind == "probe, all batches" else nan_only)
                start = time.perf_counter()
                one_step(model, optimizer, tokens)
                times.append(1000 * (time.perf_counter() - start))
    alone = statistics.median(kinds["alone"][2])
    for kind, (_, _, times) in kinds.items():
        print(f"{kind:20} {statistics.median(times):8.2f} ms/step {statistics.median(times) / alone:7.3f}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    for name, default in (("steps", 60), ("hidden", 256), ("layers", 6)):
        parser.add_argument("--" + name, type=int, default=default)
    torch.set_num_threads(1)
    measure(parser.parse_args())
