"""The real server on a disk that is full: a small tmpfs, which takes root to mount.

It accepts until the disk is full, refuses then what takes room, in AWS's words, and goes on with everything else; it accepts
again by itself when there is room, whether consumers made it, a purge, or somebody else; and it starts on the full disk.
"""

import json
import os
import shutil
import subprocess
import tempfile
import time
import unittest

from checker import Book, Inbox, Journal
from client import ACCESS_KEY, SECRET_KEY, Client, Unknown
from world import ACCOUNT, BINARY, Server, bus_arn, queue_arn

DISK_FAILED = 74
DISK_MIB = 24
RESERVE_MIB = 8
BALLAST_BYTES = 50_000
WELL_AGAIN_SECONDS = 20  # by then it accepts again; some two in truth
CYCLES = 3


@unittest.skipUnless(os.geteuid() == 0, "only root can mount a small disk")
class FullDisk(unittest.TestCase):
    def setUp(self):
        self.disk = tempfile.mkdtemp(prefix="athanor-full-")
        self.addCleanup(shutil.rmtree, self.disk, ignore_errors=True)
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={DISK_MIB}m", "athanor-full", self.disk], check=True)
        self.addCleanup(subprocess.run, ["umount", self.disk], check=True)
        self.server = Server()
        self.server.command = lambda port=None: [
            BINARY, "serve", "--data", f"{self.disk}/data", "--port", str(self.server.port), "--segment-mib", "1",
            "--snapshot-mib", "1", "--reserve-mib", str(RESERVE_MIB)]
        self.server.environment = {"AWS_ACCESS_KEY_ID": ACCESS_KEY, "AWS_SECRET_ACCESS_KEY": SECRET_KEY}
        self.addCleanup(self.server.close)
        journal = Journal(os.devnull)
        self.addCleanup(journal.file.close)
        self.book, self.inbox = Book("event", journal), Inbox("all", journal)
        self.server.start()
        self.client = Client(self.server.port)
        self.client.sqs("CreateQueue", QueueName="all")
        self.client.events("PutRule", Name="all", EventPattern=json.dumps({"source": ["full"]}))
        self.client.events("PutTargets", Rule="all", Targets=[{"Id": "1", "Arn": queue_arn("all")}])

    def put(self):
        """One event: None when it was accepted, else the entry's error."""
        name = f"e{len(self.book.tried)}"
        detail = {"name": name, "ballast": "x" * BALLAST_BYTES}
        self.book.handing_in(name, detail, ["all"])
        answer = self.client.events("PutEvents", Entries=[
            {"Source": "full", "DetailType": "Numbered", "Detail": json.dumps(detail)}])
        entry = answer["Entries"][0]
        if "EventId" in entry:
            self.book.was_acknowledged(name, entry["EventId"])
            return None
        self.assertEqual(1, answer["FailedEntryCount"])
        self.book.was_refused(name)
        return entry

    def put_until_refused(self):
        for _ in range(2_000):
            if refused := self.put():
                self.assertEqual("InternalFailure", refused["ErrorCode"])
                self.assertIn("disk is full", refused["ErrorMessage"])
                return
        self.fail("the disk does not fill up")

    def put_until_accepted(self, meanwhile=lambda: None):
        deadline = time.monotonic() + WELL_AGAIN_SECONDS
        while self.put():
            self.assertLess(time.monotonic(), deadline, self.server.output.read_text())
            meanwhile()
            time.sleep(0.1)

    def receive(self):
        """Receives and deletes one batch: how many."""
        messages = self.client.sqs("ReceiveMessage", QueueUrl=self.url(), MaxNumberOfMessages=10).get("Messages", [])
        for message in messages:
            event = json.loads(message["Body"])
            self.inbox.received(message["MessageId"], event["detail"]["name"], event["id"], event["detail"])
            self.inbox.deleting(message["MessageId"])
            self.client.sqs("DeleteMessage", QueueUrl=self.url(), ReceiptHandle=message["ReceiptHandle"])
            self.inbox.deleted(message["MessageId"])
        return len(messages)

    def url(self):
        return f"http://127.0.0.1:{self.server.port}/{ACCOUNT}/all"

    def restart(self):
        self.server.kill()
        self.server.start()
        self.client = Client(self.server.port)

    def drain_and_check(self):
        while self.receive():
            pass
        self.assertEqual([], self.inbox.check(self.book, at_rest=True))

    def occupy(self):
        """Somebody else takes all that is left, and what the server gives up meanwhile."""
        with open(f"{self.disk}/other", "wb", buffering=0) as other, self.assertRaises(OSError):
            while True:
                other.write(b"x" * 1_000_000)

    def test_consumers_make_room(self):
        for _ in range(CYCLES):
            self.put_until_refused()
            with self.assertRaisesRegex(Unknown, "503.*disk is full"):
                self.client.sqs("SendMessage", QueueUrl=self.url(), MessageBody="no")
            self.assertEqual("ENABLED", self.client.events("DescribeRule", Name="all")["State"])
            self.put_until_accepted(self.receive)
        self.drain_and_check()
        self.assertIsNone(self.server.process.poll())

    def test_one_purge_makes_room(self):
        """Nothing comes behind it: everything that takes room is refused."""
        for restarts in (False, True):
            name = f"purged-{restarts}"
            url = self.client.sqs("CreateQueue", QueueName=name)["QueueUrl"]
            with self.assertRaisesRegex(Unknown, "503.*disk is full"):
                while True:
                    self.client.sqs("SendMessage", QueueUrl=url, MessageBody="x" * BALLAST_BYTES)
            self.client.sqs("PurgeQueue", QueueUrl=url)
            if restarts:
                self.restart()
            self.put_until_accepted()
            self.drain_and_check()  # what waits keeps all of the log behind it

    def test_consumers_make_room_beside_an_archive(self):
        """It keeps one event at the log's beginning, so that nothing is freed before it has been compacted."""
        self.client.events("CreateArchive", ArchiveName="little", EventSourceArn=bus_arn("event-bus/default"),
                           EventPattern=json.dumps({"source": ["kept"]}))
        self.client.events("PutEvents", Entries=[{"Source": "kept", "DetailType": "One", "Detail": "{}"}])
        for _ in range(CYCLES):
            self.put_until_refused()
            self.put_until_accepted(self.receive)
        self.drain_and_check()
        self.assertEqual(1, self.client.events("DescribeArchive", ArchiveName="little")["EventCount"])

    def test_consumers_make_room_beside_a_replay_that_waits_for_it(self):
        """It needs no more of the log than its archive."""
        archive = bus_arn("archive/little")
        self.client.events("CreateArchive", ArchiveName="little", EventSourceArn=bus_arn("event-bus/default"),
                           EventPattern=json.dumps({"source": ["kept"]}))
        self.client.events("PutEvents", Entries=[{"Source": "kept", "DetailType": "One", "Detail": "{}"}])
        url = self.client.sqs("CreateQueue", QueueName="again")["QueueUrl"]
        self.client.events("PutRule", Name="again", EventPattern=json.dumps({"source": ["kept"]}))
        self.client.events("PutTargets", Rule="again", Targets=[{"Id": "1", "Arn": queue_arn("again")}])
        self.put_until_refused()
        self.client.events("StartReplay", ReplayName="again", EventSourceArn=archive, EventStartTime=0,
                           EventEndTime=time.time() + 1, Destination={"Arn": bus_arn("event-bus/default")})
        self.put_until_accepted(self.receive)
        self.assertEqual(1, len(self.client.sqs("ReceiveMessage", QueueUrl=url, WaitTimeSeconds=20).get("Messages", [])))
        self.drain_and_check()

    def test_others_take_the_room_and_give_it_back(self):
        for _ in range(CYCLES):
            for _ in range(5):
                self.assertIsNone(self.put())
            self.occupy()
            self.put_until_refused()
            self.assertGreater(self.receive(), 0)
            os.unlink(f"{self.disk}/other")
            self.put_until_accepted(self.receive)
        self.drain_and_check()

    def test_a_start_on_the_full_disk(self):
        for _ in range(CYCLES):
            self.put_until_refused()
            self.occupy()
            self.restart()
            self.put_until_refused()
            self.assertGreater(self.receive(), 0)
            self.restart()
            os.unlink(f"{self.disk}/other")
            self.put_until_accepted(self.receive)
            self.drain_and_check()


@unittest.skipUnless(os.geteuid() == 0, "only root can mount a small disk")
class NoStart(unittest.TestCase):
    """A disk that takes no file: as with one that failed, another start helps once it does."""

    def setUp(self):
        self.disk = tempfile.mkdtemp(prefix="athanor-full-")
        self.addCleanup(shutil.rmtree, self.disk, ignore_errors=True)

    def refusal(self, options):
        subprocess.run(["mount", "-t", "tmpfs", "-o", options, "athanor-full", self.disk], check=True)
        self.addCleanup(subprocess.run, ["umount", self.disk], check=True)
        ran = subprocess.run([BINARY, "serve", "--dev", "--data", f"{self.disk}/data", "--port", "0"],
                             capture_output=True, text=True, timeout=60)
        self.assertEqual(DISK_FAILED, ran.returncode, ran.stderr)
        return ran.stderr

    def test_without_room_for_the_first_file(self):
        self.assertIn(".seg.tmp: No space left on device", self.refusal("size=64k"))

    def test_on_a_read_only_file_system(self):
        self.assertIn("data: Read-only file system", self.refusal("size=64k,ro"))


if __name__ == "__main__":
    unittest.main()
