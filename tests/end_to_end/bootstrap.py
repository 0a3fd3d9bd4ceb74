#!/usr/bin/env python3
"""A function for tests. The event's "do" says what it does. It speaks the Runtime API and needs no library."""

import json
import os
import sys
import time
import urllib.error
import urllib.request

API = f"http://{os.environ['AWS_LAMBDA_RUNTIME_API']}/2018-06-01/runtime"
invocations = 0


def post(url, body, headers=None):
    request = urllib.request.Request(url, json.dumps(body).encode(), {"Content-Type": "application/json",
                                                                      **(headers or {})})
    return urllib.request.urlopen(request).read()


def send(event):
    """Sends what it received on to a queue, through the endpoint in its own environment."""
    post(os.environ["AWS_ENDPOINT_URL"] + "/", {"QueueUrl": os.environ["QUEUE_URL"], "MessageBody": json.dumps(event)},
         {"Content-Type": "application/x-amz-json-1.0", "X-Amz-Target": "AmazonSQS.SendMessage"})


def handle(event, headers):
    event = event if isinstance(event, dict) else {"do": "echo", "event": event}
    do = event.get("detail", {}).get("do") or event.get("do", "echo")
    print("handling", do, flush=True)
    if do == "fail":
        raise ValueError("as asked")
    if do == "hang":
        time.sleep(3600)
    if do == "exit":
        sys.exit(3)
    if do == "large":
        return "x" * event["size"]
    if do == "environment":
        return {name: os.environ.get(name) for name in event["names"]}
    if do == "context":
        return {"headers": {name.lower(): value for name, value in headers.items()}, "invocations": invocations,
                "now_ms": time.time() * 1000, "process": os.getpid(), "directory": os.getcwd()}
    if do.startswith("send"):
        send(event)
    if do == "send and hang":
        time.sleep(3600)
    while "until" in event and not os.path.exists(event["until"]):
        time.sleep(0.01)
    if do == "send twice":
        send(event)
    if do == "send and fail":
        raise ValueError("as asked")
    return event


if os.environ.get("FAIL_AT_START"):
    post(f"{API}/init/error", {"errorMessage": "cannot start", "errorType": "StartError"})
    sys.exit(1)
while True:
    with urllib.request.urlopen(f"{API}/invocation/next") as answer:
        invocation, event_body = answer.headers, json.load(answer)
    invocations += 1
    request_id = invocation["Lambda-Runtime-Aws-Request-Id"]
    try:
        outcome, answer = "response", handle(event_body, invocation)
    except Exception as error:  # the function's own failure is an answer, too
        outcome, answer = "error", {"errorMessage": str(error), "errorType": type(error).__name__, "stackTrace": []}
    try:
        post(f"{API}/invocation/{request_id}/{outcome}", answer)
    except urllib.error.HTTPError as error:
        print("the answer was refused:", error, flush=True)
    if isinstance(event_body, dict) and event_body.get("do") == "answer and exit":
        sys.exit(3)
