"""A client of debug adapters: ours, and that of Python."""
import json
import os
import pathlib
import subprocess
import threading

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = os.environ.get("MOE_DEVTOOLS", str(ROOT / "moe-devtools"))
COMMAND = ["dotnet", PROGRAM] if PROGRAM.endswith(".dll") else [PROGRAM]
PATIENCE = 300  # seconds


class Client:
    """Speaks the protocol over two streams; events and responses are waited for in their order."""

    def __init__(self, reader, writer):
        self.reader, self.writer = reader, writer
        self.sent = 0
        self.events = []
        self.responses = {}

    def send(self, request, **arguments):
        self.sent += 1
        body = json.dumps({"seq": self.sent, "type": "request", "command": request, "arguments": arguments}).encode()
        self.writer.write(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
        self.writer.flush()
        return self.sent

    def read(self):
        length = 0
        while True:
            line = self.reader.readline()
            if not line:
                raise EOFError("the adapter has ended")
            if line == b"\r\n":
                return json.loads(self.reader.read(length))
            name, _, value = line.partition(b":")
            if name == b"Content-Length":
                length = int(value)

    def response(self, seq):
        while seq not in self.responses:
            message = self.read()
            if message["type"] == "event":
                self.events.append(message)
            else:
                self.responses[message["request_seq"]] = message
        return self.responses.pop(seq)

    def ask(self, request, **arguments):
        answer = self.response(self.send(request, **arguments))
        if not answer["success"]:
            raise AssertionError(answer)
        return answer.get("body")

    def event(self, name):
        while True:
            for i, event in enumerate(self.events):
                if event["event"] == name:
                    return self.events.pop(i).get("body")
            message = self.read()
            if message["type"] == "event":
                self.events.append(message)

    def close(self):
        self.writer.close()
        self.reader.close()


class Adapter(Client):
    """Our adapter, over its stdin and stdout."""

    def __init__(self, **environment):
        self.process = subprocess.Popen([*COMMAND, "dap", "--stdio"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env={**os.environ, "OMP_NUM_THREADS": "1", **environment})
        super().__init__(self.process.stdout, self.process.stdin)
        self.end = threading.Timer(PATIENCE, self.process.kill)         # what waits in vain fails, and does not hang
        self.end.daemon = True
        self.end.start()

    def close(self):
        super().close()
        self.process.wait(30)
        self.end.cancel()
