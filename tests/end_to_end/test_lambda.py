"""Lambda with boto3: functions made of one file, bootstrap.py, which use the server's Runtime API."""

import base64
import concurrent.futures
import hashlib
import http.client
import io
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import time
import unittest
import zipfile

from server import ACCOUNT, BINARY, REGION, STOP_SECONDS, Server, ServerTest, wait_until

ROLE = f"arn:aws:iam::{ACCOUNT}:role/any"
BOOTSTRAP = pathlib.Path(__file__).with_name("bootstrap.py").read_bytes()


def zipped(*entries):
    """A zip of (name or ZipInfo, bytes, mode) entries; by default the bootstrap."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, content, mode in entries or [("bootstrap", BOOTSTRAP, 0o100755)]:
            entry = zipfile.ZipInfo(name)
            entry.create_system = 3  # Unix: the mode counts
            entry.external_attr = mode << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, content)
    return packed.getvalue()


class FunctionTest(ServerTest):
    def function(self, code=None, environment=None, **settings):
        name = self.name("function")
        parameters = {"FunctionName": name, "Runtime": "provided.al2023", "Handler": "bootstrap", "Role": ROLE,
                      "Code": {"ZipFile": zipped() if code is None else code}, "Timeout": 10,
                      "Environment": {"Variables": environment or {}}, **settings}
        self.functions.create_function(**parameters)
        self.functions.get_waiter("function_active_v2").wait(FunctionName=name,
                                                             WaiterConfig={"Delay": 0.1, "MaxAttempts": 100})
        return name

    def invoke(self, name, payload=None, **more):
        answer = self.functions.invoke(FunctionName=name, Payload=json.dumps(payload or {}), **more)
        body = answer["Payload"].read()
        return answer, json.loads(body) if body else None


class Functions(FunctionTest):
    def test_unknown_functions_are_refused(self):
        name = self.name("missing")
        arn = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{name}"
        for operation, more in ((self.functions.get_function, {}), (self.functions.delete_function, {}),
                                (self.functions.get_function_configuration, {}),
                                (self.functions.update_function_configuration, {"Timeout": 3}),
                                (self.functions.update_function_code, {"ZipFile": zipped()}),
                                (self.functions.invoke, {})):
            with self.subTest(operation.__name__):
                self.refused("ResourceNotFoundException", re.compile(f"^Function not found: {arn}"), operation,
                             FunctionName=name, **more)

    def test_zips_that_climb_out_of_their_directory_are_refused(self):
        rows = {"up": ("../climbed", b"x", 0o100644), "up inside": ("a/../../climbed", b"x", 0o100644),
                "absolute": ("/tmp/athanor-climbed", b"x", 0o100644),
                "link": ("out", b"/tmp", 0o120777), "device": ("device", b"", 0o020666)}
        for what, entry in rows.items():
            with self.subTest(what):
                name = self.name("climber")
                self.refused("InvalidParameterValueException", None, self.functions.create_function,
                             FunctionName=name, Runtime="provided.al2023", Handler="bootstrap", Role=ROLE,
                             Code={"ZipFile": zipped(("bootstrap", BOOTSTRAP, 0o100755), entry)})
                self.refused("ResourceNotFoundException", None, self.functions.get_function, FunctionName=name)
        self.assertFalse(os.path.exists("/tmp/athanor-climbed"))
        self.assertEqual([], list(self.server.home.rglob("climbed")))

    def test_a_link_and_a_file_through_it_are_refused(self):
        self.refused("InvalidParameterValueException", None, self.functions.create_function, FunctionName=self.name(),
                     Runtime="provided.al2023", Handler="bootstrap", Role=ROLE,
                     Code={"ZipFile": zipped(("out", str(self.server.home).encode(), 0o120777),
                                             ("out/climbed", b"x", 0o100644))})
        self.assertEqual([], list(self.server.home.rglob("climbed")))

    def test_a_zip_may_hold_links_within_it_and_any_names(self):
        name = self.function(zipped(("bin/main", BOOTSTRAP, 0o100755), ("bootstrap", b"bin/main", 0o120777),
                                    ("\u00fc/\u00e9.txt", b"x", 0o100644)))
        self.assertEqual({"do": "echo"}, self.invoke(name, {"do": "echo"})[1])

    def test_a_zip_that_unpacks_without_end_is_refused(self):
        zeros = b"\0" * 64_000_000
        self.refused("InvalidParameterValueException", re.compile("Unzipped size must be smaller|Could not unzip"),
                     self.functions.create_function,
                     FunctionName=self.name(), Runtime="provided.al2023", Handler="bootstrap", Role=ROLE,
                     Code={"ZipFile": zipped(*[(f"zeros{n}", zeros, 0o100644) for n in range(5)])})
        self.assertEqual([], list(self.server.data.rglob("zeros*")))

    def test_code_that_is_no_zip_is_refused(self):
        whole = zipped()
        for code in (b"nothing", whole[:-30], whole[:len(whole) // 2]):
            with self.subTest(size=len(code)):
                self.refused("InvalidParameterValueException",
                             "Could not unzip uploaded file. Please check your file, then try to upload again.",
                             self.functions.create_function, FunctionName=self.name(), Runtime="provided.al2023",
                             Handler="bootstrap", Role=ROLE, Code={"ZipFile": code})

    def test_settings_outside_their_limits_are_refused(self):
        unchecked = self.server.client("lambda", parameter_validation=False)
        for settings in ({"Timeout": 0}, {"Timeout": 901}, {"MemorySize": 127}, {"Runtime": "cobol"},
                         {"FunctionName": "two words"}):
            with self.subTest(settings):
                with self.assertRaises(unchecked.exceptions.ClientError) as caught:
                    unchecked.create_function(**{
                        "FunctionName": self.name(), "Runtime": "provided.al2023", "Handler": "bootstrap",
                        "Role": ROLE, "Code": {"ZipFile": zipped()}, **settings})
                self.assertIn(caught.exception.response["Error"]["Code"],
                              ("ValidationException", "InvalidParameterValueException"))
                self.assertEqual(400, caught.exception.response["ResponseMetadata"]["HTTPStatusCode"])

    def test_a_second_function_of_the_same_name_is_refused(self):
        name = self.function()
        self.refused("ResourceConflictException", f"Function already exist: {name}", self.functions.create_function,
                     FunctionName=name, Runtime="provided.al2023", Handler="bootstrap", Role=ROLE,
                     Code={"ZipFile": zipped()})

    def test_a_function_is_made_described_and_deleted(self):
        name = self.name("trader")
        made = self.functions.create_function(
            FunctionName=name, Runtime="provided.al2023", Handler="bootstrap", Role=ROLE, Description="trades",
            Code={"ZipFile": zipped()}, Timeout=7, MemorySize=256, Environment={"Variables": {"ONE": "1"}})
        self.assertEqual(201, made["ResponseMetadata"]["HTTPStatusCode"])
        got = self.functions.get_function(FunctionName=name)
        self.assertTrue(got["Code"])
        configuration = got["Configuration"]
        arn = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{name}"
        expected = {"FunctionName": name, "FunctionArn": arn, "Runtime": "provided.al2023", "Role": ROLE,
                    "Handler": "bootstrap", "Description": "trades", "Timeout": 7, "MemorySize": 256,
                    "Version": "$LATEST", "Environment": {"Variables": {"ONE": "1"}}, "CodeSize": len(zipped()),
                    "PackageType": "Zip", "State": "Active", "LastUpdateStatus": "Successful"}
        self.assertEqual(expected, {key: configuration.get(key) for key in expected})
        self.assertEqual(base64.b64encode(hashlib.sha256(zipped()).digest()).decode(), configuration["CodeSha256"])
        self.assertEqual(name, self.functions.get_function(FunctionName=arn)["Configuration"]["FunctionName"])
        self.assertIn(name, [f["FunctionName"] for f in self.functions.list_functions()["Functions"]])
        self.assertEqual(204, self.functions.delete_function(FunctionName=name)["ResponseMetadata"]["HTTPStatusCode"])
        self.refused("ResourceNotFoundException", None, self.functions.get_function, FunctionName=name)
        self.assertNotIn(name, [f["FunctionName"] for f in self.functions.list_functions()["Functions"]])

    def test_lists_page(self):
        names = {self.function() for _ in range(3)}
        pages = list(self.functions.get_paginator("list_functions").paginate(PaginationConfig={"PageSize": 2}))
        self.assertLessEqual(names, {f["FunctionName"] for page in pages for f in page["Functions"]})
        self.assertTrue(all(len(page["Functions"]) <= 2 for page in pages))

    def test_a_new_configuration_takes_effect(self):
        name = self.function(environment={"ONE": "1"})
        ask = {"do": "environment", "names": ["ONE", "TWO"]}
        self.assertEqual({"ONE": "1", "TWO": None}, self.invoke(name, ask)[1])
        before = self.functions.get_function_configuration(FunctionName=name)
        updated = self.functions.update_function_configuration(
            FunctionName=name, Environment={"Variables": {"TWO": "zwei"}}, Timeout=5)
        self.assertEqual(({"TWO": "zwei"}, 5), (updated["Environment"]["Variables"], updated["Timeout"]))
        self.assertNotEqual(before["RevisionId"], updated["RevisionId"])
        self.functions.get_waiter("function_updated_v2").wait(FunctionName=name,
                                                              WaiterConfig={"Delay": 0.1, "MaxAttempts": 100})
        self.assertEqual({"ONE": None, "TWO": "zwei"}, self.invoke(name, ask)[1])
        self.assertEqual("bootstrap", self.functions.get_function_configuration(FunctionName=name)["Handler"])

    def test_new_code_takes_effect(self):
        name = self.function()
        self.assertEqual({"do": "echo"}, self.invoke(name, {"do": "echo"})[1])
        changed = BOOTSTRAP.replace(b"    return event\n", b"    return 'changed'\n")
        self.assertNotEqual(BOOTSTRAP, changed)
        self.functions.update_function_code(FunctionName=name, ZipFile=zipped(("bootstrap", changed, 0o100755)))
        self.assertEqual("changed", self.invoke(name, {"do": "echo"})[1])


class Invocations(FunctionTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.echo = cls.function(cls("setUp"))

    def setUp(self):
        pass

    def test_a_payload_that_is_no_json_is_refused(self):
        self.refused("InvalidRequestContentException", re.compile("Could not parse request body into json"),
                     self.functions.invoke, FunctionName=self.echo, Payload=b"{")

    def test_payloads_over_the_limits_are_refused(self):
        self.refused("RequestTooLargeException", None, self.functions.invoke, FunctionName=self.echo,
                     Payload=json.dumps("x" * 6_291_455))
        self.refused("RequestTooLargeException", None, self.functions.invoke, FunctionName=self.echo,
                     InvocationType="Event", Payload=json.dumps("x" * 1_048_576))

    def test_an_answer_comes_back(self):
        payload = {"text": "ü 🚀", "n": [1, 2.5, None, True]}
        answer, body = self.invoke(self.echo, payload)
        self.assertEqual((200, "$LATEST"), (answer["StatusCode"], answer["ExecutedVersion"]))
        self.assertNotIn("FunctionError", answer)
        self.assertEqual(payload, body)
        by_arn = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{self.echo}"
        self.assertEqual(payload, self.invoke(by_arn, payload)[1])

    def test_an_invocation_without_a_payload_gets_an_empty_event(self):
        answer = self.functions.invoke(FunctionName=self.echo)
        self.assertEqual({}, json.loads(answer["Payload"].read()))

    def test_five_megabytes_come_and_go(self):
        body = self.invoke(self.echo, {"do": "large", "size": 5_000_000, "ballast": "x" * 5_000_000})[1]
        self.assertEqual("x" * 5_000_000, body)

    def test_a_response_over_the_limit_is_an_error_of_the_function(self):
        answer, body = self.invoke(self.echo, {"do": "large", "size": 6_291_556})
        self.assertEqual("Unhandled", answer["FunctionError"])
        self.assertEqual("Function.ResponseSizeTooLarge", body["errorType"])
        self.assertIn("exceeded maximum allowed payload size (6291556 bytes)", body["errorMessage"])
        self.assertEqual({"a": 1}, self.invoke(self.echo, {"a": 1})[1])

    def test_a_dry_run_runs_nothing(self):
        answer, body = self.invoke(self.echo, {"do": "fail"}, InvocationType="DryRun")
        self.assertEqual((204, None), (answer["StatusCode"], body))

    def test_the_functions_surroundings_are_as_on_aws(self):
        names = ["AWS_LAMBDA_FUNCTION_NAME", "AWS_LAMBDA_FUNCTION_VERSION", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
                 "AWS_REGION", "_HANDLER", "AWS_ENDPOINT_URL", "AWS_ACCESS_KEY_ID", "LAMBDA_TASK_ROOT"]
        name = self.function(MemorySize=192)
        environment = self.invoke(name, {"do": "environment", "names": names})[1]
        self.assertEqual([name, "$LATEST", "192", REGION, "bootstrap"],
                         [environment[key] for key in names[:5]])
        self.assertEqual(self.server.endpoint, environment["AWS_ENDPOINT_URL"])
        self.assertTrue(environment["AWS_ACCESS_KEY_ID"])
        context = self.invoke(name, {"do": "context"})[1]
        self.assertEqual(f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{name}",
                         context["headers"]["lambda-runtime-invoked-function-arn"])
        self.assertRegex(context["headers"]["lambda-runtime-trace-id"], r"^Root=1-")
        left = int(context["headers"]["lambda-runtime-deadline-ms"]) - context["now_ms"]
        self.assertTrue(5_000 < left <= 10_000, left)
        self.assertEqual(environment["LAMBDA_TASK_ROOT"], context["directory"])
        self.assertEqual(2, context["invocations"])  # the same process as before: it stayed warm

    def test_the_end_of_the_log_comes_with_the_answer(self):
        answer, _ = self.invoke(self.echo, {"do": "echo"}, LogType="Tail")
        log = base64.b64decode(answer["LogResult"]).decode()
        request_id = answer["ResponseMetadata"]["HTTPHeaders"]["x-amzn-requestid"]
        self.assertIn(f"START RequestId: {request_id} Version: $LATEST\n", log)
        self.assertIn("handling echo\n", log)
        self.assertIn(f"END RequestId: {request_id}\n", log)
        self.assertRegex(log, rf"REPORT RequestId: {request_id}\tDuration: [\d.]+ ms\tBilled Duration: \d+ ms\t"
                              r"Memory Size: 128 M")

    def test_an_invocation_has_the_id_of_its_request(self):
        answer, body = self.invoke(self.echo, {"do": "context"})
        self.assertEqual(answer["ResponseMetadata"]["RequestId"], body["headers"]["lambda-runtime-aws-request-id"])

    def test_the_client_context_comes_to_the_function(self):
        context = {"client": {"app_title": "ü"}, "custom": {"a": 1}}
        in_base64 = base64.b64encode(json.dumps(context, indent=1, ensure_ascii=False).encode()).decode()
        _, body = self.invoke(self.echo, {"do": "context"}, ClientContext=in_base64)
        seen = body["headers"]["lambda-runtime-client-context"].encode("latin-1").decode()  # as http.client reads it
        self.assertEqual(context, json.loads(seen))
        self.assertNotIn("lambda-runtime-client-context", self.invoke(self.echo, {"do": "context"})[1]["headers"])

    def test_the_trace_header_and_the_qualifier_come_to_the_function(self):
        trace = "X-Amzn-Trace-Id", "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1"
        functions = self.server.client("lambda")
        functions.meta.events.register("before-sign.lambda.Invoke", lambda request, **_: request.headers.add_header(*trace))
        answer = functions.invoke(FunctionName=self.echo, Qualifier="$LATEST", Payload=b'{"do": "context"}')
        headers = json.load(answer["Payload"])["headers"]
        self.assertEqual(trace[1], headers["lambda-runtime-trace-id"])
        self.assertTrue(headers["lambda-runtime-invoked-function-arn"].endswith(f":{self.echo}:$LATEST"))

    def test_a_client_context_that_is_no_object_in_base64_is_refused(self):
        for given in ("{}", base64.b64encode(b"[1]").decode(), base64.b64encode(b"{").decode()):
            self.refused("InvalidRequestContentException", "Client context must be a valid Base64-encoded JSON object.",
                         self.functions.invoke, FunctionName=self.echo, ClientContext=given)

    def test_a_failure_is_the_functions_answer(self):
        answer, body = self.invoke(self.echo, {"do": "fail"})
        self.assertEqual((200, "Unhandled"), (answer["StatusCode"], answer["FunctionError"]))
        self.assertEqual(("as asked", "ValueError"), (body["errorMessage"], body["errorType"]))

    def test_a_function_that_never_answers_is_ended_at_its_timeout(self):
        name = self.function(Timeout=1)
        started = time.monotonic()
        answer, body = self.invoke(name, {"do": "hang"}, LogType="Tail")
        self.assertTrue(0.9 < time.monotonic() - started < 5, time.monotonic() - started)
        self.assertEqual(("Unhandled", "Sandbox.Timedout"), (answer["FunctionError"], body["errorType"]))
        self.assertRegex(body["errorMessage"], r"^RequestId: \S+ Error: Task timed out after 1\.00 seconds$")
        report = base64.b64decode(answer["LogResult"]).decode().splitlines()[-1]
        billed, init = re.search(r"\tBilled Duration: (\d+) ms\t.*\tInit Duration: (\d+)\.00 ms", report).groups()
        self.assertEqual(1_000, int(billed) - int(init))
        self.assertEqual({"a": 1}, self.invoke(name, {"a": 1})[1])  # a new process serves the next

    def test_a_function_that_ends_is_reported_and_started_again(self):
        answer, body = self.invoke(self.echo, {"do": "exit"})
        self.assertEqual("Unhandled", answer["FunctionError"])
        self.assertEqual("Runtime.ExitError", body["errorType"])
        self.assertRegex(body["errorMessage"], r"^RequestId: \S+ Error: Runtime exited with error: exit status 3$")
        self.assertEqual({"a": 1}, self.invoke(self.echo, {"a": 1})[1])

    def test_a_function_that_cannot_start(self):
        rows = {"reports it": ({"environment": {"FAIL_AT_START": "1"}}, "StartError"),
                "no bootstrap": ({"code": zipped(("other", b"x", 0o100644))}, "Runtime.InvalidEntrypoint"),
                "no program": ({"code": zipped(("bootstrap", b"\x7fELF nonsense", 0o100755))}, "Runtime.InvalidEntrypoint")}
        for what, (settings, error_type) in rows.items():
            with self.subTest(what):
                answer, body = self.invoke(self.function(**settings))
                self.assertEqual("Unhandled", answer["FunctionError"])
                self.assertEqual(error_type, body["errorType"], body)

    def test_a_process_that_ends_after_its_answer_costs_nobody_an_invocation(self):
        name = self.function()
        for _ in range(5):
            self.assertEqual({"do": "answer and exit"}, self.invoke(name, {"do": "answer and exit"})[1])

    def test_a_bootstrap_without_permission_to_run_runs_all_the_same(self):
        # Our choice: zips made on Windows have no modes.
        name = self.function(zipped(("bootstrap", BOOTSTRAP, 0o100644)))
        self.assertEqual({"a": 1}, self.invoke(name, {"a": 1})[1])

    def test_many_at_once(self):
        name = self.function()
        def ask(number):
            client = self.server.client("lambda")
            return json.loads(client.invoke(FunctionName=name, Payload=json.dumps({"n": number}))["Payload"].read())
        with concurrent.futures.ThreadPoolExecutor(12) as pool:
            self.assertEqual([{"n": number} for number in range(48)], list(pool.map(ask, range(48))))

    def test_no_process_stays_behind_a_deleted_function(self):
        name = self.function()
        process = self.invoke(name, {"do": "context"})[1]["process"]
        self.functions.delete_function(FunctionName=name)
        def gone():
            try:
                return pathlib.Path(f"/proc/{process}/stat").read_text().split(") ")[1][0] == "Z"
            except OSError:
                return True
        wait_until(gone, 20, "the end of the deleted function's process")


class Code(FunctionTest):
    """The contents of functions/code. Only the packages count: the unpacked files can be created again."""

    def setUp(self):
        self.called = self.function()
        self.code = self.server.data / "functions/code"
        self.package = self.code / f"{hashlib.sha256(zipped()).hexdigest()}.zip"
        self.unpacked = self.package.with_suffix("")

    def restart(self, prepare):
        self.server.kill()
        prepare()
        self.server.start()

    def test_the_package_is_stored_as_it_was_uploaded(self):
        self.assertEqual(zipped(), self.package.read_bytes())

    def test_code_that_is_not_unpacked_any_more_is_unpacked_again(self):
        self.restart(lambda: shutil.rmtree(self.unpacked))
        self.assertEqual({"a": 1}, self.invoke(self.called, {"a": 1})[1])

    def test_what_a_crash_left_half_made_is_not_used(self):
        def leave_halves():
            shutil.rmtree(self.unpacked)
            (self.code / ".unpacking-x").mkdir()
            (self.code / f"{'a' * 64}.zip.tmp").write_bytes(b"PK")
        self.restart(leave_halves)
        self.assertEqual({"a": 1}, self.invoke(self.called, {"a": 1})[1])
        self.assertEqual([], [path.name for path in self.code.iterdir() if path.suffix == ".tmp" or path.name[0] == "."])

    def test_a_damaged_package_is_named_and_the_same_upload_mends_it(self):
        def damage():
            shutil.rmtree(self.unpacked)
            self.package.write_bytes(zipped().replace(b"bootstrap", b"bootslap!", 1))
        self.restart(damage)
        answer, body = self.invoke(self.called)
        self.assertEqual("Unhandled", answer["FunctionError"])
        self.assertIn(f"functions/code/{self.package.name} is damaged", body["errorMessage"])
        self.functions.update_function_code(FunctionName=self.called, ZipFile=zipped())
        self.assertEqual({"a": 1}, self.invoke(self.called, {"a": 1})[1])

    def test_a_package_that_is_gone_is_told_of_at_the_start(self):
        self.restart(self.package.unlink)
        wait_until(lambda: f"The code of function {self.called} is missing" in self.server.said(), what="a message about it")
        self.functions.update_function_code(FunctionName=self.called, ZipFile=zipped())
        self.assertEqual(zipped(), self.package.read_bytes())

    def test_code_that_nothing_names_any_more_is_removed(self):
        changed = zipped(("bootstrap", BOOTSTRAP + b"\n# changed\n", 0o100755))
        name = self.function(changed)
        package = self.code / f"{hashlib.sha256(changed).hexdigest()}.zip"
        self.assertEqual({"a": 1}, self.invoke(name, {"a": 1})[1])
        self.assertTrue(package.exists() and package.with_suffix("").exists())
        self.functions.update_function_code(FunctionName=name, ZipFile=zipped())
        self.restart(lambda: None)
        wait_until(lambda: not package.exists() and not package.with_suffix("").exists(), what="the end of its code")
        self.assertTrue(self.package.exists())
        self.assertEqual({"a": 1}, self.invoke(name, {"a": 1})[1])


class FewProcesses(FunctionTest):
    server_options = ("--functions-max", "2")

    def test_idle_processes_make_room_for_other_functions(self):
        for name in [self.function() for _ in range(5)]:
            self.assertEqual({"f": name}, self.invoke(name, {"f": name})[1])

    def test_events_beyond_the_processes_wait(self):
        url, _ = self.queue()
        names = [self.function(environment={"QUEUE_URL": url}) for _ in range(4)]
        for name in names:
            for number in range(3):
                self.invoke(name, {"do": "send", "from": [name, number]}, InvocationType="Event")
        self.assertEqual(sorted([name, number] for name in names for number in range(3)),
                         sorted(event["from"] for event in self.received_events(url, 12, 60)))


class AsynchronousInvocations(FunctionTest):
    def test_an_event_is_accepted_and_handled(self):
        url, _ = self.queue()
        name = self.function(environment={"QUEUE_URL": url})
        answer, body = self.invoke(name, {"do": "send", "n": 1}, InvocationType="Event")
        self.assertEqual((202, None), (answer["StatusCode"], body))
        self.assertEqual({"do": "send", "n": 1}, self.received_events(url)[0])

    def test_an_event_that_fails_for_good_goes_to_the_destination(self):
        url, arn = self.queue()
        name = self.function()
        self.functions.put_function_event_invoke_config(
            FunctionName=name, MaximumRetryAttempts=0, DestinationConfig={"OnFailure": {"Destination": arn}})
        self.invoke(name, {"do": "fail", "n": 1}, InvocationType="Event")
        record = self.received_events(url)[0]
        self.assertEqual(("1.0", {"do": "fail", "n": 1}), (record["version"], record["requestPayload"]))
        context = record["requestContext"]
        self.assertEqual(("RetriesExhausted", 1, f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{name}:$LATEST"),
                         (context["condition"], context["approximateInvokeCount"], context["functionArn"]))
        self.assertEqual((200, "$LATEST", "Unhandled"), tuple(
            record["responseContext"][key] for key in ("statusCode", "executedVersion", "functionError")))
        self.assertEqual("ValueError", record["responsePayload"]["errorType"])

    def dlq(self, *words):
        ran = subprocess.run([BINARY, "dlq", *words, "--endpoint", self.server.endpoint], capture_output=True, text=True,
                             timeout=60)
        self.assertEqual(0, ran.returncode, ran.stderr)
        return ran.stdout + ran.stderr

    def test_dlq_tells_what_a_destination_holds_and_sends_it_to_the_function_again(self):
        url, arn = self.queue()
        name, bus = self.function(), self.bus()
        self.functions.put_function_event_invoke_config(
            FunctionName=name, MaximumRetryAttempts=0, DestinationConfig={"OnFailure": {"Destination": arn}})
        self.route(bus, {"source": ["shop"]}, f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{name}")
        self.put(bus, {"do": "fail"})
        shown = wait_until(lambda: name in self.dlq(url) and self.dlq(url), what="the dead letter")
        for word in ("Sold", "ValueError: as asked"):
            self.assertIn(word, shown)
        listed = next(line for line in self.dlq().splitlines() if line.startswith(url.rsplit("/", 1)[1]))
        self.assertRegex(listed, "functions$")
        self.assertIn("1 sent again", self.dlq(url, "--redrive"))
        record = self.received_events(url)[0]  # it failed again
        self.assertEqual("fail", record["requestPayload"]["detail"]["do"])
        self.functions.delete_function(FunctionName=name)
        self.sqs.send_message(QueueUrl=url, MessageBody=json.dumps(record))
        said = self.dlq(url, "--redrive")
        self.assertIn(f"the function {name} does not exist", said)
        self.assertIn("0 sent again, 1 left", said)

    def test_an_event_that_fails_for_good_goes_to_the_dead_letter_queue(self):
        url, arn = self.queue()
        name = self.function(DeadLetterConfig={"TargetArn": arn})
        self.functions.put_function_event_invoke_config(FunctionName=name, MaximumRetryAttempts=0)
        answer, _ = self.invoke(name, {"do": "fail", "n": 2}, InvocationType="Event")
        message = self.receive(url)[0]
        self.assertEqual({"do": "fail", "n": 2}, json.loads(message["Body"]))
        attributes = {key: value["StringValue"] for key, value in message["MessageAttributes"].items()}
        self.assertEqual(("200", "as asked"), (attributes["ErrorCode"], attributes["ErrorMessage"]))
        self.assertEqual(answer["ResponseMetadata"]["RequestId"], attributes["RequestID"])

    def test_an_event_for_a_reserved_concurrency_of_zero_is_given_up_at_once(self):
        url, arn = self.queue()
        dead_letters, dead_letter_arn = self.queue()
        name = self.function(DeadLetterConfig={"TargetArn": dead_letter_arn})
        self.functions.put_function_event_invoke_config(
            FunctionName=name, DestinationConfig={"OnFailure": {"Destination": arn}})
        self.functions.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=0)
        self.invoke(name, {"n": 1}, InvocationType="Event")
        record = self.received_events(url)[0]
        self.assertEqual(("ZeroReservedConcurrency", 0, {"n": 1}),
                         (record["requestContext"]["condition"], record["requestContext"]["approximateInvokeCount"],
                          record["requestPayload"]))
        self.assertEqual({"n": 1}, self.received_events(dead_letters)[0], "both are told")

    def test_what_runs_when_its_function_is_deleted_ends_and_its_outcome_counts(self):
        url, _ = self.queue()
        dead_letters, arn = self.queue()
        name = self.function(environment={"QUEUE_URL": url}, DeadLetterConfig={"TargetArn": arn})
        until = self.server.home / self.name("until")
        for do in ("send", "send and fail"):
            self.invoke(name, {"do": do, "until": str(until)}, InvocationType="Event")
        self.received_events(url, 2)  # both run
        self.functions.delete_function(FunctionName=name)
        until.touch()
        message = self.receive(dead_letters)[0]
        self.assertEqual("send and fail", json.loads(message["Body"])["do"])
        self.assertEqual("as asked", message["MessageAttributes"]["ErrorMessage"]["StringValue"])
        self.assert_empty(dead_letters)

    def test_a_rule_invokes_a_function_with_the_event(self):
        url, _ = self.queue()
        name = self.function(environment={"QUEUE_URL": url})
        bus = self.bus()
        self.route(bus, {"source": ["shop"]}, f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{name}")
        event_id = self.put(bus, {"do": "send", "n": 3})
        event = self.received_events(url)[0]
        self.assertEqual((event_id, {"do": "send", "n": 3}), (event["id"], event["detail"]))

    def test_events_wait_for_a_restart(self):
        url, _ = self.queue()
        name = self.function(environment={"QUEUE_URL": url})
        for number in range(10):
            self.invoke(name, {"do": "send", "n": number}, InvocationType="Event")
        self.server.kill()
        self.server.start()
        handled = set()
        deadline = time.monotonic() + 30
        while len(handled) < 10:
            self.assertLess(time.monotonic(), deadline, f"handled only {sorted(handled)}")
            for message in self.sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10,
                                                    WaitTimeSeconds=1).get("Messages", []):
                handled.add(json.loads(message["Body"])["n"])
        self.assertEqual(set(range(10)), handled)


class Elsewhere(FunctionTest):
    """A server on an unusual address, whose data directory is given by a relative path, through a link."""

    @classmethod
    def setUpClass(cls):
        cls.server = Server("--address", "127.0.0.2")
        cls.addClassCleanup(cls.server.close)
        cls.server.host = "127.0.0.2"
        (cls.server.home / "elsewhere").mkdir()
        (cls.server.home / "link").symlink_to("elsewhere")
        cls.server.data = os.path.relpath(cls.server.home / "link" / "data")
        cls.server.start()
        cls.make_clients()

    def test_functions_run_and_reach_the_server(self):
        url, _ = self.queue()
        name = self.function(environment={"QUEUE_URL": url})
        self.assertEqual({"do": "send"}, self.invoke(name, {"do": "send"})[1])
        self.assertEqual({"do": "send"}, self.received_events(url)[0])
        self.assertIn(f"listening on {self.server.endpoint} ", self.server.said())


class Stops(FunctionTest):
    def test_a_server_stops_while_functions_run_and_they_run_again(self):
        url, arn = self.queue()
        name = self.function(environment={"QUEUE_URL": url}, DeadLetterConfig={"TargetArn": arn})
        self.functions.put_function_event_invoke_config(FunctionName=name, MaximumRetryAttempts=0)
        self.invoke(name, {"do": "send and hang"}, InvocationType="Event")
        self.assertEqual({"do": "send and hang"}, self.received_events(url)[0])
        self.assertEqual(0, self.server.stop())
        self.server.start()
        self.assertEqual({"do": "send and hang"}, self.received_events(url)[0], "the stop was no failed attempt")

    def test_what_fails_because_the_server_stops_has_not_failed(self):
        url, arn = self.queue()
        name = self.function(environment={"QUEUE_URL": url}, DeadLetterConfig={"TargetArn": arn})
        self.functions.put_function_event_invoke_config(FunctionName=name, MaximumRetryAttempts=0)
        event = {"do": "send twice", "until": str(self.server.home / "stops")}
        self.invoke(name, event, InvocationType="Event")
        self.assertEqual(event, self.received_events(url)[0])
        waiting = http.client.HTTPConnection(self.server.host, self.server.port)  # a request that is allowed to finish
        self.addCleanup(waiting.close)
        waiting.request("POST", "/", json.dumps({"QueueUrl": url, "WaitTimeSeconds": 20}), {
            "Content-Type": "application/x-amz-json-1.0", "X-Amz-Target": "AmazonSQS.ReceiveMessage"})
        self.assertFalse(self.is_unreachable())
        self.server.process.send_signal(signal.SIGTERM)
        wait_until(self.is_unreachable)
        pathlib.Path(event["until"]).touch()
        self.assertEqual(0, self.server.process.wait(STOP_SECONDS))
        self.server.start()
        self.assertEqual([event, event], self.received_events(url, 2), "it ran again")
        self.assert_empty(url)

    def is_unreachable(self):
        try:
            self.server.request("GET", "/_athanor/health")
        except OSError:
            return True


if __name__ == "__main__":
    unittest.main()
