"""Whether a backup can be restored, asked of the backup alone: `athanor backup verify`.

That every flipped bit is found, and that its moments are those of a restore, the unit tests know (backup_check_test.cc).
"""

import json
import shutil
import subprocess
import unittest

from server import BINARY, Server
from test_lambda import zipped
from test_log_tools import DAMAGED, athanor, configure, drain, put, verify as verify_log

REFUSED = 1


def tree(directory):
    return {path: (path.stat().st_mtime_ns, path.stat().st_size) for path in directory.rglob("*")}


class VerifiedBackups(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        """One backup, with a file of each kind in it; each test has a copy."""
        cls.server = Server("--segment-mib", "1", "--snapshot-mib", "1")
        cls.addClassCleanup(cls.server.close)
        cls.server.start()
        configure(cls.server)
        events = cls.server.client("events")
        cls.known = {put(events, number, 100_000) for number in range(40)}
        drain(cls.server)
        cls.server.stop()
        cls.server.start()
        cls.taken = cls.server.home / "backup"
        cls.ran = json.loads(athanor("backup", "--data", cls.server.data, "--to", cls.taken, "--json"))

    def setUp(self):
        self.home = Server()
        self.addCleanup(self.home.close)
        self.backup = self.home.home / "backup"
        shutil.copytree(self.taken, self.backup)

    def files(self):
        return sorted(path for path in self.backup.rglob("*") if path.is_file() and path.name != "lock")

    def verify(self, code=0):
        """As text, which has to agree with the JSON: (the JSON, standard output and standard error)."""
        before = tree(self.home.home)
        runs = [subprocess.run([BINARY, "backup", "verify", str(self.backup), *options], capture_output=True, text=True,
                               timeout=60) for options in (["--json"], [])]
        self.assertEqual([code, code], [run.returncode for run in runs], runs)
        self.assertEqual(before, tree(self.home.home), "nothing is written")
        return json.loads(runs[0].stdout) if runs[0].stdout else None, runs[1].stdout, runs[1].stderr

    def test_a_sound_one_says_what_a_restore_brings_back(self):
        self.assertLessEqual({".seg", ".zip"}, {path.suffix for path in self.files()})
        self.assertTrue([path for path in self.files() if path.name.startswith("snapshot-")])
        found, out, err = self.verify()
        for name in ("Taken", "Begin", "End", "Files", "Bytes"):
            self.assertEqual(self.ran[name], found[name], name)
        self.assertEqual((True, [], []), (found["Sound"], found["Damages"], found["Others"]))
        self.assertRegex(out, rf"^sound: {found['Records']} records, positions {found['Begin']} to {found['End']}, in "
                              rf"{found['Files']} files of \d+ MiB; taken {found['Taken']}\n"
                              r"can be restored as of any moment from ")
        self.assertEqual("", err)
        restored = json.loads(athanor("restore", self.backup, self.home.data, "--json"))
        self.assertEqual((found["End"], found["Records"]), (restored["End"], restored["Records"]))

    def test_its_moments_can_be_restored(self):
        found, out, _ = self.verify()
        self.assertEqual(found["Taken"], found["Moments"][-1]["Until"])
        for moments in found["Moments"]:
            self.assertIn(f"can be restored as of any moment from {moments['From']} to {moments['Until']}\n", out)
            for moment in moments.values():
                athanor("restore", self.backup, self.home.data, "--at", moment)
                self.assertTrue(verify_log(self.home.data)["Sound"])
                shutil.rmtree(self.home.data)

    def damaged(self, path):
        found, out, err = self.verify(DAMAGED)
        name = str(path.relative_to(self.backup))
        self.assertFalse(found["Sound"])
        self.assertEqual([name], [damage["File"] for damage in found["Damages"]])
        damage, = found["Damages"]
        self.assertEqual(f"✗ {name} {damage['What']}\n" + "".join(
            f"can be restored as of any moment from {moments['From']} to {moments['Until']}\n"
            for moments in found["Moments"]), out)
        left = "of this one only these moments can be restored" if found["Moments"] else \
            "nothing can be restored from this one as it is"
        without_code = ""
        if path.suffix == ".zip":
            left += ", with --without-damaged-code"
            without_code = ("; without this code, which then has to be uploaded again: athanor restore "
                            f"{self.backup} {self.home.data} --without-damaged-code")
        self.assertEqual(f"next: back up into another directory; {left}\n", err)
        said = athanor("restore", self.backup, self.home.data, code=DAMAGED)
        self.assertIn(f"error: {path} {damage['What']}\nnext: athanor backup verify {self.backup} lists all damage"
                      f"{without_code}\n", said)
        self.assertFalse(self.home.data.exists())
        return damage

    def test_a_moment_that_does_not_need_what_is_damaged_is_restored(self):
        sound, _, _ = self.verify()
        last = max(self.backup.glob("*.seg"))
        last.unlink()
        found, _, _ = self.verify(DAMAGED)
        moments = found["Moments"][-1]
        self.assertLess(moments["Until"], sound["Moments"][-1]["Until"])
        said = athanor("restore", self.backup, self.home.data, "--at", moments["Until"])
        self.assertIn(f"\n! of the backup, {last.name} is missing. It was not needed for that moment.\n", said)
        self.assertTrue(verify_log(self.home.data)["Sound"])
        shutil.rmtree(self.home.data)
        again = json.loads(athanor("restore", self.backup, self.home.data, "--at", moments["Until"], "--json"))
        self.assertEqual(found["Damages"], again["Damages"])
        self.home.start()
        self.assertTrue(drain(self.home))
        self.home.stop()
        shutil.rmtree(self.home.data)
        said = athanor("restore", self.backup, self.home.data, "--at", sound["Moments"][-1]["Until"], code=DAMAGED)
        self.assertIn(f"error: {last} is missing.", said)
        self.assertFalse(self.home.data.exists())

    def test_all_but_damaged_code_is_restored_when_that_is_asked_for(self):
        sound, _, _ = self.verify()
        package, = self.backup.glob("functions/code/*.zip")
        whole = package.read_bytes()
        for bad in (whole[:-1], whole[:-1] + bytes([whole[-1] ^ 1]), None):
            package.unlink()
            if bad is not None:
                package.write_bytes(bad)
            found, _, _ = self.verify(DAMAGED)
            self.assertEqual(sound["Moments"], found["Moments"])
            until = sound["Moments"][-1]["Until"]
            for at in ([], ["--at", until]):
                said = athanor("restore", self.backup, self.home.data, *at, code=DAMAGED)
                self.assertIn(f" {' '.join([*at, '--without-damaged-code'])}\n", said, "the command that goes on")
                self.assertFalse(self.home.data.exists())
                restored = json.loads(athanor("restore", self.backup, self.home.data, *at, "--without-damaged-code", "--json"))
                self.assertEqual((sound["Records"], found["Damages"]), (restored["Records"], restored["Damages"]))
                self.assertEqual([], list(self.home.data.glob("functions/code/*")))
                shutil.rmtree(self.home.data)
        said = athanor("restore", self.backup, self.home.data, "--without-damaged-code")
        self.assertIn(f"\n! of the backup, functions/code/{package.name} is missing. It has to be uploaded again: ", said)
        self.home.start()
        self.assertEqual({put(self.home.client("events"), 1)}, drain(self.home))
        self.assertIn(f"The code of function f is missing: there is no functions/code/{package.name}.", self.home.said())
        functions = self.home.client("lambda")
        invoke = {"FunctionName": "f", "Payload": b'{"do":"echo","event":1}'}
        failed = functions.invoke(**invoke)
        self.assertEqual((200, "Unhandled"), (failed["StatusCode"], failed["FunctionError"]))
        error = json.load(failed["Payload"])
        self.assertEqual("Runtime.InvalidEntrypoint", error["errorType"])
        self.assertIn(package.name, error["errorMessage"])
        functions.update_function_code(FunctionName="f", ZipFile=zipped())
        self.assertNotIn("FunctionError", functions.invoke(**invoke))

    def test_a_flipped_byte_in_any_file_is_found(self):
        for path in self.files():
            with self.subTest(path.name):
                whole = path.read_bytes()
                at = len(whole) // 2
                path.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1:])
                damage = self.damaged(path)
                self.assertLessEqual(damage["Offset"], at)
                if path.suffix == ".seg":
                    self.assertGreaterEqual(damage["Offset"], 4096)
                    self.assertIn(f"is damaged at byte {damage['Offset']}: the record there (position ", damage["What"])
                path.write_bytes(whole)
        self.verify()

    def test_a_missing_and_a_cut_file_are_named(self):
        for path in self.files():
            with self.subTest(path.name):
                whole = path.read_bytes()
                path.write_bytes(whole[:-1])
                damage = self.damaged(path)
                if path.name != "backup":
                    self.assertEqual(f"was cut off at byte {len(whole) - 1}: {len(whole)} bytes were backed up.",
                                     damage["What"])
                    self.assertEqual(len(whole) - 1, damage["Offset"])
                    path.unlink()
                    self.assertEqual("is missing.", self.damaged(path)["What"])
                path.write_bytes(whole)
        self.verify()

    def test_of_a_damaged_manifest_nothing_is_told_that_it_would_have_to_say(self):
        manifest = self.backup / "backup"
        manifest.write_bytes(manifest.read_bytes()[:-1])
        found, _, _ = self.verify(DAMAGED)
        self.assertEqual({"Directory": str(self.backup), "Sound": False, "Moments": [], "Damages": [
            {"File": "backup", "Offset": 0, "Bytes": manifest.stat().st_size,
             "What": "is damaged: it differs from what was written."}]}, found)

    def test_all_that_is_damaged_is_told(self):
        for path in self.files():
            if path.name != "backup":
                path.unlink()
        found, out, _ = self.verify(DAMAGED)
        self.assertEqual(found["Files"], len(found["Damages"]))
        self.assertNotIn("Records", found)
        self.assertEqual(found["Files"], out.count("is missing."))
        self.assertEqual([], found["Moments"])

    def test_other_files_are_named_and_do_no_harm(self):
        others = ["00000000ffff0000.seg", "functions/code/notes.txt", "left.tmp"]
        for name in others:
            (self.backup / name).write_text("not of the backup")
        first = min(self.backup.glob("*.seg"))
        with first.open("ab") as file:
            file.write(b"of a run that broke off")
        found, out, _ = self.verify()
        self.assertEqual(others, sorted(found["Others"]))
        for name in others:
            self.assertIn(f"! {name} is not part of the backup", out)
        athanor("restore", self.backup, self.home.data)

    def test_what_it_cannot_read_is_not_called_damaged(self):
        manifest = self.backup / "backup"
        manifest.write_text(manifest.read_text().replace("format 1", "format 2"))
        found, _, err = self.verify(REFUSED)
        self.assertIsNone(found)
        self.assertIn(f"{manifest} has format version 2, and this program reads only version 1", err)
        for directory in (self.server.data, self.home.home / "nowhere"):
            said = athanor("backup", "verify", directory, code=REFUSED)
            self.assertIn(f"{directory} holds no backup", said)
            self.assertIn("next: DIR is what athanor backup has as --to", said)

    def test_what_is_sound_in_a_damaged_one_can_be_brought_back_by_a_repair(self):
        package, = self.backup.glob("functions/code/*.zip")
        package.unlink()
        first = min(self.backup.glob("*.seg"))
        with first.open("r+b") as file:
            file.seek(4096 + 500_000)
            file.write(b"damaged")
        self.verify(DAMAGED)
        shutil.copytree(self.backup, self.home.data)
        (self.home.data / "backup").unlink()
        athanor("log", "repair", "--yes", self.home.data)
        self.home.start()
        self.assertEqual("r", self.home.client("events").list_rules(EventBusName="b")["Rules"][0]["Name"])


if __name__ == "__main__":
    unittest.main()
