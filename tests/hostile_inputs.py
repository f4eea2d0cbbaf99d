"""Hostile inputs as tables: what a broken or malicious client may send, each once.

Every function yields Bombs; `kafka()`, `http()` and `sql()` yield all of a door. A bomb is complete when the other side
can tell that something is wrong or is asked for an answer: then it must answer, or close the connection. An incomplete
one waits for bytes that never come; the test closes it.
"""
import dataclasses
import gzip
import struct
import zlib

import pyarrow

import kafka_wire as wire
from kafka_wire import array, data, int16, int32, int64, record, request, string, uvarint, varint


@dataclasses.dataclass(frozen=True)
class Bomb:
    name: str
    content: bytes
    complete: bool = True


# Every API of the broker: its lowest version and the first with compact lengths.
APIS = {0: (3, 9), 1: (4, 12), 2: (1, 6), 3: (0, 9), 8: (2, 8), 9: (1, 6), 10: (0, 3), 11: (0, 6), 12: (0, 4), 13: (0, 4),
        14: (0, 4), 15: (0, 5), 16: (0, 3), 18: (0, 3), 19: (2, 5), 20: (1, 4), 21: (0, 2), 22: (0, 2), 23: (2, 4),
        32: (1, 4), 33: (0, 2), 35: (1, 2), 37: (0, 2), 42: (0, 2), 44: (0, 1), 60: (0, 0)}
INT_MAX, INT_MIN = 2**31 - 1, -2**31
COUNTS = (-1, -2, INT_MIN, INT_MAX, 1_000_000)
TOPIC = "bombs"  # exists, with one partition


def frames():
    for claim in (-1, -2, INT_MIN, INT_MAX, 0x16030100, 100 << 20 | 1, 1 << 30):
        yield Bomb(f"frame of {claim} bytes", int32(claim) + b"x" * 100)
    for claim in (1, 7, 8, 100, 64 << 10, 1 << 20, 8 << 20, 99 << 20):
        yield Bomb(f"frame of {claim} bytes that never comes", int32(claim), complete=False)
    for size in (0, 1, 2, 3, 4, 7, 8, 9):
        yield Bomb(f"frame with {size} bytes of header", wire.frame(b"\0\3\0\0\0\0\0\1\0\0"[:size]))
    for size in (9 << 20, 50 << 20):
        yield Bomb(f"Metadata request of {size} bytes", int32(size) + b"\0\3\0\4" + b"\0" * 100)
    for text in (b"GET / HTTP/1.1\r\n\r\n", b"\x16\x03\x01\x02\x00" + b"\1" * 512, b"SSH-2.0-x\r\n", b"\0" * 64, b"\xff" * 64):
        yield Bomb(f"another protocol: {text[:6]!r}", text)


def headers():
    for claim in (-2, INT_MIN >> 16, 100, 32767):
        yield Bomb(f"client id of {claim} bytes", wire.frame(struct.pack(">hhih", 3, 1, 1, claim) + b"abc" + b"\0" * 4))
    yield Bomb("client id of 32767 bytes", request(3, 1, array([]), client="\n\x1b[31m'" * 4681))
    for api in (-1, -32768, 4, 5, 6, 7, 17, 36, 50, 61, 74, 200, 32767):
        yield Bomb(f"API {api}", request(api, 0, b"\0" * 8))
    for api in APIS:
        for version in (-1, 32767):
            yield Bomb(f"API {api} version {version}", request(api, version, b"\0" * 8))


def bodies():
    """Counts, lengths and truncations at the start of every API's body, in both encodings."""
    for api, (old, flexible) in APIS.items():
        if old < flexible:
            for count in COUNTS:
                yield Bomb(f"API {api}: {count} at the start", request(api, old, int32(count) + b"\0\1a" * 4))
            for length in (-2, 32767):
                yield Bomb(f"API {api}: string of {length}", request(api, old, int16(length) + b"abc"))
        for claim in (2**31, 2**32 - 1, 2**63):
            yield Bomb(f"API {api}: varint {claim}", request(api, flexible, b"\0" + uvarint(claim) * 3))
        yield Bomb(f"API {api}: varint without end", request(api, flexible, b"\0" + b"\xff" * 64))
        yield Bomb(f"API {api}: {1 << 31} tagged fields", request(api, flexible, uvarint(1 << 31) + b"\0\1x" * 8))
        yield Bomb(f"API {api}: empty", request(api, old))


