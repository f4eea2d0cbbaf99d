# Syntax that DuckDB's parser turns into functions and operators.
SELECT coalesce(NULL, 1) AS a, ifnull(NULL, 2) AS b, nullif(1, 1) AS c, if(true, 3, 4) AS d, try_cast('x' AS INTEGER) AS e, TRY(log(-1)) AS f
---- csv
a,b,c,d,e,f
1,2,,3,,

SELECT current_date IS NOT NULL AS a, current_timestamp IS NOT NULL AS b, now() IS NOT NULL AS c, today() IS NOT NULL AS d, localtimestamp IS NOT NULL AS e
---- csv
a,b,c,d,e
true,true,true,true,true

SELECT position('b' IN 'abc') AS a, substring('abcdef' FROM 2 FOR 3) AS b, trim(BOTH 'x' FROM 'xax') AS c, extract(year FROM DATE '2024-11-22') AS d, 'a' || 'b' AS e
---- csv
a,b,c,d,e
2,bcd,a,2024,ab

SELECT TIMESTAMPTZ '2024-11-22 18:26:40+00' AT TIME ZONE 'America/New_York' AS a, DATE '2024-11-22' + INTERVAL 1 DAY AS b, INTERVAL '90 minutes' AS c
---- csv
a,b,c
2024-11-22 13:26:40,2024-11-23 00:00:00,01:30:00

SELECT 5 BETWEEN 1 AND 9 AS a, 'abc' LIKE 'a%' AS b, 'ABC' ILIKE 'a%' AS c, 'abc' GLOB 'a*' AS d, 'abc' SIMILAR TO 'a.c' AS e, 'abc' ~ 'b' AS f, NULL IS DISTINCT FROM 1 AS g, 'a_c' LIKE 'a\_c' ESCAPE '\' AS h
---- csv
a,b,c,d,e,f,g,h
true,true,true,true,true,false,true,true

SELECT 3 = ANY ([1, 2, 3]) AS a, 3 > ALL (SELECT 1) AS b, NOT true AS c, -(-3) AS d, 7 // 2 AS e, 7 % 4 AS f, 2 ** 3 AS g, 5! AS h, ~1 AS i, 1 << 4 AS j
---- csv
a,b,c,d,e,f,g,h,i,j
true,true,false,3,3,3,8.0,120,-2,16

SELECT {'a': 1, 'b': [1, 2]} AS s, MAP {'k': 1.5} AS m, [1, 2, 3][2:] AS l, 'hello'[1:2] AS t, row(1, 'x') AS r, struct_pack(x := 1) AS p
---- jsonl
{"s":{"a":1,"b":[1,2]},"m":{"k":1.5},"l":[2,3],"t":"he","r":[1,"x"],"p":{"x":1}}

SELECT symbol, side, grouping(symbol, side) AS g, count(*) AS n FROM trades GROUP BY GROUPING SETS ((symbol, side), (symbol), ()) ORDER BY ALL
---- csv
symbol,side,g,n
AAPL,A,0,1
AAPL,B,0,1
AAPL,,0,1
AAPL,,1,3
MSFT,,0,1
MSFT,,1,1
NVDA,,0,1
NVDA,,1,1
,,3,5

SELECT symbol, sum(size) AS s FROM trades GROUP BY ROLLUP (symbol) ORDER BY ALL
---- csv
symbol,s
AAPL,121.0
MSFT,50.0
NVDA,7.0
,178.0

SELECT list(price ORDER BY price DESC) FILTER (WHERE symbol = 'AAPL') AS l, string_agg(DISTINCT symbol, ',' ORDER BY symbol) AS s, quantile_cont(price, 0.5) AS q, arg_max(symbol, price) AS m FROM trades
---- jsonl
{"l":[188.0,187.5,187.25],"s":"AAPL,MSFT,NVDA","q":187.5,"m":"MSFT"}

SELECT avg(price) OVER (ORDER BY ts_event ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) AS moving, row_number() OVER w AS n, rank() OVER w AS r FROM trades WINDOW w AS (ORDER BY price) ORDER BY ts_event
---- csv
moving,n,r
187.25,2,2
299.875,5,5
300.0,3,3
187.75,4,4
164.0625,1,1

SELECT list_reduce([1, 2, 3], lambda a, b: a + b) AS a, list_filter([1, 2, 3], lambda x: x > 1) AS b, list_sum([1, 2]) AS c, flatten([[1], [2]]) AS d
---- jsonl
{"a":6,"b":[2,3],"c":3,"d":[1,2]}

SELECT json_extract('{"a": {"b": 1}}', '$.a.b') AS a, '{"a": "x"}'::JSON ->> 'a' AS b, to_json({'x': 1}) AS c, json_object('k', 'v') AS d
---- jsonl
{"a":1,"b":"x","c":{"x":1},"d":{"k":"v"}}

SELECT upper('é') AS a, ('abc').upper() AS b, format('{:.2f}', 1.005) AS c, printf('%05d', 42) AS d, regexp_replace('abc', 'b', 'x') AS e, md5('x') AS f
---- csv
a,b,c,d,e,f
É,ABC,1.00,00042,axc,9dd4e461268c8034f5c8564e155c67a6

SELECT count(*) AS n FROM generate_series(TIMESTAMP '2024-01-01', TIMESTAMP '2024-01-02', INTERVAL 1 HOUR)
---- csv
n
25

SELECT unnest([1, 2]) AS x, unnest({'a': 1, 'b': 2})
---- csv
x,a,b
1,1,2
2,1,2

SELECT * FROM unnest([10, 20]) WITH ORDINALITY
---- csv
unnest,ordinality
10,1
20,2

SELECT 'b' COLLATE NOCASE = 'B' AS same
---- csv
same
true

SELECT #2, * RENAME (symbol AS s) FROM (SELECT symbol, size FROM trades) ORDER BY #1 DESC LIMIT 50%
---- csv
size,s,size
100.0,AAPL,100.0
50.0,MSFT,50.0

