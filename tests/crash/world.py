"""One data directory, and the server that dies on it again and again: set up, load, crash, start, check, and so on.

At the end everything is drained, archives are replayed, and the books are compared in full.
"""

import collections
import contextlib
import dataclasses
import json
import pathlib
import random
import shutil
import subprocess
import sys
import time

from client import ACCESS_KEY, SECRET_KEY, Client, Refused, Unknown
sys.path.append(str(pathlib.Path(__file__).resolve().parents[1] / "end_to_end"))
import functions  # noqa: E402; after the path
from checker import (  # noqa: E402
    Attempts,
    Book,
    Configured,
    Deployed,
    Inbox,
    Journal,
    Letters,
    check_counters,
    check_rest,
    read_counters,
)
from load import VISIBILITY_SECONDS, Load  # noqa: E402
from server import ACCOUNT, BINARY, REGION, STOP_SECONDS, Server  # noqa: E402

REACH_SECONDS = 3.0  # a crash point that the load has not reached by then gets a SIGTERM, which saves a snapshot
FILL_SECONDS = 15.0  # the same for what half a MiB of small commits leads to: a slow machine takes its time
CREDENTIALS = {"AWS_ACCESS_KEY_ID": ACCESS_KEY, "AWS_SECRET_ACCESS_KEY": SECRET_KEY}
REST_SECONDS = 30    # until everything has come to rest
START_SECONDS = 0.5  # until a server that listens has done what it does at its start
TOO_MANY_REQUESTS = 429  # of a function that finds no process
FORGET_CHANCE = 0.5  # of the starts that find nothing unpacked
ZEROS = ("segment.before_zeros", "segment.torn_zeros", "segment.after_zeros")
FREEING = ("segment.before_remove", "segment.after_remove", "commit.before_sync", "commit.after_sync")
COMPACTING = ("new_compacted", "compacted")  # where an archive keeps some of the files
NEED_BULK = ("new_segment", "new_snapshot", "snapshot", "directory", *FREEING, *COMPACTING)  # once in a MiB of log, or less often
CODE = ("new_package", "package", "code_directory")  # points of functions' code
OWN_RULES = {
    "everything": ({"source": ["crash"], "replay-name": [{"exists": False}]}, {}),
    "some": ({"source": ["crash"], "detail": {"group": [1]}, "replay-name": [{"exists": False}]}, {}),
    "lost": ({"source": ["crash"], "detail": {"group": [2]}, "replay-name": [{"exists": False}]}, {"dead": True}),
    "replayed": ({"replay-name": [{"exists": True}]}, {}),
}
QUEUES = ("mail", "everything", "some", "dead", "replayed", "ruled", "failed", "abandoned")
# Rules whose target takes nothing: to the queue that is its dead-letter queue; empty: none.
LOSING_RULES = {"gone": "", "unsent": "no-such-queue"}
COUNTED_ENTRIES = 10  # requests of the time in which what the server counts is compared


class Broken(Exception):
    """A promise was broken: one sentence for each."""


@dataclasses.dataclass
class Plan:
    """What happens to one world. Written and read as `SEED:ARCHIVE:FAULT,FAULT,...`.

    A fault is `kill/MS` (of load), `stop` (SIGTERM), or POINT/N: what ATHANOR_CRASH_AT calls POINT:N. FAULT>POINT/N is a
    crash, and another in the recovery from it. A + before the first has it fall on the birth of the data directory.
    """

    seed: int
    archive: bool
    faults: list

    def __str__(self):
        return f"{self.seed}:{'archive' if self.archive else 'none'}:{','.join(self.faults)}"

    @staticmethod
    def parse(text):
        seed, archive, faults = text.split(":")
        return Plan(int(seed), archive == "archive", faults.split(","))


