// Nothing is silently lost, and rows do not depend on chunks or threads.
//
// A record's content is the multiset of its scalars by path; nulls and empty objects and lists are
// no content. A row's content is that of its columns together with `_rescued`.
#include <arrow/array.h>
#include <arrow/type.h>
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <map>
#include <mutex>
#include <set>
#include <thread>

#include "base/random.h"
#include "lake/rows/decoder.h"
#include "lake/rows/json_scan.h"
#include "lake/rows/json_text.h"
#include "lake/rows/json_token.h"
#include "lake/rows/test_records.h"

namespace ticklake::lake {
namespace {

using Batch = std::shared_ptr<arrow::RecordBatch>;
using Content = std::multiset<std::string>;

/// Gathers the content of valid JSON text.
class Gatherer {
 public:
  explicit Gatherer(std::string_view text) : p_(text.data()), end_(p_ + text.size()) {}

  void Value(const std::string& path, Content& out) {
    Space();
    const std::string_view raw = ScanValue({p_, end_});
    if (*p_ == '{' || *p_ == '[') {
      const bool object = *p_++ == '{';
      for (int i = 0; Space(), *p_ != '}' && *p_ != ']'; ++i) {
        std::string key = std::to_string(i);
        if (object) {
          const std::string_view quoted = ScanValue({p_, end_});
          key = *Unescape(quoted.substr(1, quoted.size() - 2));
          p_ += quoted.size();
          Space();
          ++p_;
        }
        Value(path + "/" + key, out);
        Space();
        if (*p_ == ',') ++p_;
      }
      ++p_;
      return;
    }
    if (raw != "null") out.insert(path + "=" + Scalar(raw));
    p_ += raw.size();
  }

 private:
  void Space() { p_ = SkipJsonSpace(p_, end_); }

  /// One text for equal values: 5, 5.0 and 50e-1 are one number, so are 0 and -0.0.
  static std::string Scalar(std::string_view raw) {
    if (raw[0] == '"') return "\"" + *Unescape(raw.substr(1, raw.size() - 2));
    JsonNumber number;
    if (ReadJsonNumber(raw.data(), raw.data() + raw.size(), &number) == nullptr) {
      return std::string(raw);
    }
    double value = 0;
    return number.AsExactDouble(&value) ? fmt::format("{}", value + 0.0) : std::string(raw);
  }

