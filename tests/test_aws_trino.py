"""Trino through the AWS doors: its Hive and Iceberg connectors on Glue and S3, beside a running market."""

import pytest
import trino_server
from java_peer import Missing, cache_folder

pytestmark = pytest.mark.aws


@pytest.fixture
def trino(tmp_path, free_port, start_up):
    """A Trino on the doors of a running instance with a simulated market; has .up besides."""
    up = start_up("--feed", "sim", "--feed-rate", "500", "--flush-seconds", "1")
    up.s3().create_bucket(Bucket="warehouse")
    try:
        server = trino_server.Trino(cache_folder("trino"), tmp_path / "trino", free_port(), endpoint=up.aws, access_key="test",
                                    secret_key="test", warehouse="s3://warehouse/hive")
    except Missing as missing:
        pytest.skip(str(missing))
    server.up = up
    yield server
    server.stop()


def test_iceberg_tables_of_its_own(trino):
    trino.sql("CREATE SCHEMA iceberg.own WITH (location = 's3://warehouse/own')")
    trino.sql("CREATE TABLE iceberg.own.t WITH (partitioning = ARRAY['k']) AS "
              "SELECT n % 3 AS k, n AS v, CAST(n AS varchar) AS s FROM UNNEST(sequence(1, 1000)) AS x(n)")
    assert trino.sql("SELECT k, count(*), sum(v) FROM iceberg.own.t GROUP BY k ORDER BY k") == [
        [0, 333, 166833], [1, 334, 167167], [2, 333, 166500]]
    trino.sql("INSERT INTO iceberg.own.t VALUES (7, 5000, 'x')")
    trino.sql("UPDATE iceberg.own.t SET s = 'even' WHERE v % 2 = 0 AND k < 3")
    trino.sql("DELETE FROM iceberg.own.t WHERE v <= 10")
    trino.sql("MERGE INTO iceberg.own.t t USING (VALUES (5000, 'y'), (6000, 'z')) AS n(v, s) ON t.v = n.v "
              "WHEN MATCHED THEN UPDATE SET s = n.s WHEN NOT MATCHED THEN INSERT (k, v, s) VALUES (8, n.v, n.s)")
    assert trino.sql("SELECT count(*), count_if(s = 'even') FROM iceberg.own.t") == [[992, 495]]
    assert trino.sql("SELECT v, s FROM iceberg.own.t WHERE v >= 5000 ORDER BY v") == [[5000, "y"], [6000, "z"]]
    trino.sql("ALTER TABLE iceberg.own.t EXECUTE optimize")
    trino.sql("ALTER TABLE iceberg.own.t ADD COLUMN extra double")
    assert trino.sql("SELECT count(*), count(extra) FROM iceberg.own.t") == [[992, 0]]
    trino.sql("DROP TABLE iceberg.own.t")
    assert trino.sql("SHOW TABLES FROM iceberg.own") == []
    trino.sql("DROP SCHEMA iceberg.own")


def test_a_table_beside_those_of_topics(trino):
    counts = "SELECT count(*) AS symbols, sum(n) AS n FROM {}"
    trino.sql("CREATE TABLE iceberg.market.per_symbol AS "
              "SELECT symbol, count(*) AS n FROM iceberg.market.trades GROUP BY symbol")
    theirs = trino.sql(counts.format("iceberg.market.per_symbol"))
    assert theirs[0][1] > 0
    assert [list(row.values()) for row in trino.up.sql(counts.format("per_symbol"))] == theirs
    trino.sql("INSERT INTO iceberg.market.per_symbol VALUES ('NONE', 7)")
    assert trino.up.sql("SELECT n FROM per_symbol WHERE symbol = 'NONE'") == [{"n": 7}]
    trino.sql("DROP TABLE iceberg.market.per_symbol")
    assert ["per_symbol"] not in trino.sql("SHOW TABLES FROM iceberg.market")
    left = trino.up.s3().list_objects_v2(Bucket="ticklake", Prefix="market/per_symbol")
    assert left["KeyCount"] == 0, left


def test_hive_tables_of_its_own(trino):
    trino.sql("CREATE SCHEMA hive.h WITH (location = 's3://warehouse/h')")
    trino.sql("CREATE TABLE hive.h.t WITH (format = 'PARQUET', partitioned_by = ARRAY['day']) AS "
              "SELECT n AS v, CAST('2026-01-0' || CAST(n % 5 + 1 AS varchar) AS varchar) AS day "
              "FROM UNNEST(sequence(1, 500)) AS x(n)")
    trino.sql("INSERT INTO hive.h.t VALUES (1000, '2026-01-09')")
    assert trino.sql("SELECT count(*), sum(v) FROM hive.h.t WHERE day = '2026-01-03'") == [[100, 24950]]
    assert trino.sql("SELECT count(*), sum(v) FROM hive.h.t") == [[501, 126250]]
    assert trino.sql("SELECT count(*) FROM hive.h.\"t$partitions\"") == [[6]]
    trino.sql("ANALYZE hive.h.t")
    assert trino.sql("SHOW STATS FOR hive.h.t")[-1][4] == 501
    trino.sql("DELETE FROM hive.h.t WHERE day = '2026-01-09'")
    assert trino.sql("SELECT count(*) FROM hive.h.t") == [[500]]
    rows = trino.up.sql("SELECT day, count(*) AS n FROM h.t GROUP BY day ORDER BY day")
    assert [(row["day"], row["n"]) for row in rows] == [(f"2026-01-0{day}", 100) for day in range(1, 6)]
    trino.sql("DROP TABLE hive.h.t")
    trino.sql("DROP SCHEMA hive.h")


def test_the_tables_of_the_lake(trino):
    up = trino.up
    before = trino.sql("SELECT count(*) FROM iceberg.market.trades")[0][0]
    assert trino.sql("SELECT count(DISTINCT symbol) > 0 FROM iceberg.market.trades") == [[True]]
    assert trino.sql("SELECT max(_kafka.\"offset\") IS NOT NULL FROM iceberg.market.trades") == [[True]]
    assert up.sql("SELECT count(*) AS n FROM trades")[0]["n"] >= before
