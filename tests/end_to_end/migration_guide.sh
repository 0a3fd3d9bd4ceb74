#!/usr/bin/env bash
# The commands of the migration guide (Alchemiser's move to EventBridge) that speak to events, sqs and lambda, with the
# distribution's aws command. Every check prints 'ok NAME' or 'not ok NAME'; the last line is 'done'.
set -uo pipefail
cd "$(dirname "$0")" || exit 1

binary=${1:-${ATHANOR_BIN:-$(realpath -m ../../build/release/bin/athanor)}}
aws=${AWS_COMMAND:-/usr/bin/aws}
home=$(mktemp -d -t athanor-guide-XXXXXX)
server=
stop() {
  [[ -n $server ]] && kill "$server" 2>/dev/null && wait "$server" 2>/dev/null
  rm -rf "$home"
}
trap stop EXIT

"$binary" serve --dev --data "$home/data" --port 0 > "$home/output" 2>&1 &
server=$!
endpoint=
for _ in $(seq 200); do
  endpoint=$(sed -n 's|.*listening on \(http://[0-9.]*:[0-9]*\).*|\1|p' "$home/output")
  [[ -n $endpoint ]] && break
  sleep 0.1
done
if [[ -z $endpoint ]]; then
  echo "not ok the server starts"
  cat "$home/output"
  exit 1
fi

export AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test AWS_DEFAULT_REGION=us-east-1 AWS_PAGER=
export AWS_CONFIG_FILE=/dev/null AWS_SHARED_CREDENTIALS_FILE=/dev/null AWS_EC2_METADATA_DISABLED=true
athanor() { "$aws" --endpoint-url "$endpoint" "$@" 2>&1; }

failed=0
# check NAME EXPECTED ACTUAL: they are the same text
check() {
  if [[ $2 == "$3" ]]; then
    echo "ok $1"
  else
    echo "not ok $1"
    printf '  expected: %s\n  got:      %s\n' "$2" "$3"
    failed=1
  fi
}
# same, where EXPECTED is an extended regular expression
check_like() {
  if [[ $3 =~ $2 ]]; then
    echo "ok $1"
  else
    echo "not ok $1"
    printf '  expected: %s\n  got:      %s\n' "$2" "$3"
    failed=1
  fi
}
# until QUESTION... : repeats the command until it succeeds, 15 s at most
until_true() {
  local end=$((SECONDS + 15))
  until "$@"; do
    ((SECONDS > end)) && return 1
    sleep 0.1
  done
}

bus=alchemiser-trading-events-dev
arn=arn:aws:events:us-east-1:123456789012
function=the-alchemiser-v2-lambda-dev

# What the guide's phase 1 has deployed.
check "create-event-bus" "$arn:event-bus/$bus" \
  "$(athanor events create-event-bus --name $bus --query EventBusArn --output text)"
queue_url=$(athanor sqs create-queue --queue-name alchemiser-signals-dev --query QueueUrl --output text)
dlq_url=$(athanor sqs create-queue --queue-name alchemiser-event-dlq-dev --query QueueUrl --output text)
check "create-queue" "$endpoint/123456789012/alchemiser-event-dlq-dev" "$dlq_url"
check "create-archive" "$arn:archive/alchemiser-event-archive-dev" "$(athanor events create-archive \
  --archive-name alchemiser-event-archive-dev --event-source-arn "$arn:event-bus/$bus" --retention-days 365 \
  --event-pattern '{"source":[{"prefix":"alchemiser."}]}' --query ArchiveArn --output text)"
check "put-rule" "$arn:rule/$bus/alchemiser-signal-generated-dev" "$(athanor events put-rule \
  --name alchemiser-signal-generated-dev --event-bus-name $bus --state DISABLED \
  --event-pattern '{"source":["alchemiser.strategy"],"detail-type":["SignalGenerated"]}' --query RuleArn --output text)"
