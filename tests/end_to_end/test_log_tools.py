"""Checking, reading, damaging and repairing the log of a stopped server.

That every single place is found, and what becomes of each kind of file, the unit tests know (src/storage/embedded); here
it is a log that a real server has written, and a real server that starts on what the tools leave.
"""

import datetime
import json
import os
import pathlib
import random
import re
import shutil
import struct
import subprocess
import threading
import unittest

import botocore.exceptions

from server import ACCOUNT, BINARY, REGION, STOP_SECONDS, Server, wait_until
from test_lambda import ROLE, zipped

SEED = int(os.environ.get("SEED", random.SystemRandom().randrange(1 << 32)))
DAMAGED = 65
DISK_FAILED = 74
HEADER_BYTES = 4096
EVENTS = 150


def athanor(*words, code=0):
    """Runs the command line; returns what it said on standard output."""
    ran = subprocess.run([BINARY, *map(str, words)], capture_output=True, text=True, timeout=60, stdin=subprocess.DEVNULL)
    if ran.returncode != code:
        raise AssertionError(f"athanor {words} ended with {ran.returncode}, not {code}:\n{ran.stdout}{ran.stderr}")
    return ran.stdout if code == 0 else ran.stdout + ran.stderr


def verify(data, code=0):
    ran = subprocess.run([BINARY, "log", "verify", str(data), "--json"], capture_output=True, text=True, timeout=60)
    if ran.returncode != code:
        raise AssertionError(f"log verify ended with {ran.returncode}, not {code}:\n{ran.stdout}{ran.stderr}")
    return json.loads(ran.stdout)


def dump(data, *options):
    """The records of a log that may be damaged."""
    ran = subprocess.run([BINARY, "log", "dump", str(data), *options], capture_output=True, text=True, timeout=60)
    if ran.returncode not in (0, DAMAGED):
        raise AssertionError(ran.stderr)
    return [json.loads(line) for line in ran.stdout.splitlines()]


def event_ids(data):
    return {record["Fields"]["id"] for record in dump(data, "--type", "EventAccepted")}


def put(events, number, size=10_000):
    answer = events.put_events(Entries=[{"EventBusName": "b", "Source": "shop", "DetailType": "Sold",
                                         "Detail": json.dumps({"n": number, "ballast": "x" * size})}])
    return answer["Entries"][0]["EventId"]


def configure(server):
    """A bus whose events go to a queue and an archive, and a function."""
    events, sqs = server.client("events"), server.client("sqs")
    events.create_event_bus(Name="b")
    events.create_archive(ArchiveName="a", EventSourceArn=f"arn:aws:events:{REGION}:{ACCOUNT}:event-bus/b")
    sqs.create_queue(QueueName="q")
    events.put_rule(Name="r", EventBusName="b", EventPattern='{"source":["shop"]}')
    events.put_targets(Rule="r", EventBusName="b",
                       Targets=[{"Id": "1", "Arn": f"arn:aws:sqs:{REGION}:{ACCOUNT}:q"}])
    server.client("lambda").create_function(FunctionName="f", Runtime="provided.al2023", Handler="bootstrap", Role=ROLE,
                                            Code={"ZipFile": zipped()}, Timeout=10)


def drain(server):
    """The ids of the events that are in the queue and can be read."""
    sqs = server.client("sqs")
    url = sqs.get_queue_url(QueueName="q")["QueueUrl"]
    ids = set()
    while got := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, VisibilityTimeout=600).get("Messages"):
        ids |= {json.loads(message["Body"])["id"] for message in got}
    return ids


def crc32c(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x82F63B78 if crc & 1 else 0)
    return crc ^ 0xFFFFFFFF


