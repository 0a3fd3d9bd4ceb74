"""Starts, stops and kills the real server, and gives tests stock clients that talk to it.

The binary is ATHANOR_BIN, or build/release/bin/athanor. Every server has a temporary directory and a port of its own.
"""

import http.client
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import tempfile
import time
import unittest
import uuid

import boto3
import botocore.config

ROOT = pathlib.Path(__file__).resolve().parents[2]
BINARY = os.environ.get("ATHANOR_BIN") or str(ROOT / "build/release/bin/athanor")
REGION = "us-east-1"
ACCOUNT = "123456789012"
START_SECONDS = 20  # a server that is not listening by then never will be
STOP_SECONDS = 20


class Server:
    """A server process on a data directory. After a kill, start() runs it again on the same port and data."""

    def __init__(self, *options):
        self.home = pathlib.Path(tempfile.mkdtemp(prefix="athanor-e2e-"))
        self.data = self.home / "data"
        self.output = self.home / "output.txt"
        self.host = "127.0.0.1"
        self.port = 0
        self.process = None
        self.said_before = 0  # how much earlier processes printed
        self.options = list(options)
        self.environment = {}  # in addition to our own

    def command(self, port=None):
        return [BINARY, "serve", "--dev", "--data", str(self.data), "--port",
                str(self.port if port is None else port), *self.options]

    def start(self):
        self.launch()
        return self.wait_until_it_listens()

    def launch(self):
        self.said_before = len(self.said())
        with self.output.open("ab") as output:
            self.process = subprocess.Popen(self.command(), stdout=output, stderr=output, stdin=subprocess.DEVNULL,
                                            env={**os.environ, **self.environment})

    def said(self):
        """All that servers on this directory have printed."""
        return self.output.read_text(errors="replace") if self.output.exists() else ""

    def wait_until_it_listens(self):
        deadline = time.monotonic() + START_SECONDS
        while True:
            said = self.said()[self.said_before:]
            listening = re.search(r"listening on http://[\d.]+:(\d+)", said)
            if listening:
                self.port = int(listening[1])
                return self
            if self.process.poll() is not None:
                raise AssertionError(f"the server ended with {self.process.returncode}:\n{said}")
            if time.monotonic() > deadline:
                self.kill()
                raise AssertionError(f"the server is not listening after {START_SECONDS} s:\n{said}")
            time.sleep(0.01)

    def kill(self):
        """Ends the process as a power cut does: nothing is finished, nothing is printed."""
        self.process.kill()
        self.process.wait(STOP_SECONDS)

    def stop(self):
        """Asks it to stop, and returns the exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(STOP_SECONDS)

    def close(self):
        if self.process and self.process.poll() is None:
            self.kill()
        shutil.rmtree(self.home, ignore_errors=True)

    @property
    def endpoint(self):
        return f"http://{self.host}:{self.port}"

    def client(self, service, access_key="test", region=REGION, **config):
        """A boto3 client that does not retry and, with parameter_validation=False, refuses nothing by itself."""
        settings = {"retries": {"max_attempts": 0}, "read_timeout": 60, **config}
        return boto3.client(service, endpoint_url=self.endpoint, region_name=region, aws_access_key_id=access_key,
                            aws_secret_access_key="test", config=botocore.config.Config(**settings))

    def request(self, method, path, body=b"", headers=None):
        """One request sent without an AWS client: (status, headers, body)."""
        connection = http.client.HTTPConnection(self.host, self.port, timeout=60)
        try:
            connection.request(method, path, body, headers or {})
            answer = connection.getresponse()
            return answer.status, answer.headers, answer.read()
        finally:
            connection.close()

    def json_request(self, target, body, version="1.1"):
        """An awsJson request with any bytes as its body: (status, the answer's members)."""
        status, _, answer = self.request("POST", "/", body, {
            "Content-Type": f"application/x-amz-json-{version}", "X-Amz-Target": target})
        return status, json.loads(answer or b"{}")


def wait_until(question, seconds=15, what="the awaited state"):
    """Calls it until the result is true, and returns that result."""
    deadline = time.monotonic() + seconds
    while True:
        answer = question()
        if answer:
            return answer
        if time.monotonic() > deadline:
            raise AssertionError(f"{what} did not happen within {seconds} s; last answer: {answer!r}")
        time.sleep(0.05)


class ServerTest(unittest.TestCase):
    """One server for a class of tests; names are unique, so that the tests do not affect each other."""

    server_options = ()
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        cls.server = Server(*cls.server_options)
        cls.addClassCleanup(cls.server.close)
        cls.server.start()
        cls.make_clients()

    @classmethod
    def make_clients(cls):
        cls.events = cls.server.client("events")
        cls.sqs = cls.server.client("sqs")
        cls.functions = cls.server.client("lambda")
        cls.unchecked_events = cls.server.client("events", parameter_validation=False)

    @staticmethod
    def name(beginning="x"):
        return f"{beginning}-{uuid.uuid4().hex[:8]}"

    def refused(self, code, message, operation, **parameters):
        """Asserts that an operation is refused with AWS's code, and its message: a text or a compiled expression."""
        error_type = self.events.exceptions.ClientError
        with self.assertRaises(error_type) as caught:
            operation(**parameters)
        error = caught.exception.response["Error"]
        self.assertEqual(code, error["Code"], error)
        if isinstance(message, re.Pattern):
            self.assertRegex(error.get("Message", ""), message)
        elif message is not None:
            self.assertEqual(message, error.get("Message", ""))
        return caught.exception.response

    # Steps that many tests need.

    def queue(self, name=None, **attributes):
        """Creates a queue: (URL, ARN)."""
        url = self.sqs.create_queue(QueueName=name or self.name("queue"), Attributes=attributes)["QueueUrl"]
        arn = self.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        return url, arn

    def bus(self):
        name = self.name("bus")
        self.events.create_event_bus(Name=name)
        return name

    def route(self, bus, pattern, target, **target_parameters):
        """Creates a rule with one target; returns the rule's name."""
        rule = self.name("rule")
        self.events.put_rule(Name=rule, EventBusName=bus, EventPattern=json.dumps(pattern))
        put = self.events.put_targets(Rule=rule, EventBusName=bus,
                                      Targets=[{"Id": "1", "Arn": target, **target_parameters}])
        self.assertEqual(0, put["FailedEntryCount"], put)
        return rule

    def put(self, bus, detail, source="shop", detail_type="Sold", **more):
        """Puts one event; returns its id."""
        answer = self.events.put_events(Entries=[{"EventBusName": bus, "Source": source, "DetailType": detail_type,
                                                  "Detail": json.dumps(detail), **more}])
        self.assertEqual(0, answer["FailedEntryCount"], answer)
        return answer["Entries"][0]["EventId"]

    def receive(self, url, count=1, seconds=15):
        """Receives and deletes `count` messages, or fails; an overfull queue shows in assert_empty()."""
        messages = []
        deadline = time.monotonic() + seconds
        while len(messages) < count:
            left = deadline - time.monotonic()
            self.assertGreater(left, 0, f"{len(messages)} of {count} messages within {seconds} s")
            got = self.sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=min(10, count - len(messages)),
                                           WaitTimeSeconds=max(1, min(5, int(left))), AttributeNames=["All"],
                                           MessageAttributeNames=["All"]).get("Messages", [])
            for message in got:
                self.sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
            messages += got
        return messages

    def received_events(self, url, count=1, seconds=15):
        return [json.loads(message["Body"]) for message in self.receive(url, count, seconds)]

    def assert_empty(self, url):
        attributes = self.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
        waiting = {name: attributes[name] for name in attributes if name.startswith("ApproximateNumberOfMessages")}
        self.assertEqual({"0"}, set(waiting.values()), waiting)
