"""SQL through the program: what tests/sql refuses is refused over HTTP and on the command line, formats, and load.

What the statements of tests/sql answer is checked without the program (src/query/sql_files_test.cc).
"""
import concurrent.futures
import csv
import datetime
import io
import json
import os
import pathlib
import pty
import subprocess
import threading
import urllib.error
import urllib.request

import pyarrow.parquet as pq
import pytest
from confluent_kafka import Producer

SQL = pathlib.Path(__file__).resolve().parent / "sql"


def refusals(name):
    """(statement, line, column, part of the message) of the cases in a file that end in an error with a place."""
    cases, statement = [], []
    for line in (SQL / name).read_text(encoding="utf-8").splitlines() + [""]:
        if line.startswith("---- "):
            verdict = line.removeprefix("---- ").split(" ", 2)
            if verdict[0] == "error" and not verdict[1].endswith(":") and verdict[1] != "0:0":
                place = [int(number) for number in verdict[1].split(":")]
                cases.append(("\n".join(statement), *place, verdict[2] if len(verdict) == 3 else ""))
        elif not line:
            statement = []
        elif not (line.startswith("# ") and not statement):
            statement.append(line)
    return cases


def ask(up, statement, form="jsonl"):
    return ask_bytes(up, statement, form).decode()


def ask_bytes(up, statement, form):
    request = urllib.request.Request(f"{up.http}/v1/sql?format={form}", data=statement.encode(), method="POST")
    with urllib.request.urlopen(request, timeout=60) as response:
        return response.read()


def produce(up, topic, values):
    producer = Producer({"bootstrap.servers": up.kafka, "linger.ms": 1})
    for value in values:
        producer.produce(topic, json.dumps(value))
        producer.poll(0)
    assert producer.flush(30) == 0


@pytest.mark.parametrize("name", ["refused.sql", "sandbox.sql"])
def test_what_is_refused_has_its_place(up, name):
    cases = refusals(name)
    assert len(cases) > 30
    produce(up, "trades", [{"ts_event": 1732300000000000000, "symbol": "AAPL", "price": 187.25, "size": 100}])
    for statement, line, column, part in cases:
        with pytest.raises(urllib.error.HTTPError) as refused:
            pytest.fail(f"{statement}: allowed: {ask(up, statement)}")
        error = json.load(refused.value)["error"]
        assert refused.value.code == 400, (statement, error)
        assert (error["line"], error["column"]) == (line, column), (statement, error)
        assert part in error["message"] and f"line {line}, column {column}" in error["message"], (statement, error)


def test_the_command_line_says_the_same_with_and_without_a_process(start_up, run):
    up = start_up()
    statement = "SELECT 1,\n  content FROM read_text('/etc/passwd')"
    running = run("sql", "--data", up.data, statement, check=False)
    up.stop()
    alone = run("sql", "--data", up.data, statement, check=False)
    for done in (running, alone):
        assert done.returncode == 1 and done.stdout == ""
        assert "line 2, column 16" in done.stderr and "read_text() is not allowed" in done.stderr
        assert "\n    content FROM read_text('/etc/passwd')\n" + " " * 17 + "^" in done.stderr


def test_every_format_has_the_same_rows(up, run):
    produce(up, "forms", [{"id": i, "text": text} for i, text in enumerate(['plain', 'a,"b"', "", "two\nlines", "é€😀"])])
    statement = "SELECT id, text, id / 2 AS half, CASE WHEN id > 3 THEN id END AS late FROM forms ORDER BY id"
    from_json = json.loads(ask(up, statement, "json"))
    assert [json.loads(line) for line in ask(up, statement, "jsonl").splitlines()] == from_json
    from_csv = list(csv.DictReader(io.StringIO(ask(up, statement, "csv"), newline="")))
    assert [{k: "" if v is None else str(v) for k, v in row.items()} for row in from_json] == from_csv
    table = ask(up, statement, "table").splitlines()
    assert table[0].split() == ["id", "text", "half", "late"] and table[-1] == "(5 rows)" and len(table) == 8
    for form in ("json", "jsonl", "csv", "table"):
        on_command_line = run("sql", "--data", up.data, "-o", form, input=statement)
        assert on_command_line.stdout.replace("\r", "") == ask(up, statement, form).replace("\r\n", "\n").replace("\r", "")


