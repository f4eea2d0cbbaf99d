"""`ticklake crawl`: what it registers is what other readers see in the same files."""
import datetime
import gzip
import json
import os
import pathlib
import random
import signal
import sqlite3
import subprocess
import time

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

ROWS = 300


def crawl(run, *args, **options):
    return json.loads(run("crawl", "--json", *args, **options).stdout)


def sql(run, data, text, **options):
    return json.loads(run("sql", "--data", data, "-o", "json", text, **options).stdout)


def tables_of(plan):
    return {table["name"]: table for table in plan["tables"]}


def trades(rows=ROWS, seed=7):
    rng = random.Random(seed)
    start = datetime.datetime(2024, 3, 1)
    return pa.table({
        "ts": pa.array([start + datetime.timedelta(seconds=i) for i in range(rows)], pa.timestamp("us")),
        "Symbol": [rng.choice(["AAPL", "MSFT", "NVDA"]) for _ in range(rows)],
        "price": [round(rng.uniform(1, 500), 4) for _ in range(rows)],
        "size": pa.array([rng.randrange(1, 10_000) for _ in range(rows)], pa.int64()),
        "venue": pa.array([rng.choice(["XNAS", "XNYS", None]) for _ in range(rows)]),
        "year": [str(2022 + i % 3) for i in range(rows)],
        "month": [f"{1 + i % 4:02}" for i in range(rows)],
    })


def write_csv(path, table, separator=",", opener=open):
    path.parent.mkdir(parents=True, exist_ok=True)
    with opener(path, "wt") as out:
        out.write(separator.join(table.column_names) + "\n")
        for row in table.to_pylist():
            out.write(separator.join("" if v is None else str(v) for v in row.values()) + "\n")


def write_json(path, table):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(row, default=str) + "\n" for row in table.to_pylist()))


@pytest.fixture
def files(tmp_path):
    return tmp_path / "files"


def test_every_form_answers_as_other_readers_do(run, files, tmp_path):
    table = trades()
    pq.write_to_dataset(table, files / "parquet", partition_cols=["year", "month"])
    for year in ("2022", "2023", "2024"):
        part = table.filter(pc.equal(table["year"], year)).drop_columns(["year"])
        write_csv(files / "csv" / year / "part.csv", part, ";")
        write_csv(files / "csv_gz" / f"year={year}" / "a.csv.gz", part, opener=gzip.open)
        write_json(files / "json" / f"year={year}" / "a.jsonl", part)
    data = tmp_path / "data"
    plan = crawl(run, files, "--data", data, "--database", "research", "--table-level", "2")
    found = tables_of(plan)
    assert sorted(found) == ["csv", "csv_gz", "json", "parquet"]
    assert [k["name"] for k in found["parquet"]["partition_keys"]] == ["year", "month"]
    assert [k["name"] for k in found["csv"]["partition_keys"]] == ["partition_0"]
    assert found["csv"]["form"]["delimiter"] == ";" and found["csv_gz"]["form"]["compression"] == "gzip"

    ours = "SELECT symbol, {year} AS year, count(*) AS n, sum(size) AS size, max(price) AS high, " \
           "count(venue) AS venues FROM research.{table} WHERE {year} <> '2023' GROUP BY ALL ORDER BY ALL"
    oracle = duckdb.sql(f"SELECT Symbol AS symbol, year, count(*) AS n, sum(size)::BIGINT AS size, max(price) AS high, "
                        f"count(venue) AS venues FROM read_parquet('{files}/parquet/**/*.parquet', "
                        "hive_types_autocast = false) WHERE year <> '2023' GROUP BY ALL ORDER BY ALL").to_arrow_table()
    for name in ("parquet", "csv", "csv_gz", "json"):
        year = "partition_0" if name == "csv" else "year"
        rows = sql(run, data, ours.format(table=name, year=year))
        if name.startswith("csv"):  # an empty cell is a text in CSV, as in Athena
            venues = sql(run, data, f"SELECT count(nullif(venue, '')) AS n FROM research.{name}")
            assert venues == [{"n": ROWS - table["venue"].null_count}]
            rows = [row | {"venues": None} for row in rows]
        wanted = [row | {"venues": None} if name.startswith("csv") else row for row in oracle.to_pylist()]
        assert rows == wanted, name
    types = {row["column_name"]: row["column_type"] for row in sql(run, data, "DESCRIBE research.csv")}
    assert types == {"ts": "TIMESTAMP", "symbol": "VARCHAR", "price": "DOUBLE", "size": "BIGINT",
                     "venue": "VARCHAR", "month": "VARCHAR", "partition_0": "VARCHAR"}
    span = sql(run, data, "SELECT min(ts) AS a, max(ts) AS b FROM research.csv")
    assert span == [{"a": "2024-03-01T00:00:00", "b": "2024-03-01T00:04:59"}]


