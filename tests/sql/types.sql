# How each type is written.
SELECT true AS bool, 1::TINYINT AS i8, (-32768)::SMALLINT AS i16, 1::UTINYINT AS u8, 65535::USMALLINT AS u16, 4294967295::UINTEGER AS u32, 18446744073709551615::UBIGINT AS u64, (-9223372036854775808)::BIGINT AS i64
---- csv
bool,i8,i16,u8,u16,u32,u64,i64
true,1,-32768,1,65535,4294967295,18446744073709551615,-9223372036854775808

SELECT (-170141183460469231731687303715884105728)::HUGEINT AS lowest, 170141183460469231731687303715884105727::HUGEINT AS highest, 340282366920938463463374607431768211455::UHUGEINT AS u, '123456789012345678901234567890123456789012345678901234567890'::BIGNUM AS b, '-340282366920938463463374607431768211456'::BIGNUM AS m, 0::BIGNUM AS z
---- csv
lowest,highest,u,b,m,z
-170141183460469231731687303715884105728,170141183460469231731687303715884105727,340282366920938463463374607431768211455,123456789012345678901234567890123456789012345678901234567890,-340282366920938463463374607431768211456,0

SELECT 0.1::DOUBLE AS a, 1e300 AS b, 100::DOUBLE AS c, -0.0::DOUBLE AS d, 1e-7::DOUBLE AS e, 0.1::FLOAT AS f, 16777217::DOUBLE AS g, 123456789.123456789::DOUBLE AS h
---- csv
a,b,c,d,e,f,g,h
0.1,1e+300,100.0,-0.0,1e-07,0.1,16777217.0,123456789.12345679

SELECT 'nan'::DOUBLE AS a, 'inf'::DOUBLE AS b, '-inf'::FLOAT AS c, ['nan'::DOUBLE, 1] AS d
---- jsonl
{"a":"NaN","b":"Infinity","c":"-Infinity","d":["NaN",1.0]}

SELECT 'nan'::DOUBLE AS a, 'inf'::DOUBLE AS b, '-inf'::FLOAT AS c
---- csv
a,b,c
NaN,Infinity,-Infinity

SELECT 1.50::DECIMAL(4, 2) AS a, -0.05::DECIMAL(9, 2) AS b, 12345678901234.5678::DECIMAL(18, 4) AS c, -99999999999999999999999999999999999999::DECIMAL(38, 0) AS d, 0::DECIMAL(38, 10) AS e
---- jsonl
{"a":1.50,"b":-0.05,"c":12345678901234.5678,"d":-99999999999999999999999999999999999999,"e":0.0000000000}

SELECT DATE '2024-02-29' AS a, DATE '1969-12-31' AS b, DATE '0044-03-15 (BC)' AS c, 'infinity'::DATE AS d, '-infinity'::TIMESTAMP AS e
---- csv
a,b,c,d,e
2024-02-29,1969-12-31,0044-03-15 (BC),infinity,-infinity

SELECT TIME '18:26:40.5' AS a, TIME '00:00:00' AS b, TIMETZ '18:26:40+02' AS c, TIMETZ '18:26:40-03:30' AS d, TIME_NS '18:26:40.123456789' AS e
---- csv
a,b,c,d,e
18:26:40.5,00:00:00,18:26:40+02,18:26:40-03:30,18:26:40.123456789

SELECT TIMESTAMP '2024-11-22 18:26:40.000123' AS a, TIMESTAMPTZ '2024-11-22 18:26:40.000123+00' AS b, TIMESTAMP_S '2024-11-22 18:26:40' AS c, TIMESTAMP_MS '2024-11-22 18:26:40.120' AS d, TIMESTAMP_NS '2024-11-22 18:26:40.123456789' AS e, TIMESTAMP '1969-12-31 23:59:59.999999' AS f
---- csv
a,b,c,d,e,f
2024-11-22 18:26:40.000123,2024-11-22 18:26:40.000123+00,2024-11-22 18:26:40,2024-11-22 18:26:40.12,2024-11-22 18:26:40.123456789,1969-12-31 23:59:59.999999

SELECT TIMESTAMP '2024-11-22 18:26:40.000123' AS a, TIMESTAMPTZ '2024-11-22 18:26:40.000123+00' AS b, TIMESTAMP_NS '1677-09-22 00:00:00' AS c
---- jsonl
{"a":"2024-11-22T18:26:40.000123","b":"2024-11-22T18:26:40.000123Z","c":"1677-09-22T00:00:00"}

