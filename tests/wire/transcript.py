"""Transcripts: how one is read, replayed on a raw socket, and compared. README.md describes the form."""

import base64
import difflib
import io
import pathlib
import re
import socket
import time
import urllib.parse
import zipfile

HOST = "localhost:4566"  # fixed, so that the URLs of queues are the same in every run
REPEATED = "# Asked until it answers so."
REPEATED_SECONDS = 10
ANSWER_SECONDS = 30
SOURCE = re.compile(r"# Source: (documented|recorded|our choice)\b")
HEADER = re.compile(r"([A-Za-z][A-Za-z0-9-]*): ?(.*)")
BOOTSTRAP = pathlib.Path(__file__).resolve().parents[1] / "end_to_end/bootstrap.py"

# What a placeholder stands for.
KINDS = {
    "uuid": r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}",
    "time": r"\d{10}(?:\.\d{1,3})?",                                # epoch seconds
    "iso": r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{3})?(?:Z|\+0000)",
    "number": r"-?\d+(?:\.\d+)?",
    "text": r'[^"<>]+',
    "base64": r"[A-Za-z0-9+/]+={0,2}",
    "any": r"[\s\S]*?",
}


class Mismatch(Exception):
    """The answer is another one; str() is the difference, or what else went wrong."""


class Malformed(Exception):
    """The file is no transcript."""


class Step:
    """One request and the answers to it."""

    def __init__(self, line, repeated):
        self.line = line
        self.repeated = repeated
        self.request = []  # lines without '> '
        self.raw = []      # lines without '>> '
        self.answers = []  # lists of lines without '< '


def parse(text):
    """The steps of a transcript."""
    lines = text.splitlines()
    if not lines or not SOURCE.match(lines[0]):
        raise Malformed("line 1: must begin with '# Source: documented', 'recorded' or 'our choice'")
    if len(lines) < 2 or not lines[1].startswith("# "):
        raise Malformed("line 2: a comment must say what the transcript shows")
    steps = []
    repeated = False
    for number, line in enumerate(lines, 1):
        mark, _, rest = line.partition(" ")
        if not line or mark == "#":
            repeated = line == REPEATED or repeated and bool(line)
        elif mark in (">", ">>"):
            if not steps or steps[-1].answers:
                steps.append(Step(number, repeated))
                repeated = False
            (steps[-1].request if mark == ">" else steps[-1].raw).append(rest)
        elif mark == "<" and steps:
            if re.fullmatch(r"\d{3}", rest):
                steps[-1].answers.append([])
            elif not steps[-1].answers:
                raise Malformed(f"line {number}: an answer must begin with its status")
            steps[-1].answers[-1].append(rest)
        else:
            raise Malformed(f"line {number}: neither a comment, nor '> ', '>> ', '< '")
    if not steps or any(not step.answers or bool(step.request) == bool(step.raw) for step in steps):
        raise Malformed("every step needs a request (either '> ' or '>> ') and an answer")
    return steps


