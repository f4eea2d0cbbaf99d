"""DuckDB's own S3 reader and writer: duckdb_httpfs_scenario.py HOST:PORT. The extension comes as a package, hash-pinned."""

import pathlib
import sys

import duckdb
import duckdb_extension_httpfs

extension = next(pathlib.Path(duckdb_extension_httpfs.__file__).parent.rglob("httpfs.duckdb_extension"))
db = duckdb.connect(config={"allow_unsigned_extensions": "true"})
db.execute(f"LOAD '{extension}'")
db.execute(f"CREATE SECRET (TYPE s3, KEY_ID 'test', SECRET 'test', ENDPOINT '{sys.argv[1]}', URL_STYLE 'path', "
           "USE_SSL false, REGION 'us-east-1')")
db.execute("COPY (SELECT range AS id, range % 3 AS day FROM range(300000)) TO 's3://httpfs/t' (FORMAT parquet, PARTITION_BY (day))")
db.execute("COPY (SELECT range AS id, random() AS r FROM range(2000000)) TO 's3://httpfs/big.parquet'")  # in parts
days = db.execute("SELECT day, count(*), sum(id) FROM read_parquet('s3://httpfs/t/*/*.parquet', hive_partitioning = true) "
                  "GROUP BY day ORDER BY day").fetchall()
assert days == [(day, 100_000, sum(range(day, 300_000, 3))) for day in range(3)], days
assert db.execute("SELECT count(*) FROM 's3://httpfs/big.parquet' WHERE id >= 1999990").fetchone() == (10,)
assert len(db.execute("SELECT * FROM glob('s3://httpfs/**')").fetchall()) == 4
