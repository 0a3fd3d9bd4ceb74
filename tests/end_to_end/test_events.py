"""EventBridge with boto3: buses, rules, targets, events, and everything that is refused."""

import concurrent.futures
import datetime
import json
import re
import socket
import time
import unittest

from server import ACCOUNT, REGION, ServerTest

EVENTS_ARN = f"arn:aws:events:{REGION}:{ACCOUNT}"


class EventBuses(ServerTest):
    def test_unknown_buses_are_refused(self):
        name = self.name("missing")
        for operation in (self.events.describe_event_bus, self.events.delete_event_bus):
            self.refused("ResourceNotFoundException", f"Event bus {name} does not exist.", operation, Name=name)

    def test_a_second_bus_of_the_same_name_is_refused(self):
        name = self.bus()
        self.refused("ResourceAlreadyExistsException", f"Event bus {name} already exists.",
                     self.events.create_event_bus, Name=name)

    def test_names_that_no_bus_can_have_are_refused(self):
        self.refused("ValidationException", re.compile("'name' failed to satisfy constraint: .*pattern"),
                     self.events.create_event_bus, Name="two words")
        self.refused("ValidationException", "Event bus name must not contain '/'.", self.events.create_event_bus,
                     Name="a/b")
        self.refused("ValidationException", re.compile("'name' failed .*length less than or equal to 256"),
                     self.events.create_event_bus, Name="x" * 257)
        self.refused("ValidationException", re.compile("'name' failed .*must not be null"),
                     self.unchecked_events.create_event_bus)

    def test_the_default_bus_is_there_and_stays(self):
        described = self.events.describe_event_bus()
        self.assertEqual(("default", f"{EVENTS_ARN}:event-bus/default"), (described["Name"], described["Arn"]))
        self.refused("ValidationException", "Cannot delete event bus default.", self.events.delete_event_bus,
                     Name="default")
        self.assertEqual("default", self.events.describe_event_bus()["Name"])

    def test_a_bus_is_made_described_and_deleted(self):
        name = self.name("orders")
        made = self.events.create_event_bus(Name=name, Tags=[{"Key": "team", "Value": "shop"}])
        self.assertEqual(f"{EVENTS_ARN}:event-bus/{name}", made["EventBusArn"])
        described = self.events.describe_event_bus(Name=name)
        self.assertEqual((name, made["EventBusArn"]), (described["Name"], described["Arn"]))
        self.assertNotIn("Policy", described)
        by_arn = self.events.describe_event_bus(Name=made["EventBusArn"])
        self.assertEqual(name, by_arn["Name"])
        self.assertEqual([{"Key": "team", "Value": "shop"}],
                         self.events.list_tags_for_resource(ResourceARN=made["EventBusArn"])["Tags"])
        self.events.delete_event_bus(Name=name)
        self.refused("ResourceNotFoundException", f"Event bus {name} does not exist.",
                     self.events.describe_event_bus, Name=name)

    def test_what_debians_boto3_does_not_know_yet(self):
        name = self.name("orders")
        before = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(seconds=2)
        status, made = self.server.json_request("AWSEvents.CreateEventBus",
                                                json.dumps({"Name": name, "Description": "all orders"}))
        self.assertEqual((200, "all orders"), (status, made["Description"]))
        status, raw = self.server.json_request("AWSEvents.DescribeEventBus", json.dumps({"Name": name}))
        self.assertEqual((200, "all orders"), (status, raw["Description"]))
        self.assertGreaterEqual(raw["CreationTime"], before.timestamp())

    def test_a_bus_with_rules_is_not_deleted(self):
        bus = self.bus()
        self.events.put_rule(Name="all", EventBusName=bus, EventPattern='{"source":["shop"]}')
        self.refused("ValidationException", "EventBus can't be deleted since it has rules.",
                     self.events.delete_event_bus, Name=bus)
        self.events.delete_rule(Name="all", EventBusName=bus)
        self.events.delete_event_bus(Name=bus)

    def test_lists_filter_by_prefix_and_page(self):
        prefix = self.name("page")
        names = [f"{prefix}-{number}" for number in range(5)]
        for name in names:
            self.events.create_event_bus(Name=name)
        listed = self.events.list_event_buses(NamePrefix=prefix)
        self.assertEqual(names, [bus["Name"] for bus in listed["EventBuses"]])
        self.assertNotIn("NextToken", listed)
        paged, token, pages = [], {}, 0
        while True:
            page = self.events.list_event_buses(NamePrefix=prefix, Limit=2, **token)
            self.assertLessEqual(len(page["EventBuses"]), 2)
            paged += [bus["Name"] for bus in page["EventBuses"]]
            pages += 1
            if "NextToken" not in page:
                break
            token = {"NextToken": page["NextToken"]}
        self.assertEqual((names, 3), (paged, pages))
        self.assertIn("default", [bus["Name"] for bus in self.events.list_event_buses()["EventBuses"]])
        self.assertEqual([], self.events.list_event_buses(NamePrefix=self.name("none"))["EventBuses"])

    def test_accounts_and_regions_do_not_meet(self):
        name = self.bus()
        other_account = self.server.client("events", access_key="999999999999")
        other_region = self.server.client("events", region="eu-central-1")
        self.assertEqual("arn:aws:events:us-east-1:999999999999:event-bus/default",
                         other_account.describe_event_bus()["Arn"])
        for elsewhere in (other_account, other_region):
            self.refused("ResourceNotFoundException", f"Event bus {name} does not exist.",
                         elsewhere.describe_event_bus, Name=name)

    def test_permissions_show_in_the_policy(self):
        bus = self.bus()
        self.events.put_permission(EventBusName=bus, Action="events:PutEvents", Principal="111111111111",
                                   StatementId="neighbour")
        described = self.events.describe_event_bus(Name=bus)
        self.assertEqual([{"Sid": "neighbour", "Effect": "Allow",
                           "Principal": {"AWS": "arn:aws:iam::111111111111:root"}, "Action": "events:PutEvents",
                           "Resource": described["Arn"]}], json.loads(described["Policy"])["Statement"])
        self.events.remove_permission(EventBusName=bus, StatementId="neighbour")
        self.refused("ResourceNotFoundException", "Statement with the provided id does not exist.",
                     self.events.remove_permission, EventBusName=bus, StatementId="neighbour")


