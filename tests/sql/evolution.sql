# market.evolved: the first file has int, struct{x}, list<struct{x}> and long where the table now
# has long, struct{x, y}, list<struct{x, y}> and double, and lacks the column `added`.
SELECT * FROM evolved ORDER BY p
---- jsonl
{"a":3,"s":{"x":null,"y":null},"l":[],"p":-0.5,"added":null}
{"a":1,"s":{"x":1,"y":null},"l":[{"x":1,"y":null},{"x":2,"y":null}],"p":5.0,"added":null}
{"a":20000000000,"s":{"x":2,"y":"new"},"l":[{"x":3,"y":"z"}],"p":5.5,"added":"here"}
{"a":null,"s":null,"l":null,"p":null,"added":null}

SELECT a, s.y, s.x + 1 AS x1, l[1].x AS lx, l[1].y AS ly, p / 2 AS half, added FROM evolved ORDER BY p
---- csv
a,y,x1,lx,ly,half,added
3,,,,,-0.25,
1,,2,1,,2.5,
20000000000,new,3,3,z,2.75,here
,,,,,,

SELECT count(*) AS n FROM evolved WHERE a = 1 AND s.y IS NULL
---- csv
n
1

SELECT count(*) AS n FROM evolved WHERE p > 4.9
---- csv
n
1

SELECT count(*) AS n FROM evolved WHERE added IS NULL
---- csv
n
3

SELECT count(*) AS n FROM evolved a JOIN evolved b ON a.a = b.a
---- csv
n
3

SELECT typeof(a) AS a, typeof(s) AS s, typeof(l) AS l, typeof(p) AS p, typeof(added) AS added FROM evolved LIMIT 1
---- jsonl
{"a":"BIGINT","s":"STRUCT(x BIGINT, y VARCHAR)","l":"STRUCT(x BIGINT, y VARCHAR)[]","p":"DOUBLE","added":"VARCHAR"}

DESCRIBE evolved
---- csv
column_name,column_type,nullable
a,BIGINT,YES
s,"STRUCT(x BIGINT, y VARCHAR)",YES
l,"STRUCT(x BIGINT, y VARCHAR)[]",YES
p,DOUBLE,YES
added,VARCHAR,YES

