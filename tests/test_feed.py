"""feed sim and feed replay, end to end: file or seed -> broker -> SQL."""

import csv
import gzip
import hashlib
import json
import os
import pathlib
import random
import signal
import subprocess
import time

import pytest
import zstandard
from confluent_kafka import Consumer, TopicPartition

from conftest import PATIENCE

ROOT = pathlib.Path(__file__).resolve().parent.parent

COLUMNS = ["Index", "Date", "Open", "High", "Low", "Close", "Adj Close", "Volume", "CloseUSD"]


@pytest.fixture
def index_daily(tmp_path):
    """The seed file; where it is missing, one of the same shape: it too breaks off in its last number."""
    folder = pathlib.Path(os.environ.get("TICKLAKE_SHARED") or ROOT.parent / "shared")
    path = folder / "data" / "index_daily" / "indexProcessed.csv"
    if path.exists():
        return path
    rng = random.Random(1)
    lines = [",".join(COLUMNS)]
    for year in range(1986, 2011):
        for day in range(228):
            close = round(rng.uniform(2000, 30000), 6)
            date = f"{year}-{1 + day // 28 % 12:02}-{1 + day % 28:02}"
            lines.append(f"HSI,{date},{close},{close},{close},{close},{close},0.0,{close * 0.13:.8f}")
    path = tmp_path / "indexProcessed.csv"
    path.write_text("\n".join(lines) + "\nHSI,2010-01-11,1.5,1.5,1.5,1.5,1.5,0.0,2913.")
    return path


def complete_rows(path):
    """The file's rows but the last, which is cut short."""
    with open(path, newline="") as file:
        return list(csv.DictReader(file))[:-1]


def read_all(bootstrap, topic):
    """Every record of a topic: {partition: [(key, value, timestamp), ...]} in the order of offsets."""
    consumer = Consumer({"bootstrap.servers": bootstrap, "group.id": "reader", "enable.partition.eof": False,
                         "enable.auto.commit": False})
    partitions = consumer.list_topics(topic, timeout=10).topics[topic].partitions
    found = {}
    for partition in sorted(partitions):
        low, high = consumer.get_watermark_offsets(TopicPartition(topic, partition), timeout=10)
        consumer.assign([TopicPartition(topic, partition, low)])
        records = found[partition] = []
        while len(records) < high - low:
            batch = consumer.consume(min(1000, high - low - len(records)), timeout=20)
            assert batch, f"{topic} [{partition}]: {len(records)} of {high - low} records came"
            for message in batch:
                assert message.error() is None, message.error()
                records.append((message.key(), message.value(), message.timestamp()[1]))
    consumer.close()
    return found


def murmur2(data: bytes) -> int:
    """As in Java's org.apache.kafka.common.utils.Utils, written from its description."""
    m, mask = 0x5BD1E995, 0xFFFFFFFF
    h = 0x9747B28C ^ len(data)
    whole = len(data) // 4 * 4
    for i in range(0, whole, 4):
        k = int.from_bytes(data[i:i + 4], "little") * m & mask
        k = (k ^ k >> 24) * m & mask
        h = (h * m & mask) ^ k
    if rest := data[whole:]:
        h = (h ^ int.from_bytes(rest, "little")) * m & mask
    h = (h ^ h >> 13) * m & mask
    return h ^ h >> 15


def test_the_seed_file_becomes_a_table(run, up, index_daily):
    expected = complete_rows(index_daily)
    done = run("feed", "replay", index_daily, "--brokers", up.kafka, "--topic", "index_daily", "--key", "Index")
    assert f"{len(expected):,} records published, 1 malformed" in done.stdout
    assert f"line {len(expected) + 2}: left out: the file ends inside the number 2913." in done.stderr

    by_year = {}
    for row in expected:
        by_year.setdefault((row["Index"], row["Date"][:4]), []).append(row)
    answer = up.sql("""SELECT "index", substr(date, 1, 4) AS year, count(*) AS days, max(high) AS high,
                              avg(closeusd) AS mean FROM index_daily GROUP BY ALL ORDER BY ALL""")
    assert [(row["index"], row["year"]) for row in answer] == sorted(by_year)
    for row in answer:
        rows = by_year[row["index"], row["year"]]
        assert row["days"] == len(rows)
        assert row["high"] == max(float(r["High"]) for r in rows)
        assert row["mean"] == pytest.approx(sum(float(r["CloseUSD"]) for r in rows) / len(rows))


