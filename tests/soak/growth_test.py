"""That growth is seen where there is some, and none where there is none."""

import os
import random
import subprocess
import sys
import time
import unittest

import growth
from growth import MIB, Sample

HOUR = range(3_600)


def samples(resident=lambda at: 50 * MIB, files=lambda at: 40, threads=lambda at: 6, dead=lambda at: frozenset()):
    return [Sample(at, int(resident(at)), files(at), threads(at), dead(at)) for at in HOUR]


class GrowthTest(unittest.TestCase):
    def test_a_server_that_stays_as_it_is(self):
        chance = random.Random(7)
        steady = samples(resident=lambda at: (50 + chance.uniform(-8, 8)) * MIB, files=lambda at: chance.randint(30, 40))
        self.assertEqual([], growth.check(steady))

    def test_memory_that_fills_at_the_beginning(self):
        self.assertEqual([], growth.check(samples(resident=lambda at: min(20 + at / 10, 70) * MIB)))

    def test_memory_that_rises(self):
        chance = random.Random(7)
        leaks = samples(resident=lambda at: (50 + 1.2 * at / 600 + chance.uniform(-8, 8)) * MIB)
        self.assertRegex(growth.check(leaks)[0], r"memory rises by 1\.\d\d MiB in ten minutes")

    def test_files_that_stay_open(self):
        self.assertIn("files: at most 61 in the first half, 75 in the second", growth.check(samples(files=lambda at: 40 + at // 100)))

    def test_a_thread_that_does_not_end(self):
        self.assertEqual(["threads: at most 7 in the first half, 10 in the second"],
                         growth.check(samples(threads=lambda at: 7 if at < 3_000 else 10)))

    def test_children_that_nobody_waits_for(self):
        quick = samples(dead=lambda at: frozenset({str(at)}))
        self.assertEqual([], growth.check(quick))
        kept = samples(dead=lambda at: frozenset({"77"} if 100 < at < 200 else {}))
        self.assertEqual(["children that ended were not waited for: 77"], growth.check(kept))

    def test_a_process_is_looked_at(self):
        child = subprocess.Popen([sys.executable, "-c", "pass"])
        before = growth.sample(os.getpid(), 1.0)
        while str(child.pid) not in growth.sample(os.getpid(), 2.0).dead:
            time.sleep(0.01)
        opened = open(os.devnull, "rb")  # noqa: SIM115; closed below
        after = growth.sample(os.getpid(), 3.0)
        opened.close()
        child.wait()
        self.assertGreater(before.resident, MIB)
        self.assertEqual((before.files + 1, before.threads), (after.files, after.threads))
        self.assertNotIn(str(child.pid), growth.sample(os.getpid(), 4.0).dead)


if __name__ == "__main__":
    unittest.main()
