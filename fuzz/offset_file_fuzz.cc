// The file of group offsets with arbitrary content: a readable prefix is kept, and written again it
// says the same.

#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/crc32c.h"
#include "broker/groups/offset_format.h"

namespace {

using namespace ticklake;          // NOLINT(google-build-using-namespace): a program of one file
using namespace ticklake::broker;  // NOLINT(google-build-using-namespace)

void TryFile(std::string_view file) {
  if (!CheckOffsetHeader(file)) return;
  const OffsetFileContent content = ReadOffsetFile(file);
  if (content.intact < kOffsetHeaderSize || content.intact > file.size()) std::abort();
  std::string written = EncodeOffsetHeader();
  for (const OffsetRecord& record : content.records) AppendOffsetFrame(record, written);
  const OffsetFileContent again = ReadOffsetFile(written);
  if (again.damaged || again.intact != written.size() || again.records != content.records) {
    std::abort();
  }
}

// Frames with their CRCs put right, and the last one's length, so that mutations reach the
// payloads.
std::string Mend(std::string file) {
  size_t at = kOffsetHeaderSize;
  while (at + kOffsetFrameHeader < file.size()) {
    const size_t room = file.size() - at - kOffsetFrameHeader;
    size_t length = LoadBig<uint32_t>(file.data() + at);
    if (length == 0 || length > room) length = room;
    StoreBig(file.data() + at, static_cast<uint32_t>(length));
    const std::string_view payload(file.data() + at + kOffsetFrameHeader, length);
    StoreBig(file.data() + at + 4, Crc32c(payload));
    at += kOffsetFrameHeader + length;
  }
  return file;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  TryFile(bytes);
  const std::string headed = EncodeOffsetHeader().append(bytes);
  TryFile(headed);
  TryFile(Mend(headed));
  return 0;
}
