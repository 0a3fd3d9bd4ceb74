"""Dead letters of rules' targets, with boto3: what cannot be delivered, and why."""

import json
import unittest

from server import ACCOUNT, REGION, ServerTest

EVENTS_ARN = f"arn:aws:events:{REGION}:{ACCOUNT}"


class DeadLetters(ServerTest):
    def dead_letter(self, target, **target_parameters):
        bus = self.bus()
        url, arn = self.queue()
        rule = self.route(bus, {"source": ["shop"]}, target, DeadLetterConfig={"Arn": arn}, **target_parameters)
        event_id = self.put(bus, {"n": 1})
        message = self.receive(url)[0]
        self.assertEqual(event_id, json.loads(message["Body"])["id"])  # the event as it came, without any Input
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


if __name__ == "__main__":
    unittest.main()
