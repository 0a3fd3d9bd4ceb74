#include "runtime/log_stream.h"

#include <utility>

#include "base/text.h"

namespace athanor::runtime {
namespace {

constexpr std::size_t kTailBytes = 4'096;                // of X-Amz-Log-Result
constexpr std::size_t kOutputPerInvocation = 1'048'576;  // the rest is dropped; a line says so

}  // namespace

LogStream::LogStream(FunctionLog& log, const base::Clock& wall, std::string function_name, std::string name)
    : log_(log), wall_(wall), function_name_(std::move(function_name)), name_(std::move(name)) {}

void LogStream::hear(std::string_view text) {
  const std::size_t before = output_bytes_;
  output_bytes_ += text.size();
  if (before > kOutputPerInvocation) return;
  add_to_tail(text);
  // The log has lines: how a function's writes and our reads split them means nothing.
  std::string& line = unfinished_line_;
  line += text;
  std::size_t end = line.rfind('\n') + 1;  // 0 if there is none
  if (end == 0 && line.size() > kLogLineBytes) end = base::utf8_beginning(line, kLogLineBytes).size();
  if (end > 0) log_.append(function_name_, name_, wall_.now(), std::string_view{line}.substr(0, end));
  line.erase(0, end);
  if (output_bytes_ > kOutputPerInvocation) print("[output of this invocation beyond 1 MiB is dropped]");
}

void LogStream::print(std::string_view text) {
  end_line();
  log_.append(function_name_, name_, wall_.now(), text);
  add_to_tail(text);
  add_to_tail("\n");
}

void LogStream::end_line() {
  if (!unfinished_line_.empty()) log_.append(function_name_, name_, wall_.now(), unfinished_line_);
  unfinished_line_.clear();
  if (!tail_.empty() && !tail_.ends_with('\n')) tail_ += '\n';
}

void LogStream::begin_invocation() {
  tail_.clear();
  output_bytes_ = 0;
}

std::string LogStream::take_tail() { return std::exchange(tail_, {}); }

void LogStream::add_to_tail(std::string_view text) {
  tail_ += text;
  if (tail_.size() > kTailBytes) tail_.erase(0, tail_.size() - kTailBytes);
}

}  // namespace athanor::runtime
