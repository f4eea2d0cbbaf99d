// Kafka's error codes, as far as the broker answers with them.
//
// Source: Apache Kafka's `Errors`. Threading: constants.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/result.h"

#define TL_KAFKA_ERRORS(X)                  \
  X(UnknownServerError, -1)                 \
  X(None, 0)                                \
  X(OffsetOutOfRange, 1)                    \
  X(CorruptMessage, 2)                      \
  X(UnknownTopicOrPartition, 3)             \
  X(LeaderNotAvailable, 5)                  \
  X(RequestTimedOut, 7)                     \
  X(MessageTooLarge, 10)                    \
  X(OffsetMetadataTooLarge, 12)             \
  X(CoordinatorNotAvailable, 15)            \
  X(InvalidTopicException, 17)              \
  X(RecordListTooLarge, 18)                 \
  X(InvalidRequiredAcks, 21)                \
  X(IllegalGeneration, 22)                  \
  X(InconsistentGroupProtocol, 23)          \
  X(InvalidGroupId, 24)                     \
  X(UnknownMemberId, 25)                    \
  X(InvalidSessionTimeout, 26)              \
  X(RebalanceInProgress, 27)                \
  X(InvalidCommitOffsetSize, 28)            \
  X(ClusterAuthorizationFailed, 31)         \
  X(UnsupportedVersion, 35)                 \
  X(TopicAlreadyExists, 36)                 \
  X(InvalidPartitions, 37)                  \
  X(InvalidReplicationFactor, 38)           \
  X(InvalidReplicaAssignment, 39)           \
  X(InvalidConfig, 40)                      \
  X(InvalidRequest, 42)                     \
  X(UnsupportedForMessageFormat, 43)        \
  X(PolicyViolation, 44)                    \
  X(OutOfOrderSequenceNumber, 45)           \
  X(DuplicateSequenceNumber, 46)            \
  X(InvalidProducerEpoch, 47)               \
  X(TransactionalIdAuthorizationFailed, 53) \
  X(KafkaStorageError, 56)                  \
  X(UnknownProducerId, 59)                  \
  X(NonEmptyGroup, 68)                      \
  X(GroupIdNotFound, 69)                    \
  X(FetchSessionIdNotFound, 70)             \
  X(FencedLeaderEpoch, 74)                  \
  X(UnknownLeaderEpoch, 75)                 \
  X(UnsupportedCompressionType, 76)         \
  X(MemberIdRequired, 79)                   \
  X(GroupMaxSizeReached, 81)                \
  X(FencedInstanceId, 82)                   \
  X(GroupSubscribedToTopic, 86)             \
  X(InvalidRecord, 87)                      \
  X(ProducerFenced, 90)                     \
  X(UnknownTopicId, 100)                    \
  X(InconsistentTopicId, 103)

namespace ticklake::kafka::protocol {

enum class ErrorCode : int16_t {
#define TL_KAFKA_ERROR_CODE(name, code) k##name = code,
  TL_KAFKA_ERRORS(TL_KAFKA_ERROR_CODE)
#undef TL_KAFKA_ERROR_CODE
};

/// "CorruptMessage"; "?" for a number that is not in the table.
std::string_view ErrorName(ErrorCode code);

}  // namespace ticklake::kafka::protocol
