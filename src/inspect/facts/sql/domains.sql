select
    t.oid,
    format_type(t.typbasetype, t.typtypmod),
    t.typnotnull,
    t.typdefault,
    case when t.typcollation not in (0, 100) then t.typcollation::regcollation end
from pg_type t
where t.oid = any (current_setting('pgphase.types')::oid[]) and t.typtype = 'd';
