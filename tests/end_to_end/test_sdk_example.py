"""examples/sdk, as a user's program."""

import os
import pathlib
import subprocess

from server import BINARY, ServerTest

EXAMPLE = pathlib.Path(BINARY).with_name("sdk-example")


class SdkExample(ServerTest):
    def publish(self, bus, code):
        ran = subprocess.run([EXAMPLE], capture_output=True, text=True, timeout=60, stdin=subprocess.DEVNULL,
                             env={"PATH": os.environ["PATH"], "AWS_ENDPOINT_URL": self.server.endpoint,
                                  "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test",
                                  "EVENTBRIDGE__EVENT_BUS_NAME": bus, "EVENTBRIDGE__SOURCE_PREFIX": "shop"})
        self.assertEqual(code, ran.returncode, ran.stdout + ran.stderr)
        return ran.stdout.strip()

    def test_its_event_is_on_the_bus_when_it_has_a_receipt(self):
        bus = self.bus()
        url, arn = self.queue()
        self.route(bus, {"source": ["shop.orders"]}, arn)
        event_id = self.publish(bus, 0)
        event, = self.received_events(url)
        self.assertEqual((event_id, "OrderPlaced", "12.50"),
                         (event["id"], event["detail-type"], event["detail"]["amount"]))

    def test_a_bus_that_is_not_there_gives_none(self):
        self.assertIn("does not exist", self.publish("nobus", 1))
