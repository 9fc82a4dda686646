"""What a suite found. Runners write one JSON object a line, so that what ran before a crash still counts."""
import json
import textwrap


class Report:
    def __init__(self):
        self.passed = 0
        self.failed = []   # (name, output)
        self.skipped = []  # (name, reason)
        self.again = []    # (name, output) of what failed at a first try

    def record(self, name, outcome, detail=""):
        if outcome == "passed":
            self.passed += 1
        else:
            {"failed": self.failed, "skipped": self.skipped}[outcome].append((name, detail or "(no reason given)"))

    def add(self, other):
        self.passed += other.passed
        self.failed += other.failed
        self.skipped += other.skipped
        self.again += other.again

    def require_tests(self, what):
        """A suite without tests is a failure: it would stay green whatever breaks."""
        if not (self.passed or self.failed or self.skipped):
            self.record(what, "failed", "ran no tests")
        return self

    def counts(self):
        return f"{self.passed} passed, {len(self.failed)} failed, {len(self.skipped)} skipped"

    def print_details(self):
        for name, reason in self.skipped:
            print(f"  skipped {name}: {' '.join(reason.split())}")
        for what, results in (("FAILED", self.failed), ("FAILED AT THE FIRST TRY", self.again)):
            for name, output in results:
                print(f"  {what} {name}")
                print(textwrap.indent(output.rstrip(), "    "))


def read_lines(path, report):
    """Adds the results in `path` to `report`; returns whether the runner reached its end."""
    ended = False
    try:
        with open(path, encoding="utf-8") as lines:
            for line in lines:
                if not line.endswith("\n"):
                    break  # cut by a crash
                result = json.loads(line)
                if "end" in result:
                    ended = True
                else:
                    report.record(result["name"], result["outcome"], result.get("detail", ""))
    except FileNotFoundError:
        pass
    return ended
