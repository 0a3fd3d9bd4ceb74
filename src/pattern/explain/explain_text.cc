#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/text.h"
#include "pattern/explain/condition_words.h"
#include "pattern/explain/explain.h"

namespace athanor::pattern {
namespace {

using format::JsonValue;

constexpr std::size_t kValueCharacters = 60;   // of a value or a list of conditions, before it is cut
constexpr std::size_t kColumnCharacters = 36;  // anything wider does not shift the other rows
constexpr std::size_t kOthersMax = 8;          // alternatives listed

std::string cut(std::string_view whole, std::size_t characters = kValueCharacters) {
  const std::string text = without_controls(base::utf8_beginning(whole, 4 * (characters + 1)));
  if (base::utf8_length(text) <= characters) return text;
  std::size_t bytes = 0;
  for (std::size_t left = characters - 1; left > 0; --left) {
    for (++bytes; bytes < text.size() && (static_cast<unsigned char>(text[bytes]) & 0xC0) == 0x80;) ++bytes;
  }
  return text.substr(0, bytes) + "…";
}

std::string padded(std::string text, std::size_t width) {
  const std::size_t own = base::utf8_length(text);
  return own < width ? text + std::string(width - own, ' ') : text;
}

std::string counted(std::size_t number, std::string_view one, std::string_view many) {
  return fmt::format("{} {}", number, number == 1 ? one : many);
}

// "1", "1 and 2", "1, 2 and 3".
std::string listed(const std::vector<std::string>& names) {
  std::string text;
  for (std::size_t i = 0; i < names.size(); ++i)
    text += (i == 0 ? "" : i + 1 == names.size() ? " and " : ", ") + printable(names[i]);
  return text;
}

// A value, and where it is when the path alone does not say so.
std::string found_words(const Clause& clause, const FoundValue& found) {
  const std::string value = cut(as_json_text(found.value));
  return found.place == clause.path ? value : fmt::format("{} at {}", value, found.place);
}

std::string found_words(const Clause& clause) {
  constexpr std::size_t kValuesMax = 3;
  if (clause.found.empty()) return clause.there;
  if (clause.verdict == Clause::Verdict::Holds) {
    // `exists: false` holds within the chosen elements, whatever is in others.
    const bool is_absent = !clause.found.front().is_chosen || !clause.found.front().is_accepted;
    return is_absent ? "nothing in the element" : found_words(clause, clause.found.front());
  }
  const bool some_chosen = clause.found.front().is_chosen;
  std::string words;
  std::size_t told = 0;
  bool told_elsewhere = false;
  for (const FoundValue& value : clause.found) {
    const bool is_elsewhere = some_chosen && !value.is_chosen;
    if (told == kValuesMax || (is_elsewhere && (told_elsewhere || !value.is_accepted))) break;
    words += (told++ == 0 ? "" : ", ") + found_words(clause, value) + (is_elsewhere ? " (another element)" : "");
    told_elsewhere = is_elsewhere;
  }
  if (clause.found_count > told) words += fmt::format(" and {} more", clause.found_count - told);
  return words;
}

std::string reason(const Clause& clause) {
  if (clause.hint) return clause.hint->text;
  if (clause.verdict == Clause::Verdict::HoldsElsewhere)
    return "holds, but not in the same array element as the others";
  return "decided";
}

std::string verdict_words(const Explanation& e) {
  const std::string which =
      e.alternatives == 1 ? "" : fmt::format(" by alternative {} of {}", e.nearest, e.alternatives);
  if (e.matches) return "matches" + which;
  if (e.gave_up) return fmt::format("does not match: finding out why would take more than {} steps", kStepsMax);
  const std::string nearest =
      e.alternatives == 1 ? "" : fmt::format(" of alternative {}, the nearest of {},", e.nearest, e.alternatives);
  if (!e.disjoint_arrays.empty())
    return fmt::format("does not match: each clause{} holds on its own, but no single element of {} satisfies all",
                       nearest, listed(e.disjoint_arrays));
  return fmt::format("does not match: {} of {}{} {}", e.clauses_failing, counted(e.clauses.size(), "clause", "clauses"),
                     nearest, e.clauses_failing == 1 ? "fails" : "fail");
}

std::string edit_words(const Edit& edit) {
  const std::string value = cut(format::print_json(edit.value));
  std::string words;
  switch (edit.op) {
    case Edit::Op::Add:
      words = fmt::format("add {} = {}", edit.place, value);
      break;
    case Edit::Op::Replace:
      words = fmt::format("set {} to {}, instead of {}", edit.place, value, cut(format::print_json(edit.was)));
      break;
    case Edit::Op::Remove:
      words = fmt::format("remove {}, which is {}", edit.place, cut(format::print_json(edit.was)));
      break;
  }
  return edit.numbers ? words + " (a repeated key)" : words;
}

JsonValue conditions_json(const std::vector<Condition>& conditions) {
  std::vector<JsonValue> items;
  for (const Condition& condition : conditions) items.push_back(as_json(condition));
  return JsonValue::array(std::move(items));
}

void add_clauses(std::string& text, const Explanation& e, const Paint& paint) {
  std::size_t path_width = 0;
  std::size_t wanted_width = 0;
  std::vector<std::pair<std::string, std::string>> cells;
  for (const Clause& clause : e.clauses) {
    const auto& [path, wanted] = cells.emplace_back(cut(printable(clause.path)), cut(in_words(clause.wanted)));
    const auto widen = [](std::size_t& width, const std::string& cell) {
      if (const auto own = base::utf8_length(cell); own <= kColumnCharacters) width = std::max(width, own);
    };
    widen(path_width, path);
    widen(wanted_width, wanted);
  }
  for (std::size_t i = 0; i < e.clauses.size(); ++i) {
    const Clause& clause = e.clauses[i];
    const auto& [path, wanted] = cells[i];
    const bool holds = clause.verdict == Clause::Verdict::Holds;
    const Tone tone = holds ? Tone::Good : Tone::Bad;
    text += fmt::format("  {} {}  {}  {} {}\n", paint(holds ? "✓" : "✗", tone), padded(path, path_width),
                        padded(wanted, wanted_width), paint("found", Tone::Quiet), paint(found_words(clause), tone));
    if (e.decided == i) {
      const std::size_t width = std::max(path_width, base::utf8_length(path));
      text += fmt::format("    {}{}  {}\n", paint(std::string(base::utf8_length(path), '^'), Tone::Bad),
                          std::string(width - base::utf8_length(path), ' '), paint(reason(clause), Tone::Hint));
    } else if (!holds && (clause.hint || clause.verdict == Clause::Verdict::HoldsElsewhere)) {
      text += fmt::format("    {}  {}\n", std::string(std::max(path_width, base::utf8_length(path)), ' '),
                          paint(reason(clause), Tone::Hint));
    }
  }
}

void add_changes(std::string& text, const Explanation& e, const Paint& paint) {
  if (e.matches) return;
  if (!e.change) {
    if (e.gave_up) return;
    text += paint(
        e.is_possible ? "\nFinding an event that matches would take too many steps.\n" : "\nNo event can match.\n",
        Tone::Quiet);
    return;
  }
  text += "\nThis event would match:\n";
  for (const Edit& edit : *e.change) text += "  " + paint(edit_words(edit), Tone::Hint) + "\n";
  if (e.condition_change) {
    text += "Or this pattern:\n  " +
            paint(fmt::format("{}: {}", printable(e.condition_change->path),
                              cut(format::print_json(conditions_json(e.condition_change->conditions)), 200)),
                  Tone::Hint) +
            "\n";
  }
}

void add_others(std::string& text, const Explanation& e) {
  if (e.others.empty() || e.matches) return;
  text += "\nOther alternatives:\n";
  for (std::size_t i = 0; i < std::min(e.others.size(), kOthersMax); ++i) {
    const OtherAlternative& other = e.others[i];
    text += fmt::format("  {}: {}\n", other.number,
                        other.failing.empty() ? "each clause holds on its own, but not all in one array element"
                                              : cut("fails on " + listed(other.failing), 100));
  }
  if (e.others.size() > kOthersMax) text += fmt::format("  and {} more\n", e.others.size() - kOthersMax);
}

JsonValue text_json(const std::string& text) { return JsonValue::of(text); }

template <class T, class AsJson>
JsonValue list_json(const std::vector<T>& values, AsJson one) {
  std::vector<JsonValue> items;
  for (const T& value : values) items.push_back(one(value));
  return JsonValue::array(std::move(items));
}

JsonValue clause_json(const Clause& clause, bool decided) {
  constexpr std::string_view kVerdicts[] = {"Holds", "Fails", "HoldsElsewhere"};
  JsonValue json = JsonValue::object({
      {"Path", text_json(clause.path)},
      {"Wanted", conditions_json(clause.wanted)},
      {"Verdict", JsonValue::of(kVerdicts[static_cast<std::size_t>(clause.verdict)])},
      {"Decided", JsonValue::of(decided)},
      {"FoundCount", JsonValue::of(clause.found_count)},
      {"Found", list_json(clause.found,
                          [](const FoundValue& found) {
                            return JsonValue::object({{"Place", text_json(found.place)},
                                                      {"Value", as_json(found.value)},
                                                      {"Accepted", JsonValue::of(found.is_accepted)},
                                                      {"Chosen", JsonValue::of(found.is_chosen)}});
                          })},
  });
  if (clause.found.empty()) json.set("There", text_json(clause.there));
  if (clause.hint) {
    JsonValue hint = JsonValue::object({{"Text", text_json(clause.hint->text)}});
    if (clause.hint->instead) {
      hint.set("Condition", JsonValue::of(clause.hint->condition));
      hint.set("Instead", as_json(*clause.hint->instead));
    }
    json.set("Hint", std::move(hint));
  }
  return json;
}

JsonValue edit_json(const Edit& edit) {
  constexpr std::string_view kOps[] = {"add", "replace", "remove"};
  JsonValue json = JsonValue::object(
      {{"op", JsonValue::of(kOps[static_cast<std::size_t>(edit.op)])}, {"path", text_json(edit.pointer)}});
  if (edit.op != Edit::Op::Remove) json.set("value", edit.value);
  if (edit.numbers) json.set("numbers", list_json(*edit.numbers, [](std::uint32_t n) { return JsonValue::of(n); }));
  return json;
}

}  // namespace

std::string to_text(const Explanation& e, const Paint& paint) {
  std::string text =
      fmt::format("{} {}\n", paint(e.matches ? "✓" : "✗", e.matches ? Tone::Good : Tone::Bad), verdict_words(e));
  if (!e.clauses.empty()) text += "\n";
  add_clauses(text, e, paint);
  add_changes(text, e, paint);
  add_others(text, e);
  return text;
}

std::string to_line(const Explanation& e, const Paint& paint) {
  if (e.matches) return paint("✓", Tone::Good) + " " + verdict_words(e);
  std::string line = paint("✗", Tone::Bad) + " ";
  if (!e.decided) return line + verdict_words(e);
  const Clause& clause = e.clauses[*e.decided];
  line += fmt::format("{}: found {}, wanted {}", cut(printable(clause.path)), found_words(clause),
                      cut(in_words(clause.wanted)));
  if (clause.hint || clause.verdict == Clause::Verdict::HoldsElsewhere)
    line += " (" + paint(reason(clause), Tone::Hint) + ")";
  if (e.clauses_failing > 1) line += fmt::format("; {} clauses fail", e.clauses_failing);
  return line;
}

JsonValue to_json(const Explanation& e) {
  JsonValue json =
      JsonValue::object({{"Matches", JsonValue::of(e.matches)}, {"Alternatives", JsonValue::of(e.alternatives)}});
  if (e.gave_up) {
    json.set("GaveUp", JsonValue::of(true));
    return json;
  }
  std::vector<JsonValue> clauses;
  for (std::size_t i = 0; i < e.clauses.size(); ++i) clauses.push_back(clause_json(e.clauses[i], e.decided == i));
  json.set("Possible", JsonValue::of(e.is_possible));
  json.set("Nearest", JsonValue::of(e.nearest));
  json.set("ClausesFailing", JsonValue::of(e.clauses_failing));
  json.set("Clauses", JsonValue::array(std::move(clauses)));
  if (!e.disjoint_arrays.empty()) json.set("DisjointArrays", list_json(e.disjoint_arrays, text_json));
  if (e.change) json.set("EventChange", list_json(*e.change, edit_json));
  if (e.condition_change) {
    json.set("ConditionChange", JsonValue::object({{"Path", text_json(e.condition_change->path)},
                                                   {"Conditions", conditions_json(e.condition_change->conditions)}}));
  }
  if (!e.others.empty()) {
    json.set("Others", list_json(e.others, [](const OtherAlternative& other) {
               return JsonValue::object({{"Alternative", JsonValue::of(other.number)},
                                         {"Clauses", JsonValue::of(other.clauses)},
                                         {"Failing", list_json(other.failing, text_json)}});
             }));
  }
  return json;
}

}  // namespace athanor::pattern