class DamagedLog(unittest.TestCase):
    """A log of several files and two snapshots, with records after the last: the server was killed."""

    @classmethod
    def setUpClass(cls):
        print(f"SEED={SEED}", end=" ", flush=True)
        cls.server = Server("--segment-mib", "1")
        cls.addClassCleanup(cls.server.close)
        cls.server.start()
        configure(cls.server)
        cls.acknowledged = set()
        for part in range(3):
            events = cls.server.client("events")
            cls.acknowledged |= {put(events, number) for number in range(part, EVENTS, 3)}
            if part < 2:
                cls.server.stop()
                cls.server.start()
        cls.server.kill()
        cls.written = cls.server.home / "written"
        cls.server.data.rename(cls.written)
        cls.report = verify(cls.written)

    def setUp(self):
        shutil.rmtree(self.server.data, ignore_errors=True)
        shutil.copytree(self.written, self.server.data)
        self.chance = random.Random(SEED)

    def tearDown(self):
        if self.server.process.poll() is None:
            self.server.kill()

    def refused(self):
        """Asserts that the server does not start, and says what to do."""
        said = self.not_started(DAMAGED)
        self.assertIn(f"athanor log verify {self.server.data}", said)
        return said

    def not_started(self, code):
        ran = subprocess.run(self.server.command(port=0), capture_output=True, text=True, timeout=STOP_SECONDS)
        self.assertEqual(code, ran.returncode, ran.stderr)
        return ran.stderr

    def used_bytes(self, name):
        path = self.server.data / name
        if path.suffix != ".seg":
            return path.stat().st_size
        bases = sorted(int(segment.stem, 16) for segment in self.server.data.glob("*.seg"))
        base = int(path.stem, 16)
        return HEADER_BYTES + min([other for other in bases if other > base] + [self.report["End"]]) - base

    def flip(self, name, offset):
        with (self.server.data / name).open("r+b") as file:
            file.seek(offset)
            byte = file.read(1)[0]
            file.seek(offset)
            file.write(bytes([byte ^ 0x10]))

    def files(self):
        """Of every kind: each segment, each snapshot, the mark."""
        return sorted(path.name for path in self.server.data.iterdir()
                      if path.suffix == ".seg" or path.name.startswith("snapshot-") or path.name == "commit")

    def test_a_sound_log_is_told_so_and_left_alone(self):
        before = {name: (self.server.data / name).read_bytes() for name in self.files()}
        self.assertTrue(self.report["Sound"])
        self.assertEqual([True, True], [snapshot["Sound"] for snapshot in self.report["Snapshots"]])
        self.assertGreater(self.report["Segments"], 1)
        self.assertIn("sound: ", athanor("log", "verify", self.server.data))
        self.assertIn("nothing to repair", athanor("log", "repair", self.server.data))
        self.assertEqual(self.acknowledged, event_ids(self.server.data))
        self.assertEqual(before, {name: (self.server.data / name).read_bytes() for name in self.files()})

    def test_a_dump_shows_records_by_position_and_type(self):
        every = dump(self.server.data)
        self.assertEqual(self.report["Records"], len(every))
        self.assertEqual(sorted(record["Position"] for record in every), [record["Position"] for record in every])
        created = next(record for record in every if record["Name"] == "QueueCreated")
        self.assertTrue(created["Fields"]["queue_arn"].endswith(":q"))
        self.assertEqual([created], dump(self.server.data, "--type", str(created["Type"])))
        late = dump(self.server.data, "--from", str(every[-3]["Position"]))
        self.assertEqual(every[-3:], late)
        self.assertIn("there is no record type", athanor("log", "dump", self.server.data, "--type", "Nothing", code=2))

    def test_the_directory_of_a_running_server_is_refused(self):
        self.server.start()
        for command in ("verify", "dump", "repair"):
            self.assertIn("in use by another server", athanor("log", command, self.server.data, code=1))

    def test_a_flipped_bit_anywhere_is_found_and_taken_out(self):
        for name in self.files():
            with self.subTest(file=name):
                self.setUp()
                offset = self.chance.randrange(self.used_bytes(name))
                self.flip(name, offset)
                found = verify(self.server.data, DAMAGED)["Damages"]
                self.assertEqual([name], [damage["File"] for damage in found])
                self.assertIn(offset, range(found[0]["Offset"], found[0]["Offset"] + found[0]["Bytes"]))
                readable = event_ids(self.server.data)
                self.assertGreaterEqual(len(readable), EVENTS - 1)

                said = athanor("log", "repair", self.server.data, code=DAMAGED)
                self.assertIn("--yes", said)
                self.assertEqual(found, verify(self.server.data, DAMAGED)["Damages"], "nobody said yes")
                athanor("log", "repair", self.server.data, "--yes")
                self.assertTrue(verify(self.server.data)["Sound"])
                self.assertEqual(readable, event_ids(self.server.data))
                self.assertEqual(1, len(list(self.server.data.glob(f"quarantine-*/{name}"))), "nothing is deleted")
                self.server.start()
                self.assertEqual(readable, drain(self.server))
                put(self.server.client("events"), 0)
                self.assertEqual(0, self.server.stop())

    def test_what_the_start_needs_is_refused_with_file_and_byte(self):
        # After the last snapshot: the state is rebuilt from there.
        last = [record for record in dump(self.server.data) if record["Name"] == "EventAccepted"][-1]
        segment = max(path for path in self.server.data.glob("*.seg") if int(path.stem, 16) <= last["Position"])
        offset = HEADER_BYTES + last["Position"] - int(segment.stem, 16)
        self.flip(segment.name, offset + 100)
        self.assertIn(f"{segment} is damaged at byte {offset}", self.refused())
        before = segment.read_bytes()
        self.refused()
        self.assertEqual(before, segment.read_bytes())
        said = athanor("log", "repair", self.server.data, "--yes")
        self.assertIn(f"{segment.name} is copied into the quarantine and written again", said)
        self.server.start()
        self.assertEqual(self.acknowledged - {last["Fields"]["id"]}, drain(self.server))

    def test_a_repair_says_as_json_what_it_does(self):
        def repair(*options, code=0):
            ran = subprocess.run([BINARY, "log", "repair", str(self.server.data), "--json", *options],
                                 capture_output=True, text=True, timeout=60)
            self.assertEqual(code, ran.returncode, ran.stderr)
            return json.loads(ran.stdout)

        name = next(name for name in self.files() if name.endswith(".seg"))
        self.flip(name, HEADER_BYTES + 5_000)
        damages = verify(self.server.data, DAMAGED)["Damages"]
        planned = repair(code=DAMAGED)
        self.assertEqual((False, False, damages), (planned["Sound"], planned["Repaired"], planned["Damages"]))
        self.assertEqual(damages, verify(self.server.data, DAMAGED)["Damages"], "nobody said yes")
        done = repair("--yes")
        self.assertEqual((True, True, damages), (done["Sound"], done["Repaired"], done["Damages"]))
        self.assertEqual(planned["Steps"], done["Steps"])
        self.assertTrue((self.server.data / done["Quarantine"] / name).exists())
        self.assertEqual({"Directory": str(self.server.data), "Sound": True, "Damages": [], "Quarantine": "", "Steps": [],
                          "Repaired": False, "Problem": ""}, repair("--yes"))
        for segment in self.server.data.glob("*.seg"):
            segment.unlink()
        hopeless = repair("--yes", code=DAMAGED)
        self.assertEqual((False, [], False), (hopeless["Sound"], hopeless["Steps"], hopeless["Repaired"]))
        self.assertEqual(verify(self.server.data, DAMAGED)["Damages"], hopeless["Damages"])
        self.assertEqual("No file with records is left: restore a backup.", hopeless["Problem"])

    def test_many_places_at_once(self):
        for _ in range(3):
            self.setUp()
            segments = [name for name in self.files() if name.endswith(".seg")]
            for name in segments + segments:
                self.flip(name, self.chance.randrange(HEADER_BYTES, self.used_bytes(name)))
            readable = event_ids(self.server.data)
            self.assertGreaterEqual(len(readable), EVENTS - 2 * len(segments))
            athanor("log", "repair", self.server.data, "--yes")
            self.server.start()
            self.assertEqual(readable, drain(self.server))
            self.assertEqual(0, self.server.stop())

    def test_a_hole_over_the_place_of_the_newest_snapshot_is_begun_behind(self):
        snapshot = self.report["Snapshots"][-1]["Position"]
        segment = max(path for path in self.server.data.glob("*.seg") if int(path.stem, 16) <= snapshot)
        with segment.open("r+b") as file:
            file.seek(HEADER_BYTES + snapshot - int(segment.stem, 16) - 1_000)
            file.write(bytes(2_000))
        verify(self.server.data, DAMAGED)
        readable = event_ids(self.server.data)
        athanor("log", "repair", self.server.data, "--yes")
        self.server.start()
        self.assertEqual(readable, drain(self.server))
        self.assertEqual(0, self.server.stop())

    def test_damage_that_a_running_server_meets_is_named_by_it(self):
        self.server.start()
        # The oldest event, before the newest snapshot: a start does not read it.
        first = min(self.server.data.glob("*.seg"))
        offset = HEADER_BYTES + next(record["Position"] for record in dump(self.written, "--type", "EventAccepted"))
        self.flip(first.name, offset + 100)
        for _ in range(2):
            said = athanor("tail", "--endpoint", self.server.endpoint, "--bus", "b", "--since", "1h", "--no-follow", code=1)
            self.assertIn("A record of the log cannot be read", said)
            self.assertNotIn("is a server running?", said)
        self.assertEqual(0, self.server.stop())
        told = self.server.said()[self.server.said_before:].count(f"The log is damaged: {first}, byte {offset}: ")
        self.assertEqual(1, told)

    def test_what_the_disk_does_not_give_is_no_damage(self):
        # A directory in place of the file can be opened but not read, like a bad sector.
        segment = min(self.server.data.glob("*.seg"))
        kept = segment.rename(self.server.home / "kept.seg")
        segment.mkdir()
        self.assertIn(f"Cannot read byte 0 of {segment}: ", self.not_started(DISK_FAILED))
        self.assertIn(segment.name, [damage["File"] for damage in verify(self.server.data, DAMAGED)["Damages"]])
        segment.rmdir()
        kept.rename(segment)
        self.server.start()
        self.assertEqual(self.acknowledged, drain(self.server))

    def test_a_damaged_package_is_named(self):
        self.assertEqual((1, []), (self.report["Packages"], self.report["DamagedPackages"]))
        package, = self.server.data.glob("functions/code/*.zip")
        package.write_bytes(package.read_bytes()[:-1])
        found = verify(self.server.data, DAMAGED)
        self.assertEqual((False, 1, []), (found["Sound"], found["Packages"], found["Damages"]))
        self.assertIn(f"{package} is damaged", found["DamagedPackages"][0])
        said = athanor("log", "verify", self.server.data, code=DAMAGED)
        self.assertIn("upload the code", said)
        self.assertEqual(said, athanor("log", "verify", self.server.data, code=DAMAGED), "nothing is changed")
        package.unlink()
        package.mkdir()  # can be opened but not read, like a bad sector
        self.assertIn(f"Cannot read byte 0 of {package}: ", verify(self.server.data, DAMAGED)["DamagedPackages"][0])

    def test_a_directory_in_which_no_file_can_be_made_is_refused(self):
        shutil.copy(BINARY, self.server.home / "athanor")
        self.server.home.chmod(0o755)
        nobody = ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups", self.server.home / "athanor"]
        if subprocess.run([*nobody, "version"], capture_output=True, check=False).returncode != 0:
            self.skipTest("another user cannot be taken on here")
        for path in self.server.data.rglob("*"):
            os.chown(path, 65534, 65534)
        os.chown(self.server.data, 65534, 65534)
        self.server.data.chmod(0o500)
        ran = subprocess.run([*nobody, "serve", "--dev", "--port", "0", "--data", self.server.data], capture_output=True,
                             text=True, timeout=60)
        self.server.data.chmod(0o700)
        self.assertEqual(1, ran.returncode)
        self.assertIn("Permission denied", ran.stderr)

    def test_a_snapshot_that_holds_no_state_is_named_and_taken_out(self):
        name = [name for name in self.files() if name.startswith("snapshot-")][-1]
        state = b"\xff"  # a number that does not end
        header = (self.server.data / name).read_bytes()[:24] + struct.pack("<QI", len(state), 0)
        (self.server.data / name).write_bytes(header + struct.pack("<I", crc32c(header + state)) + state)
        self.assertIn(f"{name} is undamaged, but holds no state", self.refused())
        self.assertEqual([name], [damage["File"] for damage in verify(self.server.data, DAMAGED)["Damages"]])
        athanor("log", "repair", self.server.data, "--yes")
        self.server.start()
        self.assertEqual(self.acknowledged, drain(self.server))

    def test_without_a_snapshot_the_whole_log_is_read(self):
        for name in self.files():
            if name.startswith("snapshot-"):
                self.flip(name, 50)
        self.assertTrue(verify(self.server.data, DAMAGED)["CanRebuildState"])
        self.server.start()
        self.assertEqual(self.acknowledged, drain(self.server))


