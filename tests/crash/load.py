"""The clients that keep a server busy until it dies. Each runs on a thread of its own, for one life of the server, and
writes into the books of checker.py what it tried before it tries it, and the answer when it has one."""

import json
import threading

import functions
from client import Client, Refused, Unknown

VISIBILITY_SECONDS = 1  # of all queues: what a lost answer took comes back within it
WRONG_SECRET = "another secret"
# Of events, by their group (world.OWN_RULES): where they come out.
GROUP_INBOXES = [["everything", "replayed", *more] for more in ([], ["some"], ["dead"], [])]


class Load:
    """All clients of one life. Stops when told, or each when the server is gone."""

    pause_seconds = 0  # of who puts events or sends messages, after each request

    def __init__(self, world, bulk):
        self.world, self.bulk = world, bulk
        self.stopping = threading.Event()
        self.faults = []  # what a client may never meet
        world.life += 1
        self.threads = [threading.Thread(target=self.run, args=client, name=client[0].__name__, daemon=True)
                        for client in self.clients()]
        for thread in self.threads:
            thread.start()

    def clients(self):
        """Functions, and what each is called with."""
        world = self.world
        clients = [(self.put_events, 1), (self.put_events, 2), (self.send, 3), (self.receive, world.mail),
                   (self.receive, world.everything), (self.configure, None)]
        if not self.bulk:  # which is to fill files quickly
            clients += [(self.work, 4), (self.receive, world.failed), (self.deploy, None)]
        return clients

    def run(self, client, argument):
        try:
            client(Client(self.world.server.port), argument)
        except Unknown:
            pass  # the server is gone; whoever asked has written down what he does not know
        except Exception as fault:  # noqa: BLE001; the world reports it
            self.faults.append(f"{client.__name__}: {type(fault).__name__}: {fault}")

    def stop(self):
        self.stopping.set()
        self.join()

    def join(self):
        for thread in self.threads:
            thread.join(40)
            if thread.is_alive():
                self.faults.append("a client hangs")

    def chance(self, number):
        return self.world.random(f"{self.world.life}.{number}")

    # What makes events.

    def put_events(self, client, number):
        chance, book = self.chance(number), self.world.events
        turn = 0
        while not self.stopping.wait(self.pause_seconds):
            turn += 1
            kind = chance.choices(["good", "mixed", "too many", "wrong key"], [80, 14, 3, 3])[0]
            count = 11 if kind == "too many" else 10 if self.bulk else chance.randint(1, 10)
            names = [f"e{self.world.life}.{number}.{turn}.{entry}" for entry in range(count)]
            bad = {name for name in names if kind == "mixed" and chance.random() < 0.4}
            entries = []
            for name in names:
                detail = {"name": name, "group": chance.randrange(4), "ballast": "x" * self.ballast(chance)}
                book.handing_in(name, detail, GROUP_INBOXES[detail["group"]])
                entry = {"EventBusName": "bus", "Source": "crash", "DetailType": "Numbered", "Detail": json.dumps(detail)}
                entries.append(spoilt(entry, chance) if name in bad else entry)
            try:
                answer = client.events("PutEvents", Entries=entries,
                                       **({"secret": WRONG_SECRET} if kind == "wrong key" else {}))
            except Refused:
                for name in names:
                    book.was_refused(name)
                continue
            if kind in ("too many", "wrong key"):
                self.faults.append(f"I11: a request with {kind} was accepted")
            self.take_answers(book, names, bad, answer)

    def take_answers(self, book, names, bad, answer):
        results = answer["Entries"]
        failed = [name for name, result in zip(names, results) if "EventId" not in result]
        if len(results) != len(names) or answer["FailedEntryCount"] != len(failed) or not bad <= set(failed):
            self.faults.append(f"I11: {len(bad)} of {len(names)} entries are wrong, but the answer says {answer}")
        for name, result in zip(names, results):
            if "EventId" in result:
                book.was_acknowledged(name, result["EventId"])
            else:
                book.was_refused(name)

    def ballast(self, chance):
        if self.bulk:
            return chance.randint(20_000, 60_000)
        return chance.randrange(60_000) if chance.random() < 0.02 else chance.randrange(2_000)

    # Messages.

    def send(self, client, number):
        chance, book = self.chance(number), self.world.messages
        turn = 0
        while not self.stopping.wait(self.pause_seconds):
            turn += 1
            names = [f"m{self.world.life}.{turn}.{entry}" for entry in range(chance.randint(1, 10))]
            entries = []
            for entry, name in enumerate(names):
                body = {"name": name, "ballast": "y" * chance.randrange(500)}
                book.handing_in(name, body, ["mail"])
                entries.append({"Id": str(entry), "MessageBody": json.dumps(body)})
            try:
                answer = client.sqs("SendMessageBatch", QueueUrl=self.world.url("mail"), Entries=entries)
            except Refused:
                for name in names:
                    book.was_refused(name)
                continue
            for result in answer.get("Successful", []):
                book.was_acknowledged(names[int(result["Id"])], result["MessageId"])
            for result in answer.get("Failed", []):
                book.was_refused(names[int(result["Id"])])

    def receive(self, client, inbox):
        chance = self.chance(inbox.name)
        while not self.stopping.is_set():
            # One in ten stays, and comes again.
            self.world.receive(client, inbox, wait=1, keep=lambda: chance.random() < 0.1)

    # Configuration.

    def configure(self, client, _):
        chance, world = self.chance("configure"), self.world
        turn = 0
        while not self.stopping.is_set():
            turn += 1
            name = f"rule-{world.life}.{turn}"
            rules = world.rules.known
            old = chance.choice(sorted(rules)) if rules else None
            if old is None or (len(rules) < 8 and chance.random() < 0.3):
                world.configure(client, world.rules, name, ["ENABLED", []])
                old = name
            state, targets = world.rules.known.get(old, (None, None))
            change = chance.choice(["state", "targets", "delete", "queue"])
            if state is None or change == "queue":
                queues = world.queues.known
                gone = chance.choice(sorted(queues)) if len(queues) > 4 else None
                world.configure(client, world.queues, gone or f"queue-{world.life}-{turn}", None if gone else "30")
            elif change == "state":
                world.configure(client, world.rules, old, ["DISABLED" if state == "ENABLED" else "ENABLED", targets])
            elif change == "targets" or targets:
                world.configure(client, world.rules, old, [state, [] if targets else ["ruled"]])
            else:
                world.configure(client, world.rules, old, None)
            self.probe(client, chance, turn)

    def probe(self, client, chance, turn):
        """One event for a rule whose state and target are known: to be delivered, or surely not."""
        world, rules = self.world, self.world.rules.known
        if not rules:
            return
        rule = chance.choice(sorted(rules))
        name = f"p{world.life}.{turn}"
        detail = {"name": name, "rule": rule}
        world.probes.handing_in(name, detail, ["ruled"] if rules[rule] == ["ENABLED", ["ruled"]] else [])
        answer = client.events("PutEvents", Entries=[{"EventBusName": "bus", "Source": "probe", "DetailType": "Probe",
                                                      "Detail": json.dumps(detail)}])
        self.take_answers(world.probes, [name], set(), answer)


    # Functions.

    def work(self, client, number):
        """Events that functions are invoked for."""
        chance = self.chance(number)
        turn = 0
        while not self.stopping.wait(0.02):
            turn += 1
            self.world.put_work(client, [f"w{self.world.life}.{chance.choice(functions.LOADED)}.{turn}.{entry}"
                                         for entry in range(chance.randint(1, 4))])

    def deploy(self, client, _):
        """Makes functions, gives them other code, asks what they run, and deletes them."""
        chance, world = self.chance("deploy"), self.world
        turn = 0
        while not self.stopping.is_set():
            turn += 1
            known = world.functions.known
            version = f"v{world.life}.{turn}"
            name = chance.choice(sorted(known)) if known and (len(known) >= 4 or chance.random() < 0.8) else None
            if name is None:
                world.configure_function(client, f"{functions.MADE}{world.life}-{turn}", version)
            else:
                world.configure_function(client, name, None if chance.random() < 0.15 else version)
            for asked in sorted(known):
                if chance.random() < 0.1:
                    ran = world.run_functions(client, [asked])
                    if ran.get(asked) is not None or not world.disk_fails_under_load:
                        self.faults += world.functions.check_running(ran)


def spoilt(entry, chance):
    """The entry, but such that it must be refused."""
    how = chance.randrange(3)
    if how == 0:
        return {**entry, "Detail": entry["Detail"][:-1]}
    if how == 1:
        return {name: value for name, value in entry.items() if name != "DetailType"}
    return {**entry, "Source": "aws.crash"}
