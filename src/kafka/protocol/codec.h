// Decode and Encode: a message struct from and to the bytes of one version.
//
// A message is a plain struct with `static constexpr ApiKey kApi` and a list of its fields,
//   template <class Io, class M> static void Fields(Io& io, M& m) { io(m.first); ... }
// in the order of Apache Kafka's schema; `io.version()` says which fields exist.
#pragma once

#include <string_view>

#include "base/result.h"
#include "kafka/protocol/apis.h"
#include "kafka/protocol/reader.h"
#include "kafka/protocol/writer.h"

namespace ticklake::kafka::protocol {

/// The body of a message. `version` must be one that the API's row in the table supports.
/// Errors: kCorrupt. Records borrow from `body`. *elements: those of all its arrays together.
template <class T>
Result<T> Decode(std::string_view body, int version, size_t* elements = nullptr) {
  Reader reader(body, version, GetApi(T::kApi).IsFlexible(version));
  T message;
  reader(message);
  if (elements != nullptr) *elements = reader.elements();
  if (auto done = reader.Finish(); !done) {
    return Fail(done.error().Within(GetApi(T::kApi).name));
  }
  return message;
}

/// Encodes the body into `writer`, which was made for T's version.
template <class T>
void Encode(const T& message, Writer& writer) {
  writer(message);
}

template <class T>
Writer WriterFor(int version) {
  return Writer(version, GetApi(T::kApi).IsFlexible(version));
}

}  // namespace ticklake::kafka::protocol
