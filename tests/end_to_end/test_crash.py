"""What was acknowledged survives kill -9: events in archives and queues, messages sent, messages deleted.

The kill takes the process, not the machine: what the page cache holds survives. Power cuts are sim/'s part.
"""

import datetime
import json
import os
import random
import subprocess
import threading
import time
import unittest
import zlib

import botocore.exceptions
import botocore.parsers

from server import ACCOUNT, REGION, STOP_SECONDS, Server, ServerTest, wait_until

CYCLES = 15
SEED = int(os.environ.get("SEED", random.SystemRandom().randrange(1 << 32)))
BUS_ARN = f"arn:aws:events:{REGION}:{ACCOUNT}:event-bus"
LOST = (botocore.exceptions.BotoCoreError, botocore.exceptions.ClientError,
        botocore.parsers.ResponseParserError)  # the outcome is unknown


class Writers:
    """Threads that put events and send, receive and delete messages, and write down what was acknowledged."""

    def __init__(self, server, bus, queue_url):
        self.server, self.bus, self.queue_url = server, bus, queue_url
        self.stopping = threading.Event()
        self.events_tried = set()
        self.events_acknowledged = {}  # event id: our own id
        self.messages_tried = set()
        self.messages_acknowledged = set()
        self.deletes_tried = set()
        self.deletes_acknowledged = set()
        self.come_back = []  # deleted, acknowledged, and received again
        self.failures = []
        self.threads = [threading.Thread(target=self.run, args=arguments, daemon=True)
                        for arguments in ((self.put_events, 0), (self.put_events, 1), (self.send, 2), (self.delete, 3))]
        for thread in self.threads:
            thread.start()

    def run(self, step, number):
        try:
            turn = 0
            client = self.server.client("events" if step == self.put_events else "sqs",
                                        connect_timeout=2, read_timeout=10)
            while not self.stopping.is_set():
                turn += 1
                try:
                    step(client, f"{number}.{turn}")
                except LOST:
                    time.sleep(0.02)
        except Exception as failure:  # noqa: BLE001; the test's own thread reports it
            self.failures.append(failure)

    def put_events(self, client, turn):
        ids = [f"{turn}.{entry}" for entry in range(3)]
        self.events_tried.update(ids)
        answer = client.put_events(Entries=[
            {"EventBusName": self.bus, "Source": "crash", "DetailType": "Numbered",
             "Detail": json.dumps({"id": own_id, "ballast": "x" * (zlib.crc32(own_id.encode()) % 2_000)})}
            for own_id in ids])
        for own_id, entry in zip(ids, answer["Entries"]):
            self.events_acknowledged[entry["EventId"]] = own_id

    def send(self, client, turn):
        ids = [f"{turn}.{entry}" for entry in range(2)]
        self.messages_tried.update(ids)
        answer = client.send_message_batch(QueueUrl=self.queue_url, Entries=[
            {"Id": str(number), "MessageBody": own_id} for number, own_id in enumerate(ids)])
        self.messages_acknowledged.update(ids[int(entry["Id"])] for entry in answer.get("Successful", []))

    def delete(self, client, turn):
        for message in client.receive_message(QueueUrl=self.queue_url, MaxNumberOfMessages=1,
                                              WaitTimeSeconds=1).get("Messages", []):
            if message["Body"] in self.deletes_acknowledged:
                self.come_back.append(message["Body"])
            self.deletes_tried.add(message["Body"])
            client.delete_message(QueueUrl=self.queue_url, ReceiptHandle=message["ReceiptHandle"])
            self.deletes_acknowledged.add(message["Body"])

    def stop(self):
        self.stopping.set()
        for thread in self.threads:
            thread.join(20)