class Rules(ServerTest):
    def test_rules_on_a_missing_bus_are_refused(self):
        bus = self.name("missing")
        message = f"Event bus {bus} does not exist."
        self.refused("ResourceNotFoundException", message, self.events.put_rule, Name="r", EventBusName=bus,
                     EventPattern='{"source":["a"]}')
        self.refused("ResourceNotFoundException", message, self.events.list_rules, EventBusName=bus)
        self.refused("ResourceNotFoundException", message, self.events.put_targets, Rule="r", EventBusName=bus,
                     Targets=[{"Id": "1", "Arn": f"arn:aws:sqs:{REGION}:{ACCOUNT}:q"}])

    def test_unknown_rules_are_refused(self):
        bus = self.bus()
        message = f"Rule nowhere does not exist on EventBus {bus}."
        for operation in (self.events.describe_rule, self.events.enable_rule, self.events.disable_rule):
            self.refused("ResourceNotFoundException", message, operation, Name="nowhere", EventBusName=bus)
        self.refused("ResourceNotFoundException", message, self.events.list_targets_by_rule, Rule="nowhere",
                     EventBusName=bus)
        self.refused("ResourceNotFoundException", message, self.events.put_targets, Rule="nowhere", EventBusName=bus,
                     Targets=[{"Id": "1", "Arn": f"arn:aws:sqs:{REGION}:{ACCOUNT}:q"}])
        self.refused("ResourceNotFoundException", message, self.events.remove_targets, Rule="nowhere",
                     EventBusName=bus, Ids=["1"])
        self.events.delete_rule(Name="nowhere", EventBusName=bus)  # as on AWS: there is nothing to delete

    def test_patterns_that_cannot_match_are_refused_with_their_position(self):
        for pattern, reason in (
                ('{"source":', re.compile("^Event pattern is not valid. Reason: ")),
                ('{"source":"shop"}', re.compile(r'^Event pattern is not valid. Reason: "source" must be an object or '
                                                 r'an array\n at \[Source: \(String\)')),
                ('{"source":[]}', re.compile("^Event pattern is not valid. Reason: Empty arrays are not allowed")),
                ('{"source":[{"foo":1}]}', re.compile("^Event pattern is not valid. Reason: Unrecognized match type foo")),
                ('[]', re.compile("^Event pattern is not valid. Reason: Filter is not an object"))):
            with self.subTest(pattern):
                self.refused("InvalidEventPatternException", reason, self.events.put_rule, Name="bad",
                             EventPattern=pattern)

    def test_a_rule_needs_a_pattern_or_a_schedule(self):
        self.refused("ValidationException", "Parameter(s) EventPattern or ScheduleExpression must be specified.",
                     self.events.put_rule, Name="neither")
        self.refused("ValidationException", "ScheduleExpression is supported only on the default event bus.",
                     self.events.put_rule, Name="timed", EventBusName=self.bus(),
                     ScheduleExpression="rate(5 minutes)")
        self.refused("ValidationException", "Parameter ScheduleExpression is not valid.", self.events.put_rule,
                     Name="timed", ScheduleExpression="rate(1 minutes)")

    def test_a_state_that_is_none_is_refused(self):
        self.refused("ValidationException", re.compile(r"'state' failed to satisfy constraint: Member must satisfy enum"),
                     self.events.put_rule, Name="r", EventPattern='{"source":["a"]}', State="PAUSED")

    def test_a_rule_is_put_described_switched_and_deleted(self):
        bus = self.bus()
        pattern = '{ "source": ["shop"] }'
        put = self.events.put_rule(Name="sold", EventBusName=bus, EventPattern=pattern, Description="sold things",
                                   State="DISABLED")
        self.assertEqual(f"{EVENTS_ARN}:rule/{bus}/sold", put["RuleArn"])
        described = self.events.describe_rule(Name="sold", EventBusName=bus)
        described.pop("ResponseMetadata")
        self.assertEqual({"Name": "sold", "Arn": put["RuleArn"], "EventPattern": pattern, "State": "DISABLED",
                          "Description": "sold things", "EventBusName": bus, "CreatedBy": ACCOUNT}, described)
        self.events.enable_rule(Name="sold", EventBusName=bus)
        self.assertEqual("ENABLED", self.events.describe_rule(Name="sold", EventBusName=bus)["State"])
        self.events.disable_rule(Name="sold", EventBusName=bus)
        self.assertEqual("DISABLED", self.events.describe_rule(Name="sold", EventBusName=bus)["State"])
        listed = self.events.list_rules(EventBusName=bus)["Rules"]
        self.assertEqual([{"Name": "sold", "Arn": put["RuleArn"], "EventPattern": pattern, "State": "DISABLED",
                           "Description": "sold things", "EventBusName": bus}], listed)
        self.events.delete_rule(Name="sold", EventBusName=bus)
        self.assertEqual([], self.events.list_rules(EventBusName=bus)["Rules"])

    def test_putting_a_rule_again_replaces_it_and_keeps_its_targets(self):
        bus = self.bus()
        rule = self.route(bus, {"source": ["shop"]}, f"arn:aws:sqs:{REGION}:{ACCOUNT}:q")
        self.events.put_rule(Name=rule, EventBusName=bus, EventPattern='{"source":["a"]}', Description="first",
                             State="DISABLED")
        self.events.put_rule(Name=rule, EventBusName=bus, EventPattern='{"source":["b"]}')
        described = self.events.describe_rule(Name=rule, EventBusName=bus)
        self.assertEqual(('{"source":["b"]}', "ENABLED"), (described["EventPattern"], described["State"]))
        self.assertNotIn("Description", described)
        self.assertEqual(1, len(self.events.list_targets_by_rule(Rule=rule, EventBusName=bus)["Targets"]))

    def test_rules_of_the_default_bus_have_a_short_arn(self):
        name = self.name("rule")
        put = self.events.put_rule(Name=name, ScheduleExpression="rate(5 minutes)", State="DISABLED")
        self.assertEqual(f"{EVENTS_ARN}:rule/{name}", put["RuleArn"])
        self.assertEqual("rate(5 minutes)", self.events.describe_rule(Name=name)["ScheduleExpression"])
        self.events.delete_rule(Name=name)

    def test_lists_filter_by_prefix_and_page(self):
        bus = self.bus()
        names = [f"r{number}" for number in range(5)]
        for name in [*names, "other"]:
            self.events.put_rule(Name=name, EventBusName=bus, EventPattern='{"source":["a"]}')
        self.assertEqual(names, [rule["Name"] for rule in
                                 self.events.list_rules(EventBusName=bus, NamePrefix="r")["Rules"]])
        pages = list(self.events.get_paginator("list_rules").paginate(EventBusName=bus, Limit=4))
        self.assertEqual([4, 2], [len(page["Rules"]) for page in pages])

    def test_rule_names_are_found_by_target(self):
        bus, arn = self.bus(), f"arn:aws:sqs:{REGION}:{ACCOUNT}:{self.name('q')}"
        rules = sorted(self.route(bus, {"source": ["a"]}, arn) for _ in range(2))
        self.assertEqual(rules, self.events.list_rule_names_by_target(TargetArn=arn, EventBusName=bus)["RuleNames"])


