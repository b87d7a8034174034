-- What the safety rules need to know of every table, view, function and schema: kind, schema, name, and whether
-- anonymous requests may read it (or execute it), write it; for a schema, who may create objects in it.
with
    ours as (
        select n.oid, n.nspname
        from pg_catalog.pg_namespace n
        where n.oid = any (pg_catalog.current_setting('pgphase.schemas')::pg_catalog.oid[])
    ),
    member as (
        select d.classid, d.objid
        from pg_catalog.pg_depend d
        where d.refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass and d.deptype = 'e'
            or d.refclassid = 'pg_catalog.pg_type'::pg_catalog.regclass
            and d.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass
            and d.deptype = 'i'
    ),
    api as (
        select r.oid, r.rolname
        from pg_catalog.pg_roles r
        where r.rolname in ('anon', 'authenticated')
    )
select
    case c.relkind when 'v' then 'view' when 'm' then 'materialized view' else 'table' end as kind,
    ours.nspname,
    c.relname::text,
    exists (
        select
        from api
        where pg_catalog.has_table_privilege(api.oid, c.oid, 'select')
            or pg_catalog.has_any_column_privilege(api.oid, c.oid, 'select')
    ) as readable,
    exists (
        select
        from api
        where api.rolname = 'anon'
            and (
                pg_catalog.has_table_privilege(api.oid, c.oid, 'insert, update, delete, truncate')
                or pg_catalog.has_any_column_privilege(api.oid, c.oid, 'insert, update')
            )
    ) as writable
from pg_catalog.pg_class c
join ours on ours.oid = c.relnamespace
where c.relkind in ('r', 'p', 'v', 'm', 'f')
    and not exists (
        select
        from member
        where member.classid = 'pg_catalog.pg_class'::pg_catalog.regclass and member.objid = c.oid
    )
union all
select
    'function',
    ours.nspname,
    -- As text: a name would be cut after 63 bytes.
    p.proname::text || '(' || pg_catalog.oidvectortypes(p.proargtypes) || ')',
    exists (select from api where api.rolname = 'anon' and pg_catalog.has_function_privilege(api.oid, p.oid, 'execute')),
    false
from pg_catalog.pg_proc p
join ours on ours.oid = p.pronamespace
where p.prorettype not in ('pg_catalog.trigger'::pg_catalog.regtype, 'pg_catalog.event_trigger'::pg_catalog.regtype)
    and not exists (
        select
        from member
        where member.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass and member.objid = p.oid
    )
union all
select 'schema', ours.nspname, api.rolname, false, true
from ours
cross join api
where pg_catalog.has_schema_privilege(api.oid, ours.oid, 'create');
