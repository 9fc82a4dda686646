"""A program in a pseudo-terminal: what the tests type, and what a person would then see."""
import fcntl
import os
import pathlib
import pty
import re
import select
import signal
import struct
import subprocess
import termios
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
PATIENCE = 60  # seconds until a program that does not answer fails its test


def program():
    """The command under test: MOE_DEVTOOLS, or the script at the root of the repository."""
    path = os.environ.get("MOE_DEVTOOLS", str(ROOT / "moe-devtools"))
    return ["dotnet", path] if path.endswith(".dll") else [path]


def environment(**changes):
    """The environment of the tests: UTF-8, a usual terminal, and nothing that switches colours."""
    env = {key: value for key, value in os.environ.items() if key not in ("NO_COLOR", "FORCE_COLOR", "CLICOLOR_FORCE", "LC_ALL", "COLUMNS")}
    env.update(TERM="xterm-256color", LANG="C.UTF-8", LC_CTYPE="C.UTF-8")
    env.update(changes)
    return env


class TerminalSession:
    def __init__(self, command, columns=80, env=None):
        self.seen = ""
        leader, follower = pty.openpty()
        self.leader = leader
        self.resize(columns)
        self.process = subprocess.Popen(
            command, stdin=follower, stdout=follower, stderr=follower, env=env or environment(), start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0))
        os.close(follower)

    def __enter__(self):
        return self

    def __exit__(self, *error):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        os.close(self.leader)

    def resize(self, columns):
        fcntl.ioctl(self.leader, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))

    def type(self, text):
        os.write(self.leader, text.encode())

    def expect(self, pattern):
        """Waits until the pattern is seen, takes everything up to it out of `seen`, and returns the match."""
        end = time.monotonic() + PATIENCE
        while True:
            match = re.search(pattern, self.seen)
            if match:
                self.seen = self.seen[match.end():]
                return match
            if not self._read(end - time.monotonic()):
                raise AssertionError(f"not seen: {pattern!r}; seen: {self.seen!r}")

    def finish(self):
        """Waits for the end of the program; returns its exit code and what was left to see."""
        end = time.monotonic() + PATIENCE
        while self._read(end - time.monotonic()):
            pass
        code = self.process.wait(timeout=PATIENCE)
        return code, self.seen

    def is_cooked(self):
        """True where the terminal echoes and edits lines by itself, as shells leave it."""
        flags = termios.tcgetattr(self.leader)[3]
        return bool(flags & termios.ICANON) and bool(flags & termios.ECHO) and bool(flags & termios.ISIG)

    def interrupt(self):
        self.type("\x03")

    def terminate(self):
        self.process.send_signal(signal.SIGTERM)

    def _read(self, seconds):
        ready, _, _ = select.select([self.leader], [], [], max(0, seconds))
        if not ready:
            return False
        try:
            data = os.read(self.leader, 65536)
        except OSError:  # Linux: the other end is closed
            return False
        self.seen += data.decode(errors="replace")
        return bool(data)
