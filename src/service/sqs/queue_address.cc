#include "service/sqs/queue_address.h"

#include <fmt/format.h>

#include <utility>

#include "queue/queues.h"

namespace athanor::service::sqs {
namespace {

// Account and name; both empty when the URL has fewer than two segments after its host.
std::pair<std::string_view, std::string_view> last_two_segments(std::string_view url) {
  if (const auto scheme = url.find("://"); scheme != std::string_view::npos) url.remove_prefix(scheme + 3);
  url = url.substr(0, url.find_first_of("?#"));
  while (url.ends_with('/')) url.remove_suffix(1);
  const auto before_name = url.rfind('/');
  if (before_name == std::string_view::npos || before_name == 0) return {};
  const auto before_account = url.rfind('/', before_name - 1);
  if (before_account == std::string_view::npos) return {};
  return {url.substr(before_account + 1, before_name - before_account - 1), url.substr(before_name + 1)};
}

}  // namespace

std::string arn_prefix(const engine::Caller& caller) { return arn_prefix(caller, caller.account); }

std::string arn_prefix(const engine::Caller& caller, std::string_view account) {
  return fmt::format("arn:aws:sqs:{}:{}:", caller.region, account);
}

Result<std::string> arn_of_url(const engine::Caller& caller, std::string_view queue_url) {
  if (!queue_url.empty() && queue_url.find_first_of("/:") == std::string_view::npos)
    return arn_prefix(caller) + std::string{queue_url};
  const auto [account, name] = last_two_segments(queue_url);
  if (account.empty() || name.empty()) return queue::queue_not_found();
  return arn_prefix(caller, account) + std::string{name};
}

std::string url_of_arn(const engine::Caller& caller, std::string_view queue_arn) {
  const auto before_name = queue_arn.rfind(':');
  const auto before_account = queue_arn.rfind(':', before_name - 1);
  return fmt::format("{}/{}/{}", caller.endpoint,
                     queue_arn.substr(before_account + 1, before_name - before_account - 1),
                     queue_arn.substr(before_name + 1));
}

}  // namespace athanor::service::sqs
