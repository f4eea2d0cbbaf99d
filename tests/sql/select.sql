# Queries that work. Format of these files: src/query/sql_files_test.cc.
SELECT symbol, count(*) AS n, sum(price * size) / sum(size) AS vwap FROM trades GROUP BY symbol ORDER BY symbol
---- csv
symbol,n,vwap
AAPL,3,187.29752066115702
MSFT,1,412.5
NVDA,1,140.125

SELECT * FROM market.trades ORDER BY ts_event
---- csv
ts_event,symbol,price,size,side,_kafka
2024-11-22 18:26:40+00,AAPL,187.25,100.0,,"{""epoch"":0,""partition"":0,""offset"":0}"
2024-11-22 18:26:40.5+00,MSFT,412.5,50.0,,"{""epoch"":0,""partition"":1,""offset"":0}"
2024-11-22 18:26:41.000123+00,AAPL,187.5,20.0,B,"{""epoch"":0,""partition"":0,""offset"":1}"
2024-11-22 18:26:42+00,AAPL,188.0,1.0,A,"{""epoch"":0,""partition"":0,""offset"":2}"
2024-11-22 18:26:43+00,NVDA,140.125,7.0,,"{""epoch"":0,""partition"":1,""offset"":1}"

SELECT * FROM MARKET."TRADES" t WHERE t.side IS NOT NULL ORDER BY ts_event
---- jsonl
{"ts_event":"2024-11-22T18:26:41.000123Z","symbol":"AAPL","price":187.5,"size":20.0,"side":"B","_kafka":{"epoch":0,"partition":0,"offset":1}}
{"ts_event":"2024-11-22T18:26:42Z","symbol":"AAPL","price":188.0,"size":1.0,"side":"A","_kafka":{"epoch":0,"partition":0,"offset":2}}

FROM trades SELECT symbol, price WHERE size > 10 ORDER BY price LIMIT 2
---- table
symbol   price
──────  ──────
AAPL    187.25
AAPL     187.5
(2 rows)

SELECT market.trades.price, trades.symbol FROM trades WHERE trades._kafka.offset = 2
---- csv
price,symbol
188.0,AAPL

SELECT t._kafka.partition AS p, max(t._kafka."offset") AS o FROM trades t GROUP BY ALL ORDER BY p
---- csv
p,o
0,2
1,1

# A table joined with itself reads files and tail twice.
SELECT count(*) AS n FROM trades a JOIN trades b ON a.symbol = b.symbol
---- csv
n
11

SELECT t.symbol, t.price, q.bid_px_00 FROM trades t ASOF JOIN quotes q ON t.symbol = q.symbol AND t.ts_event >= q.ts_event ORDER BY t.ts_event
---- csv
symbol,price,bid_px_00
AAPL,187.25,187.0
AAPL,187.5,187.0
AAPL,188.0,187.25

WITH big AS (SELECT * FROM trades WHERE size >= 50), n AS (SELECT count(*) AS c FROM big) SELECT c FROM n
---- csv
c
2

WITH trades AS (SELECT symbol FROM market.trades WHERE size = 7) SELECT * FROM trades
---- csv
symbol
NVDA

WITH RECURSIVE r AS (SELECT 1 AS i UNION ALL SELECT i + 1 FROM r WHERE i < 4) SELECT sum(i) AS s FROM r
---- csv
s
10

SELECT symbol FROM trades UNION SELECT symbol FROM quotes EXCEPT SELECT 'NVDA' ORDER BY 1
---- csv
symbol
AAPL
MSFT

VALUES (1, 'a'), (2, NULL)
---- csv
col0,col1
1,a
2,

TABLE research.notes
---- csv
id,note
1,"says ""hi"", twice"
2,""
3,

SELECT * FROM empty
---- csv
k,v

SELECT count(*) AS n, max(v) AS m FROM empty
---- csv
n,m
0,

SELECT symbol, price, lag(price) OVER (PARTITION BY symbol ORDER BY ts_event) AS before FROM trades QUALIFY before IS NOT NULL ORDER BY ts_event
---- csv
symbol,price,before
AAPL,187.5,187.25
AAPL,188.0,187.5

SELECT time_bucket(INTERVAL '1 second', ts_event) AS second, first(price ORDER BY ts_event) AS o, last(price ORDER BY ts_event) AS c FROM trades GROUP BY second ORDER BY second
---- csv
second,o,c
2024-11-22 18:26:40+00,187.25,412.5
2024-11-22 18:26:41+00,187.5,187.5
2024-11-22 18:26:42+00,188.0,188.0
2024-11-22 18:26:43+00,140.125,140.125

SELECT * FROM (SELECT symbol, side, size FROM trades) PIVOT (sum(size) FOR side IN ('A', 'B')) ORDER BY symbol
---- csv
symbol,A,B
AAPL,1.0,20.0
MSFT,,
NVDA,,

SELECT * FROM (SELECT 1 AS a, 2 AS b) UNPIVOT (v FOR name IN (a, b))
---- csv
name,v
a,1
b,2

SELECT i, u FROM range(3) r(i), LATERAL (SELECT i * 10 AS u)
---- csv
i,u
0,0
1,10
2,20

SELECT unnest([1, 2]) AS x, list_transform([1, 2], lambda v: v + 1) AS l, [v * 2 for v in [1, 2]] AS c
---- csv
x,l,c
1,"[2,3]","[2,4]"
2,"[2,3]","[2,4]"

SELECT COLUMNS('.*px.*') FROM quotes ORDER BY 1
---- csv
bid_px_00,ask_px_00
187.0,187.5
187.25,

SELECT CASE WHEN EXISTS (SELECT 1 FROM trades WHERE price > 400) THEN 'yes' END AS dear, (SELECT max(price) FROM trades) AS top, 5 IN (SELECT 5) AS five
---- csv
dear,top,five
yes,412.5,true

# Filters on columns that older files lack.
SELECT count(*) AS n FROM trades WHERE side = 'B'
---- csv
n
1

SELECT ts_event FROM trades WHERE ts_event >= '2024-11-22 18:26:42' ORDER BY 1
---- csv
ts_event
2024-11-22 18:26:42+00
2024-11-22 18:26:43+00

SELECT ts_event::DATE AS d, extract(hour FROM ts_event) AS h, strftime(ts_event, '%H:%M:%S') AS t FROM quotes ORDER BY ts_event
---- csv
d,h,t
2024-11-22,18,18:26:39
2024-11-22,18,18:26:41

SELECT * FROM trades USING SAMPLE 0 ROWS
---- csv
ts_event,symbol,price,size,side,_kafka

SELECT 1; ;
---- csv
1
1

  -- a comment first
  /* and /* a nested */ one */ SELECT ';' AS semicolon -- not the end; of it
---- csv
semicolon
;

SELECT $$it's$$ AS quoted, E'a\'b' AS escaped
---- csv
quoted,escaped
it's,a'b

