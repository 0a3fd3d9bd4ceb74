#include "cli/causation_tree.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <string_view>
#include <utility>

#include "cli/table.h"
#include "cli/time_words.h"
#include "format/json.h"

namespace athanor::cli {
namespace {

// An event's own id, as the SDK's events carry it.
std::string own_id(const api::TracedEvent& event) {
  const auto detail = format::parse_json(event.detail);
  return detail ? detail->text_at("event_id").value_or("") : "";
}

Style style_of(std::string_view state) { return state == "HANDED_OVER" ? Style::Good : Style::Caution; }

class Tree {
 public:
  Tree(const std::vector<api::TracedEvent>& events, const Console& console) : events_(events), console_(console) {
    order_.resize(events.size());
    for (std::size_t i = 0; i < order_.size(); ++i) order_[i] = i;
    std::ranges::sort(order_, {}, [&](std::size_t i) { return std::pair{events_[i].position, i}; });
    drawn_.resize(events.size());
    link();
  }

  std::vector<std::string> draw() {
    for (const std::size_t i : order_) {
      if (is_root_[i]) draw_root(i);
    }
    // What is left forms cycles: each is cut at its earliest event.
    for (const std::size_t i : order_) {
      if (!drawn_[i]) draw_root(i);
    }
    return std::move(lines_);
  }

 private:
  void link() {
    std::map<std::string, std::size_t, std::less<>> by_id;
    for (const std::size_t i : order_) {
      by_id.emplace(events_[i].event_id, i);
      if (auto id = own_id(events_[i]); !id.empty()) by_id.emplace(std::move(id), i);
    }
    children_.resize(events_.size());
    is_root_.assign(events_.size(), true);
    for (const std::size_t i : order_) {
      const auto cause = by_id.find(events_[i].causation_id);
      if (events_[i].causation_id.empty() || cause == by_id.end() || cause->second == i) continue;
      children_[cause->second].push_back(i);
      is_root_[i] = false;
    }
  }

  void draw_root(std::size_t i) {
    const auto& event = events_[i];
    drawn_[i] = true;
    lines_.push_back(fmt::format("{}  {}", format_time_of_day(event.time), title(event)));
    draw_below(i, "");
  }

  // The event's deliveries, then what it caused. `indent` goes before the branches.
  void draw_below(std::size_t i, const std::string& indent) {
    const auto& event = events_[i];
    std::vector<std::size_t> below;
    std::ranges::copy_if(children_[i], std::back_inserter(below), [&](std::size_t child) { return !drawn_[child]; });
    for (const auto& delivery : event.deliveries) {
      lines_.push_back(fmt::format("{}{} {}", indent, below.empty() ? " " : "│", arrow(event, delivery)));
    }
    for (std::size_t n = 0; n < below.size(); ++n) {
      const std::size_t child = below[n];
      if (drawn_[child]) continue;
      drawn_[child] = true;
      const bool last = n + 1 == below.size();
      const auto after = events_[child].time - event.time;
      lines_.push_back(fmt::format(
          "{}{} {}  {}", indent, last ? "└─" : "├─",
          console_.styled(fmt::format("{}{}", after.count() < 0 ? "-" : "+", format_duration(std::chrono::abs(after))),
                          Style::Dim),
          title(events_[child])));
      draw_below(child, indent + (last ? "   " : "│  "));
    }
  }

  std::string title(const api::TracedEvent& event) const {
    return fmt::format("{}  {}  {}", console_.styled(shortened(event.detail_type, 128), Style::Bold),
                       shortened(event.source, 128), console_.styled(event.event_id, Style::Dim));
  }

  // With the target's id when the rule has the same target twice.
  std::string arrow(const api::TracedEvent& event, const api::TracedDelivery& delivery) const {
    const auto alike = std::ranges::count_if(event.deliveries, [&](const auto& other) {
      return other.rule_name == delivery.rule_name && other.target_arn == delivery.target_arn;
    });
    const auto colon = delivery.target_arn.rfind(':');
    const std::string target = colon == std::string::npos ? delivery.target_arn : delivery.target_arn.substr(colon + 1);
    return fmt::format("→ {}{} by {}: {}", target.empty() ? delivery.target_id : target,
                       alike > 1 ? fmt::format(" ({})", delivery.target_id) : "", delivery.rule_name,
                       console_.styled(delivery.state, style_of(delivery.state)));
  }

  const std::vector<api::TracedEvent>& events_;
  const Console& console_;
  std::vector<std::size_t> order_;  // by position
  std::vector<std::vector<std::size_t>> children_;
  std::vector<bool> is_root_;
  std::vector<bool> drawn_;
  std::vector<std::string> lines_;
};

}  // namespace

std::vector<std::string> draw_causation_tree(const std::vector<api::TracedEvent>& events, const Console& console) {
  return Tree{events, console}.draw();
}

}  // namespace athanor::cli