def elements():
    """As many elements as a frame has room for."""
    many = 300_000
    yield Bomb("Metadata of many topics", request(3, 1, array([b"\0\0"] * many)))
    yield Bomb("Metadata of as many topics as allowed", request(3, 8, array([b"\0\1x"] * 99_000) + b"\0\0\0"))
    yield Bomb("ListOffsets of many partitions",
               request(2, 1, int32(-1) + array([string(TOPIC) + array([int32(7) + int64(-1)] * 99_000)])))
    yield Bomb("OffsetFetch of many partitions", request(9, 1, string("g") + array([string(TOPIC) + array([int32(1)] * 99_000)])))
    yield Bomb("OffsetCommit of many partitions", wire.offset_commit("g", TOPIC, partitions=range(1, 99_000)))
    yield Bomb("Fetch of many partitions", wire.fetch(TOPIC, partitions=[0] * 99_000))
    yield Bomb("Fetch of one partition many times", wire.fetch(TOPIC, partitions=[0] * 50_000, max_bytes=INT_MAX))
    yield Bomb("DescribeGroups of many", request(15, 0, array([string(f"g{i}") for i in range(99_000)])))
    yield Bomb("DescribeConfigs of one topic many times",
               request(32, 1, array([b"\2" + string(TOPIC) + int32(-1)] * 5_000) + b"\0"))
    yield Bomb("DeleteTopics of many", request(20, 1, array([string(f"none{i}") for i in range(99_000)]) + int32(1000)))
    yield Bomb("DeleteGroups of many", request(42, 0, array([string(f"g{i}") for i in range(20_000)])))
    yield Bomb("arrays in arrays", request(0, 3, wire.NULL_STRING + int16(1) + int32(1) + array([string("t") + array([])] * 99_000)))
    yield Bomb("JoinGroup of many protocols", wire.join_group("g", protocols=[(f"p{i}", b"") for i in range(99_000)]))
    yield Bomb("SyncGroup of many members",
               request(14, 0, string("g") + int32(1) + string("m") + array([string(f"{i}") + data(b"") for i in range(90_000)])))


def batches():
    def bomb(name, **fields):
        count = fields.pop("count", 1)
        return Bomb(f"batch with {name}", wire.produce(TOPIC, wire.batch(record(b"{}"), count, **fields)))

    for count in (-1, 0, 2, INT_MAX, INT_MIN, 1_000_001):
        yield bomb(f"{count} records", count=count)
    yield bomb("two million records and a last offset of their own", count=2_000_000, last_delta=0)
    for delta in (-1, 1, INT_MAX, INT_MIN):
        yield bomb(f"last offset +{delta}", last_delta=delta)
    for length in (-1, 0, 48, 49, 10**6, INT_MAX, INT_MIN):
        yield bomb(f"length {length}", length=length)
    for magic in (-128, -1, 0, 1, 3, 127):
        yield bomb(f"magic {magic}", magic=magic)
    for attributes in (5, 6, 7, 0x10, 0x20, 0x30, 0x7FF8, -1):
        yield bomb(f"attributes {attributes}", attributes=attributes)
    for offset in (-1, 2**63 - 1, -2**63):
        yield bomb(f"base offset {offset}", base_offset=offset)
    for time in (-1, -2**63, 2**63 - 1):
        yield bomb(f"times {time}", base_time=time, max_time=-time - 1)
    for producer, epoch, sequence in ((5, -1, 0), (5, 0, -1), (2**63 - 1, 32767, INT_MAX), (-2, 0, 0), (0, -32768, INT_MIN)):
        yield bomb(f"producer {producer} epoch {epoch} sequence {sequence}", producer=producer, producer_epoch=epoch,
                   sequence=sequence)
    yield bomb("a wrong CRC", crc=1)
    yield Bomb("no batch", wire.produce(TOPIC, b""))
    yield Bomb("sixty bytes of a batch", wire.produce(TOPIC, wire.batch(b"")[:60]))
    yield Bomb("two batches", wire.produce(TOPIC, wire.batch(record(b"{}")) * 2))
    yield Bomb("a transaction", wire.produce(TOPIC, wire.batch(record(b"{}")), transactional_id="t"))
    for acks in (-2, 2, 32767):
        yield Bomb(f"acks {acks}", wire.produce(TOPIC, wire.batch(record(b"{}")), acks=acks))
    for index in (-1, 1, INT_MAX):
        yield Bomb(f"partition {index}", wire.produce(TOPIC, wire.batch(record(b"{}")), partition=index))
    yield Bomb("a batch beyond max.message.bytes", wire.produce(TOPIC, wire.batch(record(b"x" * (1 << 20)))))


