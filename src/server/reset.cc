#include "server/reset.h"

#include <string>
#include <vector>

#include "archive/archives.h"
#include "archive/replays.h"
#include "bus/rule_book.h"
#include "function/functions.h"
#include "queue/queues.h"
#include "stack/stacks.h"

namespace athanor::server {
namespace {

// All records are made before the first is written: writing one destroys what the list points to.
void delete_each(engine::Call& call, const auto& all, auto record_of) {
  std::vector<decltype(record_of(all.front()))> records;
  for (const auto& one : all) records.push_back(record_of(one));
  for (const auto& record : records) call.journal.write(record);
}

}  // namespace

void reset(engine::Call& call) {
  const engine::Works& works = call.works;
  delete_each(call, works.replays.list(""), [](const auto* one) { return archive::ReplayDeleted{one->start.arn}; });
  delete_each(call, works.stacks.list(""), [](const auto* one) { return stack::StackDeleted{one->id}; });
  delete_each(call, works.rules.rules(""), [](const auto* one) { return bus::RuleDeleted{one->put.arn}; });
  delete_each(call, works.archives.list(""), [](const auto* one) { return archive::ArchiveDeleted{one->put.arn}; });
  delete_each(call, works.rules.buses(""), [](const auto* one) { return bus::EventBusDeleted{one->put.arn}; });
  delete_each(call, works.queues.list("", "", works.queues.count()),
              [](const std::string& arn) { return queue::QueueDeleted{arn}; });
  delete_each(call, works.functions.list(""), [](const auto* one) { return function::FunctionDeleted{one->put.arn}; });
}

}  // namespace athanor::server
