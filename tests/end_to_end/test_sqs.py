"""SQS with boto3 (Debian's speaks the query protocol, XML) and, where marked, raw JSON as newer clients do."""

import concurrent.futures
import hashlib
import json
import re
import socket
import time
import unittest

from server import ACCOUNT, REGION, ServerTest, wait_until

NO_QUEUE = "AWS.SimpleQueueService.NonExistentQueue"


class Queues(ServerTest):
    def test_unknown_queues_are_refused(self):
        message = "The specified queue does not exist for this wsdl version."
        name = self.name("missing")
        self.refused(NO_QUEUE, message, self.sqs.get_queue_url, QueueName=name)
        url = f"{self.server.endpoint}/{ACCOUNT}/{name}"
        for operation, more in ((self.sqs.get_queue_attributes, {"AttributeNames": ["All"]}),
                                (self.sqs.set_queue_attributes, {"Attributes": {"DelaySeconds": "1"}}),
                                (self.sqs.send_message, {"MessageBody": "x"}), (self.sqs.receive_message, {}),
                                (self.sqs.delete_message, {"ReceiptHandle": "x"}), (self.sqs.purge_queue, {}),
                                (self.sqs.delete_queue, {})):
            with self.subTest(operation.__name__):
                self.refused(NO_QUEUE, message, operation, QueueUrl=url, **more)

    def test_unknown_queues_in_json(self):
        status, headers, body = self.server.request("POST", "/", json.dumps({"QueueName": "missing"}), {
            "Content-Type": "application/x-amz-json-1.0", "X-Amz-Target": "AmazonSQS.GetQueueUrl",
            "x-amzn-query-mode": "true"})
        self.assertEqual((400, f"{NO_QUEUE};Sender"), (status, headers["x-amzn-query-error"]))
        self.assertEqual({"__type": "com.amazonaws.sqs#QueueDoesNotExist",
                          "message": "The specified queue does not exist."}, json.loads(body))

    def test_attributes_outside_their_limits_are_refused(self):
        rows = {"VisibilityTimeout": ("-1", "43201", "x"), "DelaySeconds": ("-1", "901"),
                "MessageRetentionPeriod": ("59", "1209601"), "ReceiveMessageWaitTimeSeconds": ("-1", "21"),
                "MaximumMessageSize": ("1023", "1048577")}
        for name, values in rows.items():
            for value in values:
                with self.subTest(name, value=value):
                    self.refused("InvalidAttributeValue", re.compile(f"{name}"), self.sqs.create_queue,
                                 QueueName=self.name(), Attributes={name: value})
        self.refused("InvalidAttributeName", "Unknown Attribute Colour.", self.sqs.create_queue,
                     QueueName=self.name(), Attributes={"Colour": "red"})
        self.refused("InvalidAttributeName", "Unknown Attribute FifoQueue.", self.sqs.create_queue,
                     QueueName=self.name(), Attributes={"FifoQueue": "false"})

    def test_names_that_no_queue_can_have_are_refused(self):
        for name in ("two words", "x" * 81, "a.b"):
            with self.subTest(name):
                self.refused("InvalidParameterValue", None, self.sqs.create_queue, QueueName=name)

    def test_a_queue_is_made_found_described_and_deleted(self):
        name = self.name("orders")
        url = self.sqs.create_queue(QueueName=name, Attributes={"VisibilityTimeout": "45"})["QueueUrl"]
        self.assertEqual(f"{self.server.endpoint}/{ACCOUNT}/{name}", url)
        self.assertEqual(url, self.sqs.get_queue_url(QueueName=name)["QueueUrl"])
        attributes = self.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
        expected = {"QueueArn": f"arn:aws:sqs:{REGION}:{ACCOUNT}:{name}", "VisibilityTimeout": "45",
                    "DelaySeconds": "0", "MessageRetentionPeriod": "345600", "ReceiveMessageWaitTimeSeconds": "0",
                    "MaximumMessageSize": "1048576", "ApproximateNumberOfMessages": "0",
                    "ApproximateNumberOfMessagesNotVisible": "0", "ApproximateNumberOfMessagesDelayed": "0",
                    "SqsManagedSseEnabled": "true"}
        self.assertEqual(expected, {key: attributes.get(key) for key in expected})
        self.assertLess(abs(int(attributes["CreatedTimestamp"]) - time.time()), 60)
        self.assertNotIn("Attributes", self.sqs.get_queue_attributes(QueueUrl=url))
        some = self.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["DelaySeconds"])["Attributes"]
        self.assertEqual({"DelaySeconds": "0"}, some)
        self.sqs.delete_queue(QueueUrl=url)
        self.refused(NO_QUEUE, None, self.sqs.get_queue_url, QueueName=name)

    def test_making_a_queue_again_needs_the_same_attributes(self):
        name = self.name("again")
        url = self.sqs.create_queue(QueueName=name, Attributes={"DelaySeconds": "3"})["QueueUrl"]
        self.assertEqual(url, self.sqs.create_queue(QueueName=name, Attributes={"DelaySeconds": "3"})["QueueUrl"])
        self.refused("QueueAlreadyExists",
                     "A queue already exists with the same name and a different value for attribute DelaySeconds",
                     self.sqs.create_queue, QueueName=name, Attributes={"DelaySeconds": "4"})

    def test_attributes_are_set(self):
        url, _ = self.queue()
        self.sqs.set_queue_attributes(QueueUrl=url, Attributes={"VisibilityTimeout": "7", "DelaySeconds": "0"})
        got = self.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["VisibilityTimeout"])["Attributes"]
        self.assertEqual({"VisibilityTimeout": "7"}, got)
        self.refused("InvalidAttributeValue", re.compile("VisibilityTimeout"), self.sqs.set_queue_attributes,
                     QueueUrl=url, Attributes={"VisibilityTimeout": "never"})
        self.refused("InvalidAttributeName", None, self.sqs.get_queue_attributes, QueueUrl=url,
                     AttributeNames=["Colour"])

    def test_lists_filter_by_prefix_and_page(self):
        prefix = self.name("list")
        self.assertNotIn("QueueUrls", self.sqs.list_queues(QueueNamePrefix=prefix))
        urls = sorted(self.queue(f"{prefix}-{number}")[0] for number in range(5))
        self.queue()
        self.assertEqual(urls, sorted(self.sqs.list_queues(QueueNamePrefix=prefix)["QueueUrls"]))
        pages = list(self.sqs.get_paginator("list_queues").paginate(
            QueueNamePrefix=prefix, PaginationConfig={"PageSize": 2}))
        self.assertEqual(urls, sorted(url for page in pages for url in page["QueueUrls"]))
        self.assertEqual(3, len(pages))

    def test_tags(self):
        url, _ = self.queue()
        self.sqs.tag_queue(QueueUrl=url, Tags={"team": "shop", "stage": "dev"})
        self.sqs.untag_queue(QueueUrl=url, TagKeys=["stage"])
        self.assertEqual({"team": "shop"}, self.sqs.list_queue_tags(QueueUrl=url)["Tags"])


