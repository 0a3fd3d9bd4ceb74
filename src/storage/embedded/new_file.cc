#include "storage/embedded/new_file.h"

#include <utility>

#include "storage/embedded/format.h"

namespace athanor::storage {
namespace {

std::string temporary_of(const std::string& path) { return path + std::string(kTemporarySuffix); }

}  // namespace

Result<NewFile> NewFile::begin(io::FileSystem& files, const std::string& directory, const std::string& name) {
  std::string path = directory + "/" + name;
  const std::string temporary = temporary_of(path);
  if (auto removed = files.remove(temporary); !removed && removed.error().code != ErrorCode::NotFound)
    return std::move(removed).error();
  ATHANOR_TRY(file, files.open(temporary, io::OpenMode::Create));
  return NewFile(files, std::move(path), std::move(file));
}

NewFile::NewFile(io::FileSystem& files, std::string path, std::unique_ptr<io::File> file)
    : files_(&files), path_(std::move(path)), file_(std::move(file)) {}

NewFile::~NewFile() {
  if (file_) (void)files_->remove(temporary_of(path_));
}

Result<std::unique_ptr<io::File>> NewFile::take_name() {
  ATHANOR_CHECK(files_->rename(temporary_of(path_), path_));
  return std::move(file_);
}

}  // namespace athanor::storage