def test_replay_publishes_the_file_in_order(run, up, index_daily):
    run("feed", "replay", index_daily, "--brokers", up.kafka, "--topic", "in_order")
    records = read_all(up.kafka, "in_order")[0]
    for row, (key, value, _) in zip(complete_rows(index_daily), records, strict=True):
        body = json.loads(value)
        assert key is None
        assert list(body) == COLUMNS
        assert body["Date"] == row["Date"]
        assert body["Close"] == float(row["Close"])
        assert f'"Volume":{row["Volume"]},' in value.decode(), "digits are kept"


def test_replay_reports_what_is_malformed(run, up, tmp_path):
    path = tmp_path / "odd.csv.gz"
    path.write_bytes(gzip.compress(b"\xef\xbb\xbfid;name;\r\n1;\"a;b\r\nc\";0.0\r\n2;short\r\n3;\"x\"y;1\r\n4;\xff;1\r\n5;007;"))
    done = run("feed", "replay", path, "--brokers", up.kafka, "--topic", "odd", "--delimiter", ";", "--json")
    told = json.loads(done.stdout)
    assert (told["topic"], told["published"], told["malformed"], told["last_line"]) == ("odd", 2, 3, 7)
    for place in ("line 4: left out: 2 cells where the header has 3",
                  "line 5: left out: text follows a closing quote",
                  "line 6: left out: it is not valid UTF-8"):
        assert place in done.stderr
    values = [json.loads(value) for _, value, _ in read_all(up.kafka, "odd")[0]]
    assert values == [{"id": 1, "name": "a;b\r\nc", "column_3": 0.0}, {"id": 5, "name": "007", "column_3": None}]


def test_replay_of_nothing_usable_fails(run, up, tmp_path):
    path = tmp_path / "bad.csv"
    path.write_text("a,b\n1\n2\n")
    assert run("feed", "replay", path, "--brokers", up.kafka, "--topic", "bad", check=False).returncode == 1
    done = run("feed", "replay", path, "--brokers", up.kafka, "--topic", "bad", "--key", "z", check=False)
    assert done.returncode == 1 and "it has: a, b" in done.stderr
    assert run("feed", "replay", tmp_path / "none.csv", "--brokers", up.kafka, "--topic", "bad",
               check=False).returncode == 3


LINES = [b'{"s": "A", "t": 1732300000123, "v":1.50}', b'{"t":1732300001123,"s":"B\\u00e9"}', b'{"t":1732300002623}']


def test_json_lines_are_published_byte_for_byte(run, up, tmp_path):
    path = tmp_path / "packed"  # its content tells: two frames of zstd, and JSON lines
    frames = [b"\xef\xbb\xbf" + LINES[0] + b"\r\n\n[1]\n", b"{broken\n" + b"\n".join(LINES[1:])]
    path.write_bytes(b"".join(zstandard.compress(frame) for frame in frames))
    done = run("feed", "replay", path, "--brokers", up.kafka, "--topic", "lines", "--key", "s", "--time", "t")
    assert "3 records published, 2 malformed" in done.stdout
    for said in ("JSON lines, to topic 'lines'", "field 't', epoch milliseconds: '1732300000123' is 2024-11-22T18:26:40.123Z",
                 "line 3: left out: JSON, but not an object", "line 4: left out: not JSON",
                 "1 record without 's': published without a key"):
        assert said in done.stderr
    assert read_all(up.kafka, "lines")[0] == [
        (b"A", LINES[0], 1732300000123), ("Bé".encode(), LINES[1], 1732300001123), (None, LINES[2], 1732300002623)]


