"""Scheduled rules, with boto3: once for each minute, across a kill -9."""

import json
import time
import unittest

from server import ACCOUNT, REGION, ServerTest

MINUTE = 60


class ScheduledRules(ServerTest):
    def test_a_rule_runs_once_for_each_of_its_times(self):
        name = self.name("tick")
        queue = self.sqs.create_queue(QueueName=name)["QueueUrl"]
        rule = self.events.put_rule(Name=name, ScheduleExpression="cron(* * * * ? *)")["RuleArn"]
        arn = f"arn:aws:sqs:{REGION}:{ACCOUNT}:{name}"
        self.events.put_targets(Rule=name, Targets=[{"Id": "whole", "Arn": arn},
                                                    {"Id": "constant", "Arn": arn, "Input": '{"mode":"trade"}'}])

        self.server.kill()  # the rule is durable, and so is the fact that it has not run
        self.server.start()
        event, constant = sorted(self.receive(queue, 2), key=lambda body: "mode" in body)
        self.assertEqual({"mode": "trade"}, constant)
        self.assertRegex(event.pop("time"), r"^\d{4}-\d\d-\d\dT\d\d:\d\d:00Z$")
        self.assertRegex(event.pop("id"), r"^[0-9a-f-]{36}$")
        self.assertEqual({"version": "0", "detail-type": "Scheduled Event", "source": "aws.events", "account": ACCOUNT,
                          "region": REGION, "resources": [rule], "detail": {}}, event)

        self.events.disable_rule(Name=name)
        self.server.kill()
        self.server.start()
        self.assertNotIn("Messages", self.sqs.receive_message(QueueUrl=queue, WaitTimeSeconds=1))

    def receive(self, queue, count):
        """The bodies of that many messages, which arrive within the next minute; they are deleted."""
        bodies = []
        deadline = time.monotonic() + MINUTE + 15
        while len(bodies) < count and time.monotonic() < deadline:
            for message in self.sqs.receive_message(QueueUrl=queue, WaitTimeSeconds=20,
                                                    MaxNumberOfMessages=10).get("Messages", []):
                bodies.append(json.loads(message["Body"]))
                self.sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
        self.assertEqual(count, len(bodies))
        return bodies


if __name__ == "__main__":
    unittest.main()