class Messages(ServerTest):
    def test_receiving_outside_the_limits_is_refused(self):
        url, _ = self.queue()
        self.refused("InvalidParameterValue", "Value 11 for parameter MaxNumberOfMessages is invalid. Reason: Must be "
                     "between 1 and 10, if provided.", self.sqs.receive_message, QueueUrl=url, MaxNumberOfMessages=11)
        self.refused("InvalidParameterValue", "Value 21 for parameter WaitTimeSeconds is invalid. Reason: Must be >= 0 "
                     "and <= 20, if provided.", self.sqs.receive_message, QueueUrl=url, WaitTimeSeconds=21)

    def test_bodies_outside_the_limits_are_refused(self):
        url, _ = self.queue()
        self.refused("InvalidParameterValue",
                     "One or more parameters are invalid. Reason: Message must be shorter than 1048576 bytes.",
                     self.sqs.send_message, QueueUrl=url, MessageBody="x" * 1_048_577)
        self.refused("MissingParameter", "The request must contain the parameter MessageBody.",
                     self.sqs.send_message, QueueUrl=url, MessageBody="")
        self.refused("InvalidMessageContents", None, self.sqs.send_message, QueueUrl=url, MessageBody="a\u0001b")
        self.refused("InvalidParameterValue", None, self.sqs.send_message, QueueUrl=url, MessageBody="x",
                     DelaySeconds=901)
        self.assert_empty(url)

    def test_batches_outside_the_limits_are_refused(self):
        url, _ = self.queue()
        def entries(count, body="x"):
            return [{"Id": str(number), "MessageBody": body} for number in range(count)]
        prefix = "AWS.SimpleQueueService."
        self.refused(prefix + "EmptyBatchRequest", None, self.sqs.send_message_batch, QueueUrl=url, Entries=[])
        self.refused(prefix + "TooManyEntriesInBatchRequest",
                     "Maximum number of entries per request are 10. You have sent 11.", self.sqs.send_message_batch,
                     QueueUrl=url, Entries=entries(11))
        self.refused(prefix + "BatchEntryIdsNotDistinct", None, self.sqs.send_message_batch, QueueUrl=url,
                     Entries=entries(1) + entries(1))
        self.refused(prefix + "InvalidBatchEntryId", None, self.sqs.send_message_batch, QueueUrl=url,
                     Entries=[{"Id": "two words", "MessageBody": "x"}])
        self.refused(prefix + "BatchRequestTooLong",
                     "Batch requests cannot be longer than 1048576 bytes. You have sent 1048578 bytes.",
                     self.sqs.send_message_batch, QueueUrl=url, Entries=entries(2, "x" * 524_289))
        self.assert_empty(url)

    def test_bad_receipt_handles_are_refused(self):
        url, _ = self.queue()
        self.refused("ReceiptHandleIsInvalid", re.compile("not a valid receipt handle"), self.sqs.delete_message,
                     QueueUrl=url, ReceiptHandle="nonsense")
        self.refused("ReceiptHandleIsInvalid", None, self.sqs.change_message_visibility, QueueUrl=url,
                     ReceiptHandle="nonsense", VisibilityTimeout=1)

    def test_the_largest_message_comes_back_whole(self):
        url, _ = self.queue()
        body = "ä" * (1_048_576 // 2)
        self.sqs.send_message(QueueUrl=url, MessageBody=body)
        self.assertEqual(body, self.receive(url)[0]["Body"])

    def test_awkward_text_comes_back_as_it_was(self):
        url, _ = self.queue()
        for body in ('<a href="x">&amp;</a>', "\r\n\t ", " leading and trailing ", "日本語 🚀", "a\rb", "%00+&=", "]]>"):
            with self.subTest(body):
                self.sqs.send_message(QueueUrl=url, MessageBody=body)
                self.assertEqual(body, self.receive(url)[0]["Body"])

    def test_a_message_is_sent_received_and_deleted(self):
        url, _ = self.queue()
        attributes = {"kind": {"DataType": "String", "StringValue": "order"},
                      "count": {"DataType": "Number.int", "StringValue": "3"},
                      "raw": {"DataType": "Binary", "BinaryValue": b"\x00\xff"}}
        sent = self.sqs.send_message(QueueUrl=url, MessageBody="hello", MessageAttributes=attributes)
        self.assertEqual(hashlib.md5(b"hello").hexdigest(), sent["MD5OfMessageBody"])
        message = self.sqs.receive_message(QueueUrl=url, AttributeNames=["All"],
                                           MessageAttributeNames=["All"])["Messages"][0]
        self.assertEqual((sent["MessageId"], "hello"), (message["MessageId"], message["Body"]))
        self.assertEqual(attributes, message["MessageAttributes"])
        self.assertEqual(sent["MD5OfMessageAttributes"], message["MD5OfMessageAttributes"])
        self.assertEqual("1", message["Attributes"]["ApproximateReceiveCount"])
        self.assertLess(abs(int(message["Attributes"]["SentTimestamp"]) / 1000 - time.time()), 60)
        counts = self.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
        self.assertEqual(("0", "1"), (counts["ApproximateNumberOfMessages"],
                                      counts["ApproximateNumberOfMessagesNotVisible"]))
        self.sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        self.sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])  # a second time is not an error
        self.assert_empty(url)

    def test_only_the_attributes_asked_for_come(self):
        url, _ = self.queue()
        text = {"DataType": "String", "StringValue": "x"}
        self.sqs.send_message(QueueUrl=url, MessageBody="x",
                              MessageAttributes={"a.one": text, "a.two": text, "b": text})
        def names(*wanted):
            got = self.sqs.receive_message(QueueUrl=url, VisibilityTimeout=0, MessageAttributeNames=list(wanted))
            return sorted(got["Messages"][0].get("MessageAttributes", {}))
        self.assertEqual([], names())
        self.assertEqual(["b"], names("b"))
        self.assertEqual(["a.one", "a.two"], names("a.*"))
        self.assertEqual(["a.one", "a.two", "b"], names("All"))

    def test_batches_answer_entry_by_entry(self):
        url, _ = self.queue()
        answer = self.sqs.send_message_batch(QueueUrl=url, Entries=[
            {"Id": "a", "MessageBody": "1"}, {"Id": "b", "MessageBody": "2", "DelaySeconds": 901},
            {"Id": "c", "MessageBody": "3"}])
        self.assertEqual(["a", "c"], [entry["Id"] for entry in answer["Successful"]])
        self.assertEqual([("b", True)], [(entry["Id"], entry["SenderFault"]) for entry in answer["Failed"]])
        received = []
        while len(received) < 2:
            received += self.sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=5)["Messages"]
        self.assertEqual(["1", "3"], sorted(message["Body"] for message in received))
        deleted = self.sqs.delete_message_batch(QueueUrl=url, Entries=[
            {"Id": "a", "ReceiptHandle": received[0]["ReceiptHandle"]}, {"Id": "b", "ReceiptHandle": "nonsense"},
            {"Id": "c", "ReceiptHandle": received[1]["ReceiptHandle"]}])
        self.assertEqual(["a", "c"], [entry["Id"] for entry in deleted["Successful"]])
        self.assertEqual([("b", "ReceiptHandleIsInvalid")], [(e["Id"], e["Code"]) for e in deleted["Failed"]])
        self.assert_empty(url)

    def test_a_received_message_hides_until_its_time_is_over(self):
        url, _ = self.queue(VisibilityTimeout="1")
        self.sqs.send_message(QueueUrl=url, MessageBody="x")
        first = self.sqs.receive_message(QueueUrl=url)["Messages"][0]
        self.assertNotIn("Messages", self.sqs.receive_message(QueueUrl=url))
        again = self.sqs.receive_message(QueueUrl=url, WaitTimeSeconds=5, AttributeNames=["All"])["Messages"][0]
        self.assertEqual("2", again["Attributes"]["ApproximateReceiveCount"])
        self.assertNotEqual(first["ReceiptHandle"], again["ReceiptHandle"])

    def test_visibility_is_changed(self):
        url, _ = self.queue()
        self.sqs.send_message(QueueUrl=url, MessageBody="x")
        message = self.sqs.receive_message(QueueUrl=url)["Messages"][0]
        self.refused("InvalidParameterValue", None, self.sqs.change_message_visibility, QueueUrl=url,
                     ReceiptHandle=message["ReceiptHandle"], VisibilityTimeout=43_201)
        self.sqs.change_message_visibility(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"], VisibilityTimeout=0)
        again = self.sqs.receive_message(QueueUrl=url)["Messages"][0]
        self.assertEqual(message["MessageId"], again["MessageId"])
        answer = self.sqs.change_message_visibility_batch(QueueUrl=url, Entries=[
            {"Id": "a", "ReceiptHandle": again["ReceiptHandle"], "VisibilityTimeout": 0}])
        self.assertEqual(["a"], [entry["Id"] for entry in answer["Successful"]])
        self.assertEqual(1, len(self.sqs.receive_message(QueueUrl=url)["Messages"]))

    def test_a_delayed_message_comes_later(self):
        url, _ = self.queue()
        self.sqs.send_message(QueueUrl=url, MessageBody="x", DelaySeconds=1)
        sent = time.monotonic()
        self.assertNotIn("Messages", self.sqs.receive_message(QueueUrl=url))
        counts = self.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
        self.assertEqual("1", counts["ApproximateNumberOfMessagesDelayed"])
        self.receive(url)
        self.assertGreater(time.monotonic() - sent, 0.9)

    def test_purging_empties_a_queue(self):
        url, _ = self.queue()
        for number in range(3):
            self.sqs.send_message(QueueUrl=url, MessageBody=str(number))
        self.sqs.receive_message(QueueUrl=url)
        self.sqs.purge_queue(QueueUrl=url)
        self.assert_empty(url)
        self.assertNotIn("Messages", self.sqs.receive_message(QueueUrl=url))

    def test_messages_with_control_characters_in_json_are_refused(self):
        url, _ = self.queue()
        status, answer = self.server.json_request("AmazonSQS.SendMessage", json.dumps(
            {"QueueUrl": url, "MessageBody": "a\u0000b"}), "1.0")
        self.assertEqual((400, "com.amazonaws.sqs#InvalidMessageContents"), (status, answer["__type"]))

    def test_json_and_xml_clients_share_queues(self):
        url, _ = self.queue()
        status, sent = self.server.json_request("AmazonSQS.SendMessage", json.dumps(
            {"QueueUrl": url, "MessageBody": "from json"}), "1.0")
        self.assertEqual(200, status, sent)
        message = self.receive(url)[0]
        self.assertEqual((sent["MessageId"], "from json"), (message["MessageId"], message["Body"]))
        status, empty = self.server.json_request("AmazonSQS.ReceiveMessage", json.dumps({"QueueUrl": url}), "1.0")
        self.assertEqual(200, status)
        self.assertNotIn("Messages", empty)


class LongPolling(ServerTest):
    def test_a_poll_without_messages_takes_its_time(self):
        url, _ = self.queue()
        started = time.monotonic()
        self.assertNotIn("Messages", self.sqs.receive_message(QueueUrl=url, WaitTimeSeconds=1))
        self.assertTrue(0.9 < time.monotonic() - started < 3, time.monotonic() - started)

    def test_the_queues_own_waiting_time_counts(self):
        url, _ = self.queue(ReceiveMessageWaitTimeSeconds="1")
        started = time.monotonic()
        self.assertNotIn("Messages", self.sqs.receive_message(QueueUrl=url))
        self.assertGreater(time.monotonic() - started, 0.9)

    def test_a_poll_ends_when_a_message_arrives(self):
        url, _ = self.queue()
        with concurrent.futures.ThreadPoolExecutor() as pool:
            poll = pool.submit(self.server.client("sqs").receive_message, QueueUrl=url, WaitTimeSeconds=20)
            with self.assertRaises(concurrent.futures.TimeoutError):
                poll.result(0.2)  # it waits
            sent = time.monotonic()
            self.sqs.send_message(QueueUrl=url, MessageBody="x")
            self.assertEqual("x", poll.result(10)["Messages"][0]["Body"])
            self.assertLess(time.monotonic() - sent, 3)

    def test_twenty_polls_share_twenty_messages(self):
        url, _ = self.queue()
        with concurrent.futures.ThreadPoolExecutor(20) as pool:
            polls = [pool.submit(self.server.client("sqs").receive_message, QueueUrl=url, WaitTimeSeconds=20)
                     for _ in range(20)]
            for batch in range(2):
                self.sqs.send_message_batch(QueueUrl=url, Entries=[
                    {"Id": str(number), "MessageBody": f"{batch}{number}"} for number in range(10)])
            bodies = [message["Body"] for poll in polls for message in poll.result(30)["Messages"]]
        self.assertEqual(20, len(bodies))
        self.assertEqual(20, len(set(bodies)))

    def test_a_receiver_that_hung_up_takes_no_message_with_it(self):
        url, _ = self.queue()
        impatient = self.server.client("sqs", read_timeout=0.2)
        with self.assertRaises(Exception) as caught:
            impatient.receive_message(QueueUrl=url, WaitTimeSeconds=20)
        self.assertEqual("ReadTimeoutError", type(caught.exception).__name__)
        def disconnected():  # the server notices a moment later; until then the message may still go astray
            self.sqs.send_message(QueueUrl=url, MessageBody="x")
            return self.sqs.receive_message(QueueUrl=url).get("Messages")
        wait_until(disconnected, 5, "a message that the gone receiver did not take")

    def test_a_poll_of_a_client_that_says_nothing_more_ends_empty(self):
        url = self.sqs.create_queue(QueueName=self.name())["QueueUrl"]
        body = json.dumps({"QueueUrl": url, "WaitTimeSeconds": 20}).encode()
        with socket.create_connection(("127.0.0.1", self.server.port), timeout=10) as connection:
            connection.sendall(b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-amz-json-1.0\r\n"
                               b"X-Amz-Target: AmazonSQS.ReceiveMessage\r\nContent-Length: %d\r\n\r\n" % len(body))
            connection.sendall(body)
            connection.shutdown(socket.SHUT_WR)
            answer = connection.makefile("rb").read()
        self.assertRegex(answer, rb"(?s)^HTTP/1\.1 200 .*\r\n\r\n\{\}$")


class DeadLetterQueues(ServerTest):
    def test_a_message_received_too_often_moves(self):
        dead_url, dead_arn = self.queue()
        url, arn = self.queue(VisibilityTimeout="0", RedrivePolicy=json.dumps(
            {"deadLetterTargetArn": dead_arn, "maxReceiveCount": 2}))
        sent = self.sqs.send_message(QueueUrl=url, MessageBody="x", MessageAttributes={
            "kind": {"DataType": "String", "StringValue": "order"}})
        for _ in range(2):
            self.assertEqual(1, len(self.sqs.receive_message(QueueUrl=url)["Messages"]))
        self.assertNotIn("Messages", self.sqs.receive_message(QueueUrl=url))
        message = self.receive(dead_url)[0]
        self.assertEqual((sent["MessageId"], "x"), (message["MessageId"], message["Body"]))
        self.assertEqual(arn, message["Attributes"]["DeadLetterQueueSourceArn"])
        self.assertEqual("order", message["MessageAttributes"]["kind"]["StringValue"])
        self.assertEqual([url], self.sqs.list_dead_letter_source_queues(QueueUrl=dead_url)["queueUrls"])
        self.assert_empty(url)

    def test_a_redrive_policy_to_nowhere_is_refused(self):
        self.refused("InvalidParameterValue", None, self.sqs.create_queue, QueueName=self.name(), Attributes={
            "RedrivePolicy": json.dumps({"deadLetterTargetArn": "nowhere", "maxReceiveCount": 2})})


class FifoQueues(ServerTest):
    def fifo(self, **attributes):
        return self.queue(self.name("ordered") + ".fifo", FifoQueue="true", **attributes)[0]

    def test_what_a_fifo_queue_needs(self):
        self.refused("InvalidParameterValue", None, self.sqs.create_queue, QueueName=self.name() + ".fifo")
        url = self.fifo()
        self.refused("MissingParameter", "The request must contain the parameter MessageGroupId.",
                     self.sqs.send_message, QueueUrl=url, MessageBody="x")
        self.refused("InvalidParameterValue", "The queue should either have ContentBasedDeduplication enabled or "
                     "MessageDeduplicationId provided explicitly", self.sqs.send_message, QueueUrl=url,
                     MessageBody="x", MessageGroupId="g")
        self.refused("InvalidParameterValue", None, self.sqs.send_message, QueueUrl=url, MessageBody="x",
                     MessageGroupId="g", MessageDeduplicationId="1", DelaySeconds=1)

    def test_order_holds_within_a_group(self):
        url = self.fifo(ContentBasedDeduplication="true")
        numbers = [self.sqs.send_message(QueueUrl=url, MessageBody=f"{group}{n}", MessageGroupId=group)
                   ["SequenceNumber"] for n in range(8) for group in ("a", "b")]
        self.assertEqual(sorted(numbers), numbers)
        self.assertEqual({20}, {len(number) for number in numbers})
        bodies = [message["Body"] for message in self.receive(url, 16)]
        for group in ("a", "b"):
            self.assertEqual([f"{group}{n}" for n in range(8)], [b for b in bodies if b.startswith(group)])

    def test_a_group_waits_for_its_message_in_flight(self):
        url = self.fifo(ContentBasedDeduplication="true")
        for body, group in (("a1", "a"), ("a2", "a"), ("b1", "b")):
            self.sqs.send_message(QueueUrl=url, MessageBody=body, MessageGroupId=group)
        first = self.sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=1)["Messages"][0]
        other = self.sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10)["Messages"]
        self.assertEqual(["a1", "b1"], [first["Body"], *[message["Body"] for message in other]])
        self.assertNotIn("Messages", self.sqs.receive_message(QueueUrl=url))
        self.sqs.delete_message(QueueUrl=url, ReceiptHandle=first["ReceiptHandle"])
        self.assertEqual("a2", self.sqs.receive_message(QueueUrl=url)["Messages"][0]["Body"])

    def test_a_duplicate_is_acknowledged_and_dropped(self):
        url = self.fifo()
        def send(body, deduplication):
            return self.sqs.send_message(QueueUrl=url, MessageBody=body, MessageGroupId="g",
                                         MessageDeduplicationId=deduplication)
        first, second = send("x", "1"), send("y", "1")
        self.assertEqual((first["MessageId"], first["SequenceNumber"]), (second["MessageId"], second["SequenceNumber"]))
        self.assertEqual("x", self.receive(url)[0]["Body"])
        send("z", "1")  # still within five minutes, although the first is deleted
        self.assert_empty(url)
        send("z", "2")
        self.assertEqual("z", self.receive(url)[0]["Body"])


if __name__ == "__main__":
    unittest.main()