class Crashes(ServerTest):
    def drain(self, url, awaited, what):
        """Receives until all of `awaited` has arrived and nothing is left: {own id: [events]}."""
        found = {}
        deadline = time.monotonic() + 40
        while True:
            got = self.sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=1).get("Messages", [])
            if got:
                self.sqs.delete_message_batch(QueueUrl=url, Entries=[
                    {"Id": str(n), "ReceiptHandle": message["ReceiptHandle"]} for n, message in enumerate(got)])
            for message in got:
                event = json.loads(message["Body"])
                found.setdefault(event["detail"]["id"], []).append(event)
            if not got and awaited <= set(found):
                return found
            if time.monotonic() > deadline:
                lost = sorted(awaited - set(found))
                self.fail(f"{what}: {len(lost)} of {len(awaited)} acknowledged events are lost: {lost[:10]}, SEED={SEED}")

    def test_what_was_acknowledged_outlives_kill_9(self):
        print(f"SEED={SEED}", end=" ", flush=True)
        chance = random.Random(SEED)
        bus, archive = self.bus(), self.name("archive")
        self.events.create_archive(ArchiveName=archive, EventSourceArn=f"{BUS_ARN}/{bus}")
        target_url, target_arn = self.queue()
        replay_url, replay_arn = self.queue()
        queue_url, _ = self.queue(VisibilityTimeout="1")
        self.route(bus, {"source": ["crash"], "replay-name": [{"exists": False}]}, target_arn)
        self.route(bus, {"source": ["crash"], "replay-name": [{"exists": True}]}, replay_arn)

        writers = Writers(self.server, bus, queue_url)
        self.addCleanup(writers.stop)
        for cycle in range(CYCLES):
            before = len(writers.events_acknowledged)
            wait_until(lambda: writers.failures or len(writers.events_acknowledged) > before, 20,
                       f"an acknowledgement in cycle {cycle}")
            self.assertEqual([], writers.failures)
            time.sleep(chance.uniform(0, 0.2))
            self.server.kill()
            self.server.start()
        writers.stop()
        self.assertEqual([], writers.failures)
        acknowledged = set(writers.events_acknowledged.values())
        self.assertGreater(len(acknowledged), CYCLES)

        # In the archive: every acknowledged event under its id, each once, and nothing that was never put.
        name = self.name("replay")
        now = datetime.datetime.now(datetime.timezone.utc)
        self.events.start_replay(ReplayName=name, EventSourceArn=f"arn:aws:events:{REGION}:{ACCOUNT}:archive/{archive}",
                                 EventStartTime=now - datetime.timedelta(hours=1),
                                 EventEndTime=now + datetime.timedelta(hours=1),
                                 Destination={"Arn": f"{BUS_ARN}/{bus}"})
        replayed = self.drain(replay_url, acknowledged, "archive")
        wait_until(lambda: self.events.describe_replay(ReplayName=name)["State"] == "COMPLETED")
        self.assertEqual(set(), set(replayed) - writers.events_tried)
        self.assertEqual({}, {own_id: len(events) for own_id, events in replayed.items() if len(events) > 1})
        ids = {events[0]["id"]: own_id for own_id, events in replayed.items()}
        self.assertEqual(writers.events_acknowledged,
                         {event_id: own_id for event_id, own_id in ids.items() if own_id in acknowledged})
        self.assertEqual(len(replayed), self.events.describe_archive(ArchiveName=archive)["EventCount"])

        # In the target's queue: exactly these events, at least once each.
        delivered = self.drain(target_url, acknowledged, "target")
        self.assertEqual(set(replayed), set(delivered))
        for own_id, events in delivered.items():
            self.assertEqual({replayed[own_id][0]["id"]}, {event["id"] for event in events})

        # In the queue of the messages: what was sent and not deleted, and nothing of what was deleted.
        self.assertEqual([], writers.come_back)
        must = writers.messages_acknowledged - writers.deletes_tried
        may = writers.messages_tried - writers.deletes_acknowledged
        left = set()
        deadline = time.monotonic() + 30
        while True:
            got = self.sqs.receive_message(QueueUrl=queue_url, MaxNumberOfMessages=10, WaitTimeSeconds=2)
            if "Messages" not in got:
                break
            left |= {message["Body"] for message in got["Messages"]}
            self.sqs.delete_message_batch(QueueUrl=queue_url, Entries=[
                {"Id": str(n), "ReceiptHandle": m["ReceiptHandle"]} for n, m in enumerate(got["Messages"])])
            self.assertLess(time.monotonic(), deadline)
        self.assertEqual(set(), must - left)
        self.assertEqual(set(), left - may)
        self.assertGreater(len(writers.deletes_acknowledged), 0)

    def test_a_backlog_outlives_a_stop_and_kill_9_in_order(self):
        bus, (url, arn) = self.bus(), self.queue()
        self.route(bus, {"source": ["crash"]}, arn)
        def put(begin, end):
            for first in range(begin, end, 10):
                answer = self.events.put_events(Entries=[
                    {"EventBusName": bus, "Source": "crash", "DetailType": "Numbered", "Detail": json.dumps({"id": number})}
                    for number in range(first, first + 10)])
                self.assertEqual(0, answer["FailedEntryCount"])
        def take():
            got = self.sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])
            if got:
                self.sqs.delete_message_batch(QueueUrl=url, Entries=[
                    {"Id": str(n), "ReceiptHandle": message["ReceiptHandle"]} for n, message in enumerate(got)])
            return [json.loads(message["Body"])["detail"]["id"] for message in got]
        put(0, 2_500)  # most of them packed: src/queue/message_block.h
        came = take()
        self.server.stop()
        self.server.start()
        put(2_500, 3_000)
        came += take()
        self.server.kill()
        self.server.start()
        attributes = self.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
        self.assertEqual("2980", attributes["ApproximateNumberOfMessages"])
        while got := take():
            came += got
        self.assertEqual(list(range(3_000)), came)

    def test_an_answer_while_it_starts_is_one_that_clients_retry(self):
        # botocore treats a 5xx answer without a body as a passing failure; text instead of XML stops it.
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        refusals = set()
        for _ in range(10):
            self.server.kill()
            starting = threading.Thread(target=self.server.start)
            starting.start()
            while True:
                try:
                    status, _, body = self.server.request("POST", "/", "Action=ListQueues&Version=2012-11-05", form)
                except OSError:
                    continue  # it is not listening yet
                if status == 200:
                    break
                refusals.add((status, body))
            starting.join()
        self.assertLessEqual(refusals, {(503, b"")})

    def test_clients_that_retry_notice_nothing_of_a_restart(self):
        self.queue()
        restarted = threading.Event()
        problems, answers = [], []
        def ask(client, operation):
            while not restarted.is_set():
                try:
                    answers.append(getattr(client, operation)())
                except Exception as problem:  # noqa: BLE001; any is one too many
                    problems.append(f"{operation}: {type(problem).__name__}: {problem}")
                    return
        patient = {"retries": {"max_attempts": 20, "mode": "standard"}}
        threads = [threading.Thread(target=ask, args=(self.server.client(service, **patient), operation), daemon=True)
                   for service, operation in (("sqs", "list_queues"), ("events", "list_event_buses"),
                                              ("lambda", "list_functions")) for _ in range(2)]
        for thread in threads:
            thread.start()
        for _ in range(8):
            before = len(answers)
            wait_until(lambda: problems or len(answers) > before + 10)
            self.server.kill()
            self.server.start()
        restarted.set()
        for thread in threads:
            thread.join(40)
        self.assertEqual([], problems)

    def test_what_was_configured_outlives_kill_9(self):
        bus, url = self.bus(), self.queue(VisibilityTimeout="77")[0]
        rule = self.route(bus, {"source": ["shop"]}, f"arn:aws:sqs:{REGION}:{ACCOUNT}:q", Input='{"a":1}')
        self.events.disable_rule(Name=rule, EventBusName=bus)
        gone = self.bus()
        self.events.delete_event_bus(Name=gone)
        def configuration():
            return (self.events.describe_rule(Name=rule, EventBusName=bus)["State"],
                    self.events.list_targets_by_rule(Rule=rule, EventBusName=bus)["Targets"],
                    self.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"],
                    [b["Name"] for b in self.events.list_event_buses()["EventBuses"]])
        before = configuration()
        self.assertEqual("DISABLED", before[0])
        self.assertNotIn(gone, before[3])
        self.server.kill()
        self.server.start()
        self.assertEqual(before, configuration())

    def test_a_message_in_flight_stays_hidden_and_its_receipt_stays_good(self):
        url, _ = self.queue(VisibilityTimeout="600")
        self.sqs.send_message(QueueUrl=url, MessageBody="x")
        message = self.sqs.receive_message(QueueUrl=url)["Messages"][0]
        self.server.kill()
        self.server.start()
        self.assertNotIn("Messages", self.sqs.receive_message(QueueUrl=url))
        self.sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        self.assert_empty(url)

    def test_a_fifo_queue_remembers_its_duplicates(self):
        url, _ = self.queue(self.name("ordered") + ".fifo", FifoQueue="true")
        def send():
            return self.sqs.send_message(QueueUrl=url, MessageBody="x", MessageGroupId="g", MessageDeduplicationId="1")
        first = send()
        self.server.kill()
        self.server.start()
        self.assertEqual(first["SequenceNumber"], send()["SequenceNumber"])
        self.receive(url, 1)
        self.assert_empty(url)

    def test_sigterm_ends_well_while_requests_come(self):
        bus, archive = self.bus(), self.name("archive")
        self.events.create_archive(ArchiveName=archive, EventSourceArn=f"{BUS_ARN}/{bus}")
        writers = Writers(self.server, bus, self.queue()[0])
        self.addCleanup(writers.stop)
        wait_until(lambda: len(writers.events_acknowledged) > 20)
        self.assertEqual(0, self.server.stop())
        self.server.start()
        writers.stop()
        count = self.events.describe_archive(ArchiveName=archive)["EventCount"]
        self.assertLessEqual(len(writers.events_acknowledged), count)
        self.assertLessEqual(count, len(writers.events_tried))


