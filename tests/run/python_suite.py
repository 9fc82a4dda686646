"""python_suite.py FOLDER RESULTS: runs test_*.py of FOLDER; a JSON line for each test goes to RESULTS, a last one says the end."""
import json
import os
import re
import sys
import unittest


class Recorder(unittest.TestResult):
    def __init__(self, lines, missing):
        super().__init__()
        self.has_failed = False
        self.buffer = True  # what a test prints is shown when it fails
        self._lines = lines
        self._missing = missing

    def _record(self, test, outcome, detail=""):
        name = test.id()
        absent = outcome == "failed" and re.search(r"No module named '(\w+)'", detail)
        if absent and absent[1] in self._missing and "_FailedTest" in name:
            outcome, detail = self._missing[absent[1]]
        self.has_failed |= outcome == "failed"
        print(outcome, name, detail, file=sys.__stdout__, flush=True)
        self._lines.write(json.dumps({"name": name.replace("unittest.loader._FailedTest.", ""), "outcome": outcome, "detail": detail}) + "\n")
        self._lines.flush()

    def addSuccess(self, test):
        super().addSuccess(test)
        self._record(test, "passed")

    def addExpectedFailure(self, test, err):
        super().addExpectedFailure(test, err)
        self._record(test, "passed")

    def addFailure(self, test, err):
        super().addFailure(test, err)
        self._record(test, "failed", self.failures[-1][1])

    def addError(self, test, err):
        super().addError(test, err)
        self._record(test, "failed", self.errors[-1][1])

    def addSubTest(self, test, subtest, err):
        super().addSubTest(test, subtest, err)
        if err is not None:
            failures = self.failures if issubclass(err[0], test.failureException) else self.errors
            self._record(subtest, "failed", failures[-1][1])

    def addSkip(self, test, reason):
        super().addSkip(test, reason)
        self._record(test, "skipped", reason)

    def addUnexpectedSuccess(self, test):
        super().addUnexpectedSuccess(test)
        self._record(test, "failed", "passed, but is marked as an expected failure")


def main(folder, results):
    absent = "failed" if os.environ.get("CI") else "skipped"
    missing = {name: (absent, reason) for name, _, reason in
               (line.partition("\t") for line in os.environ.get("MOE_TEST_MISSING", "").splitlines())}
    with open(results, "w", encoding="utf-8") as lines:
        recorder = Recorder(lines, missing)
        if os.path.isdir(folder):
            unittest.TestLoader().discover(folder, "test_*.py").run(recorder)
        lines.write('{"end": true}\n')
    return 1 if recorder.has_failed else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
