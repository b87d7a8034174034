
-- 2. Tables without row level security. No row: all is well (on a platform that uses it).
select n.nspname as schema, c.relname as "table"
from pg_catalog.pg_class c
join pg_catalog.pg_namespace n on n.oid = c.relnamespace
where n.nspname in ('public', 'private') and c.relkind in ('r', 'p') and not c.relrowsecurity
order by 1, 2;

-- 3. Functions without a pinned search_path. No row: all is well.
select p.oid::regprocedure as function
from pg_catalog.pg_proc p
join pg_catalog.pg_namespace n on n.oid = p.pronamespace
where n.nspname in ('public', 'private')
    and not exists (select from unnest(p.proconfig) as setting where setting like 'search_path=%')
    and not exists (select from pg_catalog.pg_depend d where d.objid = p.oid and d.deptype = 'e')
order by 1;

-- 4. Indexes that are invalid, and constraints that were not validated. No row: all is well.
select i.indexrelid::regclass::text as object, 'invalid index' as problem
from pg_catalog.pg_index i
where not i.indisvalid
union all
select k.conrelid::regclass::text || ' ' || k.conname, 'constraint not validated'
from pg_catalog.pg_constraint k
where not k.convalidated
order by 1;

-- 5. Functions that everybody (anon included) may execute.
select p.oid::regprocedure as function
from pg_catalog.pg_proc p
join pg_catalog.pg_namespace n on n.oid = p.pronamespace
where n.nspname = 'public'
    and exists (
        select from pg_catalog.aclexplode(coalesce(p.proacl, pg_catalog.acldefault('f', p.proowner))) as a
        left join pg_catalog.pg_roles r on r.oid = a.grantee
        where a.privilege_type = 'EXECUTE' and (a.grantee = 0 or r.rolname = 'anon')
    )
    and not exists (select from pg_catalog.pg_depend d where d.objid = p.oid and d.deptype = 'e')
order by 1;
