-- The last column hands their numbers on.
select
    p.oid,
    p.pronamespace::regnamespace,
    p.proname,
    oidvectortypes(p.proargtypes),
    p.prokind,
    pg_get_function_arguments(p.oid),
    pg_get_function_result(p.oid),
    (select l.lanname from pg_language l where l.oid = p.prolang),
    p.provolatile,
    p.proparallel,
    p.prosecdef,
    p.proisstrict,
    p.proleakproof,
    p.procost,
    p.prorows,
    p.proconfig,
    p.proowner::regrole,
    p.proacl,
    case when p.prosqlbody is null then p.prosrc end,
    case when p.prosqlbody is not null then pg_get_function_sqlbody(p.oid) end,
    set_config('pgphase.functions', concat('{', p.oid, ',', substr(current_setting('pgphase.functions'), 2)), true) is null
from pg_proc p
where :functions;