def test_beside_a_running_process_and_its_tables(up, run, files):
    from confluent_kafka import Producer

    pq.write_to_dataset(trades(), files / "fills", partition_cols=["year"])
    producer = Producer({"bootstrap.servers": up.kafka})
    for symbol, name in (("AAPL", "Apple"), ("MSFT", "Microsoft")):
        producer.produce("companies", json.dumps({"symbol": symbol, "name": name}))
    assert producer.flush(30) == 0
    plan = crawl(run, files / "fills", "--data", up.data)
    assert tables_of(plan)["fills"]["action"] == "create"
    assert {"name": "fills"} in up.sql("SHOW TABLES")
    joined = "SELECT name, count(*) AS n FROM fills JOIN companies USING (symbol) GROUP BY name ORDER BY name"
    table = trades()
    wanted = [{"name": name, "n": pc.sum(pc.equal(table["Symbol"], symbol)).as_py()}
              for symbol, name in (("AAPL", "Apple"), ("MSFT", "Microsoft"))]
    assert up.sql(joined) == wanted
    assert up.sql("SHOW PARTITIONS fills") == [{"partition": f"year={y}"} for y in (2022, 2023, 2024)]
    # New files of a known partition are seen at once, a new partition after the next crawl.
    pq.write_table(table.slice(0, 5).drop_columns(["year"]), files / "fills" / "year=2022" / "more.parquet")
    (files / "fills" / "year=2025").mkdir()
    pq.write_table(table.slice(0, 7).drop_columns(["year"]), files / "fills" / "year=2025" / "x.parquet")
    assert up.sql("SELECT count(*) AS n FROM fills") == [{"n": ROWS + 5}]
    assert tables_of(crawl(run, files / "fills", "--data", up.data))["fills"]["partitions"]["new"] == 1
    assert up.sql("SELECT count(*) AS n FROM fills") == [{"n": ROWS + 12}]
    after = up.sql(joined)
    assert after != wanted
    up.stop()
    assert sql(run, up.data, joined) == after


def test_iceberg_folders_are_registered_not_crawled(run, start_up, files, tmp_path):
    from confluent_kafka import Producer
    from pyiceberg.catalog.sql import SqlCatalog

    files.mkdir()
    catalog = SqlCatalog("other", uri=f"sqlite:///{tmp_path}/other.db", warehouse=f"file://{files}")
    catalog.create_namespace("desk")
    table = trades().drop_columns(["year", "month"])
    iceberg = catalog.create_table("desk.positions", schema=table.schema)
    iceberg.append(table)
    iceberg.overwrite(table.slice(0, 100))  # data files of the first append stay, and are not the table's
    up = start_up("--flush-seconds", "0.1")
    data = up.data
    plan = crawl(run, files, "--data", data)
    (found,) = plan["tables"]
    assert found["name"] == "positions" and found["form"]["classification"] == "iceberg"
    assert sql(run, data, "SELECT count(*) AS n, sum(size) AS s FROM positions") == [
        {"n": 100, "s": pc.sum(table.slice(0, 100)["size"]).as_py()}]
    iceberg.append(table.slice(0, 11))
    assert tables_of(crawl(run, files, "--data", data))["positions"]["action"] == "update"
    assert sql(run, data, "SELECT count(*) AS n FROM positions") == [{"n": 111}]
    # It disturbs none of what tends the lake's own tables, and a topic of its name gets another.
    producer = Producer({"bootstrap.servers": up.kafka})
    producer.produce("positions", json.dumps({"id": 1}))
    assert producer.flush(30) == 0
    (ours,) = [row["name"] for row in up.sql("SHOW TABLES") if row["name"] != "positions"]
    assert ours.startswith("positions_") and up.sql(f"SELECT id FROM {ours}") == [{"id": 1}]
    up.stop()
    assert sql(run, data, "SELECT count(*) AS n FROM positions") == [{"n": 111}]
    assert ours in run("verify", "--data", data).stdout


def test_the_lake_itself_is_left_alone(run, start_up, tmp_path):
    from confluent_kafka import Producer

    up = start_up("--flush-seconds", "0.1")
    producer = Producer({"bootstrap.servers": up.kafka})
    producer.produce("orders", json.dumps({"id": 1}))
    assert producer.flush(30) == 0
    deadline = time.monotonic() + 20
    while not list(up.data.glob("lake/market/orders/metadata/*.metadata.json")):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    plan = json.loads(run("crawl", up.data, "--data", up.data, "--json", check=False).stdout)
    orders = [table for table in plan["tables"] if table["location"].endswith("orders") or table["name"].endswith("orders")]
    assert [table["action"] for table in orders] == ["left alone"]
    assert "no crawl made" in orders[0]["problem"]
    assert up.sql("SELECT id FROM orders") == [{"id": 1}]