class LostMessages(unittest.TestCase):
    """Messages that are in their queues according to a snapshot, but whose bodies a repair removed from the log."""

    def setUp(self):
        self.server = Server()
        self.addCleanup(self.server.close)
        self.server.start()

    def create(self, name, **attributes):
        return self.server.client("sqs").create_queue(QueueName=name, Attributes=attributes)["QueueUrl"]

    def send(self, url, body):
        """Sends it; in a FIFO queue, to the group named by its first letter."""
        group = {"MessageGroupId": body[0], "MessageDeduplicationId": body} if url.endswith(".fifo") else {}
        self.server.client("sqs").send_message(QueueUrl=url, MessageBody=body, **group)

    def receive(self, url, **parameters):
        got = self.server.client("sqs").receive_message(QueueUrl=url, **{"MaxNumberOfMessages": 10, **parameters})
        return [message["Body"] for message in got.get("Messages", [])]

    def counts(self, url):
        """(visible, in flight)"""
        shown = self.server.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
        return (int(shown["ApproximateNumberOfMessages"]), int(shown["ApproximateNumberOfMessagesNotVisible"]))

    def lost(self):
        """How many were counted, for each queue."""
        _, _, metrics = self.server.request("GET", "/metrics")
        return {name: int(count) for name, count in
                re.findall(r'athanor_messages_lost_total{queue="[^"]*:([^":]+)"} (\d+)', metrics.decode())}

    def damage(self, *bodies):
        """The records that hold these messages."""
        places = {record["Fields"]["body"]: record["Position"]
                  for record in dump(self.server.data, "--type", "MessageSent")}
        for body in bodies:
            self.flip_at(places[body])

    def flip_at(self, position):
        """Damages a record, or restores it."""
        segment = max(path for path in self.server.data.glob("*.seg") if int(path.stem, 16) <= position)
        with segment.open("r+b") as file:
            file.seek(HEADER_BYTES + position - int(segment.stem, 16) + 40)
            byte = file.read(1)[0]
            file.seek(-1, os.SEEK_CUR)
            file.write(bytes([byte ^ 0x10]))

    def test_a_queue_gives_what_it_has_left(self):
        some, only, fifo = self.create("some"), self.create("only"), self.create("q.fifo", FifoQueue="true")
        sent = [f"s{n:02}" for n in range(15)]
        gone = [f"o{n:02}" for n in range(25)]
        for url, bodies in ((some, sent), (only, gone), (fifo, ["a1", "a2", "b1", "b2", "a3"])):
            for body in bodies:
                self.send(url, body)
        self.assertEqual(["o00"], self.receive(only, MaxNumberOfMessages=1, VisibilityTimeout=600))
        self.assertEqual(0, self.server.stop())
        self.damage(*sent[:12], sent[13], *gone, "a1", "b2")
        athanor("log", "repair", self.server.data, "--yes")
        self.server.start()
        self.assertEqual((24, 1), self.counts(only), "nobody has looked yet")

        self.assertEqual([sent[12]], self.receive(some, MaxNumberOfMessages=1))
        self.assertEqual([sent[14]], self.receive(some))
        self.assertEqual([], self.receive(only))
        self.assertEqual(["a2"], self.receive(fifo, MaxNumberOfMessages=1))
        self.assertEqual(["b1"], self.receive(fifo), "a3 waits behind a2")
        self.assertEqual((0, 1), self.counts(only), "what somebody had received waits for its turn")
        self.assertEqual({"some": 13, "only": 24, "q.fifo": 2}, self.lost())
        said = self.server.said()[self.server.said_before:]
        for name in ("some", "only", "q.fifo"):
            self.assertEqual(1, said.count(f":{name} are lost, "), said)

        for how in (self.server.stop, self.server.kill):
            how()
            self.server.start()
            self.assertEqual([], self.receive(some))
            self.assertEqual([], self.receive(only))
            self.assertEqual({}, self.lost(), "they stay away")
        self.assertEqual(((0, 2), (0, 1)), (self.counts(some), self.counts(only)))

    def test_a_long_poll_goes_on_waiting(self):
        url = self.create("q")
        self.send(url, "lost")
        self.assertEqual(0, self.server.stop())
        self.damage("lost")
        athanor("log", "repair", self.server.data, "--yes")
        self.server.start()
        sending = threading.Thread(target=lambda: (wait_until(self.lost), self.send(url, "next")))
        sending.start()
        self.assertEqual(["next"], self.receive(url, WaitTimeSeconds=20))
        sending.join()
        self.assertEqual((0, 1), self.counts(url))

    def test_what_is_damaged_and_not_repaired_is_kept(self):
        url = self.create("q.fifo", FifoQueue="true")
        self.send(url, "a1")
        self.send(url, "a2")
        self.assertEqual(0, self.server.stop())
        place = dump(self.server.data, "--type", "MessageSent")[0]["Position"]
        self.server.start()
        self.flip_at(place)
        for _ in range(2):
            with self.assertRaises(botocore.exceptions.ClientError) as refused:
                self.receive(url, VisibilityTimeout=0)
            self.assertEqual(500, refused.exception.response["ResponseMetadata"]["HTTPStatusCode"])
        self.assertEqual((2, 0), self.counts(url))
        self.flip_at(place)
        self.assertEqual(["a1", "a2"], self.receive(url))
        self.assertEqual({}, self.lost())


