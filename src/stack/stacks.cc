#include "stack/stacks.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/prefix.h"
#include "log/codec.h"

namespace athanor::stack {
namespace {

struct Saved {
  std::vector<StackPut> stacks;
  static constexpr auto members() { return Members{member("stacks", &Saved::stacks)}; }
};

}  // namespace

std::string stack_id_prefix(std::string_view region, std::string_view account) {
  return fmt::format("arn:aws:cloudformation:{}:{}:stack/", region, account);
}

const StackPut* Stacks::find(std::string_view id) const {
  const auto found = stacks_.find(id);
  return found == stacks_.end() ? nullptr : &found->second;
}

const StackPut* Stacks::find(std::string_view prefix, std::string_view name) const {
  const std::string from = fmt::format("{}{}/", prefix, name);
  const auto found = stacks_.lower_bound(from);
  return found == stacks_.end() || !found->first.starts_with(from) ? nullptr : &found->second;
}

std::vector<const StackPut*> Stacks::list(std::string_view prefix) const {
  return base::values_with_prefix(stacks_, prefix);
}

const StackOutput* Stacks::find_export(std::string_view prefix, std::string_view export_name) const {
  for (const StackPut* stack : list(prefix)) {
    for (const auto& output : stack->outputs) {
      if (output.export_name == export_name) return &output;
    }
  }
  return nullptr;
}

const StackPut* Stacks::find_importer(std::string_view prefix, const StackPut& exporter,
                                      std::string_view export_name) const {
  for (const StackPut* stack : list(prefix)) {
    if (stack->id == exporter.id) continue;
    if (std::ranges::find(stack->imports, export_name) != stack->imports.end()) return stack;
  }
  return nullptr;
}

void Stacks::apply(const StackPut& record, log::LogPosition, base::Time) {
  stacks_.insert_or_assign(record.id, record);
}

void Stacks::apply(const StackDeleted& record, log::LogPosition, base::Time) { stacks_.erase(record.id); }

void Stacks::save(std::string& out) const {
  Saved saved;
  for (const auto& [id, stack] : stacks_) saved.stacks.push_back(stack);
  log::codec::put_struct(out, saved);
}

Result<void> Stacks::load(std::string_view bytes) {
  ATHANOR_TRY(saved, log::decode<Saved>(bytes));
  for (auto& stack : saved.stacks) {
    std::string id = stack.id;
    stacks_.emplace(std::move(id), std::move(stack));
  }
  return {};
}

}  // namespace athanor::stack
