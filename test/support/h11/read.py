"""Reads HTTP requests with h11: a packet of bytes in, what h11 makes of them out.

A packet, in and out, is a length of four bytes and that many bytes. What comes back:
a version, method, target, fields and a body for each request whose head h11 accepts
(a body that is not there whole is marked), and at last how reading ended.
"""

import struct
import sys

import h11


def field(data):
    return struct.pack(">I", len(data)) + bytes(data)


def fields(headers):
    joined = {}
    for name, value in headers:
        joined[name] = joined[name] + b", " + value if name in joined else value
    return b"".join(field(name) + field(value) for name, value in sorted(joined.items()))


def options(headers):
    values = b",".join(value for name, value in headers if name == b"connection")
    return [option.strip(b" \t").lower() for option in values.split(b",")]


def stays_open(request, connection):
    # h11 ends every connection of HTTP/1.0; a server may honour keep-alive (RFC 9112 section 9.3).
    if request.http_version < b"1.1":
        return b"keep-alive" in options(request.headers) and b"close" not in options(request.headers)
    # With Upgrade, h11 leaves open whether the connection ends until it sees the response.
    if connection.their_state is h11.MIGHT_SWITCH_PROTOCOL:
        return b"close" not in options(request.headers)
    return connection.their_state is not h11.MUST_CLOSE


def read(data):
    read = []
    while True:
        # One line break too many between requests is left out (RFC 9112 section 2.2).
        if data == b"\r":
            return read, b"m"
        if data[:2] == b"\r\n":
            data = data[2:]
        connection = h11.Connection(h11.SERVER, max_incomplete_event_size=1 << 30)
        connection.receive_data(data)
        request, body = None, bytearray()
        try:
            while True:
                event = connection.next_event()
                if isinstance(event, h11.Request):
                    request = event
                elif isinstance(event, h11.Data):
                    body += event.data
                elif isinstance(event, h11.EndOfMessage):
                    break
                else:
                    read.append((request, None))
                    return read, b"m"
        except h11.RemoteProtocolError as error:
            read.append((request, None))
            return read, b"e" + str(error).encode("latin-1", "replace")
        read.append((request, body))
        if not stays_open(request, connection):
            return read, b"c"
        data = connection.trailing_data[0]


def packet(data):
    requests, ended = read(data)
    parts = []
    for request, body in requests:
        if request is None:
            continue
        parts.append(b"r" if body is None else b"R")
        parts += [field(request.http_version), field(request.method), field(request.target)]
        parts += [field(fields(request.headers)), field(body or b"")]
    return b"".join(parts) + b"." + ended


def main():
    source, sink = sys.stdin.buffer, sys.stdout.buffer
    while True:
        length = source.read(4)
        if len(length) < 4:
            return
        answer = packet(source.read(struct.unpack(">I", length)[0]))
        sink.write(field(answer))
        sink.flush()


try:
    main()
except BrokenPipeError:
    sys.exit(1)
