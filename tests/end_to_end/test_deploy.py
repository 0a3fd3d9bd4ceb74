"""The deploy command: what it keeps from the last deploy, and what it says after a refusal."""

import pathlib
import subprocess
import tempfile
import unittest

from server import BINARY, Server

TEMPLATE = """
Parameters: {Stage: {Type: String, Default: dev}}
Resources: {Q: {Type: AWS::SQS::Queue, Properties: {QueueName: !Sub 'orders-${Stage}'}}}
"""
KEPT = "changes made before the error are kept"


class Deploy(unittest.TestCase):
    def setUp(self):
        self.server = Server()
        self.addCleanup(self.server.close)
        self.server.start()
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.template = pathlib.Path(folder.name) / "template.yaml"

    def deploy(self, text, *options):
        self.template.write_text(text)
        return self.run_athanor("deploy", self.template, "--stack", "shop", *options)

    def run_athanor(self, *words):
        command = [BINARY, "--endpoint", self.server.endpoint, *words]
        return subprocess.run(command, capture_output=True, text=True, timeout=30)

    def test_a_parameter_that_is_not_given_keeps_its_value(self):
        self.assertIn("1 created", self.deploy(TEMPLATE, "--parameter", "Stage=prod").stdout)
        self.assertIn("nothing to do", self.deploy(TEMPLATE).stdout)
        self.assertIn("orders-test", self.deploy(TEMPLATE, "--parameter", "Stage=test").stdout)

    def test_a_refusal_speaks_of_what_is_kept_when_something_is(self):
        unread = self.deploy(TEMPLATE.replace("QueueName", "QueueNam"))
        self.assertEqual(1, unread.returncode)
        self.assertIn("did you mean QueueName?", unread.stderr)
        self.assertNotIn(KEPT, unread.stderr)
        begun = self.deploy(
            "Resources: {Q: {Type: AWS::SQS::Queue, Properties: {QueueName: q}}, "
            "R: {Type: AWS::SQS::Queue, Properties: {Tags: [{Key: '', Value: v}]}}}"
        )
        self.assertEqual(1, begun.returncode)
        self.assertIn(KEPT, begun.stderr)

    def test_a_stack_that_is_deleted_in_part_says_where_the_rest_is_seen(self):
        self.deploy("Resources: {B: {Type: AWS::Events::EventBus, Properties: {Name: b}}, Q: {Type: AWS::SQS::Queue}}")
        self.server.client("events").put_rule(Name="theirs", EventBusName="b", EventPattern='{"source": ["x"]}')
        refused = self.run_athanor("stacks", "shop", "--delete")
        self.assertEqual(1, refused.returncode)
        self.assertIn("next: athanor stacks shop shows what is left", refused.stderr)
        self.assertIn("athanor stacks lists the stacks", self.run_athanor("stacks", "shp", "--delete").stderr)


if __name__ == "__main__":
    unittest.main()
