// Access keys: those a client signs with, and those a server accepts.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace athanor::auth {

struct Credentials {
  std::string access_key_id;
  std::string secret_access_key;
  std::string session_token;  // empty: a permanent key
};

// Who a verified request comes from, and what its credential scope addresses.
struct Principal {
  std::string access_key_id;
  std::string account = "123456789012";
  std::string region = "us-east-1";
  std::string service;
};

// The keys a server accepts. Filled at startup, then only read.
class CredentialStore {
 public:
  struct Entry {
    std::string secret_access_key;
    std::string account = "123456789012";
  };

  void add(std::string access_key_id, Entry entry) { entries_[std::move(access_key_id)] = std::move(entry); }
  const Entry* find(std::string_view access_key_id) const {
    const auto it = entries_.find(access_key_id);
    return it == entries_.end() ? nullptr : &it->second;
  }
  bool empty() const { return entries_.empty(); }

 private:
  std::map<std::string, Entry, std::less<>> entries_;
};

// The keys of one profile in the text of ~/.aws/credentials or ~/.aws/config; nullopt when it has none.
std::optional<Credentials> read_profile(std::string_view ini_text, std::string_view profile);
// Any setting of a profile ("region"), or one nested under a setting ("sqs.endpoint_url"); empty when there is none.
std::string read_profile_setting(std::string_view ini_text, std::string_view profile, std::string_view setting);

}  // namespace athanor::auth