class World:
    disk_fails_under_load = False  # so that a function's code may not be there to be run

    def __init__(self, plan):
        self.plan = plan
        self.server = Server("--segment-mib", "1", "--snapshot-mib", "1")
        self.server.command = lambda port=None: [
            BINARY, "serve", "--data", str(self.server.data), "--port", str(self.server.port), *self.server.options]
        self.life = 0
        self.seen, self.missed = collections.Counter(), collections.Counter()  # faults: that came, that did not
        self.journal = self.open_journal()
        self.events, self.messages = Book("event", self.journal), Book("message", self.journal)
        self.probes = Book("probe", self.journal)  # events of the client that configures rules
        self.rules, self.queues = Configured("rule", self.journal), Configured("queue", self.journal)
        self.mail, self.everything, self.some, self.replayed, self.ruled = (
            Inbox(name, self.journal) for name in ("mail", "everything", "some", "replayed", "ruled"))
        self.dead = Letters("dead", self.journal, lambda name: [{
            "RULE_ARN": functions.rule_arn("lost"), "TARGET_ARN": queue_arn("nowhere"), "RETRY_ATTEMPTS": "0",
            "ERROR_CODE": "NO_RESOURCE", "ERROR_MESSAGE": f"The queue {queue_arn('nowhere')} does not exist."}])
        self.work = Book("work", self.journal)  # events that functions are invoked for
        self.failed = Letters("failed", self.journal, functions.letters_of, comes_late=True)
        self.abandoned = Letters("abandoned", self.journal, functions.letters_of, comes_late=True)
        self.functions = Deployed("function", self.journal)
        self.attempts = Attempts(
            self.server.home / "attempts.txt", functions.worker_of,
            {name: worker.retries_max for name, worker in functions.WORKERS.items()}, functions.RETRY_WAITS_SECONDS)

    def open_journal(self):
        return Journal(self.server.home / "journal.txt")

    def random(self, what):
        return random.Random(f"{self.plan.seed}.{what}")

    def url(self, queue):
        return f"http://127.0.0.1:{self.server.port}/{ACCOUNT}/{queue}"

    # The way of the world.

    def run(self):
        faults = list(self.plan.faults)
        if faults[0].startswith("+"):
            self.crash_in_start(faults.pop(0)[1:])
        self.start()
        self.set_up()
        for fault in faults:
            self.cycle(fault)
        self.finish()

    def cycle(self, fault):
        """Load, crash, start, check. A crash point takes a server of its own, and its start may be what crashes."""
        chance = self.random(f"cycle {self.life}")
        fault, _, in_recovery = fault.partition(">")
        lives = True
        if is_point(fault):
            self.kill()
            # Segments of one MiB are filled with zeros at once, larger ones as they fill up.
            self.server.options[:2] = ["--segment-mib", "2" if fault.startswith(ZEROS) else "1"]
            lives = self.start(fault)
        if lives and not self.load(fault, chance, bulk=fault.startswith(NEED_BULK)):
            self.missed[fault] += 1
        else:
            self.seen[fault] += 1
        if in_recovery:
            self.crash_in_start(in_recovery)
        self.start()
        self.check(at_rest=False, drain_mail=chance.random() < 0.5)

    def load(self, fault, chance, bulk):
        """Loads the server until it is dead. False when that was not the fault's doing."""
        load = Load(self, bulk)
        process = self.server.process
        if fault.startswith("kill/"):
            time.sleep(int(fault.removeprefix("kill/")) / 1000)
        else:
            deadline = time.monotonic() + (chance.uniform(0.05, 0.3) if fault == "stop" else
                                           FILL_SECONDS if fault.startswith(ZEROS) else REACH_SECONDS)
            while process.poll() is None and time.monotonic() < deadline:
                time.sleep(0.005)
        if fault.startswith("kill/"):
            process.kill()
        else:
            load.stopping.set()
            process.terminate()
        code = process.wait(STOP_SECONDS)
        load.stop()
        expected = {"stop": 0}.get(fault, -9)
        if code not in (expected, 0):
            load.faults.append(f"the server ended with {code}")
        if load.faults:
            raise Broken("\n".join(load.faults))
        return code == expected

    def start(self, point=None):
        """Starts the server. False when it died at the point meanwhile."""
        self.journal.sync()
        self.forget_unpacked()
        self.server.environment = {**CREDENTIALS, **({"ATHANOR_CRASH_AT": point.replace("/", ":")} if point else {})}
        try:
            self.server.start()
        except AssertionError as died:
            if point and self.server.process.poll() == -9:
                return False
            raise Broken(f"the server does not start: {died}") from died
        return True

    def forget_unpacked(self):
        """What is unpacked of functions is a cache: the server is to do without it."""
        if self.random(f"unpacked {self.life}").random() < FORGET_CHANCE:
            for path in (self.server.data / "functions/code").glob("[0-9a-f]" * 64):
                shutil.rmtree(path)

    def crash_in_start(self, point):
        """In the start, or in what it does when it listens already."""
        if self.start(point):
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.server.process.wait(START_SECONDS)
        (self.missed if self.server.process.poll() is None else self.seen)[point] += 1
        self.kill()

    def crash(self):
        """At any moment, and the server starts again."""
        self.server.kill()
        self.start()

    def kill(self):
        if self.server.process and self.server.process.poll() is None:
            self.server.kill()

    def close(self):
        self.kill()

    # Configuration.

    def set_up(self):
        client = Client(self.server.port)
        client.events("CreateEventBus", Name="bus")
        for queue in QUEUES:
            client.sqs("CreateQueue", QueueName=queue, Attributes={"VisibilityTimeout": str(VISIBILITY_SECONDS)})
        for name, (pattern, more) in OWN_RULES.items():
            client.events("PutRule", Name=name, EventBusName="bus", EventPattern=json.dumps(pattern))
            target = {"Id": "1", "Arn": queue_arn("nowhere" if more else name)}
            if more:
                target["DeadLetterConfig"] = {"Arn": queue_arn("dead")}
            client.events("PutTargets", Rule=name, EventBusName="bus", Targets=[target])
        for name, worker in functions.WORKERS.items():
            functions.create(client, name, name, {"JOURNAL": str(self.attempts.path), **({"FAILS": "1"} if worker.fails else {})})
            if worker.invoke_config:
                functions.configure(client, name, worker.invoke_config)
            self.put_work_rule(client, name, functions.arn(name), worker.letters)
        for name, letters in LOSING_RULES.items():
            self.put_work_rule(client, name, queue_arn("nowhere"), letters)
        if self.plan.archive:
            client.events("CreateArchive", ArchiveName="archive", EventSourceArn=bus_arn("event-bus/bus"),
                          EventPattern=json.dumps({"source": ["crash"]}))

    def configure(self, client, kind, name, value):
        """Makes `name` be `value`, by the one call that does it; None deletes."""
        before = kind.known.get(name)
        kind.asking(name, value)
        on_bus = {"EventBusName": "bus"}
        if kind is self.queues and value is None:
            client.sqs("DeleteQueue", QueueUrl=self.url(name))
        elif kind is self.queues:
            client.sqs("CreateQueue", QueueName=name, Attributes={"VisibilityTimeout": value})
        elif value is None:
            client.events("DeleteRule", Name=name, **on_bus)
        elif before is None:
            client.events("PutRule", Name=name, EventPattern=json.dumps({
                "source": ["probe"], "detail": {"rule": [name]}, "replay-name": [{"exists": False}]}), **on_bus)
        elif before[0] != value[0]:
            client.events("EnableRule" if value[0] == "ENABLED" else "DisableRule", Name=name, **on_bus)
        elif value[1]:
            client.events("PutTargets", Rule=name, Targets=[{"Id": "t", "Arn": queue_arn(value[1][0])}], **on_bus)
        else:
            client.events("RemoveTargets", Rule=name, Ids=["t"], **on_bus)
        kind.answered(done=True)

    def put_work_rule(self, client, name, target, letters):
        """Sends the events that are named after it to `target`."""
        client.events("PutRule", Name=name, EventBusName="bus", EventPattern=json.dumps(
            {"source": ["work"], "detail": {"for": [name]}, "replay-name": [{"exists": False}]}))
        client.events("PutTargets", Rule=name, EventBusName="bus", Targets=[
            {"Id": "1", "Arn": target, **({"DeadLetterConfig": {"Arn": queue_arn(letters)}} if letters else {})}])

    def put_work(self, client, names):
        """Events for functions, and for rules that lose them."""
        entries = []
        for name in names:
            worker = functions.WORKERS.get(functions.worker_of(name))
            detail = {"name": name, "for": functions.worker_of(name)}
            self.work.handing_in(name, detail, [worker.letters] if worker and worker.fails and worker.letters else [])
            entries.append({"EventBusName": "bus", "Source": "work", "DetailType": "Work", "Detail": json.dumps(detail)})
        answer = client.events("PutEvents", Entries=entries)
        for name, result in zip(names, answer["Entries"], strict=True):
            if "EventId" in result:
                self.work.was_acknowledged(name, result["EventId"])
            else:
                self.work.was_refused(name)

    def configure_function(self, client, name, version):
        """Makes the function have that code; None deletes it."""
        before = self.functions.known.get(name)
        self.functions.asking(name, version)
        if version is None:
            functions.delete(client, name)
        elif before is None:
            functions.create(client, name, version, {})
        else:
            functions.update(client, name, version)
        self.functions.answered(done=True)

    def found_functions(self, client):
        """Name to version, or to what is shown of a code that none of the possible versions has."""
        known, (pending, after) = self.functions.known, self.functions.pending or (None, None)
        found = functions.list_made(client)
        for name, shown in found.items():
            possible = [known.get(name), after if name == pending else None]
            found[name] = next((version for version in possible if version and functions.code_sha256(version) == shown), shown)
        return found

    def run_functions(self, client, names):
        """Name to the version that answers; without those that find no process."""
        ran = {}
        for name in names:
            try:
                ran[name] = functions.invoke(client, name)
            except Refused as refused:
                if refused.status != TOO_MANY_REQUESTS:
                    raise
        return ran

    def found_rules(self, client):
        rules = client.events("ListRules", EventBusName="bus", NamePrefix="rule-")["Rules"]
        return {rule["Name"]: [rule["State"], [
            target["Arn"].rsplit(":", 1)[1]
            for target in client.events("ListTargetsByRule", EventBusName="bus", Rule=rule["Name"])["Targets"]]]
            for rule in rules}

    def found_queues(self, client):
        urls = client.sqs("ListQueues", QueueNamePrefix="queue-").get("QueueUrls", [])
        return {url.rsplit("/", 1)[1]: client.sqs("GetQueueAttributes", QueueUrl=self.url(url.rsplit("/", 1)[1]),
                                                  AttributeNames=["VisibilityTimeout"])["Attributes"]["VisibilityTimeout"]
                for url in urls}

    # Receiving.

    def receive(self, client, inbox, wait=0, keep=lambda: False):
        """Receives once and deletes what is not kept: how many messages came."""
        url = self.url(inbox.name)
        try:
            messages = client.sqs("ReceiveMessage", QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=wait,
                                  MessageAttributeNames=["All"]).get("Messages", [])
        except Unknown:
            inbox.answers_lost += 1
            raise
        entries = {}
        for message in messages:
            body = json.loads(message["Body"])
            content = body.get("detail", body)
            inbox.received(message["MessageId"], content["name"], body.get("id", message["MessageId"]), content)
            if isinstance(inbox, Letters):
                inbox.came(content["name"], {name: value["StringValue"]
                                             for name, value in message.get("MessageAttributes", {}).items()})
            if not keep():
                entries[str(len(entries))] = message
                inbox.deleting(message["MessageId"])
        if entries:
            answer = client.sqs("DeleteMessageBatch", QueueUrl=url, Entries=[
                {"Id": entry, "ReceiptHandle": message["ReceiptHandle"]} for entry, message in entries.items()])
            for result in answer.get("Successful", []):
                inbox.deleted(entries[result["Id"]]["MessageId"])
        return len(messages)

    # Checking.

    def check(self, *, at_rest, drain_mail=True):
        client = Client(self.server.port)
        broken = self.rules.check(self.found_rules(client)) + self.queues.check(self.found_queues(client))
        broken += self.functions.check(self.found_functions(client))
        broken += self.functions.check_running(self.run_functions(client, sorted(self.functions.known)))
        inboxes = {self.everything: self.events, self.some: self.events, self.dead: self.events, self.ruled: self.probes,
                   self.failed: self.work}
        if drain_mail:
            inboxes[self.mail] = self.messages
        deadline = time.monotonic() + (REST_SECONDS if at_rest else 0)
        for inbox, book in inboxes.items():
            while True:
                while self.receive(client, inbox):
                    pass
                late = inbox.comes_late and inbox.missing(book)
                if time.monotonic() > deadline or not (late or self.left_in(client, inbox)):
                    break
                time.sleep(0.05)
            broken += inbox.check(book, at_rest=at_rest)
            if not inbox.missing(book):
                inbox.answers_lost = 0
        broken += self.check_attempts(at_rest=at_rest)
        self.journal.sync()
        if broken:
            raise Broken("\n".join(broken))

    def check_attempts(self, *, at_rest):
        """Functions that run their first attempts still, with all their dead letters there, are given a moment."""
        deadline = time.monotonic() + (REST_SECONDS if at_rest else 0)
        while True:
            broken = self.attempts.check(self.work, (self.failed, self.abandoned), at_rest=at_rest)
            if not broken or time.monotonic() > deadline or any(not sentence.startswith("I1 ") for sentence in broken):
                return broken
            time.sleep(0.05)

    def left_in(self, client, inbox):
        attributes = client.sqs("GetQueueAttributes", QueueUrl=self.url(inbox.name), AttributeNames=["All"])["Attributes"]
        return sum(int(attributes[name]) for name in attributes if name.startswith("ApproximateNumberOfMessages"))

    def finish(self):
        """Lets everything come to rest, and compares in full."""
        self.check(at_rest=True)
        self.give_up_waiting()
        self.count()
        if self.plan.archive:
            self.replay("cut", self.random("replay"))
            self.replay("whole")

    def give_up_waiting(self):
        """Deletes the function that waits for its second attempts: each of its events has its dead letter then."""
        client = Client(self.server.port)
        functions.delete(client, "patient")
        while self.receive(client, self.abandoned) or self.left_in(client, self.abandoned):
            pass
        broken = self.abandoned.check(self.work, at_rest=True)
        if broken:
            raise Broken("\n".join(broken))

    def count(self):
        """A time without a crash: what the server counts in it is what happened, and nothing is under way at its end."""
        client = Client(self.server.port)
        before = read_counters(client.metrics())
        acknowledged = set(self.work.acknowledged)
        names = [name for name in (*functions.WORKERS, *LOSING_RULES, "nobody") if name != "patient"]
        chance = self.random("count")
        for turn in range(COUNTED_ENTRIES):
            self.put_work(client, [f"w{self.life}.{chance.choice(names)}.counted.{turn}.{entry}" for entry in range(10)])
        events = collections.Counter(map(functions.worker_of, self.work.acknowledged.keys() - acknowledged))
        expected = expected_counters(events)
        deadline = time.monotonic() + REST_SECONDS
        while True:
            counted = read_counters(client.metrics())
            counted.subtract(before)
            broken = check_rest(counted, names) + check_counters(counted, expected)
            if not broken or time.monotonic() > deadline:
                break
            time.sleep(0.05)
        if broken:
            raise Broken("\n".join(broken))
        self.check(at_rest=True)

    def replay(self, name, chance=None):
        """Replays the archive: each archived event once; with `chance`, across a kill."""
        client = Client(self.server.port)
        found = client.events("DescribeArchive", ArchiveName="archive")["EventCount"]
        self.replayed = Inbox("replayed", self.journal)
        broken = []
        if not len(self.events.acknowledged) <= found <= len(self.events.possible):
            broken.append(f"I2: the archive counts {found} events of {len(self.events.acknowledged)} acknowledged and "
                          f"{len(self.events.possible)} possible")
        now = time.time()
        client.events("StartReplay", ReplayName=name, EventSourceArn=bus_arn("archive/archive"),
                      EventStartTime=int(now) - 86_400, EventEndTime=int(now) + 3_600,
                      Destination={"Arn": bus_arn("event-bus/bus")})
        if chance:
            time.sleep(chance.uniform(0, 0.1))
            self.crash()
            client = Client(self.server.port)
        deadline = time.monotonic() + REST_SECONDS
        while True:
            came = self.receive(client, self.replayed)
            if came:  # a slow machine loses nothing
                deadline = time.monotonic() + REST_SECONDS
            done = client.events("DescribeReplay", ReplayName=name)["State"] == "COMPLETED" if not came else False
            if (done and not self.left_in(client, self.replayed)) or time.monotonic() > deadline:
                break
        broken += self.replayed.check(self.events, at_rest=True)
        if len(self.replayed.messages) != found:
            broken.append(f"I2: the archive counts {found} events and replays {len(self.replayed.messages)}")
        if broken:
            raise Broken("\n".join(f"replay {name}: {sentence}" for sentence in broken))


