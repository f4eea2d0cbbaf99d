#include "kafka/protocol/errors.h"

namespace ticklake::kafka::protocol {

std::string_view ErrorName(ErrorCode code) {
  switch (code) {
#define TL_KAFKA_ERROR_NAME(name, number) \
  case ErrorCode::k##name: return #name;
    TL_KAFKA_ERRORS(TL_KAFKA_ERROR_NAME)
#undef TL_KAFKA_ERROR_NAME
  }
  return "?";
}

}  // namespace ticklake::kafka::protocol
