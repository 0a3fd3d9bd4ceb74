// Rules and their targets. All on the engine thread.
#pragma once

#include <string_view>

#include "api/events_rules.h"
#include "base/result.h"
#include "engine/call.h"

namespace athanor::service::events {

// PutRule's checks of a ScheduleExpression.
Result<void> check_schedule(std::string_view expression, std::string_view bus_arn);
// PutTargets' checks of a target on its own.
Result<void> check_target(const api::Target& target);

// Replaces the whole rule except its targets and tags: members left out are cleared, State becomes ENABLED.
Result<api::PutRuleResponse> put_rule(engine::Call& call, const api::PutRuleRequest& request);
Result<api::DescribeRuleResponse> describe_rule(engine::Call& call, const api::DescribeRuleRequest& request);
Result<api::ListRulesResponse> list_rules(engine::Call& call, const api::ListRulesRequest& request);
Result<api::ListRuleNamesByTargetResponse> list_rule_names_by_target(engine::Call& call,
                                                                     const api::ListRuleNamesByTargetRequest& request);
Result<api::NoResponse> enable_rule(engine::Call& call, const api::EnableRuleRequest& request);
Result<api::NoResponse> disable_rule(engine::Call& call, const api::DisableRuleRequest& request);
Result<api::NoResponse> delete_rule(engine::Call& call, const api::DeleteRuleRequest& request);

Result<api::PutTargetsResponse> put_targets(engine::Call& call, const api::PutTargetsRequest& request);
Result<api::ListTargetsByRuleResponse> list_targets_by_rule(engine::Call& call,
                                                            const api::ListTargetsByRuleRequest& request);
Result<api::RemoveTargetsResponse> remove_targets(engine::Call& call, const api::RemoveTargetsRequest& request);

// Needs no state: a network thread may run it.
Result<api::TestEventPatternResponse> test_event_pattern(const api::TestEventPatternRequest& request);

}  // namespace athanor::service::events
