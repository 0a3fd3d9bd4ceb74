// The AWS SDK for JavaScript against a server at ATHANOR_ENDPOINT. It speaks SQS in JSON, unlike Debian's clients.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';

import * as events from '@aws-sdk/client-eventbridge';
import * as lambda from '@aws-sdk/client-lambda';
import * as sqs from '@aws-sdk/client-sqs';

const endpoint = process.env.ATHANOR_ENDPOINT;
assert.ok(endpoint, 'ATHANOR_ENDPOINT says where the server is');
const settings = {
  endpoint,
  region: 'us-east-1',
  credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  maxAttempts: 1,
};
const buses = new events.EventBridgeClient(settings);
const queues = new sqs.SQSClient(settings);
const functions = new lambda.LambdaClient(settings);
const unique = (beginning) => `${beginning}-${randomUUID().slice(0, 8)}`;

async function makeQueue(name = unique('queue'), attributes = {}) {
  const { QueueUrl } = await queues.send(new sqs.CreateQueueCommand({ QueueName: name, Attributes: attributes }));
  const { Attributes } = await queues.send(
    new sqs.GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['QueueArn'] }));
  return { url: QueueUrl, arn: Attributes.QueueArn };
}

async function makeRoute(pattern, target) {
  const bus = unique('bus');
  await buses.send(new events.CreateEventBusCommand({ Name: bus, Description: 'for a test' }));
  await buses.send(
    new events.PutRuleCommand({ Name: 'route', EventBusName: bus, EventPattern: JSON.stringify(pattern) }));
  const put = await buses.send(
    new events.PutTargetsCommand({ Rule: 'route', EventBusName: bus, Targets: [{ Id: '1', Arn: target }] }));
  assert.equal(put.FailedEntryCount, 0);
  return bus;
}

async function put(bus, detail) {
  const answer = await buses.send(new events.PutEventsCommand({
    Entries: [{ EventBusName: bus, Source: 'shop', DetailType: 'Sold', Detail: JSON.stringify(detail),
                Time: new Date('2026-01-02T03:04:05Z') }],
  }));
  assert.equal(answer.FailedEntryCount, 0);
  return answer.Entries[0].EventId;
}

async function receive(url) {
  const { Messages } = await queues.send(new sqs.ReceiveMessageCommand(
    { QueueUrl: url, WaitTimeSeconds: 10, MessageAttributeNames: ['All'], MessageSystemAttributeNames: ['All'] }));
  assert.equal(Messages?.length, 1);
  await queues.send(new sqs.DeleteMessageCommand({ QueueUrl: url, ReceiptHandle: Messages[0].ReceiptHandle }));
  return Messages[0];
}

test('a missing bus is refused with its own class of error', async () => {
  await assert.rejects(buses.send(new events.DescribeEventBusCommand({ Name: 'missing' })), (error) => {
    assert.ok(error instanceof events.ResourceNotFoundException);
    assert.equal(error.message, 'Event bus missing does not exist.');
    return true;
  });
});

test('a missing queue is refused with its own class of error', async () => {
  await assert.rejects(queues.send(new sqs.GetQueueUrlCommand({ QueueName: 'missing' })), (error) => {
    assert.ok(error instanceof sqs.QueueDoesNotExist, error.name);
    return true;
  });
});

test('a missing function is refused with its own class of error', async () => {
  await assert.rejects(functions.send(new lambda.GetFunctionCommand({ FunctionName: 'missing' })), (error) => {
    assert.ok(error instanceof lambda.ResourceNotFoundException, error.name);
    assert.match(error.message, /^Function not found: arn:aws:lambda:us-east-1:123456789012:function:missing/);
    return true;
  });
});

test('an event goes through a rule to a queue', async () => {
  const queue = await makeQueue();
  const bus = await makeRoute({ source: ['shop'], detail: { price: [{ numeric: ['>', 10] }] } }, queue.arn);
  await put(bus, { price: 9 });
  const id = await put(bus, { price: 11, text: 'ü 🚀' });
  const event = JSON.parse((await receive(queue.url)).Body);
  assert.equal(event.id, id);
  assert.equal(event.time, '2026-01-02T03:04:05Z');
  assert.deepEqual(event.detail, { price: 11, text: 'ü 🚀' });
});

test('a bus describes itself with times and text', async () => {
  const bus = await makeRoute({ source: ['shop'] }, 'arn:aws:sqs:us-east-1:123456789012:any');
  const described = await buses.send(new events.DescribeEventBusCommand({ Name: bus }));
  assert.equal(described.Description, 'for a test');
  assert.ok(Math.abs(described.CreationTime - Date.now()) < 60_000);
});

