#include "catalog/sqlite_partitions.h"

#include "catalog/catalog_json.h"
#include "catalog/partitions.h"

namespace ticklake::catalog {
namespace {

constexpr char kColumns[] = "\"values\", storage, parameters, create_time, update_time, details";
constexpr char kOne[] = " WHERE database = ? AND table_name = ? AND \"values\" = ?";

Result<Partition> Read(const SqliteStatement& row) {
  Partition partition;
  TL_ASSIGN(partition.values, ValuesFromJson(row.Text(0)));
  TL_ASSIGN(partition.storage, StorageFromJson(row.Text(1)));
  TL_ASSIGN(partition.parameters, ParametersFromJson(row.Text(2)));
  partition.create_time = row.Int(3);
  partition.update_time = row.Int(4);
  TL_ASSIGN(partition.extra, ExtraFromDetails(row.Text(5)));
  return partition;
}

}  // namespace

Result<std::vector<PartitionError>> SqlitePartitions::Create(
    const std::vector<Partition>& partitions, Nanos now) {
  std::vector<PartitionError> errors;
  for (const Partition& partition : partitions) {
    if (auto refused = CheckValues(table_, partition.values)) {
      errors.push_back(std::move(*refused));
      continue;
    }
    SqliteStatement insert(db_, "INSERT OR IGNORE INTO partitions VALUES (?, ?, ?, ?, ?, ?, ?, ?)");
    insert.Bind(table_.database).Bind(table_.name).Bind(ToJson(partition.values));
    insert.Bind(ToJson(partition.storage)).Bind(ToJson(partition.parameters)).Bind(now).Bind(now);
    insert.Bind(ExtraToDetails(partition.extra));
    TL_TRY(insert.Step());
    if (sqlite3_changes(db_) == 0) errors.push_back(*PartitionExists(table_, partition.values));
  }
  return errors;
}

Result<bool> SqlitePartitions::Has(const PartitionValues& values) {
  SqliteStatement select(db_, fmt::format("SELECT 1 FROM partitions{}", kOne));
  return select.Bind(table_.database).Bind(table_.name).Bind(ToJson(values)).Step();
}

Result<std::vector<PartitionError>> SqlitePartitions::Update(
    const std::vector<PartitionUpdate>& updates, Nanos now) {
  std::vector<PartitionError> errors;
  for (const auto& [values, partition] : updates) {
    if (auto refused = CheckValues(table_, partition.values)) {
      errors.push_back(std::move(*refused));
      continue;
    }
    if (values != partition.values) {
      TL_ASSIGN(const bool taken, Has(partition.values));
      if (taken) {
        errors.push_back(*PartitionExists(table_, partition.values));
        continue;
      }
    }
    SqliteStatement update(
        db_, fmt::format("UPDATE partitions SET \"values\" = ?, storage = ?, parameters = ?, "
                         "details = ?, update_time = ?{}",
                         kOne));
    update.Bind(ToJson(partition.values)).Bind(ToJson(partition.storage));
    update.Bind(ToJson(partition.parameters)).Bind(ExtraToDetails(partition.extra)).Bind(now);
    TL_TRY(update.Bind(table_.database).Bind(table_.name).Bind(ToJson(values)).Step());
    if (sqlite3_changes(db_) == 0) errors.push_back(*NoPartition(table_, values));
  }
  return errors;
}

Result<std::vector<PartitionError>> SqlitePartitions::Delete(
    const std::vector<PartitionValues>& values) {
  std::vector<PartitionError> errors;
  for (const PartitionValues& item : values) {
    SqliteStatement remove(db_, fmt::format("DELETE FROM partitions{}", kOne));
    TL_TRY(remove.Bind(table_.database).Bind(table_.name).Bind(ToJson(item)).Step());
    if (sqlite3_changes(db_) == 0) errors.push_back(*NoPartition(table_, item));
  }
  return errors;
}

Result<Partition> SqlitePartitions::Get(const PartitionValues& values) {
  SqliteStatement select(db_, fmt::format("SELECT {} FROM partitions{}", kColumns, kOne));
  TL_ASSIGN(const bool found,
            select.Bind(table_.database).Bind(table_.name).Bind(ToJson(values)).Step());
  if (!found) return Fail(NoPartition(table_, values)->error);
  return Read(select);
}

Result<std::vector<Partition>> SqlitePartitions::GetAll(const std::vector<std::string>& keys) {
  SqliteStatement select(db_, fmt::format("SELECT {} FROM partitions WHERE database = ? AND "
                                          "table_name = ? AND \"values\" IN "
                                          "(SELECT value FROM json_each(?)) ORDER BY \"values\"",
                                          kColumns));
  select.Bind(table_.database).Bind(table_.name).Bind(ToJson(keys));
  std::vector<Partition> all;
  while (true) {
    TL_ASSIGN(const bool more, select.Step());
    if (!more) return all;
    TL_ASSIGN(Partition partition, Read(select));
    all.push_back(std::move(partition));
  }
}

Result<std::vector<std::string>> SqlitePartitions::Keys() {
  SqliteStatement select(db_,
                         "SELECT \"values\" FROM partitions WHERE database = ? AND table_name = ? "
                         "ORDER BY \"values\"");
  select.Bind(table_.database).Bind(table_.name);
  std::vector<std::string> keys;
  while (true) {
    TL_ASSIGN(const bool more, select.Step());
    if (!more) return keys;
    keys.push_back(select.Text(0));
  }
}

Result<PartitionPage> SqlitePartitions::List(const PageRequest& page) {
  SqliteStatement select(db_, fmt::format("SELECT {} FROM partitions WHERE database = ? AND "
                                          "table_name = ? AND \"values\" > ? "
                                          "ORDER BY \"values\" LIMIT ?",
                                          kColumns));
  select.Bind(table_.database).Bind(table_.name).Bind(page.after);
  select.Bind(static_cast<int64_t>(page.limit) + 1);  // one more tells whether there is more
  PartitionPage answer;
  std::string last;
  while (true) {
    TL_ASSIGN(const bool more, select.Step());
    if (!more) return answer;
    if (answer.partitions.size() == page.limit) {
      answer.next = last;
      return answer;
    }
    last = select.Text(0);
    TL_ASSIGN(Partition partition, Read(select));
    answer.partitions.push_back(std::move(partition));
  }
}

}  // namespace ticklake::catalog
