// Code of functions: zips, unpacked into a directory named by their hash.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace athanor::runtime {

struct StoredCode {
  std::string code_id;  // SHA-256 of the zip, hexadecimal
  std::uint64_t size_bytes = 0;
};

class CodeStore {
 public:
  explicit CodeStore(std::string directory) : directory_(std::move(directory)) {}

  // Unpacks and syncs; what was unpacked before is taken as it is. Blocks. Any thread.
  //
  // InvalidZipFile for what is no zip, or a hostile one (unzip.h).
  Result<StoredCode> put_zip(std::string_view zip);

  std::string path_of(std::string_view code_id) const { return directory_ + "/" + std::string{code_id}; }

 private:
  std::string directory_;
};

}  // namespace athanor::runtime
