#!/usr/bin/python3
"""Sends thousands of small events a second through a bus, a rule and a queue; each has to come out once.

The books hold only what is under way, so that it may run for as long as one likes: until its standard input ends. If something was
broken, it prints a sentence to standard output and exits with 1.
"""

import argparse
import json
import pathlib
import sys
import threading
import time

sys.dont_write_bytecode = True
sys.path.append(str(pathlib.Path(__file__).resolve().parents[1] / "crash"))
from client import Client, Refused, Unknown  # noqa: E402; after the path

NAME = "stream"               # of bus, rule and queue
BATCH = 10
PUTTERS, TAKERS = 2, 2
UNDER_WAY_MAX = 100_000       # then putters wait
VISIBILITY_SECONDS = 3_600    # nothing comes again because it was not deleted in time
LAST_SECONDS = 60             # until what was put last has come out


class UnderWay:
    """Numbers that were handed in and have not come out."""

    def __init__(self):
        self.lock = threading.Lock()
        self.numbers = set()
        self.begun = 0
        self.done = 0

    def __len__(self):
        return len(self.numbers)

    def begin(self):
        with self.lock:
            numbers = range(self.begun, self.begun + BATCH)
            self.begun += BATCH
            self.numbers.update(numbers)
        return numbers

    def end(self, number):
        with self.lock:
            if number not in self.numbers:
                raise AssertionError(f"event {number} arrived twice, or was never put")
            self.numbers.remove(number)
            self.done += 1


class Stream:
    def __init__(self, port, rate):
        self.port, self.rate = port, rate
        self.under_way = UnderWay()
        self.stopping, self.drained = threading.Event(), threading.Event()
        self.broken = []
        client = Client(port)
        client.events("CreateEventBus", Name=NAME)
        self.queue = client.sqs("CreateQueue", QueueName=NAME,
                                Attributes={"VisibilityTimeout": str(VISIBILITY_SECONDS)})["QueueUrl"]
        arn = client.sqs("GetQueueAttributes", QueueUrl=self.queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        client.events("PutRule", Name=NAME, EventBusName=NAME, EventPattern=json.dumps({"detail-type": ["Numbered"]}))
        client.events("PutTargets", Rule=NAME, EventBusName=NAME, Targets=[{"Id": "queue", "Arn": arn}])
        self.putters = [threading.Thread(target=self.run, args=[self.put], daemon=True) for _ in range(PUTTERS)]
        self.takers = [threading.Thread(target=self.run, args=[self.take], daemon=True) for _ in range(TAKERS)]

    def run(self, client):
        try:
            client(Client(self.port))
        except (AssertionError, Refused, Unknown, KeyError, ValueError) as fault:
            self.broken.append(f"{client.__name__}: {type(fault).__name__}: {fault}")
            self.stopping.set()

    def put(self, client):
        pause = BATCH * PUTTERS / self.rate
        due = time.monotonic()
        while not self.stopping.wait(max(0.0, due - time.monotonic())):
            due = max(due + pause, time.monotonic() - 1)  # it catches up with a second at most
            if len(self.under_way) > UNDER_WAY_MAX:
                continue
            entries = [{"EventBusName": NAME, "Source": NAME, "DetailType": "Numbered", "Detail": detail_of(number)}
                       for number in self.under_way.begin()]
            if (failed := client.events("PutEvents", Entries=entries)["FailedEntryCount"]) != 0:
                raise AssertionError(f"{failed} entries of {BATCH} were refused")

    def take(self, client):
        while not self.drained.is_set():
            messages = client.sqs("ReceiveMessage", QueueUrl=self.queue, MaxNumberOfMessages=BATCH,
                                  WaitTimeSeconds=1).get("Messages", [])
            if not messages:
                continue
            for message in messages:
                detail = json.loads(message["Body"])["detail"]
                if json.dumps(detail) != detail_of(detail["number"]):
                    raise AssertionError(f"an event arrived as {detail}")
                self.under_way.end(detail["number"])
            entries = [{"Id": str(at), "ReceiptHandle": message["ReceiptHandle"]} for at, message in enumerate(messages)]
            answer = client.sqs("DeleteMessageBatch", QueueUrl=self.queue, Entries=entries)
            if len(answer["Successful"]) != len(messages):
                raise AssertionError(f"{answer['Failed']} could not be deleted")

    def flow(self):
        """Until the standard input ends, or something is broken."""
        begun = time.monotonic()
        for thread in [*self.putters, *self.takers]:
            thread.start()
        threading.Thread(target=lambda: (sys.stdin.read(), self.stopping.set()), daemon=True).start()
        self.stopping.wait()
        for thread in self.putters:
            thread.join()
        seconds = time.monotonic() - begun
        end = time.monotonic() + LAST_SECONDS
        while self.under_way and not self.broken and time.monotonic() < end:
            time.sleep(0.1)
        self.drained.set()
        for thread in self.takers:
            thread.join()
        if self.under_way and not self.broken:
            self.broken.append(f"{len(self.under_way)} events did not come out, {min(self.under_way.numbers)} first")
        print(f"stream: {self.under_way.done} events, {self.under_way.done / seconds:.0f} a second, each came out once"
              if not self.broken else "\n".join(self.broken), flush=True)
        return 1 if self.broken else 0


def detail_of(number):
    return json.dumps({"number": number, "ballast": f"{number:x} " * 16})


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("port", type=int)
    parser.add_argument("--rate", type=float, default=5_600, metavar="N", help="events a second (%(default)s: 20 million an hour)")
    arguments = parser.parse_args()
    return Stream(arguments.port, arguments.rate).flow()


if __name__ == "__main__":
    sys.exit(main())
