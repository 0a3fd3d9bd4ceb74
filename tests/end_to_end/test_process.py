"""What the system gives the program, and what it withholds: standard streams, descriptors, file sizes."""

import concurrent.futures
import http.client
import http.server
import json
import os
import resource
import socket
import subprocess
import threading
import unittest

from server import BINARY, STOP_SECONDS, Server, wait_until
from test_lambda import FunctionTest

DISK_FAILED = 74
NOT_READY = 3


def sent(server, count, size=10_000):
    """Sends messages to the queue q; returns how many were acknowledged before one was refused or not answered."""
    sqs = server.client("sqs")
    url = sqs.create_queue(QueueName="q")["QueueUrl"]
    for number in range(count):
        try:
            sqs.send_message(QueueUrl=url, MessageBody="x" * size)
        except Exception:  # noqa: BLE001; whatever it is, this one was not acknowledged
            return number
    return count


class ProcessTest(unittest.TestCase):
    server_options = ("--segment-mib", "1", "--snapshot-mib", "1", "--reserve-mib", "1")

    def setUp(self):
        self.server = Server(*self.server_options)
        self.addCleanup(self.server.close)

    def verified(self):
        ran = subprocess.run([BINARY, "log", "verify", str(self.server.data)], capture_output=True, text=True, timeout=60)
        self.assertEqual(0, ran.returncode, ran.stdout + ran.stderr)


class WithKeys(ProcessTest):
    def setUp(self):
        super().setUp()
        command = self.server.command
        self.server.command = lambda port=None: [part for part in command(port) if part != "--dev"]
        self.server.environment = {"AWS_ACCESS_KEY_ID": "AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY": "secret"}
        self.server.start()

    def test_more_than_an_operation_takes_is_hashed_for_nobody(self):
        for size, refused in ((2, "MissingAuthenticationTokenException"), (1_048_577, "RequestEntityTooLargeException")):
            _, answer = self.server.json_request("AWSEvents.ListEventBuses", b"{".ljust(size - 1) + b"}")
            self.assertEqual(refused, answer["__type"])


class Stop(ProcessTest):
    def test_long_polls_end_empty(self):
        self.server.start()
        sqs = self.server.client("sqs")
        url = sqs.create_queue(QueueName="q")["QueueUrl"]
        with concurrent.futures.ThreadPoolExecutor() as pool:
            polls = [pool.submit(self.server.client("sqs").receive_message, QueueUrl=url, WaitTimeSeconds=20)
                     for _ in range(3)]
            tail = pool.submit(self.server.json_request, "Athanor.TailEvents", b'{"WaitTimeSeconds": 20}')
            for poll in (*polls, tail):
                with self.assertRaises(concurrent.futures.TimeoutError):
                    poll.result(0.3)  # it waits
            self.assertEqual(0, self.server.stop())
            for poll in polls:
                self.assertNotIn("Messages", poll.result())
            status, page = tail.result()
            self.assertEqual((200, []), (status, page["Events"]))


class StandardStreams(ProcessTest):
    def launch(self, redirections):
        """The server under a shell that redirects its streams, on a port that was free a moment ago."""
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.server.port = free.getsockname()[1]
        self.server.process = subprocess.Popen(["bash", "-c", f'exec "$@" {redirections}', "bash", *self.server.command()])
        wait_until(self.is_ready)

    def is_ready(self):
        try:
            return self.server.request("GET", "/_athanor/health")[0] == 200
        except (OSError, http.client.HTTPException):
            self.assertIsNone(self.server.process.poll(), "it has ended")
            return False

    def test_what_cannot_be_said_ends_nobody(self):
        self.launch("2>/dev/full")
        self.assertEqual(10, sent(self.server, 10))
        self.assertEqual(0, self.server.stop())
        self.verified()

    def test_a_closed_stream_gets_no_file_of_the_log(self):
        for redirections in ("<&- >&- 2>&-", "<&- 2>&-", "2>&-"):
            with self.subTest(redirections):
                self.launch(redirections)
                self.assertEqual("/dev/null", os.readlink(f"/proc/{self.server.process.pid}/fd/2"))
                self.assertEqual(10, sent(self.server, 10))
                self.assertEqual(0, self.server.stop())
                self.verified()


