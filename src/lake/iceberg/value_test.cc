// Types, literals and transforms. Expected values are those of the Iceberg specification.

#include <gtest/gtest.h>

#include "lake/iceberg/literal.h"
#include "lake/iceberg/schema.h"
#include "lake/iceberg/transform.h"

namespace ticklake::lake::iceberg {
namespace {

TEST(Schema, AllowsOnlyWhatIcebergDoes) {
  const auto p = [](TypeId id) { return Primitive(id); };
  EXPECT_TRUE(CanPromote(*p(TypeId::kInt), *p(TypeId::kLong)));
  EXPECT_TRUE(CanPromote(*p(TypeId::kFloat), *p(TypeId::kDouble)));
  EXPECT_TRUE(CanPromote(*DecimalType(10, 2), *DecimalType(12, 2)));
  EXPECT_FALSE(CanPromote(*p(TypeId::kLong), *p(TypeId::kInt)));
  EXPECT_FALSE(CanPromote(*p(TypeId::kLong), *p(TypeId::kDouble)));
  EXPECT_FALSE(CanPromote(*DecimalType(10, 2), *DecimalType(12, 3)));
  EXPECT_FALSE(CanPromote(*p(TypeId::kInt), *p(TypeId::kString)));

  const Field a{1, "a", true, p(TypeId::kInt), ""};
  const Field b{2, "b", false, p(TypeId::kString), ""};
  const Field required{3, "c", true, p(TypeId::kString), ""};
  const Field wider{1, "a", false, p(TypeId::kLong), ""};
  EXPECT_TRUE(CanPromote(*StructType({a}), *StructType({a, b})));
  EXPECT_TRUE(CanPromote(*StructType({a}), *StructType({wider})));
  EXPECT_FALSE(CanPromote(*StructType({wider}), *StructType({a})));
  EXPECT_FALSE(CanPromote(*StructType({a, b}), *StructType({a})));
  EXPECT_FALSE(CanPromote(*StructType({a}), *StructType({a, required})));
  EXPECT_TRUE(CanPromote(*ListType(a), *ListType(wider)));
}

TEST(Schema, KnowsNestedIdsAndNames) {
  Schema schema;
  schema.fields = {{1, "l", false, ListType({9, "", false, DecimalType(9, 2), ""}), ""}};
  EXPECT_EQ(schema.HighestFieldId(), 9);
  EXPECT_EQ(TypeName(*schema.Find("l")->type), "list<decimal(9, 2)>");
  EXPECT_EQ(schema.Find("L"), nullptr);
}

TEST(Literal, HasTheSpecsBytes) {
  EXPECT_EQ(SingleValue(true), std::string("\1", 1));
  EXPECT_EQ(SingleValue(int32_t{1}), std::string("\1\0\0\0", 4));
  EXPECT_EQ(SingleValue(int64_t{-2}), std::string("\xfe\xff\xff\xff\xff\xff\xff\xff", 8));
  EXPECT_EQ(SingleValue(1.0), std::string("\0\0\0\0\0\0\xf0\x3f", 8));
  EXPECT_EQ(SingleValue(Literal("iceberg")), "iceberg");
  EXPECT_EQ(SingleValue(Literal()), "");
}

TEST(Literal, ReadsBackAndWidens) {
  EXPECT_EQ(ParseSingleValue(TypeId::kTimestamptz, SingleValue(int64_t{7})), Literal(int64_t{7}));
  EXPECT_EQ(ParseSingleValue(TypeId::kLong, SingleValue(int32_t{-7})), Literal(int64_t{-7}));
  EXPECT_EQ(ParseSingleValue(TypeId::kDouble, SingleValue(1.5F)), Literal(1.5));
  EXPECT_EQ(ParseSingleValue(TypeId::kInt, "abc").error().code, Code::kCorrupt);
  EXPECT_EQ(ParseSingleValue(TypeId::kStruct, "").error().code, Code::kInvalid);
}

Literal Applied(const char* transform, TypeId type, const Literal& value) {
  return Apply(Transform::Parse(transform), type, value).value();
}

TEST(Transform, RoundsDownOnBothSidesOf1970) {
  const int64_t before = -1;                        // 1969-12-31T23:59:59.999999
  const int64_t after = 1'510'871'468'000'000 + 1;  // 2017-11-16T22:31:08.000001
  const auto at = [](const char* name, int64_t micros) {
    return Applied(name, TypeId::kTimestamptz, micros);
  };
  EXPECT_EQ(at("year", before), Literal(-1));
  EXPECT_EQ(at("month", before), Literal(-1));
  EXPECT_EQ(at("day", before), Literal(-1));
  EXPECT_EQ(at("hour", before), Literal(-1));
  EXPECT_EQ(at("year", after), Literal(47));
  EXPECT_EQ(at("month", after), Literal(574));
  EXPECT_EQ(at("day", after), Literal(17486));
  EXPECT_EQ(at("hour", after), Literal(419686));
  EXPECT_EQ(Applied("day", TypeId::kDate, 17486), Literal(17486));
  EXPECT_EQ(Applied("day", TypeId::kDate, Literal()), Literal());
}

TEST(Transform, TruncatesAndKeepsWhatItDoesNotKnow) {
  EXPECT_EQ(Applied("truncate[10]", TypeId::kInt, 1), Literal(0));
  EXPECT_EQ(Applied("truncate[10]", TypeId::kInt, -1), Literal(-10));
  EXPECT_EQ(Applied("truncate[3]", TypeId::kString, "größe"), Literal("grö"));
  EXPECT_EQ(Applied("identity", TypeId::kString, "x"), Literal("x"));
  EXPECT_EQ(Applied("void", TypeId::kString, "x"), Literal());
  for (const char* text : {"bucket[16]", "truncate[4]", "day", "zorder(a,b)", "bucket[x]"}) {
    EXPECT_EQ(Transform::Parse(text).ToString(), text);
  }
  EXPECT_EQ(Apply(Transform::Parse("bucket[2]"), TypeId::kInt, 1).error().code, Code::kUnsupported);
  EXPECT_EQ(Apply(Transform::Parse("zorder"), TypeId::kInt, 1).error().code, Code::kUnsupported);
  EXPECT_EQ(Apply(Transform::Parse("day"), TypeId::kString, "x").error().code, Code::kUnsupported);
}

TEST(Transform, NamesPartitionsAsOthersDo) {
  PartitionSpec spec;
  spec.fields = {{1, 1000, "ts_event_day", Transform::Parse("day")},
                 {2, 1001, "symbol", Transform::Parse("identity")},
                 {1, 1002, "h", Transform::Parse("hour")},
                 {1, 1003, "m", Transform::Parse("month")}};
  EXPECT_EQ(PartitionPath(spec, {17486, "BRK/B", 419686, 574}),
            "ts_event_day=2017-11-16/symbol=BRK%2FB/h=2017-11-16-22/m=2017-11");
  EXPECT_EQ(PartitionPath(spec, {-1, Literal(), -1, -1}),
            "ts_event_day=1969-12-31/symbol=null/h=1969-12-31-23/m=1969-12");
  EXPECT_EQ(PartitionPath({}, {}), "");
}

}  // namespace
}  // namespace ticklake::lake::iceberg
