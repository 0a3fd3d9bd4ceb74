"""The functions of a world: what they do, what is owed for them, and how they are made.

All have the code of function.sh, whose answer names its version.
"""

import base64
import dataclasses
import hashlib
import io
import pathlib
import zipfile

from server import ACCOUNT, REGION

SOURCE = pathlib.Path(__file__).with_name("function.sh").read_text(encoding="utf-8")
ROLE = f"arn:aws:iam::{ACCOUNT}:role/any"
MADE = "made-"  # begins the names of those that come and go under load


@dataclasses.dataclass
class Worker:
    """A function that a rule invokes for the events that are named after it."""

    fails: bool
    invoke_config: dict        # of PutFunctionEventInvokeConfig
    letters: str               # the queue that is its target's dead-letter queue; empty: none
    retries_max: int           # after the first attempt, that one server may make
    condition: str = ""        # why it is given up


WORKERS = {
    "works": Worker(False, {}, "failed", 0),
    # Once, and no more.
    "strict": Worker(True, {"MaximumRetryAttempts": 0}, "failed", 0, "MaximumRetryAttempts"),
    # It might be tried again, but a minute later it is too old.
    "aged": Worker(True, {"MaximumRetryAttempts": 2, "MaximumEventAgeInSeconds": 60}, "failed", 0, "MaximumEventAgeInSeconds"),
    # It waits for its second attempt, until it is deleted in the end.
    "patient": Worker(True, {}, "abandoned", 2, "MaximumRetryAttempts"),
    # Given up, and nobody is told.
    "unheard": Worker(True, {"MaximumRetryAttempts": 0}, "", 0),
}
LOADED = ("works", "strict", "aged", "patient")  # that events come for under load
RETRY_WAITS_SECONDS = (60, 120)


def worker_of(event):
    """The function that an event is for: `w<life>.<function>.<number>`."""
    return event.split(".")[1]


def letters_of(event):
    """The attributes that its dead letter may have."""
    name = worker_of(event)
    def letter(code, message, retries=0):
        return {"RULE_ARN": rule_arn(name), "TARGET_ARN": arn(name), "RETRY_ATTEMPTS": str(retries),
                "EXHAUSTED_RETRY_CONDITION": WORKERS[name].condition, "ERROR_CODE": code, "ERROR_MESSAGE": message}
    failed = ("AsAsked", '{"errorType":"AsAsked","errorMessage":"as asked"}')
    if name != "patient":
        return [letter(*failed)]
    # An attempt that runs while its function is deleted ends as it ends. On a slow machine a world outlives the waits.
    deleted = ("ResourceNotFoundException", "The function was deleted.")
    return [letter(*error, retries) for error in (deleted, failed) for retries in range(WORKERS[name].retries_max + 1)]


def arn(name):
    return f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{name}"


def rule_arn(rule):
    return f"arn:aws:events:{REGION}:{ACCOUNT}:rule/bus/{rule}"


def package(version):
    """The code as a zip; always the same bytes for a version."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr(zipfile.ZipInfo("bootstrap"), SOURCE.replace("VERSION", version))
    return packed.getvalue()


def code_sha256(version):
    """As GetFunction shows it."""
    return base64.b64encode(hashlib.sha256(package(version)).digest()).decode()


def create(client, name, version, environment):
    client.functions("POST", "/2015-03-31/functions", {
        "FunctionName": name, "Runtime": "provided.al2023", "Handler": "bootstrap", "Role": ROLE, "Timeout": 10,
        "Code": {"ZipFile": base64.b64encode(package(version)).decode()}, "Environment": {"Variables": environment}})


def update(client, name, version):
    client.functions("PUT", f"/2015-03-31/functions/{name}/code", {"ZipFile": base64.b64encode(package(version)).decode()})


def delete(client, name):
    client.functions("DELETE", f"/2015-03-31/functions/{name}")


def configure(client, name, invoke_config):
    client.functions("PUT", f"/2019-09-25/functions/{name}/event-invoke-config", invoke_config)


def invoke(client, name):
    """The version that it runs."""
    return client.functions("POST", f"/2015-03-31/functions/{name}/invocations", {}).get("version")


def list_made(client):
    """Name to CodeSha256 of those that come and go."""
    names = [found["FunctionName"] for found in client.functions("GET", "/2015-03-31/functions/")["Functions"]]
    return {name: client.functions("GET", f"/2015-03-31/functions/{name}")["Configuration"]["CodeSha256"]
            for name in names if name.startswith(MADE)}