def test_a_dry_run_changes_nothing(run, files, tmp_path):
    write_csv(files / "t" / "a.csv", trades(10))
    data = tmp_path / "data"
    text = run("crawl", files, "--data", data, "--dry-run").stdout
    assert "would be created" in text and "header" in text and not data.exists()
    crawl(run, files / "t", "--data", data)
    before = sqlite3.connect(data / "catalog.db").execute("SELECT * FROM tables").fetchall()
    write_csv(files / "t" / "b.csv", trades(10))
    assert "would be updated" in run("crawl", files / "t", "--data", data, "--dry-run").stdout
    assert sqlite3.connect(data / "catalog.db").execute("SELECT * FROM tables").fetchall() == before
    assert tables_of(crawl(run, files / "t", "--data", data))["t"]["action"] == "update"
    assert tables_of(crawl(run, files / "t", "--data", data))["t"]["action"] == "unchanged"


def test_odd_trees_end_and_say_why(run, files, tmp_path):
    write_csv(files / "t" / "a.csv", trades(10))
    os.symlink("..", files / "t" / "up")
    os.symlink(files / "t", files / "again")
    os.symlink("/etc/passwd", files / "t" / "passwd.csv")
    os.mkfifo(files / "t" / "pipe.csv")
    (files / "t" / "broken.parquet").write_bytes(b"PAR1broken")
    (files / "t" / "bad.gz").write_bytes(b"\x1f\x8bnot gzip at all")
    (files / "t" / "README.md").write_text("# about\n")
    (files / "t" / "empty.csv").write_text("")
    data = tmp_path / "data"
    plan = crawl(run, files, "--data", data)
    assert list(tables_of(plan)) == ["t"]
    reasons = {left["reason"]: left["count"] for left in plan["left_out"]}
    assert reasons["a symbolic link"] == 3 and reasons["no regular file"] == 1
    assert reasons["damaged Parquet"] == 1 and reasons["damaged compression"] == 1 and reasons["empty"] == 1
    assert sql(run, data, "SELECT count(*) AS n FROM t") == [{"n": 10}]
    assert run("crawl", tmp_path / "nowhere", "--data", data, check=False).returncode == 3
    (tmp_path / "nothing").mkdir()
    assert run("crawl", tmp_path / "nothing", "--data", data, check=False).returncode == 3
    assert run("crawl", files, "--data", data, "--database", "no/slash", check=False).returncode == 1


def test_sql_reaches_registered_files_only(run, files, tmp_path):
    write_csv(files / "t" / "a.csv", trades(10))
    secret = tmp_path / "secret.csv"
    secret.write_text("n\n42\n43\n")
    data = tmp_path / "data"
    crawl(run, files / "t", "--data", data)
    for text in (f"SELECT * FROM '{secret}'", f"SELECT * FROM read_csv('{files}/t/a.csv')",
                 f"SELECT * FROM '{files}/t/a.csv'", f"SELECT * FROM t, read_text('{secret}')",
                 f"SELECT * FROM glob('{files}/*')"):
        done = run("sql", "--data", data, text, check=False)
        assert done.returncode == 1 and "42" not in done.stdout, text
    # Not by a link that is put into a registered folder afterwards either.
    os.symlink(secret, files / "t" / "b.csv")
    os.symlink(tmp_path, files / "t" / "all")
    assert sql(run, data, "SELECT count(*) AS n FROM t") == [{"n": 10}]