def test_replay_goes_by_event_time(run, up, tmp_path):
    path = tmp_path / "days.csv"
    path.write_text("day,n\n" + "".join(f"2012-01-{day:02},{day}\n" for day in (1, 2, 4, 3, 5, 6)))
    began = time.monotonic()
    done = run("feed", "replay", path, "--brokers", up.kafka, "--topic", "days", "--time", "day", "--from", "2012-01-02",
               "--to", "2012-01-06T00:00:00Z", "--speed", f"{6 * 86400}x")
    assert time.monotonic() - began >= 0.5, "three days at six a second"
    assert "4 records published, 0 malformed, 2 outside --from and --to" in done.stdout
    assert "'2012-01-01' is 2012-01-01T00:00:00Z; without a zone it is UTC" in done.stderr
    assert "1 record earlier than one before: published at once" in done.stderr
    assert [(json.loads(value)["n"], timestamp // 86_400_000 - 15340) for _, value, timestamp in
            read_all(up.kafka, "days")[0]] == [(2, 1), (4, 3), (3, 2), (5, 4)]


def test_a_replay_that_is_stopped_says_where(up, binary, tmp_path):
    path = tmp_path / "slow.csv"
    path.write_text("t,n\n2024-11-22T00:00:00Z,1\n2024-11-22T00:00:01Z,2\n2025-01-01T00:00:00Z,3\n")
    process = subprocess.Popen([binary, "feed", "replay", path, "--brokers", up.kafka, "--topic", "slow", "--time", "t",
                                "--speed", "10x"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    watcher = Consumer({"bootstrap.servers": up.kafka, "group.id": "watcher"})
    deadline = time.monotonic() + 20
    while "slow" not in watcher.list_topics(timeout=10).topics or \
            watcher.get_watermark_offsets(TopicPartition("slow", 0), timeout=10) != (0, 2):
        assert time.monotonic() < deadline and process.poll() is None, process.communicate()
        time.sleep(0.05)
    watcher.close()
    asked = time.monotonic()
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=20 * PATIENCE)
    assert time.monotonic() - asked < 2 * PATIENCE
    assert process.returncode == 130
    assert "2 records published" in out
    assert "stopped: the last record published is line 3, of 2024-11-22T00:00:01Z" in err


def test_what_has_come_of_a_line_is_not_published_when_it_is_stopped(up, binary):
    """12 of 1234 is a number too."""
    process = subprocess.Popen([binary, "feed", "replay", "-", "--brokers", up.kafka, "--topic", "halves"],
                               stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    process.stdin.write("n\n56\n12")
    process.stdin.flush()
    assert "to topic 'halves'" in process.stderr.readline()
    time.sleep(0.5)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=20 * PATIENCE)  # which ends the input, as Ctrl-C does to who writes it
    assert process.returncode == 130
    assert out == "1 record published, 0 malformed\n"
    assert "stopped: the last record published is line 2" in err
    assert [value for _, value, _ in read_all(up.kafka, "halves")[0]] == [b'{"n":56}']


def test_a_file_that_is_cut_short_is_published_up_to_there(run, up, tmp_path):
    whole = "n\n" + "".join(f"{n * 7919 % 100_003}\n" for n in range(60_000))
    for name, packed in (("gzip", gzip.compress(whole.encode())), ("zstd", zstandard.compress(whole.encode()))):
        path = tmp_path / name
        path.write_bytes(packed[:len(packed) * 3 // 4])
        done = run("feed", "replay", path, "--brokers", up.kafka, "--topic", name, "--json", check=False)
        assert done.returncode == 1
        assert f"{path}: the file is cut short: its {name} data ends" in done.stderr
        told = json.loads(done.stdout)
        assert told["malformed"] == 0 and 0 < told["published"] < 60_000
        values = [json.loads(value)["n"] for _, value, _ in read_all(up.kafka, name)[0]]
        assert values == [n * 7919 % 100_003 for n in range(told["published"])]


def test_what_could_be_several_times_is_refused(run, up, tmp_path):
    path = tmp_path / "dates.csv"
    path.write_text("date,n\n20241122,1\n")
    replay = ["feed", "replay", path, "--brokers", up.kafka, "--topic", "dates"]
    done = run(*replay, "--time", "date", check=False)
    assert done.returncode == 1 and "line 2: column 'date': '20241122' could be a time in more than one way" in done.stderr
    assert "--time-format" in done.stderr
    assert "say where it stands: --time COLUMN" in run(*replay, "--speed", "2x", check=False).stderr
    run(*replay, "--time", "date", "--time-format", "s")
    assert read_all(up.kafka, "dates")[0] == [(None, b'{"date":20241122,"n":1}', 20241122_000)]


def test_a_recording_keeps_its_times(run, up, shared):
    recording = shared("data/binance_ws/spot_btcusdt_20240808.jsonl.gz")
    done = run("feed", "replay", recording, "--brokers", up.kafka, "--topic", "ws", "--key", "stream", "--partitions", 2)
    assert "41,249 records published, 0 malformed" in done.stdout
    assert "JSON lines with times" in done.stderr and "epoch nanoseconds" in done.stderr
    with gzip.open(recording) as file:
        expected = sorted((int(line.split(b" ", 1)[0]) // 1_000_000, line.split(b" ", 1)[1].rstrip()) for line in file)
    records = read_all(up.kafka, "ws")
    assert sorted((timestamp, value) for part in records.values() for _, value, timestamp in part) == expected


def test_feeds_say_when_no_broker_answers(run, free_port, tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("a\n1\n")
    address = f"127.0.0.1:{free_port()}"
    for command in (["sim", "--count", 1], ["replay", path, "--topic", "t"]):
        done = run("feed", *command, "--brokers", address, check=False)
        assert done.returncode == 5, done.stderr
        assert address in done.stderr


SIM = ["feed", "sim", "--seed", 7, "--start", "2024-11-22T14:30:00Z", "--count", 30_000]


def test_the_same_seed_gives_the_same_records(run, start_up):
    first, second = start_up(), start_up()
    run(*SIM, "--brokers", first.kafka, "--rate", "max")
    run(*SIM, "--brokers", second.kafka, "--rate", 20_000, "--compression", "none")
    digests = []
    for instance in (first, second):
        content = {topic: read_all(instance.kafka, topic) for topic in ("trades", "quotes")}
        digests.append(hashlib.sha256(repr(content).encode()).hexdigest())
    assert digests[0] == digests[1]

    total = 0
    for topic, partitions in content.items():
        assert len(partitions) == 4
        for partition, records in partitions.items():
            total += len(records)
            last = 0
            for key, value, timestamp in records:
                body = json.loads(value)
                assert body["symbol"].encode() == key
                assert (murmur2(key) & 0x7FFFFFFF) % 4 == partition
                assert timestamp == body["ts_event"] // 1_000_000
                assert body["ts_event"] >= last
                last = body["ts_event"]
    assert total == 30_000


def test_the_simulated_market_is_a_table(run, up):
    done = run(*SIM, "--brokers", up.kafka, "--rate", "max", "--json")
    told = json.loads(done.stdout)
    assert told["acknowledged"] == 30_000 and told["failed"] == 0
    assert up.sql("SELECT count(*) AS n, count(DISTINCT trade_id) AS ids FROM trades") == [
        {"n": told["trades"], "ids": told["trades"]}]
    assert up.sql("SELECT count(*) AS n FROM quotes WHERE bid_px_00 >= ask_px_00") == [{"n": 0}]
    gaps = up.sql("""SELECT symbol, max(sequence) - count(*) AS missing FROM quotes
                     GROUP BY symbol HAVING missing <> 0 OR min(sequence) <> 1""")
    assert gaps == []
    assert up.sql("SELECT count(DISTINCT symbol) AS n FROM quotes") == [{"n": 20}]


def test_another_seed_is_another_market(run, up):
    run(*SIM, "--brokers", up.kafka, "--rate", "max")
    one = up.sql("SELECT sum(price * size) AS turnover FROM trades")
    run("feed", "sim", "--seed", 8, "--start", "2024-11-23T14:30:00Z", "--count", 30_000, "--rate", "max",
        "--brokers", up.kafka)
    two = up.sql("SELECT sum(price * size) AS turnover FROM trades WHERE ts_event >= TIMESTAMP '2024-11-23'")
    assert one != two


def test_usage_errors_exit_with_2(run):
    for wrong in (["sim", "--rate", "fast"], ["sim", "--symbols", 0], ["sim", "--start", "yesterday"],
                  ["replay"], ["replay", "x.csv"], ["replay", "x.csv", "--topic", "t", "--delimiter", ",,"],
                  ["replay", "x.csv", "--topic", "t", "--speed", "fast"],
                  ["replay", "x.csv", "--topic", "t", "--from", "yesterday"],
                  ["replay", "x.csv", "--topic", "t", "--from", "2024-01-02", "--to", "2024-01-02"]):
        assert run("feed", *wrong, check=False).returncode == 2, wrong
