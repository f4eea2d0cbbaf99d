#include "lake/crawler/classify.h"

#include "lake/crawler/csv_classifier.h"
#include "lake/crawler/json_classifier.h"
#include "lake/crawler/parquet_classifier.h"
#include "lake/crawler/sample.h"

namespace ticklake::lake::crawler {
namespace {

constexpr size_t kHead = 64;

}  // namespace

std::expected<Classified, Rejection> ClassifyText(std::string_view stored, uint64_t size) {
  const auto sample = Unpack(stored, size);
  if (!sample) return std::unexpected(Rejection{"damaged compression", sample.error().message});
  if (sample->text.empty()) return std::unexpected(Rejection{"nothing in it", ""});
  if (!MagicOf(sample->text).empty()) {
    return std::unexpected(Rejection{
        fmt::format("{} in {}: not read", MagicOf(sample->text), hive::NameOf(sample->compression)),
        ""});
  }
  // JSON is surer than CSV: what begins as JSON and is none has no cells either.
  auto found = LooksLikeJson(sample->text) ? ClassifyJson(sample->text, sample->whole)
                                           : ClassifyCsv(sample->text, sample->whole);
  if (!found) return found;
  found->reading.compression = sample->compression;
  found->whole = found->whole && sample->whole;
  // Records are of the unpacked sample; what that took of the stored file tells of the rest.
  found->sampled = sample->text.empty()
                       ? 0
                       : static_cast<uint64_t>(static_cast<double>(sample->consumed) *
                                               static_cast<double>(found->sampled) /
                                               static_cast<double>(sample->text.size()));
  return found;
}

std::expected<Classified, Rejection> ClassifyFile(store::ObjectStore& store,
                                                  const store::ObjectInfo& file) {
  const auto read = [&](size_t size) { return store.GetRange(file.key, 0, size); };
  const auto unreadable = [](const Error& error) {
    return std::unexpected(Rejection{"cannot be read", error.message});
  };
  try {
    const auto head = read(kHead);
    if (!head) return unreadable(head.error());
    if (head->empty()) return std::unexpected(Rejection{"empty", ""});
    const std::string_view magic = MagicOf(*head);
    if (magic == "parquet") return ClassifyParquet(store, file);
    if (!magic.empty() && magic != "gzip" && magic != "zstd") {
      return std::unexpected(Rejection{fmt::format("{}: not read here yet", magic), ""});
    }
    const auto stored = read(kSampleBytes);
    if (!stored) return unreadable(stored.error());
    return ClassifyText(*stored, file.size);
  } catch (const std::exception& e) {
    return std::unexpected(Rejection{"cannot be classified", e.what()});
  }
}

}  // namespace ticklake::lake::crawler
