#include "pattern/lint/replaced_lists.h"

#include <map>

#include "format/json.h"

namespace athanor::pattern {
namespace {

using format::JsonValue;

using Lists = std::map<std::string, const JsonValue*>;  // what each path has so far

std::vector<Condition> conditions_of(const JsonValue& list) {
  const auto parsed = parse_event_pattern(format::print_json(JsonValue::object({{"x", list}})));
  return parsed ? parsed->clauses().front().conditions : std::vector<Condition>{};
}

class Walk {
 public:
  // In the parser's order: lists of a branch come after those before the $or.
  void object(const JsonValue& value, const std::string& path, Lists& lists) {
    for (const auto& [name, member] : value.members) {
      if (name == "$or") {
        const Lists before = lists;
        for (const JsonValue& branch : member.items) {
          Lists within = before;
          object(branch, path, within);
          for (const auto& [of, list] : within) lists[of] = list;
        }
        continue;
      }
      const std::string full = path.empty() ? name : path + "." + name;
      if (member.is_object()) {
        object(member, full, lists);
        continue;
      }
      const JsonValue*& list = lists[full];
      if (list != nullptr) replaced_.push_back({full, conditions_of(*list), conditions_of(member)});
      list = &member;
    }
  }

  std::vector<ReplacedList> take() { return std::move(replaced_); }

 private:
  std::vector<ReplacedList> replaced_;
};

}  // namespace

std::vector<ReplacedList> replaced_lists(const EventPattern& pattern) {
  Walk walk;
  // Text after the pattern's last bracket is ignored by the pattern parser, but a JSON reader fails on it.
  if (const auto json = format::parse_json(pattern.text())) {
    Lists lists;
    walk.object(*json, "", lists);
  }
  return walk.take();
}

}  // namespace athanor::pattern
