"""Archives and replays with boto3."""

import datetime
import json
import re
import unittest

from server import ACCOUNT, REGION, ServerTest, wait_until

BUS_ARN = f"arn:aws:events:{REGION}:{ACCOUNT}:event-bus"
ARCHIVE_ARN = f"arn:aws:events:{REGION}:{ACCOUNT}:archive"
UTC = datetime.timezone.utc
LONG_AGO = datetime.datetime(2020, 1, 1, tzinfo=UTC)


def tomorrow():
    return datetime.datetime.now(UTC).replace(microsecond=0) + datetime.timedelta(days=1)


class Archives(ServerTest):
    def archive(self, bus, **settings):
        name = self.name("archive")
        self.events.create_archive(ArchiveName=name, EventSourceArn=f"{BUS_ARN}/{bus}", **settings)
        return name

    def test_unknown_archives_are_refused(self):
        for operation in (self.events.describe_archive, self.events.delete_archive):
            self.refused("ResourceNotFoundException", "Archive missing does not exist.", operation,
                         ArchiveName="missing")
        self.refused("ResourceNotFoundException", "Archive missing does not exist.", self.events.update_archive,
                     ArchiveName="missing", RetentionDays=1)

    def test_archives_that_cannot_be_are_refused(self):
        bus = self.bus()
        missing = self.name("missing")
        self.refused("ResourceNotFoundException", f"Event bus {missing} does not exist.", self.events.create_archive,
                     ArchiveName="a", EventSourceArn=f"{BUS_ARN}/{missing}")
        for elsewhere in (f"eu-west-1:{ACCOUNT}", f"{REGION}:111122223333"):
            bus_elsewhere = f"arn:aws:events:{elsewhere}:event-bus/default"
            self.refused("ResourceNotFoundException", f"Event bus {bus_elsewhere} does not exist.",
                         self.events.create_archive, ArchiveName="a", EventSourceArn=bus_elsewhere)
        self.refused("InvalidEventPatternException", re.compile("^Event pattern is not valid. Reason: "),
                     self.events.create_archive, ArchiveName="a", EventSourceArn=f"{BUS_ARN}/{bus}",
                     EventPattern='{"source":"x"}')
        self.refused("ValidationException", re.compile("'archiveName' failed .*length less than or equal to 48"),
                     self.events.create_archive, ArchiveName="a" * 49, EventSourceArn=f"{BUS_ARN}/{bus}")
        name = self.archive(bus)
        self.refused("ResourceAlreadyExistsException", f"Archive {name} already exists.", self.events.create_archive,
                     ArchiveName=name, EventSourceArn=f"{BUS_ARN}/{bus}")

    def test_an_archive_is_made_described_and_deleted(self):
        bus, name = self.bus(), self.name("archive")
        made = self.events.create_archive(ArchiveName=name, EventSourceArn=f"{BUS_ARN}/{bus}", RetentionDays=365,
                                          Description="all", EventPattern='{"source":["shop"]}')
        self.assertEqual((f"{ARCHIVE_ARN}/{name}", "ENABLED"), (made["ArchiveArn"], made["State"]))
        described = self.events.describe_archive(ArchiveName=name)
        expected = {"ArchiveArn": made["ArchiveArn"], "ArchiveName": name, "EventSourceArn": f"{BUS_ARN}/{bus}",
                    "Description": "all", "EventPattern": '{"source":["shop"]}', "State": "ENABLED",
                    "RetentionDays": 365, "SizeBytes": 0, "EventCount": 0}
        self.assertEqual(expected, {key: described.get(key) for key in expected})
        self.events.update_archive(ArchiveName=name, RetentionDays=7)
        self.assertEqual(7, self.events.describe_archive(ArchiveName=name)["RetentionDays"])
        self.events.delete_archive(ArchiveName=name)
        self.refused("ResourceNotFoundException", f"Archive {name} does not exist.", self.events.describe_archive,
                     ArchiveName=name)

    def test_an_update_of_nothing_is_refused(self):
        self.refused("ValidationException",
                     "At least one of EventPattern, RetentionDays or Description must be provided.",
                     self.events.update_archive, ArchiveName="missing")

    def test_lists_take_one_filter(self):
        bus = self.bus()
        names = sorted(self.archive(bus) for _ in range(3))
        listed = self.events.list_archives(EventSourceArn=f"{BUS_ARN}/{bus}")["Archives"]
        self.assertEqual(names, [archive["ArchiveName"] for archive in listed])
        self.assertNotIn("EventPattern", listed[0])
        self.assertEqual([names[0]], [archive["ArchiveName"] for archive in
                                      self.events.list_archives(NamePrefix=names[0])["Archives"]])
        self.assertEqual(2, len(self.events.list_archives(EventSourceArn=f"{BUS_ARN}/{bus}", Limit=2)["Archives"]))
        self.refused("ValidationException", "At most one filter is allowed for ListArchives. Use either : State, "
                     "EventSourceArn, or NamePrefix.", self.events.list_archives, NamePrefix="a",
                     EventSourceArn=f"{BUS_ARN}/{bus}")

    def test_events_are_counted_as_aws_counts_them(self):
        bus = self.bus()
        name = self.archive(bus, EventPattern='{"source":["shop"]}')
        for number in range(3):
            self.put(bus, {"n": number})
        self.put(bus, {"n": 3}, source="elsewhere")
        described = self.events.describe_archive(ArchiveName=name)
        self.assertEqual(3, described["EventCount"])
        self.assertEqual(3 * (len('{"n": 0}') + len("shop") + len("Sold") + 20), described["SizeBytes"])