class Replay:
    """Replays steps against one server; keeps the connection and the values that placeholders caught."""

    def __init__(self, port):
        self.port = port
        self.values = {}
        self.socket = None
        self.received = b""

    def close(self):
        if self.socket:
            self.socket.close()
        self.socket = None
        self.received = b""

    def run(self, steps):
        try:
            for step in steps:
                deadline = time.monotonic() + REPEATED_SECONDS
                while True:
                    try:
                        self.step(step)
                        break
                    except Mismatch as mismatch:
                        if not step.repeated or time.monotonic() > deadline:
                            raise Mismatch(f"line {step.line}: {mismatch}") from None
                        time.sleep(0.02)
        finally:
            self.close()

    def step(self, step):
        bytes_ = request_bytes(step, self.values)
        if not self.socket:
            self.socket = socket.create_connection(("127.0.0.1", self.port), timeout=ANSWER_SECONDS)
        try:
            self.socket.sendall(bytes_)
        except (BrokenPipeError, ConnectionResetError):
            pass  # refused before it was sent whole: the answer is there, or its absence is the mismatch
        is_head = bytes_.startswith(b"HEAD ")
        for expected in step.answers:
            wants_end = expected[-1] == "closed"
            status, headers, body = self.read_answer(is_head)
            is_head = False  # of several raw requests, only the first
            compare(expected[:-1] if wants_end else expected, status, headers, body, self.values)
            if wants_end:
                self.expect_end()
            elif lower(headers).get("connection") == "close":
                self.close()

    def expect_end(self):
        try:
            rest = self.received or self.socket.recv(1)
        except ConnectionResetError:
            rest = b""
        except TimeoutError:
            raise Mismatch("the server keeps the connection open") from None
        if rest:
            raise Mismatch(f"more bytes follow: {rest[:200]!r}")
        self.close()

    def read_answer(self, is_head):
        while True:
            head = self.read_until(b"\r\n\r\n").decode("latin-1")
            status_line, *lines = head[:-4].split("\r\n")
            found = re.fullmatch(r"HTTP/1\.1 (\d{3}) .+", status_line)
            if not found:
                raise Mismatch(f"no status line: {status_line!r}")
            headers = [tuple(line.split(": ", 1)) for line in lines]
            if any(len(header) != 2 for header in headers):
                raise Mismatch(f"a header line without a colon and a blank: {lines}")
            status = int(found[1])
            if status != 100:
                break
        check_headers(status, headers)
        length = int(lower(headers).get("content-length", "0"))
        bodiless = is_head or status in (204, 304)
        return status, headers, b"" if bodiless else self.read_exactly(length)

    def read_until(self, mark):
        while mark not in self.received:
            self.read_more()
        end = self.received.index(mark) + len(mark)
        taken, self.received = self.received[:end], self.received[end:]
        return taken

    def read_exactly(self, length):
        while len(self.received) < length:
            self.read_more()
        taken, self.received = self.received[:length], self.received[length:]
        return taken

    def read_more(self):
        try:
            more = self.socket.recv(65536)
        except TimeoutError:
            raise Mismatch(f"no complete answer within {ANSWER_SECONDS} s; so far {self.received[:500]!r}") from None
        except ConnectionResetError:
            more = b""
        if not more:
            self.socket.close()
            self.socket = None
            raise Mismatch(f"the server closed the connection; so far {self.received[:500]!r}")
        self.received += more


def request_bytes(step, values):
    if step.raw:
        return b"".join(unescaped(filled(line, values)) for line in step.raw)
    is_form = any(line.startswith("Action=") for line in step.request)
    escaped = {name: urllib.parse.quote(value, safe="") for name, value in values.items()} if is_form else values
    first, *rest = (filled(line, escaped) for line in step.request)
    method, path, *header = first.split(" ", 2)
    lines = header + rest
    headers = []
    while lines and (found := HEADER.fullmatch(lines[0])):
        headers.append((found[1], found[2]))
        lines.pop(0)
    body = "\n".join(lines).encode()
    given = {name.lower(): value for name, value in headers}
    if "host" not in given:
        headers.append(("Host", HOST))
    if "content-type" not in given and (kind := content_type(given.get("x-amz-target"), path, lines)):
        headers.append(("Content-Type", kind))
    if "content-length" not in given and "transfer-encoding" not in given and (body or method not in ("GET", "HEAD")):
        headers.append(("Content-Length", str(len(body))))
    head = f"{method} {path} HTTP/1.1\r\n" + "".join(f"{name}: {value}\r\n" for name, value in headers)
    return head.encode() + b"\r\n" + body


def content_type(target, path, lines):
    """What AWS's clients send along."""
    if target:
        return "application/x-amz-json-1.1" if target.startswith("AWSEvents.") else "application/x-amz-json-1.0"
    if lines and lines[0].startswith("Action="):
        return "application/x-www-form-urlencoded; charset=utf-8"
    return "application/json" if lines and re.match(r"/\d{4}-\d\d-\d\d/", path) else None