class Targets(ServerTest):
    arn = f"arn:aws:sqs:{REGION}:{ACCOUNT}:anything"

    def setUp(self):
        self.bus_name = self.bus()
        self.events.put_rule(Name="r", EventBusName=self.bus_name, EventPattern='{"source":["shop"]}')

    def put_target(self, **target):
        return self.unchecked_events.put_targets(Rule="r", EventBusName=self.bus_name,
                                       Targets=[{"Id": "1", "Arn": self.arn, **target}])

    def listed(self):
        return self.events.list_targets_by_rule(Rule="r", EventBusName=self.bus_name)["Targets"]

    def test_a_sixth_target_is_refused_and_nothing_of_it_kept(self):
        targets = [{"Id": str(number), "Arn": self.arn} for number in range(6)]
        self.refused("LimitExceededException", "The requested resource exceeds the maximum number allowed.",
                     self.events.put_targets, Rule="r", EventBusName=self.bus_name, Targets=targets)
        self.assertEqual([], self.listed())

    def test_an_id_outside_the_alphabet_is_refused(self):
        self.refused("ValidationException",
                     re.compile(r"'targets\.1\.member\.id' failed to satisfy constraint: Member must satisfy regular "
                                r"expression pattern: \[\\\.\\-_A-Za-z0-9\]\+"), self.put_target, Id="two words")

    def test_an_arn_that_is_none_is_refused(self):
        self.refused("ValidationException", re.compile("Provided Arn is not in correct format"), self.put_target,
                     Arn="my-queue")

    def test_two_inputs_at_once_are_refused(self):
        self.refused("ValidationException",
                     "Only one of Input, InputPath, or InputTransformer must be provided for target 1.",
                     self.put_target, Input="{}", InputPath="$.detail")

    def test_a_placeholder_that_nobody_defined_is_refused(self):
        self.refused("ValidationException", "InputTemplate for target 1 contains invalid placeholder nobody.",
                     self.put_target, InputTransformer={"InputPathsMap": {}, "InputTemplate": '{"a": <nobody>}'})

    def test_a_fifo_queue_needs_a_message_group(self):
        self.refused("ValidationException", "Parameter(s) SqsParameters must be specified for target: 1.",
                     self.put_target, Arn=self.arn + ".fifo")

    def test_a_retry_policy_beyond_the_limits_is_refused(self):
        self.refused("ValidationException", re.compile("maximumRetryAttempts' failed .* less than or equal to 185"),
                     self.put_target, RetryPolicy={"MaximumRetryAttempts": 186})
        self.refused("ValidationException",
                     re.compile("maximumEventAgeInSeconds' failed .* greater than or equal to 60"),
                     self.put_target, RetryPolicy={"MaximumEventAgeInSeconds": 59})

    def test_targets_are_put_listed_replaced_and_removed(self):
        full = {"Id": "1", "Arn": self.arn, "InputPath": "$.detail",
                "RetryPolicy": {"MaximumRetryAttempts": 3, "MaximumEventAgeInSeconds": 3600},
                "DeadLetterConfig": {"Arn": self.arn + "-dlq"}}
        answer = self.events.put_targets(Rule="r", EventBusName=self.bus_name,
                                         Targets=[full, {"Id": "2", "Arn": self.arn}])
        self.assertEqual((0, []), (answer["FailedEntryCount"], answer["FailedEntries"]))
        self.assertEqual([full, {"Id": "2", "Arn": self.arn}], self.listed())
        self.put_target(Input='"always"')
        self.assertEqual({"Id": "1", "Arn": self.arn, "Input": '"always"'}, self.listed()[0])
        self.refused("ValidationException", "Rule can't be deleted since it has targets.", self.events.delete_rule,
                     Name="r", EventBusName=self.bus_name)
        removed = self.events.remove_targets(Rule="r", EventBusName=self.bus_name, Ids=["1", "unknown"])
        self.assertEqual((0, []), (removed["FailedEntryCount"], removed["FailedEntries"]))
        self.assertEqual(["2"], [target["Id"] for target in self.listed()])
        self.events.remove_targets(Rule="r", EventBusName=self.bus_name, Ids=["2"])
        self.events.delete_rule(Name="r", EventBusName=self.bus_name)


