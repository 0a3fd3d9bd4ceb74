#include "server/operations.h"

#include <map>
#include <vector>

#include "api/athanor.h"
#include "api/events.h"
#include "api/lambda.h"
#include "api/sqs.h"
#include "engine/contents.h"
#include "observe/counters.h"
#include "queue/receivers.h"
#include "service/athanor/deploy_stack.h"
#include "service/athanor/events_of_log.h"
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
          prepared_decision<api::PutEvents>(events::prepare_put_events, events::put_events),
          decision<api::CreateArchive>(events::create_archive),
          decision<api::DescribeArchive>(events::describe_archive),
          decision<api::ListArchives>(events::list_archives),
          decision<api::UpdateArchive>(events::update_archive),
          decision<api::DeleteArchive>(events::delete_archive),
          decision<api::StartReplay>(events::start_replay),
          decision<api::DescribeReplay>(events::describe_replay),
          decision<api::ListReplays>(events::list_replays),
          decision<api::CancelReplay>(events::cancel_replay),
          {&api::TestEventPattern::info, [](const ExchangePtr& exchange, const http::Request& http_request) {
             const auto request = decode<api::TestEventPattern>(exchange, http_request);
             if (request) exchange->answer<api::TestEventPattern>(events::test_event_pattern(*request));
           }}};
}

// A ReceiveMessage: a long poll, whose answer may come twenty seconds later, or never, when the client has gone.
struct Receiving {
  const sqs::PreparedReceive prepared;
  // Engine thread only.
  base::Time began{};
  std::optional<queue::ReceiverId> waiting{};
  bool has_hung_up = false;
};
using ReceivingPtr = std::shared_ptr<Receiving>;

void finish_receive(const ExchangePtr& exchange, const ReceivingPtr& receiving, const sqs::ReceivedMessages& received);

void receive(const ExchangePtr& exchange, const ReceivingPtr& receiving, engine::Call& call) {
  if (receiving->has_hung_up) return exchange->answer<api::ReceiveMessage>(api::ReceiveMessageResponse{});
  receiving->waiting = sqs::receive_message(
      call, receiving->prepared, receiving->began, [exchange, receiving](Result<sqs::ReceivedMessages> received) {
        receiving->waiting.reset();
        exchange->when_durable([exchange, receiving, received = std::move(received)] {
          if (!received) return exchange->refuse(received.error());
          finish_receive(exchange, receiving, *received);
        });
      });
}

// What is lost is discarded, durably, before the client learns what came with it, or comes behind it; when too much
// waits for that, the next receive will do it.
void finish_receive(const ExchangePtr& exchange, const ReceivingPtr& receiving, const sqs::ReceivedMessages& received) {
  const log::Log& log = exchange->parts.loop.log();
  const auto finished = std::make_shared<const sqs::FinishedReceive>(sqs::finish_receive_message(
      receiving->prepared, received, [&log](log::LogPosition position, std::string_view origin) {
        return engine::read_message(log, position, origin);
      }));
  const auto answer = [exchange, finished] { exchange->answer<api::ReceiveMessage>(finished->response); };
  if (finished->lost.empty()) return answer();
  const bool is_posted = exchange->try_decide([exchange, receiving, finished, answer](engine::Call& call) {
    const auto warning = sqs::discard_lost(call, receiving->prepared, finished->lost);
    exchange->when_durable([exchange, warning, finished, answer] {
      if (warning) exchange->parts.report(*warning);
      if (!finished->is_empty()) answer();
    });
    if (finished->is_empty()) receive(exchange, receiving, call);
  });
  if (!is_posted) answer();
}

void receive_message(const ExchangePtr& exchange, const http::Request& http_request) {
  const auto request = decode<api::ReceiveMessage>(exchange, http_request);
  if (!request) return;
  auto prepared = sqs::prepare_receive_message(*request);
  if (!prepared) return exchange->refuse(prepared.error());
  const auto receiving = std::make_shared<Receiving>(*std::move(prepared));
  exchange->on_disconnect([exchange, receiving] {
    exchange->parts.loop.post([exchange, receiving](engine::Call& call) {
      receiving->has_hung_up = true;
      // It may have closed but its own half of the connection, and still read.
      if (receiving->waiting && call.works.receivers.cancel(call.works.queues, *receiving->waiting))
        exchange->answer<api::ReceiveMessage>(api::ReceiveMessageResponse{});
    });
  });
  exchange->decide([exchange, receiving](engine::Call& call) {
    receiving->began = call.now;
    receive(exchange, receiving, call);
  });
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
          prepared_decision<api::SendMessage>(sqs::prepare_send_message,
                                              [](engine::Call& call, const auto&, const sqs::PreparedSend& prepared) {
                                                return sqs::send_message(call, prepared);
                                              }),
          prepared_decision<api::SendMessageBatch>(
              sqs::prepare_send_message_batch,
              [](engine::Call& call, const auto&, const sqs::PreparedSendBatch& prepared) {
                return sqs::send_message_batch(call, prepared);
              }),
          {&api::ReceiveMessage::info, receive_message}};
}