SELECT INTERVAL '1 year 2 months 3 days 04:05:06.5' AS a, INTERVAL '-1 day' AS b, INTERVAL '0 days' AS c, INTERVAL '14 months' AS d, INTERVAL '-90 minutes' AS e
---- csv
a,b,c,d,e
1 year 2 months 3 days 04:05:06.5,-1 day,00:00:00,1 year 2 months,-01:30:00

SELECT 'a"b' AS a, 'c,d' AS b, '' AS c, NULL AS d, 'e
f' AS e
---- csv
a,b,c,d,e
"a""b","c,d","",,"e
f"

SELECT 'a"b\c' AS a, 'tab	' AS b, 'é€😀' AS c, NULL AS d, chr(1) AS e, 'line
end' AS f
---- jsonl
{"a":"a\"b\\c","b":"tab\t","c":"é€😀","d":null,"e":"\u0001","f":"line\nend"}

SELECT 'tab	' AS a, 'é€😀' AS b, chr(27) || '[31m' AS c, 'line
end' AS d, chr(133) AS e
---- table
a      b    c         d          e
─────  ───  ────────  ─────────  ────
tab\t  é€😀  \x1B[31m  line\nend  \x85
(1 row)

SELECT '\x00\xFFab'::BLOB AS a, ''::BLOB AS b
---- csv
a,b
\x00\xFFab,""

SELECT '\x00\xFFab'::BLOB AS a, 'abc'::BLOB AS b, 'ab'::BLOB AS c, ''::BLOB AS d
---- jsonl
{"a":"AP9hYg==","b":"YWJj","c":"YWI=","d":""}

SELECT '00112233-4455-6677-8899-aabbccddeeff'::UUID AS a, 'ffffffff-ffff-ffff-ffff-ffffffffffff'::UUID AS b, '10101'::BIT AS c, '0000000011'::BIT AS d, 'b'::ENUM('a', 'b') AS e
---- csv
a,b,c,d,e
00112233-4455-6677-8899-aabbccddeeff,ffffffff-ffff-ffff-ffff-ffffffffffff,10101,0000000011,b

SELECT [1, NULL, 3] AS a, []::INTEGER[] AS b, NULL::INTEGER[] AS c, [[1], [2, 3]] AS d, [1.5, 2.5]::DOUBLE[2] AS e
---- jsonl
{"a":[1,null,3],"b":[],"c":null,"d":[[1],[2,3]],"e":[1.5,2.5]}

SELECT {'a': 1, 'b': {'c': 'x', 'd': NULL}} AS a, MAP {1: 'one', 2: NULL} AS b, MAP {'k"': [1]} AS c, row(1, 'x') AS d, union_value(n := 5) AS e
---- jsonl
{"a":{"a":1,"b":{"c":"x","d":null}},"b":{"1":"one","2":null},"c":{"k\"":[1]},"d":[1,"x"],"e":5}

SELECT {'a': 1, 'b': 'x, "y"'} AS a, [DATE '2024-01-01'] AS b
---- csv
a,b
"{""a"":1,""b"":""x, \""y\""""}","[""2024-01-01""]"

SELECT '{"a": [1, 2]}'::JSON AS a, json_pretty('{"a": 1}')::JSON AS b
---- jsonl
{"a":{"a": [1, 2]},"b":{     "a": 1 }}

SELECT 1 AS a, 2 AS a, 3 AS a_1, 4 AS "q""uote"
---- json
[
{"a":1,"a_2":2,"a_1":3,"q\"uote":4}
]

SELECT 1 WHERE false
---- json
[
]

SELECT 1 AS n WHERE false
---- jsonl

SELECT 1 AS n WHERE false
---- table
n
─
(0 rows)

SELECT range AS n, range * 1000 AS thousands, 'r' || range AS text, CASE WHEN range = 1 THEN NULL ELSE range / 2 END AS half FROM range(3)
---- table
n  thousands  text  half
─  ─────────  ────  ────
0          0  r0     0.0
1       1000  r1    NULL
2       2000  r2     1.0
(3 rows)

SELECT count(*) AS n, sum(x) AS s FROM (SELECT [i, NULL, i + 1] AS l, unnest(l) AS x FROM range(5000) t(i))
---- csv
n,s
15000,25000000

SELECT l FROM (SELECT [i, i + 1] AS l, i FROM range(5000) t(i)) WHERE i % 2047 = 5
---- csv
l
"[5,6]"
"[2052,2053]"
"[4099,4100]"

SELECT 5::VARIANT AS v
---- error 0:0 column 'v': values of its type have no text; CAST it to VARCHAR