class PutEvents(ServerTest):
    def test_requests_without_or_with_too_many_entries_are_refused(self):
        entry = {"Source": "shop", "DetailType": "Sold", "Detail": "{}"}
        self.refused("ValidationException", re.compile("'entries' failed .*length greater than or equal to 1"),
                     self.unchecked_events.put_events, Entries=[])
        self.refused("ValidationException",
                     re.compile(r"^1 validation error detected: Value '\[PutEventsRequestEntry\(.*'entries' failed to "
                                r"satisfy constraint: Member must have length less than or equal to 10$", re.DOTALL),
                     self.events.put_events, Entries=[entry] * 11)

    def test_a_request_over_one_mebibyte_is_refused(self):
        entry = {"Source": "shop", "DetailType": "Sold", "Detail": json.dumps({"x": "y" * 1_048_576})}
        self.refused("ValidationException", "Total size of the entries in the request is over the limit.",
                     self.events.put_events, Entries=[entry])

    def test_a_bad_entry_is_refused_at_its_own_index(self):
        good = {"Source": "shop", "DetailType": "Sold", "Detail": "{}"}
        def without(name):
            return {key: value for key, value in good.items() if key != name}
        rows = [(without("Source"), "InvalidArgument",
                 "Parameter Source is not valid. Reason: Source is a required argument."),
                (without("DetailType"), "InvalidArgument",
                 "Parameter DetailType is not valid. Reason: DetailType is a required argument."),
                (without("Detail"), "InvalidArgument",
                 "Parameter Detail is not valid. Reason: Detail is a required argument."),
                ({**good, "Detail": "plain"}, "MalformedDetail", "Detail is malformed."),
                ({**good, "Detail": "[]"}, "MalformedDetail", "Detail is malformed."),
                ({**good, "Detail": '{"a":'}, "MalformedDetail", "Detail is malformed."),
                ({**good, "Source": "aws.ec2"}, "NotAuthorizedForSourceException", "Not authorized for the source.")]
        answer = self.events.put_events(Entries=[good, *[row[0] for row in rows], good])
        self.assertEqual(len(rows), answer["FailedEntryCount"])
        self.assertEqual([(code, text) for _, code, text in rows],
                         [(entry.get("ErrorCode"), entry.get("ErrorMessage")) for entry in answer["Entries"][1:-1]])
        for entry in answer["Entries"][1:-1]:
            self.assertNotIn("EventId", entry)
        self.assertNotEqual(answer["Entries"][0]["EventId"], answer["Entries"][-1]["EventId"])

    def test_an_unknown_bus_swallows_events_as_on_aws(self):
        self.assertRegex(self.put(self.name("missing"), {}), r"^[0-9a-f-]{36}$")

    def test_an_event_arrives_in_awss_own_form(self):
        bus = self.bus()
        url, arn = self.queue()
        self.route(bus, {"source": ["shop"]}, arn)
        time = datetime.datetime(2026, 1, 2, 3, 4, 5, 678000, tzinfo=datetime.timezone.utc)
        event_id = self.put(bus, {"b": 1, "a": ["ü", None, 1.5, {"c": True}]}, Time=time,
                            Resources=["correlation:1", "causation:2"])
        body = self.receive(url)[0]["Body"]
        expected = {"version": "0", "id": event_id, "detail-type": "Sold", "source": "shop", "account": ACCOUNT,
                    "time": "2026-01-02T03:04:05Z", "region": REGION, "resources": ["correlation:1", "causation:2"],
                    "detail": {"b": 1, "a": ["ü", None, 1.5, {"c": True}]}}
        self.assertEqual(expected, json.loads(body))
        self.assertEqual(list(expected), list(json.loads(body)))
        self.assertTrue(body.startswith(f'{{"version":"0","id":"{event_id}","detail-type":"Sold"'), body)

    def test_every_matching_rule_gets_the_event_under_one_id_and_no_other_rule(self):
        bus = self.bus()
        (first, first_arn), (second, second_arn), (other, other_arn), (off, off_arn) = (self.queue() for _ in range(4))
        self.route(bus, {"source": [{"prefix": "sh"}], "detail": {"price": [{"numeric": [">", 10]}]}}, first_arn)
        self.route(bus, {"detail-type": ["Sold"]}, second_arn)
        self.route(bus, {"detail": {"price": [{"anything-but": [12]}]}}, other_arn)
        disabled = self.route(bus, {"source": ["shop"]}, off_arn)
        self.events.disable_rule(Name=disabled, EventBusName=bus)
        event_id = self.put(bus, {"price": 12})
        self.assertEqual(event_id, self.received_events(first)[0]["id"])
        self.assertEqual(event_id, self.received_events(second)[0]["id"])
        self.events.enable_rule(Name=disabled, EventBusName=bus)
        late = self.put(bus, {"price": 13})
        self.assertEqual([late], [event["id"] for event in self.received_events(off)])
        self.assertEqual([late], [event["id"] for event in self.received_events(other)])
        self.assert_empty(off)
        self.assert_empty(other)

    def test_inputs_transform_what_the_target_gets(self):
        bus = self.bus()
        rows = [({"Input": '{"constant":1}'}, '{"constant":1}'),
                ({"InputPath": "$.detail.order.id"}, '"o-1"'),
                ({"InputTransformer": {"InputPathsMap": {"id": "$.detail.order.id", "n": "$.detail.n"},
                                       "InputTemplate": '{"order": <id>, "text": "n is <n>", "n": <n>}'}},
                 {"order": "o-1", "text": "n is 7", "n": 7}),
                ({"InputTransformer": {"InputPathsMap": {"id": "$.detail.order.id"},
                                       "InputTemplate": '"Order <id> was sold"'}}, '"Order o-1 was sold"')]
        urls = []
        for target, _ in rows:
            url, arn = self.queue()
            self.route(bus, {"source": ["shop"]}, arn, **target)
            urls.append(url)
        self.put(bus, {"order": {"id": "o-1"}, "n": 7})
        for url, (target, expected) in zip(urls, rows):
            with self.subTest(target):
                body = self.receive(url)[0]["Body"]
                self.assertEqual(expected, body if isinstance(expected, str) else json.loads(body))

    def test_a_fifo_target_keeps_the_order(self):
        bus = self.bus()
        url, arn = self.queue(self.name("ordered") + ".fifo", FifoQueue="true", ContentBasedDeduplication="true")
        self.route(bus, {"source": ["shop"]}, arn, SqsParameters={"MessageGroupId": "g"})
        sent = [self.put(bus, {"n": number}) for number in range(12)]
        self.assertEqual(sent, [event["id"] for event in self.received_events(url, len(sent))])

    def test_a_fifo_queue_takes_an_event_once_for_each_target(self):
        bus = self.bus()
        url, arn = self.queue(self.name("ordered") + ".fifo", FifoQueue="true", ContentBasedDeduplication="true")
        for who in ("audit", "billing"):
            self.route(bus, {"source": ["shop"]}, arn, SqsParameters={"MessageGroupId": who}, Input=json.dumps({"for": who}))
        self.put(bus, {})
        self.put(bus, {})
        bodies = [json.loads(message["Body"])["for"] for message in self.receive(url, 4)]
        self.assertEqual(["audit", "audit", "billing", "billing"], sorted(bodies))

    def test_a_hundred_events_arrive_once_each(self):
        bus = self.bus()
        url, arn = self.queue()
        self.route(bus, {"source": ["shop"]}, arn)
        ids = set()
        for batch in range(10):
            answer = self.events.put_events(Entries=[
                {"EventBusName": bus, "Source": "shop", "DetailType": "Sold", "Detail": json.dumps({"n": [batch, n]})}
                for n in range(10)])
            self.assertEqual(0, answer["FailedEntryCount"])
            ids |= {entry["EventId"] for entry in answer["Entries"]}
        self.assertEqual(100, len(ids))
        received = [event["id"] for event in self.received_events(url, 100)]
        self.assertEqual(sorted(ids), sorted(received))
        self.assert_empty(url)


