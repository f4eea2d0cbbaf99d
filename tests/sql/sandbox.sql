# Ways out of the lake that must stay shut.
SELECT * FROM read_csv('/etc/passwd')
---- error 1:15 function read_csv() is not allowed: SQL here reaches nothing but the tables of the lake; SHOW TABLES lists them

SELECT * FROM read_csv_auto('/etc/passwd')
---- error 1:15 function read_csv_auto() is not allowed

SELECT * FROM Read_Text('/etc/passwd')
---- error 1:15 function read_text() is not allowed

SELECT * FROM "read_blob"('/etc/passwd')
---- error 1:15 function read_blob() is not allowed

SELECT * FROM read_parquet('x.parquet')
---- error 1:15 function read_parquet() is not allowed

SELECT * FROM parquet_scan('x.parquet')
---- error 1:15 function parquet_scan() is not allowed

SELECT * FROM parquet_metadata('x.parquet')
---- error 1:15 function parquet_metadata() is not allowed

SELECT * FROM read_json('x.json')
---- error 1:15 function read_json() is not allowed

SELECT * FROM read_ndjson_auto('x.json')
---- error 1:15 function read_ndjson_auto() is not allowed

SELECT * FROM sniff_csv('/etc/passwd')
---- error 1:15 function sniff_csv() is not allowed

SELECT * FROM glob('/*')
---- error 1:15 function glob() is not allowed

SELECT * FROM '/etc/passwd'
---- error 1:15 table 'market./etc/passwd' does not exist, and files cannot be queried by name

SELECT * FROM "/etc/passwd"
---- error 1:15 files cannot be queried by name

SELECT * FROM 'x.parquet'
---- error 1:15 files cannot be queried by name

SELECT * FROM 'https://example.com/x.csv'
---- error 1:15 files cannot be queried by name

SELECT * FROM 's3://bucket/x.parquet'
---- error 1:15 files cannot be queried by name

FROM '../*.parquet'
---- error 1:6 files cannot be queried by name

TABLE '/etc/passwd'
---- error 1:7 files cannot be queried by name

SELECT * FROM trades, '/etc/passwd'
---- error 1:23 files cannot be queried by name

WITH x AS (SELECT * FROM '/etc/passwd') SELECT 1
---- error 1:26 files cannot be queried by name

# A WITH name hides a file of that name only where it is in scope.
SELECT (WITH "a.csv" AS (SELECT 1 AS i) SELECT i FROM "a.csv") AS i, (SELECT count(*) FROM "a.csv") AS n
---- error 1:92 files cannot be queried by name

SELECT * FROM (WITH "a.csv" AS (SELECT 1) SELECT 1), "a.csv"
---- error 1:54 files cannot be queried by name

# DuckDB's own views, behind names of the query.
WITH RECURSIVE duckdb_tables AS (SELECT table_name FROM duckdb_tables UNION ALL SELECT 'x' FROM duckdb_tables WHERE false) SELECT * FROM duckdb_tables
---- error 1:57 table 'market.duckdb_tables' does not exist

WITH duckdb_tables AS (SELECT * FROM duckdb_tables) SELECT * FROM duckdb_tables
---- error 1:38 table 'market.duckdb_tables' does not exist

WITH RECURSIVE duckdb_tables AS (SELECT * FROM duckdb_tables) SELECT * FROM duckdb_tables
---- error 1:48 table 'market.duckdb_tables' does not exist

WITH duckdb_tables AS MATERIALIZED (SELECT * FROM duckdb_tables) SELECT * FROM duckdb_tables
---- error 1:51 table 'market.duckdb_tables' does not exist

WITH a AS (WITH duckdb_views AS (SELECT 1) SELECT 1) SELECT * FROM duckdb_views
---- error 1:68 table 'market.duckdb_views' does not exist

WITH a AS (SELECT * FROM duckdb_views), duckdb_views AS (SELECT 1) SELECT * FROM a
---- error 1:26 table 'market.duckdb_views' does not exist

