select
    a.aggfnoid::oid,
    concat_ws(
        ', ',
        'kind ' || a.aggkind::text,
        'sfunc ' || a.aggtransfn,
        'stype ' || format_type(a.aggtranstype, null),
        'finalfunc ' || nullif(a.aggfinalfn::oid, 0)::regproc,
        'combinefunc ' || nullif(a.aggcombinefn::oid, 0)::regproc,
        'msfunc ' || nullif(a.aggmtransfn::oid, 0)::regproc,
        'initcond ' || a.agginitval
    )
from pg_aggregate a
where a.aggfnoid = any (current_setting('pgphase.functions')::oid[]);
