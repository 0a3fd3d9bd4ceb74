#include "cli/session.h"

#include <fmt/format.h>

#include <thread>

#include "cli/files.h"
#include "format/json.h"
#include "wire/json_codec.h"

namespace athanor::cli {
namespace {

// Whether a proxy answered for a server that did not: a 503 is also ours, but then in JSON or plain text.
bool is_of_a_proxy(const http::Response& answer) {
  if (!answer.header("x-amzn-RequestId").empty()) return false;
  return answer.status == 502 || answer.status == 504 ||
         (answer.status == 503 && answer.header("Content-Type").starts_with("text/html"));
}

// A person is waiting: better an error soon than a success in an hour.
constexpr sdk::RetryLimits kRetries{.retries_max = 2, .age_max = std::chrono::seconds{10}};

}  // namespace

Session::Session(Console& console, sdk::Environment environment)
    : console_(console), environment_(std::move(environment)), random_(io::random_seed()) {}

Session::~Session() = default;

void Session::fail(const Error& error, std::string_view hint) {
  std::string next{hint};
  const auto add = [&](std::string_view more) { next.append(next.empty() ? "" : "; ").append(more); };
  if (starting_) {
    add("try again; to wait for it: until athanor status; do sleep 1; done");
    exit = console_.failed(
        {ErrorCode::Unavailable, fmt::format("The server at {} is still starting: it is reading its log.", asked_), {}},
        next);
    return;
  }
  if (stranger_) {
    add(fmt::format("the server at {} is not Athanor; --endpoint or AWS_ENDPOINT_URL sets its address", asked_));
  } else if (refused_ && (error.code == ErrorCode::UnknownAccessKey || error.code == ErrorCode::SignatureMismatch)) {
    add(fmt::format(
        "the request was signed with the key {}; set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or a profile, to a "
        "key from the server's --credentials",
        asked_key_));
  } else if (!asked_.empty() && !answered_ &&
             (error.code == ErrorCode::Unavailable || error.code == ErrorCode::Timeout)) {
    add(fmt::format(
        "is a server running? athanor serve --dev --data ./data starts one; --endpoint or AWS_ENDPOINT_URL sets its "
        "address (now {})",
        asked_));
  }
  if (refused_ && error.code == ErrorCode::NotFound)
    add(fmt::format("the request went to {}; --region NAME chooses another region", asked_region_));
  exit = console_.failed(error, next);
  if (answered_) exit = Exit::Refused;  // also when the server could not do it now but may later
}

void Session::print_shape(const api::Shape& shape, const void* object, bool indented) {
  const std::string compact = wire::encode_json(shape, object);
  if (!indented) return console_.line(compact);
  const auto parsed = format::parse_json(compact);
  console_.line(parsed ? format::print_json_pretty(*parsed) : compact);
}

void Session::say_that_it_is_away(const Error& error) {
  console_.note(fmt::format("{} Waiting for it.", error.message));
}

void Session::pause(base::Duration wait) { std::this_thread::sleep_for(wait); }

Result<sdk::AwsClient*> Session::connect() {
  if (client_) return client_.get();
  ATHANOR_TRY(settings, read_settings());
  asked_region_ = settings.region;
  asked_key_ = settings.credentials.access_key_id;
  const sdk::Surroundings surroundings{.clock = clock_, .random = random_, .sleep = pause};
  const sdk::Send over_network = sdk::send_over_network({.ca_file = settings.ca_bundle});
  sdk::Send send = [this, over_network](const auto& at, const auto& request) {
    asked_ = at.url();
    auto answer = over_network(at, request);
    if (answer && is_of_a_proxy(*answer)) {
      answer = Error{ErrorCode::Unavailable,
                     fmt::format("The proxy at {} gets no answer from a server (HTTP {}).", asked_, answer->status),
                     {}};
    }
    answered_ = answer.has_value();
    refused_ = answered_ && answer->status >= 400;
    // `starting_` is how a server answers until it has read its log; an overloaded one, or a load balancer, answers
    // differently. Our own refusals with the statuses of `stranger_` carry a request id.
    stranger_ = answered_ && (answer->status / 100 == 3 || (answer->status > 400 && answer->status < 408)) &&
                answer->header("x-amzn-RequestId").empty();
    starting_ = answered_ && answer->status == 503 && answer->body.empty() && !answer->header("Retry-After").empty();
    return answer;
  };
  client_ = std::make_unique<sdk::AwsClient>(std::move(settings), kRetries, surroundings, std::move(send));
  return client_.get();
}

Result<sdk::AwsSettings> Session::read_settings() const { return read(sdk::read_aws_settings); }
Result<sdk::AwsSettings> Session::read_endpoints() const { return read(sdk::read_aws_endpoints); }

Result<sdk::AwsSettings> Session::read(ReadSettings how) const {
  const auto environment = [&](std::string_view name) -> std::optional<std::string> {
    // An endpoint given on the command line wins, whatever else is configured.
    if (!endpoint.empty() && name == "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS") return "true";
    if (!region.empty() && name == "AWS_REGION") return region;
    return environment_(name);
  };
  const auto read_text = [](const std::string& path) -> std::optional<std::string> {
    auto text = read_file(path);
    if (!text) return std::nullopt;
    return std::move(*text);
  };
  return how(environment, read_text,
             {.endpoint_url = endpoint.empty() ? std::string{kDefaultEndpoint} : endpoint,
              .credentials = {{kNoKeys, kNoKeys, {}}}});
}

}  // namespace athanor::cli
