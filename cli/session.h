// What every command is given: where the server is, how to print, and where to put its exit code.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "api/shape.h"
#include "base/clock.h"
#include "base/random.h"
#include "base/result.h"
#include "cli/console.h"
#include "io/system_clock.h"
#include "sdk/aws_client.h"
#include "sdk/aws_settings.h"
#include "sdk/backoff.h"
#include "sdk/environment.h"

namespace athanor::cli {

inline constexpr std::string_view kDefaultEndpoint = "http://127.0.0.1:4566";
inline constexpr const char* kNoKeys = "test";  // used when no keys are configured; a --dev server accepts any

class Session {
 public:
  Session(Console& console, sdk::Environment environment);
  ~Session();

  // Set from the command line before a command runs.
  std::string endpoint;  // empty: from the environment or the profile, else kDefaultEndpoint
  std::string region;    // empty: AWS_REGION, AWS_DEFAULT_REGION, the profile, or us-east-1
  bool json = false;

  // Set by the command that ran.
  Exit exit = Exit::Done;

  Console& console() { return console_; }
  const sdk::Environment& environment() const { return environment_; }
  base::Time now() const { return clock_.now(); }
  // Sleeps before the server is asked again.
  static void pause(base::Duration wait);

  // Where the last request went, and for which region.
  const std::string& asked() const { return asked_; }
  const std::string& asked_region() const { return asked_region_; }
  // The endpoint and credentials, from the command line, the environment and the profile; kNoKeys if there are no keys.
  Result<sdk::AwsSettings> read_settings() const;
  // The endpoint only; works for a profile without keys, too.
  Result<sdk::AwsSettings> read_endpoints() const;

  // Calls an operation.
  template <class Op>
  Result<typename Op::Response> call(const typename Op::Request& request) {
    auto client = connect();
    if (!client) return client.error();
    return (*client)->template call<Op>(request);
  }
  // The same for a listing operation: all pages, starting with the one that `request` asks for.
  template <class Op>
  Result<std::vector<typename Op::Response>> call_for_all(typename Op::Request request) {
    std::vector<typename Op::Response> pages;
    for (;;) {
      ATHANOR_TRY(page, call<Op>(request));
      pages.push_back(std::move(page));
      if constexpr (requires { request.marker; }) {
        request.marker = pages.back().next_marker;
        if (!request.marker) return pages;
      } else {
        request.next_token = pages.back().next_token;
        if (!request.next_token) return pages;
      }
    }
  }
  // The same as `call` for what goes on without us: waits for a server that is away, for example because it restarts.
  template <class Op>
  Result<typename Op::Response> call_when_there(const typename Op::Request& request) {
    for (bool is_away = false;; is_away = true) {
      auto response = call<Op>(request);
      if (response || !sdk::is_retryable(response.error())) return response;
      if (!is_away) say_that_it_is_away(response.error());
      pause(kBetweenAttempts);
    }
  }

  // Whether the last request was answered with an error.
  bool was_refused() const { return refused_; }

  // Ends the command with the error and what to do about it: `hint`, followed by advice of its own when no server
  // answered, it is not Athanor or is still starting, or its keys or region differ.
  void fail(const Error& error, std::string_view hint = {});
  // The same with a hint only for NotFound: where to find what exists.
  void fail_to_find(const Error& error, std::string_view hint) {
    fail(error, error.code == ErrorCode::NotFound ? hint : std::string_view{});
  }
  // For --json: the response as the server's JSON, indented or on one line.
  template <class T>
  void print_json(const T& response) {
    print_shape(api::shape_of<T>(), &response, true);
  }
  template <class T>
  void print_json_line(const T& response) {
    print_shape(api::shape_of<T>(), &response, false);
  }

 private:
  static constexpr std::chrono::seconds kBetweenAttempts{1};
  using ReadSettings = decltype(sdk::read_aws_settings);
  Result<sdk::AwsSettings> read(ReadSettings how) const;
  Result<sdk::AwsClient*> connect();
  void say_that_it_is_away(const Error& error);
  void print_shape(const api::Shape& shape, const void* object, bool indented);

  Console& console_;
  sdk::Environment environment_;
  io::SystemClock clock_;
  base::Random random_;
  std::unique_ptr<sdk::AwsClient> client_;
  // About the last request.
  std::string asked_, asked_region_, asked_key_;
  bool answered_ = false;  // by any server
  bool refused_ = false;   // with an error
  bool starting_ = false;  // by a server that is not ready yet
  bool stranger_ = false;  // in a way that no Athanor server refuses
};

}  // namespace athanor::cli
