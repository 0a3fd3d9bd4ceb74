"""Worlds whose disk writes down all that is done to it, and the states that a power cut may have left of it.

A disk keeps what was written before the last flush that it answered. Of what came later, each write may have reached it or not,
and some in part. RecordedWorld is one run of a server under load, with kills; StateWorld is one state that its disk may have been
left in, with the clients' books as they stood at that moment.
"""

import contextlib
import json
import os
import pathlib
import random
import subprocess
import sys

import world
from checker import Journal
from cut_world import BULK_CHANCE, WRITE_BACK_CHANCE
from disk import Disk, do, make
from recorder import Counter, read_log

HERE = pathlib.Path(__file__).resolve().parent
START_ENTRIES, START_WEIGHT = 30, 10  # of the disk's log, from a start on
SECTOR_BYTES = 512  # is written whole or not at all
# So is the first block here: ext4 reads its superblock before it replays its journal, and does not mount a torn one.
SUPERBLOCK_BYTES = 4096
BASE, LOG, JOURNAL = "base.img", "writes.log", "journal.txt"  # in the home of a recorded world


class RecordedDisk(Disk):
    """Shows the image through recorder.py, and keeps it as it was before."""

    def __init__(self, file_system, image, root):
        super().__init__(file_system, image, root)
        self.shown = image.with_name("shown.img")
        self.shown.touch()
        copy(image, image.with_name(BASE))
        count = image.with_name("count")
        self.recorder = subprocess.Popen([sys.executable, HERE / "recorder.py", image, self.shown, image.with_name(LOG), count],
                                         stdout=subprocess.PIPE)
        if self.recorder.stdout.readline() != b"ready\n":
            raise OSError("the recorder did not start")
        self.count = Counter(count)
        self.image = self.shown

    def remove(self):
        self.unmount()
        do("umount", self.shown)
        self.recorder.wait(20)
        self.recorder.stdout.close()


class MarkedJournal(Journal):
    """Each line begins with the number of entries in the disk's log: before an attempt, and after its answer."""

    def __init__(self, path, count):
        super().__init__(path)
        self.count = count

    def note(self, *what):
        super().note(self.count(), *what)


class RecordedWorld(world.World):
    """Loads and kills, as in tests/crash."""

    def __init__(self, plan):
        super().__init__(plan)
        self.starts = []  # entries at each
        self.set_up_at = self.entries = 0

    def open_journal(self):
        home = self.server.home
        make(self.plan.file_system, home / "disk.img")
        self.disk = RecordedDisk(self.plan.file_system, home / "disk.img", home / "disk")
        self.disk.mount()
        self.server.data = self.disk.root / "data"
        return MarkedJournal(home / JOURNAL, self.disk.count)

    def start(self, point=None):
        self.starts.append(self.disk.count())
        return super().start(point)

    def load(self, fault, chance, bulk):
        with self.disk.written_back(chance) if chance.random() < WRITE_BACK_CHANCE else contextlib.nullcontext():
            return super().load(fault, chance, bulk=chance.random() < BULK_CHANCE)

    def set_up(self):
        super().set_up()
        self.set_up_at = self.disk.count()

    def finish(self):
        """What is owed, the states are asked for."""
        self.entries = self.disk.count()

    def close(self):
        super().close()
        self.journal.sync()
        self.disk.remove()


class StateWorld(world.World):
    """The server on a disk in one of its states."""

    def __init__(self, plan, image, lines):
        super().__init__(plan)
        self.disk = Disk(plan.file_system, image, self.server.home / "disk")
        self.server.data = self.disk.root / "data"
        accounts = {account.name: account for account in (
            self.events, self.messages, self.probes, self.work, self.rules, self.queues, self.functions, self.mail, self.everything,
            self.some, self.dead, self.replayed, self.ruled, self.failed, self.abandoned)}
        for name, *line in lines:
            accounts[name].take(*line)

    def run(self):
        self.seen["state"] += 1
        self.disk.mount()
        self.start()
        self.check(at_rest=True)
        if self.plan.archive:
            self.replay("whole")

    def check_attempts(self, *, at_rest):
        """The functions' journal goes on where the state does not."""
        return []

    def close(self):
        super().close()
        self.disk.unmount()


def missing():
    """Why no disk can be recorded here, as a sentence; empty when it can."""
    try:
        os.close(os.open("/dev/fuse", os.O_RDWR))
    except OSError as problem:
        return f"no file can be served to the kernel: {problem}"
    return ""


def record(plan):
    """One run: its outcome, and the numbers of entries after which the power may be cut, to the weight of each: the writes that may
    be lost, and more in a start, which shows what an earlier life wrote and may not have synced."""
    recorded = RecordedWorld(plan)
    outcome = world.run(recorded, keep=True)
    at_stake, moments = 0, {}
    for number, entry in enumerate(read_log(pathlib.Path(outcome.home) / LOG, contents=False)):
        at_stake = at_stake + 1 if entry else 0
        if entry and recorded.set_up_at <= number < recorded.entries:
            starting = any(start <= number < start + START_ENTRIES for start in recorded.starts)
            moments[number + 1] = at_stake * (START_WEIGHT if starting else 1)
    return outcome, moments


def check_state(plan, home, entries, seed):
    """The disk of a recorded world after so many entries; which of the last writes it lost is drawn from the seed."""
    home = pathlib.Path(home)
    image = home / f"state-{entries}-{seed}.img"
    build(home, entries, random.Random(seed), image)
    try:
        return world.run(StateWorld(plan, image, read_journal(home / JOURNAL, entries)))
    finally:
        image.unlink()


def build(home, entries, chance, image):
    """Makes the image of one state."""
    copy(home / BASE, image)
    last_flush = max((number for number, entry in zip(range(entries), read_log(home / LOG, contents=False)) if entry is None),
                     default=0)
    with image.open("r+b") as disk:
        for number, entry in zip(range(entries), read_log(home / LOG)):
            if entry is None:
                continue
            offset, data = entry
            fate = "kept" if number < last_flush else chance.choices(["kept", "lost", "torn"], [1, 1, 2])[0]
            if fate == "kept":
                disk.seek(offset)
                disk.write(data)
            elif fate == "torn" and offset >= SUPERBLOCK_BYTES:
                for sector in range(0, len(data), SECTOR_BYTES):
                    if chance.random() < 0.5:
                        disk.seek(offset + sector)
                        disk.write(data[sector:sector + SECTOR_BYTES])


def read_journal(path, entries):
    """The lines written when the disk's log had so many entries or fewer."""
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            mark, *rest = json.loads(line)
            if mark <= entries:
                yield rest


def copy(image, to):
    """Sparse as it is."""
    do("cp", "--sparse=auto", image, to)
