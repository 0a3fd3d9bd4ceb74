// The access keys a server knows, from a file.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "base/result.h"

namespace athanor::cli {

using Credentials = std::map<std::string, std::string>;  // access key id to secret

// One "ACCESS_KEY_ID SECRET_ACCESS_KEY" per line; blank lines and those that begin with # are skipped. Also reads the
// file that `aws configure` writes: sections with aws_access_key_id and aws_secret_access_key; other settings are
// ignored. InvalidInput names the line.
Result<Credentials> parse_credentials(std::string_view text);
Result<Credentials> read_credentials_file(const std::string& path);

}  // namespace athanor::cli
