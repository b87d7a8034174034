-- Everything a database holds, as lines of text in a fixed order: two databases with the same lines have the same
-- catalogue. Written for the tests alone, so that the tool's own idea of facts is not its own judge. Schema pgphase is
-- left out.
with schemas as (
    select n.oid, n.nspname
    from pg_catalog.pg_namespace n
    where n.nspname not in ('pg_catalog', 'information_schema', 'pg_toast', 'pgphase')
        and n.nspname not like 'pg_temp%'
        and n.nspname not like 'pg_toast_temp%'
),
rights as (
    select kind, object, string_agg(line, ', ' order by line) as acl
    from (
        select
            a.kind,
            a.object,
            coalesce(nullif(e.grantee, 0)::regrole::text, 'public') || '=' || e.privilege_type
                || case when e.is_grantable then '*' else '' end || '/' || e.grantor::regrole as line
        from (
            select 'schema' as kind, n.oid as object, coalesce(n.nspacl, acldefault('n', n.nspowner)) as acl
            from pg_catalog.pg_namespace n
            union all
            select 'relation', c.oid, coalesce(c.relacl, acldefault(case c.relkind when 'S' then 's' else 'r' end::"char", c.relowner))
            from pg_catalog.pg_class c
            where c.relkind in ('r', 'p', 'v', 'm', 'S', 'f')
            union all
            select 'routine', p.oid, coalesce(p.proacl, acldefault('f', p.proowner))
            from pg_catalog.pg_proc p
            union all
            select 'type', t.oid, coalesce(t.typacl, acldefault('T', t.typowner))
            from pg_catalog.pg_type t
        ) a
        cross join lateral aclexplode(a.acl) e
    ) x
    group by kind, object
),
relations as (
    select c.*, s.nspname
    from pg_catalog.pg_class c
    join schemas s on s.oid = c.relnamespace
),
lines as (
    select format('schema %s owner %s [%s] %s', s.nspname, n.nspowner::regrole, r.acl, obj_description(n.oid, 'pg_namespace')) as line
    from schemas s
    join pg_catalog.pg_namespace n on n.oid = s.oid
    left join rights r on r.kind = 'schema' and r.object = n.oid
    union all
    select format('extension %s %s', e.extname, e.extversion) from pg_catalog.pg_extension e
    union all
    select format(
        'relation %s.%s kind %s owner %s rls %s force %s options %s persistence %s [%s] %s',
        c.nspname, c.relname, c.relkind, c.relowner::regrole, c.relrowsecurity, c.relforcerowsecurity, c.reloptions,
        c.relpersistence, r.acl, obj_description(c.oid, 'pg_class')
    )
    from relations c
    left join rights r on r.kind = 'relation' and r.object = c.oid
    where c.relkind <> 'i'
    union all
    select format(
        'column %s.%s.%s at %s %s not null %s default %s identity %s generated %s acl %s %s',
        c.nspname, c.relname, a.attname, row_number() over (partition by c.oid order by a.attnum),
        format_type(a.atttypid, a.atttypmod), a.attnotnull, pg_get_expr(d.adbin, d.adrelid), a.attidentity,
        a.attgenerated, a.attacl, col_description(c.oid, a.attnum)
    )
    from relations c
    join pg_catalog.pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
    left join pg_catalog.pg_attrdef d on d.adrelid = c.oid and d.adnum = a.attnum
    where c.relkind in ('r', 'p', 'v', 'm', 'f', 'c')
    union all
    select format(
        'constraint %s.%s.%s %s validated %s %s', c.nspname, c.relname, k.conname, pg_get_constraintdef(k.oid),
        k.convalidated, obj_description(k.oid, 'pg_constraint')
    )
    from pg_catalog.pg_constraint k
    join relations c on c.oid = k.conrelid
    union all
    select format('domain constraint %s %s', k.conname, pg_get_constraintdef(k.oid))
    from pg_catalog.pg_constraint k
    join schemas s on s.oid = k.connamespace
    where k.contypid <> 0
    union all
    select format('index %s valid %s %s', pg_get_indexdef(i.indexrelid), i.indisvalid, obj_description(i.indexrelid, 'pg_class'))
    from pg_catalog.pg_index i
    join relations c on c.oid = i.indexrelid
    union all
    select format('trigger %s enabled %s %s', pg_get_triggerdef(t.oid), t.tgenabled, obj_description(t.oid, 'pg_trigger'))
    from pg_catalog.pg_trigger t
    join relations c on c.oid = t.tgrelid
    where not t.tgisinternal
    union all
    select format(
        'policy %s on %s.%s %s %s to %s using %s check %s %s', p.polname, c.nspname, c.relname, p.polcmd, p.polpermissive,
        (select string_agg(coalesce(nullif(o, 0)::regrole::text, 'public'), ', ' order by 1) from unnest(p.polroles) o),
        pg_get_expr(p.polqual, p.polrelid), pg_get_expr(p.polwithcheck, p.polrelid), obj_description(p.oid, 'pg_policy')
    )
    from pg_catalog.pg_policy p
    join relations c on c.oid = p.polrelid
    union all
    select format('view %s.%s %s', c.nspname, c.relname, pg_get_viewdef(c.oid))
    from relations c
    where c.relkind in ('v', 'm')
    union all
    select format('sequence %s', to_jsonb(q) - 'last_value')
    from pg_catalog.pg_sequences q
    join schemas s on s.nspname = q.schemaname
    union all
    select format(
        'routine %s owner %s [%s] %s %s', p.oid::regprocedure, p.proowner::regrole, r.acl, obj_description(p.oid, 'pg_proc'),
        case when p.prokind <> 'a' then pg_get_functiondef(p.oid) end
    )
    from pg_catalog.pg_proc p
    join schemas s on s.oid = p.pronamespace
    left join rights r on r.kind = 'routine' and r.object = p.oid
    where not exists (select from pg_catalog.pg_depend d where d.objid = p.oid and d.deptype = 'e')
    union all
    select format(
        'type %s.%s %s owner %s [%s] labels %s base %s %s', s.nspname, t.typname, t.typtype, t.typowner::regrole, r.acl,
        (select array_agg(e.enumlabel order by e.enumsortorder) from pg_catalog.pg_enum e where e.enumtypid = t.oid),
        format_type(t.typbasetype, t.typtypmod), obj_description(t.oid, 'pg_type')
    )
    from pg_catalog.pg_type t
    join schemas s on s.oid = t.typnamespace
    left join rights r on r.kind = 'type' and r.object = t.oid
    where t.typtype in ('e', 'd', 'r')
    union all
    select format(
        'default privileges of %s in %s on %s: %s', d.defaclrole::regrole, d.defaclnamespace::regnamespace, d.defaclobjtype,
        (select array_agg(a::text order by a::text) from unnest(d.defaclacl) a)
    )
    from pg_catalog.pg_default_acl d
    union all
    select format('publication %s owner %s all %s %s', p.pubname, p.pubowner::regrole, p.puballtables, obj_description(p.oid, 'pg_publication'))
    from pg_catalog.pg_publication p
    union all
    select format('published %s %s.%s', t.pubname, t.schemaname, t.tablename) from pg_catalog.pg_publication_tables t
    union all
    select format('event trigger %s', e.evtname) from pg_catalog.pg_event_trigger e
    union all
    select format('setting %s %s', s.setrole, s.setconfig)
    from pg_catalog.pg_db_role_setting s
    join pg_catalog.pg_database d on d.oid = s.setdatabase and d.datname = current_database()
)
select line
from lines
order by line collate "C"