def test_killed_at_any_time_the_catalog_is_whole(run, binary, files, tmp_path):
    part = trades(3).drop_columns(["year", "month"])
    for day in range(400):
        folder = files / "t" / f"day={day:03}"
        folder.mkdir(parents=True)
        pq.write_table(part, folder / "x.parquet")
    data = tmp_path / "data"
    start = time.monotonic()
    crawl(run, files / "t", "--data", tmp_path / "other")
    whole = time.monotonic() - start
    rng = random.Random(5)
    for _ in range(12):
        process = subprocess.Popen([binary, "crawl", files / "t", "--data", data],
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(rng.uniform(0, whole * 1.1))
        process.kill()
        process.wait()
        if not (data / "catalog.db").exists():
            continue
        with sqlite3.connect(data / "catalog.db") as catalog:
            assert catalog.execute("PRAGMA integrity_check").fetchone() == ("ok",)
            assert catalog.execute("PRAGMA foreign_key_check").fetchall() == []
    crawl(run, files / "t", "--data", data)
    assert sql(run, data, "SELECT count(*) AS n, count(DISTINCT day) AS d FROM t") == [{"n": 1200, "d": 400}]
    assert tables_of(crawl(run, files / "t", "--data", data))["t"]["action"] == "unchanged"


def test_an_interrupt_ends_it_cleanly(binary, files, tmp_path):
    for number in range(3000):
        path = files / f"d{number // 100}" / f"{number}.csv"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("a,b\n" + "1,2\n" * 1000)
    data = tmp_path / "data"
    process = subprocess.Popen([binary, "crawl", files, "--data", data], stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE, text=True)
    while not (data / "catalog.db").exists():
        assert process.poll() is None
        time.sleep(0.002)
    process.send_signal(signal.SIGINT)
    out, error = process.communicate(timeout=30)
    assert process.returncode == 130 and "interrupted" in error and out == ""
    with sqlite3.connect(data / "catalog.db") as catalog:
        assert catalog.execute("SELECT count(*) FROM tables").fetchone() == (0,)


def test_real_daily_bars(run, shared, tmp_path):
    folder = shared("data/index_daily/indexProcessed.csv").parent
    data = tmp_path / "data"
    found = tables_of(crawl(run, folder, "--data", data))["index_daily"]
    assert found["form"]["header_lines"] == 1
    types = {column["name"]: column["type"] for column in found["columns"]}
    assert types == {"index": "string", "date": "date", "open": "double", "high": "double", "low": "double",
                     "close": "double", "adj close": "double", "volume": "double", "closeusd": "double"}
    ours = sql(run, data, 'SELECT count(*) AS n, min("date") AS a, max("date") AS b, sum("adj close") AS s, '
                          "sum(closeusd) AS u FROM index_daily")
    oracle = duckdb.sql(f"SELECT count(*) AS n, min(Date)::VARCHAR AS a, max(Date)::VARCHAR AS b, sum(\"Adj Close\") "
                        f"AS s, sum(CloseUSD) AS u FROM read_csv('{folder}/indexProcessed.csv')").fetchone()
    rows = (folder / "indexProcessed.csv").read_text().count("\n")  # a header; the last row has no line end
    assert ours[0]["n"] == oracle[0] == rows and (ours[0]["a"], ours[0]["b"]) == oracle[1:3]
    assert ours[0]["s"] == pytest.approx(oracle[3]) and ours[0]["u"] == pytest.approx(oracle[4])


def test_real_stocks_of_several_shapes(run, shared, tmp_path):
    folder = shared("data/stocks_daily/AAPL.csv.gz").parent
    data = tmp_path / "data"
    found = tables_of(crawl(run, folder, "--data", data))
    counted = 0
    for name, table in found.items():
        assert table["action"] == "create", name
        counted += sql(run, data, f'SELECT count(*) AS n FROM "{name}"')[0]["n"]
    with_rows = 0
    for path in pathlib.Path(folder).iterdir():
        if ".csv" in path.name:
            with_rows += duckdb.sql(f"SELECT count(*) FROM read_csv('{path}', header = true)").fetchone()[0]
    assert counted == with_rows


def test_json_arrays_and_documents(run, files, tmp_path):
    rows = trades(20).drop_columns(["year", "month"]).to_pylist()
    for name, text in (("array", json.dumps(rows, default=str)),
                       ("docs", "\n".join(json.dumps(row, default=str, indent=1) for row in rows))):
        (files / name).mkdir(parents=True)
        (files / name / "a.json").write_text(text)
    data = tmp_path / "data"
    found = tables_of(crawl(run, files, "--data", data))
    # As AWS has it, an array is one value; a JSON path makes rows of it.
    assert [c["name"] for c in found["array"]["columns"]] == ["array"]
    wanted = [{"n": 20, "s": sum(row["size"] for row in rows)}]
    assert sql(run, data, "SELECT count(*) AS n, sum(size) AS s FROM docs") == wanted
    assert sql(run, data, 'SELECT count(*) AS n, sum(r.size) AS s FROM (SELECT unnest("array") AS r FROM "array")') == wanted
    found = tables_of(crawl(run, files / "array", "--data", data, "--json-path", "$[*]"))
    assert found["array"]["action"] == "update" and len(found["array"]["columns"]) == 5
    assert sql(run, data, 'SELECT count(*) AS n, sum(size) AS s FROM "array"') == wanted


def test_orc_is_registered_and_a_query_says_why_it_is_not_read(run, files, tmp_path):
    from pyarrow import orc

    files.mkdir()
    orc.write_table(trades(20), files / "t.orc")
    data = tmp_path / "data"
    (table,) = crawl(run, files, "--data", data)["tables"]
    assert table["form"]["classification"] == "orc" and table["records"] == 20
    assert {c["name"]: c["type"] for c in table["columns"]} == {
        "ts": "timestamp", "symbol": "string", "price": "double", "size": "bigint", "venue": "string", "year": "string",
        "month": "string"}
    refused = run("sql", "--data", data, f"SELECT * FROM {table['name']}", check=False)
    assert refused.returncode == 1 and "OrcSerde' is not read here" in refused.stderr