(WITH duckdb_views AS (SELECT 1) SELECT 1) UNION ALL SELECT sql FROM duckdb_views
---- error 1:70 table 'market.duckdb_views' does not exist

SELECT (SELECT content FROM read_text('/etc/passwd'))
---- error 1:29 function read_text() is not allowed

SELECT * FROM trades WHERE symbol IN (SELECT content FROM read_text('/etc/passwd'))
---- error 1:59 function read_text() is not allowed

SELECT * FROM trades t, LATERAL (SELECT * FROM read_text(t.symbol))
---- error 1:48 function read_text() is not allowed

SELECT * FROM trades ORDER BY (SELECT count(*) FROM glob('/*'))
---- error 1:53 function glob() is not allowed

SELECT * FROM trades LIMIT (SELECT count(*) FROM glob('/*'))
---- error 1:50 function glob() is not allowed

SELECT count(*) FILTER (WHERE EXISTS (FROM glob('/*'))) FROM trades
---- error 1:44 function glob() is not allowed

SELECT sum(size) OVER (ORDER BY (SELECT count(*) FROM glob('/*'))) FROM trades
---- error 1:55 function glob() is not allowed

SELECT 1 UNION ALL SELECT count(*) FROM glob('/*')
---- error 1:41 function glob() is not allowed

SELECT * FROM trades JOIN quotes ON EXISTS (FROM glob('/*'))
---- error 1:50 function glob() is not allowed

SELECT * FROM range((SELECT count(*) FROM glob('/*')))
---- error 1:43 function glob() is not allowed

SELECT [x FOR x IN (SELECT list(file) FROM glob('/*'))]
---- error 1:44 function glob() is not allowed

SELECT * FROM (VALUES ((SELECT count(*) FROM glob('/*'))))
---- error 1:46 function glob() is not allowed

SELECT * FROM trades PIVOT (sum(size) FOR side IN (SELECT file FROM glob('/*')))
---- error 1:52 syntax error

SELECT DISTINCT ON ((SELECT count(*) FROM glob('/*'))) 1
---- error 1:43 function glob() is not allowed

SELECT * EXCLUDE (symbol) REPLACE ((SELECT count(*) FROM glob('/*')) AS price) FROM trades
---- error 1:58 function glob() is not allowed

SELECT COLUMNS(lambda c: getenv(c) = '') FROM trades
---- error 1:26 function getenv() does not exist

WITH RECURSIVE r AS (SELECT 1 AS i UNION ALL SELECT i + (SELECT count(*) FROM glob('/*')) FROM r) SELECT * FROM r
---- error 1:79 function glob() is not allowed

DESCRIBE SELECT * FROM read_csv('/etc/passwd')
---- error 1:24 function read_csv() is not allowed

SUMMARIZE SELECT * FROM read_csv('/etc/passwd')
---- error 1:25 function read_csv() is not allowed

SELECT * FROM (DESCRIBE '/etc/passwd')
---- error 1:25 files cannot be queried by name

SELECT * FROM (SHOW TABLES)
---- error 1:16 SHOW stands only at the start

SELECT * FROM (SHOW ALL TABLES)
---- error 1:16 SHOW stands only at the start

SELECT * FROM query('SELECT * FROM ' || chr(39) || '/etc/passwd' || chr(39))
---- error 1:15 function query() is not allowed

SELECT * FROM query_table('/etc/passwd')
---- error 1:15 function query_table() is not allowed

SELECT * FROM query_table(['trades'])
---- error 1:15 function query_table() is not allowed

FROM histogram_values('/etc/passwd', 'x')
---- error 1:6 function histogram_values() is not allowed

SELECT json_execute_serialized_sql(json_serialize_sql('SELECT 1'))
---- error 1:8 function json_execute_serialized_sql()

SELECT * FROM json_execute_serialized_sql(json_serialize_sql('SELECT * FROM glob(''/*'')'))
---- error 1:15 function json_execute_serialized_sql() is not allowed