def expected_counters(events):
    """What is counted when so many events came for each rule of put_work_rule, or for none."""
    expected = {("athanor_events_accepted_total", "bus"): events.total(), ("athanor_events_unmatched_total", "bus"): events["nobody"]}
    for rule in (*functions.WORKERS, *LOSING_RULES):
        worker, number = functions.WORKERS.get(rule), events[rule]
        failed = number if worker is None or worker.fails else 0
        letters = worker.letters if worker else LOSING_RULES[rule]
        how = "dropped" if not letters else "sent_to_dlq" if letters in QUEUES else "failed_to_be_sent_to_dlq"
        counts = {"matched_events": number, "invocation_attempts": number, "retry_invocation_attempts": 0,
                  "invocations": number if worker else 0, "failed_invocations": failed,
                  "function_invocations": number if worker else 0, "functions_given_up": failed if worker else 0}
        for fate in ("dropped", "sent_to_dlq", "failed_to_be_sent_to_dlq"):
            counts[f"invocations_{fate}"] = failed if fate == how else 0
        expected.update({(f"athanor_{name}_total", rule): count for name, count in counts.items()})
    return expected


def is_point(fault):
    return "/" in fault and not fault.startswith("kill/")


def queue_arn(name):
    return f"arn:aws:sqs:{REGION}:{ACCOUNT}:{name}"