def unescaped(line):
    r"""Raw bytes: \r \n \t \\ \xNN."""
    return re.sub(rb"\\(r|n|t|\\|x[0-9a-f]{2})", lambda found: {b"r": b"\r", b"n": b"\n", b"t": b"\t", b"\\": b"\\"}.get(
        found[1]) or bytes([int(found[1][1:], 16)]), line.encode())


def filled(line, values):
    """A line of a request with its placeholders replaced."""
    line = re.sub(r"<repeat (.+?) (\d+)>", lambda found: found[1] * int(found[2]), line)
    line = re.sub(r"<zip ([a-z-]+)>", lambda found: zip_text(found[1]), line)
    return re.sub(r"<([a-z][a-z_]*)>", lambda found: values.get(found[1], found[0]), line)


def zip_text(name):
    """Base64 of a zip: `bootstrap` does as its event says, `escaping` climbs out of its folder, `empty` has no program."""
    files = {"bootstrap": [("bootstrap", BOOTSTRAP)], "escaping": [("bootstrap", BOOTSTRAP), ("../../escaped", BOOTSTRAP)],
             "empty": []}
    if name not in files:
        raise Malformed(f"there is no zip called {name}; transcript.py has {', '.join(files)}")
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for path, content in files[name]:
            entry = zipfile.ZipInfo(path)
            entry.external_attr = 0o100755 << 16
            archive.writestr(entry, content.read_bytes())
    return base64.b64encode(buffer.getvalue()).decode()


def lower(headers):
    return {name.lower(): value for name, value in headers}


def check_headers(status, headers):
    """What every answer must have."""
    names = [name.lower() for name, _ in headers]
    for name in ("date", "content-length", "content-type", "x-amzn-requestid"):
        if names.count(name) > 1:
            raise Mismatch(f"the header {name} appears {names.count(name)} times: {headers}")
    if not re.fullmatch(r"[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT", lower(headers).get("date", "")):
        raise Mismatch(f"the header date is missing or malformed: {headers}")
    if "content-length" not in names and status not in (204, 304):
        raise Mismatch(f"the header content-length is missing: {headers}")
    if "content-length" in names and status == 204:
        raise Mismatch(f"a 204 must not have a content-length: {headers}")


def compare(expected, status, headers, body, values):
    """Asserts one answer, and keeps what its placeholders caught."""
    wanted_status, *lines = expected
    wanted_headers = []
    while lines and (found := HEADER.fullmatch(lines[0])):
        wanted_headers.append((found[1], found[2]))
        lines.pop(0)
    seen = [str(status)]
    wanted = [wanted_status]
    there = lower(headers)
    for name, value in wanted_headers:  # '<none>': the header must not be there
        wanted.append(f"{name}: {value}")
        seen.append(f"{name}: {there.get(name.lower(), '<none>')}")
    wanted += lines
    # A body without lines of its own reads as one line; an empty one as none.
    seen += body.decode("utf-8", errors="backslashreplace").split("\n") if body else []
    caught = {}
    if not matches("\n".join(wanted), "\n".join(seen), values, caught):
        shown = [line if len(line) <= 2000 else line[:2000] + f" ... ({len(line)} characters)" for line in seen]
        difference = difflib.unified_diff(wanted, shown, "wanted", "answered", lineterm="", n=100)
        raise Mismatch("the answer differs\n" + "\n".join(difference))
    values.update(caught)


def matches(wanted, seen, values, caught):
    names = []

    def piece(found):
        kind, _, name = found[1].partition(" ")
        if kind in KINDS:
            if not name:
                return f"(?:{KINDS[kind]})"
            if name in names:
                return f"(?P={name})"
            names.append(name)
            return f"(?P<{name}>{KINDS[kind]})"
        return re.escape(values[kind] if kind in values and not name else found[0])

    parts = re.split(r"(<[a-z][a-z0-9_]*(?: [a-z][a-z_]*)?>)", wanted)
    expression = "".join(piece(re.match(r"<(.*)>", part)) if index % 2 else re.escape(part)
                         for index, part in enumerate(parts))
    found = re.fullmatch(expression, seen)
    if found:
        caught.update({name: found[name] for name in names})
    return bool(found)
