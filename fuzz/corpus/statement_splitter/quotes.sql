SELECT 'a;''b', E'\';' FROM "x;""y" -- c;
; SELECT $$d;$$, $t$;$$;$t$, $1, ? /* e; /* f */ ; */ ;;
SELECT (1