class Tail(ProcessTest):
    def test_goes_on_behind_a_restart(self):
        self.server.start()
        tail = subprocess.Popen([BINARY, "tail", "--json", "--since", "1h", "--limit", "2", "--endpoint", self.server.endpoint],
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.addCleanup(tail.kill)
        put = lambda number: self.server.client("events").put_events(
            Entries=[{"Source": "s", "DetailType": "t", "Detail": json.dumps({"n": number})}])
        put(1)
        first = json.loads(tail.stdout.readline())
        self.server.kill()
        self.assertIn("Waiting for it.", tail.stderr.readline())
        self.server.start()
        put(2)
        rest, said = tail.communicate(timeout=30)
        self.assertEqual((0, ""), (tail.returncode, said))
        self.assertEqual([{"n": 1}, {"n": 2}], [json.loads(event["Detail"]) for event in (first, json.loads(rest))])


class Output(ProcessTest):
    def ran(self, redirection, *words):
        return subprocess.run(["bash", "-c", f'"$@" {redirection}', "bash", BINARY, *map(str, words)], text=True,
                              capture_output=True, timeout=60)

    def test_what_could_not_be_printed_is_not_done(self):
        self.server.start()
        self.assertEqual(20, sent(self.server, 20))
        events = self.server.client("events")
        for _ in range(20):
            events.put_events(Entries=[{"Source": "s", "DetailType": "t", "Detail": '{"x":"%s"}' % ("x" * 1_000)}])
        tail = ("tail", "--since", "1h", "--json", "--endpoint", self.server.endpoint)  # follows for as long as it can
        backup = ("backup", "--data", self.server.data, "--to", self.server.home / "backup")
        commands = [tail, backup, ("version",), ("--help",)]
        self.check(commands)
        self.assertEqual((0, ""), self.quiet("| head -n 1 >/dev/null", *tail, "--no-follow"))
        self.server.stop()
        self.check([("log", "verify", self.server.data), ("log", "dump", self.server.data)])
        self.assertEqual((0, ""), self.quiet("| head -n 1 >/dev/null", "log", "dump", self.server.data))

    def check(self, commands):
        for command in commands:
            for redirection, why in ((">/dev/full", "No space left on device"), (">&-", "Bad file descriptor")):
                with self.subTest(command=command[:2], redirection=redirection):
                    ran = self.ran(redirection, *command)
                    self.assertEqual(1, ran.returncode, ran.stderr)
                    self.assertEqual(f"error: Cannot write to standard output: {why}.\n", ran.stderr)

    def quiet(self, *arguments):
        ran = self.ran(*arguments)
        return ran.returncode, ran.stderr


class Descriptors(ProcessTest):
    def setUp(self):
        super().setUp()
        self.held = []
        self.addCleanup(self.let_go)

    def start_with(self, soft, hard):
        self.server.command = lambda: ["prlimit", f"--nofile={soft}:{hard}", *Server.command(self.server)]
        self.server.start()

    def hold(self, count):
        """Opens connections that stay idle after an answered request; returns how many were answered."""
        answered = 0
        for _ in range(count):
            connection = socket.create_connection(("127.0.0.1", self.server.port), timeout=10)
            self.held.append(connection)
            try:
                connection.sendall(b"GET /_athanor/health HTTP/1.1\r\nHost: x\r\n\r\n")
                answered += connection.recv(100).startswith(b"HTTP/1.1 200")
            except ConnectionError:
                pass
        return answered

    def let_go(self):
        while self.held:
            self.held.pop().close()

    def wait_until_said(self, words):
        wait_until(lambda: words in self.server.said()[self.server.said_before:], what=words)

    def test_idle_connections_leave_the_log_its_descriptors(self):
        for limit, connections in ((64, 16), (256, 64)):
            with self.subTest(limit):
                self.start_with(limit, limit)
                self.wait_until_said(f"limited to {connections} connections and ")
                sqs = self.server.client("sqs")  # its connection is one of them
                url = sqs.create_queue(QueueName="q")["QueueUrl"]
                self.assertEqual(connections - 1, self.hold(2 * limit))
                for _ in range(200):  # two segments, and as many snapshots
                    sqs.send_message(QueueUrl=url, MessageBody="x" * 10_000)
                self.let_go()
                wait_until(lambda: self.hold(1) == 1, what="a connection in place of the closed ones")
                self.assertEqual(0, self.server.stop())
                self.verified()

    def test_a_log_of_many_files_is_written_and_read_with_few(self):
        self.start_with(64, 64)
        self.assertEqual(120, sent(self.server, 120, size=1_000_000))  # two a segment
        sqs = self.server.client("sqs")
        url = sqs.get_queue_url(QueueName="q")["QueueUrl"]
        self.hold(64)
        received = 0
        while messages := sqs.receive_message(QueueUrl=url).get("Messages"):
            received += len(messages)
        self.assertEqual(120, received)

    def test_the_hard_limit_is_what_counts(self):
        self.start_with(64, 1_024)
        self.wait_until_said("the system allows 1024 open files")
        self.assertEqual(300, self.hold(300))


class Starting(unittest.TestCase):
    """A server that has not read its state yet, as the command line sees it."""

    def test_is_told_from_a_refusal(self):
        class NotReady(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                self.rfile.read(int(self.headers["Content-Length"]))
                self.send_response(503)
                self.send_header("Retry-After", "1")
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        with http.server.HTTPServer(("127.0.0.1", 0), NotReady) as server:
            threading.Thread(target=server.serve_forever, daemon=True).start()
            endpoint = f"http://127.0.0.1:{server.server_port}"
            ran = subprocess.run([BINARY, "status", "--endpoint", endpoint], capture_output=True, text=True, timeout=60)
            server.shutdown()
        self.assertEqual(NOT_READY, ran.returncode, ran.stderr)
        self.assertIn(f"error: The server at {endpoint} is still starting", ran.stderr)


class FileSizes(ProcessTest):
    """A write beyond the largest allowed file size counts as a failed write."""

    server_options = ("--segment-mib", "4", "--reserve-mib", "0")

    def limit(self, size):
        self.server.command = lambda port=None: ["prlimit", f"--fsize={size}", *Server.command(self.server, port)]

    def refusal(self, *options):
        self.server.options = options
        ran = subprocess.run(self.server.command(0), capture_output=True, text=True, timeout=STOP_SECONDS)
        self.assertEqual(1, ran.returncode, ran.stderr)
        return ran.stderr

    def test_the_log_stops_where_a_file_may_not_grow(self):
        self.server.start()
        resource.prlimit(self.server.process.pid, resource.RLIMIT_FSIZE, (2 << 20, 2 << 20))
        self.assertLess(sent(self.server, 400), 400)
        self.assertEqual(DISK_FAILED, self.server.process.wait(STOP_SECONDS))
        self.assertIn("File too large (ulimit -f)", self.server.said())
        self.assertIn("The log can no longer be written", self.server.said())
        self.verified()

    def test_a_segment_larger_than_a_file_may_be_is_refused(self):
        self.limit(12 << 20)
        said = self.refusal("--segment-mib", "4", "--reserve-mib", "0")
        self.assertIn("--segment-mib 4 needs a file of 13 MiB, and the system allows at most 12 MiB: ", said)

    def test_a_reserve_larger_than_a_file_may_be_is_refused(self):
        self.limit(32 << 20)
        said = self.refusal("--segment-mib", "4", "--reserve-mib", "64")
        self.assertIn("--reserve-mib 64 needs a file of 65 MiB, and the system allows at most 32 MiB: ", said)


class EndsOfChildren(FunctionTest):
    """A server whose parent ignores SIGCHLD, which the server inherits."""

    @classmethod
    def setUpClass(cls):
        cls.server = Server()
        cls.addClassCleanup(cls.server.close)
        command = cls.server.command
        cls.server.command = lambda port=None: ["env", "--ignore-signal=CHLD", *command(port)]
        cls.server.start()
        cls.make_clients()

    def test_it_is_known_how_a_function_ended(self):
        _, body = self.invoke(self.function(), {"do": "exit"})
        self.assertRegex(body["errorMessage"], r" Error: Runtime exited with error: exit status 3$")


if __name__ == "__main__":
    unittest.main()
