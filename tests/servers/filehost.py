#!/usr/bin/python3
"""A web server for tests that keeps files, and lies about them when it is told to.

  filehost.py [--tls CERTIFICATE KEY]
Prints PORT=n, then one JSON line for each request: {"event":"request","method":…,"path":…,"headers":{…},"size":bytes of the body}.
GET /bytes/N/NAME         N bytes (a pattern), with Range
    /hash/N/NAME          the same, without Range
    /slow/N/NAME          N bytes, a kilobyte each 20 ms, with Range
    /cut/N/AT/NAME        says N, ends the connection after AT bytes the first time; with Range it gives the rest
    /stall/N/AT/NAME      says N, sends AT bytes and then nothing the first time; with Range it gives the rest
    /changes/N/NAME       says N, ends the connection in the middle the first time; then it is another file, by its ETag
    /endless/NAME         without a size and without an end
    /says/CLAIM/N/NAME    announces CLAIM bytes and sends N
    /gzip/NAME            ten megabytes of nothing, packed
    /redirect/N?URL       N times to itself, then to URL
    /status/CODE          that status and a page
    /wrongrange/N/NAME    answers every Range with another part
PUT /put/NAME             takes it; /status/CODE, /redirect/… as above; /trickle/NAME takes its time
"""
import gzip
import http.server
import json
import ssl
import sys
import threading
import time
import urllib.parse

PATTERN = bytes(range(256)) * 4096        # 1 MiB


def body(start, end):
    """Bytes start to end of the endless pattern."""
    whole = bytearray()
    while start < end:
        at = start % len(PATTERN)
        take = min(end - start, len(PATTERN) - at)
        whole += PATTERN[at:at + take]
        start += take
    return bytes(whole)


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    cut = set()

    def log_message(self, *_):
        pass

    def tell(self, size):
        print(json.dumps({"event": "request", "method": self.command, "path": self.path, "headers": dict(self.headers), "size": size}), flush=True)

    def answer(self, code, data=b"", **headers):
        self.send_response(code)
        headers.setdefault("Content_Length", len(data))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), str(value))
        self.end_headers()
        self.wfile.write(data)

    def start_of_range(self):
        value = self.headers.get("Range", "")
        return int(value[6:].split("-")[0]) if value.startswith("bytes=") else 0

    def head_of_range(self, start, size):
        self.send_response(206 if start else 200)
        self.send_header("Content-Length", str(size - start))
        if start:
            self.send_header("Content-Range", f"bytes {start}-{size - 1}/{size}")
        self.end_headers()

    def redirect(self, parts):
        left = int(parts[0])
        target = urllib.parse.urlsplit(self.path).query
        self.answer(302, b"elsewhere", Location=f"/redirect/{left - 1}?{target}" if left > 0 else target)

    def do_GET(self):
        self.tell(0)
        name, *parts = urllib.parse.urlsplit(self.path).path.strip("/").split("/")
        try:
            getattr(self, "get_" + name)(parts)
        except (BrokenPipeError, ConnectionResetError, ssl.SSLError):
            self.close_connection = True

    def get_bytes(self, parts):
        size, start = int(parts[0]), self.start_of_range()
        if start >= size and start:
            self.answer(416, b"no such part")
            return
        self.head_of_range(start, size)
        self.wfile.write(body(start, size))

    def get_hash(self, parts):
        self.answer(200, body(0, int(parts[0])))

    def get_slow(self, parts):
        size, at = int(parts[0]), self.start_of_range()
        self.head_of_range(at, size)
        while at < size:
            self.wfile.write(body(at, min(at + 1024, size)))
            at += 1024
            time.sleep(0.02)

    def get_cut(self, parts):
        size, at, start = int(parts[0]), int(parts[1]), self.start_of_range()
        self.head_of_range(start, size)
        if self.path in self.cut:
            self.wfile.write(body(start, size))
            return
        self.cut.add(self.path)
        self.wfile.write(body(0, at))
        self.wfile.flush()
        self.close_connection = True
        self.connection.close()

    def get_stall(self, parts):
        size, at, start = int(parts[0]), int(parts[1]), self.start_of_range()
        first = self.path not in self.cut
        self.cut.add(self.path)
        self.head_of_range(start, size)
        self.wfile.write(body(start, at if first else size))
        if first:
            self.wfile.flush()
            self.rfile.read(1)             # until the other gives up
            self.close_connection = True

    def get_changes(self, parts):
        size, start = int(parts[0]), self.start_of_range()
        first = self.path not in self.cut
        self.cut.add(self.path)
        shift, tag = (0, '"one"') if first else (1, '"two"')
        if self.headers.get("If-Range", tag) != tag:
            start = 0
        self.send_response(206 if start else 200)
        self.send_header("ETag", tag)
        self.send_header("Content-Length", str(size - start))
        if start:
            self.send_header("Content-Range", f"bytes {start}-{size - 1}/{size}")
        self.end_headers()
        self.wfile.write(body(start + shift, size // 2 if first else size + shift))
        if first:
            self.wfile.flush()
            self.close_connection = True
            self.connection.close()

    def get_endless(self, parts):
        self.send_response(200)
        self.send_header("Connection", "close")
        self.end_headers()
        self.close_connection = True
        while True:
            self.wfile.write(PATTERN)

    def get_says(self, parts):
        self.close_connection = True
        self.answer(200, body(0, int(parts[1])), Content_Length=parts[0], Connection="close")

    def get_gzip(self, parts):
        self.answer(200, gzip.compress(bytes(10 * 1024 * 1024)), Content_Encoding="gzip")

    def get_redirect(self, parts):
        self.redirect(parts)

    def get_status(self, parts):
        self.answer(int(parts[0]), b"<h1>no</h1>")

    def get_wrongrange(self, parts):
        size, start = int(parts[0]), self.start_of_range()
        if start:
            self.answer(206, body(0, size - 1), Content_Range=f"bytes 1-{size - 1}/{size}")
        else:
            self.send_response(200)
            self.send_header("Content-Length", str(size))
            self.end_headers()
            self.wfile.write(body(0, size // 2))
            self.close_connection = True
            self.connection.close()

    def do_PUT(self):
        name, *parts = urllib.parse.urlsplit(self.path).path.strip("/").split("/")
        left = int(self.headers.get("Content-Length", 0))
        size = 0
        while size < left:
            data = self.rfile.read(min(65536, left - size))
            if not data:
                break
            size += len(data)
            if name == "trickle":
                time.sleep(0.05)
        self.tell(size)
        if name == "redirect":
            self.redirect(parts)
        else:
            self.answer(int(parts[0]) if name == "status" else 201)


def main():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    if sys.argv[1:2] == ["--tls"]:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(sys.argv[2], sys.argv[3])
        server.socket = context.wrap_socket(server.socket, server_side=True)
    print(f"PORT={server.server_address[1]}", flush=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    sys.stdin.read()                       # ends with who started it


main()
