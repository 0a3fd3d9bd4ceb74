#include "server/code_sweep.h"

#include <fmt/format.h>

#include <set>
#include <string>
#include <utility>
#include <vector>

namespace athanor::server {

void sweep_code(engine::Loop& loop, runtime::CodeStore& code) {
  // On the engine's thread, where functions come to name code: code that is named after this is held until then.
  loop.post([&loop, &code](engine::Call& call) {
    std::set<std::string> named;
    for (const function::Function* function : call.works.functions.list("")) named.insert(function->put.code_id);
    auto unused = code.unused(named);
    if (unused.empty()) return;
    // Only once it is durable that nothing names it: a crash could bring the name back.
    loop.engine().when_committed([&loop, &code, unused = std::move(unused)](bool durable) mutable {
      if (durable) loop.read_log([&code, unused = std::move(unused)](const log::Log&) { code.remove(unused); });
    });
  });
}

void report_missing_code(engine::Loop& loop, const runtime::CodeStore& code,
                         std::function<void(std::string_view)> say) {
  loop.post([&loop, &code, say = std::move(say)](engine::Call& call) mutable {
    std::vector<std::pair<std::string, std::string>> functions;  // name, code
    for (const function::Function* function : call.works.functions.list(""))
      functions.emplace_back(function->put.name, function->put.code_id);
    loop.read_log([&code, say = std::move(say), functions = std::move(functions)](const log::Log&) {
      for (const auto& [name, code_id] : functions) {
        if (code.has(code_id)) continue;
        say(fmt::format("The code of function {} is missing: there is no {}/{}.zip. Upload it again.", name,
                        runtime::kCodeDirectory, code_id));
      }
    });
  });
}

}  // namespace athanor::server
