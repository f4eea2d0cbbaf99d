# What SQL from outside may not do. Every case must stay refused, with its place.
INSERT INTO trades VALUES (1)
---- error 1:1 INSERT is not allowed; SQL here only reads: use SELECT, SHOW DATABASES, SHOW TABLES [FROM database], DESCRIBE table or EXPLAIN SELECT

  UPDATE trades SET price = 1
---- error 1:3 UPDATE is not allowed

DELETE FROM trades
---- error 1:1 DELETE is not allowed

MERGE INTO trades USING quotes ON true WHEN MATCHED THEN DELETE
---- error 1:1 MERGE is not allowed

TRUNCATE trades
---- error 1:1 TRUNCATE is not allowed

CREATE TABLE x AS SELECT 1
---- error 1:1 CREATE is not allowed

CREATE TEMP VIEW x AS SELECT 1
---- error 1:1 CREATE is not allowed

CREATE MACRO m(x) AS (getenv(x))
---- error 1:1 CREATE is not allowed

CREATE SECRET (TYPE s3)
---- error 1:1 CREATE is not allowed

DROP VIEW trades
---- error 1:1 DROP is not allowed

ALTER TABLE trades ADD COLUMN x INT
---- error 1:1 ALTER is not allowed

COPY trades TO '/tmp/x.csv'
---- error 1:1 COPY is not allowed

COPY (SELECT 1) TO '/tmp/x'
---- error 1:1 COPY is not allowed

EXPORT DATABASE '/tmp/x'
---- error 1:1 EXPORT is not allowed

IMPORT DATABASE '/tmp/x'
---- error 1:1 IMPORT is not allowed

ATTACH '/tmp/x.db'
---- error 1:1 ATTACH is not allowed

DETACH memory
---- error 1:1 DETACH is not allowed

USE memory
---- error 1:1 USE is not allowed

SET memory_limit = '100GB'
---- error 1:1 SET is not allowed

SET VARIABLE x = 1
---- error 1:1 SET is not allowed

RESET memory_limit
---- error 1:1 RESET is not allowed

PRAGMA database_list
---- error 1:1 PRAGMA is not allowed

PRAGMA table_info('trades')
---- error 1:1 PRAGMA is not allowed

INSTALL httpfs
---- error 1:1 INSTALL is not allowed

LOAD '/tmp/x.so'
---- error 1:1 LOAD is not allowed

CALL pragma_version()
---- error 1:1 CALL is not allowed

EXECUTE x
---- error 1:1 EXECUTE is not allowed

PREPARE x AS SELECT 1
---- error 1:1 PREPARE is not allowed

EXPLAIN
---- error 1:8 EXPLAIN takes a query

EXPLAIN ANALYZE SELECT 1
---- error 1:9 EXPLAIN takes a query, and no options

EXPLAIN (FORMAT json) SELECT 1
---- error 1:9 EXPLAIN takes a query, and no options

EXPLAIN SELECT nope FROM trades
---- error 1:16

EXPLAIN INSERT INTO trades VALUES (1)
---- error 1:9 EXPLAIN takes a query

EXPLAIN DESCRIBE trades
---- error 1:9 EXPLAIN takes a query

EXPLAIN SELECT * FROM '/etc/passwd'
---- error 1:23

EXPLAIN SELECT current_setting('temp_directory')
---- error 1:16 function current_setting() is not allowed

EXPLAIN SELECT 1; SELECT 2
---- error 1:19 a second statement starts here

BEGIN
---- error 1:1 BEGIN is not allowed

COMMIT
---- error 1:1 COMMIT is not allowed

CHECKPOINT
---- error 1:1 CHECKPOINT is not allowed

VACUUM
---- error 1:1 VACUUM is not allowed

PIVOT trades ON side USING sum(size)
---- error 1:1 a PIVOT statement without its values is not supported

SELECT 1; DROP TABLE x
---- error 1:11 a second statement starts here

SELECT ';'; ATTACH '/tmp/x.db'
---- error 1:13 a second statement starts here

SELECT 1 /* ; */ ; /* */ SET threads = 1
---- error 1:26 a second statement starts here

WITH x AS (INSERT INTO trades VALUES (1)) SELECT 1
---- error 1:1 A CTE needs a SELECT

