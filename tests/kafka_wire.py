"""Kafka's wire format by hand, for what no client library would send: frames, fields, record batches.

Everything returns bytes. Requests of the old, fixed-width encoding; flexible ones are spelled out where a test needs
them. A lying length is made by giving `claim`.
"""
import struct

PRODUCE, FETCH, LIST_OFFSETS, METADATA, OFFSET_COMMIT, OFFSET_FETCH = 0, 1, 2, 3, 8, 9
FIND_COORDINATOR, JOIN_GROUP, HEARTBEAT, LEAVE_GROUP, SYNC_GROUP, DESCRIBE_GROUPS, LIST_GROUPS = 10, 11, 12, 13, 14, 15, 16
API_VERSIONS, CREATE_TOPICS, DELETE_TOPICS, DELETE_RECORDS, INIT_PRODUCER_ID = 18, 19, 20, 21, 22
NONE, GZIP, SNAPPY, LZ4, ZSTD = range(5)


def int8(value):
    return struct.pack(">b", value)


def int16(value):
    return struct.pack(">h", value)


def int32(value):
    return struct.pack(">i", value)


def int64(value):
    return struct.pack(">q", value)


def uvarint(value):
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def varint(value):
    return uvarint((value << 1) ^ (value >> 63) if value < 0 else value << 1)


def string(text, claim=None):
    data = text if isinstance(text, bytes) else text.encode()
    return int16(len(data) if claim is None else claim) + data


NULL_STRING = int16(-1)


def data(content, claim=None):
    return int32(len(content) if claim is None else claim) + content


def array(items, claim=None):
    items = list(items)
    return int32(len(items) if claim is None else claim) + b"".join(items)


def frame(payload, claim=None):
    return int32(len(payload) if claim is None else claim) + payload


def header(api, version, correlation=1, client="hostile"):
    return struct.pack(">hhi", api, version, correlation) + (NULL_STRING if client is None else string(client))


def request(api, version, body=b"", **more):
    return frame(header(api, version, **more) + body)


_CRC32C = []
for _byte in range(256):
    for _ in range(8):
        _byte = _byte >> 1 ^ (0x82F63B78 if _byte & 1 else 0)
    _CRC32C.append(_byte)


def crc32c(content):
    crc, table = 0xFFFFFFFF, _CRC32C
    for byte in content:
        crc = table[(crc ^ byte) & 0xFF] ^ crc >> 8
    return crc ^ 0xFFFFFFFF


def record(value=b"", key=None, delta=0, headers=b"\0", claim=None):
    """One record of a batch; headers are raw: their count and the rest."""
    body = b"\0" + varint(0) + varint(delta)
    for field in (key, value):
        body += varint(-1) if field is None else varint(len(field)) + field
    body += headers
    return varint(len(body) if claim is None else claim) + body


def batch(payload, count=1, codec=NONE, **other):
    """A batch around `payload`, the records as they are sent, with a CRC that is right.

    other: base_offset, length, epoch, magic, crc, attributes, last_delta, base_time, max_time, producer,
    producer_epoch, sequence: what its header says instead.
    """
    attributes = other.get("attributes", codec)
    rest = struct.pack(">hiqqqhii", attributes, other.get("last_delta", max(count - 1, 0)), other.get("base_time", 0),
                       other.get("max_time", 0), other.get("producer", -1), other.get("producer_epoch", -1),
                       other.get("sequence", -1), count) + payload
    crc = other.get("crc", None)
    crc = crc32c(rest) if crc is None else crc
    return struct.pack(">qiibI", other.get("base_offset", 0), other.get("length", len(rest) + 9),
                       other.get("epoch", -1), other.get("magic", 2), crc) + rest


def produce(topic, batches, acks=-1, version=3, partition=0, transactional_id=None):
    """A Produce request; `batches` is what stands for the records of one partition."""
    body = NULL_STRING if transactional_id is None else string(transactional_id)
    body += int16(acks) + int32(5000) + array([string(topic) + array([int32(partition) + data(batches)])])
    return request(PRODUCE, version, body)


def create_topic(name, partitions=1, replication=1, configs=()):
    topic = string(name) + int32(partitions) + int16(replication) + array([])
    topic += array(string(key) + string(value) for key, value in configs)
    return request(CREATE_TOPICS, 2, array([topic]) + int32(5000) + b"\0")


def fetch(topic, offset=0, max_bytes=1 << 20, max_wait=0, min_bytes=1, partition_bytes=None, partitions=(0,)):
    each = [int32(p) + int64(offset) + int32(partition_bytes or max_bytes) for p in partitions]
    body = int32(-1) + int32(max_wait) + int32(min_bytes) + int32(max_bytes) + b"\0"
    return request(FETCH, 4, body + array([string(topic) + array(each)]))


def join_group(group, member="", protocols=(("range", b"\0\0\0\0\0\0"),), session=30_000, rebalance=30_000,
               kind="consumer", version=1):
    body = string(group) + int32(session) + (int32(rebalance) if version > 0 else b"") + string(member) + string(kind)
    return request(JOIN_GROUP, version, body + array(string(name) + data(content) for name, content in protocols))


def offset_commit(group, topic, offset=1, metadata="", partitions=(0,), generation=-1, member=""):
    each = [int32(p) + int64(offset) + string(metadata) for p in partitions]
    body = string(group) + int32(generation) + string(member) + int64(-1)
    return request(OFFSET_COMMIT, 2, body + array([string(topic) + array(each)]))
