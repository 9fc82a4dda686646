"""Time of a training step with the probe beside the step without it and beside bare forward hooks that copy to the host: python3 bench/probe.py [--steps 60] [--hidden 256] [--layers 6]

Prints milliseconds a step, and ratios to the step alone in the same round: medians of rounds, each in random order. The daemon that the probe speaks to is a process of its own.
"""
import argparse
import os
import random
import signal
import statistics
import sys
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path[:0] = [os.path.join(ROOT, "tests", "probe"), os.path.join(ROOT, "tests", "fixtures", "training")]
import daemon  # noqa: E402

NOTHING = {**daemon.EVERYTHING, "captured": []}
ARMINGS = {"probe, nothing armed": NOTHING, "probe, NaN test": {**NOTHING, "stopAtNotFinite": True}, "probe, all batches": daemon.EVERYTHING}


def start_daemon():
    """(process id, address)"""
    address, said = os.pipe()
    child = os.fork()
    if child == 0:
        with daemon.Daemon(NOTHING) as d:
            os.write(said, d.address.encode())
            while True:
                time.sleep(1)
                d.messages.clear()
    return child, os.read(address, 1000).decode()


def measure(options, address):
    import torch
    import train_mixtral_style as program

    def one_step(model, optimizer):
        logits, _ = model(tokens)
        program.next_token_loss(logits, tokens).backward()
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)

    def made():
        torch.manual_seed(0)                                   # the same routing, and so as much to compute
        model = program.build_model(config)
        return model, torch.optim.AdamW(model.parameters())

    torch.set_num_threads(1)
    config = program.Config(hidden=options.hidden, layers=options.layers, ffn=2 * options.hidden)
    tokens = program.TaskStream(0, config.seq_len).next_batch(config.batch_size)
    alone, hooked, probed = made(), made(), made()
    kept = []
    for layer in hooked[0].layers:
        layer.moe.gate.register_forward_hook(lambda module, args, out: kept.append(out.detach().cpu().clone()))
    for others in (alone, hooked):
        one_step(*others)                                      # before there is a probe that could find them
    from moe_devtools.probe import Probe
    probe = Probe(address=address)
    one_step(*probed)
    if len(probe.routers) != options.layers:
        sys.exit(f"the probe sees {len(probe.routers)} of {options.layers} routers")
    times = {"alone": [], "hooks": [], **{kind: [] for kind in ARMINGS}}
    for _ in range(options.steps):
        for kind in random.sample(list(times), len(times)):
            kept.clear()
            if kind in ARMINGS:
                probe._client.arming = type(probe._client.arming)(ARMINGS[kind])
            start = time.perf_counter()
            one_step(*{"alone": alone, "hooks": hooked}.get(kind, probed))
            times[kind].append(1000 * (time.perf_counter() - start))
    for kind, taken in times.items():
        print(f"{kind:20} {statistics.median(taken):8.2f} ms/step {statistics.median(one / alone for one, alone in zip(taken, times['alone'])):7.3f}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    for name, default in (("steps", 60), ("hidden", 256), ("layers", 6)):
        parser.add_argument("--" + name, type=int, default=default)
    options = parser.parse_args()
    child, address = start_daemon()
    try:
        measure(options, address)
    finally:
        os.kill(child, signal.SIGKILL)
