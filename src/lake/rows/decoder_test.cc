#include "lake/rows/decoder.h"

#include <arrow/array.h>
#include <gtest/gtest.h>

#include "lake/rows/json_text.h"
#include "lake/rows/test_records.h"

namespace ticklake::lake {
namespace {

TEST(Decoder, FirstLook) {
  auto decoder = MakeDecoder("t", nullptr);
  const TestRecords records({R"({"a":1,"b":"x"})", R"({"a":1.5,"c":{"d":[1,2]}})", "oops"});
  auto chunk = decoder->Decode({.topic = "t"}, records.chunk());
  ASSERT_TRUE(chunk) << chunk.error().message;
  ASSERT_EQ(chunk->rows->num_rows(), 2);
  std::string text;
  for (int64_t i = 0; i < 2; ++i) AppendJsonText(text, **chunk->rows->ToStructArray(), i);
  EXPECT_EQ(text, "");
  EXPECT_EQ(chunk->dead[0].error, "");
}

}  // namespace
}  // namespace ticklake::lake
