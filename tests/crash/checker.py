"""What a server owes its clients, from their own books alone.

`Book` is one kind of thing that clients hand in (events, messages) and what became of each: acknowledged, refused or
unknown. `Inbox` is one queue, and what came out of it. Both write every line into the journal before it counts.
Each check returns sentences about what was broken; no sentence, no fault. The letters are the invariants of
docs/reliability.md.
"""

import collections
import hashlib
import json
import os
import re
import threading
import time


CLOCK_SECONDS = 0.001  # the server counts time in these; a function's journal in less


class Journal:
    """Lines of JSON in a file, on stable storage once synced. For several threads, which Python's files are not."""

    def __init__(self, path):
        self.file = open(path, "a", encoding="utf-8")  # noqa: SIM115; lives as long as the world
        self.lock = threading.Lock()

    def note(self, *what):
        line = json.dumps(what) + "\n"
        with self.lock:
            self.file.write(line)

    def sync(self):
        with self.lock:
            self.file.flush()
            os.fsync(self.file.fileno())


def digest(detail):
    return hashlib.sha256(json.dumps(detail, sort_keys=True).encode()).hexdigest()


class Account:
    """What the journal's lines under one name amount to. A line is written, then taken; read again, it is taken alone."""

    def __init__(self, name, journal):
        self.name, self.journal = name, journal

    def note(self, what, *rest):
        self.journal.note(self.name, what, *rest)
        self.take(what, *rest)

    def take(self, what, *rest):
        getattr(self, f"take_{what}")(*rest)


class Book(Account):
    """Who handed in what, under names of our own, and the answer."""

    def __init__(self, name, journal):
        super().__init__(name, journal)
        self.tried = {}         # name: digest of the content
        self.inboxes = {}       # name: those that it is to come out of
        self.acknowledged = {}  # name: the id that the server gave
        self.refused = set()

    def handing_in(self, name, content, inboxes):
        self.note("tried", name, digest(content), inboxes)

    def was_acknowledged(self, name, given_id):
        self.note("ok", name, given_id)

    def was_refused(self, name):
        self.note("refused", name)

    def take_tried(self, name, content_digest, inboxes):
        self.inboxes[name] = inboxes
        self.tried[name] = content_digest

    def take_ok(self, name, given_id):
        self.acknowledged[name] = given_id

    def take_refused(self, name):
        self.refused.add(name)

    @property
    def possible(self):
        """What may be there: acknowledged, or of unknown outcome."""
        return self.tried.keys() - self.refused


class Inbox(Account):
    """What came out of one queue. Deleting is part of the promise, too: what was deleted stays away."""

    def __init__(self, name, journal):
        super().__init__(name, journal)
        self.messages = collections.defaultdict(set)  # name of the thing: ids of the messages that brought it
        self.ids = {}             # name of the thing: the server's id in the message
        self.digests = {}         # name of the thing: digest of the content that came
        self.deletes_tried = set()  # message ids
        self.deletes_acknowledged = set()
        self.answers_lost = 0     # receives of unknown outcome: each may hide ten messages for a visibility timeout
        self.come_back = set()
        self.comes_late = False   # what is owed here is owed when all is at rest
        self.broken = []

    def received(self, message_id, name, given_id, content):
        self.note("received", message_id, name, given_id, digest(content))

    def deleting(self, message_id):
        self.note("deleting", message_id)

    def deleted(self, message_id):
        self.note("deleted", message_id)

    def take_received(self, message_id, name, given_id, content_digest):
        if message_id in self.deletes_acknowledged:
            self.come_back.add(name)
        self.messages[name].add(message_id)
        if self.ids.setdefault(name, given_id) != given_id:
            self.broken.append(f"I4 {self.name}: {name} arrived with two ids, {self.ids[name]} and {given_id}")
        if self.digests.setdefault(name, content_digest) != content_digest:
            self.broken.append(f"I4 {self.name}: {name} arrived with two contents")

    def take_deleting(self, message_id):
        self.deletes_tried.add(message_id)

    def take_deleted(self, message_id):
        self.deletes_acknowledged.add(message_id)

    def missing(self, book):
        return {name for name in book.acknowledged if self.name in book.inboxes[name]} - self.messages.keys()

    def check(self, book, *, at_rest):
        """What is wrong when the inbox is to hold what `book` says that comes here, each once.

        Not `at_rest`: messages that a lost answer took are hidden still.
        """
        broken, self.broken = self.broken, []
        missing = self.missing(book)
        hidden = 0 if at_rest else len(missing) if self.comes_late else 10 * self.answers_lost
        if len(missing) > hidden:
            broken.append(f"I1 {self.name}: {len(missing)} acknowledged are lost, where {hidden} may be hidden: "
                          f"{shortened(missing)}")
        more = [name for name in self.messages if name not in book.tried]
        if more:
            broken.append(f"I3 {self.name}: {shortened(more)} were never handed in")
        refused = self.messages.keys() & book.refused
        if refused:
            broken.append(f"I11 {self.name}: was refused but arrived: {shortened(refused)}")
        unwanted = [name for name in self.messages if self.name not in book.inboxes.get(name, [self.name])]
        if unwanted:
            broken.append(f"I3 {self.name}: no rule sent {shortened(unwanted)} here")
        if self.come_back:
            broken.append(f"I7 {self.name}: arrived after their deletion was acknowledged: {shortened(self.come_back)}")
        copies = {name: len(ids) for name, ids in self.messages.items() if len(ids) > 1}
        if copies:
            broken.append(f"I5 {self.name}: arrived more than once: {shortened(copies)}")
        for name, came in self.digests.items():
            if came != book.tried.get(name, came):
                broken.append(f"I4 {self.name}: {name} arrived with a different content than was sent")
            if self.ids[name] != book.acknowledged.get(name, self.ids[name]):
                broken.append(f"I4 {self.name}: {name} arrived as {self.ids[name]}, but was acknowledged as "
                              f"{book.acknowledged[name]}")
        return broken


