"""The program without a terminal: what a script gets from it."""
import json
import subprocess

from terminal_session import PATIENCE, ROOT, environment, program

OLMOE = str(ROOT / "samples" / "olmoe-tiny")
COLLAPSED = str(ROOT / "samples" / "olmoe-tiny-collapsed")
DEEPSEEK = str(ROOT / "samples" / "deepseek-tiny")
NO_TOKENIZER = str(ROOT / "tests" / "fixtures" / "checkpoints" / "mixtral")
EVAL = str(ROOT / "samples" / "data" / "eval.jsonl")
SUM = "7 * 3 ="
ANNA = "One morning, Anna went to the garden with her friend Tom. Anna was hungry, so"


def run(*arguments, env=None, **options):
    options.setdefault("stdin", None if "input" in options else subprocess.DEVNULL)
    if "input" in options:
        del options["stdin"]
    return subprocess.run([*program(), *map(str, arguments)], capture_output=True, text=True, env=env or environment(), timeout=PATIENCE, **options)


def lines(done):
    """The JSON lines of a run, by their kind."""
    kinds = {}
    for line in done.stdout.splitlines():
        fields = json.loads(line)
        kinds.setdefault(fields["kind"], []).append(fields)
    return kinds