def bus_arn(resource):
    return f"arn:aws:events:{REGION}:{ACCOUNT}:{resource}"


@dataclasses.dataclass
class Outcome:
    plan: Plan
    seen: collections.Counter
    missed: collections.Counter
    figures: collections.Counter
    broken: str  # empty when every promise was kept
    home: str


def run_plan(plan, kind=World):
    return run(kind(plan))


def run(world, *, keep=False):
    """Runs a world to its end, or until a promise is broken; its files are gone then, unless one was, or they are to be kept."""
    broken = ""
    try:
        world.run()
    except (Broken, Refused, Unknown, AssertionError, OSError) as problem:
        broken = f"{type(problem).__name__}: {problem}"
    finally:
        world.close()
    world.journal.sync()
    figures = collections.Counter({
        "events acknowledged": len(world.events.acknowledged), "refused": len(world.events.refused),
        "unknown": len(world.events.possible) - len(world.events.acknowledged),
        "messages acknowledged": len(world.messages.acknowledged), "deleted": len(world.mail.deletes_acknowledged),
        "torn commits cut off": world.server.said().count("unfinished commit")})
    if not (broken or keep):
        shutil.rmtree(world.server.home, ignore_errors=True)
    return Outcome(world.plan, world.seen, world.missed, figures, broken, str(world.server.home))
