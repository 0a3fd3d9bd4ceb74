// For tests: deploys templates to a real engine over an in-memory log.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/assert.h"
#include "engine/engine.h"
#include "engine/test_world.h"
#include "log/test_log.h"
#include "observe/counters.h"
#include "service/athanor/deploy_stack.h"

namespace athanor::service::athanor {

class Deployer {
 public:
  Deployer() { restart(); }

  // Keeps what a crash would leave: the records, and nothing else.
  void restart() {
    engine_ = std::make_unique<engine::Engine>(log_, clock_, world_, counters_, engine::Settings{.seed = 7});
    ATHANOR_ASSERT(engine_->recover().has_value());
  }

  template <class Decision>
  auto decide(Decision decision) {
    std::optional<decltype(decision(std::declval<engine::Call&>()))> result;
    engine_->execute(caller_, [&](engine::Call& call) { result.emplace(decision(call)); });
    return std::move(*result);
  }

  Result<api::DeployStackResponse> deploy(std::string_view text, std::map<std::string, std::string> parameters = {},
                                          std::map<std::string, std::string> code = {},
                                          const std::string& stack_name = "furnace",
                                          std::optional<std::map<std::string, std::string>> parameters_read = {}) {
    PreparedStack prepared;
    ATHANOR_TRY(parsed, stack::parse_template(text));
    prepared.parsed = std::move(parsed);
    ATHANOR_TRY(bound, stack::bind_parameters(prepared.parsed, parameters));
    prepared.parameters = std::move(bound);
    prepared.template_digest = text;
    for (const auto& [logical_id, digest] : code) prepared.code[logical_id] = {digest, 1'000};
    const api::DeployStackRequest request{.stack_name = stack_name,
                                          .template_body = std::string{text},
                                          .parameters = std::move(parameters),
                                          .parameters_read = std::move(parameters_read)};
    return decide([&](engine::Call& call) { return deploy_stack(call, request, prepared); });
  }

  std::string refusal_of(std::string_view text, std::map<std::string, std::string> code = {}) {
    const auto deployed = deploy(text, {}, std::move(code));
    return deployed ? "deployed" : deployed.error().message;
  }

  static std::vector<std::pair<std::string, std::string>> states(const Result<api::DeployStackResponse>& deployed) {
    std::vector<std::pair<std::string, std::string>> states;
    if (!deployed) return {{"error", deployed.error().message}};
    for (const auto& resource : deployed->resources) states.emplace_back(resource.logical_id, resource.status);
    return states;
  }

  engine::Works works() {
    return decide([](engine::Call& call) { return call.works; });
  }

  log::MemoryLog log_;
  base::ManualClock clock_;
  engine::StillWorld world_;
  observe::Counters counters_;
  engine::Caller caller_{.endpoint = "http://127.0.0.1:4566", .access_key_id = ""};
  std::unique_ptr<engine::Engine> engine_;
};

}  // namespace athanor::service::athanor
