SHOW DATABASES
---- csv
database_name
market
research

show schemas;
---- table
database_name
─────────────
market
research
(2 rows)

SHOW TABLES
---- csv
name
empty
evolved
quotes
trades

SHOW TABLES FROM research
---- csv
name
notes

SHOW TABLES IN "Market"
---- csv
name
empty
evolved
quotes
trades

SHOW TABLES FROM reserch
---- error 1:18 database 'reserch' does not exist; did you mean research? SHOW DATABASES lists them

SHOW
---- error 1:5 SHOW takes DATABASES, SCHEMAS, TABLES [FROM database] or PARTITIONS table; for the columns of a table use DESCRIBE

SHOW ALL TABLES
---- error 1:6 SHOW takes

SHOW trades
---- error 1:6 use DESCRIBE

SHOW TABLES FROM market LIKE 'x'
---- error 1:25 SHOW takes

SHOW TABLES FROM
---- error 1:17 SHOW takes

SHOW DATABASES; SHOW TABLES
---- error 1:17 a second statement starts here

DESCRIBE trades
---- table
column_name  column_type                                                  nullable
───────────  ───────────────────────────────────────────────────────────  ────────
ts_event     TIMESTAMP WITH TIME ZONE                                     NO
symbol       VARCHAR                                                      NO
price        DOUBLE                                                       NO
size         DOUBLE                                                       NO
side         VARCHAR                                                      YES
_kafka       STRUCT(epoch INTEGER, "partition" INTEGER, "offset" BIGINT)  NO
(6 rows)

DESC research.notes
---- jsonl
{"column_name":"id","column_type":"BIGINT","nullable":"NO"}
{"column_name":"note","column_type":"VARCHAR","nullable":"YES"}

DESCRIBE SELECT symbol, count(*) AS n, avg(price) AS mean FROM trades GROUP BY 1 -- and a comment
---- csv
column_name,column_type,nullable
symbol,VARCHAR,YES
n,BIGINT,YES
mean,DOUBLE,YES

DESCRIBE FROM quotes;
---- csv
column_name,column_type,nullable
ts_event,TIMESTAMP WITH TIME ZONE,YES
symbol,VARCHAR,YES
bid_px_00,DOUBLE,YES
ask_px_00,DOUBLE,YES

DESCRIBE nope
---- error 1:10 table 'market.nope' does not exist

DESCRIBE SELECT nope FROM trades
---- error 1:17 Referenced column "nope" not found

DESCRIBE
---- error 1:1 line 1, column 1: DESCRIBE needs a table or a query: DESCRIBE market.trades
  DESCRIBE
  ^

DESCRIBE SELECT 1) UNION SELECT (2
---- error 1:18 syntax error

SUMMARIZE research.notes
---- jsonl
{"column_name":"id","column_type":"BIGINT","min":"1","max":"3","approx_unique":3,"avg":"2.0","std":"1.0","q25":"1","q50":"2","q75":"3","count":3,"null_percentage":0.00}
{"column_name":"note","column_type":"VARCHAR","min":"","max":"says \"hi\", twice","approx_unique":2,"avg":null,"std":null,"q25":null,"q50":null,"q75":null,"count":3,"null_percentage":33.33}

SELECT column_name FROM (DESCRIBE trades)
---- csv
column_name
ts_event
symbol
price
size
side
_kafka