test('a message keeps its attributes, and the client agrees with the digests', async () => {
  const queue = await makeQueue();
  const attributes = {
    kind: { DataType: 'String', StringValue: 'order' },
    count: { DataType: 'Number', StringValue: '3' },
    raw: { DataType: 'Binary', BinaryValue: new Uint8Array([0, 255]) },
  };
  const sent = await queues.send(
    new sqs.SendMessageCommand({ QueueUrl: queue.url, MessageBody: 'hello', MessageAttributes: attributes }));
  const message = await receive(queue.url);
  assert.equal(message.MessageId, sent.MessageId);
  assert.equal(message.Body, 'hello');
  assert.equal(message.MessageAttributes.kind.StringValue, 'order');
  assert.deepEqual([...message.MessageAttributes.raw.BinaryValue], [0, 255]);
  assert.equal(message.Attributes.ApproximateReceiveCount, '1');
});

test('batches answer entry by entry', async () => {
  const queue = await makeQueue();
  const sent = await queues.send(new sqs.SendMessageBatchCommand({
    QueueUrl: queue.url,
    Entries: [{ Id: 'a', MessageBody: '1' }, { Id: 'b', MessageBody: '2', DelaySeconds: 901 }],
  }));
  assert.deepEqual(sent.Successful.map((entry) => entry.Id), ['a']);
  assert.deepEqual(sent.Failed.map((entry) => [entry.Id, entry.SenderFault]), [['b', true]]);
  assert.equal((await receive(queue.url)).Body, '1');
});

test('a long poll ends when a message arrives', async () => {
  const queue = await makeQueue();
  const poll = queues.send(new sqs.ReceiveMessageCommand({ QueueUrl: queue.url, WaitTimeSeconds: 20 }));
  const early = await Promise.race([poll, new Promise((resolve) => setTimeout(resolve, 200, 'waiting'))]);
  assert.equal(early, 'waiting');
  const sent = Date.now();
  await queues.send(new sqs.SendMessageCommand({ QueueUrl: queue.url, MessageBody: 'x' }));
  assert.equal((await poll).Messages[0].Body, 'x');
  assert.ok(Date.now() - sent < 3_000);
});

test('a long poll without a message answers without messages', async () => {
  const queue = await makeQueue();
  const started = Date.now();
  const answer = await queues.send(new sqs.ReceiveMessageCommand({ QueueUrl: queue.url, WaitTimeSeconds: 1 }));
  assert.equal(answer.Messages, undefined);
  assert.ok(Date.now() - started >= 900);
});

test('a FIFO queue keeps the order of a group', async () => {
  const queue = await makeQueue(`${unique('ordered')}.fifo`, { FifoQueue: 'true', ContentBasedDeduplication: 'true' });
  for (let n = 0; n < 5; ++n) {
    await queues.send(new sqs.SendMessageCommand({ QueueUrl: queue.url, MessageBody: `${n}`, MessageGroupId: 'g' }));
  }
  for (let n = 0; n < 5; ++n) assert.equal((await receive(queue.url)).Body, `${n}`);
});

test('a function is invoked in both ways, and by a rule', async () => {
  const queue = await makeQueue();
  const name = unique('function');
  const code = execFileSync('/usr/bin/python3', ['-c', `
import io, sys, zipfile
packed = io.BytesIO()
with zipfile.ZipFile(packed, "w") as archive:
    archive.write("../bootstrap.py", "bootstrap")
sys.stdout.buffer.write(packed.getvalue())`], { cwd: import.meta.dirname });
  const made = await functions.send(new lambda.CreateFunctionCommand({
    FunctionName: name, Runtime: 'provided.al2023', Handler: 'bootstrap', Code: { ZipFile: code }, Timeout: 10,
    Role: 'arn:aws:iam::123456789012:role/any', Environment: { Variables: { QUEUE_URL: queue.url } },
  }));
  await lambda.waitUntilFunctionActiveV2({ client: functions, maxWaitTime: 20 }, { FunctionName: name });

  const payload = Buffer.from(JSON.stringify({ text: 'ü 🚀' }));
  const answer = await functions.send(new lambda.InvokeCommand({ FunctionName: name, Payload: payload }));
  assert.equal(answer.StatusCode, 200);
  assert.equal(answer.FunctionError, undefined);
  assert.deepEqual(JSON.parse(Buffer.from(answer.Payload)), { text: 'ü 🚀' });

  const failed = await functions.send(
    new lambda.InvokeCommand({ FunctionName: name, Payload: Buffer.from('{"do":"fail"}') }));
  assert.equal(failed.FunctionError, 'Unhandled');
  assert.equal(JSON.parse(Buffer.from(failed.Payload)).errorMessage, 'as asked');

  const accepted = await functions.send(new lambda.InvokeCommand(
    { FunctionName: name, InvocationType: 'Event', Payload: Buffer.from('{"do":"send","n":1}') }));
  assert.equal(accepted.StatusCode, 202);
  assert.deepEqual(JSON.parse((await receive(queue.url)).Body), { do: 'send', n: 1 });

  const bus = await makeRoute({ source: ['shop'] }, made.FunctionArn);
  const id = await put(bus, { do: 'send', n: 2 });
  assert.equal(JSON.parse((await receive(queue.url)).Body).id, id);

  await functions.send(new lambda.DeleteFunctionCommand({ FunctionName: name }));
  await assert.rejects(functions.send(new lambda.InvokeCommand({ FunctionName: name })),
                       lambda.ResourceNotFoundException);
});