  const char* p_;
  const char* end_;
};

Content ContentOf(std::string_view json) {
  Content content;
  Gatherer(json).Value("", content);
  return content;
}

/// The content of each row of a batch, by offset.
void Collect(const Batch& batch, std::map<int64_t, Content>& rows) {
  const auto kafka = std::static_pointer_cast<arrow::StructArray>(batch->GetColumnByName("_kafka"));
  const auto offsets = std::static_pointer_cast<arrow::Int64Array>(kafka->GetFieldByName("offset"));
  const auto rescued =
      std::static_pointer_cast<arrow::StringArray>(batch->GetColumnByName("_rescued"));
  const int at = batch->schema()->GetFieldIndex("_kafka");
  const auto rest = batch->RemoveColumn(at).ValueOrDie();
  const auto plain = rest->RemoveColumn(rest->schema()->GetFieldIndex("_rescued")).ValueOrDie();
  const auto columns = plain->ToStructArray().ValueOrDie();
  for (int64_t i = 0; i < batch->num_rows(); ++i) {
    std::string text;
    AppendJsonText(text, *columns, i);
    Content content = ContentOf(text);
    if (rescued->IsValid(i)) content.merge(ContentOf(rescued->GetView(i)));
    EXPECT_TRUE(rows.emplace(offsets->Value(i), std::move(content)).second);
  }
}

std::string RandomString(Random& random) {
  static constexpr const char* kParts[] = {"a",
                                           "é",
                                           "😀",
                                           R"(\")",
                                           R"(\\)",
                                           R"(\n)",
                                           R"(\u00e9)",
                                           R"(\ud83d\ude00)",
                                           "long text without end "};
  std::string out = "\"";
  for (uint64_t i = random.Below(5); i > 0; --i) out += kParts[random.Below(std::size(kParts))];
  return out + "\"";
}

/// Any JSON, with conflicts between records of one seed.
std::string RandomValue(Random& random, int depth) {
  static constexpr const char* kOdd[] = {"9007199254740993",
                                         "-9223372036854775808",
                                         "5.0",
                                         "1e3",
                                         "18446744073709551616",
                                         "1e999",
                                         "-0.0",
                                         "1e-400"};
  static constexpr const char* kKeys[] = {"a",         "A",      "a b",      "a_b", "",
                                          "é",         "_kafka", "_rescued", "x.y", R"(q\"q)",
                                          R"(\u0061)", "k1",     "k2"};
  const uint64_t kind = random.Below(depth > 3 ? 6 : 9);
  std::string out;
  switch (kind) {
    case 0: return "null";
    case 1: return random.Chance(1, 2) ? "true" : "false";
    case 2: return std::to_string(random.Between(-100, 100));
    case 3: return fmt::format("{}", static_cast<double>(random.Between(-1000, 1000)) / 16);
    case 4: return RandomString(random);
    case 5: return kOdd[random.Below(std::size(kOdd))];
    case 6:
      for (uint64_t i = random.Below(4); i > 0; --i) {
        out += (out.empty() ? "" : " , ") + RandomValue(random, depth + 1);
      }
      return "[" + out + "]";
    default:
      for (uint64_t i = random.Below(6); i > 0; --i) {
        out += fmt::format("{}\"{}\" : {}", out.empty() ? "" : ",",
                           kKeys[random.Below(std::size(kKeys))], RandomValue(random, depth + 1));
      }
      return "{" + out + "}";
  }
}

std::string RandomRecord(Random& random) {
  std::string value;
  while (!value.starts_with('{')) value = RandomValue(random, 0);
  return value;
}

TEST(Property, NothingIsLost) {
  for (uint64_t seed = 1; seed <= 300; ++seed) {
    SCOPED_TRACE(seed);
    Random random(seed);
    const auto decoder = MakeDecoder("t", nullptr);
    std::vector<Batch> batches;
    std::map<int64_t, Content> expected;
    int64_t offset = 0;
    for (int chunk = 0; chunk < 6; ++chunk) {
      ASSERT_TRUE(chunk != 3 || decoder->Freeze(decoder->CurrentSchema()));
      std::vector<std::optional<std::string>> values;
      for (uint64_t i = random.Below(8); i < 8; ++i) {
        values.emplace_back(RandomRecord(random));
        expected.emplace(offset + std::ssize(values) - 1, ContentOf(*values.back()));
      }
      const TestRecords records(values, offset);
      offset += std::ssize(values);
      auto decoded = decoder->Decode({.topic = "t"}, records.chunk());
      ASSERT_TRUE(decoded) << decoded.error().message;
      ASSERT_TRUE(decoded->dead.empty()) << decoded->dead[0].payload << *decoded->dead[0].error;
      batches.push_back(decoded->rows);
    }
    std::map<int64_t, Content> rows;
    for (const Batch& batch : batches) {
      const auto conformed = decoder->Conform(batch, decoder->CurrentSchema());
      ASSERT_TRUE(conformed) << conformed.error().message;
      ASSERT_TRUE((*conformed)->ValidateFull().ok()) << (*conformed)->ValidateFull().ToString();
      Collect(*conformed, rows);
    }
    ASSERT_EQ(rows.size(), expected.size());
    for (const auto& [at, content] : expected) ASSERT_EQ(rows[at], content) << "offset " << at;
  }
}

/// Records whose types agree but for long and double; keys are sparse.
std::string AgreeingRecord(Random& random) {
  std::string out = fmt::format(R"({{"id":{})", random.Below(1000));
  for (int key = 0; key < 30; ++key) {
    if (!random.Chance(1, 6)) continue;
    switch (key % 4) {
      case 0:
        out += fmt::format(",\"K{}\":{}", key,
                           random.Between(0, 99) / (random.Chance(1, 2) ? 1.0 : 4.0));
        break;
      case 1: out += fmt::format(",\"K{}\":{}", key, RandomString(random)); break;
      case 2:
        out += fmt::format(",\"K{}\":{{\"s{}\":{}}}", key, random.Below(3), random.Below(9));
        break;
      default: out += fmt::format(",\"K{}\":[{},{}.5]", key, random.Below(9), random.Below(9));
    }
  }
  return out + "}";
}

TEST(Property, ChunksAndThreadsDoNotMatter) {
  constexpr int kThreads = 3;
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    SCOPED_TRACE(seed);
    Random random(seed);
    std::vector<std::optional<std::string>> values;
    values.reserve(300);
    for (int i = 0; i < 300; ++i) values.emplace_back(AgreeingRecord(random));
    const auto decoder = MakeDecoder("t", nullptr);
    std::mutex mutex;
    std::vector<Batch> batches;
    std::vector<std::thread> threads;
    threads.reserve(kThreads);
    for (int t = 0; t < kThreads; ++t) {
      threads.emplace_back([&, t] {
        Random cuts(seed, static_cast<uint64_t>(t));
        auto next = static_cast<size_t>(t) * 100;
        const size_t end = next + 100;
        while (next < end) {
          const size_t count = std::min<size_t>(1 + cuts.Below(20), end - next);
          const auto begin = values.begin() + static_cast<std::ptrdiff_t>(next);
          const TestRecords records({begin, begin + static_cast<std::ptrdiff_t>(count)},
                                    static_cast<int64_t>(next));
          next += count;
          auto decoded = decoder->Decode({.topic = "t", .partition = t}, records.chunk());
          const std::lock_guard lock(mutex);
          batches.push_back(decoded->rows);
        }
      });
    }
    for (std::thread& thread : threads) thread.join();
    std::map<int64_t, Content> rows;
    const iceberg::Schema schema = decoder->CurrentSchema();
    for (const Batch& batch : batches) {
      const auto conformed = decoder->Conform(batch, schema);
      ASSERT_TRUE(conformed);
      ASSERT_EQ((*conformed)->GetColumnByName("_rescued")->null_count(), (*conformed)->num_rows());
      Collect(*conformed, rows);
    }
    ASSERT_EQ(rows.size(), values.size());
    for (const auto& [offset, content] : rows) {
      ASSERT_EQ(content, ContentOf(*values[static_cast<size_t>(offset)]));
    }
  }
}

}  // namespace
}  // namespace ticklake::lake