def test_queries_at_once_while_records_arrive(up):
    """Sums over a growing table are those of some prefix, and never go back."""
    produce(up, "growing", [{"n": 0}])
    stop = threading.Event()

    def feed():
        n = 1
        while not stop.is_set():
            produce(up, "growing", [{"n": i} for i in range(n, n + 500)])
            n += 500

    def watch(_):
        last = 0
        for _ in range(15):
            row = json.loads(ask(up, "SELECT count(*) AS c, sum(n)::BIGINT AS s, count(DISTINCT n) AS d FROM growing"))
            assert row["s"] == row["c"] * (row["c"] - 1) // 2 and row["d"] == row["c"] >= last, row
            last = row["c"]

    feeder = threading.Thread(target=feed)
    feeder.start()
    try:
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            list(pool.map(watch, range(4)))
    finally:
        stop.set()
        feeder.join()


def test_a_large_result_streams_and_a_gone_client_frees_its_query(up):
    text = ask(up, "SELECT range AS n FROM range(1000000)")
    assert text.count("\n") == 1_000_000 and text.endswith('{"n":999999}\n')
    for _ in range(8):  # more than run at once: each is given up after its first bytes
        request = urllib.request.Request(f"{up.http}/v1/sql?format=csv", data=b"SELECT * FROM range(100000000000)")
        with urllib.request.urlopen(request, timeout=30) as response:
            assert response.read(1000)
    assert ask(up, "SELECT 1 AS one") == '{"one":1}\n'


def test_parquet_has_the_same_rows(up, binary):
    produce(up, "columnar", [{"id": i, "text": f"t{i}€", "tags": [i, i + 1], "nested": {"a": i}} for i in range(5000)])
    statement = ("SELECT id, text, tags, nested, id / 2 AS half, _kafka.\"offset\" AS o, sum(id) OVER () AS total, "
                 "CASE WHEN id > 3 THEN ts END AS ts FROM columnar, (SELECT TIMESTAMPTZ '2024-11-22 18:26:40+00' AS ts) "
                 "ORDER BY id")
    by_http = pq.read_table(io.BytesIO(ask_bytes(up, statement, "parquet")))
    up_answer = by_http.to_pylist()
    assert len(up_answer) == 5000
    assert up_answer[4] == {"id": 4, "text": "t4€", "tags": [4, 5], "nested": {"a": 4}, "half": 2.0, "o": 4,
                            "total": 5000 * 4999 // 2, "ts": datetime.datetime(2024, 11, 22, 18, 26, 40, tzinfo=datetime.UTC)}
    done = subprocess.run([binary, "sql", "--data", up.data, "-o", "parquet", statement], capture_output=True, timeout=30)
    assert done.returncode == 0, done.stderr
    assert pq.read_table(io.BytesIO(done.stdout)).equals(by_http)
    empty = pq.read_table(io.BytesIO(ask_bytes(up, statement.replace("ORDER", "WHERE false ORDER"), "parquet")))
    assert empty.num_rows == 0 and empty.schema == by_http.schema

    def refused(*args, **options):
        return subprocess.run([binary, "sql", "--data", up.data, "-o", "parquet", *args], stderr=subprocess.PIPE, text=True,
                              timeout=30, **options)

    assert "INTERVAL" in refused("SELECT INTERVAL 1 DAY AS span", stdout=subprocess.PIPE).stderr
    assert "one statement" in refused("SELECT 1; SELECT 2", stdout=subprocess.PIPE).stderr
    terminal, slave = pty.openpty()
    on_terminal = refused("SELECT 1", stdout=slave)
    os.close(terminal), os.close(slave)
    assert on_terminal.returncode == 1 and "> rows.parquet" in on_terminal.stderr
