"""What the system gives the program, and what it does not: standard streams, descriptors, sizes of files."""

import http.client
import os
import socket
import subprocess
import unittest

from server import BINARY, STOP_SECONDS, Server, wait_until


def sent(server, count, size=10_000):
    """Sends messages to the queue q; returns how many were acknowledged before one was refused or nobody answered."""
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

    def test_a_closed_stream_gets_no_file_of_the_log(self):
        for redirections in ("<&- >&- 2>&-", "<&- 2>&-", "2>&-"):
            with self.subTest(redirections):
                self.launch(redirections)
                self.assertEqual("/dev/null", os.readlink(f"/proc/{self.server.process.pid}/fd/2"))
                self.assertEqual(10, sent(self.server, 10))
                self.assertEqual(0, self.server.stop())
                self.verified()


if __name__ == "__main__":
    unittest.main()
