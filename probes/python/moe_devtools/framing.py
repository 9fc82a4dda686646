"""Messages on a stream, as docs/probe-protocol.md has them: JSON-RPC and columns of numbers, each after a header with its length."""
import json
import struct

CONTENT_TYPE = "application/vnd.moe-devtools.routing"
MOST_BYTES = 256 << 20
MOST_HEADER_LINES = 8
_SIZES = {"f32": 4, "i32": 4, "u8": 1}


class FramingError(Exception):
    """What came is no message; the connection is of no use any more."""


class Column:
    """Numbers row by row, little-endian. `data` is bytes, or a function that gives them when the message is written."""

    __slots__ = ("name", "dtype", "shape", "data")

    def __init__(self, name, dtype, shape, data):
        self.name, self.dtype, self.shape, self.data = name, dtype, list(shape), data


def json_message(value):
    body = json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode("utf-8", "replace")
    return b"Content-Length: %d\r\n\r\n" % len(body) + body


def binary_message(head, columns):
    """`head` [dict] and `columns` [list of Column] as one message with its header."""
    head = dict(head, columns=[{"name": c.name, "dtype": c.dtype, "shape": c.shape} for c in columns])
    text = json.dumps(head, separators=(",", ":")).encode()
    text += b" " * (-(4 + len(text)) % 8)
    parts = [struct.pack("<I", len(text)), text]
    for column in columns:
        data = column.data() if callable(column.data) else column.data
        parts += [data, b"\0" * (-len(data) % 8)]
    length = sum(map(len, parts))
    return b"".join([b"Content-Type: %s\r\nContent-Length: %d\r\n\r\n" % (CONTENT_TYPE.encode(), length)] + parts)


def read_message(stream):
    """(head or JSON value, columns by name or None) of the next message; None at an end between two messages."""
    length, binary = None, False
    for count in range(MOST_HEADER_LINES + 1):
        line = stream.readline(1024)
        if not line and count == 0:
            return None
        if not line.endswith(b"\r\n"):
            raise FramingError("a header line does not end with CR LF")
        if line == b"\r\n":
            break
        name, _, value = line.decode("ascii", "replace").partition(":")
        if name.lower() == "content-length" and value.strip().isdigit():
            length = int(value)
        elif name.lower() == "content-type":
            binary = value.strip().lower() == CONTENT_TYPE
    else:
        raise FramingError("a message has more header lines than there are headers")
    if length is None or length > MOST_BYTES:
        raise FramingError("a message has no length that is allowed")
    body = stream.read(length)
    if len(body) < length:
        raise FramingError("the stream ended within a message")
    try:
        return parse_binary(body) if binary else (json.loads(body), None)
    except (ValueError, KeyError, TypeError, struct.error) as error:
        raise FramingError(f"a message cannot be read: {error}")


def parse_binary(body):
    """(head, columns by name) of the body of a binary message."""
    (length,) = struct.unpack_from("<I", body)
    at = 4 + length
    if at > len(body) or at % 8:
        raise ValueError("its head ends outside it, or not on a multiple of 8 bytes")
    head, columns = json.loads(body[4:at]), {}
    for column in head["columns"]:
        count = _SIZES[column["dtype"]]
        for axis in column["shape"]:
            if not isinstance(axis, int) or axis < 0:
                raise ValueError("a shape is none")
            count *= axis
        if at + count > len(body):
            raise ValueError("a column ends outside it")
        columns[column["name"]] = Column(column["name"], column["dtype"], column["shape"], body[at:at + count])
        at += count + -count % 8
    return head, columns