class DataDirectory(unittest.TestCase):
    def setUp(self):
        self.server = Server()
        self.addCleanup(self.server.close)

    def refused(self, command):
        ran = subprocess.run(command, capture_output=True, text=True, timeout=STOP_SECONDS)
        self.assertNotEqual(0, ran.returncode)
        self.assertGreater(ran.returncode, 0, "it was ended by a signal")
        return ran.stdout + ran.stderr

    def test_a_second_server_is_refused_and_the_first_goes_on(self):
        self.server.start()
        said = self.refused(self.server.command(port=0))
        self.assertIn("in use by another server", said)
        self.assertIn(str(self.server.data), said)
        self.assertEqual(200, self.server.request("GET", "/_athanor/health")[0])

    def test_a_taken_port_is_refused(self):
        self.server.start()
        other = Server()
        self.addCleanup(other.close)
        self.assertIn(str(self.server.port), self.refused(other.command(port=self.server.port)))

    def test_a_lock_file_of_a_killed_server_does_not_stand_in_the_way(self):
        self.server.start()
        self.server.kill()
        self.server.start()
        self.assertEqual(0, self.server.stop())

    def test_a_data_directory_that_is_a_file_is_refused(self):
        self.server.data.write_text("not a directory")
        self.assertIn(str(self.server.data), self.refused(self.server.command(port=0)))
        self.assertEqual("not a directory", self.server.data.read_text())

    def test_a_broken_log_is_refused_and_left_alone(self):
        self.server.start()
        events = self.server.client("events")
        for number in range(50):
            events.put_events(Entries=[{"Source": "shop", "DetailType": "Sold", "Detail": json.dumps({"n": number})}])
        events.create_event_bus(Name="kept")
        self.assertEqual(0, self.server.stop())
        segment = sorted(self.server.data.glob("*.seg"))[0]
        content = bytearray(segment.read_bytes())
        used = len(bytes(content).rstrip(b"\0"))
        content[used // 2] ^= 0x40
        segment.write_bytes(content)
        said = self.refused(self.server.command(port=0))
        self.assertRegex(said, "(?i)corrupt|damaged|checksum|broken")
        self.assertIn(segment.name, said)
        self.assertEqual(bytes(content), segment.read_bytes())


if __name__ == "__main__":
    unittest.main()