def records():
    claims = (-2, INT_MIN, 2, 100, INT_MAX, 2**40, 2**62)
    for claim in claims:
        bad = {"record": record(b"{}", claim=claim),
               "key": varint(9) + b"\0\0\0" + varint(claim) + b"k" * 5,
               "value": varint(9) + b"\0\0\0\1" + varint(claim) + b"v" * 5,
               "headers": record(b"{}", headers=varint(claim) + b"\2h\2v"),
               "header name": record(b"{}", headers=varint(1) + varint(claim) + b"h\2v"),
               "header value": record(b"{}", headers=varint(1) + b"\2h" + varint(claim) + b"v")}
        for what, content in bad.items():
            yield Bomb(f"record: {what} of {claim}", wire.produce(TOPIC, wire.batch(content)))
    yield Bomb("record: varint without end", wire.produce(TOPIC, wire.batch(b"\xff" * 200)))
    yield Bomb("record: offsets that stay", wire.produce(TOPIC, wire.batch(record(b"1") + record(b"2"), 2)))
    yield Bomb("record: bytes behind the last", wire.produce(TOPIC, wire.batch(record(b"{}") + b"more")))


def packed(codec, plain):
    names = {wire.SNAPPY: "snappy", wire.LZ4: "lz4", wire.ZSTD: "zstd"}
    return gzip.compress(plain, 9) if codec == wire.GZIP else pyarrow.compress(plain, names[codec], asbytes=True)


CODECS = {"gzip": wire.GZIP, "snappy": wire.SNAPPY, "lz4": wire.LZ4, "zstd": wire.ZSTD}