SELECT json_serialize_sql('SELECT 1')
---- error 1:8 function json_serialize_sql() is not allowed

SELECT getenv('HOME')
---- error 1:8 function getenv() does not exist

SELECT current_setting('temp_directory')
---- error 1:8 function current_setting() is not allowed

SELECT getvariable('x')
---- error 1:8 function getvariable() is not allowed

SELECT * FROM duckdb_settings()
---- error 1:15 function duckdb_settings() is not allowed

SELECT * FROM duckdb_databases()
---- error 1:15 function duckdb_databases() is not allowed

SELECT * FROM duckdb_secrets()
---- error 1:15 function duckdb_secrets() is not allowed

SELECT * FROM which_secret('s3://x', 's3')
---- error 1:15 function which_secret() is not allowed

SELECT * FROM duckdb_logs()
---- error 1:15 function duckdb_logs() is not allowed

SELECT * FROM duckdb_extensions()
---- error 1:15 function duckdb_extensions() is not allowed

SELECT * FROM pragma_database_size()
---- error 1:15 function pragma_database_size() is not allowed

SELECT * FROM pragma_user_agent()
---- error 1:15 function pragma_user_agent() is not allowed

SELECT * FROM enable_logging()
---- error 1:15 function enable_logging() is not allowed

SELECT * FROM checkpoint()
---- error 1:15 function checkpoint() is not allowed

SELECT * FROM seq_scan()
---- error 1:15 function seq_scan() is not allowed

SELECT * FROM arrow_scan(1, 2, 3)
---- error 1:15 function arrow_scan() is not allowed

SELECT * FROM __ticklake_tail(1)
---- error 1:15 function __ticklake_tail() does not exist

SELECT system.main.read_text('/etc/passwd')
---- error 1:8 function read_text() is not allowed

SELECT * FROM system.main.read_text('/etc/passwd')
---- error 1:15 function read_text() is not allowed

SELECT * FROM main.range(3)
---- error 1:15

SELECT 'SELECT 1'.query()
---- error 1:

SELECT write_log('x')
---- error 1:8 function write_log() is not allowed

SELECT nextval('x')
---- error 1:8 function nextval() is not allowed

SELECT pg_sleep(100)
---- error 1:8 function pg_sleep() is not allowed

SELECT * FROM information_schema.tables
---- error 1:15 'information_schema' is no database of the lake

SELECT * FROM pg_catalog.pg_class
---- error 1:15 'pg_catalog' is no database of the lake

SELECT * FROM pg_class
---- error 1:15 table 'market.pg_class' does not exist

SELECT * FROM sqlite_master
---- error 1:15 table 'market.sqlite_master' does not exist

SELECT * FROM duckdb_tables
---- error 1:15 table 'market.duckdb_tables' does not exist

SELECT * FROM main.trades
---- error 1:15 'main' is no database of the lake

SELECT * FROM memory.market.trades
---- error 1:15 table names have two parts, database.table; leave out 'memory'

SELECT * FROM __ticklake_query_1.market.trades
---- error 1:15 table names have two parts

SELECT * FROM system.information_schema.tables
---- error 1:15 table names have two parts

SELECT * FROM reаd_csv('/etc/passwd')
---- error 1:15 does not exist

SELECT * FROM read_csv ('/etc/passwd')
---- error 1:15 function read_csv() is not allowed

SELECT * FROM/**/read_csv/**/('/etc/passwd')
---- error 1:18 function read_csv() is not allowed

SELECT * FROM U&"\0072ead_csv"('/etc/passwd')
---- error 1:

SELECT current_database(), current_schema()
---- error 1:8 function current_database() is not allowed

SELECT * FROM repeat('x', 3)
---- csv
x
x
x
x

SELECT * FROM json_each('{"a": 1}')
---- csv
key,value,type,atom,id,parent,fullkey,path
a,1,UBIGINT,1,2,,$.a,$

