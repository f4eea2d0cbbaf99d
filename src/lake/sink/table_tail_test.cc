#include "lake/sink/table_tail.h"

#include <gtest/gtest.h>

#include <thread>

#include "lake/rows/decoder.h"

namespace ticklake::lake {
namespace {

/// A tail of one log [0, 1000), fed by hand.
class TableTailTest : public testing::Test {
 protected:
  TableTailTest() {
    tail_.SetIncarnation("c", kafka::TopicInfo{"events", log_.topic_id, 1});
    tail_.Observe(log_, {0, 1000, 1000}, OnGap::kStop);
  }

  /// Reads `count` records without publishing them.
  std::pair<LogCursor, TailPiecePtr> Read(int64_t count) {
    const auto cursor = tail_.BeginRead(log_);
    EXPECT_TRUE(cursor);
    kafka::RecordChunk chunk;
    for (int64_t n = 0; n < count; ++n) {
      chunk.records.push_back({.offset = cursor->offset + n, .value = R"({"a":1})"});
    }
    chunk.next_offset = cursor->offset + count;
    auto decoded = cursor->decoder->Decode(cursor->source, chunk);
    EXPECT_TRUE(decoded);
    tail_.EndRead(*cursor, chunk.next_offset);
    return {*cursor, MakePiece(cursor->offset, chunk.next_offset, std::move(*decoded))};
  }
  int64_t Decoded() const { return tail_.Status().front().decoded; }

  kafka::LogId log_{"c", Uuid{{1}}, 0};
  MemoryBudget budget_{1 << 30};
  TableTail tail_{{&SystemClock(), &budget_}, "events", "events"};
};

TEST_F(TableTailTest, PiecesEnterInOrderHoweverTheyCome) {
  const auto first = Read(10);
  const auto second = Read(10);
  const auto third = Read(10);
  tail_.Publish(third.first, third.second);
  tail_.Publish(second.first, second.second);
  EXPECT_EQ(Decoded(), 0);
  EXPECT_FALSE(tail_.WaitDecoded({{log_, 30}}, std::chrono::milliseconds(1)));
  tail_.Publish(first.first, first.second);
  EXPECT_EQ(Decoded(), 30);
  EXPECT_TRUE(tail_.WaitDecoded({{log_, 30}}, std::chrono::milliseconds(1)));
  EXPECT_EQ(tail_.Size().rows, 30);
  EXPECT_EQ(budget_.used(), tail_.Size().bytes);
}

TEST_F(TableTailTest, AWaitEndsWhenItIsCancelled) {
  std::stop_source stop;
  std::jthread canceller([&] {
    SystemClock().SleepFor(std::chrono::milliseconds(20));
    stop.request_stop();
  });
  const Nanos began = SystemClock().Monotonic();
  const auto waited =
      tail_.WaitDecoded({{log_, 30}}, Patience(std::chrono::seconds(60), stop.get_token()));
  ASSERT_FALSE(waited);
  EXPECT_EQ(waited.error().code, Code::kCancelled);
  EXPECT_LT(SystemClock().Monotonic() - began, 30 * kNanosPerSecond);
}

TEST_F(TableTailTest, ALogIsReadByOneThreadAtATime) {
  const auto cursor = tail_.BeginRead(log_);
  ASSERT_TRUE(cursor);
  EXPECT_FALSE(tail_.BeginRead(log_));
  EXPECT_TRUE(tail_.EndRead(*cursor, 5));
  EXPECT_EQ(tail_.BeginRead(log_)->offset, 5);
}

TEST_F(TableTailTest, SmallPiecesAreMergedAndTheRowsStay) {
  for (int n = 0; n < 200; ++n) {
    const auto [cursor, piece] = Read(3);
    tail_.Publish(cursor, piece);
    tail_.MergeSmall(log_);
  }
  const TailSnapshot snapshot = tail_.Snapshot();
  EXPECT_LT(snapshot.pieces.size(), 30U);
  int64_t at = 0;
  int64_t rows = 0;
  for (const auto& [log, piece] : snapshot.pieces) {
    EXPECT_EQ(piece->from, at);
    at = piece->to;
    rows += piece->row_count();
  }
  EXPECT_EQ(at, 600);
  EXPECT_EQ(rows, 600);
  EXPECT_EQ(budget_.used(), tail_.Size().bytes);
}

TEST_F(TableTailTest, APieceIsCutByOffsetWhereAnotherCommitEnds) {
  const auto [cursor, piece] = Read(10);
  const TailPiecePtr rest = CutBelow(*piece, 4);
  EXPECT_EQ(rest->from, 4);
  EXPECT_EQ(rest->row_count(), 6);
  const TailPiecePtr again = CutBelow(*rest, 9);
  EXPECT_EQ(again->row_count(), 1);
}

TEST_F(TableTailTest, AHoleEndsACut) {
  const auto [cursor, piece] = Read(10);
  tail_.Publish(cursor, piece);
  tail_.EndRead(*tail_.BeginRead(log_), Error{Code::kNotFound, "gone"});
  tail_.Observe(log_, {50, 1000, 1000}, OnGap::kRecord);
  const auto [after, more] = Read(10);
  tail_.Publish(after, more);
  EXPECT_EQ(Decoded(), 60);
  const Cut cut = tail_.TakeCut();
  ASSERT_EQ(cut.logs.size(), 1U);
  EXPECT_EQ(cut.logs.front().to, 50);
  EXPECT_EQ(cut.logs.front().dead_to, 10);
  EXPECT_EQ(cut.rows, 10);
}

}  // namespace
}  // namespace ticklake::lake