class Letters(Inbox):
    """A dead-letter queue: each message says why it is here."""

    def __init__(self, name, journal, possible, *, comes_late=False):
        super().__init__(name, journal)
        self.possible = possible  # name of the thing: each of the attributes that its letter may have; none where nobody can say
        self.comes_late = comes_late
        self.came_at = {}  # name of the thing: when its letter was received first, in seconds
        self.retries = {}  # name of the thing: how many attempts after the first its letter tells of

    def came(self, name, attributes):
        self.note("letter", name, attributes, time.time())

    def take_letter(self, name, attributes, when):
        self.came_at.setdefault(name, when)
        retries = attributes.get("RETRY_ATTEMPTS", "")
        self.retries.setdefault(name, int(retries) if retries.isdecimal() else 0)
        possible = self.possible(name)
        if possible and attributes not in possible:
            expected = possible[0]
            wrong = sorted(key for key in attributes.keys() | expected.keys() if attributes.get(key) != expected.get(key))
            self.broken.append(f"I6 {self.name}: {name} is to say " + ", ".join(
                f"{key} {expected.get(key)} and says {attributes.get(key)}" for key in wrong))


def shortened(names):
    names = sorted(names)
    return f"{len(names)}: {', '.join(map(str, names[:5]))}{' ...' if len(names) > 5 else ''}"


class Configured(Account):
    """One kind of configuration (rules, queues): name to value, as the acknowledged calls made it.

    One caller, one call at a time, so that at most one outcome is unknown when the server dies.
    """

    def __init__(self, name, journal):
        super().__init__(name, journal)
        self.known = {}
        self.pending = None  # (name, value after the call): None as a value is not there

    def asking(self, name, value):
        self.note("asking", name, value)

    def answered(self, done):
        """The pending call was done, or surely was not."""
        self.note("done" if done else "undone")

    def take_asking(self, name, value):
        self.pending = (name, value)

    def take_done(self):
        name, value = self.pending
        self.known[name] = value
        if value is None:
            del self.known[name]
        self.pending = None

    def take_undone(self):
        self.pending = None

    def check(self, found):
        """Compares with what the server shows after its start, and learns how a pending call ended."""
        if self.pending is not None:
            name, after = self.pending
            self.answered(done=found.get(name) == after != self.known.get(name))
        return [f"I8 {self.name} {name}: acknowledged as {self.known.get(name)}, found as {found.get(name)}"
                for name in sorted(self.known.keys() | found.keys()) if self.known.get(name) != found.get(name)]