class OtherVersions(unittest.TestCase):
    """A data directory left by an older release can be opened; one of a future version is refused by every command."""

    def setUp(self):
        self.server = Server()
        self.addCleanup(self.server.close)
        shutil.copytree(pathlib.Path(__file__).with_name("data_of_0.1.0"), self.server.data)

    def test_what_0_1_0_wrote_is_read(self):
        self.assertTrue(verify(self.server.data)["Sound"])
        self.assertEqual(["sent"], [record["Fields"]["body"] for record in dump(self.server.data, "--type", "MessageSent")])
        self.server.start()
        events, sqs = self.server.client("events"), self.server.client("sqs")
        self.assertEqual({"source": ["shop"]}, json.loads(events.describe_rule(Name="r", EventBusName="b")["EventPattern"]))
        archive = events.describe_archive(ArchiveName="a")
        self.assertEqual(3, archive["EventCount"])
        self.assertEqual(128, self.server.client("lambda").get_function_configuration(FunctionName="f")["MemorySize"])
        # Its messages have outlived the queue's retention, its events are kept forever.
        events.start_replay(ReplayName="again", EventSourceArn=archive["ArchiveArn"], EventStartTime=0,
                            EventEndTime=archive["CreationTime"] + datetime.timedelta(days=1),
                            Destination={"Arn": archive["EventSourceArn"]})
        url = sqs.get_queue_url(QueueName="q")["QueueUrl"]
        bodies = []
        wait_until(lambda: bodies.extend(
            message["Body"] for message in sqs.receive_message(QueueUrl=url, WaitTimeSeconds=1).get("Messages", []))
            or len(bodies) == 3, what="the replay")
        self.assertEqual([0, 1, 2], [json.loads(body)["detail"]["n"] for body in bodies])

    def test_a_version_to_come_is_refused_and_left_alone(self):
        for name in ("0000000000000000.seg", "commit", next(self.server.data.glob("snapshot-*")).name):
            path = self.server.data / name
            whole = path.read_bytes()
            other = whole[:8] + b"\x02" + whole[9:20] + bytes([whole[20] ^ 1]) + whole[21:]
            path.write_bytes(other)
            for command in (self.server.command(port=0), [BINARY, "log", "verify", str(self.server.data)],
                            [BINARY, "log", "repair", str(self.server.data), "--yes"]):
                with self.subTest(file=name, command=command[1:3]):
                    ran = subprocess.run(command, capture_output=True, text=True, timeout=STOP_SECONDS)
                    self.assertEqual(1, ran.returncode, ran.stderr)
                    self.assertIn(f"{name} has format version 2", ran.stderr)
                    self.assertIn("start the version that wrote it", ran.stderr)
                    self.assertEqual(other, path.read_bytes())
            path.write_bytes(whole)


if __name__ == "__main__":
    unittest.main()
