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

void reset(engine::Call& call) {
  std::vector<std::string> arns;
  const auto each = [&](auto&& collect, auto&& remove) {
    arns.clear();
    collect();
    for (const std::string& arn : arns) remove(arn);
  };
  each(
      [&] {
        for (const auto* r : call.works.replays.list("")) arns.push_back(r->start.arn);
      },
      [&](const std::string& arn) { call.journal.write(archive::ReplayDeleted{arn}); });
  each(
      [&] {
        for (const auto* s : call.works.stacks.list("")) arns.push_back(s->id);
      },
      [&](const std::string& id) { call.journal.write(stack::StackDeleted{id}); });
  each(
      [&] {
        for (const auto* r : call.works.rules.rules("")) arns.push_back(r->put.arn);
      },
      [&](const std::string& arn) { call.journal.write(bus::RuleDeleted{arn}); });
  each(
      [&] {
        for (const auto* a : call.works.archives.list("")) arns.push_back(a->put.arn);
      },
      [&](const std::string& arn) { call.journal.write(archive::ArchiveDeleted{arn}); });
  each(
      [&] {
        for (const auto* b : call.works.rules.buses("")) arns.push_back(b->put.arn);
      },
      [&](const std::string& arn) { call.journal.write(bus::EventBusDeleted{arn}); });
  each([&] { arns = call.works.queues.list("", "", call.works.queues.count()); },
       [&](const std::string& arn) { call.journal.write(queue::QueueDeleted{arn}); });
  each(
      [&] {
        for (const auto* f : call.works.functions.list("")) arns.push_back(f->put.arn);
      },
      [&](const std::string& arn) { call.journal.write(function::FunctionDeleted{arn}); });
}

}  // namespace athanor::server
