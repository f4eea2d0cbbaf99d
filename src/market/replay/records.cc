#include "market/replay/records.h"

#include <algorithm>

#include "market/json_object.h"
#include "market/replay/csv_json.h"
#include "market/replay/line_reader.h"

namespace ticklake::market {
namespace {

class CsvRecords final : public RecordReader {
 public:
  CsvRecords(std::unique_ptr<ByteSource> source, const RecordOptions& options)
      : options_(options),
        csv_(std::move(source),
             {.delimiter = options.delimiter, .max_record_bytes = options.max_bytes}) {}

  Result<void> ReadHeader() {
    TL_ASSIGN(const bool any, csv_.Next(read_));
    if (!any) return Fail(Code::kInvalid, "empty; a header line is needed");
    TL_ASSIGN(CsvJson json, CsvJson::Create(read_));
    json_.emplace(std::move(json));
    TL_ASSIGN(key_, Find("--key", options_.key));
    TL_ASSIGN(time_, Find("--time", options_.time));
    return {};
  }

  Result<bool> Next(Record& record) override {
    TL_ASSIGN(const bool more, csv_.Next(read_));
    if (!more) return false;
    record = Record{.line = read_.line, .problem = json_->Problem(read_)};
    if (!record.problem.empty()) return true;
    json_->Write(read_, value_);
    record.value = value_;
    if (key_ && !read_.cells[*key_].text.empty()) record.key = read_.cells[*key_].text;
    if (time_) record.time = read_.cells[*time_].text;
    return true;
  }
  std::string Title() const override {
    return fmt::format("CSV with {} column{}", names().size(), names().size() == 1 ? "" : "s");
  }
  std::string TimePlace() const override {
    return time_ ? fmt::format("column '{}'", options_.time) : "";
  }
  std::vector<std::string> Notes() const override { return json_->notes(); }
  const ByteSource& source() const override { return csv_.source(); }

 private:
  const std::vector<std::string>& names() const { return json_->names(); }

  Result<std::optional<size_t>> Find(std::string_view option, const std::string& name) const {
    if (name.empty()) return std::nullopt;
    if (const auto found = json_->Find(name)) return found;
    constexpr size_t kMostShown = 50;
    const size_t shown = std::min(names().size(), kMostShown);
    return Fail(Code::kInvalid, "no column '{}' for {}; it has: {}{}", name, option,
                fmt::join(names().begin(), names().begin() + static_cast<ptrdiff_t>(shown), ", "),
                names().size() > shown ? fmt::format(", … ({} in all)", names().size()) : "");
  }

  const RecordOptions options_;
  CsvReader csv_;
  std::optional<CsvJson> json_;
  std::optional<size_t> key_;
  std::optional<size_t> time_;
  CsvRecord read_;
  std::string value_;
};

// Takes the number before a timed line's object off the line; empty when there is none.
std::string_view TakeTime(std::string_view& line) {
  const size_t size = std::min(line.find_first_not_of("0123456789.-"), line.size());
  const std::string_view time = line.substr(0, size);
  std::string_view rest = line.substr(size);
  if (rest.starts_with(':')) rest.remove_prefix(1);
  const size_t object = rest.find_first_not_of(" \t");
  if (time.empty() || object == 0 || object == std::string_view::npos || rest[object] != '{') {
    return {};
  }
  line = rest.substr(object);
  return time;
}

class JsonRecords final : public RecordReader {
 public:
  JsonRecords(std::unique_ptr<ByteSource> source, const RecordOptions& options, bool timed)
      : options_(options), timed_(timed), lines_(std::move(source), options.max_bytes) {}

  Result<bool> Next(Record& record) override {
    do {
      TL_ASSIGN(const bool more, lines_.Next(line_));
      if (!more) return false;
    } while (line_.problem.empty() && line_.text.find_first_not_of(" \t\r") == std::string::npos);
    record = Record{.line = line_.number, .problem = line_.problem};
    if (!record.problem.empty()) return true;
    record.value = line_.text;
    if (timed_) record.time = TakeTime(record.value);
    if (timed_ && record.time.empty()) {
      record.problem = "there is no time before the object";
    } else if (const auto parsed = object_.Parse(record.value); !parsed) {
      record.problem = parsed.error().message;
    } else {
      TakeFields(record);
    }
    return true;
  }
  std::string Title() const override { return timed_ ? "JSON lines with times" : "JSON lines"; }
  std::string TimePlace() const override {
    if (!options_.time.empty()) return fmt::format("field '{}'", options_.time);
    return timed_ ? "the number before each object" : "";
  }
  const ByteSource& source() const override { return lines_.source(); }

 private:
  void TakeFields(Record& record) const {
    if (const auto key = Scalar(options_.key, record); !key.empty()) record.key = key;
    if (!options_.time.empty()) record.time = Scalar(options_.time, record);
  }

  // The text of a field; empty when it is absent or null.
  std::string_view Scalar(const std::string& name, Record& record) const {
    if (name.empty()) return {};
    const auto field = object_.Find(name);
    if (!field || field->kind == JsonObject::Kind::kNull) return {};
    if (field->kind == JsonObject::Kind::kNumber || field->kind == JsonObject::Kind::kString) {
      return field->text;
    }
    record.problem = fmt::format("'{}' is neither a number nor a string", name);
    return {};
  }

  const RecordOptions options_;
  const bool timed_;
  LineReader lines_;
  Line line_;
  JsonObject object_;
};

Result<FileFormat> FormatOf(std::string_view head) {
  TL_ASSIGN(const size_t mark, ByteOrderMark(head));
  head.remove_prefix(mark);
  head.remove_prefix(std::min(head.find_first_not_of(" \t\r\n"), head.size()));
  if (head.starts_with('{')) return FileFormat::kJsonLines;
  if (head.starts_with('[')) {
    return Fail(Code::kInvalid,
                "it begins like one JSON array, and lines are needed; convert it first: jq -c "
                "'.[]'. If it is CSV: --format csv");
  }
  head = head.substr(0, head.find('\n'));
  return TakeTime(head).empty() ? FileFormat::kCsv : FileFormat::kTimedJsonLines;
}

}  // namespace

Result<std::unique_ptr<RecordReader>> OpenRecords(std::unique_ptr<ByteSource> source,
                                                  const RecordOptions& options) {
  const auto whole_line = [](std::string_view head) {
    head.remove_prefix(ByteOrderMark(head).value_or(0));
    const size_t first = head.find_first_not_of(" \t\r\n");
    return first != std::string_view::npos && head.find('\n', first) != std::string_view::npos;
  };
  TL_ASSIGN(Peeked peeked, Peek(std::move(source), whole_line));
  TL_ASSIGN(const FileFormat format,
            options.format ? Result<FileFormat>(*options.format) : FormatOf(peeked.head));
  if (format != FileFormat::kCsv) {
    return std::make_unique<JsonRecords>(std::move(peeked.whole), options,
                                         format == FileFormat::kTimedJsonLines);
  }
  auto csv = std::make_unique<CsvRecords>(std::move(peeked.whole), options);
  TL_TRY(csv->ReadHeader());
  return csv;
}

}  // namespace ticklake::market
