"""Dead letters of rules' targets, with boto3: what cannot be delivered, and why."""

import json
import subprocess
import unittest

from server import ACCOUNT, BINARY, REGION, ServerTest

EVENTS_ARN = f"arn:aws:events:{REGION}:{ACCOUNT}"


class DeadLetters(ServerTest):
    def dead_letter(self, target, **target_parameters):
        bus = self.bus()
        url, arn = self.queue()
        rule = self.route(bus, {"source": ["shop"]}, target, DeadLetterConfig={"Arn": arn}, **target_parameters)
        event_id = self.put(bus, {"n": 1})
        message = self.receive(url)[0]
        self.assertEqual(event_id, json.loads(message["Body"])["id"])  # the event as it was put, without the target's Input
        attributes = {name: value["StringValue"] for name, value in message["MessageAttributes"].items()}
        self.assertEqual(f"{EVENTS_ARN}:rule/{bus}/{rule}", attributes["RULE_ARN"])
        self.assertEqual(target, attributes["TARGET_ARN"])
        return attributes

    def test_a_missing_queue(self):
        attributes = self.dead_letter(f"arn:aws:sqs:{REGION}:{ACCOUNT}:missing", Input='{"other":true}')
        self.assertEqual(("NO_RESOURCE", "0"), (attributes["ERROR_CODE"], attributes["RETRY_ATTEMPTS"]))
        self.assertTrue(attributes["ERROR_MESSAGE"])
        self.assertNotIn("EXHAUSTED_RETRY_CONDITION", attributes)

    def test_a_missing_function(self):
        attributes = self.dead_letter(f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:missing")
        self.assertEqual(("NO_RESOURCE", "0"), (attributes["ERROR_CODE"], attributes["RETRY_ATTEMPTS"]))
        self.assertTrue(attributes["ERROR_MESSAGE"])

    def test_a_message_that_is_too_large_for_the_queue(self):
        _, small = self.queue(MaximumMessageSize="1024")
        bus = self.bus()
        url, arn = self.queue()
        self.route(bus, {"source": ["shop"]}, small, DeadLetterConfig={"Arn": arn})
        event_id = self.put(bus, {"text": "x" * 2_000})
        message = self.receive(url)[0]
        self.assertEqual(event_id, json.loads(message["Body"])["id"])
        self.assertTrue(message["MessageAttributes"]["ERROR_CODE"]["StringValue"])

    def test_an_event_too_large_for_any_message(self):
        bus = self.bus()
        target, (url, arn) = self.queue()[1], self.queue()
        self.route(bus, {"source": ["shop"]}, target, DeadLetterConfig={"Arn": arn})
        event_id = self.put(bus, {"text": "x" * 1_048_540})
        message = self.receive(url)[0]
        self.assertGreater(len(message["Body"]), 1_048_576)
        self.assertEqual(event_id, json.loads(message["Body"])["id"])

    def test_a_group_id_of_the_event_that_no_queue_takes(self):
        _, fifo = self.queue(self.name("q") + ".fifo", FifoQueue="true")
        bus = self.bus()
        url, arn = self.queue()
        self.route(bus, {"source": ["shop"]}, fifo, SqsParameters={"MessageGroupId": "$.detail.group"},
                   DeadLetterConfig={"Arn": arn})
        refused = {self.put(bus, {"group": group}) for group in ("two words", "x" * 129, "größe", "")}
        self.put(bus, {"group": "x" * 128})
        messages = self.receive(url, len(refused))
        self.assertEqual(refused, {json.loads(message["Body"])["id"] for message in messages})
        codes = {message["MessageAttributes"]["ERROR_CODE"]["StringValue"] for message in messages}
        self.assertEqual({"INVALID_PARAMETER"}, codes)
        self.assert_empty(url)

    def test_a_fifo_queue_cannot_be_one(self):
        bus = self.bus()
        self.events.put_rule(Name="r", EventBusName=bus, EventPattern='{"source": ["shop"]}')
        arn = f"arn:aws:sqs:{REGION}:{ACCOUNT}:letters.fifo"
        self.refused("ValidationException", None, self.events.put_targets, Rule="r", EventBusName=bus,
                     Targets=[{"Id": "1", "Arn": self.queue()[1], "DeadLetterConfig": {"Arn": arn}}])

    def test_without_a_dead_letter_queue_the_other_targets_still_get_the_event(self):
        bus = self.bus()
        url, arn = self.queue()
        self.route(bus, {"source": ["shop"]}, f"arn:aws:sqs:{REGION}:{ACCOUNT}:missing")
        self.route(bus, {"source": ["shop"]}, arn)
        event_id = self.put(bus, {})
        self.assertEqual(event_id, self.received_events(url)[0]["id"])


class Redrive(ServerTest):
    """athanor dlq QUEUE --redrive."""

    LETTERS = 130  # more than are shown by default

    def setUp(self):
        self.bus_name, (self.url, arn) = self.bus(), self.queue()
        missing = f"arn:aws:sqs:{REGION}:{ACCOUNT}:missing"
        self.route(self.bus_name, {"source": ["shop"]}, missing, DeadLetterConfig={"Arn": arn})
        for number in range(self.LETTERS):
            self.put(self.bus_name, {"n": number})

    def redrive(self, *options):
        ran = subprocess.run([BINARY, "dlq", self.url, "--redrive", "--json", "--endpoint", self.server.endpoint, *options],
                             capture_output=True, text=True, timeout=60)
        self.assertEqual((0, ""), (ran.returncode, ran.stderr))
        return json.loads(ran.stdout)

    def test_takes_all_that_lie_there_and_none_that_comes_back(self):
        self.assertEqual({"Redriven": self.LETTERS, "Left": 0}, self.redrive())
        again = self.receive(self.url, self.LETTERS)
        self.assertEqual(set(range(self.LETTERS)), {json.loads(message["Body"])["detail"]["n"] for message in again})
        self.assert_empty(self.url)

    def test_puts_an_event_with_several_letters_once(self):
        bus, (live, live_arn), (self.url, arn) = self.bus(), self.queue(), self.queue()
        self.route(bus, {"source": ["shop"]}, live_arn)
        for missing in ("m1", "m2"):
            self.route(bus, {"source": ["shop"]}, f"arn:aws:sqs:{REGION}:{ACCOUNT}:{missing}", DeadLetterConfig={"Arn": arn})
        self.put(bus, {"n": 1})
        self.put(bus, {"n": 2})
        self.assertEqual({"Redriven": 4, "Left": 0}, self.redrive())
        self.assertEqual([1, 1, 2, 2], sorted(event["detail"]["n"] for event in self.received_events(live, 4)))
        self.assert_empty(live)
        self.assertEqual(4, len(self.receive(self.url, 4)))  # of the two that were put: both targets are still missing
        self.assert_empty(self.url)

    def test_puts_letters_without_the_id_of_their_event_each(self):
        self.receive(self.url, self.LETTERS)
        self.send_letter()
        self.send_letter()
        self.assertEqual({"Redriven": 2, "Left": 0}, self.redrive())
        self.assertEqual(2, len(self.receive(self.url, 2)))
        self.assert_empty(self.url)

    def test_leaves_what_is_no_event_of_a_rule(self):
        self.sqs.send_message(QueueUrl=self.url, MessageBody="no event")
        self.assertEqual({"Redriven": self.LETTERS, "Left": 1}, self.redrive())

    def send_letter(self, **members):
        rule = self.events.list_rules(EventBusName=self.bus_name)["Rules"][0]["Arn"]
        self.sqs.send_message(QueueUrl=self.url, MessageBody=json.dumps(
            {"source": "shop", "detail-type": "Sold", "detail": {}, **members}),
            MessageAttributes={"RULE_ARN": {"DataType": "String", "StringValue": rule}})

    def test_leaves_an_event_that_came_by_a_replay(self):
        self.send_letter(**{"replay-name": "r"})
        self.assertEqual({"Redriven": self.LETTERS, "Left": 1}, self.redrive())

    def test_leaves_what_the_bus_refuses_and_goes_on(self):
        self.receive(self.url, self.LETTERS)
        self.send_letter(source="aws.events")
        self.send_letter(source="aws.of-nobody")
        self.put(self.bus_name, {"text": "x" * 1_048_546})  # it leaves no room for the time that it has by now
        self.send_letter()
        self.assertEqual({"Redriven": 1, "Left": 3}, self.redrive())

    def test_leaves_an_event_whose_bus_is_gone(self):
        for rule in self.events.list_rules(EventBusName=self.bus_name)["Rules"]:
            self.events.remove_targets(EventBusName=self.bus_name, Rule=rule["Name"], Ids=["1"])
            self.events.delete_rule(EventBusName=self.bus_name, Name=rule["Name"])
        self.events.delete_event_bus(Name=self.bus_name)
        self.assertEqual({"Redriven": 0, "Left": self.LETTERS}, self.redrive())

    def test_counts_what_a_fifo_queue_keeps_back_and_hides_nothing(self):
        queue = self.sqs.create_queue(QueueName=self.name("letters") + ".fifo", Attributes={"FifoQueue": "true"})["QueueUrl"]
        for number in range(25):
            self.sqs.send_message(QueueUrl=queue, MessageBody="no event", MessageGroupId="one",
                                  MessageDeduplicationId=str(number))
        self.url = queue
        self.assertEqual({"Redriven": 0, "Left": 25}, self.redrive())
        self.assertEqual(10, len(self.sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10)["Messages"]))

    def test_stops_at_its_limit(self):
        self.assertEqual({"Redriven": 7, "Left": 0}, self.redrive("--limit", "7"))


if __name__ == "__main__":
    unittest.main()