void invoke(const ExchangePtr& exchange, const http::Request& http_request) {
  auto request = decode<api::Invoke>(exchange, http_request);
  if (!request) return;
  if (const auto checked = lambda::prepare_invoke(*request); !checked) return exchange->refuse(checked.error());
  exchange->decide([exchange, request = *std::move(request)](engine::Call& call) {
    engine::Loop& loop = exchange->parts.loop;
    lambda::invoke(
        call, request, exchange->request_id,
        // Another may have changed the function just now: a process sees that only when it is durable.
        [&loop](function::Start start) {
          loop.engine().when_committed([&loop, start = std::move(start)](bool durable) mutable {
            if (durable)
              loop.start_function(std::move(start));
            else
              start.done({.kind = function::OutcomeKind::Refused});
          });
        },
        [&loop](std::function<void(engine::Call&)> decision) { loop.post(std::move(decision)); },
        [exchange](Result<api::InvocationResponse> response) {
          exchange->when_durable(
              [exchange, response = std::move(response)] { exchange->answer<api::Invoke>(response); });
        });
  });
}

std::vector<Handler> lambda_handlers() {
  return {slowly_prepared_decision<api::CreateFunction>(lambda::prepare_create_function, lambda::create_function),
          slowly_prepared_decision<api::UpdateFunctionCode>(lambda::prepare_update_function_code,
                                                            lambda::update_function_code),
          decision<api::UpdateFunctionConfiguration>(lambda::update_function_configuration),
          decision<api::GetFunction>(lambda::get_function),
          decision<api::GetFunctionConfiguration>(lambda::get_function_configuration),
          decision<api::DeleteFunction>(lambda::delete_function),
          decision<api::ListFunctions>(lambda::list_functions),
          {&api::Invoke::info, invoke},
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

// Reads a page; waits for a further event while there is none and time is left.
void tail(const ExchangePtr& exchange, const api::TailEventsRequest& request, base::Time deadline) {
  exchange->parts.loop.read_log([exchange, request, deadline](const log::Log& log) {
    auto page = own::read_tail(log, exchange->caller, request);
    const bool wait = page && page->response.events.empty() && exchange->parts.clock.now() < deadline;
    if (!wait) {
      if (!page) return exchange->refuse(page.error());
      return exchange->answer<api::TailEvents>(std::move(page->response));
    }
    api::TailEventsRequest next = request;
    next.from_position = page->response.next_position;
    if (!page->at_end) return tail(exchange, next, deadline);
    exchange->parts.loop.post([exchange, next, deadline](engine::Call&) {
      const log::LogPosition from{static_cast<std::uint64_t>(*next.from_position)};
      exchange->parts.loop.engine().wait_for_event(from, deadline,
                                                   [exchange, next, deadline] { tail(exchange, next, deadline); });
    });
  });
}

std::vector<Handler> own_handlers() {
  return {slowly_prepared_decision<api::DeployStack>(own::prepare_deploy_stack, own::deploy_stack),
          decision<api::ListStacks>(own::list_stacks),
          decision<api::DescribeStack>(own::describe_stack),
          decision<api::DeleteStack>(own::delete_stack),
          {&api::TailEvents::info,
           [](const ExchangePtr& exchange, const http::Request& http_request) {
             const auto request = decode<api::TailEvents>(exchange, http_request);
             if (!request) return;
             tail(exchange, *request, exchange->parts.clock.now() + std::chrono::seconds{request->wait_time_seconds});
           }},
          {&api::Trace::info, [](const ExchangePtr& exchange, const http::Request& http_request) {
             const auto request = decode<api::Trace>(exchange, http_request);
             if (!request) return;
             exchange->parts.loop.read_log([exchange, request = *request](const log::Log& log) {
               auto traced = own::read_trace(log, request);
               if (!traced) return exchange->refuse(traced.error());
               exchange->decide([exchange, traced = *std::move(traced)](engine::Call& call) {
                 exchange->when_durable([exchange, response = own::add_deliveries(call, traced)] {
                   exchange->answer<api::Trace>(response);
                 });
               });
             });
           }}};
}

// Status needs the parts of the server, so its answer is made here.
Handler status_handler() {
  return {&api::Status::info, [](const ExchangePtr& exchange, const http::Request& http_request) {
            if (!decode<api::Status>(exchange, http_request)) return;
            exchange->decide([exchange](engine::Call& call) {
              api::StatusResponse status{
                  .version = ATHANOR_VERSION,
                  .data_directory = exchange->parts.settings.data_directory,
                  .log_end = static_cast<std::int64_t>(call.journal.next_position().value),
                  .commit_position = static_cast<std::int64_t>(exchange->parts.loop.log().commit_position().value),
                  .uptime_seconds =
                      std::chrono::duration_cast<std::chrono::seconds>(call.now - exchange->parts.started).count()};
              for (const auto& [name, value] : call.works.counters.all())
                status.counters[name] = static_cast<std::int64_t>(value);
              if (exchange->parts.settings.dev)
                status.notices.push_back("Development mode: any access key is accepted.");
              status.notices.push_back("Functions run as processes of their own, without namespaces or cgroups.");
              exchange->when_durable([exchange, status = std::move(status)] { exchange->answer<api::Status>(status); });
            });
          }};
}

using Key = std::pair<std::string_view, std::string_view>;

std::map<Key, Handler> all_handlers() {
  std::map<Key, Handler> all;
  for (auto handlers :
       {events_handlers(), sqs_handlers(), lambda_handlers(), own_handlers(), std::vector{status_handler()}}) {
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
