#include "cli/option_values.h"

#include <fmt/format.h>

#include "base/text.h"
#include "cli/time_words.h"

namespace athanor::cli {

CLI::Option* add_moment(CLI::App& command, const std::string& option, std::optional<base::Time>& moment,
                        const std::string& what, const Session& session) {
  const auto read = [option, &moment, &session](const std::string& text) {
    const auto parsed = parse_moment(text, session.now());
    if (!parsed) throw CLI::ValidationError(option, parsed.error().message);
    moment = *parsed;
  };
  return command.add_option_function<std::string>(option, read, what)->type_name("TIME");
}

CLI::Validator at_least(std::int64_t least) {
  return {[least](const std::string& text) {
            const auto number = base::to_int(text);
            return number && *number >= least ? ""
                                              : fmt::format("takes a number of at least {}, not \"{}\"", least, text);
          },
          ""};
}

CLI::Validator between(std::int64_t least, std::int64_t most) {
  return {[least, most](const std::string& text) {
            const auto number = base::to_int(text);
            return number && *number >= least && *number <= most
                       ? ""
                       : fmt::format("takes a number from {} to {}, not \"{}\"", least, most, text);
          },
          fmt::format("{} to {}", least, most)};
}

}  // namespace athanor::cli