def unpacking(largest=200 << 20):
    """Little that becomes much, and lies about how much."""
    def bomb(name, codec, payload, count=1):
        return Bomb(f"packed: {name}", wire.produce(TOPIC, wire.batch(payload, count, codec=codec)))

    one = record(b"{}")
    for name, codec in CODECS.items():
        fine = packed(codec, one)
        for size in (1 << 20, 60 << 20, 65 << 20, largest):
            zeros = packed(codec, bytes(size))
            if len(zeros) < 1_000_000:  # snappy needs a larger batch than the broker takes
                yield bomb(f"{name}: {size} zeros", codec, zeros)
        for cut in (1, len(fine) // 2, len(fine) - 1):
            yield bomb(f"{name}: cut at {cut}", codec, fine[:cut])
        yield bomb(f"{name}: nothing", codec, b"")
        yield bomb(f"{name}: noise", codec, bytes(i * 7 % 251 for i in range(999)))
        yield bomb(f"{name}: bytes behind", codec, fine + b"behind")
        yield bomb(f"{name}: packed twice", codec, packed(codec, fine))
        yield bomb(f"{name}: three million tombstones", codec, packed(codec, b"\x0c\0\0\0\1\1\0" * 3_000_000), 3_000_000)
        damaged = bytearray(packed(codec, one * 999))
        for at in (2, 4, 6, len(damaged) // 2):
            damaged[at % len(damaged)] ^= 0xFF
            yield bomb(f"{name}: damaged up to {at}", codec, bytes(damaged))
    yield bomb("gzip: 10,000 members", wire.GZIP, gzip.compress(b"") * 10_000)
    yield bomb("gzip: a name without end", wire.GZIP, b"\x1f\x8b\x08\x08\0\0\0\0\0\0" + b"n" * 900_000)
    yield bomb("gzip: an extra field of 64 KiB", wire.GZIP, b"\x1f\x8b\x08\x04\0\0\0\0\0\0\xff\xff" + b"e" * 10)
    yield bomb("gzip: packed 3 times", wire.GZIP, gzip.compress(gzip.compress(gzip.compress(bytes(largest)))))
    yield bomb("zlib header", wire.GZIP, zlib.compress(bytes(65 << 20), 9))
    for claim in (2**32 - 1, 2**31, 65 << 20):
        yield bomb(f"snappy: claims {claim}", wire.SNAPPY, uvarint(claim) + b"\0x")
    xerial = b"\x82SNAPPY\0" + struct.pack(">II", 1, 1)
    for claim in (2**32 - 1, 2**31, 1000, 0):
        yield bomb(f"snappy: a block of {claim}", wire.SNAPPY, xerial + struct.pack(">I", claim) + b"\2\4xx")
    block = pyarrow.compress(bytes(1 << 20), "snappy", asbytes=True)
    yield bomb("snappy: blocks that sum up", wire.SNAPPY, (xerial + (struct.pack(">I", len(block)) + block) * 20)[:1_000_000])
    yield bomb("snappy: many empty blocks", wire.SNAPPY, xerial + struct.pack(">I", 1) * 1 + b"\0" + (struct.pack(">I", 1) + b"\0") * 100_000)
    for window in (0x58, 0xA8, 0xF8, 0xFF):  # 2 MiB, 2 GiB, more
        yield bomb(f"zstd: window {window:#x}", wire.ZSTD, b"\x28\xb5\x2f\xfd\0" + bytes([window]) + b"\1\0\0")
    for size in (2**64 - 1, 2**63, 1 << 40, 0):
        yield bomb(f"zstd: says it holds {size}", wire.ZSTD, b"\x28\xb5\x2f\xfd\xc0\x58" + struct.pack("<Q", size) + b"\1\0\0")
    yield bomb("zstd: skips 4 GiB", wire.ZSTD, b"\x50\x2a\x4d\x18\xff\xff\xff\xff" + b"s" * 10)
    yield bomb("zstd: 50,000 empty frames", wire.ZSTD, pyarrow.compress(b"", "zstd", asbytes=True) * 50_000)
    yield bomb("zstd: runs of the longest blocks", wire.ZSTD, b"\x28\xb5\x2f\xfd\0\x58" + (b"\x02\0\x10" + b"\0") * 100_000)
    yield bomb("zstd: a dictionary", wire.ZSTD, b"\x28\xb5\x2f\xfd\x03\x58\xff\xff\xff\xff\1\0\0")
    for flags in (0x40, 0x60, 0x68, 0x6C, 0x7F, 0xC0):
        yield bomb(f"lz4: flags {flags:#x}", wire.LZ4, b"\x04\x22\x4d\x18" + bytes([flags]) + b"\x70" + b"\xff" * 20)
    yield bomb("lz4: a block of 2 GiB", wire.LZ4, b"\x04\x22\x4d\x18\x60\x40\x82" + b"\xff\xff\xff\x7f" + b"x" * 9)
    yield bomb("lz4: skips 4 GiB", wire.LZ4, b"\x50\x2a\x4d\x18\xff\xff\xff\xff" + b"s" * 10)


def groups():
    long = "g" * 32_767
    for timeout in (-1, 0, 1, INT_MAX, INT_MIN):
        yield Bomb(f"JoinGroup: session of {timeout} ms", wire.join_group("gs", session=timeout))
        yield Bomb(f"JoinGroup: rebalance of {timeout} ms", wire.join_group(f"gr{timeout}", rebalance=timeout), complete=False)
    yield Bomb("JoinGroup: no group", wire.join_group(""))
    yield Bomb("JoinGroup: a long name", wire.join_group(long), complete=False)
    yield Bomb("JoinGroup: an unknown member", wire.join_group("gu", member="nobody"))
    yield Bomb("JoinGroup: no protocol", wire.join_group("gp", protocols=()))
    yield Bomb("JoinGroup: metadata of 7 MB", wire.join_group("gm", protocols=(("p", bytes(7 << 20)),)), complete=False)
    yield Bomb("JoinGroup: metadata that is noise", wire.join_group("gn", protocols=(("range", b"\xff" * 99),)), complete=False)
    for api in (12, 14):
        yield Bomb(f"API {api}: no such group", request(api, 0, string("none") + int32(INT_MAX) + string("m") + array([])))
    yield Bomb("LeaveGroup: no such group", request(13, 0, string(long) + string(long)))
    for offset in (-1, -2**63, 2**63 - 1):
        yield Bomb(f"OffsetCommit: offset {offset}", wire.offset_commit("go", TOPIC, offset))
    yield Bomb("OffsetCommit: metadata beyond its limit", wire.offset_commit("go", TOPIC, 1, "m" * 5000))
    yield Bomb("OffsetCommit: no such topic", wire.offset_commit("go", "none" * 50, 1))
    yield Bomb("OffsetCommit: partition 2^31", wire.offset_commit("go", TOPIC, 1, partitions=(-1, INT_MAX, INT_MIN)))
    yield Bomb("OffsetCommit: a generation that was not", wire.offset_commit("go", TOPIC, 1, generation=INT_MAX, member="m"))
    yield Bomb("FindCoordinator: a long name", request(10, 0, string(long)))
    yield Bomb("InitProducerId: a transaction", request(22, 0, string(long) + int32(INT_MIN)))


def topics():
    for count in (0, -1, -2, INT_MIN, 10_001, INT_MAX):
        yield Bomb(f"CreateTopics: {count} partitions", wire.create_topic(f"partitions{count}" if count != -1 else TOPIC, count))
    for replicas in (0, -2, 2, 32767):
        yield Bomb(f"CreateTopics: {replicas} replicas", wire.create_topic("replicas", 1, replicas))
    for name in ("", ".", "..", "../../etc", "a/b", "a b", "x" * 250, "x" * 32_767, "\0", "ü", "__consumer_offsets", "con\n"):
        yield Bomb(f"CreateTopics: name {name[:20]!r}", wire.create_topic(name, -1 if name.startswith("__") else 1, 3))
        yield Bomb(f"Metadata: name {name[:20]!r}", request(3, 1, array([string(name)])))
    for key, value in (("retention.ms", "-2"), ("segment.bytes", "0"), ("segment.bytes", "9" * 30), ("max.message.bytes", "-1"),
                       ("no.such", "1"), ("cleanup.policy", "compact"), ("flush.ms", "NaN"), ("x" * 30_000, "y" * 30_000)):
        yield Bomb(f"CreateTopics: {key[:20]}={value[:9]}", wire.create_topic("configured", 1, 1, [(key, value)]))
    for count in (0, -1, INT_MAX):
        yield Bomb(f"CreatePartitions: {count}", request(37, 0, array([string(TOPIC) + int32(count) + int32(-1)]) + int32(1000) + b"\0"))
    for offset in (-2, -2**63, 2**63 - 1):
        yield Bomb(f"DeleteRecords: up to {offset}",
                   request(21, 0, array([string(TOPIC) + array([int32(0) + int64(offset)])]) + int32(1000)))
    for kind in (0, 1, 3, 4, 8, 127, -1):
        yield Bomb(f"DescribeConfigs: kind {kind}", request(32, 1, array([struct.pack(">b", kind) + string("1") + int32(-1)]) + b"\1"))
    for time in (-1, -2, -3, -6, -2**63, 2**63 - 1):
        yield Bomb(f"ListOffsets: time {time}", request(2, 1, int32(-1) + array([string(TOPIC) + array([int32(0) + int64(time)])])))


def fetches():
    for offset in (-1, -2**63, 2**63 - 1, 10**12):
        yield Bomb(f"Fetch: from {offset}", wire.fetch(TOPIC, offset))
    for size in (INT_MAX, 0, -1, INT_MIN):
        yield Bomb(f"Fetch: {size} bytes", wire.fetch(TOPIC, max_bytes=size, partition_bytes=size))
    for wait in (INT_MIN, -1):
        yield Bomb(f"Fetch: waits {wait} ms", wire.fetch(TOPIC, 0, max_wait=wait, min_bytes=INT_MAX))
    yield Bomb("Fetch: waits for ever", wire.fetch(TOPIC, 0, max_wait=INT_MAX, min_bytes=INT_MAX), complete=False)
    yield Bomb("Fetch: partition 2^31", wire.fetch(TOPIC, partitions=(-1, INT_MAX, INT_MIN)))


def kafka():
    for family in (frames, headers, bodies, elements, batches, records, unpacking, groups, topics, fetches):
        yield from family()


def rows():
    """Values of records that are no honest rows; each becomes a row, or a dead letter."""
    yield from (b"", b"{", b"}", b"null", b"[]", b"1", b'"x"', b"{}{}", b"\xff\xfe", b'{"a":\xed\xa0\x80}', b"\0" * 100)
    for depth in (32, 33, 200, 499, 501, 5_000, 300_000):
        yield b'{"a":' * depth + b"1" + b"}" * depth
        yield b'{"a":' + b"[" * depth + b"]" * depth + b"}"
    yield b'{"a":' * 300_000
    yield b'{"n":' + b"9" * 500_000 + b"}"
    yield b'{"n":1e' + b"9" * 400_000 + b"}"
    yield b'{"n":0.' + b"0" * 400_000 + b"1}"
    yield b'{"n":' + b"-" * 400_000 + b"}"
    for count in (1_000, 5_000, 60_000):
        yield b"{" + b",".join(b'"k%d":%d' % (i, i) for i in range(count)) + b"}"
        yield b'{"l":[' + b",".join(b'{"k%d":1}' % i for i in range(count)) + b"]}"
    yield b"{" + b",".join(b'"same":%d' % i for i in range(60_000)) + b"}"
    yield b"{" + b",".join(b'"K%s":1' % bytes(97 + (i >> b & 1) * -32 + b for b in range(16)) for i in range(30_000)) + b"}"
    yield b'{"' + b"k" * 900_000 + b'":1}'
    yield b'{"s":"' + b"\\u0000" * 150_000 + b'"}'
    yield b'{"s":"' + b"\\ud800" * 150_000 + b'"}'
    yield b'{"s":"' + "\U0001f4a3".encode() * 200_000 + b'"}'
    yield b'{"a":[' + b"null," * 150_000 + b"null]}"
    yield b'{"a":[' + b"{}," * 150_000 + b"[[]]]}"
    yield b'{"_kafka":{"offset":1},"_rescued":"{","":1," ":2,"\\u0000":3}'


def files():
    """Files for `feed replay`: a name, the content, and what must be said of it."""
    head = b'{"a":1}\n'
    zeros = bytes(300 << 20)
    too_long = "longer than 1048576 bytes"
    yield "jsonl.gz: 300 MB without a line end", gzip.compress(head + zeros, 1), too_long
    yield "jsonl.zst: the same", pyarrow.compress(head + zeros, "zstd", asbytes=True), too_long
    yield "csv.zst: the same", pyarrow.compress(b"a,b\n1,2\n" + zeros, "zstd", asbytes=True), too_long
    yield "csv.gz: a quote that is never closed", gzip.compress(b'a,b\n1,2\n"' + zeros, 1), too_long
    yield "csv.gz: a header without end", gzip.compress(zeros, 1), too_long
    yield "jsonl.gz: 100 MB of blank lines", gzip.compress(head + b"\n" * (100 << 20), 1), "1 record published, 0 malformed"
    yield "gz: packed 3 times", gzip.compress(gzip.compress(gzip.compress(zeros, 1))), "not valid UTF-8"
    yield "gz: 10,000 members", gzip.compress(b"") * 10_000, "empty; a header line is needed"
    yield "zst: a window of 2 GiB", b"\x28\xb5\x2f\xfd\0\xa8" + b"\1\0\0", "too much memory"
    yield "zst: skips 4 GiB", b"\x50\x2a\x4d\x18\xff\xff\xff\xff" + b"s" * 10, "cut short"
    for name, cell in (("empty names", b""), ("one name", b"a"), ("quoted names", b'"a"')):
        columns = 1_000_000 // (len(cell) + 1)
        yield f"csv: {columns} columns of {name}", b",".join([cell] * columns) + b"\n1\n", "columns; at most 100000"
    for cell in (b"", b"a"):
        header, row = b",".join([cell] * 100_000), b"," * 99_999
        yield f"csv: 100,000 columns named {cell!r}", b"\n".join([header, row, row]), "further columns"
    yield "csv: a row of 900,001 cells", b"a\n" + b"," * 900_000, "900001 cells where the header has 1"
    yield "jsonl: nested deeply", head + b'{"a":' * 150_000 + b"1" + b"}" * 150_000, "too deep"
    yield "jsonl: lists in lists", head + b'{"a":' + b"[" * 500_000 + b"]" * 500_000 + b"}", "too deep"
    yield "jsonl: 60,000 fields", b"{" + b",".join(b'"k%d":%d' % (i, i) for i in range(60_000)) + b"}", "1 record published"
    yield "jsonl: a number of 900,000 digits", b'{"n":' + b"9" * 900_000 + b"}", "1 record published"
    yield "utf-16", "\ufeffa,b\n1,2\n".encode("utf-16-le"), "UTF-16"
    yield "noise", bytes(i * 7919 % 251 for i in range(2 << 20)), "not valid UTF-8"


def large_batches():
    """Values that pack into a batch which a broker takes, and become what a sink is to bear: a name and the values."""
    yield "strings", [b'{"a":"' + b"x" * 10_000_000 + b'"}'] * 6
    yield "nested", [b'{"a":' * 100_000 + b"1" + b"}" * 100_000] * 80
    yield "lists", [b'{"a":' + b"[" * 100_000 + b"]" * 100_000 + b"}"] * 250
    yield "numbers", [b'{"l":[' + b"1," * 5_000_000 + b"1]}"] * 5
    yield "nulls", [b'{"l":[' + b"null," * 1_000_000 + b"null]}"] * 10
    yield "objects", [b'{"l":[' + b"{}," * 3_000_000 + b"{}]}"] * 5
    yield "keys", [b"{" + b",".join(b'"k%d":1' % i for i in range(30_000)) + b"}"] * 100
    yield "small", [b'{"n":1}'] * 900_000
    yield "empty", [b""] * 900_000
    yield "noise", [bytes(range(256)) * 30_000] * 7
    columns = b",".join(b'"c%d":1' % i for i in range(999))
    yield "elements", [b'{"l":[{' + columns + b"}]}"] + [b'{"l":[' + b"{}," * 5_000 + b"{}]}"] * 20  # nine kB each
    yield "padding", [b'{"l":[{' + columns + b"}]}"] + [b'{"l":[' + b"{}," * 1_000_000 + b"{}]}"] * 10
    yield "columns", [b'{"n":1}'] * 100_000 + [b"{" + columns + b"}"]


def http():
    def ask(head, body=b""):
        return head.replace(b"\n", b"\r\n") + b"\r\n" + body

    get = b"GET / HTTP/1.1\nHost: x\n"
    post = b"POST /v1/sql HTTP/1.1\nHost: x\n"
    for method in (b"", b"get", b"BREW", b"G" * 9_000, b"GET\0", b"CONNECT", b"TRACE", b"OPTIONS", b"PRI"):
        yield Bomb(f"http: method {method[:9]!r}", ask(method + b" / HTTP/1.1\nHost: x\n"))
    for target in (b"/" + b"a" * 9_000, b"/" + b"%41" * 5_000, b"/" + b"a" * 20_000, b"/%", b"/%zz", b"/%00", b"*", b"http://x/y",
                   b"/../../etc/passwd", b"/?" + b"a&" * 8_000, b"/?" + b"a=b&" * 4_000, b"//", b"/\x80", b"/a b", b"?", b""):
        yield Bomb(f"http: target {target[:9]!r} of {len(target)}", ask(b"GET " + target + b" HTTP/1.1\nHost: x\nConnection: close\n"))
    for version in (b"HTTP/0.9", b"HTTP/2.0", b"HTTP/1.9", b"HTTP/1", b"http/1.1", b"HTTP/99999.9", b"HTTPS/1.1", b""):
        yield Bomb(f"http: version {version!r}", ask(b"GET / " + version + b"\nHost: x\nConnection: close\n"))
    for count, size in ((1, 20_000), (100, 200), (1_000, 20), (5_000, 1), (15, 1_000)):
        yield Bomb(f"http: {count} headers of {size}",
                   ask(get + b"".join(b"h%d: %s\n" % (i, b"v" * size) for i in range(count)) + b"Connection: close\n"))
    for header in (b": empty", b"no colon", b"a\0b: c", b"a: b\0c", b"a : b", b" folded", b"a: \x01", b"Host: y", b"a" * 17_000):
        yield Bomb(f"http: header {header[:9]!r}", ask(get + header + b"\nConnection: close\n"))
    for length in (b"-1", b"18446744073709551615", b"18446744073709551616", b"99999999999999999999999", b"1e9", b"0x10", b" ",
                   b"+5", b"5, 5", b"5\nContent-Length: 6", b"1048577", b"1073741824"):
        yield Bomb(f"http: length {length!r}", ask(post + b"Connection: close\nContent-Length: " + length + b"\n", b"SHOW TABLES"))
    for length in (b"12", b"1048576"):
        yield Bomb(f"http: a body of {length!r} that never comes", ask(post + b"Content-Length: " + length + b"\n", b"SHOW TABLES"),
                   complete=False)
    chunked = post + b"Connection: close\nTransfer-Encoding: chunked\n"
    for body in (b"ffffffffffffffff\r\nx", b"fffffffffffffffff\r\nx", b"7fffffff\r\nx", b"-1\r\nx", b"zz\r\nx", b"\r\nx",
                 b"5;" + b"e" * 20_000 + b"\r\nSHOW \r\n0\r\n\r\n", b"5\r\nSHOW TABLES\r\n0\r\n\r\n",
                 b"1\r\nS\r\n" * 5_000 + b"0\r\n\r\n", b"100001\r\n" + b" " * 0x100001 + b"\r\n0\r\n\r\n",
                 b"0\r\n" + b"t: v\r\n" * 9_000 + b"\r\n", b"00000000000000000000000000000000005\r\nSHOW \r\n0\r\n\r\n"):
        yield Bomb(f"http: chunk {body[:12]!r} of {len(body)}", ask(chunked, body))
    for body in (b"0x5\r\nSHOW ", b"5\nSHOW \n0\n\n"):
        yield Bomb(f"http: chunk {body!r}", ask(chunked, body), complete=False)
    for coding in (b"gzip", b"chunked, chunked", b"identity", b"xchunked", b"chunked\nContent-Length: 3", b"gzip, chunked"):
        yield Bomb(f"http: coding {coding!r}", ask(post + b"Connection: close\nTransfer-Encoding: " + coding + b"\n", b"3\r\nabc\r\n0\r\n\r\n"))
    yield Bomb("http: Expect what nobody knows", ask(post + b"Expect: the-unexpected\nConnection: close\nContent-Length: 1\n", b"x"))
    yield Bomb("http: upgrade", ask(get + b"Connection: Upgrade\nUpgrade: websocket\nSec-WebSocket-Key: x\n"), complete=False)
    yield Bomb("http: 2", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes(100))
    yield Bomb("http: TLS", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(100))
    yield Bomb("http: Kafka", request(18, 0))
    yield Bomb("http: 500 requests at once", ask(get) * 500 + ask(get + b"Connection: close\n"))
    yield Bomb("http: a header that never ends", get.replace(b"\n", b"\r\n"), complete=False)
    yield Bomb("http: blank lines", b"\r\n" * 20_000)
    yield Bomb("http: bare line feeds", b"GET / HTTP/1.1\nHost: x\nConnection: close\n\n")
    for origin in (b"https://evil.example", b"null", b"http://127.0.0.1.evil.example", b"http://[::1]x", b"\xff"):
        yield Bomb(f"http: origin {origin!r}", ask(post + b"Connection: close\nContent-Length: 11\nOrigin: " + origin + b"\n", b"SHOW TABLES"))


# Calls that make one huge value of small arguments, and are refused at once. Not here: lpad, array_to_string, replace, hex and
# their kin, whose values are bounded but whose calls cannot be interrupted (docs/limits.md): four keep all others waiting.
HUGE_VALUES = (
    "length(repeat('x', 2000000000))",
    "length(repeat(repeat('x', 10000), 1000000))",
    "octet_length(repeat('x'::BLOB, 2000000000))",
    "len(repeat([1, 2, 3], 1000000000))",
    "len(generate_series(1, 1000000000))",
    "len(range(10000000000))",
    "len(list_resize([1], 2000000000, 7))",
    "length(printf('%2000000000d', 1))",
    "length(format('{:>2000000000}', 1))",
)


def sql():
    """SQL texts that must be refused or answered soon."""
    for depth in (100, 900, 5_000, 100_000):
        yield "SELECT " + "(" * depth + "1" + ")" * depth
        yield "SELECT " + "-" * depth + "1"
        yield "SELECT " + "NOT " * depth + "true"
        yield "SELECT " + "abs(" * depth + "1" + ")" * depth
        yield "SELECT " + "[" * depth + "]" * depth
        yield "SELECT " + "CASE WHEN true THEN " * depth + "1" + " END" * depth
        yield "SELECT * FROM " + "(SELECT * FROM " * depth + "probe" + ")" * depth
        yield "SELECT 1" + " UNION ALL SELECT 1" * depth
        yield "SELECT 1" + " + 1" * depth
        yield "SELECT true" + " AND true" * depth
        yield "SELECT 1 WHERE 1 IN (" + ", ".join(map(str, range(depth))) + ")"
        yield "WITH " + ", ".join(f"c{i} AS (SELECT 1)" for i in range(depth)) + " SELECT 1"
        yield "SELECT " + ", ".join("1" for _ in range(depth))
        yield "SELECT * FROM " + ", ".join(f"probe p{i}" for i in range(min(depth, 2_000))) + " WHERE false"
        yield "/*" * depth + "*/" * depth + "SELECT 1"
        yield "SELECT " + "1::" + "INT[" * depth
    yield "x" * 2_000_000
    yield "SELECT '" + "x" * 1_040_000 + "'"
    yield "SELECT 1 AS " + "a" * 1_000_000
    yield 'SELECT 1 AS "' + "\U0001f4a3" * 100_000 + '"'
    yield "SELECT " + "9" * 100_000
    yield "SELECT 1e" + "9" * 100_000
    yield "SELECT $$" + "x" * 1_000
    yield "SELECT E'" + "\\x41" * 100_000 + "'"
    yield ";" * 500_000
    yield "SELECT 1" + ";" * 500_000
    yield "SELECT\0 1"
    yield "SELECT '\udcff'".encode("utf-8", "surrogateescape").decode("latin-1")
    for call in ("regexp_matches(repeat('a', 1000), '(a*)*b')", "list_transform(range(3000), x -> x)", "chr(-1)", "factorial(33)",
                 "read_csv('/etc/passwd')", "getenv('HOME')", "pg_sleep(100)", "current_setting('memory_limit')", *HUGE_VALUES):
        yield f"SELECT {call}"
        yield f"SELECT {call} FROM probe"
    for table in ("range(100000000000)", "read_text('/etc/passwd')",
                  "'/etc/passwd'", "glob('/*')", "duckdb_settings()", "information_schema.tables", "pragma_version()"):
        yield f"SELECT count(*) FROM {table}"
        yield f"SELECT max(a.x) FROM (SELECT 1 AS x FROM {table}) a, (SELECT 2 AS y FROM {table}) b"
    yield "WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r) SELECT count(*) FROM r"
    yield "WITH RECURSIVE r(n) AS (SELECT 'x' UNION ALL SELECT n || n FROM r) SELECT max(n) FROM r"
    for statement in ("ATTACH '/tmp/x.db'", "COPY probe TO '/tmp/x'", "SET memory_limit='1TB'", "INSTALL httpfs", "LOAD '/tmp/x.so'",
                      "PRAGMA threads=1000", "CREATE TABLE t(a INT)", "DROP TABLE probe", "EXPORT DATABASE '/tmp/x'", "CALL x()",
                      "PREPARE p AS SELECT 1", "EXPLAIN ANALYZE SELECT 1", "VACUUM", "CHECKPOINT", "USE x", "BEGIN", "INSERT INTO probe VALUES (1)"):
        yield statement
        yield "SELECT 1; " + statement
