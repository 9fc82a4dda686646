"""Runs a command into a suite's log, with an end."""
import os
import signal
import subprocess
import sys
import time


def run(command, place, minutes, **environment):
    """The exit code (negative: the signal), or None when the command was killed after `minutes`. Output goes to place.log."""
    with open(place.log, "ab") as log:
        log.write(("$ " + " ".join(command) + "\n").encode())
        log.flush()
        process = subprocess.Popen(command, cwd=place.root, env={**os.environ, **environment}, start_new_session=True,
                                   stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT)
    started = time.monotonic()
    ticking = sys.stdout.isatty()
    try:
        while True:
            try:
                return process.wait(timeout=1)
            except subprocess.TimeoutExpired:
                seconds = time.monotonic() - started
                if seconds > minutes * 60:
                    return None
                if ticking:
                    print(f"{place.name:10}... {seconds:.0f} s", end="\r", flush=True)
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def tail(path, lines=30):
    with open(path, encoding="utf-8", errors="replace") as log:
        return "".join(log.readlines()[-lines:])