check "put-targets" 0 "$(athanor events put-targets --rule alchemiser-signal-generated-dev --event-bus-name $bus \
  --targets "[{\"Id\":\"queue\",\"Arn\":\"arn:aws:sqs:us-east-1:123456789012:alchemiser-signals-dev\"},
              {\"Id\":\"function\",\"Arn\":\"arn:aws:lambda:us-east-1:123456789012:function:not-deployed\",
               \"RetryPolicy\":{\"MaximumRetryAttempts\":3,\"MaximumEventAgeInSeconds\":3600},
               \"DeadLetterConfig\":{\"Arn\":\"arn:aws:sqs:us-east-1:123456789012:alchemiser-event-dlq-dev\"}}]" \
  --query FailedEntryCount --output text)"
/usr/bin/python3 -c '
import sys, zipfile
with zipfile.ZipFile(sys.argv[1], "w") as archive:
    archive.write("bootstrap.py", "bootstrap")' "$home/function.zip"
check "create-function" "arn:aws:lambda:us-east-1:123456789012:function:$function" "$(athanor lambda create-function \
  --function-name $function --runtime provided.al2023 --handler bootstrap \
  --role arn:aws:iam::123456789012:role/any --zip-file "fileb://$home/function.zip" --query FunctionArn --output text)"
athanor lambda wait function-active-v2 --function-name $function
check "wait function-active-v2" 0 $?

# Verify Deployment
check "list-event-buses --name-prefix" "$bus" \
  "$(athanor events list-event-buses --name-prefix alchemiser --query 'EventBuses[].Name' --output text)"
check "list-rules" "alchemiser-signal-generated-dev	DISABLED" \
  "$(athanor events list-rules --event-bus-name $bus --query 'Rules[].[Name,State]' --output text)"
check "get-queue-attributes without names" "" "$(athanor sqs get-queue-attributes --queue-url "$dlq_url")"

# Enable Dual-Publish
# (The guide writes Variables='{"...": "true"}'; the command itself refuses that form before it sends anything.)
check "update-function-configuration" true "$(athanor lambda update-function-configuration --function-name $function \
  --environment '{"Variables": {"EVENTBRIDGE__ENABLE_DUAL_PUBLISH": "true"}}' \
  --query 'Environment.Variables.EVENTBRIDGE__ENABLE_DUAL_PUBLISH' --output text)"
athanor lambda wait function-updated-v2 --function-name $function
check "wait function-updated-v2" 0 $?
athanor lambda invoke --function-name $function --cli-binary-format raw-in-base64-out \
  --payload '{"do":"environment","names":["EVENTBRIDGE__ENABLE_DUAL_PUBLISH"]}' "$home/answer" > /dev/null
check "invoke sees the new environment" '{"EVENTBRIDGE__ENABLE_DUAL_PUBLISH": "true"}' "$(cat "$home/answer")"

# A disabled rule sends nothing, an enabled one does.
put_signal() {
  athanor events put-events --entries "[{\"EventBusName\":\"$bus\",\"Source\":\"alchemiser.strategy\",
    \"DetailType\":\"SignalGenerated\",\"Resources\":[\"correlation:abc-123-def\",\"causation:xyz-789-ghi\"],
    \"Detail\":\"{\\\"event_id\\\":\\\"$1\\\",\\\"signal_count\\\":5}\"}]" --query 'Entries[0].EventId' --output text
}
check_like "put-events" '^[0-9a-f-]{36}$' "$(put_signal evt_disabled)"
check "enable-rule" "" "$(athanor events enable-rule --event-bus-name $bus --name alchemiser-signal-generated-dev)"
check "describe-rule" ENABLED "$(athanor events describe-rule --event-bus-name $bus \
  --name alchemiser-signal-generated-dev --query State --output text)"
id=$(put_signal evt_enabled)
body=$(athanor sqs receive-message --queue-url "$queue_url" --wait-time-seconds 10 --max-number-of-messages 10 \
  --query 'Messages[].Body' --output text)
check_like "the enabled rule's target has the event" "^\{\"version\":\"0\",\"id\":\"$id\",.*evt_enabled" "$body"
check "the disabled rule's target had none" "" "$(grep -o evt_disabled <<< "$body")"

# Dead Letter Queue Monitoring
dead_letters() { athanor sqs get-queue-attributes --queue-url "$dlq_url" \
  --attribute-names ApproximateNumberOfMessages --query Attributes.ApproximateNumberOfMessages --output text; }
dlq_has_one() { [[ $(dead_letters) == 1 ]]; }
until_true dlq_has_one
check "get-queue-attributes --attribute-names ApproximateNumberOfMessages" 1 "$(dead_letters)"
dead=$(athanor sqs receive-message --queue-url "$dlq_url" --max-number-of-messages 10 --message-attribute-names All \
  --query 'Messages[].[Body,MessageAttributes.ERROR_CODE.StringValue,MessageAttributes.TARGET_ARN.StringValue]' \
  --output text)
check_like "receive-message" "\"id\":\"$id\".*	NO_RESOURCE	arn:aws:lambda:us-east-1:123456789012:function:not-deployed" \
  "$dead"
check_like "receive-message without an option that it needs" "required: --queue-url" "$(athanor sqs receive-message)"

# Event Replay: the guide's command, with today's date.
start=$(date -u -d '-1 hour' +%Y-%m-%dT%H:%M:%SZ)
end=$(date -u -d '+1 hour' +%Y-%m-%dT%H:%M:%SZ)
check "start-replay" STARTING "$(athanor events start-replay \
  --replay-name "replay-2025-10-13" \
  --event-source-arn $arn:archive/alchemiser-event-archive-dev \
  --event-start-time "$start" \
  --event-end-time "$end" \
  --destination "{
    \"Arn\": \"$arn:event-bus/$bus\"
  }" --query State --output text)"
replay_state() { athanor events describe-replay --replay-name "replay-2025-10-13" --query State --output text; }
replay_is_done() { [[ $(replay_state) == COMPLETED ]]; }
until_true replay_is_done
check "describe-replay" COMPLETED "$(replay_state)"
replayed=
for _ in 1 2 3; do
  replayed+=$(athanor sqs receive-message --queue-url "$queue_url" --wait-time-seconds 1 --max-number-of-messages 10 \
    --query 'Messages[].Body' --output text)
  [[ $replayed == *evt_disabled* && $replayed == *evt_enabled* ]] && break
done
check "the replay brings the event that found the rule disabled" evt_disabled \
  "$(grep -o evt_disabled <<< "$replayed" | sort -u)"
check "both events came with the replay's name" 2 "$(grep -o '"replay-name":"replay-2025-10-13"' <<< "$replayed" | wc -l)"
check "describe-archive" 2 "$(athanor events describe-archive --archive-name alchemiser-event-archive-dev \
  --query EventCount --output text)"
check_like "list-replays" "^replay-2025-10-13	COMPLETED$" \
  "$(athanor events list-replays --query 'Replays[].[ReplayName,State]' --output text)"

# Refusals read as the aws command writes them.
check_like "a missing bus" "\(ResourceNotFoundException\) when calling the ListRules operation: Event bus nowhere does not exist" \
  "$(athanor events list-rules --event-bus-name nowhere)"
check_like "a missing queue" "AWS.SimpleQueueService.NonExistentQueue" "$(athanor sqs get-queue-url --queue-name nowhere)"
check_like "a missing function" "\(ResourceNotFoundException\) when calling the GetFunction operation: Function not found" \
  "$(athanor lambda get-function --function-name nowhere)"

echo "done"
exit $failed