class Replays(ServerTest):
    def setUp(self):
        self.bus_name = self.bus()
        self.archive = self.name("archive")
        self.events.create_archive(ArchiveName=self.archive, EventSourceArn=f"{BUS_ARN}/{self.bus_name}")
        self.url, arn = self.queue()
        self.rule = self.route(self.bus_name, {"source": ["shop"], "replay-name": [{"exists": True}]}, arn)

    def start(self, name=None, begin=LONG_AGO, end=None, bus=None, archive=None, rules=()):
        name = name or self.name("replay")
        destination = {"Arn": f"{BUS_ARN}/{bus or self.bus_name}"}
        if rules:
            destination["FilterArns"] = list(rules)
        answer = self.events.start_replay(
            ReplayName=name, EventSourceArn=f"{ARCHIVE_ARN}/{archive or self.archive}", EventStartTime=begin,
            EventEndTime=end or tomorrow(), Destination=destination)
        self.assertEqual((f"arn:aws:events:{REGION}:{ACCOUNT}:replay/{name}", "STARTING"),
                         (answer["ReplayArn"], answer["State"]))
        return name

    def completed(self, name):
        wait_until(lambda: self.events.describe_replay(ReplayName=name)["State"] == "COMPLETED", 15,
                   f"the end of replay {name}")
        return self.events.describe_replay(ReplayName=name)

    def test_replays_that_cannot_be_are_refused(self):
        missing = self.name("missing")
        rows = [({"archive": missing}, "ValidationException",
                 f"Parameter EventSourceArn is not valid. Reason: Archive {missing} does not exist."),
                ({"bus": "default"}, "ValidationException",
                 "Parameter Destination.Arn is not valid. Reason: Cross event bus replay is not permitted."),
                ({"begin": tomorrow(), "end": LONG_AGO}, "ValidationException",
                 "Parameter EventEndTime is not valid. Reason: EventStartTime must be before EventEndTime."),
                ({"begin": LONG_AGO, "end": LONG_AGO}, "ValidationException",
                 "Parameter EventEndTime is not valid. Reason: EventStartTime must be before EventEndTime.")]
        for settings, code, message in rows:
            with self.subTest(settings):
                self.refused(code, message, self.start, **settings)
        self.refused("ValidationException",
                     f"Parameter EventSourceArn is not valid. Reason: Archive {self.archive} does not exist.",
                     self.server.client("events", region="eu-west-1").start_replay, ReplayName="r",
                     EventSourceArn=f"{ARCHIVE_ARN}/{self.archive}", EventStartTime=LONG_AGO, EventEndTime=tomorrow(),
                     Destination={"Arn": f"{BUS_ARN}/{self.bus_name}"})
        self.refused("ValidationException",
                     "Parameter Destination.Arn is not valid. Reason: Must contain an event bus ARN.",
                     self.events.start_replay, ReplayName="r", EventSourceArn=f"{ARCHIVE_ARN}/{self.archive}",
                     EventStartTime=LONG_AGO, EventEndTime=tomorrow(),
                     Destination={"Arn": f"{ARCHIVE_ARN}/{self.archive}"})

    def test_unknown_replays_are_refused(self):
        self.refused("ResourceNotFoundException", "Replay missing does not exist.", self.events.describe_replay,
                     ReplayName="missing")
        self.refused("ResourceNotFoundException", "Replay missing does not exist.", self.events.cancel_replay,
                     ReplayName="missing")

    def test_a_name_is_used_once_and_a_finished_replay_is_not_cancelled(self):
        name = self.start()
        self.completed(name)
        self.refused("ResourceAlreadyExistsException", f"Replay {name} already exists.", self.start, name=name)
        self.refused("IllegalStatusException", f"Replay {name} is not in a valid state for this operation.",
                     self.events.cancel_replay, ReplayName=name)

    def test_a_replay_brings_every_event_back_marked_with_its_name(self):
        put = {self.put(self.bus_name, {"n": number}, Resources=["correlation:1"]): number for number in range(25)}
        name = self.start()
        events = self.received_events(self.url, 25)
        self.assertEqual(put, {event["id"]: event["detail"]["n"] for event in events})
        for event in events:
            self.assertEqual((name, ["correlation:1"]), (event["replay-name"], event["resources"]))
        self.assertEqual(["version", "id", "detail-type", "source", "account", "time", "region", "replay-name",
                          "resources", "detail"], list(events[0]))
        described = self.completed(name)
        self.assertEqual((f"{ARCHIVE_ARN}/{self.archive}", f"{BUS_ARN}/{self.bus_name}"),
                         (described["EventSourceArn"], described["Destination"]["Arn"]))
        self.assertGreaterEqual(described["ReplayEndTime"], described["ReplayStartTime"])
        self.assertIn("EventLastReplayedTime", described)
        self.assert_empty(self.url)
        self.assertEqual(25, self.events.describe_archive(ArchiveName=self.archive)["EventCount"])  # not kept again

    def test_only_the_range_is_replayed(self):
        noon = datetime.datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
        hour = datetime.timedelta(hours=1)
        ids = [self.put(self.bus_name, {}, Time=noon + hour * number) for number in range(5)]
        name = self.start(begin=noon + hour, end=noon + 3 * hour)
        self.completed(name)
        self.assertEqual(set(ids[1:4]), {event["id"] for event in self.received_events(self.url, 3)})
        self.assert_empty(self.url)

    def test_a_replay_up_to_the_time_that_an_event_shows_brings_it(self):
        noon = datetime.datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
        self.events.put_rule(Name=self.rule, EventBusName=self.bus_name, EventPattern='{"source": ["shop"]}')
        put = self.put(self.bus_name, {}, Time=noon + datetime.timedelta(milliseconds=510))
        self.assertEqual("2026-03-01T12:00:00Z", self.received_events(self.url)[0]["time"])
        self.completed(self.start(begin=noon - datetime.timedelta(seconds=1), end=noon))
        self.assertEqual(put, self.received_events(self.url)[0]["id"])

    def test_only_the_rules_asked_for_run(self):
        other_url, other_arn = self.queue()
        other = self.route(self.bus_name, {"replay-name": [{"exists": True}]}, other_arn)
        event_id = self.put(self.bus_name, {})
        name = self.start(rules=[f"arn:aws:events:{REGION}:{ACCOUNT}:rule/{self.bus_name}/{other}"])
        self.completed(name)
        self.assertEqual(event_id, self.received_events(other_url)[0]["id"])
        self.assert_empty(self.url)

    def test_the_archives_pattern_chooses(self):
        some = self.name("archive")
        self.events.create_archive(ArchiveName=some, EventSourceArn=f"{BUS_ARN}/{self.bus_name}",
                                   EventPattern=json.dumps({"detail": {"keep": [True]}}))
        kept = self.put(self.bus_name, {"keep": True})
        self.put(self.bus_name, {"keep": False})
        self.completed(self.start(archive=some))
        self.assertEqual(kept, self.received_events(self.url)[0]["id"])
        self.assert_empty(self.url)

    def test_a_disabled_rule_gets_nothing_replayed_but_its_events_are_archived(self):
        self.events.disable_rule(Name=self.rule, EventBusName=self.bus_name)
        event_id = self.put(self.bus_name, {})
        self.completed(self.start())
        self.assert_empty(self.url)
        self.events.enable_rule(Name=self.rule, EventBusName=self.bus_name)
        self.completed(self.start())
        self.assertEqual(event_id, self.received_events(self.url)[0]["id"])

    def test_lists_filter(self):
        names = sorted(self.start() for _ in range(2))
        for name in names:
            self.completed(name)
        arn = f"{ARCHIVE_ARN}/{self.archive}"
        listed = self.events.list_replays(EventSourceArn=arn)["Replays"]
        self.assertEqual(names, sorted(replay["ReplayName"] for replay in listed))
        self.assertEqual([names[0]], [replay["ReplayName"] for replay in
                                      self.events.list_replays(NamePrefix=names[0])["Replays"]])
        self.assertIn(names[0], [replay["ReplayName"] for replay in
                                 self.events.list_replays(State="COMPLETED")["Replays"]])
        self.assertEqual([], self.events.list_replays(State="FAILED")["Replays"])

    def test_a_replay_goes_on_after_the_server_was_killed(self):
        put = set()
        for batch in range(60):
            answer = self.events.put_events(Entries=[
                {"EventBusName": self.bus_name, "Source": "shop", "DetailType": "Sold",
                 "Detail": json.dumps({"n": [batch, n], "ballast": "x" * 1_000})} for n in range(10)])
            put |= {entry["EventId"] for entry in answer["Entries"]}
        name = self.start()
        for _ in range(3):
            self.server.kill()
            self.server.start()
        self.completed(name)
        received = set()
        while received < put:
            got = self.sqs.receive_message(QueueUrl=self.url, MaxNumberOfMessages=10, WaitTimeSeconds=5)
            self.assertIn("Messages", got, f"{len(received)} of {len(put)} replayed")
            for message in got["Messages"]:
                received.add(json.loads(message["Body"])["id"])
                self.sqs.delete_message(QueueUrl=self.url, ReceiptHandle=message["ReceiptHandle"])
        self.assertEqual(put, received)


if __name__ == "__main__":
    unittest.main()
