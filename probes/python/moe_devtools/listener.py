"""Waiting to be attached to: a socket of the user's own beside a description of the process (docs/probe-protocol.md, Meeting)."""
import json
import os
import secrets
import socket
import tempfile

from .client import PROTOCOL, describe_process, start_thread


def folder():
    """Where the sockets of all probes of this user are. It is made, for the user alone, where it is not there."""
    runtime = os.environ.get("XDG_RUNTIME_DIR")
    user = str(os.getuid()) if hasattr(os, "getuid") else os.environ.get("USERNAME", "user")
    path = os.path.join(runtime, "moe-devtools") if runtime else os.path.join(tempfile.gettempdir(), "moe-devtools-" + user)
    os.makedirs(path, 0o700, exist_ok=True)
    if hasattr(os, "getuid") and (os.stat(path).st_uid != os.getuid() or os.stat(path).st_mode & 0o077):
        raise OSError(f"{path} is not this user's alone")
    return path


class Listener:
    """Accepts one daemon at a time and hands its socket to `on_connection(line, token)`. Owns its files."""

    def __init__(self, on_connection):
        self._process = os.getpid()
        stem = os.path.join(folder(), str(self._process))
        self._files = [stem + ".json"]
        self._on_connection = on_connection
        self._token = None
        before = os.umask(0o177) if os.name == "posix" else None
        try:
            if hasattr(socket, "AF_UNIX"):
                self._remove(stem + ".sock")
                self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
                self._socket.bind(stem + ".sock")
                self._files.append(stem + ".sock")
                address = "unix:" + stem + ".sock"
            else:
                self._socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
                self._socket.bind(("127.0.0.1", 0))
                self._token = secrets.token_hex(16)
                address = "tcp:127.0.0.1:%d" % self._socket.getsockname()[1]
            self._socket.listen(1)
            description = {"protocol": PROTOCOL, **describe_process(), "address": address}
            if self._token:
                description["token"] = self._token
            with open(stem + ".json.new", "w", encoding="utf-8") as file:
                json.dump(description, file)
            os.replace(stem + ".json.new", stem + ".json")
        finally:
            if before is not None:
                os.umask(before)
        start_thread(self._accept)

    def close(self):
        """Takes the files away. In a forked process it only lets go of its copy of the socket."""
        if self._process == os.getpid():
            for file in self._files:
                self._remove(file)
            try:
                self._socket.shutdown(socket.SHUT_RDWR)        # else accept goes on waiting
            except OSError:
                pass
        self._socket.close()

    def _accept(self):
        while True:
            try:
                line, _ = self._socket.accept()
            except OSError:
                return
            self._on_connection(line, self._token)

    @staticmethod
    def _remove(path):
        try:
            os.remove(path)
        except OSError:
            pass                                               # it is gone already
