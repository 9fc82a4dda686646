"""./test on toy suites: what it counts, and that nothing which breaks stays green."""
import contextlib
import io
import os
import sys
import tempfile
import unittest
from unittest import mock

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "run"))
import needs  # noqa: E402
import suites  # noqa: E402
from report import Report  # noqa: E402

PYTHON = "import unittest, os, signal\nclass Toy(unittest.TestCase):\n"
TRX = """<?xml version="1.0"?><TestRun xmlns="http://microsoft.com/schemas/VisualStudio/TeamTest/2010"><Results>
<UnitTestResult testName="A.Works" outcome="Passed"/>
<UnitTestResult testName="A.Waits" outcome="NotExecuted"><Output><ErrorInfo><Message>needs a GPU</Message></ErrorInfo></Output></UnitTestResult>
<UnitTestResult testName="A.Breaks" outcome="Failed"><Output><ErrorInfo><Message>1 is not 2</Message></ErrorInfo></Output></UnitTestResult>
</Results></TestRun>"""


class HarnessTests(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = folder.name
        os.mkdir(os.path.join(self.root, "toys"))
        self.place = suites.Place(self.root, self.root, "toys")

    def write(self, name, text, mode=0o644):
        path = os.path.join(self.root, name)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        os.chmod(path, mode)

    def unittest(self, body, missing=None, minutes=1):
        self.write("toys/test_toy.py", PYTHON + body)
        return suites.unittest_folder(self.place, "toys", missing or {}, minutes)

    def node(self, text):
        self.write("toys/toy.test.mjs", "import test, { describe } from 'node:test';\n" + text)
        return suites.node_files(self.place, "toys", Report())

    def assert_one_failure(self, report, text):
        self.assertEqual(1, len(report.failed), report.failed)
        self.assertIn(text, "\n".join(report.failed[0]))

    def test_PythonOutcomes_AreCountedWithTheirReasons(self):
        report = self.unittest(
            "  def test_a(self): pass\n"
            "  def test_b(self): print('said before'); self.fail('broken')\n"
            "  @unittest.skip('no GPU')\n"
            "  def test_c(self): pass\n")

        self.assertEqual("1 passed, 1 failed, 1 skipped", report.counts())
        self.assertIn("broken", report.failed[0][1])
        self.assertIn("said before", report.failed[0][1])
        self.assertEqual([("test_toy.Toy.test_c", "no GPU")], report.skipped)

    def test_PythonThatDies_FailsAndKeepsWhatRan(self):
        report = self.unittest("  def test_a(self): pass\n  def test_b(self): os.kill(os.getpid(), signal.SIGKILL)\n")

        self.assertEqual(1, report.passed)
        self.assert_one_failure(report, "stopped with exit code -9")

    def test_PythonThatExitsWithZeroHalfway_Fails(self):
        self.assert_one_failure(self.unittest("  def test_a(self): os._exit(0)\n"), "before its end")

    def test_PythonThatHangs_IsKilledAndFails(self):
        self.assert_one_failure(self.unittest("  def test_a(self): signal.pause()\n", minutes=0.02), "did not end in time")

    def test_PythonThatDoesNotImport_Fails(self):
        self.assert_one_failure(self.unittest("  nonsense\n"), "nonsense")

    def test_FolderWithoutTests_Fails(self):
        self.assert_one_failure(suites.unittest_folder(self.place, "toys", {}, 1), "ran no tests")
        self.assert_one_failure(suites.node_files(self.place, "toys", Report()), "ran no tests")

    def test_MissingPackage_SkipsWithTheCommandAndFailsInCi(self):
        missing = {"no_such_package": "run: sudo apt-get install it"}
        for ci, counts in (("", "0 passed, 0 failed, 1 skipped"), ("true", "0 passed, 1 failed, 0 skipped")):
            with mock.patch.dict(os.environ, CI=ci):
                report = self.unittest("  import no_such_package\n", missing)
                self.assertEqual(counts, report.counts())
                self.assertEqual([("test_toy", missing["no_such_package"])], report.skipped + report.failed)
                self.assertEqual(counts, needs.unmet(Report(), "tests/node", "no npm").counts())

    def test_DebianPackage_ThatCannotBeInstalled_IsNamedWithTheCommand(self):
        with mock.patch.object(needs, "_apt_install", return_value=False):
            missing = needs.debian_packages(self.place, {"there": (self.root, "base"), "absent": (os.path.join(self.root, "absent"), "no-such-package")})
        self.assertEqual({"absent": "absent is missing; run: sudo apt-get install no-such-package"}, missing)

    def test_NodeOutcomes_AreCountedOnceEach(self):
        report = self.node(
            "test('works', () => {});\n"
            "describe('group', () => { test('breaks', () => { throw new Error('broken'); }); test('works', () => {}); });\n"
            "test('waits', { skip: 'no GPU' }, () => {});\n")

        self.assertEqual("2 passed, 1 failed, 1 skipped", report.counts())
        self.assertIn("broken", report.failed[0][1])
        self.assertEqual([("waits", "no GPU")], report.skipped)

    def test_NodeThatDies_Fails(self):
        self.assertTrue(self.node("test('dies', () => process.kill(process.pid, 'SIGKILL'));\n").failed)

    def test_NodeFileWithoutTests_Fails(self):
        self.assert_one_failure(self.node(""), "ran no tests")

    def test_SecondTry_CountsAsItEndsAndSaysWhatFailedFirst(self):
        once = "import { existsSync, writeFileSync } from 'node:fs';\ntest('wobbles', () => { if (!existsSync('tried')) { writeFileSync('tried', ''); throw new Error('lost a click'); } });\n"
        report = suites.with_second_try(lambda: self.node(once))
        self.assertEqual("1 passed, 0 failed, 0 skipped", report.counts())
        self.assertIn("lost a click", "\n".join(report.again[0]))

        report = suites.with_second_try(lambda: self.node("test('breaks', () => { throw new Error('broken'); });\n"))
        self.assertEqual("0 passed, 1 failed, 0 skipped", report.counts())
        self.assertEqual(1, len(report.again))

    def dotnet(self, on_test):
        self.write("dotnet", f'#!/bin/sh\n[ "$1" = build ] && exit 0\n{on_test}\n', 0o755)
        self.write("results.trx", TRX)
        with mock.patch.dict(os.environ, PATH=self.root + os.pathsep + os.environ["PATH"]):
            return suites.dotnet(self.place)

    def test_DotnetOutcomes_AreCountedWithTheirReasons(self):
        report = self.dotnet(f"cp results.trx {os.path.basename(self.place.results)}; exit 1")

        self.assertEqual("1 passed, 1 failed, 1 skipped", report.counts())
        self.assertEqual([("A.Breaks", "1 is not 2")], report.failed)
        self.assertEqual([("A.Waits", "needs a GPU")], report.skipped)

    def test_DotnetWithoutResults_FailsWithItsLastWords(self):
        self.assert_one_failure(self.dotnet("echo test host crashed; exit 1"), "test host crashed")

    def test_Details_ShowEveryReason(self):
        report = Report()
        report.record("a", "skipped")
        report.record("b", "failed", "line 1\nline 2")
        with contextlib.redirect_stdout(io.StringIO()) as shown:
            report.print_details()

        self.assertEqual("  skipped a: (no reason given)\n  FAILED b\n    line 1\n    line 2\n", shown.getvalue())


if __name__ == "__main__":
    unittest.main()
