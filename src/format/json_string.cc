// JSON strings, sixteen or sixty-four bytes at a time.
#include "format/json_string.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <optional>
#include <utility>

#include "base/alphanumeric.h"
#include "base/sixteen_bytes.h"
#include "base/text.h"
#include "format/json.h"
#include "format/json_block.h"

namespace athanor::format {
namespace {

// The position of the first byte from `at` on that does not stand for itself in a string: a quote, a backslash, a
// control character. The text's size when there is none.
std::size_t plain_end(std::string_view text, std::size_t at) {
  for (; text.size() - at >= 16; at += 16) {
    const base::Bytes16 bytes = base::load_16(text.data() + at);
    const std::uint32_t ends =
        base::top_bits(base::equal(bytes, base::all_of('"')) | base::equal(bytes, base::all_of('\\')) |
                       base::at_most(bytes, base::all_of('\x1F')));
    if (ends != 0) return at + static_cast<std::size_t>(std::countr_zero(ends));
  }
  while (at < text.size() && text[at] != '"' && text[at] != '\\' && static_cast<unsigned char>(text[at]) >= 0x20) ++at;
  return at;
}

// --- Blocks

// For each subset of eight bytes, a row for look_up: all eight, with a gap before those in the subset.
constexpr std::uint8_t kGap = 0x80;  // becomes a zero
constexpr auto kWithGaps = [] {
  std::array<std::array<std::uint8_t, 16>, 256> rows{};
  for (std::size_t set = 0; set < rows.size(); ++set) {
    std::size_t to = 0;
    for (std::uint8_t from = 0; from < 8; ++from) {
      if ((set >> from & 1) != 0) rows[set][to++] = kGap;
      rows[set][to++] = from;
    }
  }
  return rows;
}();

constexpr std::size_t kFirstRoom = 2'000;  // holds most Details

// Frees the unused capacity of a short string: a JSON tree may hold a hundred thousand of them.
void give_back_room(std::string& text) {
  if (text.size() < kFirstRoom / 4) text.shrink_to_fit();
}

bool is_surrogate(std::uint32_t code) { return code >= 0xD800 && code <= 0xDFFF; }

// Appends to a string, a block at a time: each is stored whole, however much of it counts.
class Output {
 public:
  explicit Output(std::string& out) : out_(out), size_(out.size()) {}
  Output(std::string& out, bool& lone_surrogate) : Output(out) { lone_surrogate_ = &lone_surrogate; }
  ~Output() { out_.resize(size_); }
  Output(const Output&) = delete;
  Output& operator=(const Output&) = delete;

  // Where the next `kBlock` bytes may be stored; `grow` then says how many of them count.
  char* room() {
    constexpr std::size_t kRoom = 2 * kBlock + 8;  // all bytes escaped; the last store reaches beyond
    if (out_.size() - size_ < kRoom)
      out_.resize_and_overwrite(std::max(2 * size_ + kRoom, kFirstRoom), [](char*, std::size_t size) { return size; });
    return out_.data() + size_;
  }
  void grow(std::size_t bytes) { size_ += bytes; }

  // Appends the first `count` bytes of the block, with a backslash before those that are `escaped`.
  void block_escaping(const char* block, std::size_t count, std::uint64_t escaped) {
    char* to = room();
    escaped &= first_bits(count);
    size_ += count + count_of(escaped);
    if (escaped == 0) {
      std::memcpy(to, block, kBlock);
      return;
    }
    for (std::size_t i = 0; i < kBlock; i += 8, escaped >>= 8) {
      const base::Bytes16 row = base::load_16(kWithGaps[escaped & 0xFF].data());
      const base::Bytes16 backslashes = base::equal(row, base::all_of(kGap)) & base::all_of('\\');
      base::store_16(to, base::look_up(base::load_8(block + i), row) | backslashes);
      to += 8 + count_of(escaped & 0xFF);
    }
  }

  void text(std::string_view text) {
    out_.resize(size_);
    out_ += text;
    size_ = out_.size();
  }
  void code_point(std::uint32_t code) {
    out_.resize(size_);
    if (is_surrogate(code) && lone_surrogate_ != nullptr) *lone_surrogate_ = true;
    base::append_utf8(out_, is_surrogate(code) ? 0xFFFD : code);
    size_ = out_.size();
  }

