#include "lake/rows/evolve.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "lake/rows/json_scan.h"

namespace ticklake::lake {
namespace {

using iceberg::Field;
using iceberg::Primitive;
using iceberg::TypeId;

Field Column(int32_t id, std::string name, std::string doc = "") {
  return {.id = id,
          .name = std::move(name),
          .required = false,
          .type = Primitive(TypeId::kLong),
          .doc = std::move(doc)};
}

std::vector<std::string> Names(const iceberg::Schema& schema) {
  std::vector<std::string> names;
  for (const Field& field : schema.fields) names.push_back(field.name);
  return names;
}

// Somebody else's table may have our columns first, between its own, and docs of its own.
TEST(GrowSchemaTest, FindsAndPlacesColumnsWhateverTheirOrder) {
  iceberg::Schema schema;
  schema.fields = {Column(1, "first"), Column(2, "_kafka"), Column(3, "last", "the last price")};
  int32_t next_id = 10;
  const Shape record = ScanRecord(R"({"new":1,"LAST":2,"first":3,"other":4,"new":5})").value();
  const Growth growth = GrowSchema(schema, record, {}, &next_id);
  EXPECT_TRUE(growth.changed);
  EXPECT_EQ(Names(schema), (std::vector<std::string>{"first", "new", "other", "_kafka", "last"}));
  EXPECT_FALSE(GrowSchema(schema, record, {}, &next_id).changed);
  const Shape wider = ScanRecord(R"({"last":0.5,"other":0.5})").value();
  EXPECT_TRUE(GrowSchema(schema, wider, {}, &next_id).changed);
  EXPECT_EQ(schema.Find("last")->type->id, TypeId::kDouble);
  EXPECT_EQ(schema.Find("other")->type->id, TypeId::kDouble);
  EXPECT_EQ(schema.Find("new")->type->id, TypeId::kLong);
}

// A record of 60,000 keys, or a list of as many different objects, is a moment's work and no more
// columns than a table may have.
TEST(GrowSchemaTest, ThousandsOfKeysAreNoBurden) {
  std::string object = "{";
  std::string list = R"({"list":[)";
  for (int i = 0; i < 60'000; ++i) {
    object += fmt::format(R"({}"k{}":1)", i == 0 ? "" : ",", i);
    list += fmt::format(R"({}{{"l{}":1}})", i == 0 ? "" : ",", i);
  }
  iceberg::Schema schema;
  int32_t next_id = 1;
  const Growth growth = GrowSchema(schema, ScanRecord(list + "]}").value(), {}, &next_id);
  EXPECT_EQ(CountLeaves(schema), kMaxLeafColumns);
  EXPECT_TRUE(growth.full);
  const Shape shape = ScanRecord(object + "}").value();
  for (int i = 0; i < 100; ++i) {
    EXPECT_FALSE(GrowSchema(schema, shape, {.frozen = true, .hidden = {}}, &next_id).changed);
  }
}

}  // namespace
}  // namespace ticklake::lake
