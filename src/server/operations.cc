#include "server/operations.h"

#include <map>
#include <vector>

#include "api/athanor.h"
#include "api/events.h"
#include "api/lambda.h"
#include "api/sqs.h"
#include "base/limits.h"
#include "server/handlers.h"
#include "service/athanor/deploy_stack.h"
#include "service/events/archives.h"
#include "service/events/event_buses.h"
#include "service/events/put_events.h"
#include "service/events/rules.h"
#include "service/lambda/functions.h"
#include "service/lambda/invoke.h"
#include "service/sqs/acknowledge.h"
#include "service/sqs/queues.h"
#include "service/sqs/receive_message.h"
#include "service/sqs/send_message.h"

namespace athanor::server {
namespace {

namespace events = service::events;
namespace sqs = service::sqs;
namespace lambda = service::lambda;
namespace own = service::athanor;

// For operations that carry code, or a payload that is refused in AWS's words when it is too large.
constexpr std::size_t kLarge = limits::kRequestBodyBytes;

std::vector<Handler> events_handlers() {
  return {decision<api::CreateEventBus>(events::create_event_bus),
          decision<api::DescribeEventBus>(events::describe_event_bus),
          decision<api::UpdateEventBus>(events::update_event_bus),
          decision<api::ListEventBuses>(events::list_event_buses),
          decision<api::DeleteEventBus>(events::delete_event_bus),
          decision<api::PutPermission>(events::put_permission),
          decision<api::RemovePermission>(events::remove_permission),
          decision<api::TagResource>(events::tag_resource),
          decision<api::UntagResource>(events::untag_resource),
          decision<api::ListTagsForResource>(events::list_tags_for_resource),
          decision<api::PutRule>(events::put_rule),
          decision<api::DescribeRule>(events::describe_rule),
          decision<api::ListRules>(events::list_rules),
          decision<api::ListRuleNamesByTarget>(events::list_rule_names_by_target),
          decision<api::EnableRule>(events::enable_rule),
          decision<api::DisableRule>(events::disable_rule),
          decision<api::DeleteRule>(events::delete_rule),
          decision<api::PutTargets>(events::put_targets),
          decision<api::ListTargetsByRule>(events::list_targets_by_rule),
          decision<api::RemoveTargets>(events::remove_targets),
          prepared_decision<api::PutEvents>(events::prepare_put_events, events::put_events).takes(kEscapedBodyBytes),
          decision<api::CreateArchive>(events::create_archive),
          decision<api::DescribeArchive>(events::describe_archive),
          decision<api::ListArchives>(events::list_archives),
          decision<api::UpdateArchive>(events::update_archive),
          decision<api::DeleteArchive>(events::delete_archive),
          decision<api::StartReplay>(events::start_replay),
          decision<api::DescribeReplay>(events::describe_replay),
          decision<api::ListReplays>(events::list_replays),
          decision<api::CancelReplay>(events::cancel_replay),
          {&api::TestEventPattern::info,
           [](const ExchangePtr& exchange, const http::Request& http_request) {
             const auto request = decode<api::TestEventPattern>(exchange, http_request);
             if (request) exchange->answer<api::TestEventPattern>(events::test_event_pattern(*request));
           },
           kEscapedBodyBytes}};
}

std::vector<Handler> sqs_handlers() {
  return {decision<api::CreateQueue>(sqs::create_queue),
          decision<api::GetQueueUrl>(sqs::get_queue_url),
          decision<api::ListQueues>(sqs::list_queues),
          decision<api::ListDeadLetterSourceQueues>(sqs::list_dead_letter_source_queues),
          decision<api::PurgeQueue>(sqs::purge_queue),
          decision<api::DeleteQueue>(sqs::delete_queue),
          decision<api::GetQueueAttributes>(sqs::get_queue_attributes),
          decision<api::SetQueueAttributes>(sqs::set_queue_attributes),
          decision<api::TagQueue>(sqs::tag_queue),
          decision<api::UntagQueue>(sqs::untag_queue),
          decision<api::ListQueueTags>(sqs::list_queue_tags),
          decision<api::DeleteMessage>(sqs::delete_message),
          decision<api::DeleteMessageBatch>(sqs::delete_message_batch),
          decision<api::ChangeMessageVisibility>(sqs::change_message_visibility),
          decision<api::ChangeMessageVisibilityBatch>(sqs::change_message_visibility_batch),
          consuming_decision<api::SendMessage>(sqs::prepare_send_message, sqs::send_message).takes(kEscapedBodyBytes),
          consuming_decision<api::SendMessageBatch>(sqs::prepare_send_message_batch, sqs::send_message_batch)
              .takes(kEscapedBodyBytes),
          receive_message_handler()};
}

std::vector<Handler> lambda_handlers() {
  return {slowly_prepared_decision<api::CreateFunction>(lambda::prepare_create_function, lambda::create_function)
              .takes(kLarge),
          slowly_prepared_decision<api::UpdateFunctionCode>(lambda::prepare_update_function_code,
                                                            lambda::update_function_code)
              .takes(kLarge),
          decision<api::UpdateFunctionConfiguration>(lambda::update_function_configuration),
          decision<api::GetFunction>(lambda::get_function),
          decision<api::GetFunctionConfiguration>(lambda::get_function_configuration),
          decision<api::DeleteFunction>(lambda::delete_function),
          decision<api::ListFunctions>(lambda::list_functions),
          invoke_handler().takes(kLarge),
          decision<api::PutFunctionEventInvokeConfig>(lambda::put_function_event_invoke_config),
          decision<api::UpdateFunctionEventInvokeConfig>(lambda::update_function_event_invoke_config),
          decision<api::GetFunctionEventInvokeConfig>(lambda::get_function_event_invoke_config),
          decision<api::DeleteFunctionEventInvokeConfig>(lambda::delete_function_event_invoke_config),
          decision<api::PutFunctionConcurrency>(lambda::put_function_concurrency),
          decision<api::GetFunctionConcurrency>(lambda::get_function_concurrency),
          decision<api::DeleteFunctionConcurrency>(lambda::delete_function_concurrency),
          decision<api::AddPermission>(lambda::add_permission),
          decision<api::RemovePermissionFromFunction>(lambda::remove_permission),
          decision<api::GetPolicy>(lambda::get_policy)};
}

std::vector<Handler> own_handlers() {
  return {slowly_prepared_decision<api::DeployStack>(own::prepare_deploy_stack, own::deploy_stack).takes(kLarge),
          decision<api::ListStacks>(own::list_stacks),
          decision<api::DescribeStack>(own::describe_stack),
          decision<api::DeleteStack>(own::delete_stack),
          tail_events_handler(),
          trace_handler(),
          status_handler()};
}

using Key = std::pair<std::string_view, std::string_view>;

std::map<Key, Handler> all_handlers() {
  std::map<Key, Handler> all;
  for (auto handlers : {events_handlers(), sqs_handlers(), lambda_handlers(), own_handlers()}) {
    for (Handler& handler : handlers) {
      const Key key{handler.info->service, handler.info->name};
      all.insert_or_assign(key, std::move(handler));
    }
  }
  return all;
}

}  // namespace

const Handler* find_handler(std::string_view service, std::string_view operation) {
  static const std::map<Key, Handler> handlers = all_handlers();
  const auto it = handlers.find({service, operation});
  return it == handlers.end() ? nullptr : &it->second;
}

}  // namespace athanor::server
