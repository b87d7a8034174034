-- Partitioned tables, partitions, and tables of a type.
select
    c.oid,
    case when c.relkind = 'p' then pg_get_partkeydef(c.oid) end,
    case when c.relispartition then pg_get_expr(c.relpartbound, c.oid) end,
    case when c.reloftype <> 0 then c.reloftype::regtype end
from pg_class c
where c.oid = any (current_setting('pgphase.relations')::oid[])
    and (c.relkind = 'p' or c.relispartition or c.reloftype <> 0);
