#!/bin/bash
# A function for the crash tests, started in a few milliseconds. It keeps a journal of its own (the server's process, the time,
# its name, the event's name), then answers with its version, or fails.
version=VERSION
LC_ALL=C
IFS=

# One request of the Runtime API: sets body and id. Each has a connection of its own: bash writes line by line, and on an old
# connection the kernel holds the second line back until the first is acknowledged.
ask() {
  local line length=0
  exec 3<>"/dev/tcp/${AWS_LAMBDA_RUNTIME_API%:*}/${AWS_LAMBDA_RUNTIME_API#*:}" || exit
  printf '%s /2018-06-01/runtime/invocation/%s HTTP/1.1\r\nHost: runtime\r\nContent-Length: %d\r\n\r\n%s' "$1" "$2" "${#3}" "$3" >&3
  id= body=
  while read -r line <&3 && line=${line%$'\r'} && [[ $line ]]; do
    case ${line,,} in
      content-length:*) length=${line#*: } ;;
      lambda-runtime-aws-request-id:*) id=${line#*: } ;;
    esac
  done
  if ((length > 0)); then read -r -N "$length" body <&3; fi
  exec 3>&-
}

while ask GET next '' && [[ $id ]]; do
  name= outcome=response answer="{\"version\":\"$version\"}"
  if [[ $body =~ \"name\":\ *\"([^\"]*)\" ]]; then name=${BASH_REMATCH[1]}; fi
  if [[ $JOURNAL ]]; then printf '%s\n' "$PPID $EPOCHREALTIME $AWS_LAMBDA_FUNCTION_NAME $name" >>"$JOURNAL"; fi
  if [[ $FAILS ]]; then outcome=error answer='{"errorType":"AsAsked","errorMessage":"as asked"}'; fi
  ask POST "$id/$outcome" "$answer"
done
