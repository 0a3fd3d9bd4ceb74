#!/usr/bin/env python3
"""A transcript that the server does not keep is found out, whatever differs; and the form refuses what it is not."""

import socket
import threading
import unittest

import transcript

HEAD = "# Source: our choice\n# A test.\n"
DATE = "Date: Tue, 25 Nov 2025 00:00:00 GMT\r\n"
ID = "11111111-2222-3333-4444-555555555555"


def answer(status="200 OK", body="", headers=DATE):
    return f"HTTP/1.1 {status}\r\n{headers}Content-Length: {len(body.encode())}\r\n\r\n{body}"


class FakeServer:
    """Answers connection after connection, request after request, with what it was told; keeps what it got."""

    def __init__(self, *connections):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.got = []
        self.thread = threading.Thread(target=self.serve, args=(connections,))
        self.thread.start()

    def serve(self, connections):
        for answers in connections:
            connection, _ = self.listener.accept()
            with connection:
                connection.settimeout(5)
                for text in answers:
                    self.got.append(connection.recv(65536).decode("latin-1"))
                    connection.sendall(text.encode())
        self.listener.close()

    def close(self):
        self.thread.join(10)


class ReplayTest(unittest.TestCase):
    def replay(self, text, *connections):
        server = FakeServer(*connections)
        try:
            transcript.Replay(server.port).run(transcript.parse(HEAD + text))
        finally:
            server.close()
        return server.got

    def assert_mismatch(self, message, text, *connections):
        with self.assertRaisesRegex(transcript.Mismatch, message):
            self.replay(text, *connections)

    def test_a_kept_transcript_passes(self):
        got = self.replay('> POST / X-Amz-Target: AWSEvents.Op\n> {"a":1}\n< 200\n< {"id":"<uuid>"}\n',
                          [answer(body=f'{{"id":"{ID}"}}')])
        self.assertEqual(["POST / HTTP/1.1\r\nX-Amz-Target: AWSEvents.Op\r\nHost: localhost:4566\r\n"
                          'Content-Type: application/x-amz-json-1.1\r\nContent-Length: 7\r\n\r\n{"a":1}'], got)

    def test_every_difference_is_found(self):
        request = "> GET /\n"
        rows = (("-200\n\\+400", "< 200\n", answer("400 Bad Request")),
                ('\\+{"a":2}', '< 200\n< {"a":1}\n', answer(body='{"a":2}')),
                ('\\+{"a":1} ', '< 200\n< {"a":1}\n', answer(body='{"a":1} ')),
                ("\\+surprise", "< 200\n", answer(body="surprise")),
                ('-{"a":1}', '< 200\n< {"a":1}\n', answer()),
                ("-X-Mark: a\n\\+X-Mark: b", "< 200\n< X-Mark: a\n", answer(headers=DATE + "X-Mark: b\r\n")),
                ("\\+X-Mark: <none>", "< 200\n< X-Mark: a\n", answer()),
                ("\\+X-Mark: b", "< 200\n< X-Mark: <none>\n", answer(headers=DATE + "X-Mark: b\r\n")),
                ('\\+{"id":"1"}', '< 200\n< {"id":"<uuid>"}\n', answer(body='{"id":"1"}')),
                ('\\+{"n":many}', '< 200\n< {"n":<number>}\n', answer(body='{"n":many}')),
                ("date is missing", "< 200\n", answer(headers="")),
                ("date appears 2 times", "< 200\n", answer(headers=DATE + DATE)),
                ("date is missing or malformed", "< 200\n", answer(headers="Date: today\r\n")),
                ("no status line", "< 200\n", "HELLO\r\n\r\n"),
                ("content-length is missing", "< 200\n", f"HTTP/1.1 200 OK\r\n{DATE}\r\n"),
                ("a 204 must not have a content-length", "< 204\n", answer("204 No Content")),
                ("closed the connection", "< 200\n< {}\n", f"HTTP/1.1 200 OK\r\n{DATE}Content-Length: 9\r\n\r\n{{}}"))
        for message, expected, given in rows:
            with self.subTest(message):
                self.assert_mismatch(message, request + expected, [given])

    def test_a_caught_value_is_the_same_from_there_on(self):
        text = ('> GET /\n< 200\n< {"id":"<uuid event>"}\n\n'
                '> POST /\n> Action=Go&id=<event>\n< 200\n< <event> and <time>\n')
        got = self.replay(text, [answer(body=f'{{"id":"{ID}"}}'), answer(body=f"{ID} and 1764028800.5")])
        self.assertTrue(got[1].endswith(f"Action=Go&id={ID}"), got)
        self.assert_mismatch("\\+x and 1764028800", text,
                             [answer(body=f'{{"id":"{ID}"}}'), answer(body="x and 1764028800")])

    def test_one_answer_that_names_a_value_twice_means_the_same_twice(self):
        text = "> GET /\n< 200\n< <number n> <number n>\n"
        self.replay(text, [answer(body="5 5")])
        self.assert_mismatch("\\+5 6", text, [answer(body="5 6")])

    def test_values_are_escaped_in_forms(self):
        got = self.replay("> GET /\n< 200\n< <text handle>\n\n> POST /\n> Action=Go&handle=<handle>\n< 200\n",
                          [answer(body="a+b/c="), answer()])
        self.assertTrue(got[1].endswith("Action=Go&handle=a%2Bb%2Fc%3D"), got)

    def test_a_step_may_be_asked_again_only_where_it_says_so(self):
        text = "> GET /\n< 200\n< done\n"
        self.replay(transcript.REPEATED + "\n" + text, [answer(body="wait"), answer(body="wait"), answer(body="done")])
        self.assert_mismatch("\\+wait", text, [answer(body="wait")])

    def test_the_end_of_a_connection_is_seen(self):
        text = "> GET /\n< 200\n< closed\n"
        self.replay(text, [answer()])
        self.assert_mismatch("more bytes follow", text, [answer() + "x"])

    def test_several_answers_to_raw_bytes(self):
        got = self.replay(">> GET / HTTP/1.1\\r\\n\\r\\n\n>> \\x01\\\\\n< 200\n< a\n< 200\n< b\n",
                          [answer(body="a") + answer(body="b")])
        self.assertEqual(["GET / HTTP/1.1\r\n\r\n\x01\\"], got)
        self.assert_mismatch("\\+b", ">> GET\n< 200\n< a\n< 200\n< c\n", [answer(body="a") + answer(body="b")])

    def test_an_interim_answer_is_not_the_answer(self):
        self.replay("> GET /\n< 200\n< a\n", ["HTTP/1.1 100 Continue\r\n\r\n" + answer(body="a")])

    def test_long_bodies_and_zips_are_made(self):
        got = self.replay("> POST /\n> <repeat ab 3>,<zip empty>\n< 200\n", [answer()])
        self.assertTrue(got[0].endswith("ababab,UEsFBgAAAAAAAAAAAAAAAAAAAAAAAA=="), got)


class ParseTest(unittest.TestCase):
    def test_what_is_no_transcript_is_refused(self):
        rows = {"> GET /\n< 200\n": "line 1", "# Source: hearsay\n# A.\n": "line 1", "# Source: our choice\n> GET /\n": "line 2",
                HEAD: "every step", HEAD + "> GET /\n": "every step", HEAD + "< 200\n": "line 3",
                HEAD + "GET /\n": "line 3", HEAD + "> GET /\n< {}\n": "line 4",
                HEAD + "> GET /\n>> GET\n< 200\n": "every step"}
        for text, message in rows.items():
            with self.subTest(text), self.assertRaisesRegex(transcript.Malformed, message):
                transcript.parse(text)


if __name__ == "__main__":
    unittest.main()
