"""./moe-devtools in a toy clone with a toy dotnet: when it builds, what it says when it cannot."""
import os
import shutil
import signal
import subprocess
import tempfile
import time
import unittest

SCRIPT = os.environ.get("MOE_DEVTOOLS") or os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "moe-devtools")

# Prints the version or the SDKs that it is told to have; "builds" by copying, or as ON_BUILD says; runs by printing what it got.
DOTNET = """#!/bin/sh
case $1 in
    --version) case "VERSION" in none) exit 1 ;; esac; echo VERSION ;;
    --list-sdks) echo "VERSION [/sdk]" ;;
    build) echo built >>"$BUILDS"; ON_BUILD; mkdir -p artifacts/bin/Host/release && touch artifacts/bin/Host/release/moe-devtools.dll ;;
    *) shift; echo "ran: $*" ;;
esac
"""


class LauncherTests(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = os.path.realpath(folder.name)
        self.root = os.path.join(self.folder, "a clone")
        os.makedirs(os.path.join(self.root, "daemon"))
        self.source = os.path.join(self.root, "daemon", "Program.cs")
        self.builds = os.path.join(self.folder, "builds")
        self.path = os.path.join(self.folder, "bin")
        os.mkdir(self.path)
        for tool in "sh bash find readlink uname id grep cat sed tr sort head date ln rm mv mkdir touch sleep".split():
            os.symlink(shutil.which(tool), os.path.join(self.path, tool))
        self.script = shutil.copy(SCRIPT, self.root)
        self.edit()

    def edit(self):
        with open(self.source, "a", encoding="utf-8") as file:
            file.write("// edited\n")

    def install(self, version="10.0.100", on_build=":", folder=None):
        folder = folder or self.path
        os.makedirs(folder, exist_ok=True)
        path = os.path.join(folder, "dotnet")
        with open(path, "w", encoding="utf-8") as file:
            file.write(DOTNET.replace("VERSION", version).replace("ON_BUILD", on_build))
        os.chmod(path, 0o755)

    def start(self, *arguments, script=None, **environment):
        environment = {"PATH": self.path, "HOME": self.folder, "BUILDS": self.builds, **environment}
        return subprocess.Popen([script or self.script, *arguments], env={k: v for k, v in environment.items() if v is not None},
                                cwd=self.folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                                start_new_session=True)

    def run_script(self, *arguments, **environment):
        process = self.start(*arguments, **environment)
        out, err = process.communicate(timeout=60)
        return process.returncode, out, err

    def count_builds(self):
        if not os.path.exists(self.builds):
            return 0
        with open(self.builds, encoding="utf-8") as lines:
            return len(lines.readlines())

    def test_FirstRun_BuildsOnceAndSaysSoInOneLine(self):
        self.install()

        code, out, err = self.run_script("demo", "two words")
        self.assertEqual((0, "ran: demo two words\n"), (code, out))
        self.assertRegex(err, r"^moe-devtools: building \(first run, about a minute\)\.\.\. \d+ s\n$")
        self.assertEqual((0, "ran: \n", ""), self.run_script())
        self.assertEqual(1, self.count_builds())

    def test_EditedOrDeletedSource_IsBuiltAgain(self):
        self.install()
        self.run_script()
        self.edit()
        self.assertIn("a source is newer", self.run_script()[2])
        os.remove(self.source)
        self.assertIn("a source is newer", self.run_script()[2])
        self.assertEqual("", self.run_script()[2])

    def test_BrokenSource_ShowsTheErrorsAndNeverRunsTheOldBuild(self):
        self.install()
        self.run_script()
        self.edit()
        self.install(on_build='echo "$PWD/daemon/Program.cs(2,1): error CS0246: no such name [$PWD/daemon/Host.csproj]"; exit 1')
        for _ in range(2):
            code, out, err = self.run_script()
            self.assertEqual((2, ""), (code, out))
            self.assertIn("\ndaemon/Program.cs(2,1): error CS0246: no such name\n", err)

    def test_OfflineRestore_NamesThePackageAndTheWayToAMirror(self):
        os.mkdir(os.path.join(self.root, "daemon", "Host"))
        for path, text in (("daemon/Host/Host.csproj", '<PackageReference Include="Some.Package" />\n<PackageReference Include="Other" />'),
                           ("Directory.Build.props", ""),
                           ("Directory.Packages.props", '<PackageVersion Include="Some.Package" Version="1.2.3" />'
                                                        '\n<PackageVersion Include="Other" Version="4.5.6" />')):
            with open(os.path.join(self.root, path), "w", encoding="utf-8") as file:
                file.write(text)
        os.makedirs(os.path.join(self.folder, ".nuget", "packages", "other", "4.5.6"))
        self.install(on_build='echo "$PWD/daemon/Host/Host.csproj : error NU1301: no connection"; exit 1')

        code, _, err = self.run_script()
        self.assertEqual(2, code)
        self.assertIn("\nerror NU1301: no connection\n", err)
        self.assertIn("not on this machine: Some.Package 1.2.3\n", err)
        self.assertIn("dotnet nuget add source", err)

    def test_NoSdk_SaysHowToInstallOne(self):
        code, out, err = self.run_script()
        self.assertEqual((2, ""), (code, out))
        self.assertIn("There is no dotnet on PATH", err)
        self.assertIn("dotnet-install.sh", err)

    def test_OldSdk_IsNamedAlsoAfterABuild(self):
        self.install()
        self.run_script()
        old = os.path.join(self.folder, "old")
        self.install("8.0.404", folder=old)
        os.remove(os.path.join(self.path, "dotnet"))

        code, _, err = self.run_script(PATH=old + os.pathsep + self.path)
        self.assertEqual(2, code)
        self.assertIn(f"{old}/dotnet has 8.0.404 only", err)

    def test_OldSdkOnPath_GivesWayToANewOneInDotnetRootOrHome(self):
        self.install("8.0.404")
        sdk = os.path.join(self.folder, "sdk")
        self.install(folder=sdk)
        self.assertEqual(0, self.run_script(DOTNET_ROOT=sdk)[0])
        self.install(folder=os.path.join(self.folder, ".dotnet"))
        self.assertEqual((0, "ran: \n", ""), self.run_script())

    def test_EachKnownSystem_IsToldItsOwnCommand(self):
        with open(self.script, encoding="utf-8") as file:
            text = file.read()
        self.assertIn("/etc/os-release", text)
        release = os.path.join(self.folder, "os-release")
        with open(self.script, "w", encoding="utf-8") as file:
            file.write(text.replace("/etc/os-release", release).replace("uname -s", "echo Linux"))
        for system, command in (("ID=ubuntu\nVERSION_ID=24.04", "apt-get install -y dotnet-sdk-10.0"),
                                ("ID=ubuntu\nVERSION_ID=22.04", "add-apt-repository -y ppa:dotnet/backports"),
                                ("ID=debian\nVERSION_ID=13", "config/debian/13/packages-microsoft-prod.deb"),
                                ("ID=fedora", "dnf install dotnet-sdk-10.0"),
                                ("ID=rocky\nID_LIKE='rhel centos fedora'", "dnf install dotnet-sdk-10.0"),
                                ("ID=arch", "pacman -S dotnet-sdk"),
                                ("ID=alpine", "apk add dotnet10-sdk")):
            with open(release, "w", encoding="utf-8") as file:
                file.write(system + "\nPRETTY_NAME='The System 1'\n")
            err = self.run_script()[2]
            self.assertIn("On The System 1:\n", err)
            self.assertIn(command, err)

    def test_NoHome_BuildsWithAHomeInTheClone(self):
        self.install(on_build='[ -d "$HOME" ] && [ -d "$DOTNET_CLI_HOME" ] || exit 1')
        for home in (None, "/nonexistent"):
            self.edit()
            self.assertEqual(0, self.run_script(HOME=home)[0])

    def test_Links_LeadToTheClone(self):
        self.install()
        os.symlink("a clone/moe-devtools", os.path.join(self.folder, "one"))
        os.symlink(os.path.join(self.folder, "one"), os.path.join(self.path, "two"))
        for command in (["./one", "x"], [os.path.join(self.path, "two"), "x"], ["sh", "one", "x"], ["sh", "-c", "two x"]):
            process = self.start(*command[1:], script=command[0])
            self.assertEqual("ran: x\n", process.communicate(timeout=60)[0], command)

    def test_FirstRunsAtOnce_BuildOnce(self):
        self.install(on_build="sleep 0.5")
        processes = [self.start() for _ in range(4)]
        self.assertEqual(["ran: \n"] * 4, [process.communicate(timeout=60)[0] for process in processes])
        self.assertEqual(1, self.count_builds())

    def test_LockOfAKilledBuild_IsTakenOver(self):
        self.install()
        gone = subprocess.Popen(["true"])
        gone.wait()
        os.mkdir(os.path.join(self.root, "artifacts"))
        os.symlink(str(gone.pid), os.path.join(self.root, "artifacts", "moe-devtools.building"))
        self.assertEqual(0, self.run_script()[0])

    def test_NoPlaceForTheBuild_IsAnError(self):
        self.install()
        with open(os.path.join(self.root, "artifacts"), "w", encoding="utf-8"):
            pass
        code, _, err = self.run_script()
        self.assertEqual(2, code)
        self.assertIn("the build has nowhere to go", err)

    def test_InterruptedBuild_LeavesNoLockAndExitsWith130(self):
        self.install(on_build="exec sleep 60")
        process = self.start()
        while self.count_builds() == 0:
            self.assertIsNone(process.poll())
            time.sleep(0.01)
        os.killpg(process.pid, signal.SIGINT)
        process.communicate(timeout=60)
        self.assertEqual(130, process.returncode)
        self.assertFalse(os.path.lexists(os.path.join(self.root, "artifacts", "moe-devtools.building")))


if __name__ == "__main__":
    unittest.main()
