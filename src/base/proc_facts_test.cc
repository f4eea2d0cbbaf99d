#include "base/proc_facts.h"

#include <gtest/gtest.h>

#include "base/uuid.h"

namespace ticklake {
namespace {

TEST(ProcFacts, AreReadThoughTheirFilesHaveNoSize) {
  EXPECT_TRUE(Uuid::Parse(ReadBootId())) << ReadBootId();
  EXPECT_EQ(ReadBootId(), ReadBootId());
  EXPECT_GT(ResidentBytes(), 1 << 20);
}

}  // namespace
}  // namespace ticklake
