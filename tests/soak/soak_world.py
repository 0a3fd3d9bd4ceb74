"""A world of tests/crash that nothing happens to: one life, for as long as is wanted, and a look at the server every second."""

import contextlib
import pathlib
import subprocess
import sys
import time

import growth
from checker import Letters
from load import Load
from world import Broken, World

LOOK_SECONDS = 1
TELL_SECONDS = 60
STREAM = pathlib.Path(__file__).with_name("stream.py")
STREAM_ENDS_SECONDS = 90


class SoakLoad(Load):
    """With a consumer for every queue, so that nothing is left to grow but what should not; slow enough for books that remember everything."""

    pause_seconds = 0.05

    def clients(self):
        world = self.world
        return [*super().clients(), *((self.receive, inbox) for inbox in (world.some, world.dead, world.ruled, world.abandoned))]


class SoakWorld(World):
    def __init__(self, plan, seconds):
        super().__init__(plan)
        self.server.options = []
        self.seconds = seconds
        self.samples = []
        # Its function lives longer than its events' last attempts: some end by those, some when it is deleted.
        self.abandoned = Letters("abandoned", self.journal, lambda name: None, comes_late=True)

    def run(self):
        self.start()
        self.set_up()
        load = SoakLoad(self, bulk=False)
        with subprocess.Popen([sys.executable, STREAM, str(self.server.port)], stdin=subprocess.PIPE) as stream:
            self.watch(load, stream)
            stream.stdin.close()
            if stream.wait(STREAM_ENDS_SECONDS):
                raise Broken("the stream of events was broken")
        load.stop()
        if load.faults:
            raise Broken("\n".join(load.faults))
        self.finish()

    def watch(self, load, stream):
        """Looks until the time is over, or something is wrong."""
        begun = time.monotonic()
        told = 0
        while (at := time.monotonic() - begun) < self.seconds:
            if self.server.process.poll() is not None:
                raise Broken(f"the server ended with {self.server.process.returncode}")
            if stream.poll() is not None:
                raise Broken("the stream of events was broken")
            if ended := [thread.name for thread in load.threads if not thread.is_alive()]:
                raise Broken("\n".join([f"clients have ended: {', '.join(ended)}", *load.faults]))
            with contextlib.suppress(FileNotFoundError, ProcessLookupError):  # it has just ended
                self.samples.append(growth.sample(self.server.process.pid, at))
            if at >= told:
                told += TELL_SECONDS
                self.tell()
            time.sleep(LOOK_SECONDS)
        self.tell()
        if broken := growth.check(self.samples):
            raise Broken("\n".join(broken))

    def tell(self):
        one = self.samples[-1]
        print(f"{one.at / 60:5.1f} min: {len(self.events.acknowledged)} events, {len(self.messages.acknowledged)} messages, "
              f"{len(self.work.acknowledged)} invocations asked for; {one.resident / growth.MIB:.1f} MiB, {one.files} files, "
              f"{one.threads} threads", flush=True)