class TestEventPattern(ServerTest):
    event = {"id": "1", "account": ACCOUNT, "source": "shop", "time": "2026-01-02T03:04:05Z", "region": REGION,
             "resources": [], "detail-type": "Sold", "detail": {"price": 12, "tags": ["a", "b"]}}

    def test_events_that_are_none_are_refused(self):
        for event in ("{", "[]", "{}", '{"id":"1"}'):
            with self.subTest(event):
                self.refused("ValidationException", "Parameter Event is not valid.",
                             self.events.test_event_pattern, EventPattern='{"source":["a"]}', Event=event)
        self.refused("InvalidEventPatternException", re.compile("^Event pattern is not valid. Reason: "),
                     self.events.test_event_pattern, EventPattern="this is not json", Event=json.dumps(self.event))

    def test_answers(self):
        for pattern, expected in (
                ({"source": ["shop"]}, True),
                ({"source": ["sho"]}, False),
                ({"source": [{"prefix": "sho"}]}, True),
                ({"source": [{"suffix": "op"}]}, True),
                ({"source": [{"wildcard": "s*p"}]}, True),
                ({"source": [{"equals-ignore-case": "SHOP"}]}, True),
                ({"source": [{"anything-but": ["shop"]}]}, False),
                ({"detail": {"price": [{"numeric": [">", 10, "<=", 12]}]}}, True),
                ({"detail": {"price": [{"numeric": [">", 12]}]}}, False),
                ({"detail": {"tags": ["b"]}}, True),
                ({"detail": {"colour": [{"exists": False}]}}, True),
                ({"detail": {"colour": [{"exists": True}]}}, False),
                ({"$or": [{"source": ["a"]}, {"detail-type": ["Sold"]}]}, True)):
            with self.subTest(pattern):
                answer = self.events.test_event_pattern(EventPattern=json.dumps(pattern), Event=json.dumps(self.event))
                self.assertIs(expected, answer["Result"])


