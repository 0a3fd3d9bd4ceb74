"""That the checker finds what it is for: each fault is put into sound books, and must be named."""

import json
import os
import pathlib
import tempfile
import time
import unittest

from checker import (
    Attempts,
    Book,
    Configured,
    Deployed,
    Inbox,
    Journal,
    Letters,
    check_counters,
    check_rest,
    read_counters,
)


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


class CheckingFunctions(unittest.TestCase):
    """Functions `strict` (one attempt) and `patient` (another after 60 s), and the events s.1, s.2 and p.1 for them."""

    def setUp(self):
        journal = Journal(os.devnull)
        self.addCleanup(journal.file.close)
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.book = Book("work", journal)
        self.letters = Letters("failed", journal, lambda name: [{"ERROR_CODE": "AsAsked", "RETRY_ATTEMPTS": "0"}], comes_late=True)
        self.deployed = Deployed("function", journal)
        function_of = {"s": "strict", "p": "patient"}
        self.attempts = Attempts(pathlib.Path(directory.name) / "attempts.txt", lambda name: function_of.get(name[0]),
                                 {"strict": 0, "patient": 1}, (60,))
        self.now = time.time()
        for name in ("s.1", "s.2", "p.1"):
            self.book.handing_in(name, {"name": name}, ["failed"] if name[0] == "s" else [])
            self.book.was_acknowledged(name, f"id-{name}")
        for name, function in (("s.1", "strict"), ("s.2", "strict"), ("p.1", "patient")):
            self.tried(function, name)

    def tried(self, function, name, server="1", after=0.0):
        with self.attempts.path.open("a", encoding="utf-8") as journal:
            journal.write(f"{server} {self.now + after} {function} {name}\n")

    def letter(self, name, **attributes):
        self.letters.received(f"message-{name}", name, f"id-{name}", {"name": name})
        self.letters.came(name, {"ERROR_CODE": "AsAsked", "RETRY_ATTEMPTS": "0", **attributes})

    def found(self, *beginnings, at_rest=True):
        broken = self.attempts.check(self.book, (self.letters,), at_rest=at_rest) + self.letters.check(self.book, at_rest=at_rest)
        self.assertEqual(list(beginnings), [sentence.split()[0] for sentence in broken], broken)

    def letters_come(self):
        for name in ("s.1", "s.2"):
            self.letter(name)

    def test_each_tried_once_and_its_letter_there_is_sound(self):
        self.letters_come()
        self.found()

    def test_letters_are_owed_at_rest_only(self):
        self.found(at_rest=False)
        self.found("I1")

    def test_another_server_may_try_again(self):
        self.tried("strict", "s.1", server="2", after=1)
        self.found(at_rest=False)

    def test_an_attempt_too_many(self):
        self.letters_come()
        self.tried("strict", "s.1", after=-0.5)
        self.found("I6")

    def test_a_second_attempt_that_may_be(self):
        self.letters_come()
        self.tried("patient", "p.1", after=60.1)
        self.found()

    def test_a_letter_that_tells_of_attempts_that_were_not_made(self):
        self.letters.possible = lambda name: []
        self.letters_come()
        self.letters.take_letter("p.1", {"RETRY_ATTEMPTS": "1"}, self.now + 61)
        self.found("I6")
        self.tried("patient", "p.1", after=60.1)
        self.found()

    def test_a_second_attempt_that_comes_too_early(self):
        self.letters_come()
        self.tried("patient", "p.1", after=59.9)
        self.found("I6")

    def test_an_attempt_after_the_dead_letter(self):
        self.letters_come()
        self.tried("strict", "s.1", server="2", after=30)
        self.found("I6")

    def test_an_event_that_no_function_ran_for(self):
        self.letters_come()
        self.book.handing_in("p.2", {"name": "p.2"}, [])
        self.book.was_acknowledged("p.2", "id-p.2")
        self.found(at_rest=False)
        self.found("I1")

    def test_a_function_that_ran_for_what_nobody_sent_it(self):
        self.letters_come()
        for function, name in (("strict", "s.3"), ("patient", "s.1")):
            with self.subTest(name):
                self.tried(function, name)
                self.found("I3")

    def test_a_function_that_ran_for_what_was_refused(self):
        self.letters_come()
        self.book.handing_in("p.3", {"name": "p.3"}, [])
        self.book.was_refused("p.3")
        self.tried("patient", "p.3")
        self.found("I11")

    def test_a_letter_that_says_something_else_or_nothing(self):
        for attributes in ({"ERROR_CODE": "NO_RESOURCE"}, {"RETRY_ATTEMPTS": "1"}, {"EXHAUSTED_RETRY_CONDITION": "MaximumRetryAttempts"}):
            self.letter("s.1", **attributes)
            self.letter("s.2")
            self.found("I6")
        self.letters.came("s.1", {})
        self.found("I6")

    def test_a_function_that_runs_other_code(self):
        self.deployed.asking("f", "v1")
        self.deployed.answered(done=True)
        self.assertEqual([], self.deployed.check_running({"f": "v1"}))
        for other in ("v0", None):
            self.assertEqual(["I8"], [sentence.split()[0] for sentence in self.deployed.check_running({"f": other})])
        self.assertEqual(["I8"], [sentence.split()[0] for sentence in self.deployed.check({"f": "v0"})])


