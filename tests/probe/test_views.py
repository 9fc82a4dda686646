"""What views say of a recorded training: what is not known of its rows is not made up."""
import json
import os
import socket
import subprocess
import sys
import tempfile
import unittest

from adapter import COMMAND
from test_attach import HERE, TRAINER


class ViewTests(unittest.TestCase):
    def views(self, *options):
        """The answers to session/loads, session/tokens and session/decision for a recording of the trainer."""
        with tempfile.TemporaryDirectory() as folder:
            recording, endpoint = os.path.join(folder, "a.moetrace"), os.path.join(folder, "m")
            done = subprocess.run([*COMMAND, "run-training", "--record", recording, "--", sys.executable, TRAINER, *options], cwd=HERE, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                                  env={**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": os.path.join(HERE, "..", "..", "probes", "python")})
            self.assertEqual(0, done.returncode, done.stderr)
            daemon = subprocess.Popen([*COMMAND, "daemon", "--endpoint", endpoint], stdout=subprocess.PIPE, text=True)
            try:
                daemon.stdout.readline()
                with socket.socket(socket.AF_UNIX) as line:
                    line.connect(endpoint)
                    stream = line.makefile("rwb")
                    ask(stream, "initialize", client="test", version="1", protocol=1)
                    session = ask(stream, "recordings/open", path=recording)["id"]
                    return [ask(stream, "session/" + view, session=session, **more) for view, more in (("loads", {}), ("tokens", {"router": 0}), ("decision", {"router": 0, "step": 1}))]
            finally:
                daemon.kill()
                daemon.communicate()

    def test_Padding_ThatNobodyKnows_IsSaidWithTheLoads(self):
        for options, unknown in (((), True), (("attach",), False)):
            with self.subTest(options):
                self.assertEqual(unknown, self.views(*options)[0]["paddingUnknown"])

    def test_Position_ThatNobodyKnows_IsAbsent(self):
        self.assertEqual(0, self.views()[2]["position"])
        self.assertNotIn("position", self.views("embedded")[2])


def ask(stream, method, **params):
    body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}).encode()
    stream.write(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
    stream.flush()
    while True:
        length = 0
        for header in iter(stream.readline, b"\r\n"):
            length = int(header.split(b":")[1]) if header.lower().startswith(b"content-length") else length
        message = json.loads(stream.read(length))
        if message.get("id") == 1:
            return message["result"]


if __name__ == "__main__":
    unittest.main()
