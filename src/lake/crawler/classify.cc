#include "lake/crawler/classify.h"

#include <algorithm>

#include "lake/crawler/avro_classifier.h"
#include "lake/crawler/csv_classifier.h"
#include "lake/crawler/grok_classifier.h"
#include "lake/crawler/json_classifier.h"
#include "lake/crawler/orc_classifier.h"
#include "lake/crawler/parquet_classifier.h"
#include "lake/crawler/sample.h"
#include "lake/crawler/xml_classifier.h"

namespace ticklake::lake::crawler {
namespace {

using Outcome = std::expected<Classified, Rejection>;

constexpr size_t kHead = 64;
constexpr size_t kSmallFile = 64 << 10;  // up to that it is read at once

// Each kind of a user's classifier on a sample; without a value where it is not certain.
struct Apply {
  const Sample& sample;

  Outcome operator()(const CsvRules& rules) const {
    auto found = ClassifyCsv(sample.text, sample.whole, rules);
    if (found && found->reading.only_with_header) {
      return std::unexpected(Rejection{"no CSV by the classifier", "a single row"});
    }
    return found;
  }
  Outcome operator()(const JsonRules& rules) const {
    if (!LooksLikeJson(sample.text)) return std::unexpected(Rejection{"no JSON", ""});
    return ClassifyJson(sample.text, sample.whole, rules.path);
  }
  Outcome operator()(const hive::GrokPatterns& rules) const {
    return ClassifyGrok(sample.text, sample.whole, rules);
  }
  Outcome operator()(const hive::XmlRows& rules) const {
    return ClassifyXml(sample.text, sample.whole, rules);
  }
};

Outcome ClassifySample(const Sample& sample, std::span<const Classifier> custom) {
  for (const Classifier& classifier : custom) {
    Outcome found = std::visit(Apply{sample}, classifier.rules);
    if (!found && !found.error().more_would_help) continue;
    if (found) {
      found->reading.why.insert(found->reading.why.begin() + 1,
                                fmt::format("by the classifier {}", classifier.name));
    }
    return found;
  }
  // JSON is surer than CSV: what begins as JSON and is none has no cells either.
  return LooksLikeJson(sample.text) ? ClassifyJson(sample.text, sample.whole)
                                    : ClassifyCsv(sample.text, sample.whole);
}

Outcome ClassifyBySample(const auto& read, const store::ObjectInfo& file, std::string_view magic,
                         std::span<const Classifier> custom) {
  for (size_t limit = kSampleBytes;; limit = kMostSampleBytes) {
    const auto stored = read(limit);
    if (!stored) return std::unexpected(Rejection{"cannot be read", stored.error().message});
    Outcome found = magic == "avro" ? ClassifyAvro(*stored, stored->size() == file.size)
                                    : ClassifyText(*stored, file.size, custom, limit);
    if (found || !found.error().more_would_help || limit == kMostSampleBytes) return found;
  }
}

}  // namespace

Outcome ClassifyText(std::string_view stored, uint64_t size, std::span<const Classifier> custom,
                     size_t limit) {
  const auto sample = Unpack(stored, size, limit);
  if (!sample) return std::unexpected(Rejection{"damaged compression", sample.error().message});
  if (sample->text.empty()) return std::unexpected(Rejection{"nothing in it", ""});
  if (!MagicOf(sample->text).empty()) {
    return std::unexpected(Rejection{
        fmt::format("{} in {}: not read", MagicOf(sample->text), hive::NameOf(sample->compression)),
        ""});
  }
  auto found = ClassifySample(*sample, custom);
  if (!found) return found;
  found->reading.compression = sample->compression;
  found->whole = found->whole && sample->whole;
  // Records are of the unpacked sample; what that took of the stored file tells of the rest.
  found->sampled = static_cast<uint64_t>(static_cast<double>(sample->consumed) *
                                         static_cast<double>(found->sampled) /
                                         static_cast<double>(sample->text.size()));
  return found;
}

Outcome ClassifyFile(store::ObjectStore& store, const store::ObjectInfo& file,
                     std::span<const Classifier> custom) {
  const size_t first = file.size <= kSmallFile ? std::max<size_t>(file.size, kHead) : kHead;
  try {
    const auto head = store.GetRange(file.key, 0, first);
    if (!head) return std::unexpected(Rejection{"cannot be read", head.error().message});
    const auto read = [&](size_t size) {
      return head->size() >= file.size ? head : store.GetRange(file.key, 0, size);
    };
    if (head->empty()) return std::unexpected(Rejection{"empty", ""});
    const std::string_view magic = MagicOf(*head);
    if (magic == "parquet") return ClassifyParquet(store, file, *head);
    if (magic == "orc") return ClassifyOrc(store, file);
    if (!magic.empty() && magic != "avro" && !IsCompressed(magic)) {
      return std::unexpected(Rejection{fmt::format("{}: not read here", magic), ""});
    }
    return ClassifyBySample(read, file, magic, custom);
  } catch (const std::exception& e) {
    return std::unexpected(Rejection{"cannot be classified", e.what()});
  }
}

}  // namespace ticklake::lake::crawler
