"""Installs what the suites need where that is possible; otherwise says why not, and the command to run."""
import importlib.util
import os
import shutil

from processes import run, tail


def unmet(report, name, reason):
    """A missing need is a skip on a person's machine and a failure in CI, where nothing may be left out."""
    report.record(name, "failed" if os.environ.get("CI") else "skipped", reason)
    return report


def python_packages(place, packages):
    """{module: reason} for each module that is still missing after an attempt to install its Debian package."""
    missing = {}
    for module, package in packages.items():
        if importlib.util.find_spec(module) is None and not _apt_install(place, package):
            missing[module] = f"Python module {module} is missing; run: sudo apt-get install {package}"
    return missing


def debian_packages(place, packages):
    """{name: reason} for each of {name: (file of the package, package)} that is still missing after an attempt to install its Debian package."""
    missing = {}
    for name, (file, package) in packages.items():
        if not os.path.exists(file) and not (_apt_install(place, package) and os.path.exists(file)):
            missing[name] = f"{name} is missing; run: sudo apt-get install {package}"
    return missing


def npm_packages(place, folder):
    """None when node_modules is what the lock file says, otherwise why not."""
    lock = os.path.join(folder, "package-lock.json")
    installed = os.path.join(folder, "node_modules", ".package-lock.json")
    if os.path.exists(installed) and os.path.getmtime(installed) >= os.path.getmtime(lock):
        return None
    if not shutil.which("npm") or not shutil.which("node"):
        return "Node.js 20 or later with npm is missing; install it from https://nodejs.org"
    if run(["npm", "ci", "--prefix", folder, "--no-progress"], place, minutes=5) != 0:
        return f"npm ci failed; run: npm ci --prefix {os.path.relpath(folder, place.root)}. It said:\n{tail(place.log, 8)}"
    return None


def _apt_install(place, package):
    if not shutil.which("apt-get"):
        return False
    sudo = [] if os.geteuid() == 0 else ["sudo", "-n"]
    if sudo and not shutil.which("sudo"):
        return False
    install = [*sudo, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "install", "-y", "-q", package]
    return run(install, place, minutes=3) == 0 or (
        run([*sudo, "apt-get", "update", "-q"], place, minutes=3) == 0 and run(install, place, minutes=3) == 0)