class CheckingCounters(unittest.TestCase):
    TEXT = """# TYPE athanor_invocations_total counter
athanor_invocations_total{rule="arn:aws:events:us-east-1:123456789012:rule/bus/strict"} 3
athanor_invocation_attempts_total{rule="arn:aws:events:us-east-1:123456789012:rule/bus/strict"} 3
athanor_failed_invocations_total{rule="arn:aws:events:us-east-1:123456789012:rule/bus/strict"} 3
athanor_invocations_dropped_total{rule="arn:aws:events:us-east-1:123456789012:rule/bus/strict"} 3
athanor_function_invocations_total{function="arn:aws:lambda:us-east-1:123456789012:function:strict"} 3
athanor_functions_given_up_total{function="arn:aws:lambda:us-east-1:123456789012:function:strict"} 3
athanor_requests_total{service="events",operation="PutEvents"} 9
athanor_events_replayed_total 7
"""

    def setUp(self):
        self.counted = read_counters(self.TEXT)
        self.expected = {(f"athanor_{name}_total", "strict"): 3 for name in (
            "invocations", "invocation_attempts", "failed_invocations", "invocations_dropped", "function_invocations",
            "functions_given_up")}

    def test_they_are_read(self):
        self.assertEqual({**self.expected, ("athanor_events_replayed_total", ""): 7}, self.counted)

    def test_what_is_counted_as_it_happened_is_sound(self):
        self.assertEqual([], check_counters(self.counted, self.expected))
        self.assertEqual([], check_rest(self.counted, ["strict", "never matched"]))

    def test_one_too_many_or_too_few_of_each(self):
        for counter in self.expected:
            for counted in (0, 2, 4):
                found = check_counters({**self.counted, counter: counted}, self.expected)
                self.assertEqual(["I9"], [sentence.split()[0] for sentence in found], counter)

    def test_a_drop_that_is_not_counted(self):
        del self.counted["athanor_invocations_dropped_total", "strict"]
        self.assertEqual(["I9"], [sentence.split()[0] for sentence in check_counters(self.counted, self.expected)])

    def test_what_is_still_under_way(self):
        for counter, what in (("athanor_invocations_total", "deliveries"), ("athanor_function_invocations_total", "invocations"),
                              ("athanor_functions_given_up_total", "failures")):
            counted = self.counted.copy()
            counted[counter, "strict"] -= 1
            found = check_rest(counted, ["strict"])
            self.assertTrue(any(sentence.startswith("I10") and what in sentence for sentence in found), (counter, found))


if __name__ == "__main__":
    unittest.main()
