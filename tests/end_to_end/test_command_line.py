"""Commands that ask a running server, in cases where they could report success although nothing was done."""

import contextlib
import http.server
import json
import os
import ssl
import subprocess
import tempfile
import threading

from server import ACCOUNT, BINARY, REGION, ServerTest


@contextlib.contextmanager
def answering(answer, certificate=None):
    """A server on this machine: `answer` returns the status and body for each body that is posted to it, or None if no
    answer is to come. Speaks TLS with the key in the file `certificate`. Yields its address."""
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            answered = answer(self.rfile.read(int(self.headers["Content-Length"])))
            if answered is None:
                return
            status, body = answered
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    with http.server.HTTPServer(("127.0.0.1", 0), Handler) as server:
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            server.socket = context.wrap_socket(server.socket, server_side=True)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http{'s' if certificate else ''}://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()


class Commands(ServerTest):
    def athanor(self, *words, code=0, home=None, **variables):
        """Runs a command against the server; (standard output, standard error)."""
        return self.run_at(["--endpoint", self.server.endpoint], *words, code=code, home=home, **variables)

    def run_at(self, place, *words, code=0, home=None, **variables):
        ran = subprocess.run([BINARY, *words, *place], capture_output=True, text=True,
                             timeout=60, stdin=subprocess.DEVNULL,
                             env={"PATH": os.environ["PATH"], "HOME": home or "/nowhere", **variables})
        self.assertEqual(code, ran.returncode, ran.stdout + ran.stderr)
        return ran.stdout, ran.stderr

    def archive(self):
        bus, name = self.bus(), self.name("archive").ljust(48, "x")  # the longest that AWS allows
        arn = self.events.describe_event_bus(Name=bus)["Arn"]
        self.events.create_archive(ArchiveName=name, EventSourceArn=arn)
        return bus, name

    def test_a_replay_gets_a_name_however_long_the_archives_is(self):
        _, archive = self.archive()
        names = set()
        for _ in range(3):  # within a second
            started, _ = self.athanor("replay", "--archive", archive, "--from", "1h", "--json")
            names.add(json.loads(started)["ReplayArn"])
        self.assertEqual(3, len(names))

    def test_a_replay_to_a_rule_that_is_not_there_is_refused(self):
        bus, archive = self.archive()
        _, said = self.athanor("replay", "--archive", archive, "--from", "1h", "--rule", "nope", code=1)
        self.assertIn(f"Rule nope does not exist on EventBus {bus}.", said)
        rule = f"arn:aws:events:{REGION}:{ACCOUNT}:rule"
        for arn, why in ((f"{rule}/{bus}/nope", f"Rule nope does not exist on EventBus {bus}."),
                         (f"{rule}/nope", "the bus of the archive"), ("arn:nonsense", "the bus of the archive")):
            _, said = self.athanor("replay", "--archive", archive, "--from", "1h", "--rule", arn, code=1)
            self.assertIn(why, said)
        self.assertEqual([], self.events.list_replays(EventSourceArn=self.events.describe_archive(
            ArchiveName=archive)["ArchiveArn"])["Replays"])
        arn = self.events.put_rule(Name="r", EventBusName=bus, EventPattern='{"source":["shop"]}')["RuleArn"]
        for rule in ("r", arn):
            self.athanor("replay", "--archive", archive, "--from", "1h", "--rule", rule, "--name", self.name("replay"))

    def test_a_queue_of_another_account_is_not_looked_into(self):
        _, arn = self.queue()
        self.athanor("dlq", arn)
        _, said = self.athanor("dlq", arn.replace(ACCOUNT, "111122223333"), code=1)
        self.assertIn("The specified queue does not exist", said)

    def test_a_bus_that_is_not_there_has_no_tail(self):
        _, said = self.athanor("tail", "--bus", "nope", code=1)
        self.assertIn("Event bus nope does not exist.", said)

    def test_a_trace_finds_the_id_however_it_is_written(self):
        bus, run = self.bus(), self.name("caf\u00e9/")
        plain = json.dumps({"correlation_id": run}, ensure_ascii=False)
        for detail in (plain, json.dumps({"correlation_id": run}), plain.replace("/", "\\/"), '{"correlation_id":4711}'):
            self.events.put_events(Entries=[{"EventBusName": bus, "Source": "shop", "DetailType": "Sold", "Detail": detail}])
        for correlation, count in ((run, 3), ("4711", 1)):
            printed, _ = self.athanor("trace", correlation, "--json")
            self.assertEqual(count, len(json.loads(printed)["Events"]))
        self.athanor("trace", run, "--region", "eu-west-1", code=1)
    def test_put_names_the_line_and_counts_what_was_accepted(self):
        event = {"Source": "s", "DetailType": "t", "Detail": {}}
        lines = [json.dumps({**event, "Source": "aws.s"}), "", *[json.dumps(event)] * 9,
                 json.dumps({**event, "Detail": {"a": "x" * 1_048_576}})]
        with tempfile.NamedTemporaryFile("w") as file:
            file.write("\n".join(lines))
            file.flush()
            printed, said = self.athanor("put", "--lines", file.name, code=1)
        self.assertEqual(9, len(printed.split()))
        self.assertIn("line 1: NotAuthorizedForSourceException", said)
        self.assertIn("error: line 12: ", said)
        self.assertIn("continue with line 12; before it, 9 events were accepted and 1 refused", said)

    def test_put_takes_no_text_that_is_not_utf8(self):
        _, said = self.athanor("put", "--source", b"a\xff", "--detail-type", "t", "--detail", "{}", code=1)
        self.assertIn("error: entries.1.member.source is not UTF-8.", said)

    def test_who_answers_for_no_event_has_put_none(self):
        answers = {}
        with answering(lambda _: (answers["status"], answers["body"])) as place:
            for body, words in ((b"", "This is not a response of PutEvents: it is empty."),
                                (b"<html>", "This is not a response of PutEvents: it is not a JSON object."),
                                (b"{}", f"{place} returned results for 0 of 1 events.")):
                answers = {"status": 200, "body": body}
                ran = subprocess.run([BINARY, "put", "--source", "s", "--detail-type", "t", "--detail", "{}",
                                      "--endpoint", place], capture_output=True, text=True, timeout=60)
                self.assertEqual(1, ran.returncode)
                self.assertIn(words, ran.stderr)
            answers = {"status": 404, "body": b"<html>"}
            _, said = self.run_at([], "status", "--endpoint", place, code=1)
            self.assertIn(f"next: the server at {place} is not Athanor; --endpoint", said)

    def test_what_was_put_before_is_said_whatever_answers_then(self):
        rows = {404: b"<html>", 400: b'{"__type": "UnrecognizedClientException"}'}
        for status, body in rows.items():
            answers = iter([(200, json.dumps({"Entries": [{"EventId": "e"}] * 10}).encode())] + [(status, body)] * 9)
            with self.subTest(status), answering(lambda _: next(answers)) as place, tempfile.NamedTemporaryFile("w") as file:
                file.write('{"Source": "s", "DetailType": "t", "Detail": {}}\n' * 20)
                file.flush()
                _, said = self.run_at([], "put", "--lines", file.name, "--endpoint", place, code=1)
                self.assertIn("next: continue with line 11; before it, 10 events were accepted and 0 refused; ", said)

    def test_stacks_says_nothing_of_what_no_server_has_answered(self):
        for words in (["s"], ["s", "--delete"]):
            _, said = self.run_at([], "stacks", *words, "--endpoint", "http://127.0.0.1:9", code=3)
            self.assertIn("next: is a server running? ", said)

    def test_a_deploy_that_nobody_answered_is_not_the_templates_fault(self):
        """Although the server is back when its stack is looked at."""
        stack = 200, json.dumps({"Stack": {"StackName": "s", "StackStatus": "UPDATE_COMPLETE"}}).encode()
        answers = iter([stack, None, None, None, stack])
        with answering(lambda _: next(answers)) as place, tempfile.NamedTemporaryFile("w") as file:
            file.write("Resources: {Q: {Type: AWS::SQS::Queue}}")
            file.flush()
            _, said = self.run_at([], "deploy", file.name, "--stack", "s", "--endpoint", place, code=3)
        self.assertIn("next: athanor stacks s shows what was done; deploying again does no harm; is a server", said)

    def test_a_deploy_names_the_parameters_that_it_keeps(self):
        """So that another deploy that changes them meanwhile is not undone."""
        asked = []
        answers = iter([{"Stack": {"StackName": "s"}, "Parameters": {"Stage": "prod"}},
                        {"__type": "IllegalStatusException", "message": "They have changed."}])

        def answer(body):
            asked.append(json.loads(body))
            return 200 if len(asked) == 1 else 400, json.dumps(next(answers)).encode()

        with answering(answer) as place, tempfile.NamedTemporaryFile("w") as file:
            file.write("Parameters: {Stage: {Type: String}}\nResources: {Q: {Type: AWS::SQS::Queue}}")
            file.flush()
            _, said = self.run_at([], "deploy", file.name, "--stack", "s", "--endpoint", place, code=1)
        self.assertEqual([{"Stage": "prod"}] * 2, [asked[1][name] for name in ("Parameters", "ParametersRead")])
        self.assertIn("next: another deploy came in between; deploy again", said)

    def test_a_proxy_that_reaches_no_server_is_no_server(self):
        for status in (502, 504):
            with self.subTest(status), answering(lambda _: (status, b"<html>Bad Gateway</html>")) as place:
                _, said = self.run_at(["--endpoint", place], "status", code=3)
                self.assertIn(f"error: The proxy at {place} gets no answer from a server (HTTP {status}).\n"
                              "next: is a server running? ", said)

    def test_a_redrive_that_nobody_answered_is_not_refused(self):
        """Although the server is back when the letters that were not sent again are made visible."""
        letter = {"MessageId": "m", "ReceiptHandle": "h", "Body": json.dumps({"source": "s", "detail-type": "t", "detail": {}}),
                  "MessageAttributes": {"RULE_ARN": {"DataType": "String", "StringValue":
                                                     f"arn:aws:events:{REGION}:{ACCOUNT}:rule/b/r"}}}
        bodies = [{"Attributes": {"ApproximateNumberOfMessages": "1"}}, {"Messages": [letter]}, {"Name": "b"}]
        answers = iter([(200, json.dumps(body).encode()) for body in bodies] + [None, None, None, (200, b"{}")])
        with answering(lambda _: next(answers)) as place:
            _, said = self.run_at([], "dlq", f"{place}/{ACCOUNT}/dead", "--redrive", "--endpoint", place, code=3)
            self.assertIn("next: 0 were sent again before the error; is a server running?", said)
        self.assertEqual([], list(answers))

    def test_a_redrive_tells_of_letters_that_a_lost_answer_hides(self):
        """The second receive does not find what the first was given."""
        bodies = [{"Attributes": {"ApproximateNumberOfMessages": "3"}}, None, {},
                  {"Attributes": {"ApproximateNumberOfMessagesNotVisible": "2"}}]
        answers = iter([body if body is None else (200, json.dumps(body).encode()) for body in bodies])
        with answering(lambda _: next(answers)) as place:
            out, said = self.run_at([], "dlq", f"{place}/{ACCOUNT}/dead", "--redrive", "--endpoint", place)
        self.assertIn("2 are hidden: another consumer has them, or an answer with them was lost", said)
        self.assertIn("0 sent again, 2 left", out)

    def test_a_replay_has_started_although_its_first_answer_was_lost(self):
        def answer(body):
            request = json.loads(body)
            if "ArchiveName" in request:
                return 200, json.dumps({"ArchiveArn": "arn:a", "EventSourceArn": "arn:b"}).encode()
            if "EventStartTime" not in request:
                return 200, json.dumps(there).encode()
            if there:
                return 400, b'{"__type": "ResourceAlreadyExistsException"}'
            there.update(request, State="RUNNING", **changed)

        # The second is somebody else's, of the same millisecond.
        for changed, options, code in (({}, [], 0), ({"EventStartTime": 7}, [], 1), ({}, ["--name", "given"], 1)):
            there = {}
            with self.subTest(changed=changed, options=options), answering(answer) as place:
                printed, _ = self.run_at([], "replay", "--archive", "a", "--from", "1h", *options, "--endpoint", place,
                                         code=code)
                self.assertEqual(code == 0, "RUNNING" in printed)

    def test_who_waits_for_a_replay_waits_for_a_server_that_is_away(self):
        archive = {"ArchiveArn": "arn:a", "EventSourceArn": "arn:b"}
        bodies = [archive, {"State": "STARTING"}, {"State": "RUNNING"}, *[None] * 7, {"State": "COMPLETED"}]
        answers = iter([body and (200, json.dumps(body).encode()) for body in bodies])
        with answering(lambda _: next(answers)) as place:
            printed, said = self.run_at([], "replay", "--archive", "a", "--from", "1h", "--name", "n", "--wait", "--endpoint",
                                        place)
        self.assertTrue(printed.endswith("\nRUNNING\nCOMPLETED\n"), printed)
        self.assertEqual(1, said.count("Waiting for it."), said)

    def test_put_stops_where_the_server_has_room_for_nothing(self):
        taken, malformed = {"EventId": "e"}, {"ErrorCode": "MalformedDetail", "ErrorMessage": "Detail is malformed."}
        full = {"ErrorCode": "InternalFailure", "ErrorMessage": "The disk is full."}
        requests = iter([[taken] * 9 + [full], [malformed, full, malformed] + [full] * 7])
        with answering(lambda _: (200, json.dumps({"Entries": next(requests)}).encode())) as place, \
                tempfile.NamedTemporaryFile("w") as file:
            file.write('{"Source": "s", "DetailType": "t", "Detail": {}}\n' * 1_000)
            file.flush()
            printed, said = self.run_at([], "put", "--lines", file.name, "--endpoint", place, code=1)
            self.assertEqual(["e"] * 9, printed.split())
            self.assertEqual(["line 10: InternalFailure: The disk is full.", "line 11: MalformedDetail: Detail is malformed.",
                              "error: line 12: InternalFailure: The disk is full.",
                              "next: continue with line 12; before it, 9 events were accepted and 2 refused"], said.splitlines())
            requests = iter([[full]])
            _, said = self.run_at([], "put", "--source", "s", "--detail-type", "t", "--detail", "{}", "--endpoint", place,
                                  code=1)
            self.assertEqual("error: InternalFailure: The disk is full.\n", said)
            _, said = self.run_at([], "put", "--lines", file.name, "--endpoint", "http://127.0.0.1:9", code=3)
            self.assertIn("next: continue with line 1; before it, 0 events were accepted and 0 refused; is a server running?", said)

    def test_a_key_that_the_server_does_not_know_is_named(self):
        with tempfile.TemporaryDirectory() as home:
            command = [BINARY, "serve", "--data", f"{home}/data", "--port", "0"]
            keys = {"AWS_ACCESS_KEY_ID": "KNOWN", "AWS_SECRET_ACCESS_KEY": "secret"}
            with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env={**os.environ, **keys}) as running:
                try:
                    endpoint = running.stderr.readline().split()[3]
                    for variables, key in (({}, "test"), ({**keys, "AWS_SECRET_ACCESS_KEY": "another"}, "KNOWN")):
                        _, said = self.run_at([], "status", "--endpoint", endpoint, code=1, **variables)
                        self.assertIn(f"next: the request was signed with the key {key}; ", said)
                    self.run_at([], "status", "--endpoint", endpoint, **keys)
                finally:
                    running.terminate()

    def test_one_from_lint_is_a_finding_and_nothing_else(self):
        _, said = self.athanor("pattern", "lint", "--bus", "nope", code=2)
        self.assertIn("next: aws events list-event-buses lists the buses; ", said)

    def test_a_wrong_path_says_what_would_be_right(self):
        _, said = self.athanor("log", "verify", "/nowhere", code=1)
        self.assertIn("next: DIR is the server's data directory (--data)", said)
        with tempfile.NamedTemporaryFile("w", suffix=".yaml") as template:
            template.write("Resources: {F: {Type: AWS::Lambda::Function, Properties: {Code: /nowhere/f, "
                           "Role: arn:aws:iam::123456789012:role/r, Handler: h, Runtime: provided.al2023}}}")
            template.flush()
            _, said = self.athanor("deploy", template.name, "--stack", "s", code=1)
        self.assertIn("[F] /nowhere/f cannot be read: No such file or directory. Give its code with --code F=PATH.", said)

    def test_the_profile_says_where_the_server_is_where_nothing_else_does(self):
        with tempfile.TemporaryDirectory() as home:
            os.mkdir(f"{home}/.aws")
            with open(f"{home}/.aws/config", "w", encoding="utf-8") as file:
                file.write(f"[default]\nendpoint_url = {self.server.endpoint}\n"
                           "[profile away]\nservices = away\naws_access_key_id = a\naws_secret_access_key = b\n"
                           "[services away]\nathanor =\n  endpoint_url = http://127.0.0.1:9\n")
            said, _ = self.run_at([], "status", home=home)
            self.assertIn(f"at {self.server.endpoint},", said)
            self.assertIn(f"AWS_ENDPOINT_URL='{self.server.endpoint}'", self.run_at([], "env", home=home)[0])
            for variables in ({"AWS_PROFILE": "away"}, {"AWS_ENDPOINT_URL_ATHANOR": "http://127.0.0.1:9"}):
                _, said = self.run_at([], "status", code=3, home=home, **variables)
                self.assertIn("(now http://127.0.0.1:9)", said)
                self.athanor("status", home=home, **variables)

    def test_a_variable_names_whose_certificates_are_trusted(self):
        with tempfile.TemporaryDirectory() as directory:
            certificate = f"{directory}/certificate.pem"
            made = subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=proxy",
                                   "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", certificate],
                                  check=True, capture_output=True)
            with open(certificate, "ab") as file:
                file.write(made.stdout)
            with answering(lambda _: (200, b"{}"), certificate) as place:
                _, said = self.run_at(["--endpoint", place], "stacks", code=1)
                self.assertIn(f"The certificate of {place[8:]} is not trusted: self-signed certificate. "
                              "AWS_CA_BUNDLE names", said)
                said, _ = self.run_at(["--endpoint", place], "stacks", AWS_CA_BUNDLE=certificate)
                self.assertIn("no stacks in us-east-1", said)

    def test_what_is_not_found_may_be_in_another_region(self):
        for words, next_words in ((("dlq", "nope"), "athanor dlq lists the dead-letter queues; "), (("stacks", "nope"), "; "),
                                  (("tail", "--bus", "nope"), "; "), (("replay", "--archive", "nope", "--from", "1h"), "")):
            _, said = self.athanor(*words, "--region", "eu-west-1", code=1)
            self.assertIn(f"{next_words}the request went to eu-west-1; --region NAME chooses another region", said)
        _, said = self.athanor("trace", "nope", "--region", "eu-west-1", code=1)
        self.assertIn("No event in eu-west-1 carries the correlation id nope.", said)
        said, _ = self.athanor("dlq", "--region", "ap-south-2")
        self.assertIn("no dead-letter queues in ap-south-2: ", said)
        _, said = self.athanor("deploy", "/nowhere.yaml", code=1)
        self.assertNotIn("was asked", said)

    def test_a_trace_of_nothing_fails_whatever_is_printed(self):
        self.athanor("trace", "nope", code=1)
        printed, _ = self.athanor("trace", "nope", "--json", code=1)
        self.assertEqual([], json.loads(printed)["Events"])
