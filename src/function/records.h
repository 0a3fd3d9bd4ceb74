// What this folder writes to the log.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/describe.h"
#include "log/log.h"

namespace athanor::function {

// A function's configuration. The code itself is kept beside the log, under its hash.
struct FunctionPut {
  static constexpr log::RecordType kType = 300;
  std::string arn;
  std::string name;
  std::string region;
  std::string account;
  std::string runtime;
  std::string handler;
  std::string role;
  std::string description;
  std::chrono::seconds timeout{3};
  std::int64_t memory_mb = 128;
  std::map<std::string, std::string> environment;
  std::string dead_letter_arn;
  std::string code_id;          // SHA-256 of the zip, hexadecimal
  std::int64_t code_bytes = 0;  // of the zip
  std::string package_type = "Zip";
  std::vector<std::string> architectures;
  std::vector<std::string> layers;
  std::map<std::string, std::string> tags;
  std::string revision_id;
  base::Time modified{};
  std::string kms_key_arn;  // without effect

  static constexpr auto members() {
    using R = FunctionPut;
    return Members{member("arn", &R::arn),
                   member("name", &R::name),
                   member("region", &R::region),
                   member("account", &R::account),
                   member("runtime", &R::runtime),
                   member("handler", &R::handler),
                   member("role", &R::role),
                   member("description", &R::description),
                   member("timeout", &R::timeout),
                   member("memory_mb", &R::memory_mb),
                   member("environment", &R::environment),
                   member("dead_letter_arn", &R::dead_letter_arn),
                   member("code_id", &R::code_id),
                   member("code_bytes", &R::code_bytes),
                   member("package_type", &R::package_type),
                   member("architectures", &R::architectures),
                   member("layers", &R::layers),
                   member("tags", &R::tags),
                   member("revision_id", &R::revision_id),
                   member("modified", &R::modified),
                   member("kms_key_arn", &R::kms_key_arn)};
  }
};

struct FunctionDeleted {
  static constexpr log::RecordType kType = 301;
  std::string arn;
  // In older records: request ids of its running asynchronous invocations. The record gave up all others.
  std::vector<std::string> running{};
  // What waited is given up in steps, by InvocationsGivenUp. False for a reset, and in older records.
  bool in_steps = false;
  static constexpr auto members() {
    return Members{member("arn", &FunctionDeleted::arn), member("running", &FunctionDeleted::running),
                   member("in_steps", &FunctionDeleted::in_steps)};
  }
};

// How a function's asynchronous invocations are tried. Source: Lambda API Reference, FunctionEventInvokeConfig.
struct InvokeConfig {
  std::optional<std::int64_t> retries_max;            // 0..2; absent: 2
  std::optional<std::chrono::seconds> event_age_max;  // 60..21,600 s; absent: 6 h
  std::string on_success;
  std::string on_failure;
  base::Time modified{};

  static constexpr auto members() {
    using C = InvokeConfig;
    return Members{member("retries_max", &C::retries_max), member("event_age_max", &C::event_age_max),
                   member("on_success", &C::on_success), member("on_failure", &C::on_failure),
                   member("modified", &C::modified)};
  }
};

struct InvokeConfigPut {
  static constexpr log::RecordType kType = 302;
  std::string arn;
  std::optional<InvokeConfig> config;  // absent: deleted
  static constexpr auto members() {
    return Members{member("arn", &InvokeConfigPut::arn), member("config", &InvokeConfigPut::config)};
  }
};

struct ConcurrencyPut {
  static constexpr log::RecordType kType = 303;
  std::string arn;
  std::optional<std::int64_t> reserved;  // absent: deleted
  static constexpr auto members() {
    return Members{member("arn", &ConcurrencyPut::arn), member("reserved", &ConcurrencyPut::reserved)};
  }
};

// Who may invoke: a statement of the function's policy, as JSON. Kept and shown, not enforced.
struct PermissionsPut {
  static constexpr log::RecordType kType = 304;
  std::string arn;
  std::map<std::string, std::string> statements;  // all of them, by Sid
  std::string revision_id;
  static constexpr auto members() {
    return Members{member("arn", &PermissionsPut::arn), member("statements", &PermissionsPut::statements),
                   member("revision_id", &PermissionsPut::revision_id)};
  }
};

// An asynchronous Invoke by a client: holds the payload.
struct InvokeRequested {
  static constexpr log::RecordType kType = 310;
  std::string function_arn;
  std::string request_id;
  std::string payload;
  static constexpr auto members() {
    return Members{member("function_arn", &InvokeRequested::function_arn),
                   member("request_id", &InvokeRequested::request_id), member("payload", &InvokeRequested::payload)};
  }
};

// An attempt succeeded; the invocation is done.
struct InvocationSettled {
  static constexpr log::RecordType kType = 311;
  std::string request_id;
  static constexpr auto members() { return Members{member("request_id", &InvocationSettled::request_id)}; }
};

// An attempt failed: it is due again, or given up.
struct InvocationFailed {
  static constexpr log::RecordType kType = 312;
  std::string request_id;
  std::string error_type;
  std::string error_message;
  bool too_old = false;  // not tried again: it waited longer than the function allows
  // Once given up, it goes to the function's destination and to its dead-letter queue. With older records it goes only
  // to the first of the two, and their messages are counted accordingly.
  bool to_both = false;
  bool no_concurrency = false;  // not tried again: the function's reserved concurrency is 0
  static constexpr auto members() {
    using R = InvocationFailed;
    return Members{member("request_id", &R::request_id),
                   member("error_type", &R::error_type),
                   member("error_message", &R::error_message),
                   member("too_old", &R::too_old),
                   member("to_both", &R::to_both),
                   member("no_concurrency", &R::no_concurrency)};
  }
};

// Waiting invocations of deleted functions: given up.
struct InvocationsGivenUp {
  static constexpr log::RecordType kType = 313;
  std::vector<std::string> request_ids;
  static constexpr auto members() { return Members{member("request_ids", &InvocationsGivenUp::request_ids)}; }
};

}  // namespace athanor::function