class Deployed(Configured):
    """Functions: name to the version of their code."""

    def check_running(self, ran):
        """Compares with the versions that answered."""
        return [f"I8 {self.name} {name}: {self.known[name]} was acknowledged, {version} runs"
                for name, version in sorted(ran.items()) if version != self.known[name]]


class Attempts:
    """What functions were invoked for, by the journal that they keep themselves: a line before each answer.

    A server that dies takes with it how its last attempts ended, and the next one makes them again. So each server counts for
    itself: it may try an event once, and again as often and as late as the function's settings say.
    """

    def __init__(self, path, function_of, retries_max, waits):
        self.path = path
        self.function_of = function_of  # name of an event: the function that it is for
        self.retries_max = retries_max  # function: attempts of one server after its first
        self.waits = waits              # seconds before each

    def lines(self):
        """Process of the server, seconds, function, name of the event."""
        if not self.path.exists():
            return
        for line in self.path.read_text(encoding="utf-8").splitlines():
            server, when, function, name = line.split(" ")
            yield server, float(when), function, name

    def check(self, book, letters, *, at_rest):
        broken = []
        tries, names, strangers = collections.defaultdict(list), set(), set()
        for server, when, function, name in self.lines():
            names.add(name)
            if name not in book.tried or function != self.function_of(name):
                strangers.add(name)
                continue
            tries[server, name].append(when)
            for inbox in letters:
                if inbox.came_at.get(name, when) < when:
                    broken.append(f"I6 {function}: {name} was tried {when - inbox.came_at[name]:.3f} s after its dead letter came")
        for (server, name), moments in sorted(tries.items()):
            function = self.function_of(name)
            if len(moments) > 1 + self.retries_max[function]:
                broken.append(f"I6 {function}: {name} was tried {len(moments)} times by server {server}, but at most "
                              f"{1 + self.retries_max[function]} are allowed")
                continue
            for before, after, wait in zip(sorted(moments), sorted(moments)[1:], self.waits):
                if after - before < wait - CLOCK_SECONDS:
                    broken.append(f"I6 {function}: {name} was tried again after {after - before:.3f} s, but at least {wait} are due")
        made = collections.Counter()
        for (_, name), moments in tries.items():
            made[name] += len(moments)
        for name, told in sorted((name, told) for inbox in letters for name, told in inbox.retries.items()):
            if told and told >= made[name]:  # fewer may be: a server that dies forgets its last attempts
                broken.append(f"I6 {self.function_of(name)}: the dead letter of {name} reports {told} further attempts, but "
                              f"{made[name]} were made in all")
        if strangers:
            broken.append(f"I3 functions: ran for what was never sent: {shortened(strangers)}")
        if names & book.refused:
            broken.append(f"I11 functions: ran for what was refused: {shortened(names & book.refused)}")
        never = {name for name in book.acknowledged if self.function_of(name) in self.retries_max} - names
        if never and at_rest:
            broken.append(f"I1 functions: never ran for {shortened(never)}")
        return broken


def read_counters(text):
    """Of /metrics: name of the counter and the last part of its label (a rule's or a function's name) to the number."""
    found = re.findall(r'^(\w+)(?:\{\w+="([^"]*)"\})? (\d+)$', text, re.M)
    return collections.Counter({(name, re.split("[:/]", label)[-1]): int(number) for name, label, number in found})


def check_counters(counted, expected):
    """I9: what happened while the server did not crash is what it counted."""
    return [f"I9 {name} of {label or 'all'}: {counted[name, label]} counted, but {number} happened"
            for (name, label), number in sorted(expected.items()) if counted[name, label] != number]


def check_rest(counted, rules):
    """I10: what the counters say is still under way; of rules that are named as the functions that they invoke, or have none."""
    broken = []
    for rule in rules:
        def count(name, rule=rule):
            return counted[f"athanor_{name}_total", rule]
        given_up = count("functions_given_up")
        waiting = {"deliveries": count("invocation_attempts") - count("retry_invocation_attempts") - count("invocations") -
                                 (count("failed_invocations") - given_up)}
        if count("function_invocations") or given_up:
            waiting["invocations"] = count("invocations") - count("function_invocations")
        if given_up:
            waiting["failures"] = count("function_invocations") - given_up
        broken += [f"I10 {rule}: {number} {what} wait" for what, number in waiting.items() if number]
    return broken
