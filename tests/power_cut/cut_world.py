"""A world of tests/crash whose data directory lies on a disk of its own, and whose crashes are power cuts of that disk."""

import contextlib
import dataclasses
import subprocess
import time

import world
from disk import LOG_FLUSH, NO_LOG_FLUSH, Disk, make
from load import Load
from world import Broken

NOTICE_SECONDS = 5    # after a cut under load the server has ended by then
LOG_FAILED = 74       # the exit code of docs/operating.md
WRITE_BACK_CHANCE = 0.5  # of the lives in which unsynced bytes reach the disk, too
BULK_CHANCE = 0.4     # of the lives that write many segments and snapshots


@dataclasses.dataclass
class Plan(world.Plan):
    """`FILE_SYSTEM:SEED:ARCHIVE:FAULT,FAULT,...`.

    A fault is KIND/MS: `cut`, after so many milliseconds of load; `flushed`, the same, but the file system's journal is still
    written; `stopping`, so long after SIGTERM. FAULT>MS is a cut, and another so long after the start that follows. A first
    fault of +MS falls on the birth of the data directory.
    """

    file_system: str

    def __str__(self):
        return f"{self.file_system}:{super().__str__()}"

    @staticmethod
    def parse(text):
        file_system, rest = text.split(":", 1)
        return Plan(**vars(world.Plan.parse(rest)), file_system=file_system)


class CutWorld(world.World):
    disk_fails_under_load = True

    def __init__(self, plan):
        super().__init__(plan)
        image = self.server.home / "disk.img"
        make(plan.file_system, image)
        self.disk = Disk(plan.file_system, image, self.server.home / "disk")
        self.disk.mount()
        self.server.data = self.disk.root / "data"

    def cycle(self, fault):
        chance = self.random(f"cycle {self.life}")
        fault, _, in_start = fault.partition(">")
        with self.disk.written_back(chance) if chance.random() < WRITE_BACK_CHANCE else contextlib.nullcontext():
            self.load(fault, chance, bulk=chance.random() < BULK_CHANCE)
        self.seen[fault.split("/")[0]] += 1
        self.disk.restore()
        if in_start:
            self.crash_in_start(in_start)
        self.start()
        # A read that fails leaves its message out of an answer that is otherwise good: it comes again, after a while.
        self.check(at_rest=True, drain_mail=chance.random() < 0.5)

    def load(self, fault, chance, bulk):
        """Loads the server until it has noticed the cut."""
        kind, _, milliseconds = fault.partition("/")
        load = Load(self, bulk)
        if kind == "stopping":
            time.sleep(chance.uniform(0.05, 0.5))
            load.stopping.set()
            self.server.process.terminate()
        time.sleep(int(milliseconds) / 1000)
        self.disk.cut(LOG_FLUSH if kind == "flushed" else NO_LOG_FLUSH)
        self.expect_end((LOG_FAILED, 0) if kind == "stopping" else (LOG_FAILED,))
        load.stop()
        if load.faults:
            raise Broken("\n".join(load.faults))

    def expect_end(self, codes):
        """A server that cannot write any more ends by itself, and says why by its exit code."""
        try:
            code = self.server.process.wait(NOTICE_SECONDS)
        except subprocess.TimeoutExpired as late:
            raise Broken(f"the server still runs {NOTICE_SECONDS} s after the power cut") from late
        if code not in codes:
            raise Broken(f"the server ended with {code} after the power cut")

    def crash_in_start(self, milliseconds):
        """A cut in the start; one that nobody asks anything may not notice, and is ended."""
        self.server.environment = world.CREDENTIALS
        self.server.launch()
        time.sleep(int(milliseconds) / 1000)
        self.disk.cut(NO_LOG_FLUSH)
        self.seen["start"] += 1
        try:
            code = self.server.process.wait(0.2)
            if code not in (1, LOG_FAILED):
                raise Broken(f"the server ended with {code} after a power cut during its start")
        except subprocess.TimeoutExpired:
            self.kill()
        self.disk.restore()

    def crash(self):
        self.disk.cut(NO_LOG_FLUSH)
        self.kill()
        self.disk.restore()
        self.start()

    def close(self):
        super().close()
        self.disk.unmount()
