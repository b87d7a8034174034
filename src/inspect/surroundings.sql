-- What facts leave out, since it is not for the files to say, and what still decides whether a database is sound: who
-- may reach the history, what the roles of requests are, whom objects belong to, what publishes or opens everything.
with
    ours as (
        select n.oid, n.nspname, n.nspowner
        from pg_namespace n
        where n.oid = any (current_setting('pgphase.schemas')::oid[])
    ),
    stranger as (
        select 0::oid as oid, 'public' as name
        union all
        select r.oid, r.rolname::text
        from pg_roles r
        where r.rolname in ('anon', 'authenticated')
    ),
    history as (
        select n.oid, stranger.name, string_agg(acl.privilege_type, ', ' order by acl.privilege_type) as privileges
        from pg_namespace n
        cross join aclexplode(n.nspacl) acl
        join stranger on stranger.oid = acl.grantee
        where n.nspname = 'pgphase'
        group by n.oid, stranger.name
    )
select 'history' as rule, 'schema' as kind, 'pgphase' as nspname, '' as name, history.name as role, history.privileges as what
from history
union all
-- Without the schema nobody reaches its tables.
select 'history', 'table', 'pgphase', c.relname::text, stranger.name, string_agg(acl.privilege_type, ', ' order by acl.privilege_type)
from pg_class c
cross join aclexplode(c.relacl) acl
join stranger on stranger.oid = acl.grantee
where c.relkind in ('r', 'p', 'v')
    and c.relnamespace in (select history.oid from history)
group by c.relname, stranger.name
union all
select
    'role',
    '',
    '',
    r.rolname::text,
    '',
    case
        when r.rolsuper then 'is a superuser'
        when r.rolbypassrls then 'bypasses row level security'
        else (
            select 'is a member of ' || string_agg(m.rolname, ', ' order by m.rolname) || ', past row level security'
            from pg_roles m
            where (m.rolname = 'service_role' or m.rolsuper or m.rolbypassrls)
                and m.oid <> r.oid
                and pg_has_role(r.oid, m.oid, 'member')
        )
    end
from pg_roles r
where r.rolname in ('anon', 'authenticated')
union all
select 'owner', 'schema', ours.nspname::text, '', pg_get_userbyid(ours.nspowner)::text, ''
from ours
union all
select
    'owner',
    case c.relkind when 'v' then 'view' when 'm' then 'materialized view' when 'S' then 'sequence' else 'table' end,
    ours.nspname::text,
    c.relname::text,
    pg_get_userbyid(c.relowner)::text,
    ''
from pg_class c
join ours on ours.oid = c.relnamespace
where c.relkind in ('r', 'p', 'v', 'm', 'f', 'S')
    -- A column's sequence goes with its table.
    and not exists (
        select
        from pg_depend d
        where d.classid = 'pg_class'::regclass and d.objid = c.oid and c.relkind = 'S' and d.deptype in ('a', 'i')
    )
union all
select
    'owner',
    'function',
    ours.nspname::text,
    p.proname::text || '(' || oidvectortypes(p.proargtypes) || ')',
    pg_get_userbyid(p.proowner)::text,
    ''
from pg_proc p
join ours on ours.oid = p.pronamespace
union all
select
    'owner',
    case t.typtype when 'e' then 'enum' else 'domain' end,
    ours.nspname::text,
    t.typname::text,
    pg_get_userbyid(t.typowner)::text,
    ''
from pg_type t
join ours on ours.oid = t.typnamespace
where t.typtype in ('e', 'd')
union all
select 'publication', '', '', p.pubname::text, '', ''
from pg_publication p
where p.puballtables
union all
-- What PostgreSQL gives to everybody anyway, execution and usage of types, is no addition.
select
    'default privileges',
    case d.defaclobjtype
        when 'r' then 'tables'
        when 'S' then 'sequences'
        when 'f' then 'functions'
        when 'T' then 'types'
        else 'schemas'
    end,
    '',
    pg_get_userbyid(d.defaclrole)::text,
    stranger.name,
    string_agg(acl.privilege_type, ', ' order by acl.privilege_type)
from pg_default_acl d
cross join aclexplode(d.defaclacl) acl
join stranger on stranger.oid = acl.grantee
where d.defaclnamespace = 0
    and not (acl.grantee = 0 and d.defaclobjtype in ('f', 'T'))
group by d.defaclobjtype, d.defaclrole, stranger.name;
