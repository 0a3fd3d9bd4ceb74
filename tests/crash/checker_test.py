"""That the checker finds what it is for: each fault is put into sound books, and must be named."""

import json
import os
import pathlib
import tempfile
import unittest

from checker import Book, Configured, Inbox, Journal


class Checking(unittest.TestCase):
    def setUp(self):
        journal = Journal(os.devnull)
        self.addCleanup(journal.file.close)
        self.book, self.inbox = Book("event", journal), Inbox("queue", journal)
        self.rules = Configured("rule", journal)
        for name in ("a", "b", "c", "d"):
            self.book.handing_in(name, {"name": name}, ["queue"])
        self.book.was_acknowledged("a", "id-a")
        self.book.was_acknowledged("b", "id-b")
        self.book.was_refused("c")  # and of d nobody knows

    def come(self, name, message_id=None, given_id=None, content=None):
        self.inbox.received(message_id or f"message-{name}", name, given_id or f"id-{name}", content or {"name": name})

    def found(self, *beginnings, at_rest=True):
        broken = self.inbox.check(self.book, at_rest=at_rest)
        self.assertEqual(list(beginnings), [sentence.split()[0] for sentence in broken], broken)

    def test_what_was_acknowledged_once_each_is_sound(self):
        self.come("a")
        self.come("b")
        self.found()

    def test_what_nobody_knows_of_may_be_there(self):
        for name in ("a", "b", "d"):
            self.come(name)
        self.found()

    def test_a_lost_event(self):
        self.come("a")
        self.found("I1")

    def test_a_lost_answer_hides_ten_messages_and_only_until_all_is_at_rest(self):
        self.come("a")
        self.inbox.answers_lost = 1
        self.found(at_rest=False)
        self.found("I1")

    def test_an_event_that_nobody_sent(self):
        for name in ("a", "b", "x"):
            self.come(name)
        self.found("I3")

    def test_an_event_that_no_rule_sent_here(self):
        self.book.handing_in("elsewhere", {"name": "elsewhere"}, ["another queue"])
        for name in ("a", "b", "elsewhere"):
            self.come(name)
        self.found("I3")

    def test_an_event_that_came_out_of_another_queue(self):
        self.book.handing_in("elsewhere", {"name": "elsewhere"}, ["another queue"])
        self.book.was_acknowledged("elsewhere", "id-elsewhere")
        for name in ("a", "b"):
            self.come(name)
        self.found()

    def test_an_event_that_was_refused(self):
        for name in ("a", "b", "c"):
            self.come(name)
        self.found("I11")

    def test_another_content(self):
        self.come("a")
        self.come("b", content={"name": "b", "more": 1})
        self.found("I4")

    def test_another_id(self):
        self.come("a")
        self.come("b", given_id="id-x")
        self.found("I4")

    def test_two_messages_of_one_event(self):
        for name in ("a", "b"):
            self.come(name)
        self.come("b", message_id="another")
        self.found("I5")

    def test_one_message_again_that_was_not_deleted(self):
        for name in ("a", "b", "b"):
            self.come(name)
        self.found()

    def test_a_message_that_comes_back(self):
        for name in ("a", "b"):
            self.come(name)
        self.inbox.deleting("message-b")
        self.come("b")
        self.found()
        self.inbox.deleted("message-b")
        self.come("b")
        self.found("I7")

    def test_configuration_is_what_was_acknowledged(self):
        self.rules.asking("r", "on")
        self.rules.answered(done=True)
        self.assertEqual([], self.rules.check({"r": "on"}))
        for found in ({}, {"r": "off"}, {"r": "on", "s": "on"}):
            self.assertEqual(1, len(self.rules.check(found)), found)

    def test_an_unknown_call_was_done_or_was_not_but_nothing_else(self):
        for before in (None, "on"):
            for after in (None, "off"):
                for found in (None, "on", "off"):
                    self.rules.known = {} if before is None else {"r": before}
                    self.rules.asking("r", after)
                    broken = self.rules.check({} if found is None else {"r": found})
                    self.assertEqual(found not in (before, after), bool(broken), (before, after, found))
                    if not broken:
                        self.assertEqual(found, self.rules.known.get("r"))

    def test_a_deleted_rule_that_comes_back(self):
        for value in ("on", None):
            self.rules.asking("r", value)
            self.rules.answered(done=True)
        self.assertEqual(1, len(self.rules.check({"r": "on"})))

    def test_books_read_again_from_their_journal_are_the_same(self):
        with tempfile.TemporaryDirectory() as home:
            path = pathlib.Path(home) / "journal.txt"
            journal = Journal(path)
            kept = {account.name: account for account in (Book("event", journal), Inbox("queue", journal), Configured("rule", journal))}
            book, inbox, rules = kept.values()
            for name in ("a", "b", "c"):
                book.handing_in(name, {"name": name}, ["queue"])
            book.was_acknowledged("a", "id-a")
            book.was_refused("c")
            inbox.received("message-a", "a", "id-a", {"name": "a"})
            inbox.deleting("message-a")
            inbox.deleted("message-a")
            for value, done in (("on", True), ("off", False), (None, True), ("on", True)):
                rules.asking("r", value)
                rules.answered(done=done)
            journal.sync()
            journal.file.close()
            again = {account.name: account for account in (Book("event", None), Inbox("queue", None), Configured("rule", None))}
            for line in path.read_text(encoding="utf-8").splitlines():
                name, *rest = json.loads(line)
                again[name].take(*rest)
            for name, account in kept.items():
                self.assertEqual({**vars(account), "journal": None}, vars(again[name]))


if __name__ == "__main__":
    unittest.main()
