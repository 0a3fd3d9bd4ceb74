"""Signed requests over one plain socket: quick enough to load the server, and nothing of it is the server's.

Whoever calls learns one of three things: `Answer` (done), `Refused` (surely not done), `Unknown` (nobody knows).
"""

import functools
import hashlib
import hmac
import json
import socket
import time
import urllib.request

REGION = "us-east-1"
ACCESS_KEY, SECRET_KEY = "AKIDCRASH", "a secret of the crash test"
TIMEOUT_SECONDS = 20


class Refused(Exception):
    """A 4xx: the request has changed nothing."""

    def __init__(self, status, body):
        super().__init__(f"{status} {body[:300]!r}")
        self.status = status
        try:
            self.code = json.loads(body)["__type"].split("#")[-1]
        except (ValueError, KeyError):
            self.code = ""


class Unknown(Exception):
    """No answer, half an answer, or a 5xx."""


@functools.lru_cache(maxsize=64)
def signing_key(secret, day, service):
    key = f"AWS4{secret}".encode()
    for part in (day, REGION, service, "aws4_request"):
        key = hmac.digest(key, part.encode(), "sha256")
    return key


def signed(host, service, method, path, fields, body, secret=SECRET_KEY):
    """The whole request, as bytes; its fields by names in lower case."""
    now = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())
    scope = f"{now[:8]}/{REGION}/{service}/aws4_request"
    fields = dict(sorted({**fields, "host": host, "x-amz-date": now}.items()))
    names = ";".join(fields)
    lines = "".join(f"{name}:{value}\n" for name, value in fields.items())
    canonical = f"{method}\n{path}\n\n{lines}\n{names}\n{hashlib.sha256(body).hexdigest()}"
    text = f"AWS4-HMAC-SHA256\n{now}\n{scope}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
    signature = hmac.new(signing_key(secret, now[:8], service), text.encode(), "sha256").hexdigest()
    lines = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
    return (f"{method} {path} HTTP/1.1\r\n{lines}Authorization: AWS4-HMAC-SHA256 Credential={ACCESS_KEY}/{scope}, "
            f"SignedHeaders={names}, Signature={signature}\r\nContent-Length: {len(body)}\r\n\r\n").encode() + body


def headers(version, target):
    return {"content-type": f"application/x-amz-json-{version}", "x-amz-target": target}


class Client:
    """One connection, made when it is needed. For one thread."""

    def __init__(self, port):
        self.host = f"127.0.0.1:{port}"
        self.port = port
        self.socket = None

    def events(self, operation, secret=SECRET_KEY, **request):
        return self.call("events", "POST", "/", headers("1.1", f"AWSEvents.{operation}"), request, secret)

    def sqs(self, operation, **request):
        return self.call("sqs", "POST", "/", headers("1.0", f"AmazonSQS.{operation}"), request)

    def functions(self, method, path, request=None):
        return self.call("lambda", method, path, {"content-type": "application/json"}, request)

    def metrics(self):
        """The counters' text, which nobody has to sign for."""
        with urllib.request.urlopen(f"http://{self.host}/metrics", timeout=TIMEOUT_SECONDS) as answer:
            return answer.read().decode()

    def call(self, service, method, path, fields, request, secret=SECRET_KEY):
        body = b"" if request is None else json.dumps(request).encode()
        try:
            if self.socket is None:
                self.socket = socket.create_connection(("127.0.0.1", self.port), TIMEOUT_SECONDS)
                self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.socket.sendall(signed(self.host, service, method, path, fields, body, secret))
            status, answer = self.read_answer()
        except (OSError, ValueError, IndexError) as problem:
            self.close()
            raise Unknown(str(problem)) from problem
        if 200 <= status < 300:
            try:
                return json.loads(answer or b"{}")
            except ValueError as problem:
                raise AssertionError(f"{method} {path} {fields} got an answer that is not JSON: {answer[:300]!r}") from problem
        if 400 <= status < 500:
            raise Refused(status, answer)
        raise Unknown(f"{status} {answer[:300]!r}")

    def read_answer(self):
        received = b""
        while (end := received.find(b"\r\n\r\n")) < 0:
            received += self.some()
        head = received[:end].decode("latin-1").split("\r\n")
        fields = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:])}
        whole = end + 4 + int(fields.get("content-length", 0))
        pieces, size = [received], len(received)
        while size < whole:
            pieces.append(self.some())
            size += len(pieces[-1])
        if fields.get("connection") == "close":
            self.close()
        return int(head[0].split()[1]), b"".join(pieces)[end + 4:whole]

    def some(self):
        piece = self.socket.recv(262_144)
        if not piece:
            raise ConnectionError("the server hung up")
        return piece

    def close(self):
        if self.socket is not None:
            self.socket.close()
            self.socket = None
