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
import threading


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
            self.broken.append(f"I4 {self.name}: {name} came under two ids, {self.ids[name]} and {given_id}")
        if self.digests.setdefault(name, content_digest) != content_digest:
            self.broken.append(f"I4 {self.name}: {name} came with two contents")

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
        hidden = 0 if at_rest else 10 * self.answers_lost
        if len(missing) > hidden:
            broken.append(f"I1 {self.name}: {len(missing)} acknowledged are lost, where {hidden} may be hidden: "
                          f"{shortened(missing)}")
        more = [name for name in self.messages if name not in book.tried]
        if more:
            broken.append(f"I3 {self.name}: nobody handed in {shortened(more)}")
        refused = self.messages.keys() & book.refused
        if refused:
            broken.append(f"I11 {self.name}: was refused and came: {shortened(refused)}")
        unwanted = [name for name in self.messages if self.name not in book.inboxes.get(name, [self.name])]
        if unwanted:
            broken.append(f"I3 {self.name}: no rule sent {shortened(unwanted)} here")
        if self.come_back:
            broken.append(f"I7 {self.name}: came back after their deletion was acknowledged: {shortened(self.come_back)}")
        copies = {name: len(ids) for name, ids in self.messages.items() if len(ids) > 1}
        if copies:
            broken.append(f"I5 {self.name}: came more than once: {shortened(copies)}")
        for name, came in self.digests.items():
            if came != book.tried.get(name, came):
                broken.append(f"I4 {self.name}: {name} came with another content than it was sent with")
            if self.ids[name] != book.acknowledged.get(name, self.ids[name]):
                broken.append(f"I4 {self.name}: {name} came as {self.ids[name]}, was acknowledged as "
                              f"{book.acknowledged[name]}")
        return broken


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
