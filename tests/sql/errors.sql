# Mistakes: every message has its line and column, counted in characters.
SELECT nope FROM trades
---- error 1:8 Referenced column "nope" not found in FROM clause

SELECT 'ééé',
       prise FROM trades
---- error 2:8 line 2, column 8: Referenced column "prise" not found

SELECT 'ééé', prise FROM trades
---- error 1:15 Referenced column "prise" not found

SELECT 'ééé' 'x' y z FROM trades
---- error 1:14 syntax error at or near "'x'"

SELECT 'ééé', * FORM trades
---- error 1:22 syntax error at or near "trades"

SELECT * FROM trdes
---- error 1:15 table 'market.trdes' does not exist; did you mean market.trades? SHOW TABLES lists them

SELECT * FROM notes
---- error 1:15 table 'market.notes' does not exist; did you mean research.notes? SHOW TABLES lists them

SELECT * FROM research.nots
---- error 1:15 table 'research.nots' does not exist; did you mean research.notes? SHOW TABLES FROM research lists them

SELECT * FROM reserch.notes
---- error 1:15 database 'reserch' does not exist; did you mean research? SHOW DATABASES lists them

SELECT a.b.c FROM trades
---- error 1:8

SELECT symbol, count(*) FROM trades
---- error 1:8 must appear in the GROUP BY clause

SELECT sum(symbol) FROM trades
---- error 1:8

SELECT 'x'::INTEGER
---- error 1:11 Could not convert string 'x' to INT32

SELECT price::INTEGER FROM trades WHERE symbol::INTEGER = 1
---- error 1:47 Could not convert string 'AAPL' to INT32

SELECT frobnicate(1)
---- error 1:8 function frobnicate() does not exist

SELECT (1
---- error 1:10 syntax error at end of input

SELECT 'open
---- error 1:8 unterminated quoted string

SELECT 9223372036854775807 + 1::BIGINT
---- error 0:0 Overflow

SELECT error('mine')
---- error 0:0 mine

;;
---- error 1:1 there is no statement

-- only a comment
---- error 1:1 there is no statement

SELECT 1;
SELECT 2
---- error 2:1 a second statement starts here; send one statement at a time

SELECT ?
---- error 1:8 parameters are not supported

SELECT 1, $1, $name
---- error 1:11 parameters are not supported

SELECT * FROM trades AT (VERSION => 1)
---- error 1:15 AT (time travel) is not supported

SELCT 1
---- error 1:1 syntax error at or near "SELCT"; SQL here only reads

# The line it points into, as the command line shows it.
SELECT symbol,
       'é', pricee,
       size
FROM trades
---- error 2:13 line 2, column 13: Referenced column "pricee" not found
         'é', pricee,
              ^

SELECT 1e999 AS "Infinity", -1e999 AS NaN
---- jsonl
{"Infinity":"Infinity","NaN":"-Infinity"}

