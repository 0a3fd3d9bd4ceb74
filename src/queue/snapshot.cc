// Queues: the whole state as bytes, and back.
//
// Format: a header {version, origins, dead-letter sources, queues}, then for each queue its image and as many message
// images as that says; each of these structs is preceded by its length (log/codec.h). Messages refer to origins, groups
// and sources by index into a table (1 is the first, 0 none), so that what a million messages share is written once. An
// image with `block` stands for all messages of that block; version 1 had none.

#include "base/assert.h"
#include "base/planted.h"
#include "log/codec.h"
#include "log/text_table.h"
#include "queue/queues.h"

namespace athanor::queue {
namespace {

constexpr std::uint32_t kVersion = 2;
constexpr std::size_t kImageBytes = 64;  // approximate, of a message

// Views of what is being saved, or of the bytes being loaded.
struct Header {
  std::uint32_t version = 0;
  std::vector<std::string_view> origins;
  std::vector<std::string_view> dead_letter_sources;
  std::uint64_t queues = 0;
  static constexpr auto members() {
    return Members{member("version", &Header::version), member("origins", &Header::origins),
                   member("dead_letter_sources", &Header::dead_letter_sources), member("queues", &Header::queues)};
  }
};

struct DeduplicationImage {
  std::string_view key;
  MessageId id;
  Sequence sequence;
  base::Time accepted{};
  static constexpr auto members() {
    return Members{member("key", &DeduplicationImage::key), member("id", &DeduplicationImage::id),
                   member("sequence", &DeduplicationImage::sequence),
                   member("accepted", &DeduplicationImage::accepted)};
  }
};

struct QueueImage {
  std::string arn;
  Attributes attributes;
  Tags tags;
  std::string receipt_key;
  base::Time created{};
  base::Time modified{};
  std::optional<base::Time> purged;
  Sequence last_sequence;
  std::vector<std::string_view> groups;
  std::vector<DeduplicationImage> deduplication;
  std::uint64_t messages = 0;
  static constexpr auto members() {
    return Members{member("arn", &QueueImage::arn),          member("attributes", &QueueImage::attributes),
                   member("tags", &QueueImage::tags),        member("receipt_key", &QueueImage::receipt_key),
                   member("created", &QueueImage::created),  member("modified", &QueueImage::modified),
                   member("purged", &QueueImage::purged),    member("last_sequence", &QueueImage::last_sequence),
                   member("groups", &QueueImage::groups),    member("deduplication", &QueueImage::deduplication),
                   member("messages", &QueueImage::messages)};
  }
};

struct MessageImage {
  Sequence sequence;
  MessageId id;
  log::LogPosition position;
  std::uint64_t origin = 0;
  base::Time sent{};
  base::Time visible_at{};
  base::Time first_received{};
  base::Time last_received{};
  std::uint32_t receive_count = 0;
  std::uint32_t generation = 0;
  std::uint64_t group = 0;
  std::string_view deduplication_id;
  std::uint64_t dead_letter_source = 0;
  std::string_view block;  // MessageBlock::bytes, from `sequence` on
  static constexpr auto members() {
    return Members{member("sequence", &MessageImage::sequence),
                   member("id", &MessageImage::id),
                   member("position", &MessageImage::position),
                   member("origin", &MessageImage::origin),
                   member("sent", &MessageImage::sent),
                   member("visible_at", &MessageImage::visible_at),
                   member("first_received", &MessageImage::first_received),
                   member("last_received", &MessageImage::last_received),
                   member("receive_count", &MessageImage::receive_count),
                   member("generation", &MessageImage::generation),
                   member("group", &MessageImage::group),
                   member("deduplication_id", &MessageImage::deduplication_id),
                   member("dead_letter_source", &MessageImage::dead_letter_source),
                   member("block", &MessageImage::block)};
  }
};

using log::TextTable;
using log::codec::put_sized;

template <class T>
bool take_sized(std::string_view& in, T& object) {
  std::string_view piece;
  return log::codec::take_sized(in, piece) && log::codec::take_struct(piece, object);
}

MessageImage image_of(Sequence sequence, const Message& message, TextTable& origins, TextTable& sources,
                      TextTable& groups) {
  return {
      .sequence = sequence,
      .id = message.id,
      .position = message.position,
      .origin = message.origin ? origins.number_of(*message.origin) : 0,
      .sent = message.sent,
      .visible_at = message.visible_at,
      .first_received = message.first_received,
      .last_received = message.last_received,
      .receive_count = message.receive_count,
      .generation = message.generation,
      .group = message.group ? groups.number_of(message.group->name) : 0,
      .deduplication_id = message.deduplication_id ? std::string_view{*message.deduplication_id} : std::string_view{},
      .dead_letter_source = message.dead_letter_source ? sources.number_of(*message.dead_letter_source) : 0,
  };
}

Error unreadable() { return corrupt("The snapshot of the queues cannot be read."); }

}  // namespace

// Two passes over all messages: the first finds what comes before them, the second writes them in their final place,
// since a backlog is large and so would be any copy of it.
void Queues::save(std::string& out) const {
  TextTable origins;
  TextTable sources;
  std::vector<TextTable> groups{queues_.size()};
  std::vector<std::uint64_t> images(queues_.size());
  const auto for_each_image = [&](const Queue& queue, TextTable& its_groups, const auto& visit) {
    queue.messages.for_each(
        [&](const MessageBlock& block) {
          visit(MessageImage{.sequence = block.first(),
                             .origin = block.origin() ? origins.number_of(*block.origin()) : 0},
                &block.bytes());
        },
        [&](Sequence sequence, const Message& message) {
          visit(image_of(sequence, message, origins, sources, its_groups), nullptr);
        });
  };
  std::size_t bytes = 0;
  std::size_t q = 0;
  for (const auto& [arn, queue] : queues_) {
    for_each_image(queue, groups[q], [&](const MessageImage&, const std::string* block) {
      ++images[q];
      bytes += kImageBytes + (block != nullptr ? block->size() : 0);
    });
    ++q;
  }
  out.reserve(out.size() + bytes);
  put_sized(out, Header{kVersion, origins.texts(), sources.texts(), queues_.size()});
  q = 0;
  for (const auto& [arn, queue] : queues_) {
    QueueImage image{.arn = arn,
                     .attributes = queue.attributes,
                     .tags = queue.tags,
                     .receipt_key = queue.receipt_key,
                     .created = queue.created,
                     .modified = queue.modified,
                     .purged = queue.purged,
                     .last_sequence = Sequence{queue.messages.next_sequence().value - 1},
                     .groups = groups[q].texts(),
                     .messages = images[q]};
    queue.deduplication.for_each([&](const std::string& key, const DeduplicationWindow::Entry& entry) {
      image.deduplication.push_back({key, entry.id, entry.sequence, entry.accepted});
    });
    put_sized(out, image);
    for_each_image(queue, groups[q], [&](MessageImage of_messages, const std::string* block) {
      if (block != nullptr) of_messages.block = *block;
      put_sized(out, of_messages);
    });
    ++q;
  }
}

Result<void> Queues::load(std::string_view bytes) {
  ATHANOR_ASSERT(queues_.empty());
  Header header;
  if (!take_sized(bytes, header) || header.version == 0 || header.version > kVersion) return unreadable();
  std::vector<std::shared_ptr<const std::string>> origins;
  for (const std::string_view origin : header.origins) origins.push_back(std::make_shared<const std::string>(origin));
  std::vector<const std::string*> sources;
  for (const std::string_view source : header.dead_letter_sources) sources.push_back(intern(std::string{source}));
  for (std::uint64_t q = 0; q < header.queues; ++q) {
    QueueImage image;
    if (!take_sized(bytes, image)) return unreadable();
    Queue queue{image.attributes, image.tags, image.receipt_key, image.created};
    queue.modified = image.modified;
    queue.purged = image.purged;
    std::uint64_t last = 0;
    for (std::uint64_t m = 0; m < image.messages; ++m) {
      MessageImage from;
      if (!take_sized(bytes, from) || from.sequence.value <= last || from.sequence > image.last_sequence ||
          from.origin > origins.size() || from.group > image.groups.size() ||
          from.dead_letter_source > sources.size()) {
        return unreadable();
      }
      last = from.sequence.value;
      if (!from.block.empty()) {
        auto block = MessageBlock::load(from.sequence, from.origin > 0 ? origins[from.origin - 1] : nullptr,
                                        std::string{from.block});
        last += MessageBlock::kMessages - 1;
        if (!block || last > image.last_sequence.value) return unreadable();
        queue.messages.restore(*std::move(block));
        continue;
      }
      Message message{.id = from.id,
                      .position = from.position,
                      .origin = from.origin > 0 ? origins[from.origin - 1] : nullptr,
                      .sent = from.sent,
                      .visible_at = from.visible_at,
                      .first_received = from.first_received,
                      .last_received = from.last_received,
                      .receive_count = from.receive_count,
                      .generation = from.generation};
      if (base::planted(base::Bug::ForgetReceiveCount)) message.receive_count = message.generation = 0;
      if (!from.deduplication_id.empty()) {
        message.deduplication_id = std::make_unique<const std::string>(from.deduplication_id);
      }
      if (from.dead_letter_source > 0) message.dead_letter_source = sources[from.dead_letter_source - 1];
      queue.messages.restore(from.sequence, std::move(message),
                             from.group > 0 ? image.groups[from.group - 1] : std::string_view{});
    }
    queue.messages.restore_last_sequence(image.last_sequence);
    for (const DeduplicationImage& entry : image.deduplication) {
      queue.deduplication.restore(std::string{entry.key}, {entry.id, entry.sequence, entry.accepted});
    }
    const auto added = queues_.emplace(std::move(image.arn), std::move(queue)).first;
    find_expiry(added->first, added->second);
  }
  return bytes.empty() ? Result<void>{} : unreadable();
}

std::optional<log::LogPosition> Queues::oldest_position_needed() const {
  std::optional<log::LogPosition> oldest;
  for (const auto& [arn, queue] : queues_) {
    const auto of_queue = queue.messages.oldest_position();
    if (of_queue && (!oldest || *of_queue < *oldest)) oldest = of_queue;
  }
  return oldest;
}

}  // namespace athanor::queue
