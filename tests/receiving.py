"""A real HTTP server on this machine that answers as a test says."""

import contextlib
import http.server
import threading
import time
from typing import NamedTuple


class Received(NamedTuple):
    method: str
    path: str
    headers: dict
    body: bytes


class Receiver(http.server.ThreadingHTTPServer):
    """Answers each request with the next of `answers`, the last of them again and again: a status, (status, headers,
    body), or a function of the request handler that answers itself. `received` has every request that came."""

    daemon_threads = True
    block_on_close = False

    def __init__(self, *answers, host="127.0.0.1"):
        super().__init__((host, 0), Handler)
        self.answers, self.received, self.names = list(answers) or [204], [], []
        self.ends = threading.Event()

    @property
    def place(self):
        return f"127.0.0.1:{self.server_port}"

    @property
    def address(self):
        return f"http://{self.place}/hook"

    def handle_error(self, request, client_address):
        """Whoever hangs up in the middle is no fault of ours."""


class Handler(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.server.received.append(Received(self.command, self.path, headers, body))
        answers = self.server.answers
        answer = answers.pop(0) if len(answers) > 1 else answers[0]
        if callable(answer):
            answer(self)
            return
        status, headers, body = answer if isinstance(answer, tuple) else (answer, {}, b"")
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    do_GET = do_HEAD = do_POST

    def log_message(self, *_):
        pass


def hang(handler):
    """Says nothing until the test is over."""
    handler.server.ends.wait(30)


def drip(handler):
    """Sends a header without end, a byte at a time: no single read takes long."""
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
    while not handler.server.ends.is_set():
        handler.wfile.write(b"x")
        time.sleep(0.02)


def endless(handler):
    """Sends a body without end."""
    handler.send_response(200)
    handler.end_headers()
    while not handler.server.ends.is_set():
        handler.wfile.write(b"x" * 65_536)


@contextlib.contextmanager
def receiving(*answers, context=None):
    """A Receiver at work; `context` is its ssl.SSLContext where it speaks HTTPS."""
    with Receiver(*answers) as server:
        if context:
            context.sni_callback = lambda _socket, name, _context: server.names.append(name)
            server.socket = context.wrap_socket(server.socket, server_side=True)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield server
        finally:
            server.ends.set()
            server.shutdown()
            thread.join()