 private:
  std::string& out_;
  std::size_t size_;  // of the valid bytes; those after them are meaningless
  bool* lone_surrogate_ = nullptr;
};

struct NoOutput {
  static char* room() { return nullptr; }
  void grow(std::size_t) {}
  void text(std::string_view) {}
  void code_point(std::uint32_t) {}
};

// --- Reading

// What an escape means, by the character after the backslash; 0 when that is invalid, and for u.
constexpr auto kMeant = [] {
  std::array<char, 256> meant{};
  for (const auto& [escape, character] : {std::pair{'b', '\b'},
                                          {'f', '\f'},
                                          {'n', '\n'},
                                          {'r', '\r'},
                                          {'t', '\t'},
                                          {'"', '"'},
                                          {'\\', '\\'},
                                          {'/', '/'}}) {
    meant[static_cast<unsigned char>(escape)] = character;
  }
  return meant;
}();

bool is_hex(char c) { return base::is_digit_ascii(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }

// The value of the four digits of a \u escape that `text` begins with; nullopt when they are not digits.
std::optional<std::uint32_t> hex4(std::string_view text) {
  const std::string_view digits = text.substr(0, 4);
  if (digits.size() < 4 || !std::ranges::all_of(digits, is_hex)) return std::nullopt;
  std::uint32_t value = 0;
  for (const char c : digits)
    value = value * 16 + static_cast<std::uint32_t>(base::is_digit_ascii(c) ? c - '0' : (c | 0x20) - 'a' + 10);
  return value;
}

// The character of the \u escape (or of the surrogate pair) whose first digit is at `at`; moves `at` past it. A lone
// surrogate is returned as it is.
std::optional<std::uint32_t> take_code_point(std::string_view text, std::size_t& at) {
  const auto code = hex4(text.substr(at));
  if (!code) return std::nullopt;
  at += 4;
  if (*code >= 0xD800 && *code <= 0xDBFF && text.substr(at).starts_with("\\u")) {
    const auto low = hex4(text.substr(at + 2));
    if (low && *low >= 0xDC00 && *low <= 0xDFFF) {
      at += 6;
      return 0x10000 + ((*code - 0xD800) << 10) + (*low - 0xDC00);
    }
  }
  return code;
}

#define ATHANOR_CODE "format/json_string_walk.inc"
#include "format/json_each_processor.inc"
#undef ATHANOR_CODE

template <class Out>
std::size_t walk_string(base::Processor processor, std::string_view text, std::size_t at, Out& out) {
  switch (processor) {
    case base::Processor::Any:
      return plain::walk_string(text, at, out);
    case base::Processor::Avx2:
      return avx2::walk_string(text, at, out);
    case base::Processor::Avx512:
      break;
  }
  return avx512::walk_string(text, at, out);
}

// --- Writing

std::string escape_of_control(char c) {
  switch (c) {
    case '\n':
      return "\\n";
    case '\r':
      return "\\r";
    case '\t':
      return "\\t";
    default:
      return fmt::format("\\u{:04x}", static_cast<unsigned>(c));
  }
}

}  // namespace

std::size_t json_string_length(std::string_view text) {
  // Most strings are short and have no escape.
  std::size_t end = plain_end(text, 1);
  if (end < text.size() && text[end] == '\\') {
    NoOutput out;
    end = walk_string(base::this_processor(), text, end, out);
  }
  return end < text.size() && text[end] == '"' ? end + 1 : 0;
}

std::size_t read_json_string(std::string_view text, std::string& out, bool& lone_surrogate) {
  return read_json_string(base::this_processor(), text, out, lone_surrogate);
}

std::size_t read_json_string(base::Processor processor, std::string_view text, std::string& out, bool& lone_surrogate) {
  std::size_t end = plain_end(text, 1);
  out.assign(text, 1, end - 1);
  if (end < text.size() && text[end] == '\\') {
    {
      Output output{out, lone_surrogate};
      end = walk_string(processor, text, end, output);
    }
    give_back_room(out);
  }
  return end < text.size() && text[end] == '"' ? end + 1 : 0;
}

bool is_json_escape(std::string_view text) {
  if (text.starts_with('u')) return hex4(text.substr(1)).has_value();
  return !text.empty() && kMeant[static_cast<unsigned char>(text.front())] != 0;
}

std::string unescape_json(std::string_view raw) {
  bool lone_surrogate = false;
  return unescape_json(raw, lone_surrogate);
}

std::string unescape_json(std::string_view raw, bool& lone_surrogate) {
  const std::size_t plain = plain_end(raw, 0);
  std::string out{raw, 0, plain};
  if (plain < raw.size()) {
    {
      Output output{out, lone_surrogate};
      walk_string(base::this_processor(), raw, plain, output);
    }
    give_back_room(out);
  }
  return out;
}

std::size_t json_string_bytes(std::string_view text) {
  if (!base::is_valid_utf8(text)) return json_string_bytes(base::with_valid_utf8(text));
  if (plain_end(text, 0) == text.size()) return text.size() + 2;  // as for most strings
  std::size_t bytes = text.size() + 2;
  std::array<char, kBlock> copy;
  for (std::size_t at = 0; at < text.size(); at += kBlock) {
    const StringBits bits = PlainBlocks::string_bits(block_at(text, at, copy));
    bytes += count_of(bits.quotes | bits.backslashes);
    for (std::uint64_t left = bits.controls & first_bits(text.size() - at); left != 0; left &= left - 1)
      bytes += escape_of_control(text[at + first_of(left)]).size() - 1;
  }
  return bytes;
}

void append_json_string(std::string& out, std::string_view text) {
  if (!base::is_valid_utf8(text)) {
    append_json_string(out, base::with_valid_utf8(text));
    return;
  }
  Output output{out};
  output.text("\"");
  std::array<char, kBlock> copy;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t here = std::min(kBlock, text.size() - at);
    const char* const block = block_at(text, at, copy);
    const StringBits bits = PlainBlocks::string_bits(block);
    const std::size_t plain = std::min(here, first_of(bits.controls));
    output.block_escaping(block, plain, bits.quotes | bits.backslashes);
    at += plain;
    if (plain < here) output.text(escape_of_control(text[at++]));
  }
  output.text("\"");
}

}  // namespace athanor::format
