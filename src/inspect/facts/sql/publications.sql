select
    p.pubname,
    r.prrelid,
    null as schema,
    pg_get_expr(r.prqual, r.prrelid),
    (
        select array_agg(a.attname order by a.attname)
        from pg_attribute a
        where a.attrelid = r.prrelid and a.attnum = any (r.prattrs)
    )
from pg_publication_rel r
join pg_publication p on p.oid = r.prpubid
where r.prrelid = any ((current_setting('pgphase.relations') || '}')::oid[])
union all
select p.pubname, null, s.pnnspid::regnamespace, null, null
from pg_publication_namespace s
join pg_publication p on p.oid = s.pnpubid
where s.pnnspid = any (array(select n.oid from pg_namespace n where n.nspname = any (:schemas)));
