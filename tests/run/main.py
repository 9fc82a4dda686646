"""./test: prepares what the suites need, runs them, and ends with the line "N passed, N failed, N skipped"."""
import os
import signal
import subprocess
import sys
import time

import suites
from report import Report

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def main(arguments):
    # A shell starts what stands before "&" with SIGINT ignored, and a script that inherits that cannot catch it: tests of Ctrl-C would wait for ever.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    if "--list" in arguments:
        for name, suite in suites.SUITES.items():
            print(f"{name:10}{suite.__doc__}")
        return 0
    unknown = [name for name in arguments if name not in suites.SUITES]
    if unknown:
        print(f"test: no suite {unknown[0]!r}. Usage: ./test [{'|'.join(suites.SUITES)}]... [--list]", file=sys.stderr)
        return 2

    logs = os.path.join(ROOT, "artifacts", "test-logs")
    os.makedirs(logs, exist_ok=True)
    program = os.path.join(ROOT, "moe-devtools")
    if subprocess.run([program, "--version"], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, check=False).returncode != 0:
        print("test: the program does not start (see above), so no suite ran.")
        print("0 passed, 1 failed, 0 skipped")
        return 1

    with open(os.path.join(ROOT, "artifacts", "moe-devtools.built"), encoding="utf-8") as stamp:
        dotnet = os.path.dirname(os.path.realpath(stamp.readline().strip()))
    os.environ.update(
        MOE_DEVTOOLS=program,
        PATH=dotnet + os.pathsep + os.environ.get("PATH", os.defpath),
        DOTNET_ROOT=dotnet, DOTNET_NOLOGO="1", DOTNET_CLI_TELEMETRY_OPTOUT="1", DOTNET_SKIP_FIRST_TIME_EXPERIENCE="1")

    total = Report()
    for name in [name for name in suites.SUITES if not arguments or name in arguments]:
        if sys.stdout.isatty():
            print(f"{name:10}...", end="\r", flush=True)
        started = time.monotonic()
        report = suites.SUITES[name](suites.Place(ROOT, logs, name))
        print(f"{name:10}{report.counts()} ({time.monotonic() - started:.0f} s, artifacts/test-logs/{name}.log)")
        report.print_details()
        total.add(report)
    print(total.counts())
    return 1 if total.failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
