"""That the states of a recorded disk are those that a power cut may leave. Neither root nor a file system is needed."""

import collections
import json
import pathlib
import random
import sys
import tempfile
import unittest

sys.path.append(str(pathlib.Path(__file__).resolve().parents[1] / "crash"))
from recorded_world import BASE, JOURNAL, LOG, SECTOR_BYTES, SUPERBLOCK_BYTES, build, read_journal  # noqa: E402; after the path
from recorder import Counter, Recorded  # noqa: E402

BLOCK_BYTES = 4096
SEEDS = 60


class States(unittest.TestCase):
    def setUp(self):
        home = tempfile.TemporaryDirectory()
        self.addCleanup(home.cleanup)
        self.home = pathlib.Path(home.name)
        for name in (BASE, "disk.img"):
            (self.home / name).write_bytes(bytes(8 * BLOCK_BYTES))
        self.disk = Recorded(self.home / "disk.img", self.home / LOG, self.home / "count")

    def write(self, block, letter):
        self.disk.write(block * BLOCK_BYTES, letter * BLOCK_BYTES)

    def state(self, entries, seed):
        """The blocks of one state."""
        build(self.home, entries, random.Random(seed), self.home / "state.img")
        image = (self.home / "state.img").read_bytes()
        return [image[at:at + BLOCK_BYTES] for at in range(0, len(image), BLOCK_BYTES)]

    def fates(self, entries, block, letter):
        """How often a write was there, not there, or torn by sectors."""
        fates = collections.Counter()
        for seed in range(SEEDS):
            found = self.state(entries, seed)[block]
            sectors = {found[at:at + SECTOR_BYTES] for at in range(0, BLOCK_BYTES, SECTOR_BYTES)}
            self.assertLessEqual(sectors, {letter * SECTOR_BYTES, bytes(SECTOR_BYTES)})
            fates["torn" if len(sectors) > 1 else "kept" if found == letter * BLOCK_BYTES else "lost"] += 1
        return fates

    def test_what_was_flushed_is_there(self):
        self.write(1, b"a")
        self.write(2, b"b")
        self.disk.sync()
        self.write(3, b"c")
        for entries in (3, 4):
            self.assertEqual({"kept"}, self.fates(entries, 1, b"a").keys())
            self.assertEqual({"kept"}, self.fates(entries, 2, b"b").keys())

    def test_what_came_after_the_last_flush_may_be_there_or_not_or_in_part(self):
        self.write(1, b"a")
        self.disk.sync()
        self.write(2, b"b")
        self.write(3, b"c")
        self.assertEqual({"kept", "lost", "torn"}, self.fates(4, 2, b"b").keys())
        self.assertEqual({"kept", "lost", "torn"}, self.fates(4, 3, b"c").keys())
        together = {tuple(any(block) for block in self.state(4, seed)[2:4]) for seed in range(SEEDS)}
        self.assertEqual({(False, False), (False, True), (True, False), (True, True)}, together)

    def test_nothing_is_flushed_before_the_first_flush(self):
        self.write(1, b"a")
        self.write(2, b"b")
        self.assertIn("lost", self.fates(2, 1, b"a"))

    def test_what_came_after_the_cut_is_not_there(self):
        self.write(1, b"a")
        self.disk.sync()
        self.write(1, b"b")
        self.disk.sync()
        self.assertEqual({"kept"}, self.fates(2, 1, b"a").keys())

    def test_the_superblock_is_not_torn(self):
        self.write(0, b"a")
        self.assertEqual(BLOCK_BYTES, SUPERBLOCK_BYTES)
        self.assertEqual({"kept", "lost"}, self.fates(1, 0, b"a").keys())

    def test_the_same_seed_makes_the_same_state(self):
        for block in range(1, 8):
            self.write(block, b"a")
        self.assertEqual(self.state(7, 1), self.state(7, 1))

    def test_the_count_is_that_of_writes_and_flushes(self):
        count = Counter(self.home / "count")
        self.assertEqual(0, count())
        self.write(1, b"a")
        self.disk.sync()
        self.assertEqual(2, count())

    def test_the_books_are_those_of_the_moment(self):
        journal = self.home / JOURNAL
        journal.write_text("".join(json.dumps([mark, "event", f"at {mark}"]) + "\n" for mark in (1, 2, 2, 3)))
        self.assertEqual([["event", "at 1"], ["event", "at 2"], ["event", "at 2"]], list(read_journal(journal, 2)))


if __name__ == "__main__":
    unittest.main()
