"""Backing up the log of a running server, and restoring it. For what a start refuses, see test_log_tools.py."""

import datetime
import fcntl
import json
import shutil
import subprocess
import threading
import unittest

from server import BINARY, Server, wait_until
from test_lambda import zipped
from test_log_tools import DAMAGED, athanor, configure, drain, event_ids, put, verify


class Backups(unittest.TestCase):
    def setUp(self):
        self.server = Server("--segment-mib", "1")
        self.addCleanup(self.server.close)
        self.server.start()
        configure(self.server)
        self.backup = self.server.home / "backup"
        self.restored = Server()
        self.addCleanup(self.restored.close)

    def back_up(self):
        return json.loads(athanor("backup", "--data", self.server.data, "--to", self.backup, "--json"))

    def start_restored(self, *options):
        athanor("restore", self.backup, self.restored.data, *options)
        self.assertTrue(verify(self.restored.data)["Sound"])
        self.restored.start()

    def test_a_backup_under_load_holds_all_that_was_acknowledged_before(self):
        acknowledged, tried, stopping, problems = {}, set(), threading.Event(), []

        def write(first):
            events = self.server.client("events")
            number = first
            try:
                while not stopping.is_set():
                    tried.add(number)
                    acknowledged[put(events, number, 3_000)] = number
                    number += 2
            except Exception as problem:  # noqa: BLE001; the test's own thread reports it
                problems.append(problem)

        writers = [threading.Thread(target=write, args=(first,), daemon=True) for first in (0, 1)]
        for writer in writers:
            writer.start()
        for count in (50, 400, 800):  # the first run, and two that add to it
            wait_until(lambda: problems or len(acknowledged) > count)  # noqa: B023; called at once
            before = set(acknowledged)
            self.back_up()
        stopping.set()
        for writer in writers:
            writer.join()
        self.assertEqual([], problems)
        self.server.stop()

        self.start_restored()
        ids = drain(self.restored)
        self.assertEqual(set(), before - ids)
        self.assertEqual(set(), {acknowledged[known] for known in ids if known in acknowledged} - tried)
        self.assertLessEqual(len(ids - set(acknowledged)), 0, "what it holds was sent")
        functions = self.restored.client("lambda")
        answer = functions.invoke(FunctionName="f", Payload=b'{"do":"echo","event":1}')
        self.assertNotIn("FunctionError", answer, "its code came along")

    def test_a_restore_goes_back_to_a_moment(self):
        events = self.server.client("events")
        before = {put(events, number) for number in range(20)}
        self.back_up()
        moment = datetime.datetime.now(datetime.timezone.utc)
        wait_until(lambda: datetime.datetime.now(datetime.timezone.utc) - moment > datetime.timedelta(milliseconds=2))
        after = {put(events, number) for number in range(20)}
        self.back_up()
        self.server.stop()
        tomorrow = moment + datetime.timedelta(days=1)
        said = athanor("restore", self.backup, self.restored.data, "--at", f"{tomorrow:%Y-%m-%dT%H:%M:%SZ}", code=1)
        self.assertIn(f"was taken at {moment:%Y-%m-%d}", said)
        self.start_restored("--at", moment.isoformat(timespec="milliseconds").replace("+00:00", "Z"))
        self.assertEqual(before, drain(self.restored))
        self.restored.kill()
        shutil.rmtree(self.restored.data)
        self.start_restored()
        self.assertEqual(before | after, drain(self.restored))

    def test_a_server_that_still_runs_leaves_alone_what_was_restored_in_its_place(self):
        events = self.server.client("events")
        before = {put(events, number) for number in range(20)}
        self.back_up()
        data, moved = self.server.data, self.server.home / "moved"
        data.rename(moved)
        athanor("restore", self.backup, data)
        restored = sorted((path.name, path.stat().st_mtime_ns) for path in data.iterdir())
        after = {put(events, number, 100_000) for number in range(30)}  # some files of the log
        self.server.stop()
        self.assertEqual(restored, sorted((path.name, path.stat().st_mtime_ns) for path in data.iterdir()))
        self.assertTrue(verify(data)["Sound"])
        self.assertTrue(verify(moved)["Sound"])
        self.server.start()
        self.assertEqual(before, drain(self.server))
        self.server.stop()
        self.assertLessEqual(before | after, event_ids(moved))

    def test_a_restore_takes_the_place_that_a_link_names(self):
        before = {put(self.server.client("events"), number) for number in range(5)}
        self.back_up()
        place = self.server.home / "place"
        place.mkdir()
        self.restored.data.symlink_to(place)
        self.start_restored()
        self.assertEqual(before, drain(self.restored))
        self.assertTrue((place / "commit").exists())

    def test_a_restore_refuses_a_mount_point_before_it_begins(self):
        put(self.server.client("events"), 1)
        self.back_up()
        place = self.server.home / "place"
        place.mkdir()
        mount = ["unshare", "--mount", "sh", "-c", 'mount -t tmpfs none "$1" && exec "$2" restore "$3" "$1"', "sh"]
        ran = subprocess.run([*mount, place, BINARY, self.backup], capture_output=True, text=True, timeout=60)
        if "unshare" in ran.stderr or "mount:" in ran.stderr:
            self.skipTest(f"nothing can be mounted here: {ran.stderr}")
        self.assertEqual(1, ran.returncode)
        self.assertIn("is a mount point", ran.stderr)
        self.assertFalse((self.server.home / "place.partial").exists())

    def test_a_restore_refuses_what_cannot_be_replaced_before_it_begins(self):
        put(self.server.client("events"), 1)
        self.back_up()
        place = self.restored.home / "place"
        place.mkdir()
        (place / "file").touch()
        (place / "link").symlink_to("nowhere")
        before = sorted(place.iterdir())
        for target, why in (("file", "is no directory"), ("link", "is no directory"), ("..", "is not empty"),
                            (".", "is not empty")):
            with self.subTest(target):
                self.assertIn(why, athanor("restore", self.backup, f"{place}/{target}", code=1))
                self.assertEqual(before, sorted(place.iterdir()))
        empty = place / "empty"
        empty.mkdir()
        for target in (".", str(empty), "../empty/"):
            with self.subTest(target):
                ran = subprocess.run([BINARY, "restore", self.backup, target], cwd=empty, capture_output=True, text=True)
                self.assertEqual(1, ran.returncode, ran)
                self.assertIn("is the working directory", ran.stderr)
        self.assertEqual([place / "empty", *before], sorted(place.iterdir()))
        athanor("restore", self.backup, f"{place}/new/.")
        self.assertEqual(["empty", "file", "link", "new"], sorted(path.name for path in place.iterdir()))

    def test_of_two_restores_to_the_same_place_one_is_refused(self):
        put(self.server.client("events"), 1)
        self.back_up()
        partial = self.restored.home / "data.partial"
        partial.mkdir()
        with (partial / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            said = athanor("restore", self.backup, self.restored.data, code=1)
            self.assertIn(f"Another restore into {partial} is under way.", said)
        (partial / "commit").touch()
        said = athanor("restore", self.backup, self.restored.data, code=1)
        self.assertIn(f"{partial} was left by an interrupted restore: remove it first.", said)
        shutil.rmtree(partial)
        command = [BINARY, "restore", self.backup, self.restored.data]
        runs = [subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) for _ in range(4)]
        self.assertEqual([0, 1, 1, 1], sorted(run.wait(60) for run in runs))
        self.assertTrue(verify(self.restored.data)["Sound"])
        self.assertFalse(partial.exists())

    def test_a_run_that_finds_no_room_says_so_and_the_next_one_goes_on(self):
        for number in range(30):
            put(self.server.client("events"), number, 100_000)
        place = self.server.home / "place"
        place.mkdir()
        script = ('mount -t tmpfs -o size=2m none "$1" || exit 99; "$2" backup --data "$3" --to "$1/b" && exit 98; '
                  'mount -o remount,size=200m "$1"; "$2" backup --data "$3" --to "$1/b" && "$2" backup verify "$1/b"')
        ran = subprocess.run(["unshare", "--mount", "sh", "-c", script, "sh", place, BINARY, self.server.data],
                             capture_output=True, text=True, timeout=60)
        if "unshare" in ran.stderr or ran.returncode == 99:
            self.skipTest(f"nothing can be mounted here: {ran.stderr}")
        self.assertEqual(0, ran.returncode, ran)
        self.assertRegex(ran.stderr, r"error: Cannot write .*: No space left on device\.\n"
                                     r"next: make room there and back up again: a run that broke off changes nothing")
        self.assertIn("sound: ", ran.stdout)

    def test_a_backup_lies_beside_the_data(self):
        put(self.server.client("events"), 1)
        home, data = self.server.home, self.server.data
        (home / "link").symlink_to(data)
        before = sorted(home.rglob("*"))
        for to in (data, f"{data}/", data / "functions", data / "new/deep", home / "link", home / "link/new",
                   data / "functions/../../data", home):
            with self.subTest(to):
                said = athanor("backup", "--data", data, "--to", to, code=1)
                self.assertIn("must be separate directories", said)
                self.assertEqual(before, sorted(home.rglob("*")))
        self.backup = home / "data-backup"  # its name begins with that of the data directory
        self.back_up()

    def test_a_backup_is_not_written_into_the_data_of_another_server(self):
        other = self.restored
        other.start()
        for stop in (lambda: None, other.stop):
            stop()
            before = sorted(other.data.rglob("*"))
            said = athanor("backup", "--data", self.server.data, "--to", other.data, code=1)
            self.assertIn(f"{other.data} holds the log of a server: nothing was written there", said)
            self.assertEqual(before, sorted(other.data.rglob("*")))

    def test_where_nothing_can_be_backed_up_nothing_is_made(self):
        empty, missing, of_it = (self.server.home / name for name in ("empty", "missing", "backup-of-it"))
        empty.mkdir()
        athanor("backup", "--data", self.server.data, "--to", of_it)
        for data, why in ((empty, "holds no log"), (missing, "No such file or directory"), (of_it, "is a backup")):
            self.assertIn(why, athanor("backup", "--data", data, "--to", self.backup, code=1))
            self.assertFalse(self.backup.exists())
            self.assertEqual([], list(empty.iterdir()))

    def test_a_power_cut_hides_nothing_from_it_while_another_command_holds_the_log(self):
        events, commit = self.server.client("events"), self.server.data / "commit"
        known = {put(events, 1)}
        mark = commit.read_bytes()
        known |= {put(events, number) for number in range(2, 10)}
        self.server.stop()
        commit.write_bytes(mark)  # as if written last before the power failed
        with (self.server.data / "lock").open() as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)  # as athanor log verify does
            run = subprocess.Popen([BINARY, "backup", "--data", self.server.data, "--to", self.backup],
                                   stdout=subprocess.DEVNULL)
            with self.assertRaises(subprocess.TimeoutExpired, msg="it waits"):
                run.wait(1)
        self.assertEqual(0, run.wait(60))
        self.start_restored()
        self.assertEqual(known, drain(self.restored))

    def test_a_damaged_package_is_named_and_all_else_backed_up(self):
        known = put(self.server.client("events"), 1)
        package, = self.server.data.glob("functions/code/*.zip")
        whole = package.read_bytes()
        package.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
        for _ in range(2):
            said = athanor("backup", "--data", self.server.data, "--to", self.backup, code=DAMAGED)
            self.assertIn("backed up positions 0 to ", said)
            self.assertIn(f"{package} is damaged", said)
            self.assertIn("next: upload the code", said)
        self.start_restored()
        self.assertEqual({known}, drain(self.restored))
        self.assertIn("The code of function", self.restored.said())
        self.restored.stop()
        shutil.rmtree(self.restored.data)

        self.server.client("lambda").update_function_code(FunctionName="f", ZipFile=zipped())
        self.assertEqual([], self.back_up()["DamagedPackages"])
        self.start_restored()
        self.assertEqual(whole, next(self.restored.data.glob("functions/code/*.zip")).read_bytes())

    def test_a_damaged_backup_is_refused_and_nothing_is_made_of_it(self):
        put(self.server.client("events"), 1)
        self.assertIn("holds no backup", athanor("restore", self.backup, self.restored.data, code=1))
        self.back_up()
        for path in [path for path in self.backup.rglob("*") if path.is_file() and path.name != "lock"]:
            with self.subTest(file=path.name):
                whole = path.read_bytes()
                path.write_bytes(whole[:len(whole) // 2] + bytes([whole[len(whole) // 2] ^ 1]) + whole[len(whole) // 2 + 1:])
                self.assertIn(path.name, athanor("restore", self.backup, self.restored.data, code=DAMAGED))
                self.assertEqual([], list(self.restored.home.iterdir()))
                path.write_bytes(whole)
        self.start_restored()
        said = athanor("restore", self.backup, self.restored.data, code=1)
        self.assertIn("is not empty", said)

    def refused(self):
        said = athanor("backup", "--data", self.server.data, "--to", self.backup, code=1)
        self.assertIn("holds different records than the backup", said)
        self.assertIn("back up into another directory", said)

    def test_a_server_that_went_back_to_a_moment_leaves_the_backup_as_it_is(self):
        events = self.server.client("events")
        before = {put(events, number, 100_000) for number in range(3)}
        moment = datetime.datetime.now(datetime.timezone.utc)
        wait_until(lambda: datetime.datetime.now(datetime.timezone.utc) - moment > datetime.timedelta(milliseconds=2))
        after = {put(events, number, 100_000) for number in range(30)}  # some files of the log
        self.back_up()
        self.server.stop()
        shutil.rmtree(self.server.data)
        athanor("restore", self.backup, self.server.data, "--at", moment.isoformat(timespec="milliseconds")[:-6] + "Z")
        self.server.start()
        for number in range(60):
            put(events, number, 90_000)
        self.refused()
        self.start_restored()
        self.assertEqual(before | after, drain(self.restored))

    def test_a_log_that_was_repaired_is_backed_up_anew(self):
        events = self.server.client("events")
        before = {put(events, number, 100_000) for number in range(30)}
        self.back_up()
        self.server.kill()
        first = min(self.server.data.glob("*.seg"))
        with first.open("r+b") as file:
            file.seek(4096 + 500_000)
            file.write(b"damaged")
        athanor("log", "repair", "--yes", self.server.data)
        self.server.start()
        drain(self.server)
        self.refused()
        self.start_restored()
        self.assertEqual(before, drain(self.restored))
        self.restored.kill()
        shutil.rmtree(self.restored.data)
        shutil.rmtree(self.backup)
        self.back_up()
        self.start_restored()

    def test_a_backup_that_has_lost_a_file_is_not_added_to(self):
        put(self.server.client("events"), 1)
        self.back_up()
        for path in [path for path in self.backup.rglob("*") if path.is_file() and path.name not in ("backup", "lock")]:
            with self.subTest(file=path.name):
                aside = path.rename(self.server.home / "aside")
                said = athanor("backup", "--data", self.server.data, "--to", self.backup, code=DAMAGED)
                self.assertIn(f"{path} is missing.", said)
                self.assertIn("next: back up into another directory", said)
                aside.rename(path)
        self.back_up()


if __name__ == "__main__":
    unittest.main()