class BadRequests(ServerTest):
    def tearDown(self):
        status, _, body = self.server.request("GET", "/_athanor/health")  # whatever was sent, it still answers
        self.assertEqual((200, "ok"), (status, json.loads(body)["status"]))

    def test_malformed_json(self):
        for body in (b"", b"{", b'{"Entries":', b"[]", b"nothing", b'{"Entries":"x"}', b"\xff\xfe", b'{"a":1}}'):
            with self.subTest(body):
                status, answer = self.server.json_request("AWSEvents.PutEvents", body)
                self.assertEqual(400, status)
                self.assertRegex(answer["__type"], r"(^|#)(SerializationException|ValidationException)$")

    def test_json_nested_without_end(self):
        detail = '{"a":' * 100_000 + "1" + "}" * 100_000
        status, answer = self.server.json_request("AWSEvents.PutEvents", json.dumps(
            {"Entries": [{"Source": "shop", "DetailType": "Sold", "Detail": detail}]}))
        self.assertEqual((200, 1, "MalformedDetail"),
                         (status, answer["FailedEntryCount"], answer["Entries"][0]["ErrorCode"]))
        status, answer = self.server.json_request("AWSEvents.PutEvents", "[" * 1_000_000)
        self.assertEqual(400, status)

    def test_unknown_operations(self):
        for target in ("AWSEvents.MakeCoffee", "AWSEvents.", "Nobody.PutEvents"):
            with self.subTest(target):
                status, answer = self.server.json_request(target, b"{}")
                self.assertEqual(400, status)
                self.assertRegex(answer["__type"], r"(^|#)UnknownOperationException$")
        status, _, body = self.server.request("POST", "/", b"Action=MakeCoffee&Version=2012-11-05",
                                              {"Content-Type": "application/x-www-form-urlencoded"})
        self.assertEqual(400, status)
        self.assertIn(b"<Code>InvalidAction</Code>", body)

    def test_a_body_over_the_limit_is_refused_before_it_is_read(self):
        with socket.create_connection(("127.0.0.1", self.server.port), timeout=10) as connection:
            connection.sendall(b"POST / HTTP/1.1\r\nHost: localhost\r\nX-Amz-Target: AWSEvents.PutEvents\r\n"
                               b"Content-Length: 70000001\r\n\r\n{")
            self.assertRegex(connection.recv(4096), rb"^HTTP/1\.1 413 ")

    def test_a_chunked_body_over_the_limit_is_refused(self):
        chunk = b"100000\r\n" + b" " * 0x100000 + b"\r\n"
        status = b""
        with socket.create_connection(("127.0.0.1", self.server.port), timeout=30) as connection:
            try:
                connection.sendall(b"POST / HTTP/1.1\r\nHost: localhost\r\nX-Amz-Target: AWSEvents.PutEvents\r\n"
                                   b"Transfer-Encoding: chunked\r\n\r\n")
                for _ in range(70):  # 73.4 million bytes
                    connection.sendall(chunk)
            except (BrokenPipeError, ConnectionResetError):
                pass  # refused before all of it was sent
            try:
                status = connection.recv(4096)
            except ConnectionResetError:
                return
        self.assertRegex(status, rb"^(HTTP/1\.1 413 |$)")

    def test_a_body_as_large_as_allowed_is_read(self):
        entries = b'{"Entries":[{"Source":"shop","DetailType":"Sold","Detail":"{}"}]'
        status, answer = self.server.json_request("AWSEvents.PutEvents", entries.ljust(8_388_607) + b"}")
        self.assertEqual((200, 0), (status, answer["FailedEntryCount"]))
        for operation, largest in (("ListEventBuses", 1_048_576), ("TestEventPattern", 8_388_608), ("PutEvents", 8_388_608)):
            status, answer = self.server.json_request(f"AWSEvents.{operation}", b"{".ljust(largest) + b"}")
            self.assertEqual((413, "RequestEntityTooLargeException"), (status, answer["__type"]))

    def test_more_than_the_server_takes_at_once_comes_again(self):
        # 300 requests of nearly 1 MB each, 100 at a time, far more than may wait: those told to try again later get through, and
        # the server carries on.
        entry = {"Source": "shop", "DetailType": "Sold", "Detail": json.dumps({"ballast": "x" * 1_000_000})}
        body = json.dumps({"Entries": [entry]}).encode()

        def put(_):
            deadline = time.monotonic() + 60
            while True:
                status, answer = self.server.json_request("AWSEvents.PutEvents", body)
                if (status, answer.get("__type")) != (400, "ThrottlingException") or time.monotonic() > deadline:
                    return status, answer
                time.sleep(0.05)

        with concurrent.futures.ThreadPoolExecutor(100) as clients:
            answers = list(clients.map(put, range(300)))
        self.assertEqual({200}, {status for status, _ in answers})
        self.assertEqual(300, len({answer["Entries"][0]["EventId"] for _, answer in answers}))
        self.assertEqual(200, self.server.json_request("AWSEvents.ListEventBuses", b"{}")[0])

    def test_a_request_says_its_length_wrongly(self):
        status, _, _ = self.server.request("POST", "/", None, {
            "Content-Length": "many", "X-Amz-Target": "AWSEvents.PutEvents"})
        self.assertEqual(400, status)

    def test_answers_carry_what_clients_look_for(self):
        status, headers, _ = self.server.request("POST", "/", b"{}", {
            "Content-Type": "application/x-amz-json-1.1", "X-Amz-Target": "AWSEvents.ListEventBuses"})
        self.assertEqual((200, "application/x-amz-json-1.1"), (status, headers["Content-Type"]))
        self.assertTrue(headers["x-amzn-RequestId"])
        self.assertEqual(1, len(headers.get_all("Date")))

    def test_times_come_as_seconds_fractions_or_text(self):
        bus = self.bus()
        url, arn = self.queue()
        self.route(bus, {"source": ["shop"]}, arn)
        for given in (1767323045, 1767323045.9, "2026-01-02T03:04:05Z", "2026-01-02T04:04:05+01:00"):
            with self.subTest(given):
                status, answer = self.server.json_request("AWSEvents.PutEvents", json.dumps({"Entries": [
                    {"EventBusName": bus, "Source": "shop", "DetailType": "Sold", "Detail": "{}", "Time": given}]}))
                self.assertEqual((200, 0), (status, answer.get("FailedEntryCount")), answer)
                self.assertEqual("2026-01-02T03:04:05Z", self.received_events(url)[0]["time"])


if __name__ == "__main__":
    unittest.main()
