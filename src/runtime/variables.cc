#include "runtime/variables.h"

#include <fmt/format.h>

#include <map>
#include <utility>

#include "function/version.h"

namespace athanor::runtime {

std::vector<std::string> variables_of(const function::FunctionSpec& f, const Place& place) {
  std::map<std::string, std::string> all = f.environment;
  const auto set = [&](const char* name, std::string value) { all[name] = std::move(value); };
  const auto set_if_absent = [&](const char* name, std::string value) { all.emplace(name, std::move(value)); };
  set("AWS_LAMBDA_RUNTIME_API", fmt::format("127.0.0.1:{}", place.runtime_api_port));
  set("_HANDLER", f.handler);
  set("LAMBDA_TASK_ROOT", place.code_directory);
  set("LAMBDA_RUNTIME_DIR", place.code_directory);
  set("AWS_LAMBDA_FUNCTION_NAME", f.name);
  set("AWS_LAMBDA_FUNCTION_VERSION", std::string{function::kLatest});
  set("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", fmt::format("{}", f.memory_mb));
  set("AWS_LAMBDA_LOG_GROUP_NAME", "/aws/lambda/" + f.name);
  set("AWS_LAMBDA_LOG_STREAM_NAME", place.log_stream);
  set("AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand");
  set("AWS_REGION", f.region);
  set("AWS_DEFAULT_REGION", f.region);
  // AWS sets none for OS-only runtimes ("provided.al2023").
  if (!f.runtime.starts_with("provided")) set("AWS_EXECUTION_ENV", "AWS_Lambda_" + f.runtime);
  set_if_absent("AWS_ACCESS_KEY_ID", place.access_key_id);
  set_if_absent("AWS_SECRET_ACCESS_KEY", place.secret_access_key);
  if (!place.endpoint_url.empty()) set_if_absent("AWS_ENDPOINT_URL", place.endpoint_url);
  set_if_absent("PATH", "/usr/local/bin:/usr/bin:/bin");
  set_if_absent("LD_LIBRARY_PATH", fmt::format("/lib64:/usr/lib64:{0}:{0}/lib:/opt/lib", place.code_directory));
  set_if_absent("LANG", "C.UTF-8");
  // Otherwise X-Ray's SDKs throw when there is no trace. Source: Lambda Developer Guide, "defined runtime environment
  // variables".
  set_if_absent("AWS_XRAY_CONTEXT_MISSING", "LOG_ERROR");
  set_if_absent("TZ", ":UTC");
  std::vector<std::string> list;
  for (const auto& [name, value] : all) list.push_back(name + "=" + value);
  return list;
}

}  // namespace athanor::runtime
