"""A program that receives webhooks: over a real socket, checking each signature with the standard's own library."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from standardwebhooks import Webhook, WebhookVerificationError

Answer = Callable[["Handler"], None]


class Receiver(ThreadingHTTPServer):
    """`answers` are given one after the other, the last again and again; `got` are (id, message, is verified)."""

    daemon_threads = True

    def __init__(self, *answers: Answer):
        super().__init__(("127.0.0.1", 0), Handler)
        self.answers, self.got, self.secret, self.headers = list(answers), [], "", []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/hook"

    @property
    def ids(self) -> list[str]:
        return [message_id for message_id, _message, _verified in self.got]

    def handle_error(self, request, client_address):
        pass


class Handler(BaseHTTPRequestHandler):
    def do_POST(self):
        sent = self.rfile.read(int(self.headers["Content-Length"]))
        try:
            message, verified = Webhook(self.server.secret).verify(sent, dict(self.headers)), True
        except WebhookVerificationError:
            message, verified = None, False
        self.server.headers.append(dict(self.headers))
        self.server.got.append((self.headers["webhook-id"], message, verified))
        answers = self.server.answers
        (answers.pop(0) if len(answers) > 1 else answers[0])(self)

    def log_message(self, *args):
        pass


def say(status: int = 200, body: bytes = b"ok", **headers: str) -> Answer:
    def answer(handler: Handler) -> None:
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.end_headers()
        handler.wfile.write(body)

    return answer


def wait(seconds: float) -> Answer:
    def answer(handler: Handler) -> None:
        time.sleep(seconds)
        say()(handler)

    return answer


def drip(handler: Handler) -> None:
    """A body that comes byte by byte and never ends."""
    handler.send_response(200)
    handler.end_headers()
    for _turn in range(300):
        handler.wfile.write(b"x")
        handler.wfile.flush()
        time.sleep(0.1)


@contextmanager
def receiving(*answers: Answer) -> Iterator[Receiver]:
    receiver = Receiver(*(answers or [say()]))
    threading.Thread(target=receiver.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    try:
        yield receiver
    finally:
        receiver.shutdown()
        receiver.server_close()
